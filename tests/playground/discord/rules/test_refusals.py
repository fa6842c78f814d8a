"""Bodies that Discord refuses, each with the code and the place that it names."""

from typing import Any

import pytest

from tests.playground.discord.conftest import People, Value

V2 = 1 << 15
TEXT = {"type": 10, "content": "x"}
BUTTON = {"type": 2, "style": 2, "label": "b", "custom_id": "a"}
OPTION = {"label": "o", "value": "v"}


def row(*components: dict[str, Any]) -> dict[str, Any]:
    return {"type": 1, "components": list(components)}


def v2(*components: dict[str, Any], **more: Value) -> dict[str, Any]:
    return {"flags": V2, "components": list(components), **more}


def select(**more: Value) -> dict[str, Any]:
    return {"type": 3, "custom_id": "s", "options": [OPTION], **more}


MESSAGES: dict[str, tuple[dict[str, Any], str, str]] = {
    "content over 2,000": ({"content": "x" * 2001}, "content", "BASE_TYPE_MAX_LENGTH"),
    "content beside v2": (
        v2(TEXT, content="x"),
        "content",
        "MESSAGE_CANNOT_USE_LEGACY_FIELDS_WITH_COMPONENTS_V2",
    ),
    "embeds beside v2": (
        v2(TEXT, embeds=[{"title": "x"}]),
        "embeds",
        "MESSAGE_CANNOT_USE_LEGACY_FIELDS_WITH_COMPONENTS_V2",
    ),
    "v2 component without the flag": ({"components": [TEXT]}, "components.0.type", "BASE_TYPE_CHOICES"),
    "button at the top": (v2(BUTTON), "components.0.type", "BASE_TYPE_CHOICES"),
    "41 nested components": (
        v2({"type": 17, "components": [TEXT] * 40}),
        "components",
        "COMPONENT_MAX_TOTAL_COMPONENTS_EXCEEDED",
    ),
    "4,001 characters over two texts": (
        v2({"type": 10, "content": "x" * 4000}, TEXT),
        "components",
        "COMPONENT_DISPLAYABLE_TEXT_SIZE_EXCEEDED",
    ),
    "container in a container": (
        v2({"type": 17, "components": [{"type": 17, "components": [TEXT]}]}),
        "components.0.components.0.type",
        "BASE_TYPE_CHOICES",
    ),
    "same custom id twice": (
        v2(row(BUTTON), row(BUTTON)),
        "components.1.components.0.custom_id",
        "COMPONENT_CUSTOM_ID_DUPLICATED",
    ),
    "same id twice": (v2(TEXT | {"id": 4}, TEXT | {"id": 4}), "components.1.id", "COMPONENT_ID_DUPLICATED"),
    "custom id over 100": (
        v2(row(BUTTON | {"custom_id": "x" * 101})),
        "components.0.components.0.custom_id",
        "BASE_TYPE_BAD_LENGTH",
    ),
    "label over 80": (
        v2(row(BUTTON | {"label": "x" * 81})),
        "components.0.components.0.label",
        "BASE_TYPE_MAX_LENGTH",
    ),
    "button without an id": (
        v2(row({"type": 2, "style": 1, "label": "x"})),
        "components.0.components.0.custom_id",
        "BUTTON_COMPONENT_CUSTOM_ID_REQUIRED",
    ),
    "link button without an address": (
        v2(row({"type": 2, "style": 5, "label": "x"})),
        "components.0.components.0.url",
        "BASE_TYPE_REQUIRED",
    ),
    "link button with a script": (
        v2(row({"type": 2, "style": 5, "label": "x", "url": "javascript:x"})),
        "components.0.components.0.url",
        "URL_TYPE_INVALID_SCHEME",
    ),
    "six buttons in a row": (
        v2(row(*[BUTTON | {"custom_id": str(index)} for index in range(6)])),
        "components.0.components",
        "BASE_TYPE_BAD_LENGTH",
    ),
    "select beside a button": (
        v2(row(BUTTON, select())),
        "components.0.components",
        "COMPONENT_LAYOUT_WIDTH_EXCEEDED",
    ),
    "26 options": (
        v2(row(select(options=[{"label": "o", "value": str(index)} for index in range(26)]))),
        "components.0.components.0.options",
        "BASE_TYPE_BAD_LENGTH",
    ),
    "same option twice": (
        v2(row(select(options=[OPTION, OPTION]))),
        "components.0.components.0.options.1.value",
        "SELECT_COMPONENT_OPTION_VALUE_DUPLICATED",
    ),
    "more values than options": (
        v2(row(select(max_values=2))),
        "components.0.components.0.max_values",
        "NUMBER_TYPE_MAX",
    ),
    "section without accessory": (
        v2({"type": 9, "components": [TEXT]}),
        "components.0.accessory",
        "BASE_TYPE_REQUIRED",
    ),
    "11 pictures in a gallery": (
        v2({"type": 12, "items": [{"media": {"url": "https://x.invalid/a.png"}}] * 11}),
        "components.0.items",
        "BASE_TYPE_BAD_LENGTH",
    ),
    "alt text over 1,024": (
        v2({"type": 12, "items": [{"media": {"url": "https://x.invalid/a.png"}, "description": "x" * 1025}]}),
        "components.0.items.0.description",
        "BASE_TYPE_BAD_LENGTH",
    ),
    "picture that was not uploaded": (
        v2({"type": 12, "items": [{"media": {"url": "attachment://a.png"}}]}),
        "components.0.items.0.media.url",
        "UNFURLED_MEDIA_ITEM_REFERENCED_ATTACHMENT_NOT_FOUND",
    ),
    "six legacy rows": (
        {"components": [row(BUTTON | {"custom_id": str(index)}) for index in range(6)]},
        "components",
        "BASE_TYPE_MAX_LENGTH",
    ),
    "embeds over 6,000": (
        {"embeds": [{"description": "x" * 4000}, {"description": "x" * 2001}]},
        "embeds",
        "MAX_EMBED_SIZE_EXCEEDED",
    ),
    "11 embeds": ({"embeds": [{"title": "x"}] * 11}, "embeds", "BASE_TYPE_MAX_LENGTH"),
    "parse beside a list": (
        {"content": "x", "allowed_mentions": {"parse": ["users"], "users": ["1"]}},
        "allowed_mentions",
        "MESSAGE_ALLOWED_MENTIONS_PARSE_EXCLUSIVE",
    ),
    "attachment without upload": (
        {"content": "x", "attachments": [{"id": 0, "filename": "a.png"}]},
        "attachments.0.id",
        "MESSAGE_ATTACHMENT_NOT_FOUND",
    ),
}


def found_codes(answer: dict[str, Any], place: str) -> list[str]:
    node = answer["errors"]
    for step in place.split("."):
        node = node[step]
    return [one["code"] for one in node["_errors"]]


@pytest.mark.parametrize("case", MESSAGES)
async def test_refuses_a_message_and_names_the_field(people: People, case: str) -> None:
    body, place, code = MESSAGES[case]
    lounge = next(one["id"] for one in (await people.get("state"))["channels"] if one["name"] == "lounge")
    status, answer = await people.rest("POST", f"/channels/{lounge}/messages", body)
    assert (status, answer["code"]) == (400, 50035)
    assert code in found_codes(answer, place)


async def test_refuses_an_empty_message_with_50006(people: People) -> None:
    lounge = next(one["id"] for one in (await people.get("state"))["channels"] if one["name"] == "lounge")
    assert (await people.rest("POST", f"/channels/{lounge}/messages", {"content": ""}))[1]["code"] == 50006


def command(**more: Value) -> dict[str, Any]:
    return {"name": "paint", "description": "Paint", **more}


def option(**more: Value) -> dict[str, Any]:
    return {"name": "seed", "description": "Seed", "type": 3, **more}


COMMANDS: dict[str, tuple[dict[str, Any], str, str]] = {
    "capital letter": (command(name="Paint"), "name", "APPLICATION_COMMAND_INVALID_NAME"),
    "space in a name": (command(name="paint it"), "name", "APPLICATION_COMMAND_INVALID_NAME"),
    "name over 32": (command(name="x" * 33), "name", "BASE_TYPE_BAD_LENGTH"),
    "no description": ({"name": "paint"}, "description", "BASE_TYPE_REQUIRED"),
    "description over 100": (command(description="x" * 101), "description", "BASE_TYPE_BAD_LENGTH"),
    "26 options": (
        command(options=[option(name=f"o{index}") for index in range(26)]),
        "options",
        "BASE_TYPE_MAX_LENGTH",
    ),
    "required after optional": (
        command(options=[option(), option(name="b", required=True)]),
        "options.1",
        "APPLICATION_COMMAND_OPTIONS_REQUIRED_INVALID",
    ),
    "same option twice": (
        command(options=[option(), option()]),
        "options.1",
        "APPLICATION_COMMAND_OPTIONS_NAME_DUPLICATE",
    ),
    "choices beside autocomplete": (
        command(options=[option(autocomplete=True, choices=[{"name": "a", "value": "a"}])]),
        "options.0.autocomplete",
        "APPLICATION_COMMAND_AUTOCOMPLETE_CHOICES",
    ),
    "choice of the wrong type": (
        command(options=[option(type=4, choices=[{"name": "a", "value": "a"}])]),
        "options.0.choices.0.value",
        "NUMBER_TYPE_COERCE",
    ),
    "subcommand beside an option": (
        command(options=[option(type=1), option(name="b")]),
        "options",
        "APPLICATION_COMMAND_OPTIONS_TYPE_INVALID",
    ),
    "menu with a description": (
        command(type=3, name="Restyle image"),
        "description",
        "APPLICATION_COMMAND_CONTEXT_MENU_DESCRIPTION_INVALID",
    ),
    "unknown context": (command(contexts=[3]), "contexts.0", "NUMBER_TYPE_MAX"),
}


@pytest.mark.parametrize("case", COMMANDS)
async def test_refuses_a_command_and_names_the_field(people: People, case: str) -> None:
    body, place, code = COMMANDS[case]
    path = f"/applications/{people.about['application_id']}/commands"
    status, answer = await people.rest("POST", path, body)
    assert (status, answer["code"]) == (400, 50035)
    assert code in found_codes(answer, place)


async def test_refuses_a_command_over_8000_characters(people: People) -> None:
    choices = [{"name": f"{index:02}" + "x" * 98, "value": f"{index:02}" + "y" * 98} for index in range(25)]
    options = [option(name=f"o{index}", choices=choices) for index in range(2)]
    path = f"/applications/{people.about['application_id']}/commands"
    status, answer = await people.rest("POST", path, command(options=options))
    assert status == 400
    assert answer["errors"]["_errors"][0]["code"] == "APPLICATION_COMMAND_TOO_LARGE"


async def test_refuses_the_101st_chat_command(people: People) -> None:
    path = f"/applications/{people.about['application_id']}/commands"
    bodies = [command(name=f"paint{index}") for index in range(101)]
    assert (await people.rest("PUT", path, bodies[:100]))[0] == 200
    assert (await people.rest("PUT", path, bodies))[1]["code"] == 30032


async def test_keeps_a_commands_id_when_it_is_registered_again(people: People) -> None:
    path = f"/applications/{people.about['application_id']}/commands"
    first = (await people.rest("PUT", path, [command(name_localizations={"de": "malen"})]))[1][0]
    second = (await people.rest("PUT", path, [command(description="Other")]))[1][0]
    assert first["id"] == second["id"]
    assert first["version"] != second["version"]
    assert first["name_localizations"] == {"de": "malen"}


def modal(**more: Value) -> dict[str, Any]:
    label = {"type": 18, "label": "l", "component": {"type": 4, "style": 1, "custom_id": "t"}}
    return {"type": 9, "data": {"title": "t", "custom_id": "m", "components": [label], **more}}


CALLBACKS: dict[str, tuple[dict[str, Any], str]] = {
    "title over 45": (modal(title="x" * 46), "data.title"),
    "six components": (modal(components=[{"type": 10, "content": "x"}] * 6), "data.components"),
    "button in a label": (
        modal(components=[{"type": 18, "label": "l", "component": BUTTON}]),
        "data.components.0.component.type",
    ),
    "disabled select": (
        modal(components=[{"type": 18, "label": "l", "component": select(disabled=True)}]),
        "data.components.0.component.disabled",
    ),
    "v2 flag on a defer": ({"type": 5, "data": {"flags": V2}}, "data.flags"),
    "choices for a command": ({"type": 8, "data": {"choices": []}}, "type"),
    "update without a message": ({"type": 7, "data": {"content": "x"}}, "type"),
}


@pytest.mark.parametrize("case", CALLBACKS)
async def test_refused_callback_leaves_the_interaction_open(people: People, case: str) -> None:
    body, place = CALLBACKS[case]
    path = f"/applications/{people.about['application_id']}/commands"
    await people.rest("PUT", path, [command()])
    started = await people.slash("paint", wait=0)
    assert started["timed_out"]
    interaction = people.interaction(started["interaction_id"])
    callback = f"/interactions/{interaction.id}/{interaction.token}/callback"
    status, answer = await people.rest("POST", callback, body)
    assert (status, answer["code"]) == (400, 50035)
    assert found_codes(answer, place)
    assert (await people.rest("POST", callback, {"type": 4, "data": {"content": "well"}}))[0] == 204
