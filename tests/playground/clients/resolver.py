"""A way to the second door of a local Discord: its names lead to this machine, every other name nowhere."""

import socket
import ssl
from pathlib import Path

import aiohttp
from aiohttp.abc import AbstractResolver, ResolveResult

from playground.discord.tls import PATHS
from tests.playground.clients.people import Json


class OneMachine(AbstractResolver):
    """Answers 127.0.0.1 and `port` for Discord's names; `asked` keeps every name that anybody asked for."""

    def __init__(self, port: int) -> None:
        self.port = port
        self.asked: set[str] = set()

    async def resolve(
        self,
        host: str,
        port: int = 0,  # noqa: ARG002 (aiohttp's signature)
        family: socket.AddressFamily = socket.AF_INET,  # noqa: ARG002
    ) -> list[ResolveResult]:
        self.asked.add(host)
        if host not in PATHS:
            raise OSError(f"{host} is not for this resolver")
        here = ResolveResult(
            hostname=host, host="127.0.0.1", port=self.port, family=socket.AF_INET, proto=0, flags=0
        )
        return [here]

    async def close(self) -> None:
        pass


def trusting(ca: Path | str) -> ssl.SSLContext:
    """Return a client's context that trusts one authority alone, as strictly as Python 3.13 does by default."""
    context = ssl.create_default_context(cafile=str(ca))
    context.verify_flags |= ssl.VERIFY_X509_STRICT
    return context


def private_way(about: Json) -> tuple[aiohttp.TCPConnector, OneMachine]:
    """Return a connector to the second door that `about` announces, and the resolver in it."""
    resolver = OneMachine(about["tls"]["port"])
    return aiohttp.TCPConnector(limit=0, ssl=trusting(about["tls"]["ca"]), resolver=resolver), resolver
