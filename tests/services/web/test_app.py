import asyncio
import time

import pytest

from services.errors import StartError
from services.web.app import EdgeParts, WebEdge, build_app
from services.web.connection import MAX_CONNECTIONS
from services.web.health import Probes
from services.web.hooks import HookDoor
from services.web.problems import SECURITY_HEADERS
from tests.services.web.edges import Surroundings, is_ours, open_edge, speak_raw
from tests.waiting import HANGS_AFTER_S

GET_HEALTH = b"GET /healthz HTTP/1.1\r\nHost: localhost\r\n"


def parts_of(surroundings: Surroundings) -> EdgeParts:
    probes = Probes(lambda: True, surroundings.probe_database)
    return EdgeParts(probes, HookDoor(is_ours, surroundings.receive))


async def test_names_the_setting_when_the_port_is_taken() -> None:
    here = Surroundings()
    async with open_edge(here):
        assert here.edge is not None
        second = WebEdge(parts_of(here))
        with pytest.raises(StartError, match="LIMNER_PORT") as caught:
            await second.start("127.0.0.1", here.edge.port)
        assert caught.value.code == "port_in_use"
        assert str(here.edge.port) in str(caught.value)
        assert "\n" not in str(caught.value)


async def test_names_the_setting_when_the_address_is_not_this_machine_s() -> None:
    edge = WebEdge(parts_of(Surroundings()))
    with pytest.raises(StartError, match="LIMNER_HOST") as caught:
        await edge.start("192.0.2.1", 0)
    assert caught.value.code == "cannot_listen"


async def test_gives_the_port_that_was_picked_and_zero_after_the_stop() -> None:
    edge = WebEdge(parts_of(Surroundings()))
    await edge.start("127.0.0.1", 0)
    assert edge.port > 0
    await edge.stop()
    assert edge.port == 0


async def test_closes_idle_connections_when_it_stops() -> None:
    here = Surroundings()
    async with open_edge(here):
        assert here.edge is not None
        reader, writer = await asyncio.open_connection("127.0.0.1", here.edge.port)
        writer.write(GET_HEALTH + b"\r\n")
        await reader.readuntil(b"\r\n\r\n")
    async with asyncio.timeout(HANGS_AFTER_S):
        await reader.read()
    writer.close()
    await writer.wait_closed()


@pytest.mark.parametrize("path", ["/healthz", "/nothing", "/hooks/fal/42.wrong"])
async def test_every_answer_has_the_security_headers_and_no_server(path: str) -> None:
    async with open_edge(Surroundings()) as client, client.get(path) as answer:
        assert "Server" not in answer.headers
        assert {name: answer.headers.get(name) for name in SECURITY_HEADERS} == dict(SECURITY_HEADERS)


async def test_an_unknown_address_is_a_problem_that_repeats_nothing() -> None:
    async with open_edge(Surroundings()) as client, client.get("/<script>alert(1)</script>") as answer:
        assert answer.status == 404
        assert answer.content_type == "application/problem+json"
        assert await answer.json(content_type=None) == {
            "type": "about:blank",
            "title": "Not Found",
            "status": 404,
            "detail": "There is nothing at this address.",
        }


@pytest.mark.parametrize(
    ("request_head", "status"),
    [
        pytest.param(
            b"POST /healthz HTTP/1.1\r\nHost: a\r\nContent-Length: -5\r\n\r\n", 400, id="negative length"
        ),
        pytest.param(
            b"POST /healthz HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n",
            400,
            id="doubled length",
        ),
        pytest.param(
            b"POST /healthz HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\nabc",
            400,
            id="length and chunks",
        ),
        pytest.param(GET_HEALTH + b"X: " + b"a" * 20_000 + b"\r\n\r\n", 400, id="long header"),
        pytest.param(b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\r\n\r\n", 400, id="TLS"),
        pytest.param(b"GET /healthz HTTP/1.1\r\n\r\n", 400, id="no host"),
        pytest.param(GET_HEALTH + b"Host: localhost\r\nConnection: close\r\n\r\n", 400, id="two hosts"),
    ],
)
async def test_answers_an_unreadable_request_without_the_parser_s_words(
    request_head: bytes, status: int
) -> None:
    here = Surroundings()
    async with open_edge(here):
        answer = await speak_raw(here, request_head)
    assert answer.startswith((b"HTTP/1.0 %d " % status, b"HTTP/1.1 %d " % status))
    assert b"application/problem+json" in answer
    assert b"nosniff" in answer
    for tell in (b"Server:", b"aiohttp", b"Python", b"message:", b"Content-Length can"):
        assert tell not in answer


@pytest.mark.parametrize(
    "beginning",
    [
        pytest.param(b"", id="nothing"),
        pytest.param(GET_HEALTH[:20], id="half a line"),
        pytest.param(GET_HEALTH + b"X-Slow: ", id="half a header"),
    ],
)
async def test_closes_a_connection_that_never_ends_its_headers(beginning: bytes) -> None:
    here = Surroundings()
    async with open_edge(here, header_deadline_s=0.5):
        started = time.monotonic()
        assert await speak_raw(here, beginning) == b""
        assert time.monotonic() - started > 0.3


async def test_closes_a_connection_that_drips_its_headers() -> None:
    here = Surroundings()
    async with open_edge(here, header_deadline_s=0.5):
        assert here.edge is not None
        reader, writer = await asyncio.open_connection("127.0.0.1", here.edge.port)
        writer.write(GET_HEALTH + b"X-Slow: ")
        started = time.monotonic()
        async with asyncio.timeout(HANGS_AFTER_S):
            # What is written at the very moment of the end makes the end a reset, which is no end of file.
            while not reader.at_eof() and reader.exception() is None:
                writer.write(b"a")
                await asyncio.sleep(0.1)
        assert time.monotonic() - started > 0.3
        writer.close()


@pytest.mark.parametrize(
    "host", ["evil.example", "127.0.0.1.evil.example", "localhost@evil.example", "a b", "192.0.2.1"]
)
async def test_refuses_a_host_name_that_is_not_ours(host: str) -> None:
    headers = {"Host": host}
    async with open_edge(Surroundings()) as client, client.get("/healthz", headers=headers) as answer:
        assert answer.status == 421


@pytest.mark.parametrize(
    "host", ["localhost:9", "127.0.0.1", "[::1]:8480", "Paint.Example", "paint.example:443"]
)
async def test_serves_loopback_and_the_public_host(host: str) -> None:
    headers, edge = {"Host": host}, open_edge(Surroundings(), public_url="https://paint.example/limner")
    async with edge as client, client.get("/healthz", headers=headers) as answer:
        assert answer.status == 200


async def test_ignores_forwarded_headers_when_it_checks_the_host() -> None:
    headers = {"Host": "evil.example", "X-Forwarded-Host": "localhost", "Forwarded": "host=localhost"}
    async with open_edge(Surroundings()) as client, client.get("/healthz", headers=headers) as answer:
        assert answer.status == 421


async def test_turns_connections_beyond_the_cap_away_and_serves_again_later() -> None:
    here = Surroundings()
    async with open_edge(here) as client:
        assert here.edge is not None
        opened = [await asyncio.open_connection("127.0.0.1", here.edge.port) for _ in range(MAX_CONNECTIONS)]
        # They are accepted in turn: when the last is answered, all are counted.
        reader, writer = opened[-1]
        writer.write(GET_HEALTH + b"\r\n")
        await reader.readuntil(b"\r\n\r\n")
        assert await speak_raw(here, b"") == b""
        for _, writer in opened:
            writer.close()
        await asyncio.gather(*(writer.wait_closed() for _, writer in opened))
        async with client.get("/healthz") as answer:
            assert answer.status == 200


async def test_no_address_changes_anything_by_get() -> None:
    routes = build_app(parts_of(Surroundings())).router.routes()
    assert {route.resource.canonical for route in routes if route.method == "GET" and route.resource} == {
        "/healthz",
        "/metrics",
        "/readyz",
    }
