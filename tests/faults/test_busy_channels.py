"""Row D2 where nothing gives the first message back any more: the result has to be found among what others have said.

The bot and the job engine are the real ones; Discord is the local one, whose clock is moved.
"""

import asyncio

import discord
import pytest

from cogs import _channel_history
from playground.discord import limits
from services import history
from services.jobs import delivering
from services.parked import parked_results
from tests.cogs.house import House, ids
from tests.faults.hurry import Hurry
from tests.faults.ladder_scene import Ladder
from tests.waiting import HANGS_AFTER_S, STEP_S

pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)

NONCE_IS_OVER_S = 400
LONG_S = 590.0
"""What lies further ahead is taken for the word of a clock that was put back (`db/upkeep/clock_steps.py`)."""
MOST = 20
FEW, MANY = 3, MOST + 10


@pytest.fixture
def ladder(house: House, monkeypatch: pytest.MonkeyPatch) -> Ladder:
    """A request in a channel of whose messages the bot reads few; what is tried again waits until a test says so."""
    monkeypatch.setattr(discord.http, "asyncio", Hurry())
    monkeypatch.setattr(limits, "BUCKETS", {**limits.BUCKETS, "create_message": (1_000, 1.0)})
    # Longer than the time that is let pass: else the result is brought while others still talk, unawaited.
    for name in ("AGAIN_AFTER_S", "AGAIN_AT_MOST_S"):
        monkeypatch.setattr(delivering, name, LONG_S)
    monkeypatch.setattr(_channel_history, "MOST_FROM_EACH_END", MOST)
    return Ladder(house)


async def post_in_doubt(
    ladder: Ladder, said_before: int, *, kind: str = "accept_then_500", is_progress_seen: bool = False
) -> None:
    """Let a picture stand in its channel, though every answer to the post was 500; its nonce is over then."""
    await ladder.ask()
    if is_progress_seen:
        await until_progress_is_seen(ladder)
    await ladder.until_in_doubt("channel", kind, said_before=said_before)
    await ladder.pass_time(NONCE_IS_OVER_S)


async def until_progress_is_seen(ladder: Ladder) -> None:
    async with asyncio.timeout(HANGS_AFTER_S):
        while not any(":cancel:" in each for one in await ladder.house.messages() for each in ids(one)):
            await asyncio.sleep(STEP_S)


def pictures_posted(ladder: Ladder) -> int:
    """Return how many messages anywhere have a picture, however many others came after them."""
    return sum(bool(message.file_ids) for message in ladder.house.local.messages.by_id.values())


@pytest.mark.parametrize(
    ("said_before", "said_since"),
    [(0, FEW), (0, MANY), (MANY, FEW)],
    ids=["quiet", "busy since then", "busy before"],
)
async def test_d2_a_picture_that_stands_in_its_channel_is_found_from_either_end(
    ladder: Ladder, said_before: int, said_since: int
) -> None:
    await post_in_doubt(ladder, said_before)
    await ladder.say(said_since)
    await ladder.finish()

    assert pictures_posted(ladder) == 1
    assert await ladder.rungs() == [("channel", "uncertain"), ("channel", "sent")]


async def kept_for_ada(ladder: Ladder) -> int:
    """Return how many pictures are kept for her, of which her next command tells."""
    parked = await parked_results(ladder.studio.context, int(ladder.house.local.world.user("ada").id))
    return 0 if parked is None else len(parked.pictures)


async def test_d2_a_picture_that_may_stand_among_more_than_can_be_read_is_not_posted_again(
    ladder: Ladder,
) -> None:
    await post_in_doubt(ladder, MANY)
    await ladder.say(MANY)
    await ladder.finish()

    assert await ladder.rungs() == [("channel", "uncertain"), ("channel", "unseen")]
    assert pictures_posted(ladder) == 1
    assert await kept_for_ada(ladder) == 1


async def test_d2_a_picture_is_not_posted_again_where_the_history_is_closed_to_the_bot(
    ladder: Ladder,
) -> None:
    await post_in_doubt(ladder, 0)
    closed = {"channel": "portraits", "target": "limner", "deny": ["READ_MESSAGE_HISTORY"]}
    await ladder.house.act("world", permissions=[closed])
    await ladder.finish()

    assert await ladder.rungs() == [("channel", "uncertain"), ("channel", "unseen")]
    assert pictures_posted(ladder) == 1
    assert await kept_for_ada(ladder) == 1


@pytest.mark.parametrize("kind", ["500", "accept_then_500"], ids=["lost", "arrived"])
async def test_d2_the_message_that_waits_for_a_picture_is_not_taken_for_it(ladder: Ladder, kind: str) -> None:
    await post_in_doubt(ladder, 0, kind=kind, is_progress_seen=True)
    await ladder.finish()

    [message] = await ladder.pictures()
    shown = await history.find_pictures_of_message(ladder.studio.context, int(message["id"]))
    assert len(shown) == 1
    assert await ladder.rungs() == [("channel", "uncertain"), ("channel", "sent")]
