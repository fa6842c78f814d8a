"""Deleted pictures that may stand in messages which no row knows of; on both databases."""

from collections.abc import Collection
from dataclasses import dataclass, field

import pytest
import sqlalchemy as sa

from db.engine import Connection
from db.jobs import deliveries, late_pictures
from db.pictures import message_removals
from db.pictures.message_removals import MOST_TRIES, Unseen
from db.tables.schema import database_life, requests, rungs
from db.tables.schema import message_removals as noted
from db.tables.types import database_now_ms
from services import history
from services.asks import Accepted
from services.jobs import clearing, delivering
from services.jobs.courier import MessagePlace, Rung, Sending, Sent
from services.jobs.message_turns import MessageTurns
from services.jobs.searching import Certainty, search
from services.models import Origin
from services.parked import mark_told, parked_results
from tests.services.finished import WORKER, finish, painted
from tests.services.studio import ADA, BEN, CHANNEL, GUILD, Mailbox, Studio, caller

DM, MESSAGE = 900, 77
FOUND = Sent(Sending.SENT, CHANNEL, MESSAGE)
CLOSED = [Sent(Sending.UNSEEN, reason="too much"), Sent(Sending.REFUSED, reason="403")]


@dataclass(slots=True)
class Seeker(Mailbox):
    """A courier that keeps where it was asked to look, and for what."""

    asked: list[tuple[Rung, frozenset[int]]] = field(default_factory=list)

    async def find_delivered(
        self, place: Rung, origin: Origin, job_ids: Collection[int], since_ms: int
    ) -> Sent | None:
        """Note the question, and give what was said to be found."""
        self.asked.append((place, frozenset(job_ids)))
        return await Mailbox.find_delivered(self, place, origin, job_ids, since_ms)


@pytest.fixture
def seeker(studio: Studio) -> Seeker:
    """What looks for messages in place of Discord."""
    studio.mailbox = seeker = Seeker()
    return seeker


def _try(conn: Connection, rung: str, outcome: str | None) -> deliveries.DeliveryRow:
    """Try to bring the one result, as a worker does whose answer is lost, or who dies (None)."""
    delivery = deliveries.claim_delivery(conn, WORKER)
    assert delivery is not None
    rung_id = deliveries.begin_rung(conn, delivery.id, rung)
    if outcome is not None:
        deliveries.end_rung(conn, rung_id, outcome)
    return delivery


def _age(conn: Connection) -> None:
    conn.execute(sa.update(rungs).values(tried_at_ms=rungs.c.tried_at_ms - 600_000))


def _park(conn: Connection, rung: str, outcome: str | None) -> None:
    deliveries.park(conn, _try(conn, rung, outcome))
    _age(conn)


def _postpone(conn: Connection, rung: str, outcome: str | None) -> None:
    deliveries.postpone(conn, _try(conn, rung, outcome), 0)
    _age(conn)


def _notes(conn: Connection) -> list[tuple[int, str | None]]:
    c = noted.c
    return [(row[0], row[1]) for row in conn.execute(sa.select(c.job_id, c.unseen_in).order_by(c.job_id))]


async def notes(studio: Studio) -> list[tuple[int, str | None]]:
    """Return (job, where nobody can look) of what is noted."""
    return await studio.context.database.read(_notes)


def _be_due(conn: Connection) -> None:
    conn.execute(sa.update(noted).values(due_at_ms=0))


async def look(studio: Studio) -> None:
    """Look once, as the engine does when the time has come."""
    await studio.context.database.write(_be_due)
    await clearing.clear_due(studio.context, studio.mailbox)


async def doubted(studio: Studio, rung: str = "channel", outcome: str | None = "uncertain") -> int:
    """Return the job of a picture that was given up in doubt, and deleted."""
    picture = await painted(studio)
    await studio.context.database.write(_park, rung, outcome)
    await history.delete_picture(studio.context, ADA, picture.job_id)
    return picture.job_id


@pytest.mark.parametrize("outcome", ["uncertain", None], ids=["answer lost", "process died"])
@pytest.mark.parametrize(
    ("rung", "place"), [("original", Rung.CHANNEL), ("channel", Rung.CHANNEL), ("direct", Rung.DIRECT)]
)
async def test_a_message_that_no_row_knows_is_found_and_goes(
    studio: Studio, seeker: Seeker, rung: str, place: Rung, outcome: str | None
) -> None:
    seeker.found = FOUND
    job_id = await doubted(studio, rung, outcome)
    assert await notes(studio) == [(job_id, None)]
    await look(studio)

    assert seeker.asked == [(place, frozenset({job_id}))]
    assert seeker.cleared == [(MessagePlace(CHANNEL, MESSAGE, ()),)]
    assert await notes(studio) == []


async def test_where_none_stands_nothing_is_touched_and_nobody_told(studio: Studio, seeker: Seeker) -> None:
    await doubted(studio)
    await look(studio)

    assert len(seeker.asked) == 1
    assert seeker.cleared == []
    assert await notes(studio) == []
    assert await parked_results(studio.context, ADA) is None


async def test_what_may_still_arrive_is_looked_for_once_more(studio: Studio, seeker: Seeker) -> None:
    job_id = await doubted(studio)

    def be_young(conn: Connection) -> None:
        # In the future, so that it stays young for as long as the test takes.
        conn.execute(sa.update(rungs).values(tried_at_ms=database_now_ms() + 3_600_000))

    await studio.context.database.write(be_young)
    await look(studio)
    assert await notes(studio) == [(job_id, None)]
    seeker.found = FOUND
    await look(studio)

    assert seeker.cleared == [(MessagePlace(CHANNEL, MESSAGE, ()),)]
    assert await notes(studio) == []


@pytest.mark.parametrize("closed", CLOSED, ids=["too much was said", "refused"])
async def test_where_nobody_can_look_its_owner_is_told_once(
    studio: Studio, seeker: Seeker, closed: Sent
) -> None:
    seeker.found = closed
    job_id = await doubted(studio)
    await look(studio)
    assert await notes(studio) == [(job_id, "channel")]
    await look(studio)
    assert len(seeker.asked) == 1
    assert await parked_results(studio.context, BEN) is None
    told = await parked_results(studio.context, ADA)
    assert told is not None
    assert [(each.job_id, each.place, each.channel_id) for each in told.unseen] == [
        (job_id, "channel", CHANNEL)
    ]
    await mark_told(studio.context, told)

    assert await parked_results(studio.context, ADA) is None
    assert await notes(studio) == []


async def test_a_result_that_is_still_to_be_brought_is_waited_for_before_its_owner_is_told(
    studio: Studio, seeker: Seeker
) -> None:
    seeker.found = CLOSED[0]
    picture = await painted(studio)
    await studio.context.database.write(_postpone, "channel", "uncertain")
    await history.delete_picture(studio.context, ADA, picture.job_id)
    for _ in range(MOST_TRIES - 1):
        await look(studio)
        assert await notes(studio) == [(picture.job_id, None)]
    await look(studio)

    assert await notes(studio) == [(picture.job_id, "channel")]


async def test_a_look_that_discord_does_not_answer_is_made_again(studio: Studio, seeker: Seeker) -> None:
    job_id = await doubted(studio)
    for answer in (Sent(Sending.UNCERTAIN), Sent(Sending.LATER)):
        seeker.found = answer
        for _ in range(MOST_TRIES // 2):
            await look(studio)
            assert await notes(studio) == [(job_id, None)]


async def test_what_a_worker_is_about_to_post_is_waited_for(studio: Studio, seeker: Seeker) -> None:
    picture, database = await painted(studio), studio.context.database
    delivery = await database.write(_try, "channel", None)
    await database.write(_age)
    await history.delete_picture(studio.context, ADA, picture.job_id)
    await look(studio)
    assert await notes(studio) == [(picture.job_id, None)]
    await database.write(deliveries.settle_sent, delivery, None, "sent", place=(CHANNEL, MESSAGE))
    await look(studio)

    assert seeker.cleared[-1][0] == MessagePlace(CHANNEL, MESSAGE, ())
    assert await notes(studio) == []


async def test_a_message_of_several_is_known_by_any_of_them_and_keeps_the_others(
    studio: Studio, seeker: Seeker
) -> None:
    accepted = await studio.portrait(count=2)
    await finish(studio, accepted)
    await studio.context.database.write(_park, "channel", "uncertain")
    first, second = accepted.job_ids
    seeker.found = FOUND
    await history.delete_picture(studio.context, ADA, second)
    await look(studio)

    assert seeker.asked == [(Rung.CHANNEL, frozenset({first, second}))]
    assert seeker.cleared == [(MessagePlace(CHANNEL, MESSAGE, (first,)),)]


async def test_an_answer_that_only_its_owner_sees_is_not_looked_for(studio: Studio, seeker: Seeker) -> None:
    picture = await painted(studio, caller(private=True))
    await studio.context.database.write(_park, "original", "uncertain")
    await history.delete_picture(studio.context, ADA, picture.job_id)

    assert await notes(studio) == []


@pytest.mark.parametrize(("ended_by", "count"), [("channel", 0), ("direct", 1)])
async def test_a_doubt_counts_on_only_where_the_result_was_brought_elsewhere(
    studio: Studio, seeker: Seeker, ended_by: str, count: int
) -> None:
    picture = await painted(studio)

    def bring(conn: Connection) -> None:
        _postpone(conn, "channel", "uncertain")
        delivery = _try(conn, ended_by, "sent")
        deliveries.settle_sent(conn, delivery, None, "sent", place=(DM, 1))

    await studio.context.database.write(bring)
    await history.delete_picture(studio.context, ADA, picture.job_id)
    await look(studio)

    assert seeker.cleared == [(MessagePlace(DM, 1, ()),)]
    assert len(seeker.asked) == count


async def test_what_a_restored_database_has_forgotten_is_looked_for(studio: Studio, seeker: Seeker) -> None:
    picture = await painted(studio)

    def restore(conn: Connection) -> None:
        asked_at = sa.select(sa.func.max(requests.c.created_at_ms)).scalar_subquery()
        conn.execute(sa.update(database_life).values(restored_at_ms=asked_at))

    await studio.context.database.write(restore)
    await history.delete_picture(studio.context, ADA, picture.job_id)
    await look(studio)

    assert [place for place, _ in seeker.asked] == [Rung.CHANNEL, Rung.DIRECT]


async def bring(studio: Studio, accepted: Accepted) -> None:
    """Let a worker take one step with the result of a request."""
    begun = await studio.context.database.write(delivering.claim, WORKER)
    assert begun is not None
    assert begun.delivery.request_id == accepted.request_id
    await delivering.deliver(studio.context, studio.mailbox, MessageTurns(), begun)


async def test_a_result_whose_first_picture_was_deleted_is_found_and_not_posted_anew(
    studio: Studio, seeker: Seeker
) -> None:
    accepted = await studio.portrait(caller(token_life_s=-1), count=2)
    await finish(studio, accepted)
    await studio.context.database.write(_postpone, "channel", "uncertain")
    first, second = accepted.job_ids
    await history.delete_picture(studio.context, ADA, first)
    await look(studio)
    assert await notes(studio) == []
    seeker.found = FOUND
    await bring(studio, accepted)

    assert seeker.asked[-1] == (Rung.CHANNEL, frozenset({first, second}))
    assert seeker.delivered == []
    # It came after the first look: what was deleted is taken out of it all the same.
    assert await notes(studio) == [(first, None)]
    await look(studio)
    assert seeker.cleared == [(MessagePlace(CHANNEL, MESSAGE, (second,)),)]
    assert await notes(studio) == []


async def test_a_deleted_picture_in_doubt_is_not_posted_anew(studio: Studio, seeker: Seeker) -> None:
    accepted = await studio.portrait(caller(token_life_s=-1))
    await finish(studio, accepted)
    await studio.context.database.write(_postpone, "channel", "uncertain")
    await history.delete_picture(studio.context, ADA, accepted.job_ids[0])
    await bring(studio, accepted)

    assert seeker.delivered == []
    assert await parked_results(studio.context, ADA) is None


async def test_what_is_settled_after_the_deletion_is_known_to_the_search(
    studio: Studio, seeker: Seeker
) -> None:
    picture, database = await painted(studio), studio.context.database
    delivery = await database.write(_try, "channel", None)
    deleted = await history.delete_picture(studio.context, ADA, picture.job_id)
    assert deleted.places == ()
    await database.write(deliveries.settle_sent, delivery, None, "sent", place=(CHANNEL, MESSAGE))
    found = await search(studio.context, seeker, picture.job_id)

    assert (found.places, found.certainty) == ((MessagePlace(CHANNEL, MESSAGE, ()),), Certainty.SURE)


async def late(studio: Studio) -> tuple[int, int]:
    """Return the jobs of a request whose second picture came late and has a message of its own (MESSAGE)."""
    accepted = await studio.portrait(count=2)
    await finish(studio, accepted)
    first, second = accepted.job_ids

    def bring(conn: Connection) -> None:
        _park(conn, "channel", "uncertain")
        late_pictures.put_late_on_its_way(conn, accepted.request_id, second)
        delivery = _try(conn, "channel", "sent")
        deliveries.settle_sent(conn, delivery, None, "sent", place=(CHANNEL, MESSAGE))

    await studio.context.database.write(bring)
    return first, second


async def test_the_message_of_a_late_picture_is_never_taken_for_that_of_the_others(
    studio: Studio, seeker: Seeker
) -> None:
    _, second = await late(studio)
    seeker.found = FOUND
    await history.delete_picture(studio.context, ADA, second)
    await look(studio)

    assert {place for places in seeker.cleared for place in places} == {MessagePlace(CHANNEL, MESSAGE, ())}


async def test_a_message_of_several_does_not_come_to_show_a_late_one(studio: Studio, seeker: Seeker) -> None:
    accepted = await studio.portrait(count=3)
    await finish(studio, accepted)
    first, second, third = accepted.job_ids

    def bring(conn: Connection) -> None:
        delivery = _try(conn, "channel", "sent")
        deliveries.settle_sent(conn, delivery, None, "sent", place=(CHANNEL, 1))
        late_pictures.put_late_on_its_way(conn, accepted.request_id, third)

    await studio.context.database.write(bring)
    await history.delete_picture(studio.context, ADA, first)
    await look(studio)

    assert seeker.cleared == [(MessagePlace(CHANNEL, 1, (second,)),)]


async def test_of_direct_messages_that_cannot_be_looked_through_in_time_their_owner_is_told(
    studio: Studio, seeker: Seeker
) -> None:
    seeker.found = Sent(Sending.UNCERTAIN)
    job_id = await doubted(studio, "direct")
    for _ in range(MOST_TRIES):
        await look(studio)

    assert await notes(studio) == [(job_id, "direct")]


async def test_a_message_that_was_found_while_its_owner_is_told_is_still_taken_care_of(
    studio: Studio, seeker: Seeker
) -> None:
    seeker.found = CLOSED[0]
    job_id = await doubted(studio)
    await look(studio)
    told = await parked_results(studio.context, ADA)
    assert told is not None
    await studio.context.database.write(message_removals.renew, [job_id])
    await mark_told(studio.context, told)

    assert await notes(studio) == [(job_id, None)]


async def test_a_picture_that_was_shown_again_is_looked_for_after_a_restore_all_the_same(
    studio: Studio, seeker: Seeker
) -> None:
    picture = await painted(studio)

    def restore(conn: Connection) -> None:
        asked_at = sa.select(sa.func.max(requests.c.created_at_ms)).scalar_subquery()
        conn.execute(sa.update(database_life).values(restored_at_ms=asked_at))

    await studio.context.database.write(restore)
    await history.record_shown(studio.context, picture, CHANNEL, 1)
    await history.delete_picture(studio.context, ADA, picture.job_id)
    await look(studio)

    assert [place for place, _ in seeker.asked] == [Rung.CHANNEL, Rung.DIRECT]


async def test_a_picture_that_is_deleted_while_it_is_shown_again_does_not_stay(
    studio: Studio, seeker: Seeker
) -> None:
    picture = await painted(studio)
    await history.delete_picture(studio.context, ADA, picture.job_id)
    await history.record_shown(studio.context, picture, CHANNEL, MESSAGE)
    await look(studio)

    assert seeker.cleared == [(MessagePlace(CHANNEL, MESSAGE, ()),)]
    assert await notes(studio) == []


async def test_a_try_that_took_long_may_still_arrive_when_it_has_ended(
    studio: Studio, seeker: Seeker
) -> None:
    picture, database = await painted(studio), studio.context.database
    delivery = await database.write(_try, "channel", None)

    def end_after_three_looks(conn: Connection) -> None:
        # Begun long ago, and its last request was given up just now.
        conn.execute(sa.update(rungs).values(tried_at_ms=rungs.c.tried_at_ms - 135_000, outcome="uncertain"))
        deliveries.park(conn, delivery)

    await database.write(end_after_three_looks)
    await history.delete_picture(studio.context, ADA, picture.job_id)
    await look(studio)

    assert await notes(studio) == [(picture.job_id, None)]


@pytest.mark.parametrize("guild_id", [None, GUILD], ids=["direct messages", "server"])
async def test_of_a_place_that_nobody_can_look_into_it_is_told_whether_it_is_in_a_server(
    studio: Studio, seeker: Seeker, guild_id: int | None
) -> None:
    seeker.found = CLOSED[1]
    picture = await painted(studio, caller(guild_id=guild_id))
    await studio.context.database.write(_park, "channel", "uncertain")
    await history.delete_picture(studio.context, ADA, picture.job_id)
    found = await search(studio.context, seeker, picture.job_id)
    await look(studio)
    told = await parked_results(studio.context, ADA)

    assert told is not None
    assert [found.unseen] == [*told.unseen] == [Unseen(picture.job_id, "channel", CHANNEL, guild_id)]
