"""Reactions on results, over the wire of a local Discord."""

from collections.abc import Iterator
from contextlib import contextmanager

import pytest
import sqlalchemy as sa

from db.engine import Connection
from db.schema import requests
from tests.cogs.house import House, Json, button, ids, seed_in


async def react(house: House, message: Json, emoji: str, *, user: str) -> None:
    await house.act("react", user=user, message_id=message["id"], emoji=emoji)


async def later_one(house: House) -> None:
    """Ask for a picture and wait until it is there: what was asked for before has been heard by then."""
    await house.slash("portrait")


async def requests_made(house: House) -> int:
    """Return how many requests were accepted so far."""
    return await house.studio.context.database.read(count_requests)


def count_requests(conn: Connection) -> int:
    return int(conn.scalar(sa.select(sa.func.count()).select_from(requests)) or 0)


@contextmanager
def statements_about(message: Json) -> Iterator[list[str]]:
    """Collect the statements that ask any database about a message."""
    found = list[str]()

    def note(_conn: object, _cursor: object, statement: str, values: object, *_: object) -> None:
        if message["id"] in repr(values):
            found.append(statement)

    sa.event.listen(sa.Engine, "before_cursor_execute", note)
    yield found
    sa.event.remove(sa.Engine, "before_cursor_execute", note)


@pytest.mark.parametrize("emoji", ["🔁", "🎲"])
async def test_paints_again_for_whoever_reacts_without_a_ping(house: House, emoji: str) -> None:
    message = (await house.slash("portrait"))["message"]
    await react(house, message, emoji, user="ben")
    again = (await house.until_messages(2))[-1]
    same_seed = seed_in(again) == seed_in(message)
    assert same_seed is (emoji == "🔁")
    assert again["mentions"] == []


async def test_paints_every_picture_of_the_message_again_in_one_message(house: House) -> None:
    message = (await house.slash("portrait", count=3))["message"]
    await react(house, message, "🎲", user="ben")
    assert len((await house.until_messages(2))[-1]["attachments"]) == 3


async def test_toggling_is_one_request(house: House) -> None:
    message = (await house.slash("portrait"))["message"]
    for _ in range(3):
        await react(house, message, "🔁", user="ben")
        await house.act("react", user="ben", message_id=message["id"], emoji="🔁", remove=True)
    await house.until_messages(2)
    await later_one(house)
    assert await requests_made(house) == 3
    assert len(await house.messages()) == 3


async def test_sends_the_recipe_by_direct_message_to_whoever_asks(house: House) -> None:
    message = (await house.slash("portrait"))["message"]
    await react(house, message, "✉️", user="ben")
    [direct] = await house.until_messages(1, user="ben", channel="dm")
    assert direct["attachments"][0]["filename"].endswith(".json")


@pytest.mark.parametrize("emoji", ["🗑️", "🗑"])
async def test_asks_the_owner_before_deleting(house: House, emoji: str) -> None:
    message = (await house.slash("portrait"))["message"]
    await react(house, message, emoji, user="ada")
    question = (await house.until_messages(2))[-1]
    assert [one.split(":")[2] for one in ids(question)] == ["confirmdelete", "keep"]
    assert question["mentions"] == []
    for verb in ("confirmdelete", "keep"):
        refused = await house.told(question, button(question, verb), "not yours", user="ben")
        assert refused["flags"] & 64
    await house.told(question, button(question, "confirmdelete"), "Deleted")
    assert [one["flags"] & 64 for one in await house.messages(user="ben")] == [64, 64]


@pytest.mark.parametrize(("emoji", "user"), [("🗑️", "ben"), ("👍", "ada")])
async def test_says_nothing_to_what_asks_nothing_of_it(house: House, emoji: str, user: str) -> None:
    message = (await house.slash("portrait"))["message"]
    await react(house, message, emoji, user=user)
    await later_one(house)
    assert await requests_made(house) == 2
    assert len(await house.messages()) == 2


async def test_reads_nothing_for_messages_of_others(house: House) -> None:
    ours = (await house.slash("portrait"))["message"]
    await house.act("say", user="ben", channel="portraits", content="hello")
    foreign = (await house.messages())[-1]
    with statements_about(foreign) as of_foreign, statements_about(ours) as of_ours:
        await react(house, foreign, "🔁", user="ada")
        await react(house, ours, "✉️", user="ada")
        await house.until_messages(1, channel="dm")
    assert of_ours != []
    assert of_foreign == []
