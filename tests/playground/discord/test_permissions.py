"""The permissions that channel routes need, route by route as the table of routes says."""

import pytest

from playground.discord.routes import ROUTES, Route
from tests.playground.discord.conftest import People
from tests.playground.discord.refusals.scene import her_id

CHANNEL_ROUTES = [one for one in ROUTES if "{channel_id}" in one.pattern]
NEEDY_ROUTES = [(route, name) for route in CHANNEL_ROUTES for name in route.needs]


def named(route: Route) -> str:
    return f"{route.method} {route.pattern}"


async def called(people: People, route: Route) -> tuple[int, int]:
    """Return status and code of a call of the route in the lounge, about a message of ada's."""
    lounge = people.local.world.channel("lounge")
    values = {
        "channel_id": lounge.id,
        "message_id": await her_id(people),
        "emoji": "%F0%9F%8E%B2",
        "user_id": people.local.world.user("ada").id,
    }
    path = route.pattern
    for name, value in values.items():
        path = path.replace(f"{{{name}}}", value)
    body = {"content": "x"} if route.method == "POST" and path.endswith("/messages") else None
    status, answer = await people.rest(route.method, path, body)
    return status, answer["code"] if isinstance(answer, dict) and "code" in answer else 0


@pytest.mark.parametrize("route", CHANNEL_ROUTES, ids=named)
async def test_a_channel_that_cannot_be_seen_is_refused_with_50001(people: People, route: Route) -> None:
    await her_id(people)
    await people.post("world", permissions=[{"channel": "lounge", "deny": ["VIEW_CHANNEL"]}])
    assert await called(people, route) == (403, 50001)


@pytest.mark.parametrize(
    ("route", "name"), NEEDY_ROUTES, ids=lambda one: one if isinstance(one, str) else named(one)
)
async def test_a_missing_permission_is_refused_with_50013(people: People, route: Route, name: str) -> None:
    await people.post("world", permissions=[{"channel": "lounge", "deny": [name]}])
    assert await called(people, route) == (403, 50013)
    await people.post("world", permissions=[{"channel": "lounge", "allow": [name]}])
    assert (await called(people, route))[1] != 50013


async def test_roles_and_channel_rules_decide_together(people: People) -> None:
    """Everyone is denied, the bot's role allowed, and the bot itself denied again."""
    bot = people.about["application_id"]
    await people.post(
        "world",
        roles=[{"name": "painters", "permissions": ["VIEW_CHANNEL"]}],
        members=[{"user": bot, "roles": ["painters"]}],
        permissions=[{"channel": "lounge", "target": "@everyone", "deny": ["SEND_MESSAGES"]}],
    )
    path = f"/channels/{people.local.world.channel('lounge').id}/messages"
    assert (await people.rest("POST", path, {"content": "x"}))[1]["code"] == 50013
    await people.post(
        "world", permissions=[{"channel": "lounge", "target": "painters", "allow": ["SEND_MESSAGES"]}]
    )
    assert (await people.rest("POST", path, {"content": "x"}))[0] == 200
    await people.post("world", permissions=[{"channel": "lounge", "deny": ["SEND_MESSAGES"]}])
    assert (await people.rest("POST", path, {"content": "x"}))[1]["code"] == 50013


async def test_a_thread_needs_the_permission_of_threads(people: People) -> None:
    await people.post(
        "world",
        channels=[{"name": "talk", "kind": "thread", "parent": "lounge"}],
        permissions=[{"channel": "lounge", "deny": ["SEND_MESSAGES"]}],
    )
    path = f"/channels/{people.local.world.channel('talk').id}/messages"
    assert (await people.rest("POST", path, {"content": "x"}))[0] == 200
    await people.post("world", permissions=[{"channel": "lounge", "deny": ["SEND_MESSAGES_IN_THREADS"]}])
    assert (await people.rest("POST", path, {"content": "x"}))[1]["code"] == 50013


async def test_a_thread_of_somebody_else_is_deleted_by_who_may_manage_threads(people: People) -> None:
    thread = {"name": "talk", "kind": "thread", "parent": "lounge"}
    await people.post("world", channels=[thread])
    path = f"/channels/{people.local.world.channel('talk').id}"
    await people.post("world", permissions=[{"channel": "lounge", "allow": ["MANAGE_CHANNELS"]}])
    assert (await people.rest("DELETE", path))[1]["code"] == 50013
    await people.post("world", permissions=[{"channel": "lounge", "allow": ["MANAGE_THREADS"]}])
    assert (await people.rest("DELETE", path))[0] == 200


async def test_a_bot_names_itself_only_where_it_may(people: People) -> None:
    guild = people.local.world.guild("atelier").id
    path = f"/guilds/{guild}/members/@me"
    assert (await people.rest("PATCH", path, {"nick": "Painter"}))[1]["nick"] == "Painter"
    assert (await people.rest("PATCH", path, {"nick": ""}))[1]["nick"] is None
    assert (await people.rest("PATCH", path, {"nick": 5}))[1]["code"] == 50035
    assert (await people.rest("PATCH", path, {"nick": "x" * 33}))[1]["code"] == 50035
    await people.post("world", roles=[{"name": "@everyone", "permissions": ["VIEW_CHANNEL"]}])
    assert (await people.rest("PATCH", path, {"nick": "Painter"}))[1]["code"] == 50013
