"""What every vendor's stand-in gets from its desk."""

import asyncio
from hashlib import sha256
from typing import Any

import pytest
from aiohttp import FormData, web

from playground.providers.app import StandIns
from playground.providers.desk import SLOW_S, TRICKS, trick_in
from playground.providers.forms import Part, listed_parts, read_form
from playground.providers.pace import Pace, Work
from tests.playground.providers.fal_bench import Fal
from tests.services.loopback import serve


@pytest.mark.parametrize("trick", TRICKS)
def test_a_word_in_brackets_is_a_trick(trick: str) -> None:
    assert trick_in(f"a face [{trick.upper()}] and more") == trick
    assert trick_in(f"a {trick} face") == ""


async def test_a_slow_order_takes_its_own_time(providers: StandIns) -> None:
    desk = providers.desk("fal")
    assert desk.begin("[slow] face").duration_s == SLOW_S
    assert desk.begin("face").duration_s == desk.pace_s == 0


async def test_work_that_stands_still_goes_on_when_it_is_let_go() -> None:
    pace = Pace(0.0)
    pace.hold(0.4)
    work = Work(pace)
    waiting = asyncio.create_task(work.reaches())
    await work.reaches(0.4)
    assert (work.fraction(), waiting.done()) == (0.4, False)
    pace.hold(None)
    await waiting
    assert work.fraction() == 1.0


async def test_a_new_pace_ends_work_that_has_long_begun() -> None:
    pace = Pace(10_000.0)
    waiting = asyncio.create_task(Work(pace).reaches())
    await asyncio.sleep(0)
    assert not waiting.done()
    pace.set(0.0)
    await waiting


async def test_an_order_that_breaks_is_logged(providers: StandIns, caplog: pytest.LogCaptureFixture) -> None:
    async def broken() -> None:
        raise LookupError("what went wrong")

    await asyncio.wait((providers.desk("fal").spawn(broken()),))
    await asyncio.sleep(0)
    assert "an order of the fal stand-in broke" in caplog.text
    assert "what went wrong" in caplog.text


async def test_a_form_is_read_from_a_body_that_was_read_before(fal: Fal) -> None:
    came: list[Any] = []

    async def take(request: web.Request) -> web.Response:
        await request.read()
        came.extend(await read_form(request))
        return web.Response()

    form = FormData()
    form.add_field("prompt", "a face")
    form.add_field("image[]", b"\x89PNG\r\n\x00", filename="face.png", content_type="image/png")
    async with serve(take) as base, fal.session.post(base, data=form) as answer:
        assert answer.status == 200
    assert came[0].data == b"a face"
    assert came[1] == Part("image[]", "face.png", "image/png", b"\x89PNG\r\n\x00")


def test_a_form_is_listed_by_its_parts_in_their_order() -> None:
    parts = [Part("image[]", "b.png", "image/png", b"two"), Part("prompt", "", "text/plain", b"a face")]
    assert listed_parts([*parts, Part("image[]", "a.png", "image/png", b"one")]) == [
        {"name": "image[]", "filename": "b.png", "size": 3, "sha256": sha256(b"two").hexdigest()},
        {"name": "prompt", "text": "a face"},
        {"name": "image[]", "filename": "a.png", "size": 3, "sha256": sha256(b"one").hexdigest()},
    ]


async def test_a_key_is_the_vendors_own(providers: StandIns) -> None:
    keys = {name: desk.key for name, desk in providers.desks.items()}
    assert len(set(keys.values())) == len(keys)
    assert not providers.desk("fal").is_good_key(keys["bfl"])
