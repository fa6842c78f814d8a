"""A character goes out as a file and comes in again; a file that is not right changes nothing."""

from collections.abc import Mapping
from dataclasses import replace

import pytest

from db.characters.character_shares import ShareTarget
from services.character_export import ExportedCharacter, export_character, import_character
from services.character_files import CharacterFile, read_character_file, write_character_file
from services.character_keeping import CharacterChange, edit_character
from services.character_pictures import add_pictures, remove_picture, view_character
from services.character_sharing import share_character
from services.characters import Character, list_characters
from services.errors import LimitError, NotAllowedError, UserError
from services.images.metadata import read_stamp
from services.models import DrawnFeature
from services.uploads import list_uploads
from tests.services.brought import discords_files, photo
from tests.services.finished import EYE_COLOR, painted
from tests.services.kept import GIRL, NEIGHBOUR, OWNER, kept, with_most
from tests.services.studio import ADA, BEN, Studio

on_sqlite = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
"""For what no SQL decides."""

MIB = 1024 * 1024
GREEN_EYES = DrawnFeature(*EYE_COLOR, "green")


async def exported(studio: Studio, limit_bytes: int = 10 * MIB) -> ExportedCharacter:
    return await export_character(studio.context, OWNER, "Mira", limit_bytes)


async def imported(studio: Studio, data: bytes, *, name: str = "", is_agreed: bool = True) -> Character:
    async with discords_files(studio) as shelf:
        brought = shelf.attachment(data)
        return await import_character(studio.context, NEIGHBOUR, brought, name, is_agreed=is_agreed)


def file_of(pictures: Mapping[int, bytes], name: str = "Mira") -> bytes:
    return write_character_file(CharacterFile(name, GIRL, (), tuple(pictures), pictures))


async def test_a_character_comes_in_again_as_it_went_out(studio: Studio) -> None:
    pictures = [await painted(studio) for _ in range(3)]
    await kept(studio, features="eye color=green", references=" ".join(each.code for each in pictures))
    async with discords_files(studio) as shelf:
        await add_pictures(studio.context, OWNER, "Mira", "", [shelf.attachment(photo())])
    await remove_picture(studio.context, OWNER, "Mira", 1)
    await edit_character(studio.context, OWNER, "Mira", CharacterChange(references="3,0"))
    file = await exported(studio)
    made = await imported(studio, file.data)
    view = await view_character(studio.context, NEIGHBOUR, "Mira")

    assert (made.name, made.description, made.features, made.version) == ("Mira", GIRL, (GREEN_EYES,), 1)
    assert [each.number for each in view.pictures] == [0, 1, 2]
    assert made.reference_numbers == (2, 0)
    assert len(await list_uploads(studio.context, BEN)) == 3
    assert (file.filename, file.left_out) == (f"limner-character-{file.character.code}.zip", ())


@on_sqlite
async def test_a_picture_in_the_file_says_that_a_machine_made_it(studio: Studio) -> None:
    picture = await painted(studio)
    await kept(studio, references=picture.code)
    stamp = read_stamp(read_character_file((await exported(studio)).data).pictures[0])

    assert stamp is not None
    assert (stamp.code, stamp.made_by) == (picture.code, "sketch")


@on_sqlite
async def test_what_there_is_no_room_for_is_left_out_by_number_the_references_last(studio: Studio) -> None:
    async with discords_files(studio) as shelf:
        await kept(studio)
        files = [shelf.attachment(photo(seed, (1600, 1200))) for seed in range(3)]
        await add_pictures(studio.context, OWNER, "Mira", "", files)
    await edit_character(studio.context, OWNER, "Mira", CharacterChange(references="2"))
    sizes = [each.size_bytes for each in reversed(await list_uploads(studio.context, ADA))]
    file = await exported(studio, sizes[2] + sizes[0] + 129 * 1024)

    assert file.left_out == (1,)
    read = read_character_file(file.data)
    assert (sorted(read.pictures), read.references) == ([0, 2], (2,))


@on_sqlite
async def test_only_its_owner_exports_a_character(studio: Studio) -> None:
    await kept(studio)
    await share_character(studio.context, OWNER, "Mira", ShareTarget(is_server=False, id=BEN))
    with pytest.raises(NotAllowedError, match="character_not_yours"):
        await export_character(studio.context, NEIGHBOUR, "Mira", MIB)


@on_sqlite
async def test_a_file_that_is_not_right_changes_nothing(studio: Studio) -> None:
    broken = file_of({0: photo(1), 1: photo(2)[:200]})
    for data, code in (
        (b"<html>", "export_unreadable"),
        (broken, "upload_damaged"),
        (file_of({0: photo(1, (20, 20))}), "upload_too_small"),
        (file_of({}, name="../"), "empty_name"),
    ):
        with pytest.raises(UserError) as caught:
            await imported(studio, data)
        assert caught.value.code == code
    assert await list_characters(studio.context, NEIGHBOUR) == []
    assert await list_uploads(studio.context, BEN) == ()


async def test_what_was_kept_for_one_that_did_not_come_about_goes_again(studio: Studio) -> None:
    first = await imported(studio, file_of({0: photo(1)}), name="First")
    caps = studio.context.limits.caps
    limits = replace(studio.context.limits, caps=replace(caps, user_uploads=2))
    studio.context = replace(studio.context, limits=limits)
    with pytest.raises(LimitError, match="too_many_uploads"):
        await imported(studio, file_of({0: photo(1), 1: photo(2), 2: photo(3)}))

    assert [each.character.id for each in await list_characters(studio.context, NEIGHBOUR)] == [first.id]
    assert len(await list_uploads(studio.context, BEN)) == 1


@on_sqlite
async def test_it_is_agreed_to_and_has_a_free_name_before_anything_is_kept(studio: Studio) -> None:
    with pytest.raises(UserError, match="upload_not_agreed"):
        await imported(studio, file_of({0: photo()}), is_agreed=False)
    await imported(studio, file_of({}))
    with pytest.raises(UserError, match="character_name_taken"):
        await imported(studio, file_of({0: photo()}))
    with_most(studio, 1)
    with pytest.raises(LimitError, match="too_many_characters"):
        await imported(studio, file_of({0: photo()}), name="Vera")
    assert await list_uploads(studio.context, BEN) == ()
