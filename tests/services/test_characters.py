"""Characters as they are kept: names, versions, finding, suggesting, deleting."""

import asyncio

import pytest

from db.characters import characters as rows
from services.asks import Viewer
from services.character_keeping import (
    LONGEST_DESCRIPTION,
    CharacterChange,
    NewCharacter,
    delete_character,
    edit_character,
    plan_character,
    rename_character,
)
from services.characters import find_character, list_characters, own_character, suggest_characters
from services.errors import LimitError, NotAllowedError, NotFoundError, UserError
from services.models import CharacterUse, DrawnFeature
from tests.services.finished import EYE_COLOR, HAIR_COLOR, painted
from tests.services.kept import GIRL, NEIGHBOUR, OWNER, kept, with_most
from tests.services.studio import ADA, BEN, GUILD, Studio, caller

on_sqlite = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
"""For what no SQL decides."""

RED_HAIR, GREEN_EYES = DrawnFeature(*HAIR_COLOR, "red"), DrawnFeature(*EYE_COLOR, "green")


async def names_for(studio: Studio, viewer: Viewer, partial: str = "") -> list[str]:
    return [each.name for each in await suggest_characters(studio.context, viewer, partial)]


async def test_a_character_is_kept_as_its_first_version(studio: Studio) -> None:
    made = await kept(studio, "  Mira\u200b  Stern ⭐", features="eye color=green; hair color=red")
    found = await find_character(studio.context, OWNER, "mira stern ⭐")

    assert found == made
    assert (found.name, found.version, found.description) == ("Mira Stern ⭐", 1, GIRL)
    assert found.features == (GREEN_EYES, RED_HAIR)
    assert found.use == CharacterUse(made.code, 1)
    assert found.is_own


@on_sqlite
async def test_bi_022_a_name_of_nothing_or_of_101_characters_is_refused_with_the_rule(studio: Studio) -> None:
    for name in ("", "   ", "\u200b\u3164", "../", "...", "\x00\x07"):
        with pytest.raises(UserError, match="empty_name"):
            await kept(studio, name)
    with pytest.raises(UserError) as caught:
        await kept(studio, "x" * 101)
    assert (caught.value.code, caught.value.fields["maximum"]) == ("text_too_long", 100)
    assert (await kept(studio, "x" * 100)).name == "x" * 100


@on_sqlite
async def test_bi_022_a_name_is_only_a_name_whatever_else_it_looks_like(studio: Studio) -> None:
    for name in ("🦊", "CON", "nul.txt", "../../etc/passwd", "a'; DROP TABLE characters", "Zoë", "%_%a"):
        made = await kept(studio, name)

        assert made.name == name
        assert (await find_character(studio.context, OWNER, name)).id == made.id
        assert await names_for(studio, OWNER, name) == [name]


async def test_bi_022_two_names_that_look_alike_are_one(studio: Studio) -> None:
    await kept(studio, "Mira")
    for twin in ("MIRA", " mira ", "\uff2dira", "Mir\u0430", "\u039cira", "mi\u200dra"):
        with pytest.raises(UserError, match="character_name_taken") as caught:
            await kept(studio, twin)
        assert caught.value.fields["taken"] == "Mira"

    assert len(await list_characters(studio.context, OWNER)) == 1


async def test_names_are_each_persons_own(studio: Studio) -> None:
    mine, theirs = await kept(studio), await kept(studio, viewer=NEIGHBOUR)

    assert (await find_character(studio.context, OWNER, "Mira")).id == mine.id
    assert (await find_character(studio.context, NEIGHBOUR, "Mira")).id == theirs.id


async def test_of_one_name_asked_for_twice_at_once_one_is_kept(studio: Studio) -> None:
    results = await asyncio.gather(*(kept(studio) for _ in range(4)), return_exceptions=True)

    refusals = [each for each in results if isinstance(each, UserError)]
    assert {each.code for each in refusals} == {"character_name_taken"}
    assert len(refusals) == 3


@on_sqlite
async def test_somebody_elses_character_is_not_found_by_name_or_code(studio: Studio) -> None:
    mine = await kept(studio)
    for text in ("Mira", mine.code, mine.code.upper()):
        with pytest.raises(NotFoundError, match="no_such_character"):
            await find_character(studio.context, NEIGHBOUR, text)
    with pytest.raises(NotFoundError, match="no_such_character"):
        await own_character(studio.context, NEIGHBOUR, mine.id)


@on_sqlite
async def test_a_mistyped_name_is_answered_with_the_nearest_one(studio: Studio) -> None:
    await kept(studio, "Mirabella")
    with pytest.raises(NotFoundError) as caught:
        await find_character(studio.context, OWNER, "mirabela")
    assert caught.value.fields["suggestion"] == "Mirabella"


@on_sqlite
async def test_a_description_that_does_not_fit_is_refused(studio: Studio) -> None:
    too_long = "x" * (LONGEST_DESCRIPTION + 1)
    for description, code in (("", "empty_text"), ("\u200b", "empty_text"), (too_long, "text_too_long")):
        with pytest.raises(UserError, match=code) as caught:
            plan_character(studio.context, NewCharacter("Mira", description))
        assert caught.value.fields["field"] == "description"


async def test_whoever_has_enough_characters_deletes_one_first(studio: Studio) -> None:
    with_most(studio, 2)
    await kept(studio, "one")
    await kept(studio, "two")
    with pytest.raises(LimitError, match="too_many_characters") as caught:
        await kept(studio, "three")
    assert caught.value.fields["allowed"] == 2

    await delete_character(studio.context, OWNER, "one")
    assert (await kept(studio, "three")).name == "three"


async def test_pictures_given_at_first_count_from_0_and_stand_for_it(studio: Studio) -> None:
    first, second = await painted(studio), await painted(studio)
    made = await kept(studio, references=f"{first.code} {second.code} {first.code}")

    assert made.reference_numbers == (0, 1)


@on_sqlite
async def test_a_picture_of_somebody_elses_is_refused_and_nothing_is_kept(studio: Studio) -> None:
    theirs = await painted(studio, caller(BEN))
    with pytest.raises(NotAllowedError, match="somebody else's"):
        await kept(studio, references=theirs.code)
    assert await list_characters(studio.context, OWNER) == []


async def test_editing_makes_a_version_and_keeps_the_one_before(studio: Studio) -> None:
    made = await kept(studio, features="hair color=red")
    change = CharacterChange("An old sailor", "eye color=green")
    edited, is_changed = await edit_character(studio.context, OWNER, "Mira", change)

    assert is_changed
    assert (edited.version, edited.description, edited.features) == (
        2,
        "An old sailor",
        (GREEN_EYES, RED_HAIR),
    )
    assert await find_character(studio.context, OWNER, made.code) == edited
    before = await studio.context.database.read(rows.find_by_code, made.code, 1)
    assert before is not None
    assert (before.version, before.newest_version, before.body.description) == (1, 2, GIRL)
    assert before.body.features == (RED_HAIR,)


@on_sqlite
async def test_features_are_changed_taken_away_or_all_anew(studio: Studio) -> None:
    await kept(studio, features="hair color=red")
    black_hair = DrawnFeature(*HAIR_COLOR, "black")
    for change, features in (
        (CharacterChange(features="hair color=black"), (black_hair,)),
        (CharacterChange(features="eye color=green"), (GREEN_EYES, black_hair)),
        (CharacterChange(features="hair color=red", is_whole_face=True), (RED_HAIR,)),
        (CharacterChange(features="none"), ()),
    ):
        edited, _ = await edit_character(studio.context, OWNER, "Mira", change)
        assert edited.features == features


@on_sqlite
async def test_what_is_typed_as_it_was_makes_no_version(studio: Studio) -> None:
    await kept(studio, features="hair color=red")
    same = CharacterChange(GIRL, "hair color=red", "none")
    edited, is_changed = await edit_character(studio.context, OWNER, "Mira", same)
    assert (edited.version, is_changed) == (1, False)


@on_sqlite
async def test_default_references_are_numbers_of_pictures_that_are_there(studio: Studio) -> None:
    pictures = [await painted(studio) for _ in range(3)]
    await kept(studio, references=" ".join(each.code for each in pictures))
    edited, _ = await edit_character(studio.context, OWNER, "Mira", CharacterChange(references="2, 0"))
    assert edited.reference_numbers == (2, 0)

    with pytest.raises(UserError, match="no_such_number") as caught:
        await edit_character(studio.context, OWNER, "Mira", CharacterChange(references="3"))
    assert caught.value.fields["number"] == 3
    emptied, _ = await edit_character(studio.context, OWNER, "Mira", CharacterChange(references="none"))
    assert emptied.reference_numbers == ()


async def test_renaming_keeps_code_and_version_and_frees_the_name(studio: Studio) -> None:
    made = await kept(studio)
    renamed, before = await rename_character(studio.context, OWNER, "Mira", "MIRA")
    assert (renamed.name, before, renamed.code, renamed.version) == ("MIRA", "Mira", made.code, 1)

    await rename_character(studio.context, OWNER, "Mira", "Vera")
    assert (await kept(studio)).name == "Mira"
    with pytest.raises(UserError, match="character_name_taken"):
        await rename_character(studio.context, OWNER, "Vera", "mira")


async def test_a_deleted_character_is_not_found_and_its_name_is_free(studio: Studio) -> None:
    made = await kept(studio)
    deleted = await delete_character(studio.context, OWNER, "mira")

    assert (deleted.name, deleted.is_in_use) == ("Mira", False)
    for text in ("Mira", made.code):
        with pytest.raises(NotFoundError, match="no_such_character"):
            await find_character(studio.context, OWNER, text)
    assert await names_for(studio, OWNER) == []
    assert (await kept(studio)).code != made.code


async def test_suggestions_begin_with_what_begins_so_then_by_the_last_use(studio: Studio) -> None:
    for name in ("Amira", "Mira", "Miriam", "Vera"):
        await kept(studio, name)

    assert await names_for(studio, OWNER) == ["Vera", "Miriam", "Mira", "Amira"]
    assert await names_for(studio, OWNER, "mir") == ["Miriam", "Mira", "Amira"]
    assert await names_for(studio, OWNER, "MIRA") == ["Mira", "Amira"]


@on_sqlite
async def test_bi_027_any_text_may_stand_where_names_are_suggested(studio: Studio) -> None:
    await kept(studio)
    for partial in ("x" * 500, "%_'\";--", "%", "_", "\\"):
        assert await names_for(studio, OWNER, partial) == []
    for unseen in ("\x00", "\u202e"):
        assert await names_for(studio, OWNER, unseen) == ["Mira"]


@on_sqlite
async def test_bi_027_at_most_25_names_are_suggested(studio: Studio) -> None:
    for number in range(27):
        await kept(studio, f"Mira {number}")
    assert len(await names_for(studio, OWNER, "mira")) == 25
    assert len(await list_characters(studio.context, OWNER)) == 27


@on_sqlite
async def test_the_list_is_of_nobody_else(studio: Studio) -> None:
    await kept(studio)
    assert await list_characters(studio.context, Viewer(BEN, GUILD)) == []
    (mine,) = await list_characters(studio.context, Viewer(ADA))
    assert (mine.character.name, mine.pictures) == ("Mira", 0)
