"""Which IP addresses are public: those that a server on the internet can have, and nobody in the operator's network.

The tables follow IANA's registries and are used instead of `ipaddress.is_global`, which takes multicast,
site-local, 6to4 and NAT64 addresses for public ones and differs from one Python to the next.

*Source:* IANA IPv4 and IPv6 Special-Purpose Address Registries (2025-10-09), IPv4 Multicast Address Space Registry,
IPv6 Address Space.
"""

import ipaddress
from collections.abc import Iterator
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network
from typing import Final

Address = IPv4Address | IPv6Address

CLOSED_IPV4: Final[tuple[tuple[IPv4Network, str], ...]] = tuple(
    (IPv4Network(block), why)
    for block, why in (
        ("0.0.0.0/8", "this network"),
        ("10.0.0.0/8", "private"),
        ("100.64.0.0/10", "shared by a carrier"),
        ("127.0.0.0/8", "this machine"),
        # Source: Microsoft, "What is IP address 168.63.129.16?": public in form, and inside every machine of Azure's.
        ("168.63.129.16/32", "a cloud's own services"),
        ("169.254.0.0/16", "link-local"),
        ("172.16.0.0/12", "private"),
        # With 192.0.0.9 and .10, which are "globally reachable": anycast, so the operator's own gateway answers there.
        ("192.0.0.0/24", "protocol assignments"),
        ("192.0.2.0/24", "documentation"),
        ("192.88.99.0/24", "6to4 relays, deprecated"),
        ("192.168.0.0/16", "private"),
        ("198.18.0.0/15", "benchmarking"),
        ("198.51.100.0/24", "documentation"),
        ("203.0.113.0/24", "documentation"),
        ("224.0.0.0/4", "multicast"),
        ("240.0.0.0/4", "reserved"),
    )
)
"""Blocks of IPv4 in which nothing may be fetched, and what they are; everything else is public."""

OPEN_IPV6: Final = IPv6Network("2000::/3")
"""The only part of IPv6 that is given out: a block outside it is local, special or nobody's."""

CLOSED_IPV6: Final[tuple[tuple[IPv6Network, str], ...]] = tuple(
    (IPv6Network(block), why)
    for block, why in (
        # All of it, with the anycast addresses of gateways, and the hash identities, which lead to no server.
        ("2001::/23", "protocol assignments"),
        ("2001:db8::/32", "documentation"),
        ("3fff::/20", "documentation"),
    )
)
"""Blocks of `OPEN_IPV6` that are closed all the same."""

_MAPPED: Final = IPv6Network("::ffff:0:0/96")
_NAT64: Final = IPv6Network("64:ff9b::/96")
_SIXTOFOUR: Final = IPv6Network("2002::/16")
_TEREDO: Final = IPv6Network("2001::/32")
NAMED_IPV6: Final[tuple[tuple[IPv6Network, str], ...]] = tuple(
    (IPv6Network(block), why)
    for block, why in (
        ("::/128", "this network"),
        ("::1/128", "this machine"),
        ("::/96", "an IPv4 address in a form that is over"),
        # RFC 8215: where in it the IPv4 address stands depends on the network, so that it cannot be judged.
        ("64:ff9b:1::/48", "a translation of the own network"),
        ("fc00::/7", "private"),
        ("fe80::/10", "link-local"),
        ("fec0::/10", "site-local"),
        ("ff00::/8", "multicast"),
    )
)
"""What lies outside `OPEN_IPV6` and has a name; the rest is "not given out"."""


def read_address(text: str) -> Address | None:
    """Return the address that `text` spells the one usual way (an IPv6 address may have a zone), else None."""
    try:
        return ipaddress.ip_address(text)
    except ValueError:
        return None


def why_closed(address: Address) -> str | None:
    """Return why nothing may be fetched from `address`, None where it is public.

    An IPv6 address that stands for one of IPv4 (mapped, NAT64, 6to4, Teredo) is judged by that one.
    """
    if isinstance(address, IPv4Address):
        return next((why for block, why in CLOSED_IPV4 if address in block), None)
    if address.scope_id is not None:
        return "an address with a zone"
    inner = tuple(_inside(address))
    if inner:
        return next((f"{why}, inside an IPv6 address" for each in inner if (why := why_closed(each))), None)
    if address in OPEN_IPV6:
        return next((why for block, why in CLOSED_IPV6 if address in block), None)
    return next((why for block, why in NAMED_IPV6 if address in block), "not given out")


def _inside(address: IPv6Address) -> Iterator[IPv4Address]:
    """Yield the IPv4 addresses that `address` stands for.

    *Source:* RFC 4291, 2.5.5.2; RFC 6052, 2.1 (64:ff9b::/96); RFC 3056, 2; RFC 4380, 4 (Teredo: server and client).
    """
    bits = int(address)
    if address in _MAPPED or address in _NAT64:
        yield IPv4Address(bits & 0xFFFFFFFF)
    elif address in _SIXTOFOUR:
        yield IPv4Address(bits >> 80 & 0xFFFFFFFF)
    elif address in _TEREDO:
        yield IPv4Address(bits >> 64 & 0xFFFFFFFF)
        yield IPv4Address(~bits & 0xFFFFFFFF)
