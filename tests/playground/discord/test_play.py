"""The `/play/` interface without a bot: inputs, permissions, places, clock, faults, streams, strangers."""

import asyncio
import json
from typing import Any

import aiohttp
import pytest
from yarl import URL

from playground.discord.actors import CALLS
from tests.playground.discord.conftest import People
from tests.playground.discord.refusals.scene import register
from tests.waiting import HANGS_AFTER_S

COMMAND = {
    "name": "paint",
    "description": "Paint",
    "options": [
        {"name": "style", "description": "s", "type": 3, "required": True, "min_length": 2, "max_length": 5},
        {"name": "seed", "description": "s", "type": 4, "min_value": 0, "max_value": 9},
        {"name": "size", "description": "s", "type": 3, "choices": [{"name": "Big", "value": "big"}]},
        {"name": "private", "description": "s", "type": 5},
        {"name": "picture", "description": "s", "type": 11},
    ],
}

INPUTS: dict[str, tuple[dict[str, Any], str]] = {
    "required option missing": ({}, "missing_option"),
    "unknown option": ({"style": "oil", "colour": "red"}, "unknown_option"),
    "string too short": ({"style": "o"}, "invalid_length"),
    "string too long": ({"style": "watercolour"}, "invalid_length"),
    "number above the range": ({"style": "oil", "seed": 10}, "out_of_range"),
    "number below the range": ({"style": "oil", "seed": -1}, "out_of_range"),
    "string for a number": ({"style": "oil", "seed": "1"}, "invalid_type"),
    "number for a string": ({"style": 1}, "invalid_type"),
    "string for a boolean": ({"style": "oil", "private": "yes"}, "invalid_type"),
    "value outside the choices": ({"style": "oil", "size": "small"}, "invalid_choice"),
    "text for a file": ({"style": "oil", "picture": "a.png"}, "invalid_type"),
}


async def lounge_id(people: People) -> str:
    return str(next(one["id"] for one in (await people.get("state"))["channels"] if one["name"] == "lounge"))


@pytest.mark.parametrize("case", INPUTS)
async def test_refuses_what_the_client_would_not_send(people: People, case: str) -> None:
    options, code = INPUTS[case]
    await register(people, COMMAND)
    body = {"user": "ada", "channel": "lounge", "name": "paint", "options": options, "wait": 0}
    status, answer = await people.call("POST", "slash", **body)
    assert (status, answer["error"]["code"]) == (422, code)
    assert (await people.call("POST", "slash", **body, raw=True))[0] == 200


async def test_answers_200_when_the_bot_says_nothing(people: People) -> None:
    await register(people, COMMAND)
    answer = await people.slash("paint", options={"style": "oil"}, wait=0.05)
    assert answer["timed_out"]
    assert answer["callback"] is answer["message"] is answer["ack_ms"] is None


@pytest.mark.parametrize(
    ("more", "status", "code"),
    [
        ({"name": "carve"}, 404, "unknown_command"),
        ({"user": "eve"}, 404, "unknown_user"),
        ({"channel": "cellar"}, 404, "unknown_channel"),
        ({"user": "limner"}, 422, "bot_user"),
    ],
)
async def test_names_what_is_unknown(people: People, more: dict[str, Any], status: int, code: str) -> None:
    await register(people, COMMAND)
    body = {
        "user": "ada",
        "channel": "lounge",
        "name": "paint",
        "options": {"style": "oil"},
        "wait": 0,
    } | more
    got, answer = await people.call("POST", "slash", **body)
    assert (got, answer["error"]["code"]) == (status, code)


async def test_offers_a_command_only_where_and_to_whom_it_is_meant(people: People) -> None:
    plain = {"name": "a", "description": "a"}
    await register(
        people,
        plain | {"name": "servers", "contexts": [0]},
        plain | {"name": "adult", "nsfw": True},
        plain | {"name": "moderate", "default_member_permissions": str(1 << 13)},
    )
    await people.post("world", channels=[{"name": "cellar", "kind": "age-restricted"}])
    cases = [
        ("servers", "ada", "dm", 422),
        ("servers", "ada", "lounge", 200),
        ("adult", "ada", "lounge", 422),
        ("adult", "ada", "cellar", 200),
        ("moderate", "ada", "lounge", 403),
        ("moderate", "mod", "lounge", 200),
    ]
    for name, user, channel, expected in cases:
        status, answer = await people.call("POST", "slash", user=user, channel=channel, name=name, wait=0)
        assert status == expected, (name, user, channel, answer)


async def test_user_install_works_where_the_bot_is_no_member(people: People) -> None:
    await register(
        people, {"name": "here", "description": "h", "integration_types": [0, 1], "contexts": [0, 1, 2]}
    )
    world = {
        "guilds": [{"name": "elsewhere", "bots": False}],
        "channels": [
            {"name": "hall", "guild": "elsewhere"},
            {"name": "friends", "kind": "group", "recipients": ["ada", "ben"]},
        ],
        "members": [{"user": "ada", "guild": "elsewhere"}],
    }
    await people.post("world", **world)
    body = {"user": "ada", "name": "here", "wait": 0}
    assert (await people.call("POST", "slash", **body, channel="hall"))[0] == 422
    await people.post("world", installs=[{"user": "ada"}])
    for channel in ("hall", "friends"):
        started = await people.post("slash", **body, channel=channel)
        interaction = people.interaction(started["interaction_id"])
        assert interaction.owners == {"1": interaction.user_id}


async def test_pages_messages_as_discord_does(people: People) -> None:
    said = [
        (await people.post("say", user="ada", channel="lounge", content=str(index)))["id"]
        for index in range(6)
    ]
    path = f"/channels/{await lounge_id(people)}/messages"

    async def contents(query: str) -> list[str]:
        return [one["content"] for one in (await people.rest("GET", f"{path}?{query}"))[1]]

    assert await contents("limit=2") == ["5", "4"]
    assert await contents(f"limit=2&before={said[3]}") == ["2", "1"]
    assert await contents(f"limit=2&after={said[1]}") == ["3", "2"]
    assert await contents(f"limit=3&around={said[2]}") == ["3", "2", "1"]


async def test_mentions_follow_allowed_mentions(people: People) -> None:
    ada = next(one["id"] for one in (await people.get("state"))["users"] if one["username"] == "ada")
    path = f"/channels/{await lounge_id(people)}/messages"
    shy = (await people.rest("POST", path, {"content": "@everyone"}))[1]
    assert not shy["mention_everyone"]
    await people.post("world", permissions=[{"channel": "lounge", "allow": ["MENTION_EVERYONE"]}])
    loud = (await people.rest("POST", path, {"content": f"<@{ada}> @everyone"}))[1]
    quiet = (
        await people.rest("POST", path, {"content": f"<@{ada}> @everyone", "allowed_mentions": {"parse": []}})
    )[1]
    assert ([one["id"] for one in loud["mentions"]], loud["mention_everyone"]) == ([ada], True)
    assert (quiet["mentions"], quiet["mention_everyone"]) == ([], False)
    seen = (await people.get("messages?user=ada&channel=lounge"))["messages"]
    assert seen[-1]["allowed_mentions"] == {"parse": []}


async def test_attachments_not_listed_in_an_edit_are_removed(people: People) -> None:
    path = f"/channels/{await lounge_id(people)}/messages"
    form = aiohttp.FormData()
    form.add_field("payload_json", json.dumps({"content": "x"}), content_type="application/json")
    for index in range(2):
        form.add_field(f"files[{index}]", b"abc", filename=f"{index}.txt")
    headers = {"Authorization": f"Bot {people.about['token']}"}
    async with people.session.post(people.about["api"] + path, data=form, headers=headers) as response:
        message = await response.json()
    kept = message["attachments"][1]
    edited = (await people.rest("PATCH", f"{path}/{message['id']}", {"attachments": [{"id": kept["id"]}]}))[1]
    assert [one["filename"] for one in edited["attachments"]] == ["1.txt"]
    async with people.session.get(message["attachments"][0]["url"]) as response:
        assert response.status == 404
    async with people.session.get(kept["url"], headers={"Range": "bytes=1-1"}) as response:
        assert (response.status, await response.read()) == (206, b"b")
    async with people.session.head(kept["url"]) as response:
        assert (response.status, response.headers["Content-Length"]) == (200, "3")


async def test_unknown_route_answers_501_and_stands_in_the_transcript(
    people: People, expected_on_the_wire: set[int | str]
) -> None:
    expected_on_the_wire.add(501)
    status, _ = await people.rest("GET", "/stage-instances/1")
    assert status == 501
    entries = (await people.get("transcript"))["entries"]
    assert entries[-1]["path"] == "/api/v10/stage-instances/1"
    assert (await people.get(f"transcript?after={entries[-1]['n']}"))["entries"] == []


async def test_stream_tells_what_the_user_sees(people: People) -> None:
    headers = {"X-Playground-Key": people.about["key"]}
    async with people.session.get(f"{people.about['base']}/play/events?user=ben", headers=headers) as stream:
        await stream.content.readuntil(b"\n\n")
        await people.post("say", user="ada", channel="lounge", content="hello")
        async with asyncio.timeout(HANGS_AFTER_S):
            item = (await stream.content.readuntil(b"\n\n")).decode()
    event, data = item.strip().split("\n")
    assert event == "event: MESSAGE_CREATE"
    assert json.loads(data.removeprefix("data: "))["content"] == "hello"


async def test_waits_for_a_message_to_become_as_asked(people: People) -> None:
    path = f"/channels/{await lounge_id(people)}/messages"
    message = (await people.rest("POST", path, {"content": "one"}))[1]
    until = {"message_id": message["id"], "until": {"text": "two"}}
    assert (await people.call("POST", "wait", **until, timeout_s=0.05))[0] == 408
    waiting = asyncio.create_task(people.post("wait", **until, timeout_s=HANGS_AFTER_S))
    await people.rest("PATCH", f"{path}/{message['id']}", {"content": "two"})
    assert (await waiting)["content"] == "two"
    gone = asyncio.create_task(
        people.post("wait", message_id=message["id"], until={"deleted": True}, timeout_s=HANGS_AFTER_S)
    )
    await people.rest("DELETE", f"{path}/{message['id']}")
    assert (await gone)["deleted"]


async def test_further_application_has_a_token_and_commands_of_its_own(people: People) -> None:
    other = await people.post("applications", name="Other Bot")
    headers = {"Authorization": f"Bot {other['token']}"}
    async with people.session.get(f"{people.about['api']}/users/@me", headers=headers) as response:
        assert (await response.json())["id"] == other["application_id"]
    await register(people, COMMAND)
    assert (await people.get(f"commands?bot={other['application_id']}"))["commands"] == []


@pytest.mark.parametrize("path", ["/play/state", "/api/v10/gateway", "/", "/gateway"])
@pytest.mark.parametrize(
    "headers", [{"Host": "evil.example"}, {"Origin": "https://evil.example"}, {"Origin": "null"}], ids=str
)
async def test_refuses_strangers(people: People, path: str, headers: dict[str, str]) -> None:
    async with people.session.get(people.about["base"] + path, headers=headers) as response:
        assert response.status == 403


@pytest.mark.parametrize("key", ["", "?key=", "?key=wrong"])
async def test_refuses_page_and_every_call_without_the_key(people: People, key: str) -> None:
    for method, name in [*CALLS, ("GET", "nothing")]:
        async with people.session.request(method, f"{people.about['base']}/play/{name}{key}") as response:
            assert response.status == 401, name
    async with people.session.get(people.about["base"] + key) as response:
        assert response.status == 403


async def test_listens_on_one_address_of_loopback_only(people: People) -> None:
    port = URL(people.about["base"]).port
    with pytest.raises(OSError):  # noqa: PT011 (refused, or no such address, as the system has it)
        await asyncio.open_connection("127.0.0.2", port)
