import asyncio
import gzip
import io
from collections.abc import AsyncIterator

import pytest

from services.errors import NotFoundError, ProviderBroken, ProviderBusy, ProviderRejected, StorageError
from services.web.hooks import MAX_BODY_BYTES
from tests.services.web.edges import MAC, Surroundings, open_edge, speak_raw

HOOK = f"/hooks/fal/42.{MAC}"
HEAD = f"POST {HOOK} HTTP/1.1\r\nHost: localhost\r\n".encode()


async def test_hands_a_call_over_as_it_was_sent() -> None:
    here = Surroundings()
    headers = {"X-Fal-Webhook-User-Id": "u"}
    async with open_edge(here) as client, client.post(HOOK, data=b'{"a": 1}\xff', headers=headers) as answer:
        assert answer.status == 200
        assert await answer.json() == {"status": "ok"}
    (call,) = here.calls
    assert (call.provider, call.attempt_id, call.body) == ("fal", 42, b'{"a": 1}\xff')
    assert call.headers["x-fal-webhook-user-id"] == "u"


async def test_joins_a_doubled_signature_header_so_that_it_cannot_fit() -> None:
    here = Surroundings()
    async with open_edge(here):
        head = (
            HEAD + b"X-Signature: good\r\nX-Signature: bad\r\nContent-Length: 1\r\nConnection: close\r\n\r\n1"
        )
        assert (await speak_raw(here, head)).startswith(b"HTTP/1.1 200 ")
    assert here.calls[0].headers["x-signature"] == "good, bad"


async def test_wrong_mac_and_unknown_provider_look_like_any_unknown_address() -> None:
    here = Surroundings()
    bodies = set()
    async with open_edge(here) as client:
        for path in (
            "/hooks/fal/42.wrong",
            f"/hooks/bfl/42.{MAC}",
            f"/hooks/fal/43.{MAC}",
            f"/hooks/fal/9223372036854775808.{MAC}",
            f"/hooks/fal/-42.{MAC}",
            f"/hooks/fal/٤٢.{MAC}",
            f"/hooks/fal/42%00.{MAC}",
            f"/hooks/fal/..%2F42.{MAC}",
            f"/hooks/FAL/42.{MAC}",
            f"/hooks/fal/42.{MAC}/more",
            "/hooks/fal/42.",
            "/hooks/fal/42." + "a" * 129,
            "/nothing/here",
        ):
            async with client.post(path, data=b"{}") as answer:
                assert answer.status == 404, path
                bodies.add(await answer.read())
    assert len(bodies) == 1
    assert here.calls == []


@pytest.mark.parametrize("method", ["GET", "HEAD", "PUT", "PATCH", "DELETE", "OPTIONS"])
async def test_takes_no_method_but_post(method: str) -> None:
    async with open_edge(Surroundings()) as client, client.request(method, HOOK) as answer:
        assert answer.status == 405
        assert answer.headers["Allow"] == "POST"


async def test_refuses_a_body_over_the_cap_and_takes_one_below_it() -> None:
    here = Surroundings()
    async with open_edge(here) as client:
        async with client.post(HOOK, data=io.BytesIO(b"x" * (MAX_BODY_BYTES + 1))) as answer:
            assert answer.status == 413
        async with client.post(HOOK, data=io.BytesIO(b"x" * (MAX_BODY_BYTES - 1))) as answer:
            assert answer.status == 200
    assert len(here.calls) == 1


async def test_refuses_a_chunked_body_over_the_cap() -> None:
    here = Surroundings()

    async def chunks() -> AsyncIterator[bytes]:
        for _ in range(40):
            yield b"x" * 65_536

    async with open_edge(here) as client, client.post(HOOK, data=chunks()) as answer:
        assert answer.status == 413
    assert here.calls == []


async def test_refuses_a_compressed_body() -> None:
    here = Surroundings()
    bomb = gzip.compress(b"\0" * 20_000_000)
    headers = {"Content-Encoding": "gzip"}
    async with open_edge(here) as client, client.post(HOOK, data=bomb, headers=headers) as answer:
        assert answer.status == 415
    assert here.calls == []


async def test_refuses_an_empty_body() -> None:
    async with open_edge(Surroundings()) as client, client.post(HOOK) as answer:
        assert answer.status == 400


async def test_stops_waiting_for_a_body_that_never_ends() -> None:
    here = Surroundings()
    async with open_edge(here, body_deadline_s=0.3):
        answer = await speak_raw(here, HEAD + b"Connection: close\r\nContent-Length: 100\r\n\r\nabc")
        assert answer.startswith(b"HTTP/1.1 408 ")
    assert here.calls == []


async def test_a_sender_that_hangs_up_leaves_no_call_and_no_error(caplog: pytest.LogCaptureFixture) -> None:
    here = Surroundings()
    async with open_edge(here) as client:
        assert here.edge is not None
        _, writer = await asyncio.open_connection("127.0.0.1", here.edge.port)
        writer.write(HEAD + b"Content-Length: 100\r\n\r\nabc")
        await asyncio.sleep(0.1)  # mostly enough for it to be waiting for the rest
        writer.close()
        await writer.wait_closed()
        async with client.get("/healthz") as answer:
            assert answer.status == 200
    assert here.calls == []
    assert [record for record in caplog.records if record.levelname == "ERROR"] == []


async def test_broken_chunks_are_a_bad_request() -> None:
    here = Surroundings()
    async with open_edge(here):
        answer = await speak_raw(here, HEAD + b"Transfer-Encoding: chunked\r\n\r\nZZ\r\nabc\r\n")
    assert b" 400 Bad Request" in answer.partition(b"\r\n")[0]
    assert here.calls == []


@pytest.mark.parametrize(
    ("error", "status"),
    [
        pytest.param(ProviderRejected("bad_webhook"), 401, id="bad signature"),
        pytest.param(NotFoundError("no_such_job"), 404, id="no such job"),
        pytest.param(StorageError("database_busy"), 503, id="database busy"),
        pytest.param(ProviderBusy(), 503, id="signing keys out of reach"),
        pytest.param(ProviderBroken("provider_unreachable"), 503, id="provider out of reach"),
        pytest.param(RuntimeError("boom: token=abc"), 500, id="a bug"),
    ],
)
async def test_tells_the_sender_whether_to_come_back(error: Exception, status: int) -> None:
    async with open_edge(Surroundings(error=error)) as client, client.post(HOOK, data=b"{}") as answer:
        assert answer.status == status
        assert "boom" not in await answer.text()


async def test_a_thousand_repeated_calls_all_reach_the_receiver() -> None:
    here = Surroundings()
    async with open_edge(here) as client:

        async def call() -> int:
            async with client.post(HOOK, data=b"{}") as answer:
                return answer.status

        assert set(await asyncio.gather(*(call() for _ in range(1_000)))) == {200}
    assert len(here.calls) == 1_000
