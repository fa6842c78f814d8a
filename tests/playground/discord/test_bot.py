"""A real discord.py bot over the real wire."""

import base64
from pathlib import Path
from typing import Any

import aiohttp
import discord
import pytest

from playground.discord.app import running
from playground.discord.local import LocalDiscord
from tests.playground.discord.conftest import People, connected
from tests.playground.discord.sample_bot import PNG, SampleBot
from tests.waiting import until


def ids_of(message: dict[str, Any]) -> list[str]:
    container = message["components"][0]
    return [one["custom_id"] for row in container["components"][2:] for one in row["components"]]


async def test_defers_and_fills_the_message_with_a_picture(people: People, bot: SampleBot) -> None:
    answer = await people.slash("portrait", options={"seed": 7}, wait="done")
    message = answer["message"]
    assert answer["callback"] == 5
    assert answer["ack_ms"] > 0
    assert not answer["timed_out"]
    assert message["flags"] == 1 << 15
    gallery = message["components"][0]["components"][1]
    assert gallery["items"][0]["description"] == "a face"
    assert (gallery["items"][0]["media"]["width"], gallery["items"][0]["media"]["height"]) == (16, 32)
    async with people.session.get(gallery["items"][0]["media"]["url"]) as response:
        assert await response.read() == PNG
        assert response.content_type == "image/png"


async def test_button_and_select_reach_a_bot_that_was_restarted(
    people: People, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with connected(people.about, monkeypatch):
        message = (await people.slash("portrait", options={"seed": 3}, wait="done"))["message"]
    async with connected(people.about, monkeypatch):
        again, style = ids_of(message)
        clicked = await people.post("click", user="ben", message_id=message["id"], custom_id=again)
        assert clicked["message"]["content"] == "again 3"
        assert clicked["ephemeral"]
        chosen = await people.post(
            "click", user="ada", message_id=message["id"], custom_id=style, values=["ink"]
        )
        assert chosen["callback"] == 7
        assert chosen["message"]["id"] == message["id"]
        assert chosen["message"]["components"][0]["content"] == "style ink"
        assert chosen["message"]["attachments"] == []


async def test_modal_carries_text_choice_and_file(people: People, bot: SampleBot) -> None:
    asked = await people.slash("ask")
    assert asked["callback"] == 9
    assert asked["modal"]["title"] == "Edit"
    picture = {"filename": "me.png", "base64": base64.b64encode(PNG).decode()}
    answer = await people.post(
        "submit",
        user="ada",
        interaction_id=asked["interaction_id"],
        fields={"words": "grey hair", "size": ["big"]},
        files={"picture": picture},
    )
    assert answer["message"]["content"] == "grey hair|['big']|['me.png']"


async def test_autocomplete_answers_with_choices(people: People, bot: SampleBot) -> None:
    about = {"user": "ada", "channel": "portraits", "name": "pick", "option": "style", "value": "in"}
    assert (await people.post("autocomplete", **about))["choices"] == [{"name": "ink", "value": "ink"}]


async def test_ephemeral_answer_is_seen_by_its_user_only(people: People, bot: SampleBot) -> None:
    picture = {"filename": "a b.png", "base64": base64.b64encode(PNG).decode()}
    answer = await people.slash("whisper", files={"picture": picture})
    assert answer["message"]["content"] == f"a_b.png {len(PNG)}"
    seen_by = {}
    for user in ("ada", "ben"):
        seen_by[user] = [
            one["id"] for one in (await people.get(f"messages?user={user}&channel=portraits"))["messages"]
        ]
    assert answer["message"]["id"] in seen_by["ada"]
    assert answer["message"]["id"] not in seen_by["ben"]


async def test_private_answers_take_no_room_in_a_page_of_the_history(people: People, bot: SampleBot) -> None:
    for number in range(3):
        await people.post("say", user="ada", channel="portraits", content=str(number))
        await people.slash("whisper")
    state = await people.get("state")
    channel_id = next(one["id"] for one in state["channels"] if one["name"] == "portraits")
    path = f"/channels/{channel_id}/messages?limit=2"
    _, newest = await people.rest("GET", path)
    _, oldest = await people.rest("GET", f"{path}&after=1")

    assert [one["content"] for one in newest] == ["2", "1"]
    assert [one["content"] for one in oldest] == ["1", "0"]


async def test_reaction_tells_the_bot_whose_message_it_was(people: People, bot: SampleBot) -> None:
    message = (await people.slash("portrait", wait="done"))["message"]
    await people.post("react", user="ben", message_id=message["id"], emoji="🔁")
    ben = next(one["id"] for one in (await people.get("state"))["users"] if one["username"] == "ben")
    await until(lambda: bot.heard)
    assert f"reaction 🔁 on {people.about['application_id']} by {ben}" in bot.heard


async def test_letter_arrives_in_the_dm_and_the_loading_message_goes(people: People, bot: SampleBot) -> None:
    answer = await people.slash("letter", wait="done")
    assert answer["deleted"]
    assert answer["message"] is None
    assert [one["content"] for one in answer["messages"]] == ["sent"]
    letters = (await people.get("messages?user=ada&channel=dm"))["messages"]
    assert [one["content"] for one in letters] == ["a letter"]


async def test_message_menu_sees_the_content_of_anyones_message(people: People, bot: SampleBot) -> None:
    said = await people.post("say", user="ben", channel="lounge", content="a castle")
    about = {"user": "ada", "channel": "lounge", "type": "message", "message_id": said["id"]}
    answer = await people.post("context", name="Restyle image", **about)
    assert answer["message"]["content"] == "restyle a castle"


async def test_message_content_is_hidden_without_the_intent(people: People, bot: SampleBot) -> None:
    await people.post("say", user="ben", channel="lounge", content="secret")
    await until(lambda: bot.heard)
    assert bot.heard == ["message ''"]


async def test_second_answer_is_refused_with_40060(people: People, bot: SampleBot) -> None:
    await people.slash("twice")
    await until(lambda: bot.codes)
    assert bot.codes == [40060]


async def test_answer_after_three_seconds_is_refused_with_10062(people: People, bot: SampleBot) -> None:
    answer = await people.slash("late", wait=3.2)
    assert answer["timed_out"]
    assert answer["callback"] is None
    await until(lambda: bot.codes)
    assert bot.codes == [10062]


async def test_token_is_refused_with_50027_after_fifteen_minutes(people: People, bot: SampleBot) -> None:
    await people.slash("keep")
    await people.post("clock", advance_s=14 * 60)
    await bot.waiting[0].edit_original_response(content="in time")
    await people.post("clock", advance_s=61)
    with pytest.raises(discord.HTTPException) as caught:
        await bot.waiting[0].edit_original_response(content="too late")
    assert caught.value.code == 50027
    assert caught.value.status == 401


async def test_resumes_after_a_cut_connection_with_what_was_missed(people: People, bot: SampleBot) -> None:
    await people.post("chaos", kind="drop")
    await people.post("say", user="ben", channel="lounge", content="missed")
    await until(lambda: bot.heard and bot.resumed.is_set())
    assert bot.heard == ["message ''"]
    assert (await people.slash("portrait", wait="done"))["message"]["attachments"]


@pytest.mark.parametrize("kind", ["429_user", "429_global", "429_shared", "500"])
async def test_bot_gets_through_refusals_that_say_when_to_come_back(
    people: People, bot: SampleBot, kind: str
) -> None:
    await people.post("chaos", kind=kind, route="GET /users/{user_id}")
    user = await bot.fetch_user(bot.application_id or 0)
    assert (user.id, user.bot) == (bot.application_id, True)
    assert people.local.chaos.active() == []
    asked = (await people.local.transcript.read(0, 1_000))[0]
    statuses = [one["status"] for one in asked if one.get("path", "").endswith(f"/users/{user.id}")]
    assert statuses == [int(kind[:3]), 200]


async def test_accepted_but_answered_with_500_is_not_done_twice_under_a_nonce(
    people: People, bot: SampleBot
) -> None:
    lounge = next(one for one in bot.get_all_channels() if one.name == "lounge")
    assert isinstance(lounge, discord.TextChannel)
    await people.post("chaos", kind="accept_then_500", route="POST /channels/")
    await lounge.send("once", nonce="42")
    assert people.local.chaos.active() == []
    found = (await people.get("messages?user=ada&channel=lounge"))["messages"]
    assert [one["content"] for one in found] == ["once"]


async def test_everything_survives_a_restart_of_the_server(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    abouts: list[dict[str, Any]] = []
    ids: list[str] = []
    for _ in range(2):
        here = LocalDiscord(tmp_path, is_kept=True)
        async with running(here, 0), aiohttp.ClientSession() as session:
            people = People(session, here, here.announcement())
            abouts.append(people.about)
            if not ids:
                async with connected(people.about, monkeypatch):
                    message = (await people.slash("portrait", wait="done"))["message"]
                    await people.post("react", user="ada", message_id=message["id"], emoji="⭐")
                    ids.append(message["id"])
                continue
            again = (await people.get("messages?user=ada&channel=portraits"))["messages"][0]
            assert again["id"] == ids[0]
            assert again["reactions"][0]["me"]
            assert {one["name"] for one in (await people.get("commands"))["commands"]} >= {"portrait", "ask"}
            async with session.get(
                again["components"][0]["components"][1]["items"][0]["media"]["url"]
            ) as response:
                assert await response.read() == PNG
    for name in ("key", "token", "application_id", "public_key"):
        assert abouts[0][name] == abouts[1][name]
