"""Every line about a job bears its ids, and each committed move has one line and its numbers."""

import asyncio
import io
import json
import logging
import sys
from collections.abc import Iterator

import pytest
import sqlalchemy as sa
from sqlalchemy.engine import Connection

from db.jobs import jobs
from db.jobs.attempts import last_attempt
from db.tables.schema import jobs as table
from services import metrics
from services.cancellation import cancel
from services.jobs.courier import Sending, Sent
from services.logs import about, set_up_logging, speak_of
from services.models import JobState
from tests.services.providers.scripted import Fault, Stage
from tests.services.studio import ADA, Studio

ABOUT_JOBS = ("services.jobs", "services.job_moves")


@pytest.fixture
def log() -> Iterator[io.StringIO]:
    root, hooks = logging.getLogger(), (sys.excepthook, sys.unraisablehook)
    handlers, level = root.handlers[:], root.level
    stream = io.StringIO()
    set_up_logging("INFO", "json", stream)
    metrics.forget_all()
    yield stream
    metrics.forget_all()
    logging.captureWarnings(capture=False)
    root.handlers[:], sys.excepthook, sys.unraisablehook = handlers, *hooks
    root.setLevel(level)


def lines(stream: io.StringIO) -> list[dict[str, object]]:
    return [json.loads(line) for line in stream.getvalue().splitlines()]


def moves(stream: io.StringIO) -> list[str]:
    said = (
        line
        for line in lines(stream)
        if line["logger"] == "services.job_moves" and "->" in str(line["message"])
    )
    return [str(line["message"]).partition(" after ")[0] for line in said]


def attempt_of(conn: Connection, job_id: int) -> int | None:
    attempt = last_attempt(conn, job_id)
    return None if attempt is None else attempt.id


async def test_each_move_has_one_line_with_all_ids_and_how_long_it_was_in_the_state_before(
    studio: Studio, log: io.StringIO
) -> None:
    async with studio.engine():
        accepted = await studio.order()
        await studio.until_delivered()
    (job_id,) = accepted.job_ids
    assert moves(log) == [
        f"job {job_id}: {move}"
        for move in (
            "queued -> submitting",
            "submitting -> waiting",
            "waiting -> fetching",
            "fetching -> stored",
        )
    ]
    attempt_id = await studio.context.database.read(attempt_of, job_id)
    said = [line for line in lines(log) if line["logger"] in ABOUT_JOBS]
    assert [
        (line["request"], line["job"], line["attempt"]) for line in said if "->" in str(line["message"])
    ] == [(accepted.request_id, job_id, attempt_id)] * 4
    assert all(
        " s" in str(line["message"]).partition(" after ")[2] for line in said if "->" in str(line["message"])
    )


async def test_every_line_while_a_job_fails_and_is_brought_bears_its_ids(
    studio: Studio, log: io.StringIO
) -> None:
    studio.server.script(Stage.SUBMIT, Fault.REFUSED, Fault.MODERATED)
    studio.mailbox.answers += [Sent(Sending.LATER, reason="busy")]
    async with studio.engine():
        accepted = await studio.order()
        await studio.until_delivered(2)
    said = [line for line in lines(log) if str(line["logger"]).startswith(ABOUT_JOBS)]
    assert len(said) >= 5
    assert {line.get("request") for line in said} == {accepted.request_id}
    with_job = [line for line in said if "delivery" not in line and "brought" not in str(line["message"])]
    assert {line.get("job") for line in with_job} == set(accepted.job_ids)
    assert all(line.get("attempt") for line in with_job)


async def test_no_line_tells_what_somebody_wrote(studio: Studio, log: io.StringIO) -> None:
    studio.server.script(Stage.SUBMIT, Fault.MODERATED)
    async with studio.engine():
        await studio.order()
        await studio.until_delivered()
    assert "lighthouse" not in log.getvalue()


async def test_a_cancel_in_line_is_a_move_too(studio: Studio, log: io.StringIO) -> None:
    accepted = await studio.order()
    await cancel(studio.context, ADA, accepted.job_ids[0])
    assert moves(log) == [f"job {accepted.job_ids[0]}: queued -> canceled"]


def move_and_fail(conn: Connection, job_id: int) -> None:
    jobs.move_job(conn, job_id, JobState.QUEUED, JobState.CANCELED)
    raise RuntimeError("taken back")


async def test_a_move_that_was_taken_back_is_not_told(studio: Studio, log: io.StringIO) -> None:
    accepted = await studio.order()
    with pytest.raises(RuntimeError, match="taken back"):
        await studio.context.database.write(move_and_fail, accepted.job_ids[0])
    assert moves(log) == []
    assert metrics.number(
        "limner_job_moves_total", before="queued", after="canceled", provider="scripted"
    ) == 0  # fmt: skip


def age_by(conn: Connection, milliseconds: int) -> None:
    conn.execute(sa.update(table).values(created_at_ms=table.c.created_at_ms - milliseconds))


async def test_the_time_in_line_is_measured_by_the_databases_clock(studio: Studio, log: io.StringIO) -> None:
    await studio.order()
    await studio.context.database.write(age_by, 3_600_000)
    async with studio.engine():
        await studio.until_delivered()
    first = next(line for line in lines(log) if "queued -> submitting" in str(line["message"]))
    assert float(str(first["message"]).rpartition(" after ")[2].removesuffix(" s")) >= 3600
    for stage in ("line", "provider", "fetch"):
        assert metrics.observations("limner_job_seconds", stage=stage, provider="scripted") == 1
    for span in ("delivery", "whole"):
        assert metrics.observations("limner_result_seconds", span=span) == 1
    assert metrics.number("limner_delivery_tries_total", rung="original", outcome="sent") == 1


async def test_what_a_task_speaks_of_is_its_own(log: io.StringIO) -> None:
    logger = logging.getLogger("limner")

    async def work(job: int) -> None:
        speak_of(job=job)
        await asyncio.sleep(0)
        logger.info("one")

    with about(job=7, attempt=9):
        await asyncio.gather(work(1), work(2))
        logger.info("two")
        logger.info("three", extra={"job": 8})
    logger.info("four")
    found = [(line["message"], line.get("job"), line.get("attempt")) for line in lines(log)]
    assert found == [("one", 1, None), ("one", 2, None), ("two", 7, 9), ("three", 8, 9), ("four", None, None)]
