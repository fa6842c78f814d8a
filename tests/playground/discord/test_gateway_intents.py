"""Which events a session's intents let through, and what of a message they show."""

from typing import Any

import pytest

from playground.discord import intents
from tests.playground.discord.conftest import People
from tests.playground.discord.gateway_client import dialled, heard, identified, names_heard

GUILDS, MEMBERS, PRESENCES, MESSAGES, REACTIONS = 1, 1 << 1, 1 << 8, 1 << 9, 1 << 10
DIRECT_MESSAGES, DIRECT_REACTIONS, CONTENT = 1 << 12, 1 << 13, 1 << 15
HIDDEN: dict[str, Any] = {"content": "", "embeds": [], "attachments": [], "components": []}


async def something_of_everything(people: People) -> None:
    """A channel, a member, a message and a reaction in the guild; a message and a reaction in a direct channel."""
    await people.post("world", users=["cleo"], members=[{"user": "cleo"}], channels=["studio"])
    for channel in ("lounge", "dm"):
        said = await people.post("say", user="ada", channel=channel, content="x")
        await people.post("react", user="ada", message_id=said["id"], emoji="⭐")
        await people.post("react", user="ada", message_id=said["id"], emoji="⭐", remove=True)


REACTED = ["MESSAGE_REACTION_ADD", "MESSAGE_REACTION_REMOVE"]


@pytest.mark.parametrize(("asked", "expected"), [
    (0, []),
    (GUILDS, ["CHANNEL_CREATE"]),
    (MEMBERS, ["GUILD_MEMBER_ADD"]),
    (MESSAGES, ["MESSAGE_CREATE"]),
    (REACTIONS, REACTED),
    (DIRECT_MESSAGES, ["MESSAGE_CREATE"]),
    (DIRECT_REACTIONS, REACTED),
    (CONTENT | PRESENCES, []),
    (MESSAGES | DIRECT_REACTIONS, ["MESSAGE_CREATE", *REACTED]),
])  # fmt: skip
async def test_sends_only_what_the_intents_ask_for(people: People, asked: int, expected: list[str]) -> None:
    async with dialled(people) as socket:
        ready, *_ = await identified(socket, people, intents=asked)
        assert len(ready["d"]["guilds"]) == 1
        await something_of_everything(people)
        assert await names_heard(socket) == expected


async def test_bot_hears_of_its_own_membership_whatever_its_intents(people: People) -> None:
    bot = people.about["application_id"]
    async with dialled(people) as socket:
        await identified(socket, people, intents=0)
        await people.post("world", members=[{"user": "ada", "nick": "a"}, {"user": bot, "nick": "painter"}])
        (changed,) = await heard(socket)
    assert (changed["t"], changed["d"]["nick"]) == ("GUILD_MEMBER_UPDATE", "painter")


async def test_guild_comes_with_all_its_members_only_for_the_presences_intent(people: People) -> None:
    found = {}
    for asked in (GUILDS | MEMBERS, GUILDS | PRESENCES):
        async with dialled(people) as socket:
            _, created = await identified(socket, people, intents=asked)
        found[asked] = [one["user"]["username"] for one in created["d"]["members"]]
        assert created["d"]["member_count"] == 4
    assert found == {GUILDS | MEMBERS: ["limner"], GUILDS | PRESENCES: ["mod", "ada", "ben", "limner"]}


async def said_with_a_file(people: People, channel: str, content: str) -> str:
    files = {"a": {"filename": "a.txt", "base64": "eA=="}}
    told: dict[str, str] = await people.post("say", user="ada", channel=channel, content=content, files=files)
    return told["id"]


@pytest.mark.parametrize("asked", [MESSAGES | DIRECT_MESSAGES, MESSAGES | DIRECT_MESSAGES | CONTENT])
async def test_hides_content_without_the_intent_but_not_of_what_concerns_the_bot(
    people: People, asked: int
) -> None:
    bot = people.about["application_id"]
    lounge = people.local.world.channel("lounge").id
    async with dialled(people) as socket:
        await identified(socket, people, intents=asked)
        strange = await said_with_a_file(people, "lounge", "strange")
        await said_with_a_file(people, "lounge", f"for <@{bot}>")
        await said_with_a_file(people, "dm", "between us")
        await people.rest(
            "POST", f"/channels/{lounge}/messages", {"content": "own", "embeds": [{"title": "t"}]}
        )
        told = [frame["d"] for frame in await heard(socket)]
    shown = [(one["content"], len(one["attachments"]), len(one["embeds"])) for one in told]
    first = ("strange", 1, 0) if asked & CONTENT else ("", 0, 0)
    assert shown == [first, (f"for <@{bot}>", 1, 0), ("between us", 1, 0), ("own", 0, 1)]
    assert told[0]["id"] == strange
    assert told[0]["author"]["username"] == "ada"


async def test_context_menu_shows_the_content_of_the_message_that_it_was_used_on(people: People) -> None:
    path = f"/applications/{people.about['application_id']}/commands"
    await people.rest("PUT", path, [{"name": "Look", "type": 3}])
    said = await said_with_a_file(people, "lounge", "strange")
    async with dialled(people) as socket:
        await identified(socket, people, intents=0)
        await people.post(
            "context", user="ben", channel="lounge", name="Look", type="message", message_id=said, wait=0
        )
        (asked,) = await heard(socket)
    target = asked["d"]["data"]["resolved"]["messages"][said]
    assert (target["content"], len(target["attachments"])) == ("strange", 1)


async def test_hides_a_change_of_a_message_and_the_message_that_another_bot_answers(people: People) -> None:
    other = await people.post("applications", name="Other")
    lounge = people.local.world.channel("lounge").id
    said = await said_with_a_file(people, "lounge", "strange")
    async with dialled(people) as socket:
        await identified(socket, people, intents=MESSAGES, token=other["token"])
        body = {"content": "a reply", "message_reference": {"message_id": said}}
        _, reply = await people.rest("POST", f"/channels/{lounge}/messages", body)
        await people.rest("PATCH", f"/channels/{lounge}/messages/{reply['id']}", {"content": "changed"})
        created, changed = await heard(socket)
    assert (created["t"], changed["t"]) == ("MESSAGE_CREATE", "MESSAGE_UPDATE")
    for one in (created["d"], created["d"]["referenced_message"], changed["d"]):
        assert {name: one[name] for name in HIDDEN} == HIDDEN


def test_empties_a_poll_where_there_is_one() -> None:
    message = {"content": "x", "poll": {"question": {}}, "author": {"id": "1"}, "mentions": []}
    assert intents.without_content(message, "2") == message | {"content": "", "poll": None}


def test_knows_the_documented_intents_and_no_others() -> None:
    meant = [*range(17), 20, 21, 24, 25]
    assert sum(1 << bit for bit in meant) == intents.KNOWN
