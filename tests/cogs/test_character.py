"""`/character` as people meet it, over the wire of a local Discord."""

import base64
from dataclasses import replace

from services.addresses import origins_of
from tests.cogs.house import House, Json, button, ids, parts, said
from tests.services.brought import photo

GIRL = "A young girl with short red hair, wearing a purple dress"


async def character(
    house: House, verb: str, *, user: str = "ada", group: str = "", **options: object
) -> Json:
    """Type `/character VERB` and return the answer's message."""
    body: Json = {"user": user, "channel": "portraits", "name": "character", "subcommand": verb}
    body |= {"options": options} | ({"group": group} if group else {})
    answer: Json = await house.act("slash?wait=done", **body)
    assert answer["ephemeral"], answer
    return dict(answer["message"])


async def in_german(house: House, user: str = "ada") -> None:
    await house.act("world", locales={user: "de"})


async def help_of(house: House) -> Json:
    """Type `/character help`, whose first answer is the last one."""
    answer = await house.act(
        "slash", user="ada", channel="portraits", name="character", subcommand="help", options={}
    )
    return dict(answer["message"])


async def painted_code(house: House) -> str:
    return said((await house.slash("portrait"))["message"]).split("`")[1]


async def test_a_character_is_kept_shown_and_listed_for_its_owner_alone(house: House) -> None:
    code = await painted_code(house)
    made = await character(
        house,
        "create",
        name="Mira",
        description=f"{GIRL} @everyone",
        features="eye color=green",
        references=code,
    )
    assert "**Mira** is kept as `" in said(made)
    assert "Picture 0 is its default reference." in said(made)

    shown = await character(house, "show", character="mira")
    assert "### Mira · version 1 · `" in said(shown)
    assert "eye color=green" in said(shown)
    assert f"Pictures: 0 `{code}`" in said(shown)
    assert len(shown["attachments"]) == 1
    assert shown["attachments"][0]["description"] == "Picture 0 of Mira"
    assert not shown["mention_everyone"]
    assert "**Mira**" in said(await character(house, "list"))
    assert "no character yet" in said(await character(house, "list", user="ben"))
    assert "no character “Mira”" in said(await character(house, "show", user="ben", character="Mira"))


async def test_edit_without_options_opens_a_form_that_makes_a_version(house: House) -> None:
    await character(house, "create", name="Mira", description=GIRL, features="eye color=green")
    body = {"user": "ada", "channel": "portraits", "name": "character", "subcommand": "edit"}
    opened = await house.act("slash", **body, options={"character": "Mira"})
    filled = {field["custom_id"]: field.get("value", "") for field in parts_of_modal(opened["modal"])}
    assert filled == {"description": GIRL, "features": "eye color=green", "references": "none"}

    fields = filled | {"features": "nose shape=aquiline"}
    answer = await house.act(
        "submit?wait=done", user="ada", interaction_id=opened["interaction_id"], fields=fields
    )
    assert "**Mira** is at version 2 now" in said(answer["message"])
    shown = said(await character(house, "show", character="Mira"))
    assert "Fixed features: nose shape=aquiline" in shown
    assert "eye color" not in shown


def parts_of_modal(modal: Json) -> list[Json]:
    return [label["component"] for label in modal["components"]]


async def test_pictures_are_added_listed_and_removed_by_their_numbers(house: House) -> None:
    await character(house, "create", name="Mira", description=GIRL)
    code = await painted_code(house)
    added = said(await character(house, "add", group="reference", character="Mira", codes=code))
    assert f"Picture 0 of **Mira** is `{code}`." in added
    again = said(await character(house, "add", group="reference", character="Mira", codes=code))
    assert f"`{code}` is picture 0 of **Mira** already." in again

    listed = await character(house, "list", group="reference", character="Mira")
    assert f"- 0 `{code}`" in said(listed)
    assert len(listed["attachments"]) == 1
    removed = said(await character(house, "remove", group="reference", character="Mira", number=0))
    assert "Picture 0 is taken from **Mira**" in removed
    listed = await character(house, "list", group="reference", character="Mira")
    assert "- 0 (removed)" in said(listed)
    assert listed["attachments"] == []
    refused = await character(house, "remove", group="reference", character="Mira", number=4)
    assert "Mira has no picture 4." in said(refused)


async def test_a_picture_from_a_device_is_taken_where_its_use_is_agreed_to(house: House) -> None:
    about = house.local.announcement()
    hosts = origins_of([about["base"]])
    context = replace(house.studio.context, discord_hosts=hosts)
    house.studio.context = house.bot.context = context
    files = {"picture1": {"filename": "../me.png", "base64": base64.b64encode(photo()).decode()}}
    body = {
        "user": "ada",
        "channel": "portraits",
        "name": "character",
        "subcommand": "create",
        "files": files,
    }
    options = {"name": "Mira", "description": GIRL}
    refused = await house.act("slash", **body, options=options)
    assert "`agreed: True`" in said(refused["message"])

    made = await house.act("slash?wait=done", **body, options=options | {"agreed": True})
    assert "Picture 0 is its default reference." in said(made["message"])
    shown = await character(house, "show", character="Mira")
    assert "Pictures: 0 (brought)" in said(shown)
    assert len(shown["attachments"]) == 1


async def test_a_character_is_shared_with_a_server_or_a_person_and_copied(house: House) -> None:
    await character(house, "create", name="Mira", description=GIRL)
    shared = said(await character(house, "share", character="Mira"))
    assert "**Mira** may be used by this server from now on" in shared
    assert "Shared with you here" in said(await character(house, "list", user="ben"))
    seen = said(await character(house, "show", user="ben", character="Mira"))
    assert "Shared with you by its owner" in seen

    shared = said(await character(house, "share", character="Mira", person="ben"))
    ben = house.local.world.user("ben").id
    assert f"may be used by <@{ben}>" in shared
    assert f"Shared with this server, <@{ben}>." in said(await character(house, "show", character="Mira"))
    copied = said(await character(house, "copy", user="ben", character="Mira", name="Vera"))
    assert "**Vera** is yours now" in copied
    await character(house, "share", character="Mira", off=True)
    left = said(await character(house, "share", user="ben", character="Mira", off=True))
    assert "**Mira** is not shared with you any more." in left
    assert "Mira" not in said(await character(house, "list", user="ben"))


async def test_a_character_goes_out_as_a_file_and_comes_in_again(house: House) -> None:
    hosts = origins_of([house.local.announcement()["base"]])
    house.studio.context = house.bot.context = replace(house.studio.context, discord_hosts=hosts)
    await character(house, "create", name="Mira", description=GIRL, references=await painted_code(house))
    out = await character(house, "export", character="Mira")
    assert "This is **Mira**" in said(out)
    (attached,) = out["attachments"]
    async with house.session.get(attached["url"]) as response:
        data = await response.read()
    files = {"file": {"filename": "mira.zip", "base64": base64.b64encode(data).decode()}}
    body = {
        "user": "ben",
        "channel": "portraits",
        "name": "character",
        "subcommand": "import",
        "files": files,
    }
    came = await house.act("slash?wait=done", **body, options={"agreed": True, "name": "Vera"})
    assert "**Vera** is kept as" in said(came["message"])
    assert "Pictures: 0 (brought)" in said(await character(house, "show", user="ben", character="Vera"))


async def test_a_story_comes_as_one_sheet_with_the_numbers_and_buttons_for_each(house: House) -> None:
    await character(house, "create", name="Mira", description=GIRL)
    body = {"user": "ada", "channel": "portraits", "name": "character", "subcommand": "story"}
    options = {"character": "Mira", "scenes": "asleep | on a boat | in the rain", "private": True}
    answer = await house.act("slash?wait=done", **body, options=options)
    message = answer["message"]
    assert "A story in 3 scenes" in said(message)
    (sheet,) = message["attachments"]
    assert sheet["filename"].endswith("-story.jpg")
    for number in range(3):
        assert f"Mira, version 1, picture {number}" in said(message)
    assert {one.split(":")[1] for one in ids(message)} == {"jobs"}

    asked = (await house.click(message, button(message, "more")))["message"]
    assert len(select_values(asked)) == 3


async def test_a_scene_and_a_story_take_what_was_kept_by_name(house: House) -> None:
    await character(house, "create", name="Mira", description=GIRL)
    body = {"user": "ada", "channel": "portraits", "name": "seed", "subcommand": "save"}
    await house.act("slash?wait=done", **body, options={"name": "mine", "seed": 7})
    body = {"user": "ada", "channel": "portraits", "name": "preset", "subcommand": "save"}
    await house.act("slash?wait=done", **body, options={"name": "fine", "options": "format=webp"})
    kept = {"character": "Mira", "saved": "mine", "preset": "fine"}
    scene = await character(house, "scene", scene="asleep", private=True, **kept)
    story = await character(house, "story", scenes="asleep | on a boat", private=True, **kept)
    for message in (scene, story):
        assert "image seed `7`" in said(message)


def select_values(message: Json) -> list[str]:
    """Return the values of the one select of a message."""
    (select,) = [part for part in parts(message) if part["type"] == 3]
    return [option["value"] for option in select["options"]]


async def test_a_character_is_deleted_by_its_owner_after_one_question(house: House) -> None:
    await character(house, "create", name="Mira", description=GIRL)
    asked = await character(house, "delete", character="Mira")
    assert "Delete **Mira**?" in said(asked)
    await house.told(asked, button(asked, "keep"), "**Mira** stays.")

    shown = await character(house, "show", character="Mira")
    asked = await house.told(shown, button(shown, "delete"), "Delete **Mira**?")
    gone = await house.told(asked, button(asked, "confirmdelete"), "**Mira** is deleted.")
    assert ids(gone) == []
    assert "I know no character" in said(await character(house, "show", character="Mira"))


async def test_rename_says_both_names_and_a_twin_is_refused(house: House) -> None:
    await character(house, "create", name="Mira", description=GIRL)
    await character(house, "create", name="Vera", description="A sailor")
    renamed = said(await character(house, "rename", character="Vera", name="Vera Stern"))
    assert "**Vera** is called **Vera Stern** now" in renamed
    refused = said(await character(house, "rename", character="Vera Stern", name="MIRA"))
    assert "a character called **Mira** already" in refused


async def test_names_are_suggested_with_the_code_behind_them(house: House) -> None:
    await character(house, "create", name="Mira", description=GIRL)
    body = {"user": "ada", "channel": "portraits", "name": "character", "subcommand": "show", "options": {}}
    answer = await house.act("autocomplete", **body, option="character", value="mi")
    (choice,) = answer["choices"]
    assert choice["name"] == "Mira"
    assert "### Mira" in said(await character(house, "show", character=choice["value"]))


async def test_it_speaks_german_to_whoever_does(house: House) -> None:
    await in_german(house)
    made = said(await character(house, "create", name="Mira", description=GIRL))
    assert "**Mira** ist aufbewahrt" in made
    assert "Sie hat noch kein Bild" in said(await character(house, "show", character="Mira"))
    assert "Eine Figur, die sich gleich bleibt" in said(await help_of(house))


async def test_help_says_how_references_are_counted(house: House) -> None:
    text = said(await help_of(house))
    assert "counted from 0" in text
    assert "umbrella" in text
    assert len(text) < 4000
