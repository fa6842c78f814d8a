"""`/uploads` through the local Discord: looked at, listed, and forgotten."""

import base64
import re
from dataclasses import replace

import pytest

from cogs._errors import sentence_of
from cogs._upload_words import forgotten_text
from db.characters import character_pictures
from services.addresses import origins_of
from services.asks import Viewer
from services.character_keeping import NewCharacter, create_character, plan_character
from services.errors import LimitError, UserError
from services.languages import LANGUAGES
from services.own_uploads import ForgottenUploads
from services.uploads import list_uploads
from tests.cogs.house import House, Json, said
from tests.services.brought import photo
from tests.services.finished import looking_at
from tests.services.studio import Studio


@pytest.fixture
async def studio(studio: Studio) -> Studio:
    """A studio whose model looks at a picture, and whose Discord keeps its files on this machine."""
    looking_at(studio, 1)
    studio.context = replace(studio.context, discord_hosts=origins_of(["http://127.0.0.1"]))
    return studio


async def imagine(house: House, data: bytes) -> Json:
    """Type `/imagine` with a file attached, and wait for the picture."""
    options = {"prompt": "a keeper", "model": "scripted/quick", "agreed": True}
    files = {"reference_file": {"filename": "a.jpg", "base64": base64.b64encode(data).decode()}}
    answer: Json = await house.act(
        "slash?wait=done", user="ada", channel="portraits", name="imagine", options=options, files=files
    )
    return answer


async def uploads_command(house: House, verb: str, **options: object) -> Json:
    """Type `/uploads VERB` and return the message, which the person alone sees."""
    body = {"user": "ada", "channel": "portraits", "name": "uploads", "subcommand": verb, "options": options}
    answer = await house.act("slash?wait=done", **body)
    assert answer["ephemeral"]
    message: Json = answer["messages"][-1] if answer["messages"] else answer["message"]
    return message


async def test_a_brought_picture_is_listed_small_shown_whole_and_forgotten(house: House) -> None:
    await imagine(house, photo(1))
    listed = await uploads_command(house, "list")
    shown = await uploads_command(house, "show", upload="1")
    body = {"user": "ada", "channel": "portraits", "name": "uploads", "subcommand": "forget", "options": {}}
    offered = await house.act("autocomplete", **body, option="upload", value="")
    every, one = offered["choices"]
    forgotten = said(await uploads_command(house, "forget", upload=one["value"]))

    assert re.search(
        r"One picture\*\* that you brought .*\n- \*\*1\*\* · 120 x 96 · \d+ kB · brought <t:\d+:D> · one recipe",
        said(listed),
    )
    assert [each["filename"] for each in listed["attachments"]] == ["limner-uploads.jpg"]
    assert [each["filename"] for each in shown["attachments"]] == ["limner-upload-1.jpg"]
    assert re.search(r"one recipe looks at it: `[0-9a-z]{8}`", said(shown))
    assert (every, one["value"]) == ({"name": "all (one picture)", "value": "all"}, "1")
    assert "One picture is forgotten. Its file is deleted, unless" in forgotten
    assert "I keep no picture that you brought." in said(await uploads_command(house, "list"))
    assert "I keep no such picture of yours" in said(await uploads_command(house, "show", upload="1"))


async def test_what_a_character_has_is_named_and_deleted_where_that_is_said(house: House) -> None:
    await imagine(house, photo(1))
    context = house.studio.context
    ada = next(int(each.id) for each in house.local.world.users.values() if each.name == "ada")
    [kept] = await list_uploads(context, ada)
    made = await create_character(
        context, Viewer(ada), plan_character(context, NewCharacter("Mi_ra", "a girl"))
    )
    await context.database.write(character_pictures.add_upload, made.id, kept.upload.id)
    refused = said(await uploads_command(house, "forget", upload="1"))
    left = said(await uploads_command(house, "forget", upload="all"))
    forgotten = said(await uploads_command(house, "forget", upload="all", also_from_characters=True))

    assert "That picture belongs to Mi\\_ra." in refused
    assert "Nothing was deleted." in refused
    assert "One picture stays, because of Mi\\_ra" in left
    assert "They are taken from Mi\\_ra as well" in forgotten


@pytest.mark.parametrize(("verb", "upload"), [("forget", "the first one"), ("show", "all"), ("show", "-1")])
async def test_what_no_suggestion_says_deletes_nothing(house: House, verb: str, upload: str) -> None:
    assert "choose one of the suggestions" in said(await uploads_command(house, verb, upload=upload))


@pytest.mark.parametrize("language", sorted(LANGUAGES))
def test_every_outcome_has_its_words_in_every_language(language: str) -> None:
    names = tuple(f"Mira {number}" for number in range(9))
    full = ForgottenUploads(2, names, 1, 3, names, are_files_gone=False)
    text = forgotten_text(full, language)

    assert len(text.splitlines()) == 5
    assert text.count("Mira 4, …") == 2
    gone = {"en": "deleted, unless", "de": "gelöscht, außer"}[language]
    assert gone not in text
    assert gone in forgotten_text(replace(full, are_files_gone=True), language)
    assert forgotten_text(ForgottenUploads(0), language) != forgotten_text(ForgottenUploads(1), language)


@pytest.mark.parametrize("language", sorted(LANGUAGES))
def test_who_has_no_room_left_is_told_which_command_makes_some(language: str) -> None:
    command = {"en": "`/uploads forget`", "de": "`/mitgebracht vergessen`"}[language]
    for error in (
        LimitError("too_many_uploads", waiting=500, allowed=500),
        LimitError("storage_full", used_mb=7, allowed_mb=7),
    ):
        assert command in sentence_of(error, language)
    assert "Mira" in sentence_of(UserError("upload_of_character", names="Mira"), language)
