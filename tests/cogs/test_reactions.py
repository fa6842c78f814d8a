"""Reactions on results, over the wire of a local Discord."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace

import pytest
import sqlalchemy as sa

from db.engine import Connection
from db.jobs import recipes
from db.tables.schema import requests
from services.recipes import recipe_to_json
from tests.cogs.house import House, Json, button, connected, ids, said, seed_in
from tests.waiting import until


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


async def said_in_channel(house: House, text: str) -> int:
    """Return how many messages with `text` the bot has posted: they go away by themselves."""
    posted = [one for one in await house.requests_seen() if one["method"] == "POST"]
    return sum(one["path"].endswith("/messages") and text in repr(one) for one in posted)


async def without_seed(house: House, message: Json) -> None:
    """Let a picture be one of a model that takes no seed."""
    [picture] = await house.until_remembered(message)
    body = recipe_to_json(replace(picture.recipe, image_seed=None))
    await house.studio.context.database.write(recipes.update_recipe, picture.code, body)


async def test_the_same_seed_of_a_model_without_one_is_explained_once_and_costs_nothing(house: House) -> None:
    message = (await house.slash("imagine", prompt="a baker", model="scripted/quick"))["message"]
    await without_seed(house, message)
    for _ in range(3):
        await react(house, message, "🔁", user="ben")
        await house.act("react", user="ben", message_id=message["id"], emoji="🔁", remove=True)
    await house.until_anything_said("takes no seed", user="ben")
    await later_one(house)
    assert await said_in_channel(house, "takes no seed") == 1
    assert await requests_made(house) == 2


async def test_reactions_work_on_old_messages_after_a_restart(house: House) -> None:
    message = (await house.slash("portrait", count=2))["message"]
    await house.until_remembered(message, 2)
    await house.bot.close()
    async with connected(house.studio.context, house.local):
        await react(house, message, "🔁", user="ben")
        assert len((await house.until_messages(2))[-1]["attachments"]) == 2
        await react(house, message, "✉️", user="ben")
        await house.until_messages(2, user="ben", channel="dm")


async def test_everybody_reacts_on_their_own_allowance(house: House) -> None:
    message = (await house.slash("imagine", prompt="a baker", model="scripted/quick"))["message"]
    limits = house.bot.context.limits
    caps = replace(limits.caps, user_daily_micro_usd=40_000)
    house.bot.context = replace(house.bot.context, limits=replace(limits, caps=caps))
    await react(house, message, "🎲", user="ada")
    await house.until_anything_said("you have used $0.04 of your $0.04")
    await react(house, message, "🎲", user="ben")
    await house.until_anything_said(f"After `{said(message).split('`')[1]}`: a new seed")
    assert await requests_made(house) == 2


async def test_what_could_paint_instead_is_offered_to_whoever_reacted(house: House) -> None:
    message = (await house.slash("portrait", model="scripted/quick"))["message"]
    limits = replace(house.bot.context.limits, key_servers=frozenset())
    house.bot.context = replace(house.bot.context, limits=limits)
    await react(house, message, "🔁", user="ben")
    await house.until_anything_said("bot's own keys are not for this place", user="ben")
    assert await said_in_channel(house, "v1:draft:key:") == 1


async def test_the_waste_basket_asks_for_ones_own_pictures_of_a_message_alone(house: House) -> None:
    left = (await house.slash("portrait"))["message"]
    right = (await house.slash("portrait", user="ben"))["message"]
    codes = [said(each).split("`")[1] for each in (left, right)]
    sheet = (await house.slash("compare", left=codes[0], right=codes[1]))["message"]
    await house.until_remembered(sheet, 2)
    await react(house, sheet, "🗑️", user="ben")
    await house.until_said(f"Delete `{codes[1]}`?", user="ben")


async def test_a_reaction_is_answered_in_the_language_of_the_server(house: House) -> None:
    message = (await house.slash("portrait"))["message"]
    await house.act("world", locales=[{"name": "atelier", "locale": "de"}])
    await until(lambda: any(str(guild.preferred_locale) == "de" for guild in house.bot.guilds))
    await react(house, message, "🔁", user="ben")
    again = (await house.until_messages(2))[-1]
    assert f"Nach `{said(message).split('`')[1]}`: derselbe Seed" in said(again)
