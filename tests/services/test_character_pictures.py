"""The pictures of a character: their numbers, who may look at them, and what is said of those that are gone."""

from typing import Any

import pytest

from db.engine import Connection
from services import history
from services.asks import Accepted, Caller, ImagineAsk
from services.character_keeping import CharacterChange, delete_character, edit_character
from services.character_pictures import (
    PictureState,
    add_pictures,
    parse_numbers,
    pick,
    remove_picture,
    view_character,
)
from services.characters import Character, find_character
from services.commissioning import Wanted, order
from services.errors import NotAllowedError, UserError
from services.imagine import plan_imagine
from services.jobs.courier import CharacterTag, PictureResult
from services.model_choice import choose_model
from services.models import Recipe, RecipeKind, RequestKind
from services.recipes import of_character
from tests.services.finished import finish, painted
from tests.services.kept import OWNER, kept
from tests.services.studio import BEN, Studio, caller

on_sqlite = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
"""For what no SQL decides."""


async def asked_of(
    studio: Studio, character: Character, who: Caller | None = None, count: int = 1, model: str = "sketch"
) -> Accepted:
    """Ask for pictures of a character."""
    asker = who or caller()
    choice = choose_model(studio.context, asker, model=model, options="", aspect="1:1")
    recipe = Recipe(
        RecipeKind.IMAGINE, "in the rain", choice.model.provider, choice.model.id, "1", image_seed=7
    )
    wanted = [Wanted(of_character(recipe, character.use), choice)] * count
    return await order(studio.context, asker, RequestKind.SCENE, wanted)


async def numbers_of(studio: Studio, text: str = "Mira") -> list[tuple[int, PictureState]]:
    view = await view_character(studio.context, OWNER, text)
    return [(each.number, each.state) for each in view.pictures]


def tags_of(pictures: list[PictureResult]) -> list[CharacterTag | None]:
    return [picture.character for picture in pictures]


HERE, REMOVED, DELETED = PictureState.HERE, PictureState.REMOVED, PictureState.DELETED


@pytest.mark.parametrize(
    ("text", "numbers"),
    [
        ("", None),
        ("  ", None),
        ("none", ()),
        ("NONE", ()),
        ("keine", ()),
        ("-", ()),
        ("0", (0,)),
        ("3,0", (3, 0)),
        ("3 0;1", (3, 0, 1)),
        ("3,3,0", (3, 0)),
        ("99999999999"[:10], (2**31 - 1,)),
    ],
)
def test_numbers_are_read_in_their_order_each_once(text: str, numbers: tuple[int, ...] | None) -> None:
    assert parse_numbers(text, "reference") == numbers


@pytest.mark.parametrize(
    "text", ["a", "0,b", "-1", "1.5", "²", "٣", "0x1", "1" * 11, ",", "1 " * 101, "0..3"]
)
def test_what_is_no_list_of_numbers_is_said_to_be_none(text: str) -> None:
    with pytest.raises(UserError, match="bad_numbers"):
        parse_numbers(text, "reference")


def test_more_than_sixteen_numbers_are_refused() -> None:
    assert parse_numbers(" ".join(map(str, range(16))), "reference") == tuple(range(16))
    with pytest.raises(UserError, match="too_many_references"):
        parse_numbers(" ".join(map(str, range(17))), "reference")


async def test_every_picture_made_or_added_gets_the_next_number_once(studio: Studio) -> None:
    first = await painted(studio)
    character = await kept(studio, references=first.code)
    made = await finish(studio, await asked_of(studio, character, count=2))
    added = await painted(studio)
    _, numbered = await add_pictures(studio.context, OWNER, "Mira", f"{added.code} {first.code}")

    assert [tag.number for tag in tags_of(made) if tag is not None] == [1, 2]
    assert {(tag.name, tag.version) for tag in tags_of(made) if tag is not None} == {("Mira", 1)}
    assert [(each.number, each.is_new) for each in numbered] == [(3, True), (0, False)]
    assert await numbers_of(studio) == [(0, HERE), (1, HERE), (2, HERE), (3, HERE)]


async def test_a_picture_has_no_number_before_it_is_made(studio: Studio) -> None:
    character = await kept(studio)
    await asked_of(studio, character)
    assert await numbers_of(studio) == []

    await painted(studio)  # and all that stands in line before
    assert await numbers_of(studio) == [(0, HERE)]


async def test_a_number_that_was_removed_or_deleted_is_named_and_never_given_out_again(
    studio: Studio,
) -> None:
    pictures = [await painted(studio) for _ in range(3)]
    await kept(studio, references=" ".join(each.code for each in pictures))
    removed = await remove_picture(studio.context, OWNER, "Mira", 2)
    await history.delete_picture(studio.context, OWNER.user_id, pictures[0].job_id)
    await add_pictures(studio.context, OWNER, "Mira", pictures[2].code)

    assert await numbers_of(studio) == [(0, DELETED), (1, HERE), (2, REMOVED), (3, HERE)]
    assert removed.was_default
    assert (removed.character.version, removed.character.reference_numbers) == (2, (0, 1))
    view = await view_character(studio.context, OWNER, "Mira")
    for number, code in (
        (0, "character_picture_gone"),
        (2, "character_picture_removed"),
        (4, "no_such_number"),
    ):
        with pytest.raises(UserError, match=code) as caught:
            pick(view, (1, number), "reference")
        assert (caught.value.fields["number"], caught.value.fields["name"]) == (number, "Mira")
    assert [each.number for each in pick(view, (3, 1), "reference")] == [3, 1]


@on_sqlite
async def test_a_number_is_removed_once_and_only_where_it_is(studio: Studio) -> None:
    picture = await painted(studio)
    await kept(studio)
    await add_pictures(studio.context, OWNER, "Mira", picture.code)
    removed = await remove_picture(studio.context, OWNER, "Mira", 0)

    assert (removed.was_default, removed.character.version) == (False, 1)
    with pytest.raises(UserError, match="character_picture_removed"):
        await remove_picture(studio.context, OWNER, "Mira", 0)
    with pytest.raises(UserError, match="no_such_number"):
        await remove_picture(studio.context, OWNER, "Mira", 1)
    assert (await history.find_picture(studio.context, OWNER, picture.code)).digest == picture.digest


@on_sqlite
async def test_pictures_to_add_are_ones_own_and_at_least_one(studio: Studio) -> None:
    await kept(studio)
    theirs = await painted(studio, caller(BEN))
    with pytest.raises(NotAllowedError, match="somebody else's"):
        await add_pictures(studio.context, OWNER, "Mira", theirs.code)
    with pytest.raises(UserError, match="empty_codes"):
        await add_pictures(studio.context, OWNER, "Mira", " , ")
    assert await numbers_of(studio) == []


async def test_a_picture_says_the_version_that_it_was_made_with(studio: Studio) -> None:
    before = await kept(studio)
    await edit_character(studio.context, OWNER, "Mira", CharacterChange("An old sailor"))
    (old,) = await finish(studio, await asked_of(studio, before))
    (new,) = await finish(studio, await asked_of(studio, await find_character(studio.context, OWNER, "Mira")))

    assert tags_of([old, new]) == [CharacterTag("Mira", 1, 0), CharacterTag("Mira", 2, 1)]


async def test_a_picture_of_a_deleted_character_is_a_picture_without_a_number(studio: Studio) -> None:
    character = await kept(studio)
    (before,) = await finish(studio, await asked_of(studio, character))
    await delete_character(studio.context, OWNER, "Mira")
    (again,) = await finish(studio, await asked_of(studio, character))
    seen = await history.find_picture(studio.context, OWNER, before.code)

    assert tags_of([again, seen]) == [None, None]


@on_sqlite
async def test_a_picture_without_a_character_asks_nothing_more_of_the_database(studio: Studio) -> None:
    statements: list[str] = []

    def listen(conn: Connection) -> None:
        driver: Any = conn.connection.dbapi_connection
        driver.set_trace_callback(statements.append)

    await studio.context.database.write(listen)
    ask = ImagineAsk(caller(), "a lighthouse")
    plan = plan_imagine(studio.context, ask)
    assert plan.choice is not None
    await painted(studio)
    assert statements
    assert [each for each in statements if "character" in each] == []
