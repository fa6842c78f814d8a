"""How results reach their owners when Discord does not do as asked."""

import asyncio

import pytest
import sqlalchemy as sa

from db.engine import Connection
from db.tables.schema import deliveries, rungs, users
from services import history
from services.asks import Accepted
from services.jobs import delivering
from services.jobs.courier import ProgressReport, Rung, Sending, Sent
from services.models import Installation, OriginKind
from services.parked import mark_told, parked_results
from tests.services.studio import ADA, CHANNEL, Studio, caller
from tests.waiting import HANGS_AFTER_S, STEP_S, until

UNCERTAIN, REFUSED = Sent(Sending.UNCERTAIN, reason="cut"), Sent(Sending.REFUSED, reason="gone")
LONG_S = 590.0
"""What lies further ahead is taken for the word of a clock that was put back (`db/upkeep/clock_steps.py`)."""
LATER = Sent(Sending.LATER, reason="429")


def allow_direct_messages(conn: Connection, user_id: int) -> None:
    conn.execute(sa.update(users).where(users.c.id == user_id).values(allows_direct_messages=True))


def make_due(conn: Connection) -> None:
    """Let the waiting time of every delivery be over."""
    conn.execute(sa.update(deliveries).values(not_before_ms=0))


def age_rungs(conn: Connection) -> None:
    """Let ten minutes pass since every try."""
    conn.execute(sa.update(rungs).values(tried_at_ms=rungs.c.tried_at_ms - 600_000))


def read_states(conn: Connection) -> list[str]:
    return list(conn.execute(sa.select(deliveries.c.state)).scalars())


async def until_delivery_is(studio: Studio, state: str) -> None:
    async with asyncio.timeout(HANGS_AFTER_S):
        while await studio.context.database.read(read_states) != [state]:
            await asyncio.sleep(STEP_S)


async def deliver_all(studio: Studio, tries: int) -> list[Rung]:
    """Run the engine until `tries` tries were made and the delivery has ended; waiting times do not count."""
    async with studio.engine(), asyncio.timeout(HANGS_AFTER_S):
        while len(studio.mailbox.delivered) < tries:
            await studio.context.database.write(make_due)
            studio.context.deliveries_bell.ring()
            await asyncio.sleep(STEP_S)
    return [rung for rung, _ in studio.mailbox.delivered]


async def test_goes_to_the_channel_when_the_interactions_token_is_over(studio: Studio) -> None:
    await studio.portrait(caller(token_life_s=0))

    assert await deliver_all(studio, 1) == [Rung.CHANNEL]


async def test_goes_to_the_channel_when_the_first_response_is_refused(studio: Studio) -> None:
    studio.mailbox.answers = [REFUSED]
    await studio.portrait()

    assert await deliver_all(studio, 2) == [Rung.ORIGINAL, Rung.CHANNEL]


async def test_sends_directly_only_to_those_who_allowed_it(studio: Studio) -> None:
    studio.mailbox.answers = [REFUSED, REFUSED]
    await studio.portrait()
    await studio.context.database.write(allow_direct_messages, ADA)

    assert await deliver_all(studio, 3) == [Rung.ORIGINAL, Rung.CHANNEL, Rung.DIRECT]


async def test_parks_a_private_result_that_cannot_be_shown_and_tells_its_owner_once(studio: Studio) -> None:
    studio.mailbox.answers = [REFUSED]
    accepted = await studio.portrait(caller(private=True))
    async with studio.engine():
        await until_delivery_is(studio, "parked")

    parked = await parked_results(studio.context, ADA)
    assert parked is not None
    assert [picture.code for picture in parked.pictures] == list(accepted.codes)
    await mark_told(studio.context, parked)
    assert await parked_results(studio.context, ADA) is None


async def test_begins_at_the_channel_for_a_reaction(studio: Studio) -> None:
    await studio.portrait(caller(kind=OriginKind.REACTION, token=None))

    assert await deliver_all(studio, 1) == [Rung.CHANNEL]


async def test_never_posts_in_a_channel_of_a_server_that_did_not_invite_the_bot(studio: Studio) -> None:
    studio.mailbox.answers = [REFUSED]
    await studio.portrait(caller(installation=Installation.USER))
    async with studio.engine():
        await until_delivery_is(studio, "parked")

    assert [rung for rung, _ in studio.mailbox.delivered] == [Rung.ORIGINAL]


async def test_waits_when_discord_asks_to(studio: Studio) -> None:
    studio.mailbox.answers = [LATER, LATER]
    await studio.portrait()

    assert await deliver_all(studio, 3) == [Rung.ORIGINAL] * 3


async def test_looks_in_the_channel_before_it_posts_what_may_have_arrived(studio: Studio) -> None:
    studio.mailbox.answers = [UNCERTAIN]
    studio.mailbox.found = Sent(Sending.SENT, CHANNEL, 4711)
    await studio.portrait(caller(token_life_s=0))
    async with studio.engine():
        await studio.until_delivered()
    await studio.context.database.write(age_rungs)
    await studio.context.database.write(make_due)
    async with studio.engine():
        await until_delivery_is(studio, "delivered")

    assert len(studio.mailbox.looked) == 1
    assert len(studio.mailbox.delivered) == 1
    assert await studio.message_of(4711) is not None


async def test_does_not_post_again_where_it_cannot_look(studio: Studio) -> None:
    studio.mailbox.answers = [UNCERTAIN]
    studio.mailbox.found = REFUSED
    await studio.portrait(caller(token_life_s=0))
    async with studio.engine():
        await studio.until_delivered()
    await studio.context.database.write(age_rungs)
    await studio.context.database.write(make_due)
    async with studio.engine():
        await until(lambda: len(studio.mailbox.looked) == 1)

    assert [rung for rung, _ in studio.mailbox.delivered] == [Rung.CHANNEL]


async def test_sends_the_result_once_more_after_a_progress_edit_whose_fate_is_unknown(studio: Studio) -> None:
    studio.server.polls_until_done = 10_000
    studio.mailbox.is_progress_certain = False
    await studio.order()
    async with studio.engine():
        await until(lambda: len(studio.mailbox.reports) >= 1)
        studio.server.polls_until_done = 0
        first = await studio.until_delivered(1)
        second = await studio.until_delivered(2)
        await until_delivery_is(studio, "delivered")

    assert first == second


async def test_a_result_that_was_deleted_since_is_not_sent_once_more(
    studio: Studio, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(delivering, "REPEAT_AFTER_S", LONG_S)
    studio.server.polls_until_done = 10_000
    studio.mailbox.is_progress_certain = False
    accepted = await studio.order()
    async with studio.engine():
        await until(lambda: len(studio.mailbox.reports) >= 1)
        studio.server.polls_until_done = 0
        await studio.until_delivered(1)
        await until_delivery_is(studio, "pending")
        await history.delete_picture(studio.context, ADA, accepted.job_ids[0])
        await studio.context.database.write(make_due)
        studio.context.deliveries_bell.ring()
        await until_delivery_is(studio, "delivered")

    assert len(studio.mailbox.delivered) == 1


@pytest.mark.parametrize("count", [1, 2])
async def test_a_picture_that_was_deleted_before_it_came_is_no_failure(
    studio: Studio, monkeypatch: pytest.MonkeyPatch, count: int
) -> None:
    for name in ("AGAIN_AFTER_S", "AGAIN_AT_MOST_S"):
        monkeypatch.setattr(delivering, name, LONG_S)
    studio.mailbox.answers = [LATER]
    accepted = await studio.order(count=count)
    async with studio.engine():
        await studio.until_delivered(1)
        await until_delivery_is(studio, "pending")
        await history.delete_picture(studio.context, ADA, accepted.job_ids[0])
        await studio.context.database.write(make_due)
        studio.context.deliveries_bell.ring()
        await until_delivery_is(studio, "delivered")

    [_, (rung, result)] = studio.mailbox.delivered
    assert (rung, len(result.pictures), result.failures) == (Rung.ORIGINAL, count - 1, ())


async def test_shows_no_progress_after_the_result(studio: Studio) -> None:
    def reports_of(accepted: Accepted) -> int:
        return [report.request_id for report in studio.mailbox.reports].count(accepted.request_id)

    studio.server.polls_until_done = 10_000
    first = await studio.order()
    async with studio.engine():
        await until(lambda: reports_of(first) >= 1)
        studio.server.polls_until_done = 0
        await studio.until_delivered()
        shown = reports_of(first)
        studio.server.polls_until_done = 10_000
        second = await studio.order()
        # Reports come in rounds over all that run: this one would have had its turn, too.
        await until(lambda: reports_of(second) >= 1)

    assert reports_of(first) == shown


async def test_reports_place_model_and_how_many_are_done(studio: Studio) -> None:
    studio.server.polls_until_done = 10_000
    first = await studio.order(count=2)
    await studio.order(count=1)
    async with studio.engine():
        await until(lambda: [report.log_line for report in newest_reports(studio)] == ["painting", None])

    running, waiting = newest_reports(studio)
    assert running.request_id == first.request_id
    assert (running.place, running.pictures_total, running.model) == (None, 2, "scripted/quick")
    assert running.log_line == "painting"
    assert (waiting.place, waiting.pictures_done) == (0, 0)


def newest_reports(studio: Studio) -> list[ProgressReport]:
    """Return the last report of every request, the oldest request first."""
    newest = {report.request_id: report for report in studio.mailbox.reports}
    return [newest[request_id] for request_id in sorted(newest)]


@pytest.mark.parametrize("crashed_rung", [Rung.ORIGINAL, Rung.CHANNEL])
async def test_goes_on_after_a_crash_in_the_middle_of_a_rung(studio: Studio, crashed_rung: Rung) -> None:
    """The rung's row was committed, the message perhaps sent, and nothing kept of it."""
    await studio.portrait(caller(token_life_s=900 if crashed_rung is Rung.ORIGINAL else 0))
    studio.mailbox.answers = [UNCERTAIN]
    async with studio.engine():
        await studio.until_delivered()
    await studio.context.database.write(forget_outcomes)
    async with studio.engine():
        await studio.until_delivered(2)

    assert [rung for rung, _ in studio.mailbox.delivered] == [crashed_rung, crashed_rung]


def forget_outcomes(conn: Connection) -> None:
    conn.execute(sa.update(rungs).values(outcome=None))
    conn.execute(sa.update(deliveries).values(state="trying", worker_id="dead"))
