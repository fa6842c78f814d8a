"""Faults on demand: what each kind does, how often, for how long, and to whom."""

from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from playground.discord.chaos import GATEWAY_KINDS, KINDS
from playground.discord.interactions import Interaction
from tests.playground.discord.conftest import People
from tests.playground.discord.gateway_client import closed_with, dialled, identified, op
from tests.playground.discord.refusals.scene import callback_of, register, unhurried, webhook_of

Send = Callable[[People], Awaitable[tuple[int, Any]]]


async def lounge(people: People) -> str:
    return f"/channels/{people.local.world.channel('lounge').id}/messages"


async def interaction(people: People, user: str = "ada") -> Interaction:
    """A slash command's interaction, with an hour of real time left to answer it."""
    await register(people, {"name": "a", "description": "a"})
    return unhurried(people, await people.slash("a", user=user, channel="lounge", wait=0))


async def contents(people: People) -> list[str]:
    seen = (await people.get("messages?user=ada&channel=lounge"))["messages"]
    return [one["content"] for one in seen]


async def read_user(people: People) -> int:
    return (await people.rest("GET", "/users/@me"))[0]


async def test_created_message_exists_although_the_answer_says_500(people: People) -> None:
    path = await lounge(people)
    await people.post("chaos", kind="accept_then_500")
    status, answer = await people.rest("POST", path, {"content": "x"})
    assert (status, answer) == (500, {"message": "500: Internal Server Error", "code": 0})
    assert await contents(people) == ["x"]
    assert (await people.rest("POST", path, {"content": "y"}))[0] == 200


async def test_strikes_each_so_many_th_fitting_request_without_an_end_and_counts(people: People) -> None:
    said = await people.post("chaos", kind="500", every=3, route="/users/@me")
    assert (said["active"], said["struck"], said["asked"]) == (["500"], {}, 0)
    assert [await read_user(people) for _ in range(7)] == [200, 200, 500, 200, 200, 500, 200]
    said = await people.post("chaos", kind="reset")
    assert (said["active"], said["struck"], said["asked"]) == ([], {"500": 2}, 7)


@pytest.mark.parametrize("every", [0, 1.5, -1, "x"])
async def test_refuses_to_strike_each_so_many_th_request_of_no_number(people: People, every: object) -> None:
    answer = await people.call("POST", "chaos", kind="500", every=every)
    assert (answer[0], answer[1]["error"]["code"]) == (400, "bad_field")


async def test_edit_holds_although_the_answer_says_500(people: People) -> None:
    path = await lounge(people)
    message = (await people.rest("POST", path, {"content": "x"}))[1]
    await people.post("chaos", kind="accept_then_500", route="PATCH /channels/")
    assert (await people.rest("PATCH", f"{path}/{message['id']}", {"content": "y"}))[0] == 500
    assert await contents(people) == ["y"]


async def test_callback_counts_although_the_answer_says_500(people: People) -> None:
    one = await interaction(people)
    await people.post("chaos", kind="accept_then_500", route="/callback")
    body = {"type": 4, "data": {"content": "x"}}
    assert (await people.rest("POST", callback_of(one), body))[0] == 500
    assert await contents(people) == ["x"]
    assert (await people.rest("POST", callback_of(one), body))[1]["code"] == 40060


async def test_followup_and_its_edit_exist_although_the_answers_say_500(people: People) -> None:
    one = await interaction(people)
    await people.rest("POST", callback_of(one), {"type": 4, "data": {"content": "first"}})
    await people.post("chaos", kind="accept_then_500", count=2, route="/webhooks/")
    assert (await people.rest("POST", webhook_of(one), {"content": "second"}))[0] == 500
    original = f"{webhook_of(one)}/messages/@original"
    assert (await people.rest("PATCH", original, {"content": "changed"}))[0] == 500
    assert await contents(people) == ["changed", "second"]


async def test_refused_body_is_refused_as_ever_under_accept_then_500(people: People) -> None:
    await people.post("chaos", kind="accept_then_500")
    status, answer = await people.rest("POST", await lounge(people), {"content": ""})
    assert (status, answer["code"]) == (400, 50006)


async def test_500_does_nothing(people: People) -> None:
    await people.post("chaos", kind="500")
    assert (await people.rest("POST", await lounge(people), {"content": "x"}))[0] == 500
    assert await contents(people) == []


async def test_deny_refuses_in_channels_only(people: People) -> None:
    await people.post("chaos", kind="deny")
    assert await read_user(people) == 200
    status, answer = await people.rest("POST", await lounge(people), {"content": "x"})
    assert (status, answer["code"]) == (403, 50013)
    assert await contents(people) == []
    assert (await people.rest("POST", await lounge(people), {"content": "x"}))[0] == 200


async def test_drop_cuts_the_connection_without_a_word(people: People) -> None:
    async with dialled(people) as socket:
        await identified(socket, people)
        await people.post("chaos", kind="drop")
        assert await closed_with(socket) == 1006


async def test_gateway_kind_spares_other_bots(people: People) -> None:
    await people.post("applications", name="Other")
    async with dialled(people) as socket:
        await identified(socket, people)
        await people.post("chaos", kind="op7", bot="Other")
        await socket.send_str(op(1))
        assert (await socket.receive_json())["op"] == 11


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ({}, [500, 200, 200]),
        ({"count": 2}, [500, 500, 200]),
        ({"count": 0}, [200, 200, 200]),
        ({"count": 1e300}, [500, 500, 500]),
        ({"for_s": 3600}, [500, 500, 500]),
        ({"for_s": 0}, [200, 200, 200]),
        ({"for_s": 3600, "count": 1}, [500, 200, 200]),
        ({"for_s": 0, "count": 5}, [200, 200, 200]),
    ],
    ids=str,
)
async def test_fault_strikes_as_often_and_as_long_as_asked(
    people: People, given: dict[str, Any], expected: list[int]
) -> None:
    await people.post("chaos", kind="500", **given)
    assert [await read_user(people) for _ in expected] == expected


async def test_fault_is_over_when_its_time_is(people: People) -> None:
    await people.post("chaos", kind="500", for_s=3600)
    assert await read_user(people) == 500
    fault = people.local.chaos.faults[0]
    assert fault.ends_s is not None
    fault.ends_s -= 3600
    assert await read_user(people) == 200
    assert (await people.post("chaos", kind="reset"))["active"] == []


async def test_only_faults_that_can_still_strike_are_active(people: People) -> None:
    for count in (0, 2, 0):
        answer = await people.post("chaos", kind="500", count=count)
    assert answer["active"] == ["500"]
    await read_user(people)
    await read_user(people)
    assert (await people.post("chaos", kind="deny"))["active"] == ["deny"]


async def test_reset_ends_everything(people: People) -> None:
    for kind in sorted(set(KINDS) - GATEWAY_KINDS):
        await people.post("chaos", kind=kind, for_s=3600)
    assert len(people.local.chaos.active()) == len(KINDS) - len(GATEWAY_KINDS)
    assert (await people.post("chaos", kind="reset"))["active"] == []
    assert (await people.rest("POST", await lounge(people), {"content": "x"}))[0] == 200


async def test_route_narrows_by_method_pattern_or_path(people: People) -> None:
    path = await lounge(people)
    for route in ("POST /channels/{channel_id}/messages", path, "/messages"):
        await people.post("chaos", kind="500", route=route)
        assert await read_user(people) == 200
        assert (await people.rest("GET", "/gateway"))[0] == 200
        assert (await people.rest("POST", path, {"content": "x"}))[0] == 500, route
    await people.post("chaos", kind="500", route="DELETE ")
    assert (await people.rest("POST", path, {"content": "x"}))[0] == 200


async def test_user_narrows_to_answers_for_that_member(people: People) -> None:
    for_ada, for_ben = await interaction(people, "ada"), await interaction(people, "ben")
    await people.post("chaos", kind="500", for_s=3600, user="ada")
    assert (await people.rest("POST", callback_of(for_ben), {"type": 5}))[0] == 204
    assert (await people.rest("POST", callback_of(for_ada), {"type": 5}))[0] == 500
    assert (await people.rest("PATCH", f"{webhook_of(for_ben)}/messages/@original", {"content": "x"}))[
        0
    ] == 200
    assert await read_user(people) == 200


async def test_user_may_be_the_bot_that_calls(people: People) -> None:
    await people.post("chaos", kind="500", user="limner", count=1)
    assert await read_user(people) == 500
    assert await read_user(people) == 200


@pytest.mark.parametrize(
    ("given", "status", "code"),
    [
        ({}, 400, "missing_field"),
        ({"kind": "earthquake"}, 400, "unknown_kind"),
        ({"kind": "500", "count": -1}, 400, "bad_field"),
        ({"kind": "500", "count": 1.5}, 400, "bad_field"),
        ({"kind": "500", "count": "often"}, 400, "bad_field"),
        ({"kind": "500", "for_s": -1}, 400, "bad_field"),
        ({"kind": "500", "for_s": "long"}, 400, "bad_field"),
        ({"kind": "500", "route": 7}, 400, "bad_field"),
        ({"kind": "500", "user": "nobody"}, 404, "unknown_user"),
        ({"kind": "op7", "bot": "nobody"}, 404, "unknown_application"),
    ],
    ids=str,
)
async def test_refuses_a_fault_that_makes_no_sense(
    people: People, given: dict[str, Any], status: int, code: str
) -> None:
    got, answer = await people.call("POST", "chaos", **given)
    assert (got, answer["error"]["code"]) == (status, code)
    assert people.local.chaos.active() == []
