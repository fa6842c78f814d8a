"""The second door: Discord's own host names over TLS, for clients whose addresses nobody changes.

`python -m playground.discord --port 0 --tls-port 0` announces `tls: {port, ca}`. Point a library at it so:

1. let its resolver answer 127.0.0.1 and that port for the names in `PATHS`, and refuse every other name. With aiohttp
   that is an `AbstractResolver` of a few lines, given to `TCPConnector(resolver=...)`, which discord.py and disnake
   take as `connector=`. A library that resolves by the system alone needs `--tls-port 443` and lines in the hosts file.
2. let it trust the authority in the file `ca`: `ssl.create_default_context(cafile=ca)` in Python, `NODE_EXTRA_CA_CERTS`
   in Node, `SSL_CERT_FILE` for OpenSSL and Go. Authority and certificate are new at every start.
3. log in with the announced token. Actors go on using the first door (`base`), which knows nothing of this.

What comes in by this door is answered with addresses behind it (`outward`), what comes in by the other with that one's.
"""

import asyncio
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from aiohttp import web

API, GATEWAY, CDN, MEDIA = "discord.com", "gateway.discord.gg", "cdn.discordapp.com", "media.discordapp.net"
_FILES: Final = ("/attachments", "/ephemeral-attachments")
PATHS: Final = {API: ("/api", "/oauth2"), GATEWAY: ("/",), CDN: _FILES, MEDIA: _FILES}
"""The hosts, each with the paths that it serves and what lies below them ("/" alone stands for itself)."""


@dataclass(frozen=True, slots=True)
class Outward:
    """Rewrites the texts that leave by a door: each first address becomes the second."""

    changes: tuple[tuple[str, str], ...] = ()

    def __call__(self, text: str) -> str:
        """Return compact JSON with the addresses of this door."""
        for inside, outside in self.changes:
            text = text.replace(inside, outside)
        return text


FIRST: Final = Outward()
OUTWARD: Final = web.RequestKey("outward", Outward)
"""On requests by the second door."""


@dataclass(frozen=True, slots=True)
class Door:
    """The second door; `ca` is the file with the authority to trust."""

    port: int
    ca: Path


async def opened(runner: web.AppRunner, folder: Path, port: int) -> Door:
    """Open the second door of a server that listens already; port 0 picks one."""
    from playground.discord import certificates  # noqa: PLC0415 (cryptography is slow to import)

    ca, context = await asyncio.to_thread(certificates.make, folder, tuple(PATHS))
    await web.TCPSite(runner, "127.0.0.1", port, backlog=1024, ssl_context=context).start()
    return Door(runner.addresses[-1][1], ca)


def is_admitted(request: web.Request) -> bool:
    """Say whether a request by this door names one of the hosts and a path of it, and comes from no foreign page."""
    host = request.headers.get("Host", "").partition(":")[0]
    origin = request.headers.get("Origin")
    is_own_path = any(
        request.path == path or request.path.startswith(f"{path}/") for path in PATHS.get(host, ())
    )
    return is_own_path and origin in (None, f"https://{host}")


def outward(base: str, gateway_url: str) -> Outward:
    """Return what puts Discord's own addresses in the place of the first door's."""
    return Outward(
        (
            (f'"proxy_url":"{base}', f'"proxy_url":"https://{MEDIA}'),
            (gateway_url, f"wss://{GATEWAY}"),
            (base, f"https://{CDN}"),
        )
    )


def outward_of(request: web.Request) -> Outward:
    """Return what rewrites texts for who sent this request: nothing, by the first door."""
    found: Outward = request.get(OUTWARD, FIRST)
    return found


def rewritten(request: web.Request, response: web.StreamResponse) -> web.StreamResponse:
    """Return an answer as it leaves by the door that its request came in by."""
    if isinstance(response, web.Response) and response.content_type == "application/json":
        response.body = outward_of(request)(response.text or "").encode()
    return response
