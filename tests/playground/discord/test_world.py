"""`POST /play/world`: everything in it can be made, changed and removed, bots are told, and refusals name the field."""

from typing import Any

import aiohttp
import pytest

from playground.discord.local import LocalDiscord
from playground.discord.permissions import bits_of, has
from tests.playground.discord.conftest import AGENT, People
from tests.playground.discord.ear import Ear, listening
from tests.playground.discord.refusals.scene import callback_of, good, register, unhurried, webhook_of


def id_of(local: LocalDiscord, name: str) -> str:
    return local.world.user(name).id


async def test_tells_of_a_channel_made_changed_and_removed(people: People, ear: Ear) -> None:
    for kind, number in (("text", 0), ("category", 4), ("forum", 15)):
        await people.post("world", channels=[{"name": kind, "kind": kind}])
        made = await ear.hear("CHANNEL_CREATE")
        assert (made["name"], made["type"]) == (kind, number)
    await people.post("world", channels=[{"name": "text", "nsfw": True, "parent": "category"}])
    assert (await ear.hear("CHANNEL_UPDATE"))["nsfw"]
    await people.post("world", channels=[{"name": "text", "kind": "text", "remove": True}])
    assert (await ear.hear("CHANNEL_DELETE"))["name"] == "text"
    assert "text" not in {one["name"] for one in (await people.get("state"))["channels"]}


async def test_tells_of_a_thread_made_changed_and_removed(people: People, ear: Ear) -> None:
    await people.post("world", channels=[{"name": "cellar", "kind": "age-restricted"}])
    await people.post("world", channels=[{"name": "talk", "kind": "thread", "parent": "cellar"}])
    made = await ear.hear("THREAD_CREATE")
    assert people.local.world.channels[made["id"]].nsfw
    await people.post("world", channels=[{"name": "talk", "archived": True}])
    assert (await ear.hear("THREAD_UPDATE"))["thread_metadata"]["archived"]
    await people.post("world", channels=[{"name": "talk", "remove": True}])
    gone = await ear.hear("THREAD_DELETE")
    assert gone == {name: made[name] for name in ("id", "guild_id", "parent_id", "type")}


async def test_removed_category_leaves_its_channels_and_a_removed_channel_takes_its_threads(
    people: People, ear: Ear, local: LocalDiscord
) -> None:
    await people.post(
        "world",
        channels=[
            {"name": "wing", "kind": "category"},
            {"name": "room", "parent": "wing"},
            {"name": "talk", "kind": "thread", "parent": "room"},
        ],
    )
    await people.post("world", channels=[{"name": "wing", "remove": True}])
    assert (await ear.hear("CHANNEL_UPDATE"))["parent_id"] is None
    await people.post("world", channels=[{"name": "room", "remove": True}])
    await ear.hear("THREAD_DELETE")
    await ear.hear("CHANNEL_DELETE")
    assert not {"wing", "room", "talk"} & {one.name for one in local.world.channels.values()}


async def test_removed_channel_takes_its_messages_and_files(people: People, local: LocalDiscord) -> None:
    files = {"p": {"filename": "a.txt", "base64": "YWJj"}}
    said = await people.post("say", user="ada", channel="lounge", content="x", files=files)
    await people.post("world", channels=[{"name": "lounge", "remove": True}])
    assert said["id"] not in local.messages.by_id
    assert not local.files.by_id
    status, body = await people.rest("GET", f"/channels/{said['channel_id']}/messages/{said['id']}")
    assert (status, body["code"]) == (404, 10003)


async def test_tells_of_a_role_made_changed_and_removed(
    people: People, ear: Ear, local: LocalDiscord
) -> None:
    await people.post("world", roles=[{"name": "artists"}], members=[{"user": "ada", "roles": ["artists"]}])
    made = (await ear.hear("GUILD_ROLE_CREATE"))["role"]
    assert (made["name"], made["permissions"]) == ("artists", "0")
    await ear.hear("GUILD_MEMBER_UPDATE")
    await people.post("world", roles=[{"name": "artists", "permissions": ["MANAGE_GUILD"]}])
    changed = (await ear.hear("GUILD_ROLE_UPDATE"))["role"]
    assert changed["permissions"] == str(bits_of(["MANAGE_GUILD"]))
    await people.post("world", roles=[{"name": "artists", "remove": True}])
    assert (await ear.hear("GUILD_ROLE_DELETE"))["role_id"] == made["id"]
    guild = local.world.guild("atelier")
    assert local.world.members[guild.id, id_of(local, "ada")].roles == ()


async def test_tells_of_a_member_who_comes_changes_and_goes(
    people: People, ear: Ear, local: LocalDiscord
) -> None:
    await people.post("world", users=["eve"], members=[{"user": "eve"}])
    assert (await ear.hear("GUILD_MEMBER_ADD"))["user"]["username"] == "eve"
    await people.post("world", members=[{"user": "eve", "nick": "Evie", "roles": ["moderators"]}])
    changed = await ear.hear("GUILD_MEMBER_UPDATE")
    assert (changed["nick"], len(changed["roles"])) == ("Evie", 1)
    await people.post("world", members=[{"user": "eve", "roles": []}])
    assert (await ear.hear("GUILD_MEMBER_UPDATE"))["roles"] == []
    await people.post("world", members=[{"user": "eve", "remove": True}])
    assert (await ear.hear("GUILD_MEMBER_REMOVE"))["user"]["id"] == id_of(local, "eve")


async def test_tells_of_a_changed_name_in_the_users_guilds(people: People, ear: Ear) -> None:
    await people.post("world", users=[{"name": "ada", "global_name": "Countess"}])
    assert (await ear.hear("GUILD_MEMBER_UPDATE"))["user"]["global_name"] == "Countess"


async def test_tells_of_changed_permissions_even_when_the_bot_loses_sight(people: People, ear: Ear) -> None:
    await people.post("world", permissions=[{"channel": "lounge", "deny": ["VIEW_CHANNEL"]}])
    rule = (await ear.hear("CHANNEL_UPDATE"))["permission_overwrites"][0]
    assert rule["deny"] == str(bits_of(["VIEW_CHANNEL"]))
    await people.post(
        "world", permissions=[{"channel": "lounge", "target": "ada", "deny": ["SEND_MESSAGES"]}]
    )
    assert len((await ear.hear("CHANNEL_UPDATE"))["permission_overwrites"]) == 2
    for target in ({}, {"target": "ada"}):
        await people.post("world", permissions=[{"channel": "lounge", "remove": True, **target}])
    assert len((await ear.hear("CHANNEL_UPDATE"))["permission_overwrites"]) == 1
    assert (await ear.hear("CHANNEL_UPDATE"))["permission_overwrites"] == []


async def test_role_rule_of_a_channel_holds_for_its_members(people: People, local: LocalDiscord) -> None:
    rule = {"channel": "lounge", "target": "moderators", "deny": ["SEND_MESSAGES"]}
    await people.post("world", permissions=[rule], members=[{"user": "ben", "roles": ["moderators"]}])
    channel = local.world.channel("lounge")
    allowed = {
        name: has(local.world.permissions(channel, id_of(local, name)), "SEND_MESSAGES")
        for name in ("ada", "ben")
    }
    assert allowed == {"ada": True, "ben": False}


async def test_tells_of_a_guild_made_changed_and_removed(
    people: People, ear: Ear, local: LocalDiscord
) -> None:
    await people.post("world", guilds=[{"name": "annex", "owner": "ada"}])
    made = await ear.hear("GUILD_CREATE")
    assert (made["name"], made["owner_id"]) == ("annex", id_of(local, "ada"))
    await people.post("world", guilds=[{"name": "annex", "locale": "fr"}])
    assert (await ear.hear("GUILD_UPDATE"))["preferred_locale"] == "fr"
    await people.post("world", channels=[{"name": "hall", "guild": "annex"}], guilds=["annex"])
    await people.post("world", guilds=[{"name": "annex", "remove": True}])
    assert await ear.hear("GUILD_DELETE") == {"id": made["id"]}
    for left in (local.world.channels, local.world.roles, local.world.members):
        assert made["id"] not in {one.guild_id for one in left.values()}


async def test_bot_that_is_removed_hears_guild_delete_and_comes_back(people: People, ear: Ear) -> None:
    await people.post("world", members=[{"user": "limner", "remove": True}])
    gone = await ear.hear("GUILD_DELETE")
    assert (await people.rest("GET", f"/guilds/{gone['id']}"))[1]["code"] == 10004
    await people.post("world", members=[{"user": "limner"}])
    assert (await ear.hear("GUILD_CREATE"))["id"] == gone["id"]


async def test_bot_that_leaves_hears_it_and_others_are_told(people: People, ear: Ear) -> None:
    other = await people.post("applications", name="Other", guilds=["atelier"])
    await ear.hear("GUILD_MEMBER_ADD")
    headers = {"Authorization": f"Bot {other['token']}", "User-Agent": AGENT}
    guild = (await people.get("state"))["guilds"][0]["id"]
    url = f"{people.about['api']}/users/@me/guilds/{guild}"
    async with (
        aiohttp.ClientSession() as session,
        listening(session, people.about["gateway"], other["token"]) as second,
    ):
        async with session.delete(url, headers=headers) as response:
            assert response.status == 204
        assert await second.hear("GUILD_DELETE") == {"id": guild}
    assert (await ear.hear("GUILD_MEMBER_REMOVE"))["user"]["id"] == other["application_id"]


async def test_locale_of_a_guild_and_of_a_user_can_be_set(people: People) -> None:
    state = await people.post("world", locales={"atelier": "de", "ada": "fr"})
    assert state["guilds"][0]["locale"] == "de"
    assert {one["username"]: one["locale"] for one in state["users"]}["ada"] == "fr"


async def test_install_is_made_and_removed(people: People, local: LocalDiscord) -> None:
    await people.post("world", installs=[{"user": "ada"}])
    assert local.world.installs == {(id_of(local, "ada"), people.about["application_id"])}
    await people.post("world", installs=[{"user": "ada", "application": "Limner", "remove": True}])
    assert local.world.installs == set()


async def test_group_has_its_recipients_and_no_guild(people: People, local: LocalDiscord) -> None:
    group = {"name": "friends", "kind": "group", "recipients": ["ada", "ben"]}
    state = await people.post("world", channels=[group])
    shown = next(one for one in state["channels"] if one["name"] == "friends")
    assert (shown["type"], shown["guild_id"], len(shown["recipients"])) == (3, None, 2)
    assert local.world.permissions(local.world.channels[shown["id"]], id_of(local, "mod")) == 0
    await people.post("world", channels=[{"name": "friends", "kind": "group", "remove": True}])
    assert shown["id"] not in local.world.channels


REFUSED: dict[str, tuple[dict[str, Any], str]] = {
    "list that is none": ({"users": 7}, "users must be a list"),
    "list that does not exist": ({"castles": []}, "castles"),
    "entry that is no object": ({"roles": [[]]}, "roles.0"),
    "name missing": ({"channels": [{}]}, "channels.0.name"),
    "name of the wrong type": ({"users": [{"name": 7}]}, "users.0.name"),
    "second entry wrong": ({"users": ["eve", {"name": ""}]}, "users.1.name"),
    "field that does not exist": ({"channels": [{"name": "a", "colour": "red"}]}, "channels.0.colour"),
    "channel kind that does not exist": ({"channels": [{"name": "a", "kind": "cave"}]}, "channels.0.kind"),
    "locale that does not exist": ({"locales": [{"name": "ada", "locale": "xx"}]}, "locales.0.locale"),
    "flag that is no flag": ({"guilds": [{"name": "a", "bots": "yes"}]}, "guilds.0.bots"),
    "permission that does not exist": (
        {"roles": [{"name": "a", "permissions": ["FLY"]}]},
        "roles.0.permissions.0",
    ),
    "rule with an unknown permission": (
        {"permissions": [{"channel": "lounge", "deny": ["SEND_MESSAGES", "FLY"]}]},
        "permissions.0.deny.1",
    ),
    "thread without a parent": ({"channels": [{"name": "a", "kind": "thread"}]}, "channels: parent"),
    "thread below a category": (
        {"channels": [{"name": "c", "kind": "category"}, {"name": "a", "kind": "thread", "parent": "c"}]},
        "channels: c cannot be the parent of a",
    ),
    "group without recipients": ({"channels": [{"name": "a", "kind": "group"}]}, "channels: recipients"),
    "owner who leaves": ({"members": [{"user": "mod", "remove": True}]}, "members"),
    "everyone's role removed": ({"roles": [{"name": "@everyone", "remove": True}]}, "roles: @everyone"),
    "user removed": ({"users": [{"name": "ada", "remove": True}]}, "users.0.remove"),
    "redirect with a fragment": (
        {"applications": [{"redirect_uris": ["https://a.example/#b"]}]},
        "applications: redirect_uris",
    ),
    "redirect that is no web address": (
        {"applications": [{"redirect_uris": ["javascript:alert(1)"]}]},
        "applications: redirect_uris",
    ),
}


@pytest.mark.parametrize("case", REFUSED)
async def test_refuses_a_bad_change_and_names_the_field(people: People, case: str) -> None:
    body, named = REFUSED[case]
    status, answer = await people.call("POST", "world", **body)
    assert (status, answer["error"]["code"]) == (400, "bad_field")
    assert named in answer["error"]["message"]


async def test_bad_entry_keeps_the_good_ones_of_the_same_call_out(people: People) -> None:
    status, _ = await people.call("POST", "world", users=["eve", {"name": "fay", "locale": "xx"}])
    assert status == 400
    assert "eve" not in {one["username"] for one in (await people.get("state"))["users"]}


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ({"members": [{"user": "nobody"}]}, "unknown_user"),
        ({"members": [{"user": "ada", "roles": ["nobles"]}]}, "unknown_role"),
        ({"channels": [{"name": "a", "guild": "nowhere"}]}, "unknown_guild"),
        ({"channels": [{"name": "nothing", "remove": True}]}, "unknown_channel"),
        ({"guilds": [{"name": "nowhere", "remove": True}]}, "unknown_guild"),
        ({"roles": [{"name": "nobles", "remove": True}]}, "unknown_role"),
        ({"permissions": [{"channel": "lounge", "target": "nobody"}]}, "unknown_user"),
        ({"installs": [{"user": "ada", "application": "Nothing"}]}, "unknown_application"),
    ],
    ids=str,
)
async def test_refuses_a_name_that_nothing_bears(people: People, body: dict[str, Any], code: str) -> None:
    status, answer = await people.call("POST", "world", **body)
    assert (status, answer["error"]["code"]) == (404, code)


@pytest.mark.parametrize("answered", [True, False])
async def test_answers_into_a_removed_channel_are_refused(people: People, answered: bool) -> None:
    await register(people, {"name": "a", "description": "a"})
    started = unhurried(people, await people.slash("a", channel="lounge", wait=0))
    if answered:
        await good(people, "POST", callback_of(started), {"type": 5})
    await people.post("world", channels=[{"name": "lounge", "remove": True}])
    path = webhook_of(started) if answered else callback_of(started)
    status, answer = await people.rest("POST", path, {"type": 4, "content": "x"})
    assert (status, answer["code"]) == (404, 10003)
