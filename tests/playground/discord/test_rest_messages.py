"""Messages by a channel's routes: nonces, edits, files, replies, deletion in bulk, pins, reactions, direct messages."""

import asyncio
import json
from typing import Any

import aiohttp

from tests.playground.discord.conftest import People, Value
from tests.playground.discord.ear import Ear
from tests.playground.discord.refusals.parts import TEXT, v2
from tests.playground.discord.refusals.scene import (
    channel,
    closed_dm,
    dm,
    good,
    her_id,
    hers,
    own,
    strange_dm,
)
from tests.playground.discord.sample_bot import PNG

DICE = "%F0%9F%8E%B2"


async def sent(people: People, method: str, path: str, body: Value, *names: str) -> Value:
    """Send a body with pictures of these names and return the answer."""
    form = aiohttp.FormData()
    form.add_field("payload_json", json.dumps(body), content_type="application/json")
    for index, name in enumerate(names):
        form.add_field(f"files[{index}]", PNG, filename=name)
    headers = {"Authorization": f"Bot {people.about['token']}"}
    async with people.session.request(
        method, people.about["api"] + path, data=form, headers=headers
    ) as response:
        assert response.status == 200, await response.text()
        return await response.json()


def gallery(name: str) -> dict[str, Any]:
    return {"type": 12, "items": [{"media": {"url": f"attachment://{name}"}}]}


async def count(people: People, where: str = "lounge") -> int:
    return len((await people.get(f"messages?user=ada&channel={where}"))["messages"])


async def test_a_nonce_counts_for_some_minutes_in_one_channel(people: People) -> None:
    lounge, gallery_path = await channel(people), await channel(people, "gallery")
    body = {"content": "x", "nonce": "7", "enforce_nonce": True}
    first = (await good(people, "POST", f"{lounge}/messages", body))["id"]
    assert (await good(people, "POST", f"{lounge}/messages", body))["id"] == first
    assert (await good(people, "POST", f"{gallery_path}/messages", body))["id"] != first
    await people.post("clock", advance_s=600)
    assert (await good(people, "POST", f"{lounge}/messages", body))["id"] != first


async def test_the_same_nonce_twice_at_once_makes_one_message(people: People) -> None:
    path = f"{await channel(people)}/messages"
    body = {"nonce": "7", "enforce_nonce": True, "attachments": [{"id": 0}]}
    both = await asyncio.gather(*(sent(people, "POST", path, body, "a.png") for _ in range(2)))
    assert both[0]["id"] == both[1]["id"]
    assert await count(people) == 1
    assert len(people.local.files.by_id) == 1


async def test_an_accepted_message_whose_answer_failed_is_given_again_for_its_nonce(
    people: People, expected_on_the_wire: set[int | str]
) -> None:
    expected_on_the_wire.add(500)
    path = f"{await channel(people)}/messages"
    body = {"content": "x", "nonce": "7", "enforce_nonce": True}
    await people.post("chaos", kind="accept_then_500", count=1)
    assert (await people.rest("POST", path, body))[0] == 500
    assert await count(people) == 1
    await good(people, "POST", path, body)
    assert await count(people) == 1


async def test_bots_are_not_told_of_files_that_components_show(people: People, ear: Ear) -> None:
    """`attachments` holds only what nothing else shows; people's view lists every file."""
    path = f"{await channel(people)}/messages"
    made = await sent(people, "POST", path, v2(gallery("a.png")), "a.png", "b.png")
    told = await ear.hear("MESSAGE_CREATE")
    for message in (made, told, await good(people, "GET", f"{path}/{made['id']}")):
        assert [one["filename"] for one in message["attachments"]] == ["b.png"]
        media = message["components"][0]["items"][0]["media"]
        assert (media["width"], media["height"], media["content_type"]) == (16, 32, "image/png")
    embedded = await sent(
        people, "POST", path, {"embeds": [{"image": {"url": "attachment://a.png"}}]}, "a.png"
    )
    assert embedded["attachments"] == []
    seen = (await people.get("messages?user=ada&channel=lounge"))["messages"]
    assert [len(one["attachments"]) for one in seen] == [2, 1]


async def test_an_edit_appends_files_unless_it_lists_what_stays(people: People) -> None:
    path = f"{await channel(people)}/messages"
    made = await sent(people, "POST", path, {"content": "x"}, "a.png")
    both = await sent(people, "PATCH", f"{path}/{made['id']}", {}, "b.png")
    assert [one["filename"] for one in both["attachments"]] == ["a.png", "b.png"]
    one = await sent(
        people, "PATCH", f"{path}/{made['id']}", {"attachments": [{"id": 0, "description": "new"}]}, "c.png"
    )
    assert [(each["filename"], each["description"]) for each in one["attachments"]] == [("c.png", "new")]
    assert len(people.local.files.by_id) == 1


async def test_an_edit_to_v2_empties_the_old_fields_and_cannot_be_taken_back(people: People) -> None:
    path = await own(people)
    changed = await good(people, "PATCH", path, v2(TEXT, content=None, embeds=[]))
    assert (changed["flags"], changed["content"]) == (1 << 15, "")
    still = await good(people, "PATCH", path, {"flags": 0})
    assert still["flags"] == 1 << 15
    assert (await people.rest("PATCH", path, {"content": "x"}))[1]["code"] == 50035


async def test_a_channel_message_cannot_be_ephemeral(people: People) -> None:
    made = await good(
        people, "POST", f"{await channel(people)}/messages", {"content": "x", "flags": 64 | 1 << 12}
    )
    assert made["flags"] == 1 << 12
    assert (await people.get("messages?user=ben&channel=lounge"))["messages"][0]["id"] == made["id"]


async def test_a_moderating_bot_hides_the_embeds_of_others(people: People) -> None:
    path = await hers(people)
    assert (await people.rest("PATCH", path, {"flags": 4}))[1]["code"] == 50013
    await people.post("world", permissions=[{"channel": "lounge", "allow": ["MANAGE_MESSAGES"]}])
    assert (await good(people, "PATCH", path, {"flags": 4}))["flags"] == 4
    assert (await people.rest("PATCH", path, {"flags": 4, "content": "x"}))[1]["code"] == 50005


async def test_a_reply_carries_what_it_answers(people: People) -> None:
    lounge, message_id = await channel(people), await her_id(people)
    body = {"content": "x", "message_reference": {"message_id": message_id}}
    reply = await good(people, "POST", f"{lounge}/messages", body)
    assert (reply["type"], reply["referenced_message"]["id"]) == (19, message_id)
    absent = {"message_id": "1", "fail_if_not_exists": False}
    lone = await good(people, "POST", f"{lounge}/messages", {"content": "x", "message_reference": absent})
    assert lone["referenced_message"] is None


async def test_what_a_reply_answers_comes_without_reactions_and_without_what_it_answers_itself(
    people: People,
) -> None:
    lounge, message_id = await channel(people), await her_id(people)
    first = await good(
        people,
        "POST",
        f"{lounge}/messages",
        {"content": "x", "message_reference": {"message_id": message_id}},
    )
    await people.post("react", user="ada", message_id=first["id"], emoji="🎲")
    body = {"content": "y", "message_reference": {"message_id": first["id"]}}
    second = await good(people, "POST", f"{lounge}/messages", body)
    assert second["referenced_message"]["id"] == first["id"]
    assert {"reactions", "referenced_message"} & second["referenced_message"].keys() == set()


async def test_a_deletion_in_bulk_is_one_event(people: People, ear: Ear) -> None:
    lounge = await channel(people)
    await people.post("world", permissions=[{"channel": "lounge", "allow": ["MANAGE_MESSAGES"]}])
    ids = [(await people.post("say", user="ada", channel="lounge", content="x"))["id"] for _ in range(3)]
    young_nobody = str(int(ids[-1]) + 1)
    body = {"messages": [*ids[:2], young_nobody]}
    assert (await people.rest("POST", f"{lounge}/messages/bulk-delete", body))[0] == 204
    assert sorted((await ear.hear("MESSAGE_DELETE_BULK"))["ids"]) == sorted(ids[:2])
    assert "MESSAGE_DELETE" not in ear.names
    assert await count(people) == 1


async def test_pins_come_in_pages_by_the_time_of_pinning(people: People, ear: Ear) -> None:
    lounge = await channel(people)
    await people.post("world", permissions=[{"channel": "lounge", "allow": ["PIN_MESSAGES"]}])
    ids = [(await people.post("say", user="ada", channel="lounge", content="x"))["id"] for _ in range(3)]
    for message_id in (ids[2], ids[0], ids[1]):
        assert (await people.rest("PUT", f"{lounge}/messages/pins/{message_id}"))[0] == 204
    assert (await ear.hear("CHANNEL_PINS_UPDATE"))["last_pin_timestamp"]
    first = await good(people, "GET", f"{lounge}/messages/pins?limit=2")
    assert ([one["message"]["id"] for one in first["items"]], first["has_more"]) == ([ids[1], ids[0]], True)
    before = first["items"][-1]["pinned_at"].replace("+", "%2B")
    rest = await good(people, "GET", f"{lounge}/messages/pins?limit=2&before={before}")
    assert ([one["message"]["id"] for one in rest["items"]], rest["has_more"]) == ([ids[2]], False)
    assert (await people.rest("DELETE", f"{lounge}/pins/{ids[1]}"))[0] == 204
    assert [one["id"] for one in (await people.rest("GET", f"{lounge}/pins"))[1]] == [ids[0], ids[2]]


async def test_reads_nothing_without_the_history(people: People) -> None:
    lounge, _ = await channel(people), await her_id(people)
    await people.post("world", permissions=[{"channel": "lounge", "deny": ["READ_MESSAGE_HISTORY"]}])
    assert (await people.rest("GET", f"{lounge}/messages")) == (200, [])
    assert (await people.rest("GET", f"{lounge}/messages/pins"))[1] == {"items": [], "has_more": False}


async def test_a_known_reaction_needs_no_permission_to_add(people: People, ear: Ear) -> None:
    path, message_id = await hers(people), await her_id(people)
    await people.post("world", permissions=[{"channel": "lounge", "deny": ["ADD_REACTIONS"]}])
    await people.post("react", user="ada", message_id=message_id, emoji="🎲")
    assert (await people.rest("PUT", f"{path}/reactions/{DICE}/@me"))[0] == 204
    added = [await ear.hear("MESSAGE_REACTION_ADD") for _ in range(2)]
    assert [one["user_id"] for one in added] == [
        people.local.world.user("ada").id,
        people.about["application_id"],
    ]
    shown = await good(people, "GET", path)
    assert [(one["emoji"]["name"], one["count"], one["me"]) for one in shown["reactions"]] == [
        ("🎲", 2, True)
    ]
    users = (await people.rest("GET", f"{path}/reactions/{DICE}?limit=1"))[1]
    assert len(users) == 1


async def test_an_emoji_that_is_not_encoded_is_unknown(people: People) -> None:
    """Over a bare socket: clients encode by themselves."""
    path = await hers(people)
    host, port = people.about["base"].removeprefix("http://").split(":")
    reader, writer = await asyncio.open_connection(host, int(port))
    head = f"PUT /api/v10{path}/reactions/🎲/@me HTTP/1.1\r\nHost: {host}:{port}\r\nContent-Length: 0\r\n"
    agent = "User-Agent: DiscordBot (https://limner.invalid, 1)\r\nConnection: close\r\n"
    writer.write(f"{head}{agent}Authorization: Bot {people.about['token']}\r\n\r\n".encode())
    answer = await reader.read()
    writer.close()
    assert b" 400 " in answer.splitlines()[0]
    assert not people.local.messages.by_id[await her_id(people)].reactions


async def test_people_may_close_their_direct_messages(people: People) -> None:
    path = await dm(people)
    await good(people, "POST", f"{path}/messages", {"content": "x"})
    await closed_dm(people)
    assert (await people.rest("POST", f"{path}/messages", {"content": "x"}))[1]["code"] == 50007
    await people.post("world", users=[{"name": "ada", "takes_dms": True}])
    await good(people, "POST", f"{path}/messages", {"content": "x"})


async def test_an_install_brings_a_stranger_into_reach(people: People) -> None:
    path = await strange_dm(people)
    assert (await people.rest("POST", f"{path}/messages", {"content": "x"}))[1]["code"] == 50278
    await people.post("world", installs=[{"user": "stranger"}])
    await good(people, "POST", f"{path}/messages", {"content": "x"})
