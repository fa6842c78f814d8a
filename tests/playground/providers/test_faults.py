"""Scripted faults, each as a client sees it."""

import asyncio
from typing import Any

import aiohttp
import pytest

from playground.providers.app import StandIns
from playground.providers.scripts import BadScriptError, read_script
from tests.playground.providers.fal_bench import DEV, Fal
from tests.waiting import until


async def test_a_step_answers_instead_of_the_vendor(fal: Fal) -> None:
    fal.stand_ins.script(
        "fal", [{"status": 503, "body": {"detail": "busy"}, "headers": {"Retry-After": "3"}}]
    )
    said = await fal.submit()
    assert (said.status, said.body, said.headers["Retry-After"]) == (503, {"detail": "busy"}, "3")
    assert (await fal.submit()).status == 200
    assert [call["status"] for call in fal.stand_ins.calls("fal")] == [503, 200]


async def test_the_vendor_has_done_its_work_before_an_after_step(fal: Fal) -> None:
    fal.stand_ins.script("fal", [{"after": True, "status": 500, "body": "<html>oops</html>"}])
    said = await fal.submit()
    assert (said.status, said.headers["Content-Type"]) == (500, "text/html")
    await until(lambda: fal.stand_ins.calls("fal")[0]["paid"])


async def test_nothing_is_accepted_without_after(fal: Fal) -> None:
    fal.stand_ins.script("fal", [{"status": 500}])
    await fal.submit()
    await fal.painted({"prompt": "x", "image_size": "square"})
    assert [call["paid"] for call in fal.stand_ins.calls("fal") if call["method"] == "POST"] == [False, True]


async def test_an_empty_step_lets_a_request_through(fal: Fal) -> None:
    fal.stand_ins.script("fal", [{}, {"status": 500}])
    assert [(await fal.submit()).status for _ in range(3)] == [200, 500, 200]


@pytest.mark.parametrize(
    ("match", "is_struck"),
    [
        ({"method": "post"}, True),
        ({"method": "GET"}, False),
        ({"path_regex": "fal_webhook="}, True),
        ({"path_regex": "/schnell"}, False),
        ({"body_contains": "a face"}, True),
        ({"body_contains": "a dog"}, False),
    ],
    ids=str,
)
async def test_a_script_strikes_only_what_it_matches(
    fal: Fal, match: dict[str, str], *, is_struck: bool
) -> None:
    fal.stand_ins.script("fal", [{"status": 418}], match)
    said = await fal.submit(fal_webhook="http://127.0.0.1:9/hooks/fal/a.b")
    assert (said.status == 418) is is_struck


async def test_another_vendors_script_does_not_strike(fal: Fal) -> None:
    fal.stand_ins.script("bfl", [{"status": 418}])
    assert (await fal.submit()).status == 200


@pytest.mark.parametrize("step", [{"reset": True}, {"reset": True, "after": True}])
async def test_a_reset_ends_the_connection(fal: Fal, step: dict[str, Any]) -> None:
    fal.stand_ins.script("fal", [step])
    with pytest.raises(aiohttp.ClientError):
        await fal.submit()
    if "after" in step:
        await until(lambda: fal.stand_ins.calls("fal")[0]["paid"])
    assert fal.stand_ins.calls("fal")[0]["status"] == 0
    assert (await fal.submit()).status == 200


async def test_never_stays_silent_until_a_reset(fal: Fal) -> None:
    fal.stand_ins.script("fal", [{"never": True}])
    asking = asyncio.create_task(fal.submit())
    await until(fal.stand_ins.calls)
    assert not asking.done()
    await fal.stand_ins.reset()
    with pytest.raises(aiohttp.ClientError):
        await asking


async def test_a_silent_request_ends_with_its_client(fal: Fal) -> None:
    fal.stand_ins.script("fal", [{"never": True}])
    with pytest.raises(TimeoutError):
        async with fal.session.post(fal.queue, timeout=aiohttp.ClientTimeout(total=0.05)):
            pass
    assert (await fal.submit()).status == 200


async def test_a_delayed_answer_is_the_vendors_own(fal: Fal) -> None:
    fal.stand_ins.script("fal", [{"delay_ms": 20}])
    assert (await fal.submit()).body["status"] == "IN_QUEUE"


async def test_a_cut_body_ends_before_its_length(fal: Fal) -> None:
    url = fal.stand_ins.desk("fal").keep_picture(b"0123456789" * 10, "image/png", lives_s=None)
    fal.stand_ins.script("fal", [{"cut_after": 33}])
    async with fal.session.get(url) as answer:
        assert answer.content_length == 100
        with pytest.raises(aiohttp.ClientPayloadError):
            await answer.read()
    assert await fal.fetched(url) == b"0123456789" * 10


async def test_a_dripping_body_comes_in_pieces(fal: Fal) -> None:
    url = fal.stand_ins.desk("fal").keep_picture(b"0123456789" * 10, "image/png", lives_s=None)
    fal.stand_ins.script("fal", [{"drip": {"bytes": 10, "every_ms": 5}}])
    async with fal.session.get(url) as answer:
        pieces = [piece async for piece in answer.content.iter_any()]
    assert len(pieces) > 1
    assert b"".join(pieces) == b"0123456789" * 10


async def test_a_scripted_body_may_be_bytes_or_of_any_size(fal: Fal) -> None:
    steps: list[dict[str, object]] = [
        {"body_base64": "/wA="},
        {"filler_bytes": 300_000},
        {"body": "plain"},
        {"body": [1]},
    ]
    fal.stand_ins.script("fal", steps)
    said = [await fal.ask("GET", f"{fal.queue}/x") for _ in steps]
    assert said[0].body == b"\xff\x00"
    assert said[2].body == b"plain"
    assert said[3].body == [1]
    assert fal.stand_ins.calls("fal")[1]["status"] == 200


async def test_a_filler_is_as_long_as_it_says(fal: Fal) -> None:
    fal.stand_ins.script("fal", [{"filler_bytes": 3_000_000, "headers": {"Content-Type": "image/png"}}])
    async with fal.session.get(f"{fal.queue}/x") as answer:
        assert answer.content_type == "image/png"
        assert len(await answer.read()) == 3_000_000


@pytest.mark.parametrize(
    ("match", "steps", "named"),
    [
        (None, [], "steps"),
        (None, "x", "steps"),
        (None, ["x"], "steps"),
        (None, [{"status": 99}], "status"),
        (None, [{"status": True}], "status"),
        (None, [{"colour": 1}], "colour"),
        (None, [{"headers": []}, {"headers": 3}], "headers"),
        (None, [{"drip": {"drops": 1}}], "drops"),
        (None, [{"body_base64": "?"}], "body_base64"),
        ({"path_regex": "("}, [{}], "path_regex"),
        ({"verb": "GET"}, [{}], "verb"),
        ([1], [{}], "match"),
    ],
)
async def test_a_script_that_cannot_be_understood_is_refused_by_field(
    providers: StandIns, match: object, steps: object, named: str
) -> None:
    with pytest.raises(BadScriptError, match=named):
        providers.scripts.add(read_script("fal", match, steps))


async def test_what_a_vendor_cannot_handle_is_recorded(fal: Fal) -> None:
    said = await fal.ask("GET", f"{fal.rest}/storage/auth/token")
    assert said.status in (404, 405)
    assert fal.stand_ins.calls("fal")[0]["status"] == said.status
    assert DEV not in str(said.body)
