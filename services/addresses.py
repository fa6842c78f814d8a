"""The guard of every address that comes from outside: what a provider, and later a person, says to fetch.

    why_refused(url, own)    -> why nothing may be fetched from that text, None where it may be tried
    why_closed_to(host, own) -> why nothing may be connected to at that host, told by its name alone

A name is looked up only when it is connected to, and judged there once more, by its addresses:
`services/guarded_connections.py`. Own hosts are those that the operator's settings name: a stand-in on this machine, a
proxy. They may be asked by the scheme of the setting, at any port and wherever they lie; nothing else has that right.
"""

import re
from collections.abc import Collection, Iterable
from functools import lru_cache
from typing import Final, NamedTuple

from yarl import URL

from services.public_addresses import read_address, why_closed

HTTPS_PORT: Final = 443
LONGEST_ADDRESS: Final = 8192
"""Characters; the longest signed address of a vendor's has some 1500."""

_NAME: Final = re.compile(
    r"([a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9_])?\.)+[a-z]([a-z0-9-]{0,61}[a-z0-9])?", re.ASCII
)
_LONGEST_NAME: Final = 253
# What a resolver may read as an IPv4 address though it is no usual spelling: 127.1, 0x7f000001, 0177.0.0.1, 2130706433.
_NUMBERS: Final = re.compile(r"(0x[0-9a-f]*|[0-9]+)(\.(0x[0-9a-f]*|[0-9]+))*", re.ASCII)
_FORBIDDEN: Final = re.compile(r"[\x00-\x20\x7f-\x9f\\]")
_AUTHORITY: Final = re.compile(r"[a-z][a-z0-9+.-]*://([^/?#]*)", re.ASCII | re.IGNORECASE)

LOCAL_ENDINGS: Final = (
    "localhost", "local", "internal", "home.arpa", "alt", "onion",
    "localdomain", "lan", "home", "corp", "intranet", "private",
)  # fmt: skip
"""Names under these lead into somebody's own network, or nowhere. *Source:* IANA Special-Use Domain Names (RFC 6761,
6762, 7686, 8375, 9476) and ICANN for `internal`; the second line is custom."""


class Origin(NamedTuple):
    """A host of the operator's own and the scheme that it is asked by."""

    scheme: str
    host: str


class RefusedAddress(OSError):
    """A connection was refused because of where it would have led; the text names host and reason."""


class _Address(NamedTuple):
    """What an address names. `authority` is the host as it was written, with user and port where there are any."""

    origin: Origin
    port: int
    authority: str


def origins_of(urls: Iterable[str]) -> frozenset[Origin]:
    """Return the own hosts that the addresses of the settings name; what is no address names none."""
    return frozenset(origin for url in urls if (origin := origin_of(url)) is not None)


def origin_of(url: str) -> Origin | None:
    """Return scheme and host of an address, None for what is none.

    The host is as it is looked up and compared: ASCII, in small letters, without a dot at its end.
    """
    address = _read(url)
    return None if address is None else address.origin


def why_refused(url: str, own: Collection[Origin] = ()) -> str | None:
    """Return why nothing may be fetched from `url`, None where it may be tried.

    Taken are https at port 443 of a public name or IP address, and the `own` hosts. Never a user or a password, an IP
    address in an odd spelling, or text that two readers could take for two addresses.
    """
    address = _read(url)
    if address is None:
        return "no address"
    if "@" in address.authority:
        return "a user in the address"
    if address.origin in own:
        return None
    if address.origin.scheme != "https":
        return "not https"
    if address.port != HTTPS_PORT:
        return f"port {address.port}"
    return why_closed_to(address.origin.host)


def why_closed_to(host: str) -> str | None:
    """Return why nothing may be connected to at `host` as it is written, None where nothing speaks against it."""
    literal = read_address(host)
    if literal is not None:
        closed = why_closed(literal)
        return None if closed is None else f"not a public address: {closed}"
    if ":" in host or _NUMBERS.fullmatch(host):
        return "an IP address in an odd spelling"
    if any(host == ending or host.endswith(f".{ending}") for ending in LOCAL_ENDINGS):
        return "a name of a local network"
    if len(host) > _LONGEST_NAME or not _NAME.fullmatch(host):
        return "no public name"
    return None


def _read(url: str) -> _Address | None:
    """Return the parts of the address that `url` is, None for what is none or could be read in two ways."""
    return None if len(url) > LONGEST_ADDRESS else _read_short(url)


@lru_cache(maxsize=64)
def _read_short(url: str) -> _Address | None:
    # Every address is asked about several times in a row, and those of the settings again and again.
    authority = _AUTHORITY.match(url)
    if _FORBIDDEN.search(url) or authority is None:
        return None
    try:
        address = URL(url)
        # A name that no registry could hold ("xn--a.example") fails only where it is decoded.
        if not address.host or ("[" in authority[1]) != (":" in address.host):
            return None
    except ValueError:
        return None
    host = (address.raw_host or "").lower().rstrip(".")
    return _Address(Origin(address.scheme, host), address.port or 0, authority[1])
