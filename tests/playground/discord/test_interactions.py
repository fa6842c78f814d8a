"""Interactions as a bot gets them and answers them: every option, select and field, every callback, every deadline."""

from typing import Any

import pytest

from tests.playground.discord.conftest import People, Value
from tests.playground.discord.ear import Ear
from tests.playground.discord.refusals.parts import (
    BUTTON,
    TEXT,
    chooser,
    command,
    label,
    line,
    modal,
    option,
    options,
    row,
    v2,
)
from tests.playground.discord.refusals.scene import (
    answered_with,
    clicked,
    good,
    her_id,
    register,
    said_by_bot,
    unhurried,
)

FILE = {"filename": "a.txt", "base64": "YWJj"}
OPTION_TYPES = {
    "text": 3, "count": 4, "loud": 5, "who": 6, "where": 7, "role": 8, "anyone": 9, "factor": 10, "picture": 11,
}  # fmt: skip


async def test_every_type_of_option_arrives_with_what_it_means(people: People, ear: Ear) -> None:
    typed = [option(name=name, type=kind) for name, kind in OPTION_TYPES.items()]
    await register(people, command(options=typed))
    world = people.local.world
    ada, lounge = world.user("ada"), world.channel("lounge")
    moderators = world.role(lounge.guild_id or "", "moderators")
    given = {
        "text": "x", "count": 2, "loud": True, "who": "ada", "where": "lounge", "role": "moderators",
        "anyone": "moderators", "factor": 0.5,
    }  # fmt: skip
    await people.slash("paint", options=given, files={"picture": FILE}, wait=0)
    got = await ear.hear("INTERACTION_CREATE")
    values = {one["name"]: one["value"] for one in got["data"]["options"]}
    picture = values.pop("picture")
    ids = {"who": ada.id, "where": lounge.id, "role": moderators.id, "anyone": moderators.id}
    assert values == given | ids
    assert {one["name"]: one["type"] for one in got["data"]["options"]} == OPTION_TYPES
    resolved = got["data"]["resolved"]
    assert set(resolved) == {"users", "members", "roles", "channels", "attachments"}
    assert resolved["attachments"][picture]["ephemeral"]
    assert resolved["channels"][lounge.id]["permissions"] == str(world.permissions(lounge, ada.id))
    assert "user" not in resolved["members"][ada.id]
    assert got["attachment_size_limit"] == 10 * 1024 * 1024


async def test_subcommands_of_groups_nest(people: People, ear: Ear) -> None:
    leaf = option(name="mine", type=1, options=[option()])
    await register(people, command(options=[option(name="list", type=2, options=[leaf])]))
    await people.slash("paint", group="list", subcommand="mine", options={"seed": "x"}, wait=0)
    data = (await ear.hear("INTERACTION_CREATE"))["data"]
    chosen = {"name": "seed", "type": 3, "value": "x"}
    inner = {"name": "mine", "type": 1, "options": [chosen]}
    assert data["options"] == [{"name": "list", "type": 2, "options": [inner]}]


async def test_a_subcommand_stands_without_a_group(people: People, ear: Ear) -> None:
    await register(people, command(options=[option(name="mine", type=1), option(name="yours", type=1)]))
    await people.slash("paint", subcommand="mine", wait=0)
    data = (await ear.hear("INTERACTION_CREATE"))["data"]
    assert data["options"] == [{"name": "mine", "type": 1, "options": []}]


async def test_a_channel_of_another_type_is_not_offered(people: People) -> None:
    await register(people, command(options=[option(name="where", type=7, channel_types=[15])]))
    body = {"user": "ada", "channel": "lounge", "name": "paint", "wait": 0}
    status, answer = await people.call("POST", "slash", **body, options={"where": "lounge"})
    assert (status, answer["error"]["code"]) == (422, "invalid_choice")
    await people.post("world", channels=[{"name": "posts", "kind": "forum"}])
    assert (await people.call("POST", "slash", **body, options={"where": "posts"}))[0] == 200


@pytest.mark.parametrize(
    ("kind", "chosen", "sorts"),
    [
        (5, "ada", {"users", "members"}),
        (6, "moderators", {"roles"}),
        (7, "moderators", {"roles"}),
        (7, "ada", {"users", "members"}),
        (8, "lounge", {"channels"}),
    ],
)
async def test_selects_send_ids_and_what_they_mean(
    people: People, ear: Ear, kind: int, chosen: str, sorts: set[str]
) -> None:
    got = await clicked(people, ear, v2(row(chooser(kind))), values=[chosen])
    data = got["data"]
    assert (data["component_type"], data["custom_id"]) == (kind, "s")
    assert set(data["resolved"]) == sorts
    assert all(data["values"] == list(found) for found in data["resolved"].values())
    assert got["message"]["flags"] & 1 << 15


async def test_a_select_shows_its_presets(people: People) -> None:
    ada = people.local.world.user("ada").id
    preset = [{"type": "user", "id": ada}]
    path = await said_by_bot(people, v2(row(chooser(5, default_values=preset))))
    shown = (await good(people, "GET", path))["components"][0]["components"][0]
    assert (shown["default_values"], shown["min_values"], shown["max_values"]) == (preset, 1, 1)


FIELDS = [
    label(line(custom_id="words")),
    label(chooser(21, custom_id="radio", required=False, options=options(2))),
    label(chooser(22, custom_id="boxes", options=options(3))),
    label(chooser(23, custom_id="box", default=True)),
    label(chooser(19, custom_id="upload", required=False, max_values=2)),
]


async def submitted(people: People, ear: Ear, fields: dict[str, Any], **more: Value) -> dict[str, Any]:
    """Open the modal of five fields, submit it, and return the components as the bot got them, by custom id."""
    opened = await answered_with(people, modal(*FIELDS))
    await ear.hear("INTERACTION_CREATE")
    await people.post("submit", user="ada", interaction_id=opened.id, fields=fields, wait=0, **more)
    data = (await ear.hear("INTERACTION_CREATE"))["data"]
    assert [one["type"] for one in data["components"]] == [18] * 5
    found = {one["component"]["custom_id"]: one["component"] for one in data["components"]}
    return found | {"resolved": data.get("resolved")}


async def test_a_modal_sends_every_field_that_was_filled_in(people: People, ear: Ear) -> None:
    fields = {"words": "hi", "radio": "1", "boxes": ["0", "2"], "box": False}
    got = await submitted(people, ear, fields, files={"upload": [FILE, FILE]})
    assert (got["words"]["value"], got["radio"]["value"], got["box"]["value"]) == ("hi", "1", False)
    assert got["boxes"]["values"] == ["0", "2"]
    assert got["upload"]["values"] == list(got["resolved"]["attachments"])
    assert len(got["upload"]["values"]) == 2


async def test_a_modal_sends_fields_that_nobody_touched(people: People, ear: Ear) -> None:
    got = await submitted(people, ear, {"words": "hi", "boxes": ["0"]})
    assert (got["radio"]["value"], got["box"]["value"], got["upload"]["values"]) == (None, True, [])


async def test_a_text_in_a_modal_comes_back_without_its_words(people: People, ear: Ear) -> None:
    opened = await answered_with(people, modal(TEXT, label(line())))
    await ear.hear("INTERACTION_CREATE")
    await people.post("submit", user="ada", interaction_id=opened.id, fields={"t": "hi"}, wait=0)
    text, field = (await ear.hear("INTERACTION_CREATE"))["data"]["components"]
    assert (text.keys(), text["type"]) == ({"type", "id"}, 10)
    assert field["component"]["value"] == "hi"


@pytest.mark.parametrize(
    ("fields", "code"),
    [
        ({"boxes": ["0"]}, "missing_field"),
        ({"words": "hi"}, "invalid_length"),
        ({"words": "hi", "boxes": ["7"]}, "invalid_choice"),
        ({"words": "hi", "boxes": ["0"], "radio": "7"}, "invalid_choice"),
    ],
)
async def test_a_client_keeps_a_modal_open_until_it_is_right(
    people: People, fields: dict[str, Any], code: str
) -> None:
    opened = await answered_with(people, modal(*FIELDS))
    status, answer = await people.call(
        "POST", "submit", user="ada", interaction_id=opened.id, fields=fields, wait=0
    )
    assert (status, answer["error"]["code"]) == (422, code)


async def test_a_modal_of_a_button_carries_the_buttons_message_and_may_change_it(
    people: People, ear: Ear
) -> None:
    pressed = await clicked(people, ear, v2(row(BUTTON)), "a")
    await good(
        people, "POST", f"/interactions/{pressed['id']}/{pressed['token']}/callback", modal(label(line()))
    )
    unhurried(
        people,
        await people.post("submit", user="ada", interaction_id=pressed["id"], fields={"t": "x"}, wait=0),
    )
    sent = await ear.hear("INTERACTION_CREATE")
    assert sent["message"]["id"] == pressed["message"]["id"]
    path = f"/interactions/{sent['id']}/{sent['token']}/callback"
    await good(people, "POST", path, {"type": 7, "data": {"components": [TEXT]}})
    message = people.local.messages.by_id[sent["message"]["id"]]
    assert message.wire["components"][0]["content"] == "x"


async def test_context_menus_carry_their_targets(people: People, ear: Ear) -> None:
    await register(people, {"type": 2, "name": "Portray"}, {"type": 3, "name": "Restyle image"})
    await people.post(
        "context", user="ben", channel="lounge", name="Portray", type="user", target="ada", wait=0
    )
    data = (await ear.hear("INTERACTION_CREATE"))["data"]
    ada = people.local.world.user("ada").id
    assert (data["type"], data["target_id"], list(data["resolved"]["users"])) == (2, ada, [ada])
    message_id = await her_id(people)
    body = {
        "user": "ben",
        "channel": "lounge",
        "name": "Restyle image",
        "type": "message",
        "message_id": message_id,
    }
    await people.post("context", **body, wait=0)
    data = (await ear.hear("INTERACTION_CREATE"))["data"]
    assert data["resolved"]["messages"][message_id]["content"] == "of ada"


async def test_a_group_is_a_private_channel(people: People, ear: Ear) -> None:
    await register(people, command(integration_types=[1], contexts=[2]))
    await people.post(
        "world",
        installs=[{"user": "ada"}],
        channels=[{"name": "friends", "kind": "group", "recipients": ["ada", "ben"]}],
    )
    await people.slash("paint", channel="friends", wait=0)
    got = await ear.hear("INTERACTION_CREATE")
    assert (got["context"], got["channel"]["type"]) == (2, 3)
    assert int(got["app_permissions"]) == 1 << 14 | 1 << 15 | 1 << 17
    assert "member" not in got
    assert got["user"]["username"] == "ada"
    status, answer = await people.call("POST", "slash", user="ada", channel="lounge", name="paint", wait=0)
    assert (status, answer["error"]["code"]) == (422, "wrong_context")


async def test_the_bots_own_direct_channel_has_permissions_of_its_own(people: People, ear: Ear) -> None:
    await register(people, command())
    await people.slash("paint", channel="dm", wait=0)
    got = await ear.hear("INTERACTION_CREATE")
    assert got["context"] == 1
    assert int(got["app_permissions"]) == 1 << 14 | 1 << 15 | 1 << 17 | 1 << 18
