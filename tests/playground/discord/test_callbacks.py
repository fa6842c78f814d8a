"""Answers to interactions: every callback with its body, deadlines, follow-ups of deferred answers."""

import time

import pytest

from playground.discord.interactions import ACK_S
from tests.playground.discord.conftest import People, Value
from tests.playground.discord.ear import Ear
from tests.playground.discord.refusals.parts import BUTTON, TEXT, command, label, line, modal, option, row, v2
from tests.playground.discord.refusals.scene import (
    answered_with,
    asked,
    callback_of,
    clicked,
    good,
    register,
    unhurried,
    webhook_of,
)

NO_RESOURCE = (None, None)


@pytest.mark.parametrize(
    ("body", "loading", "resource"),
    [
        ({"type": 4, "data": {"content": "x"}}, False, (4, "x")),
        ({"type": 5}, True, NO_RESOURCE),
        ({"type": 6}, False, NO_RESOURCE),
        ({"type": 7, "data": {"content": "y"}}, False, (7, "y")),
        (modal(label(line())), None, NO_RESOURCE),
    ],
    ids=lambda one: str(one.get("type")) if isinstance(one, dict) else "",
)
async def test_a_callback_says_what_came_of_it(
    people: People, ear: Ear, body: Value, loading: bool | None, resource: tuple[int | None, str | None]
) -> None:
    """With `with_response`; without it the answer is 204."""
    pressed = [
        await clicked(people, ear, {"content": "x", "components": [row(BUTTON)]}, "a") for _ in range(2)
    ]
    paths = [f"/interactions/{one['id']}/{one['token']}/callback" for one in pressed]
    assert await people.rest("POST", paths[0], body) == (204, None)
    answer = await good(people, "POST", paths[1] + "?with_response=true", body)
    about = answer["interaction"]
    assert (about["id"], about["type"], about.get("response_message_loading")) == (
        pressed[1]["id"],
        3,
        loading,
    )
    got = answer.get("resource", {})
    assert (got.get("type"), got.get("message", {}).get("content")) == resource


async def test_an_autocompletion_carries_what_is_typed_and_takes_choices(people: People, ear: Ear) -> None:
    await register(people, command(options=[option(autocomplete=True), option(name="size")]))
    body = {
        "user": "ada",
        "channel": "lounge",
        "name": "paint",
        "option": "seed",
        "value": "oi",
        "wait": 0.01,
    }
    await people.post("autocomplete", **body, options={"size": "big"})
    typed = await ear.hear("INTERACTION_CREATE")
    unhurried(people, {"interaction_id": typed["id"]})
    focused = {"name": "seed", "type": 3, "value": "oi", "focused": True}
    assert typed["data"]["options"] == [{"name": "size", "type": 3, "value": "big"}, focused]
    path = f"/interactions/{typed['id']}/{typed['token']}/callback?with_response=1"
    choices = [{"name": "Oil", "value": "oil", "name_localizations": {"de": "Öl"}}]
    answer = await good(people, "POST", path, {"type": 8, "data": {"choices": choices}})
    assert answer == {"interaction": {"id": typed["id"], "type": 4}}
    assert people.interaction(typed["id"]).choices == choices


async def test_an_answer_after_three_seconds_comes_too_late(people: People) -> None:
    late = await asked(people)
    late.sent_s = time.monotonic() - ACK_S - 0.1
    assert (await people.rest("POST", callback_of(late), {"type": 5}))[1]["code"] == 10062
    assert (await people.rest("POST", webhook_of(late), {"content": "x"}))[1]["code"] == 10015


async def test_the_first_follow_up_fills_a_private_loading_message(people: People) -> None:
    """It stays private whatever the follow-up says; the next one is a message of its own."""
    one = await answered_with(people, {"type": 5, "data": {"flags": 64}})
    assert people.local.messages.by_id[one.response_id or ""].wire["flags"] == 64 | 128
    first = await good(people, "POST", webhook_of(one), {"content": "x"})
    assert (first["id"], first["flags"], first["edited_timestamp"]) == (one.response_id, 64, None)
    second = await good(people, "POST", webhook_of(one), {"content": "y"})
    assert (second["flags"], one.followup_count) == (0, 1)
    visible = (await people.get("messages?user=ben&channel=portraits"))["messages"]
    assert [each["content"] for each in visible] == ["y"]
    own = (await people.get("messages?user=ada&channel=portraits"))["messages"]
    assert [each["content"] for each in own] == ["x", "y"]


async def test_an_edit_shows_v2_where_a_defer_could_not(people: People) -> None:
    one = await answered_with(people, {"type": 5})
    edited = await good(
        people, "PATCH", f"{webhook_of(one)}/messages/@original", v2(TEXT, flags=1 << 15 | 64)
    )
    assert edited["flags"] == 1 << 15
    assert (await good(people, "GET", f"{webhook_of(one)}/messages/@original"))["id"] == one.response_id
