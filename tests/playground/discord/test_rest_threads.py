"""Threads: from a message, without one, posts of a forum, archived and opened again."""

from tests.playground.discord.conftest import People
from tests.playground.discord.ear import Ear
from tests.playground.discord.refusals.scene import archived, channel, forum, good, her_id, hers, made


async def test_a_thread_of_a_message_bears_its_id(people: People, ear: Ear) -> None:
    path, message_id = await hers(people), await her_id(people)
    thread = await good(people, "POST", f"{path}/threads", {"name": "about it", "auto_archive_duration": 60})
    assert (thread["id"], thread["type"], thread["owner_id"]) == (
        message_id,
        11,
        people.about["application_id"],
    )
    assert (await ear.hear("THREAD_CREATE"))["newly_created"]
    parent = await good(people, "GET", path)
    assert parent["flags"] & 1 << 5
    assert parent["thread"]["id"] == message_id
    inside = await good(people, "POST", f"/channels/{message_id}/messages", {"content": "x"})
    assert inside["channel_id"] == message_id


async def test_a_thread_without_a_message_needs_its_type(
    people: People, expected_on_the_wire: set[int | str]
) -> None:
    """Without a type it would be a private thread, which is not here."""
    expected_on_the_wire.add(501)
    lounge = await channel(people)
    thread = await good(people, "POST", f"{lounge}/threads", {"name": "talk", "type": 11})
    assert thread["parent_id"] == lounge.rpartition("/")[2]
    assert (await people.rest("POST", f"{lounge}/threads", {"name": "talk"}))[0] == 501


async def test_a_post_comes_with_its_message(people: People, ear: Ear) -> None:
    path = await forum(people)
    post = await good(people, "POST", f"{path}/threads", {"name": "a face", "message": {"content": "x"}})
    assert (post["id"], post["message"]["content"]) == (post["message"]["id"], "x")
    assert post["message"]["channel_id"] == post["id"]
    await ear.hear("THREAD_CREATE")
    assert (await ear.hear("MESSAGE_CREATE"))["channel_id"] == post["id"]
    seen = await good(people, "GET", f"/channels/{post['id']}/messages/{post['id']}")
    assert seen["id"] == post["id"]


async def test_a_refused_post_leaves_no_thread_behind(people: People) -> None:
    path = await forum(people)
    before = len(people.local.world.channels)
    assert (await people.rest("POST", f"{path}/threads", {"name": "x", "message": {}}))[1]["code"] == 50006
    assert len(people.local.world.channels) == before


async def test_a_message_opens_an_archived_thread_again(people: People, ear: Ear) -> None:
    path = await archived(people)
    assert (await people.rest("PUT", f"{path}/thread-members/@me"))[1]["code"] == 50083
    await good(people, "POST", f"{path}/messages", {"content": "x"})
    while (told := await ear.hear("THREAD_UPDATE"))["thread_metadata"]["archived"]:
        pass
    assert told["id"] == path.rpartition("/")[2]
    assert (await people.rest("PUT", f"{path}/thread-members/@me"))[0] == 204
    assert [one["user_id"] for one in (await people.rest("GET", f"{path}/thread-members"))[1]] == [
        people.about["application_id"]
    ]


async def test_a_bot_archives_its_own_thread(people: People) -> None:
    lounge = await channel(people)
    thread = await good(people, "POST", f"{lounge}/threads", {"name": "talk", "type": 11})
    shut = await good(people, "PATCH", f"/channels/{thread['id']}", {"archived": True})
    assert shut["thread_metadata"]["archived"]
    foreign = await made(people, "other", "thread", parent="lounge")
    assert (await people.rest("PATCH", foreign, {"archived": True}))[1]["code"] == 50013
