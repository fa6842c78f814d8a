"""What `/queue` shows of a person's own pictures, on both databases."""

from dataclasses import replace

import sqlalchemy as sa

from db.engine import Connection
from db.jobs import job_queries, moves, workers
from db.jobs.acceptance import Caps
from db.jobs.claims import ShareCaps
from db.tables.schema import jobs
from db.tables.types import database_now_ms
from services.circuit import Call
from services.errors import LimitError, ProviderBroken
from services.jobs import recovery
from services.jobs.known_after import expected_s, line_wait_s
from services.models import Installation, JobState
from services.pausing import pause
from services.queueing import QueueEntry, show_queue
from tests.services.studio import ADA, BEN, OPERATOR, Studio, caller

CAPS = {"scripted": 2, "sketch": 2}


async def entries(studio: Studio, user_id: int = ADA) -> list[QueueEntry]:
    """Return what a person is shown, picture by picture."""
    return [entry for request in await show_queue(studio.context, user_id) for entry in request.entries]


def _reasons(found: list[QueueEntry]) -> list[str | None]:
    return [None if entry.reason is None else entry.reason.name for entry in found]


def _take(conn: Connection, count: int, share_caps: ShareCaps) -> None:
    workers.register(conn, "hand", is_only_worker=False)
    for _ in range(count):
        assert moves.claim_submit(conn, "hand", CAPS, share_caps) is not None


def with_share_caps(studio: Studio, per_server: int = 99, per_user: int = 99) -> ShareCaps:
    """Give servers and people so much room."""
    caps = ShareCaps(per_server, per_user)
    studio.context = replace(studio.context, limits=replace(studio.context.limits, share_caps=caps))
    return caps


async def test_each_picture_has_its_place_in_the_line_of_its_account(studio: Studio) -> None:
    await studio.order(caller(BEN))
    accepted = await studio.order(count=2)
    await studio.portrait()
    found = await entries(studio)

    assert [entry.ahead for entry in found] == [1, 2, 0]
    assert [entry.code for entry in found[:2]] == list(accepted.codes)
    assert _reasons(found) == ["in_line", "in_line", "next"]
    assert len(await show_queue(studio.context, ADA)) == 2


async def test_what_runs_has_no_place_and_waits_for_nothing(studio: Studio) -> None:
    await studio.order(count=3)
    await studio.context.database.write(_take, 2, with_share_caps(studio))
    found = await entries(studio)

    assert [entry.state for entry in found] == [JobState.SUBMITTING] * 2 + [JobState.QUEUED]
    assert _reasons(found) == [None, None, "account_full"]
    assert found[2].expected_s is not None
    assert found[0].expected_s is not None


def _run_since(conn: Connection, seconds: int) -> None:
    conn.execute(sa.update(jobs).values(started_at_ms=database_now_ms() - seconds * 1000))


async def test_before_the_first_picture_of_a_model_its_catalogue_says_how_long_one_takes(
    studio: Studio,
) -> None:
    await studio.order()
    (entry,) = await entries(studio)

    assert entry.expected_s == expected_s(studio.context, "scripted/quick")


async def test_what_runs_is_expected_the_sooner_the_longer_it_ran(studio: Studio) -> None:
    await studio.order()
    await studio.context.database.write(_take, 1, with_share_caps(studio))
    # This model takes 50 ms: a busy machine would take longer to look.
    await studio.context.database.write(_run_since, -60)
    (fresh,) = await entries(studio)
    await studio.context.database.write(_run_since, 3600)
    (late,) = await entries(studio)

    assert fresh.expected_s is not None
    assert fresh.expected_s > 0
    assert late.expected_s == 0


async def test_of_what_is_in_doubt_nobody_can_say_when_it_comes(studio: Studio) -> None:
    await studio.order()
    await studio.context.database.write(_take, 1, with_share_caps(studio))
    in_doubt = sa.update(jobs).values(doubt_until_ms=database_now_ms() + 60_000)
    await studio.context.database.write(lambda conn: conn.execute(in_doubt) and None)
    (entry,) = await entries(studio)

    assert (entry.is_in_doubt, entry.expected_s) == (True, None)


async def test_a_person_who_has_enough_running_is_told_so(studio: Studio) -> None:
    await studio.order(count=2)
    await studio.context.database.write(_take, 1, with_share_caps(studio, per_user=1))

    assert _reasons(await entries(studio)) == [None, "own_full"]


async def test_a_server_that_has_enough_running_is_named(studio: Studio) -> None:
    await studio.order(caller(BEN))
    await studio.order()
    await studio.context.database.write(_take, 1, with_share_caps(studio, per_server=1))

    assert _reasons(await entries(studio)) == ["server_full"]


async def test_somebody_outside_of_servers_whose_share_is_full_is_not_called_the_next(studio: Studio) -> None:
    for _ in range(2):
        await studio.portrait(caller(ADA, guild_id=None, installation=Installation.USER))
    await studio.context.database.write(_take, 1, with_share_caps(studio, per_server=1))
    (_, waiting) = await entries(studio)

    assert waiting.reason is not None
    assert (waiting.reason.name, waiting.reason.number) == ("outside_full", 1)


def _be_busy(conn: Connection, code: str) -> None:
    claim = moves.claim_submit(conn, "hand", CAPS)
    assert claim is not None
    moves.put_back(conn, claim, 60_000, {"code": code}, is_counted=False)


async def test_what_was_put_off_says_by_whom_and_for_how_long(studio: Studio) -> None:
    await studio.order()
    await studio.context.database.write(_be_busy, "provider_busy")
    await studio.order(caller(BEN))
    await studio.context.database.write(_be_busy, "provider_broken")
    (ada,), (ben,) = await entries(studio), await entries(studio, BEN)

    assert (_reasons([ada]), _reasons([ben])) == (["asked_to_wait"], ["tried_again"])
    assert ada.reason is not None
    assert 0 < ada.reason.number <= 60


async def test_a_service_that_is_down_and_a_pause_are_reasons(studio: Studio) -> None:
    await studio.order()
    for _ in range(5):
        studio.context.standing.record("scripted", Call.SUBMIT, ProviderBroken("provider_unreachable"))
    assert _reasons(await entries(studio)) == ["down"]
    assert line_wait_s(studio.context, "scripted/quick", 0, 1.0) is None
    studio.context.standing.pauses = {"scripted": "Back on Monday."}
    (entry,) = await entries(studio)
    assert entry.reason is not None
    assert (entry.reason.name, entry.reason.text, entry.expected_s) == ("paused", "Back on Monday.", None)


async def test_nobody_sees_the_queue_of_others(studio: Studio) -> None:
    await studio.order(caller(BEN))

    assert await show_queue(studio.context, ADA) == []


async def test_a_full_line_of_a_server_and_of_everybody_refuse_with_a_sentence_of_their_own(
    studio: Studio,
) -> None:
    async def refusal(**caps: int) -> str:
        limits = replace(studio.context.limits, caps=replace(Caps(99, 10**9, 10**9), **caps))
        studio.context = replace(studio.context, limits=limits)
        try:
            await studio.order(caller(BEN), count=2)
        except LimitError as error:
            return f"{error.code} {error.fields['waiting']} of {error.fields['allowed']}"
        return ""

    await studio.order(count=3)
    assert await refusal(open_jobs_per_server=4) == "server_line_full 3 of 4"
    assert await refusal(open_jobs=4) == "line_full 3 of 4"
    assert await refusal(open_jobs_per_user=1) == "too_many_waiting 0 of 1"
    assert await refusal(open_jobs=5, open_jobs_per_server=5) == ""


async def test_a_person_outside_of_servers_is_not_held_to_a_servers_line(studio: Studio) -> None:
    limits = replace(studio.context.limits, caps=Caps(99, 10**9, 10**9, open_jobs_per_server=1))
    studio.context = replace(studio.context, limits=limits)
    for _ in range(3):
        who = caller(ADA)
        await studio.portrait(replace(who, origin=replace(who.origin, guild_id=None)))

    found = await studio.context.database.read(
        lambda conn: list(conn.execute(sa.select(jobs.c.share_id)).scalars())
    )
    assert found == [ADA] * 3


async def test_a_pause_still_ends_what_stands_in_line(studio: Studio) -> None:
    await studio.order()
    await pause(studio.context, OPERATOR, "scripted", "Back on Monday.")

    assert await entries(studio) == []


def _age(conn: Connection, job_id: int, hours: float) -> None:
    asked_ms = database_now_ms() - int(hours * 3_600_000)
    conn.execute(sa.update(jobs).where(jobs.c.id == job_id).values(created_at_ms=asked_ms))


async def test_after_six_hours_in_line_its_owner_is_told_and_not_charged(studio: Studio) -> None:
    accepted = await studio.order()
    database = studio.context.database
    await database.write(_age, accepted.job_ids[0], 6.01)
    async with studio.engine():
        result = await studio.until_delivered()

    assert [failure.code for failure in result.failures] == ["waited_too_long"]
    assert (await database.read(job_queries.read_spending, ADA)).user_micro_usd == 0
    assert studio.server.submits == 0


async def test_a_little_less_is_not_too_long(studio: Studio) -> None:
    accepted = await studio.order()
    await studio.context.database.write(_age, accepted.job_ids[0], 5.9)
    await recovery.recover(studio.context)

    assert await studio.states(accepted) == ["queued"]
