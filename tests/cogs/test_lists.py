"""Lists of one's own pictures on Discord: the page, its buttons after a restart, and who may turn it."""

import io
import re

import pytest
from PIL import Image

from cogs._list_ids import LIST_TEMPLATE, list_id, parse_list_id
from cogs._list_pages import list_view
from cogs._present import Attachment
from cogs._text import escape
from db.pictures.listings import Edge
from services.errors import BugError, UserError
from services.images.metadata import read_stamp
from services.languages import LANGUAGES
from services.looking_up import PAGE, Asked, Listed, Listing, Page
from services.models import Visibility
from tests.cogs.house import House, Json, connected, ids, parts, said
from tests.cogs.samples import INJECTIONS, custom_ids, imagined, picture, text_of

PRIVATE, PUBLIC = Visibility.PRIVATE, Visibility.PUBLIC
SMALL = Attachment("small.webp", "a face", b"x")


def page_of(count: int, *, asked: Asked | None = None, **sides: bool) -> Page:
    items = tuple(
        Listed(100 - number, picture(number + 1, imagined("a long walk " * 30)), 1_790_000_000_000)
        for number in range(count)
    )
    return Page(Listing(7), asked or Asked(), items, **sides)


def codes(message: Json) -> list[str]:
    return re.findall(r"\*\*\d\*\* `([0-9a-z]{8})`", said(message))


def newest_codes(message: Json) -> list[str]:
    return re.findall(
        r"limner-([0-9a-z]{8})\.", " ".join(each["filename"] for each in message["attachments"])
    )


def turn(message: Json, direction: str) -> str:
    return next(each for each in ids(message) if each.startswith(f"v1:list:{direction}:"))


async def paint(house: House, count: int, *, private: bool = False) -> list[str]:
    """Paint so many pictures and return their codes, newest first."""
    painted: list[str] = []
    for start in range(0, count, 4):
        answer = await house.slash("portrait", count=min(4, count - start), private=private)
        painted += newest_codes(answer["message"])
    return painted[::-1]


@pytest.mark.parametrize("listing", [Listing(1), Listing(2**64, 10**18 - 1)])
@pytest.mark.parametrize("is_newer", [True, False])
def test_an_id_says_what_it_was_made_of_and_fits(listing: Listing, is_newer: bool) -> None:
    edge = Edge(10**18 - 1, is_newer)
    made = list_id(listing, edge)

    assert len(made) <= 100
    assert parse_list_id(made) == (listing, edge)


@pytest.mark.parametrize(
    "foreign",
    ["v1:list:older:1:2", "v1:list:sideways:1:2:3", "v1:list:older:1:2:3x", "v1:list:older:-1:0:3", ""],
)
def test_an_id_of_another_grammar_is_out_of_date(foreign: str) -> None:
    assert not re.fullmatch(LIST_TEMPLATE, foreign)
    with pytest.raises(UserError, match="unknown custom id"):
        parse_list_id(foreign)


def test_an_id_that_would_not_be_read_is_not_made() -> None:
    with pytest.raises(BugError, match="v1:list"):
        list_id(Listing(-1), Edge(1))


@pytest.mark.parametrize("language", sorted(LANGUAGES))
@pytest.mark.parametrize("visibility", [PRIVATE, PUBLIC])
def test_a_full_page_fits_into_a_message(language: str, visibility: Visibility) -> None:
    asked = Asked(
        "words " * 80, "eye color=green", "m" * 90, "portrait", 2**32 - 1, "2026-01-01", "2026-02-01"
    )
    page = page_of(PAGE, asked=asked, has_newer=True, has_older=True)
    view = list_view(page, [SMALL] * PAGE, visibility, language)

    assert len(text_of(view)) < 4000
    assert view.total_children_count <= 40
    assert len(custom_ids(view)) == 3


@pytest.mark.parametrize("typed", INJECTIONS)
def test_what_was_typed_is_shown_escaped(typed: str) -> None:
    view = list_view(page_of(0, asked=Asked(words=typed)), [], PRIVATE, "en")

    assert f"“{escape(typed, 120)}”" in text_of(view)


def test_a_picture_without_its_file_says_so_beside_the_others() -> None:
    view = list_view(page_of(2), [SMALL, None], PRIVATE, "en")

    first, second = [line for line in text_of(view).split("\n") if line.startswith("**")]
    assert "cannot be read" not in first
    assert "cannot be read" in second


@pytest.mark.parametrize("visibility", [PRIVATE, PUBLIC])
@pytest.mark.parametrize("asked", [Asked(), Asked(words="dragon")])
@pytest.mark.parametrize("language", sorted(LANGUAGES))
def test_an_empty_list_says_what_to_do(visibility: Visibility, asked: Asked, language: str) -> None:
    view = list_view(page_of(0, asked=asked), [], visibility, language)

    assert "`/" in text_of(view)
    assert custom_ids(view) == []


async def test_history_shows_a_page_with_thumbnails_and_turns_it_after_a_restart(house: House) -> None:
    codes_made = await paint(house, PAGE + 2)
    listed = (await house.slash("history"))["message"]

    assert listed["flags"] & 64
    assert codes(listed) == codes_made[:PAGE]
    items = [item for part in parts(listed) if part["type"] == 12 for item in part["items"]]
    assert len(items) == PAGE
    assert all(item["description"] for item in items)

    await house.bot.close()
    async with connected(house.studio.context, house.local):
        older = (await house.click(listed, turn(listed, "older")))["message"]
        assert older["id"] == listed["id"]
        assert codes(older) == codes_made[PAGE:]
        newer = (await house.click(older, turn(older, "newer")))["message"]
    assert codes(newer) == codes_made[:PAGE]
    assert not any(each.startswith("v1:list:newer") for each in ids(newer))


async def test_a_thumbnail_is_small_and_says_whose_code_it_is(house: House) -> None:
    (code,) = await paint(house, 1)
    listed = (await house.slash("history"))["message"]
    async with house.session.get(listed["attachments"][0]["url"]) as response:
        data = await response.read()
    stamp = read_stamp(data)

    assert Image.open(io.BytesIO(data), formats=["WEBP"]).size == (512, 512)
    assert stamp is not None
    assert (stamp.code, stamp.made_by) == (code, "sketch")


async def test_a_picture_of_the_list_opens_as_show_does(house: House) -> None:
    (code,) = await paint(house, 1)
    listed = (await house.slash("history"))["message"]
    select = next(part for part in parts(listed) if part["type"] == 3)
    values = [select["options"][0]["value"]]
    opened = (await house.click(listed, select["custom_id"], values=values))["message"]

    assert opened["flags"] & 64
    assert newest_codes(opened) == [code]
    assert any(each.startswith("v1:job:same:") for each in ids(opened))


async def test_an_open_list_leaves_private_pictures_out_and_only_its_owner_turns_it(house: House) -> None:
    openly = await paint(house, PAGE + 1)
    await paint(house, 1, private=True)
    listed = (await house.slash("history", private=False))["message"]

    assert not listed["flags"] & 64
    assert codes(listed) == openly[:PAGE]
    refused = await house.told(listed, turn(listed, "older"), "somebody else's", user="ben")
    assert refused
    older = (await house.click(listed, turn(listed, "older")))["message"]
    assert codes(older) == openly[PAGE:]


async def test_history_narrows_by_model_kind_and_days(house: House) -> None:
    codes_made = await paint(house, 1)

    assert codes((await house.slash("history", model="sketch", kind="portrait"))["message"]) == codes_made
    nothing = (await house.slash("history", kind="imagine"))["message"]
    assert "None of your pictures" in said(nothing)
    assert "None of your pictures" in said((await house.slash("history", until="2001-01-01"))["message"])


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        ({"from": "soon"}, "is no day that I know"),
        ({"from": "2026-02-02", "until": "2026-02-01"}, "lies after the last one"),
        ({"model": "paintbrush"}, "I know no model"),
    ],
)
async def test_history_says_which_option_it_cannot_read(
    house: House, options: dict[str, str], sentence: str
) -> None:
    answer = await house.first_answer("history", **options)

    assert answer["message"]["flags"] & 64
    assert sentence in said(answer["message"])
