"""Connections that lead to public addresses or to own hosts, and to nothing else, whatever a name is looked up to.

A name is looked up once per connection, and what was judged is what is connected to: a second look, which could find
something else, is never taken. aiohttp does not ask its resolver about IP addresses; those pass the gate that makes
the sockets.
"""

import socket
from collections import deque
from collections.abc import Collection
from typing import Any, Final

import aiohttp
from aiohttp.abc import AbstractResolver, ResolveResult

from services.addresses import Origin, RefusedAddress
from services.public_addresses import read_address, why_closed

_MOST_REMEMBERED: Final = 256


class GuardedResolver(AbstractResolver):
    """Looks names up and refuses one that has any address which is not public, own hosts excepted."""

    def __init__(self, own_hosts: Collection[str], lookup: AbstractResolver | None = None) -> None:
        """Look up with `lookup`, the system's way when None. Belongs to the running event loop."""
        self._own_hosts = frozenset(own_hosts)
        self._lookup = lookup or aiohttp.DefaultResolver()
        self._own_addresses: deque[str] = deque(maxlen=_MOST_REMEMBERED)

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_INET
    ) -> list[ResolveResult]:
        """Return the addresses of `host`. Raises RefusedAddress, and OSError where there are none."""
        found = await self._lookup.resolve(host, port, family)
        addresses = [each["host"] for each in found]
        if host.lower().rstrip(".") in self._own_hosts:
            self._own_addresses.extend(each for each in addresses if each not in self._own_addresses)
            return found
        for address in addresses:
            _check(host, address)
        return found

    async def close(self) -> None:
        """Let go of what looks names up."""
        await self._lookup.close()

    def open_socket(self, addr_info: tuple[Any, ...]) -> socket.socket:
        """Return a socket for a connection to an address of getaddrinfo's. Raises RefusedAddress."""
        family, kind, protocol, _, place = addr_info
        if place[0] not in self._own_hosts and place[0] not in self._own_addresses:
            _check(place[0], place[0])
        return socket.socket(family=family, type=kind, proto=protocol)


class GuardedConnector(aiohttp.TCPConnector):
    """aiohttp's connections, each of them guarded; `own` are the hosts that may lie anywhere."""

    def __init__(self, own: Collection[Origin] = (), lookup: AbstractResolver | None = None) -> None:
        """Belong to the running event loop; `lookup` looks names up, the system's way when None."""
        self.own = frozenset(own)
        self._guard = GuardedResolver([each.host for each in self.own], lookup)
        super().__init__(resolver=self._guard, socket_factory=self._guard.open_socket)

    async def close(self, *, abort_ssl: bool = False) -> None:
        """Close the connections and what looks names up, which aiohttp leaves to whoever made it."""
        await super().close(abort_ssl=abort_ssl)
        await self._guard.close()


def own_hosts_of(session: aiohttp.ClientSession) -> frozenset[Origin]:
    """Return the own hosts of a session with guarded connections. Raises TypeError for any other session."""
    connector = session.connector
    if not isinstance(connector, GuardedConnector):
        raise TypeError("addresses from outside need a session of services.http.open_session")
    return connector.own


def _check(host: str, address: str) -> None:
    read = read_address(address)
    closed = "no IP address" if read is None else why_closed(read)
    if closed is not None:
        raise RefusedAddress(f"{host} leads to an address that is not public: {closed}")
