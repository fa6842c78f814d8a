"""What may be fetched, told by the address alone: every spelling of every place that is nobody's business."""

import ipaddress
import re
import socket

import pytest
from hypothesis import given
from hypothesis import strategies as st
from yarl import URL

from services import public_addresses
from services.addresses import Origin, origin_of, origins_of, why_closed_to, why_refused
from services.public_addresses import why_closed
from tests.services.address_table import ALLOWED, REFUSED

OWN = origins_of(["http://127.0.0.1:8400/bfl", "https://api.bfl.ai", "not an address"])


def test_the_table_is_long_enough_to_be_one() -> None:
    assert len(ALLOWED) + len(REFUSED) > 150


@pytest.mark.parametrize("url", ALLOWED)
def test_a_public_address_may_be_fetched_by_https(url: str) -> None:
    assert why_refused(url) is None


@pytest.mark.parametrize(("url", "words"), REFUSED.items(), ids=[each[:60] for each in map(ascii, REFUSED)])
def test_nothing_else_may_be_fetched(url: str, words: str) -> None:
    assert words in (why_refused(url) or "nothing")


def test_own_hosts_are_those_that_the_settings_name() -> None:
    assert {Origin("http", "127.0.0.1"), Origin("https", "api.bfl.ai")} == OWN


@pytest.mark.parametrize(
    ("url", "refused"),
    [
        ("http://127.0.0.1:8400/bfl/a.jpeg", None),
        ("http://127.0.0.1:9000/a.jpeg", None),  # a stand-in's delivery host is another port
        ("http://127.0.0.1./a.jpeg", None),
        ("https://api.bfl.ai:8443/a.jpeg", None),
        ("https://127.0.0.1:8400/a.jpeg", "port"),
        ("https://127.0.0.1/a.jpeg", "this machine"),
        ("http://127.0.0.2:8400/a.jpeg", "not https"),
        ("http://localhost:8400/a.jpeg", "not https"),
        ("http://127.1:8400/a.jpeg", "not https"),
        ("http://[::1]:8400/a.jpeg", "not https"),
        ("http://[::ffff:127.0.0.1]:8400/a.jpeg", "not https"),
        ("http://api.bfl.ai/a.jpeg", "not https"),
        ("http://user@127.0.0.1:8400/a.jpeg", "a user"),
        ("http://127.0.0.1:8400@evil.example/", "a user"),
        ("http://127.0.0.1.evil.example/", "not https"),
        ("http://127.0.0.1:8400\\@evil.example/", "no address"),
        ("file://127.0.0.1/etc/passwd", "not https"),
    ],
)
def test_an_own_host_has_its_right_by_its_scheme_and_by_no_other_name(url: str, refused: str | None) -> None:
    said = why_refused(url, OWN)

    assert said is None if refused is None else refused in (said or "")


@given(st.text(max_size=60).map(lambda text: f"https://{text}"))
def test_no_text_breaks_the_guard_and_what_it_takes_has_one_reading(url: str) -> None:
    if why_refused(url) is None:
        read = URL(url)
        origin = origin_of(url)
        assert (read.scheme, read.port, read.raw_user) == ("https", 443, None)
        assert origin is not None
        assert origin.host == (read.raw_host or "").rstrip(".")


@given(st.integers(0, 2**32 - 1), st.sampled_from(["{}", "{:#x}", "{:#o}"]))
def test_a_number_is_never_taken_for_a_name(number: int, spelling: str) -> None:
    host = spelling.format(number).replace("0o", "0")

    assert why_closed_to(host) == "an IP address in an odd spelling"


@given(st.ip_addresses(v=4))
def test_what_the_system_would_read_as_an_address_is_judged_as_one(address: ipaddress.IPv4Address) -> None:
    spelled = ".".join(f"{part:#x}" for part in address.packed)

    assert socket.inet_aton(spelled) == address.packed
    assert why_closed_to(spelled) == "an IP address in an odd spelling"
    assert (why_closed_to(str(address)) is None) == (why_closed(address) is None)


# What Python's own judgement (3.11 to 3.14) and ours differ in, and why ours is the stricter one each time.
STRICTER = [
    "168.63.129.16/32",  # public in form only
    "192.0.0.0/24",  # .8 in older Pythons; .9 and .10 are anycast: the own gateway answers
    "192.88.99.0/24",
    "224.0.0.0/4",  # multicast is no place to fetch from
    "::/96",
    "64:ff9b::/96",  # judged by what is inside
    "64:ff9b:1::/48",
    "100:0:0:1::/64",
    "2001::/23",
    "2002::/16",  # judged by what is inside
    "3fff::/20",
    "5f00::/16",
    "fec0::/10",
    "ff00::/8",
]
INSIDE = [
    ipaddress.ip_network(block) for block in ("::ffff:0:0/96", "64:ff9b::/96", "2002::/16", "2001::/32")
]
"""Where the IPv4 address inside decides, which has a test of its own."""


def edges() -> list[public_addresses.Address]:
    """Return the first and last address of every block that is named here or there, and their neighbours."""
    tables = (public_addresses.CLOSED_IPV4, public_addresses.CLOSED_IPV6, public_addresses.NAMED_IPV6)
    named = [str(block) for table in tables for block, _ in table]
    found: set[public_addresses.Address] = set()
    for block in map(
        ipaddress.ip_network, [*named, *STRICTER, "2000::/3", "2001:4:112::/48", "2620:4f:8000::/48"]
    ):
        first, last = int(block.network_address), int(block.broadcast_address)
        kind = ipaddress.IPv4Address if block.version == 4 else ipaddress.IPv6Address
        near = (first - 1, first, last, last + 1)
        found |= {kind(each) for each in near if 0 <= each < 2**block.max_prefixlen}
    return sorted(
        (each for each in found if not any(each in block for block in INSIDE)),
        key=lambda each: (each.version, int(each)),
    )


@pytest.mark.parametrize("address", edges(), ids=str)
def test_pythons_judgement_differs_only_where_ours_is_stricter(address: public_addresses.Address) -> None:
    is_open = why_closed(address) is None
    if is_open == address.is_global:
        return
    is_known = any(address in ipaddress.ip_network(block) for block in STRICTER)
    is_given_out = address.version == 4 or address in public_addresses.OPEN_IPV6

    assert not is_open
    assert is_known or not is_given_out


@given(st.ip_addresses(v=4))
def test_an_address_inside_another_is_judged_as_it_is_by_itself(inner: ipaddress.IPv4Address) -> None:
    number, public = int(inner), 0x08080808
    outer = [
        0xFFFF << 32 | number,
        0x64FF9B << 96 | number,
        0x2002 << 112 | number << 80 | 1,
        0x20010000 << 96 | number << 64 | (~public & 0xFFFFFFFF),
        0x20010000 << 96 | public << 64 | (~number & 0xFFFFFFFF),
    ]

    for each in outer:
        said = why_closed(ipaddress.IPv6Address(each))
        assert (said is None) == (why_closed(inner) is None)
        assert said is None or said.startswith(why_closed(inner) or "?")


def test_no_reason_repeats_what_the_address_says() -> None:
    said = why_refused("https://127.0.0.1/secret?token=hidden") or ""

    assert re.search("secret|hidden|127", said) is None
