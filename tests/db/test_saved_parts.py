"""Named parts of recipes in the database."""

from dataclasses import replace

import pytest

from db.engine import Database
from db.people import saved_parts
from db.people.saved_parts import NewPart, SavedPart
from services.errors import LimitError, UserError
from services.models import DrawnFeature
from services.names import name_key
from services.parts import PartKind, RecipePart, part_from_json, part_to_json

ADA, BEN = 1, 2
MOST = 3
WHOLE = RecipePart(
    image_seed=4_294_967_295,
    prompt_seed=0,
    model="fal/flux-dev",
    aspect="3:4",
    parameters={"steps": 28, "guidance": 3.5, "image_size": {"width": 512, "height": 768}, "checker": False},
    features=(DrawnFeature("Color", "Eye", "green"), DrawnFeature("Shape", "Nose", "snub")),
)


def named(
    name: str, part: RecipePart = WHOLE, *, kind: PartKind = PartKind.SEED, user_id: int = ADA
) -> NewPart:
    return NewPart(user_id, kind, name, name_key(name), part)


async def keep(database: Database, *new: NewPart) -> None:
    for each in new:
        await database.write(saved_parts.insert_part, each, MOST)


async def test_a_part_comes_back_as_it_was_kept(database: Database) -> None:
    await keep(database, named("Mira"))
    found = await database.read(saved_parts.find_part, ADA, PartKind.SEED, name_key("Mira"))
    assert found == SavedPart("Mira", WHOLE)


async def test_a_part_is_found_by_any_spelling_that_looks_like_its_name(database: Database) -> None:
    await keep(database, named("Mira Red"))
    for spelling in ("mira red", "ＭＩＲＡ  ＲＥＤ", "Мira Red"):
        found = await database.read(saved_parts.find_part, ADA, PartKind.SEED, name_key(spelling))
        assert found is not None, spelling
        assert found.name == "Mira Red"


async def test_a_name_is_taken_for_one_person_and_one_kind_only(database: Database) -> None:
    await keep(database, named("Mira"))
    with pytest.raises(UserError) as caught:
        await keep(database, named("MІRА"))  # two Cyrillic letters
    assert (caught.value.code, caught.value.fields["found"]) == ("name_taken", "Mira")
    await keep(database, named("Mira", kind=PartKind.PRESET), named("Mira", user_id=BEN))
    assert await database.read(saved_parts.count_parts, ADA) == 2


async def test_one_person_keeps_so_many_of_both_kinds_and_no_more(database: Database) -> None:
    await keep(database, named("1"), named("2"), named("3", kind=PartKind.PRESET))
    with pytest.raises(LimitError) as caught:
        await keep(database, named("4"))
    assert (caught.value.code, caught.value.fields["allowed"]) == ("too_many_saved", MOST)
    await database.write(saved_parts.delete_part, ADA, PartKind.SEED, "1")
    await keep(database, named("4"), named("4", user_id=BEN))


async def test_parts_are_listed_newest_first_by_kind_and_owner(database: Database) -> None:
    await keep(
        database, named("one"), named("two"), named("one", kind=PartKind.PRESET), named("x", user_id=BEN)
    )
    found = await database.read(saved_parts.list_parts, ADA, PartKind.SEED)
    assert [each.name for each in found] == ["two", "one"]


async def test_only_the_owner_of_a_part_deletes_it(database: Database) -> None:
    await keep(database, named("Mira"))
    assert await database.write(saved_parts.delete_part, BEN, PartKind.SEED, "mira") is None
    assert await database.write(saved_parts.delete_part, ADA, PartKind.PRESET, "mira") is None
    assert await database.write(saved_parts.delete_part, ADA, PartKind.SEED, "mira") == SavedPart(
        "Mira", WHOLE
    )
    assert await database.read(saved_parts.count_parts, ADA) == 0


def test_what_is_not_in_a_part_is_not_in_its_json() -> None:
    assert part_to_json(RecipePart(prompt_seed=0)) == {"version": 1, "prompt_seed": 0}
    assert part_from_json({"version": 1, "prompt_seed": 0}) == RecipePart(prompt_seed=0)
    assert replace(WHOLE).is_empty is False
    assert RecipePart().is_empty


@pytest.mark.parametrize(
    "body",
    [
        None,
        [],
        {
            "image_seed": -1,
            "prompt_seed": True,
            "model": 7,
            "aspect": None,
            "parameters": [],
            "features": "x",
        },
        {"image_seed": 4_294_967_296, "features": [["Color", "Eye"], ["Color", 1, "green"], "x"]},
    ],
)
def test_what_cannot_be_read_of_a_part_is_left_out(body: object) -> None:
    assert part_from_json(body) == RecipePart()  # type: ignore[arg-type] # any JSON
