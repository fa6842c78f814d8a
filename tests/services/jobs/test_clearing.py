"""Messages of deleted pictures: whoever deletes one may die, and they go all the same; on both databases."""

from collections.abc import Sequence

import pytest
import sqlalchemy as sa

from db.engine import Connection
from db.pictures import message_removals, takedowns
from db.pictures.message_removals import FIRST_MS, MOST_TRIES
from db.tables.schema import message_removals as table
from db.tables.types import database_now_ms
from services import history
from services.jobs import clearing
from services.jobs.courier import MessagePlace, PictureResult
from services.jobs.noted_takedowns import end_noted_takedowns
from services.models import Origin
from services.takedowns import take_down
from tests.services.finished import ordered, painted, park_all
from tests.services.studio import ADA, Mailbox, Studio
from tests.waiting import until

CHANNEL, MESSAGE = 500, 555
PLACE = MessagePlace(CHANNEL, MESSAGE, ())
on_sqlite = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)


async def shown(studio: Studio) -> PictureResult:
    """Return a picture that one message shows."""
    picture = await painted(studio)
    await history.record_shown(studio.context, picture, CHANNEL, MESSAGE)
    return picture


def _left(conn: Connection) -> list[tuple[int, int, int]]:
    wait_ms = table.c.due_at_ms - database_now_ms()
    return [tuple(row) for row in conn.execute(sa.select(table.c.job_id, table.c.tries, wait_ms))]


async def left(studio: Studio) -> list[tuple[int, int]]:
    """Return (job, tries) of what is noted."""
    return [row[:2] for row in await studio.context.database.read(_left)]


def _be_due(conn: Connection) -> None:
    conn.execute(sa.update(table).values(due_at_ms=0))


async def look(studio: Studio, *, is_due: bool = True) -> None:
    """Look once, as the engine does."""
    if is_due:
        await studio.context.database.write(_be_due)
    await clearing.clear_due(studio.context, studio.mailbox)


async def test_what_a_killed_deletion_has_left_goes_with_the_next_look(studio: Studio) -> None:
    picture = await shown(studio)
    await history.delete_picture(studio.context, ADA, picture.job_id)
    assert await left(studio) == [(picture.job_id, 0)]
    await look(studio)

    assert studio.mailbox.cleared == [(PLACE,)]
    assert await left(studio) == []


async def test_for_a_minute_it_is_left_to_whoever_deletes_it(studio: Studio) -> None:
    picture = await shown(studio)
    await history.delete_picture(studio.context, ADA, picture.job_id)
    await look(studio, is_due=False)
    assert studio.mailbox.cleared == []
    await history.messages_are_gone(studio.context, picture.job_id)

    assert await left(studio) == []


async def test_a_picture_without_messages_leaves_no_note(studio: Studio) -> None:
    picture = await painted(studio)
    await history.delete_picture(studio.context, ADA, picture.job_id)

    assert await left(studio) == []


async def test_a_message_keeps_what_it_shows_besides(studio: Studio) -> None:
    async with studio.engine():
        accepted = await studio.order(count=2)
        await studio.until_delivered()
    first, second = accepted.job_ids
    await history.delete_picture(studio.context, ADA, first)
    await look(studio)
    await history.delete_picture(studio.context, ADA, second)
    await look(studio)

    assert [[place.job_ids for place in places] for places in studio.mailbox.cleared] == [[(second,)], [()]]


async def test_what_discord_does_not_do_is_tried_later_and_later_and_then_left(studio: Studio) -> None:
    studio.mailbox.is_cleared = False
    picture = await shown(studio)
    await history.delete_picture(studio.context, ADA, picture.job_id)
    for number in range(1, MOST_TRIES):
        await look(studio)
        [(job_id, tries, wait_ms)] = await studio.context.database.read(_left)
        assert (job_id, tries) == (picture.job_id, number)
        assert FIRST_MS * 2**number // 2 < wait_ms <= FIRST_MS * 2**number
    await look(studio)

    assert len(studio.mailbox.cleared) == MOST_TRIES
    assert await left(studio) == []


async def test_a_try_that_could_ask_nothing_does_not_count(studio: Studio) -> None:
    studio.mailbox.is_cleared = None
    picture = await shown(studio)
    await history.delete_picture(studio.context, ADA, picture.job_id)
    for _ in range(MOST_TRIES + 1):
        await look(studio)
    [(job_id, tries, wait_ms)] = await studio.context.database.read(_left)
    assert (job_id, tries) == (picture.job_id, 0)
    assert wait_ms <= FIRST_MS
    studio.mailbox.is_cleared = True
    await look(studio)

    assert await left(studio) == []


async def test_one_is_taken_when_the_one_before_is_done(studio: Studio) -> None:
    waiting = list[int]()

    class Watching(Mailbox):
        async def clear(self, _origin: Origin, _places: Sequence[MessagePlace]) -> bool:
            waiting.append(sum(tries == 0 for _, tries in await left(studio)))
            return True

    for picture in [await shown(studio), await shown(studio)]:
        await history.delete_picture(studio.context, ADA, picture.job_id)
    await studio.context.database.write(_be_due)
    await clearing.clear_due(studio.context, Watching())

    assert waiting == [1, 0]
    assert await left(studio) == []


async def test_two_that_look_at_once_do_not_take_the_same(studio: Studio) -> None:
    picture = await shown(studio)
    await history.delete_picture(studio.context, ADA, picture.job_id)
    await studio.context.database.write(_be_due)
    taken = [await studio.context.database.write(message_removals.take, 9) for _ in range(2)]

    assert [[due.job_id for due in found] for found in taken] == [[picture.job_id], []]


async def test_a_clock_that_was_put_back_holds_nothing_up(studio: Studio) -> None:
    picture = await shown(studio)
    await history.delete_picture(studio.context, ADA, picture.job_id)

    def lie_far_ahead(conn: Connection) -> None:
        conn.execute(sa.update(table).values(due_at_ms=2**52))

    await studio.context.database.write(lie_far_ahead)
    await look(studio, is_due=False)
    assert studio.mailbox.cleared == [(PLACE,)]


@on_sqlite
async def test_the_only_process_takes_up_at_once_what_the_one_before_had_in_hand(
    studio: Studio, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(clearing, "TICK_S", 0.1)
    picture = await shown(studio)
    await park_all(studio)
    await history.delete_picture(studio.context, ADA, picture.job_id)
    async with studio.engine():
        await until(lambda: studio.mailbox.cleared == [(PLACE,)])


async def test_what_is_taken_down_is_named_for_the_operator_and_taken_out_of_its_messages(
    studio: Studio,
) -> None:
    named, noted = await ordered(studio), await painted(studio)
    for picture in (named, noted):
        await history.record_shown(studio.context, picture, CHANNEL, picture.job_id)
    answer = await take_down(studio.context, [named.digest])
    assert isinstance(answer, dict)
    assert answer["messages"] == [[CHANNEL, named.job_id]]
    await studio.context.database.write(takedowns.add, [noted.digest])
    assert await end_noted_takedowns(studio.context) == 1

    # Whoever is killed after the deletion names nobody the messages: they are noted with it, in either way.
    assert await left(studio) == [(named.job_id, 0), (noted.job_id, 0)]
    await look(studio)
    places = {MessagePlace(CHANNEL, each.job_id, ()) for each in (named, noted)}
    assert {place for cleared in studio.mailbox.cleared for place in cleared} == places
    assert await left(studio) == []
