"""fal's public keys: read leniently, kept for a day, and fetched no more often than once a minute."""

import asyncio
import base64
import json
from dataclasses import dataclass, field

import aiohttp
import pytest
from aiohttp import web
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from services.errors import ProviderBusy
from services.providers.fal.webhook_keys import WebhookKeys, read_base64url, read_keys
from tests.services.loopback import nobody_at, serve
from tests.services.providers.scripted import PATIENT

MESSAGE = b"what was signed"
DAY_S = 86_400.0


def x_of(key: Ed25519PrivateKey) -> str:
    """Return the public key as standard base64url: without its padding."""
    return base64.urlsafe_b64encode(key.public_key().public_bytes_raw()).decode().rstrip("=")


def key_set(*keys: Ed25519PrivateKey) -> bytes:
    return json.dumps({"keys": [{"kty": "OKP", "crv": "Ed25519", "x": x_of(key)} for key in keys]}).encode()


@dataclass
class Host:
    """Where the keys are published, and a clock."""

    keys: list[Ed25519PrivateKey] = field(default_factory=lambda: [Ed25519PrivateKey.generate()])
    status: int = 200
    body: bytes | None = None
    asked: int = 0
    now_s: float = 1000.0

    async def answer(self, request: web.Request) -> web.StreamResponse:
        assert request.path == "/.well-known/jwks.json"
        assert "Authorization" not in request.headers
        self.asked += 1
        return web.Response(status=self.status, body=self.body or key_set(*self.keys))

    def clock(self) -> float:
        return self.now_s


def signature_of(key: Ed25519PrivateKey) -> bytes:
    return key.sign(MESSAGE)


async def verify(
    session: aiohttp.ClientSession, host: Host, *steps: tuple[float, Ed25519PrivateKey]
) -> list[object]:
    """Return what each signature was found to be, after so many seconds each; "busy" where that could not be told."""
    found: list[object] = []
    async with serve(host.answer) as url:
        keys = WebhookKeys(session, url, clock=host.clock, timeouts=PATIENT)
        for after_s, key in steps:
            host.now_s += after_s
            try:
                found.append(await keys.verify(MESSAGE, signature_of(key)))
            except ProviderBusy:
                found.append("busy")
    return found


async def test_a_signature_of_a_published_key_fits(session: aiohttp.ClientSession) -> None:
    host = Host([Ed25519PrivateKey.generate() for _ in range(3)])

    assert await verify(session, host, *((0, key) for key in host.keys)) == [True, True, True]
    assert host.asked == 1


async def test_keys_are_kept_for_a_day_and_no_longer(session: aiohttp.ClientSession) -> None:
    host = Host()
    own = host.keys[0]

    assert await verify(session, host, (0, own), (DAY_S - 1, own)) == [True, True]
    assert host.asked == 1
    host.asked = 0
    assert await verify(session, host, (0, own), (DAY_S + 1, own)) == [True, True]
    assert host.asked == 2


async def test_a_key_that_is_withdrawn_counts_no_more_after_a_day(session: aiohttp.ClientSession) -> None:
    host = Host()
    old = host.keys[0]

    async with serve(host.answer) as url:
        keys = WebhookKeys(session, url, clock=host.clock, timeouts=PATIENT)
        assert await keys.verify(MESSAGE, signature_of(old))
        host.keys = [Ed25519PrivateKey.generate()]
        host.now_s += DAY_S + 1
        assert not await keys.verify(MESSAGE, signature_of(old))


async def test_a_new_key_is_fetched_when_none_fits_but_not_within_a_minute(
    session: aiohttp.ClientSession,
) -> None:
    host, new = Host(), Ed25519PrivateKey.generate()
    old = host.keys[0]

    async with serve(host.answer) as url:
        keys = WebhookKeys(session, url, clock=host.clock, timeouts=PATIENT)
        assert await keys.verify(MESSAGE, signature_of(old))
        host.keys = [new]
        host.now_s += 59
        assert not await keys.verify(MESSAGE, signature_of(new))
        assert host.asked == 1
        host.now_s += 2
        assert await keys.verify(MESSAGE, signature_of(new))
        assert host.asked == 2


async def test_many_forged_calls_cost_one_look_a_minute(session: aiohttp.ClientSession) -> None:
    host, forger = Host(), Ed25519PrivateKey.generate()

    assert await verify(session, host, *[(1, forger)] * 50) == [False] * 50
    assert host.asked == 1


async def test_calls_that_come_together_share_one_look(session: aiohttp.ClientSession) -> None:
    host = Host()

    async with serve(host.answer) as url:
        keys = WebhookKeys(session, url, clock=host.clock, timeouts=PATIENT)
        found = await asyncio.gather(*[keys.verify(MESSAGE, signature_of(host.keys[0])) for _ in range(20)])

    assert found == [True] * 20
    assert host.asked == 1


@pytest.mark.parametrize(
    ("status", "body"),
    [
        (500, b""),
        (404, b"{}"),
        (302, b""),
        (200, b"<html>"),
        (200, b"{}"),
        (200, b'{"keys": []}'),
        (200, b'{"keys": "x"}'),
        (200, b"[]"),
        (200, b" " * 100_000),
    ],
)
async def test_without_keys_nobody_is_called_a_forger(
    session: aiohttp.ClientSession, status: int, body: bytes
) -> None:
    host = Host(status=status, body=body)

    assert await verify(session, host, (0, host.keys[0]), (1, host.keys[0])) == ["busy", "busy"]
    assert host.asked == 1


async def test_without_a_host_nobody_is_called_a_forger(session: aiohttp.ClientSession) -> None:
    async with serve(Host().answer) as url:
        pass
    with nobody_at(url), pytest.raises(ProviderBusy):
        await WebhookKeys(session, url, timeouts=PATIENT).verify(
            MESSAGE, signature_of(Ed25519PrivateKey.generate())
        )


async def test_keys_that_could_not_be_had_are_asked_for_again_after_a_minute(
    session: aiohttp.ClientSession,
) -> None:
    host = Host(status=503)

    async with serve(host.answer) as url:
        keys = WebhookKeys(session, url, clock=host.clock, timeouts=PATIENT)
        with pytest.raises(ProviderBusy):
            await keys.verify(MESSAGE, signature_of(host.keys[0]))
        host.status = 200
        host.now_s += 30
        with pytest.raises(ProviderBusy) as caught:
            await keys.verify(MESSAGE, signature_of(host.keys[0]))
        assert caught.value.retry_after_s == 30
        host.now_s += 30
        assert await keys.verify(MESSAGE, signature_of(host.keys[0]))


async def test_known_keys_go_on_counting_while_new_ones_cannot_be_had(session: aiohttp.ClientSession) -> None:
    host, forger = Host(), Ed25519PrivateKey.generate()
    own = host.keys[0]

    async with serve(host.answer) as url:
        keys = WebhookKeys(session, url, clock=host.clock, timeouts=PATIENT)
        assert await keys.verify(MESSAGE, signature_of(own))
        host.status = 503
        host.now_s += 61
        with pytest.raises(ProviderBusy):
            await keys.verify(MESSAGE, signature_of(forger))
        assert await keys.verify(MESSAGE, signature_of(own))


@pytest.mark.parametrize("padding", ["", "="])
def test_a_key_is_read_with_and_without_its_padding(padding: str) -> None:
    key = Ed25519PrivateKey.generate()
    body = json.dumps({"keys": [{"kty": "OKP", "crv": "Ed25519", "x": x_of(key) + padding}]}).encode()

    assert [each.public_bytes_raw() for each in read_keys(body)] == [key.public_key().public_bytes_raw()]


def test_what_is_no_key_of_ours_is_left_out() -> None:
    key = Ed25519PrivateKey.generate()
    others = [
        {"kty": "RSA", "n": "AQAB", "e": "AQAB"},
        {"kty": "OKP", "crv": "X25519", "x": x_of(key)},
        {"kty": "OKP", "crv": "Ed25519", "x": "c2hvcnQ"},
        {"kty": "OKP", "crv": "Ed25519", "x": "*" * 43},
        {"kty": "OKP", "crv": "Ed25519", "x": 7},
        {"kty": "OKP", "crv": "Ed25519"},
        None,
        "text",
    ]
    good = {"kty": "OKP", "crv": "Ed25519", "x": x_of(key), "kid": "1", "use": "sig"}

    assert len(read_keys(json.dumps({"keys": [*others, good]}).encode())) == 1


@pytest.mark.parametrize(
    ("text", "data"),
    [
        ("", b""),
        ("-_8", b"\xfb\xff"),
        ("-_8=", b"\xfb\xff"),
        ("YQ==", b"a"),
        ("ä", None),
        ("a", None),
        ("a b c", None),
    ],
)
def test_base64url_is_read_by_the_book(text: str, data: bytes | None) -> None:
    assert read_base64url(text) == data
