"""`/search` on Discord: what it finds, in which language it answers, and that it goes on where it was."""

import pytest

from db.pictures import listings
from services.looking_up import PAGE
from tests.cogs.house import House, connected, said
from tests.cogs.test_character import GIRL, character
from tests.cogs.test_lists import codes, newest_codes, turn

GREEN = "eye color=green; undertones=warm; skin features=freckled"
BROWN = "eye color=brown; undertones=olive; skin features=clear; lips texture=dry"


async def paint(house: House, features: str, count: int = 1) -> list[str]:
    """Paint faces with these features and return their codes, newest first."""
    painted: list[str] = []
    for start in range(0, count, 4):
        answer = await house.slash("portrait", features=features, count=min(4, count - start))
        painted += newest_codes(answer["message"])
    return painted[::-1]


async def test_finds_green_eyes_and_freckles_and_says_what_was_looked_for(house: House) -> None:
    freckled = await paint(house, GREEN)
    await paint(house, BROWN)
    answer = await house.slash("search", words="green eyes freckles")

    assert answer["message"]["flags"] & 64
    assert codes(answer["message"]) == freckled
    assert "Looking for: “green eyes freckles”" in said(answer["message"])
    assert codes((await house.slash("search", feature="eye color=green"))["message"]) == freckled


async def test_goes_on_with_the_same_search_after_a_restart(house: House) -> None:
    freckled = await paint(house, GREEN, PAGE + 1)
    await paint(house, BROWN)
    found = (await house.slash("search", words="freckles"))["message"]
    assert codes(found) == freckled[:PAGE]

    await house.bot.close()
    async with connected(house.studio.context, house.local):
        older = (await house.click(found, turn(found, "older")))["message"]
    assert codes(older) == freckled[PAGE:]
    assert "freckles" in said(older)


async def test_a_search_that_is_forgotten_says_so(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    await paint(house, GREEN, PAGE + 1)
    found = (await house.slash("search", words="freckles"))["message"]
    monkeypatch.setattr(listings, "KEPT_MS", -1)
    await house.studio.context.database.write(listings.forget_old_searches)

    assert await house.told(found, turn(found, "older"), "forgotten what this list was of")


async def test_finds_the_pictures_of_a_character(house: House) -> None:
    await character(house, "create", name="Mira", description=GIRL)
    await paint(house, GREEN)
    scene = await character(house, "scene", character="Mira", scene="she holds an umbrella", private=True)

    found = (await house.slash("search", character="mira"))["message"]
    assert codes(found) == newest_codes(scene)
    assert "character Mira" in said(found)
    nobody = await house.slash("search", character="Nobody")
    assert "I know no character" in said(nobody["message"] or nobody["messages"][-1])


async def test_finds_a_seed_and_nothing_of_other_people(house: House) -> None:
    shown = (await house.slash("portrait", seed=4711))["message"]

    assert codes((await house.slash("search", seed=4711))["message"]) == newest_codes(shown)
    nothing = (await house.slash("search", seed=4711, user="ben"))["message"]
    assert "None of your pictures is like that" in said(nothing)
    assert nothing["flags"] & 64


async def test_answers_in_german(house: House) -> None:
    await house.act("world", locales=[{"name": "ada", "locale": "de"}])
    nothing = (await house.slash("search", words="Drache", seed=5))["message"]

    assert "Deine Bilder" in said(nothing)
    assert "Gesucht: „Drache“ · Seed 5" in said(nothing)
    assert "Keines deiner Bilder passt dazu" in said(nothing)


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        ({}, "Say what to look for"),
        ({"words": "'\"%_;--"}, "Say what to look for"),
        ({"words": "w" * 501}, "501 characters are too many"),
        ({"feature": "wings=white"}, "I know no feature"),
        ({"feature": "eye color=plaid"}, "is no value of"),
        ({"model": "paintbrush", "words": "x"}, "I know no model"),
        ({"words": "x", "until": "31.2.2026"}, "is no day that I know"),
    ],
)
async def test_says_what_it_cannot_look_for(house: House, options: dict[str, str], sentence: str) -> None:
    answer = await house.first_answer("search", **options)

    assert answer["message"]["flags"] & 64
    assert sentence in said(answer["message"])
