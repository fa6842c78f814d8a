"""What an order in line and a paid picture survive: no room, changing addresses, sleep, crashes, a busy provider."""

import asyncio
import hashlib
import os
from dataclasses import dataclass
from pathlib import Path

import pytest

from db.jobs import attempts, jobs
from services.images import decoders
from services.jobs import fetching, storing, submitting
from services.jobs.webhooks import receive_webhook
from services.models import JobState
from services.providers.base import Finished, Handle, PaintOrder, Picture, WebhookNotice
from services.providers.sketch.adapter import SketchProvider
from tests.services.finished import looking_at, painted, park_all
from tests.services.providers.stand_in import Fault, Stage, picture_of
from tests.services.studio import Studio
from tests.waiting import HANGS_AFTER_S, STEP_S, until

pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)

PICTURE, MIRROR = "/pictures/order-1", "/mirror/order-1"


@pytest.fixture(autouse=True)
def _stores_again_soon(monkeypatch: pytest.MonkeyPatch) -> None:
    """Look for room again after a moment: how long that takes is nothing that these tests are about."""
    monkeypatch.setattr(storing, "STORE_AGAIN_AFTER_S", 0.02)


def fetched(studio: Studio) -> list[str]:
    return [path for _, path in studio.server.requests if path in (PICTURE, MIRROR)]


@dataclass(frozen=True, slots=True)
class OnceAskedFor:
    """True from the moment on at which the picture was asked for."""

    studio: Studio

    def __bool__(self) -> bool:
        return bool(fetched(self.studio))


async def test_a_picture_for_which_there_is_no_room_is_kept_at_its_provider_until_there_is(
    studio: Studio,
) -> None:
    digest = hashlib.sha256(picture_of(5)).hexdigest()
    in_the_way = studio.folder / "images" / digest[:2]
    in_the_way.parent.mkdir(exist_ok=True)
    in_the_way.write_bytes(b"a file where a folder should be")
    async with studio.engine():
        accepted = await studio.order(seed=5)
        await until(lambda: len(fetched(studio)) > 2 * fetching.FETCH_TRIES or studio.mailbox.delivered)
        assert await studio.states(accepted) == ["fetching"]
        in_the_way.unlink()
        result = await studio.until_delivered()

    assert [picture.digest for picture in result.pictures] == [digest]
    assert studio.server.paid_submits == 1


async def test_an_address_that_the_provider_names_anew_is_the_next_to_be_tried(studio: Studio) -> None:
    studio.server.has_mirror = OnceAskedFor(studio)  # type: ignore[assignment] # as true as a bool
    studio.server.script(Stage.PICTURE, Fault.GONE, Fault.GONE)
    async with studio.engine():
        await studio.order()
        result = await studio.until_delivered()

    assert len(result.pictures) == 1
    assert fetched(studio) == [PICTURE, PICTURE, MIRROR]


async def test_an_address_that_only_a_call_names_is_kept_beside_those_of_the_answer(
    studio: Studio, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def naming(_self: object, _body: bytes, _headers: object) -> WebhookNotice:
        return WebhookNotice("order-1", addresses={"sample": "https://example.com/1.png"})

    monkeypatch.setattr(type(studio.scripted), "parse_webhook", naming)
    studio.server.polls_until_done = 10_000
    async with studio.engine():
        accepted = await studio.order()
        await studio.until_states(accepted, "waiting")
        before = await studio.context.database.read(attempts.last_attempt, accepted.job_ids[0])
        assert before is not None
        await receive_webhook(studio.context, "scripted", before.id, b"", {})
        after = await studio.context.database.read(attempts.last_attempt, accepted.job_ids[0])

    assert after is not None
    known, kept = (Handle.from_json(each.handle or {}).addresses for each in (before, after))
    assert kept == {**known, "sample": "https://example.com/1.png"}


async def test_an_order_whose_mark_grew_old_while_the_machine_slept_is_marked_anew_and_sent_once(
    studio: Studio, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(submitting, "SEND_WITHIN_S", -1.0)
    marks: list[int] = []
    mark_sent = submitting._mark_sent

    def noting(conn: object, attempt_id: int) -> tuple[float, int] | None:
        marks.append(attempt_id)
        return mark_sent(conn, attempt_id)  # type: ignore[arg-type] # a connection

    monkeypatch.setattr(submitting, "_mark_sent", noting)
    async with studio.engine():
        accepted = await studio.order()
        await until(lambda: len(marks) > submitting.SUBMIT_TRIES)
        assert studio.server.submits == 0
        monkeypatch.setattr(submitting, "SEND_WITHIN_S", 60.0)
        result = await studio.until_delivered()
    job = await studio.context.database.read(jobs.read_job, accepted.job_ids[0])

    assert len(result.pictures) == 1
    assert studio.server.submits == 1
    assert job is not None
    assert job.submit_tries == 1


async def test_an_order_whose_tries_were_used_up_by_crashes_is_not_sent(studio: Studio) -> None:
    accepted = await studio.order()
    await studio.context.database.write(
        jobs.set_job, accepted.job_ids[0], JobState.QUEUED, submit_tries=submitting.SUBMIT_TRIES
    )
    async with studio.engine():
        result = await studio.until_delivered()

    assert [failure.code for failure in result.failures] == ["gave_up"]
    assert studio.server.submits == 0


async def test_a_provider_may_be_busy_more_often_than_it_may_fail(
    studio: Studio, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(submitting, "BUSY_MAX_S", 0.02)
    times = submitting.SUBMIT_TRIES + 1
    studio.server.script(Stage.SUBMIT, *[Fault.BUSY] * times)
    async with studio.engine():
        await studio.order()
        result = await studio.until_delivered()

    assert len(result.pictures) == 1
    assert (studio.server.submits, studio.server.paid_submits) == (times + 1, 1)


async def test_a_sketch_that_breaks_in_a_way_nobody_foresaw_has_failed_and_is_not_unknown(
    studio: Studio, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def broken(_self: object, _order: object) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr(SketchProvider, "submit", broken)
    accepted = await studio.portrait()
    async with studio.engine():
        await studio.until_delivered()

    assert await studio.states(accepted) == ["failed"]


async def test_an_order_whose_reference_cannot_be_read_for_a_while_is_sent_later(studio: Studio) -> None:
    looking_at(studio, 1)
    picture = await painted(studio)
    await park_all(studio)
    file = studio.folder / "images" / picture.digest[:2] / picture.digest[2:4] / picture.digest
    data = file.read_bytes()
    file.unlink()
    file.symlink_to(file)  # leads nowhere, and is replaced in one step: the engine looks at any moment
    accepted = await studio.order(references=picture.code)
    async with studio.engine():
        await until_tried(studio, accepted.job_ids[0], submitting.SUBMIT_TRIES + 1)
        assert studio.server.submits == 0
        beside = studio.folder / "picture"
        beside.write_bytes(data)
        beside.replace(file)
        result = await studio.until_delivered()

    assert len(result.pictures) == 1
    assert studio.server.submits == 1


async def until_tried(studio: Studio, job_id: int, times: int) -> None:
    """Wait until so many tries to send an order have begun."""
    async with asyncio.timeout(HANGS_AFTER_S):
        while True:
            attempt = await studio.context.database.read(attempts.last_attempt, job_id)
            if attempt is not None and attempt.number >= times:
                return
            await asyncio.sleep(STEP_S)


DIES_FOUR_TIMES = """
import json, os, pathlib, runpy, socket, struct
started = pathlib.Path({folder!r}, "started")
started.mkdir(exist_ok=True)
(started / str(os.getpid())).touch()
if len(os.listdir(started)) > 4:
    runpy.run_path({program!r}, run_name="__main__")
link = socket.socket(fileno=0)
answer = json.dumps({{"problem": ""}}).encode()
link.sendall(struct.pack(">I", len(answer)) + answer)
link.recv(1)
os._exit(1)
"""


def answer_with_pictures(studio: Studio, monkeypatch: pytest.MonkeyPatch) -> list[PaintOrder]:
    """Let every order be answered with its picture, as OpenAI does; return the orders."""
    orders: list[PaintOrder] = []

    async def submit(_self: object, order: PaintOrder) -> Finished:
        orders.append(order)
        return Finished(Picture(data=picture_of(5)))

    monkeypatch.setattr(type(studio.scripted), "submit", submit)
    return orders


async def test_a_paid_picture_that_is_nowhere_else_outlives_decoders_that_are_killed(
    studio: Studio, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    program = tmp_path / "decode_process.py"
    program.write_text(DIES_FOUR_TIMES.format(folder=str(tmp_path), program=str(decoders._PROGRAM)), "ascii")
    monkeypatch.setattr(decoders, "_PROGRAM", program)
    orders = answer_with_pictures(studio, monkeypatch)
    decoders.DECODERS.close()
    async with studio.engine():
        await studio.order()
        result = await studio.until_delivered()
    decoders.DECODERS.close()

    assert (len(result.pictures), len(orders)) == (1, 1)
    assert len(await asyncio.to_thread(os.listdir, tmp_path / "started")) == 5


async def test_a_paid_picture_of_which_every_decoder_dies_ends_in_the_end(
    studio: Studio, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    program = tmp_path / "decode_process.py"
    dying = DIES_FOUR_TIMES.replace("> 4", "> 1000")
    program.write_text(dying.format(folder=str(tmp_path), program=""), "ascii")
    monkeypatch.setattr(decoders, "_PROGRAM", program)
    monkeypatch.setattr(storing, "DEATHS_AT_MOST", 2)
    orders = answer_with_pictures(studio, monkeypatch)
    decoders.DECODERS.close()
    async with studio.engine():
        await studio.order()
        result = await studio.until_delivered()
    decoders.DECODERS.close()

    assert [failure.code for failure in result.failures] == ["bad_image"]
    assert len(orders) == 1
