"""`/seed` and `/preset` over the wire of a local Discord, in both languages."""

import re

import pytest

from cogs._saved_words import list_text
from db.people import saved_parts
from db.people.saved_parts import NewPart, SavedPart
from services.models import DrawnFeature
from services.parts import PartKind, RecipePart
from tests.cogs.house import House, Json, ids, said
from tests.cogs.samples import INJECTIONS
from tests.cogs.test_text import LIVE

MODEL = "scripted/quick"


async def typed(house: House, name: str, verb: str, user: str = "ada", /, **options: object) -> Json:
    """Type `/seed VERB` or `/preset VERB` and return the final answer."""
    body = {"user": user, "channel": "portraits", "name": name, "subcommand": verb, "options": options}
    answer: Json = await house.act("slash?wait=done", **body)
    return answer


async def told(house: House, name: str, verb: str, user: str = "ada", /, **options: object) -> str:
    """Type a command whose answer is private, and return what it says."""
    answer = await typed(house, name, verb, user, **options)
    assert answer["ephemeral"]
    return said(answer["message"])


async def refused(house: House, name: str, verb: str, /, **options: object) -> str:
    """Type a command and return what is said at once: a refusal waits for nothing."""
    body = {"user": "ada", "channel": "portraits", "name": name, "subcommand": verb, "options": options}
    answer = await house.act("slash", **body)
    assert answer["ephemeral"]
    return said(answer["message"])


async def suggested(
    house: House, name: str, option: str, value: str = "", verb: str | None = None
) -> list[str]:
    """Return what is suggested for an option."""
    group = {} if verb is None else {"subcommand": verb}
    answer = await house.act(
        "autocomplete", user="ada", channel="portraits", name=name, option=option, value=value, **group
    )
    return [choice["value"] for choice in answer["choices"]]


async def test_seeds_of_a_picture_are_kept_and_paint_the_same_face_again(house: House) -> None:
    first = await house.slash("portrait", seed=7, prompt_seed=5)
    code = await code_by_show(house, first)
    kept = await told(house, "seed", "save", name="Mira", **{"from": code})
    assert "Kept as **Mira**: image seed `7`, prompt seed `5`" in kept
    again = await typed(house, "seed", "use", name="mira")
    assert not again["ephemeral"]
    assert seeds_in(again["message"]) == seeds_in(first["message"])
    private = await typed(house, "seed", "use", name="MIRA", private=True)
    assert private["ephemeral"]


async def code_by_show(house: House, answer: Json) -> str:
    """Return the code of the one picture that somebody asked for last."""
    codes = await suggested(house, "show", "code")
    assert ids(answer["message"])
    return codes[0]


def seeds_in(message: Json) -> str:
    """Return what is said of a picture behind its code: its seeds and its price."""
    return next(line for line in said(message).split("\n") if "`7`" in line).partition(" · ")[2]


async def test_a_saved_part_and_a_preset_fill_in_what_is_left_out(house: House) -> None:
    await told(house, "seed", "save", name="Mira", seed=7, prompt_seed=5)
    await told(house, "preset", "save", name="Fast", options="steps=4", model=MODEL)
    assert await suggested(house, "portrait", "saved") == ["Mira"]
    assert await suggested(house, "imagine", "preset", "fa") == ["Fast"]
    assert await suggested(house, "pair", "preset", "none of that") == []
    painted = await house.slash("portrait", saved="Mira", preset="Fast")
    assert seeds_in(painted["message"])
    assert house.studio.server.paid_submits == 1
    assert "`steps` (not taken by Quick)" in said(painted["message"])


async def test_what_is_kept_is_listed_found_and_deleted(house: House) -> None:
    assert "You have kept nothing yet" in await told(house, "seed", "list")
    await told(house, "seed", "save", name="Red one", seed=1)
    await told(house, "seed", "save", name="Blue", prompt_seed=2)
    await told(house, "preset", "save", name="Fast", options="steps=4 guidance=3.5")
    listed = await told(house, "seed", "list")
    assert "- **Blue**: prompt seed `2`\n- **Red one**: image seed `1`" in listed
    assert "3 of at most 100" in listed
    assert "Blue" not in await told(house, "seed", "list", find="red")
    assert "Nothing that you have kept has such a name" in await told(house, "seed", "list", find="green")
    assert "- **Fast**: `guidance=3.5 steps=4`" in await told(house, "preset", "list")
    assert "**Blue** is deleted. It had prompt seed `2`." in await told(house, "seed", "delete", name="blue")
    assert "You have kept nothing as “Blue”" in await told(house, "seed", "delete", name="Blue")
    assert "You have kept nothing yet" in await told(house, "seed", "list", "ben")


async def test_whoever_chose_german_is_answered_in_german(house: House) -> None:
    await told(house, "settings", "me", language="de")
    kept = await told(house, "seed", "save", name="Mira", seed=7, prompt_seed=5)
    assert "Gespeichert als **Mira**: Bild-Seed `7`, Prompt-Seed `5`. `/seed use` malt gleich damit" in kept
    assert "Gespeichert als **Flott**" in await told(house, "preset", "save", name="Flott", options="steps=4")
    assert "### Was du mit `/seed` gespeichert hast" in await told(house, "seed", "list")
    assert "Als „Mira“ hast du schon etwas gespeichert" in await told(
        house, "seed", "save", name="mira", seed=1
    )
    assert "ist gelöscht. Darin stand: `steps=4`" in await told(house, "preset", "delete", name="Flott")


@pytest.mark.parametrize(
    ("name", "options", "sentence"),
    [
        ("seed", {"name": "\u200b", "seed": 1}, "a name has 1 to 100 characters"),
        ("seed", {"name": "Mira"}, "name a picture by its code, or write a seed"),
        ("seed", {"name": "Mira", "seed": 1, "part": "model"}, "model can be kept of a picture only"),
        ("seed", {"name": "Mira", "from": "x", "part": "facs"}, "I know no part “facs” of a recipe"),
        ("preset", {"name": "Fast", "options": " "}, "write what to keep"),
        ("preset", {"name": "Fast", "options": "stepps=4"}, "no model takes an option “stepps”"),
        ("preset", {"name": "Fast", "options": "steps=four"}, "“four” does not fit"),
    ],
)
async def test_what_cannot_be_kept_is_said_at_once(
    house: House, name: str, options: dict[str, object], sentence: str
) -> None:
    assert sentence in await refused(house, name, "save", **options)
    assert "You have kept nothing yet" in await told(house, name, "list")


async def test_what_does_not_fit_is_said_to_the_person_alone(house: House) -> None:
    painted = await house.slash("imagine", prompt="a lighthouse", model=MODEL)
    code = await code_by_show(house, painted)
    lacking = await told(house, "seed", "save", name="Mira", part="prompt_seed", **{"from": code})
    assert "that picture has none of this" in lacking
    await house.slash("portrait", saved="nobody")
    await house.until_anything_said("You have kept nothing as “nobody”")
    assert house.studio.server.paid_submits == 1


async def test_a_hundred_parts_can_be_kept_and_one_more_is_refused(house: House) -> None:
    ada = int(house.local.world.user("ada").id)
    for number in range(100):
        new = NewPart(ada, PartKind.SEED, f"n{number}", f"n{number}", RecipePart(image_seed=number))
        await house.studio.context.database.write(saved_parts.insert_part, new, 100)
    text = await told(house, "preset", "save", name="Fast", options="steps=4")
    assert "You keep 100 seeds and presets, and that is the most" in text
    assert len(await suggested(house, "portrait", "saved")) == 25


async def test_parts_of_a_recipe_are_suggested_word_by_word(house: House) -> None:
    assert await suggested(house, "seed", "part", "", "save") == [
        "seeds", "seed", "prompt_seed", "model", "parameters", "features", "all",
    ]  # fmt: skip
    assert await suggested(house, "seed", "part", "model fea", "save") == ["model features"]


@pytest.mark.parametrize("text", INJECTIONS)
def test_names_and_options_of_a_list_stay_inert(text: str) -> None:
    part = RecipePart(
        model=text, parameters={"negative_prompt": text}, features=(DrawnFeature("a", "b", text),)
    )
    shown = list_text("en", PartKind.SEED, [SavedPart(text[:100], part)], 1)
    [line] = [line for line in shown.split("\n") if line.startswith("- **")]
    name, _, parts = line.removeprefix("- **").partition("**: ")
    # What stands in code is plain, and nothing in it can end it.
    assert len(re.findall(r"(?<!\\)`", parts)) == 4
    assert not LIVE.search(name)
    assert not LIVE.search(re.sub("`[^`]*`", "", parts))


def test_a_long_list_fits_into_a_message_and_says_what_is_left_out() -> None:
    whole = RecipePart(
        1, 2, "fal/flux-dev", "1:1", {"steps": "4" * 300}, (DrawnFeature("a", "b", "c" * 200),)
    )
    text = list_text("de", PartKind.SEED, [SavedPart("n" * 100, whole)] * 100, 100)
    assert len(text) <= 4000
    assert " weitere" in text
