"""Two pictures side by side, over the wire of a local Discord."""

from cogs._compare import comparison_view
from cogs._present import Attachment
from services.comparing import Comparison
from services.recipes import compare_recipes
from tests.cogs.house import House, button, ids, parts, said
from tests.cogs.samples import INJECTIONS, imagined, picture, text_of
from tests.cogs.test_reroll import code_of
from tests.cogs.test_text import LIVE


async def test_two_codes_give_one_sheet_and_what_differs(house: House) -> None:
    left = (await house.slash("portrait", seed=7, prompt_seed=5))["message"]
    right = (await house.slash("portrait", seed=8, prompt_seed=5))["message"]
    answer = await house.slash("compare", left=code_of(left), right=code_of(right))
    message = answer["message"]
    [sheet] = message["attachments"]
    assert not answer["ephemeral"]
    assert sheet["width"] > sheet["height"]
    assert "**Image seed** 7 → 8" in said(message)
    assert [one.split(":")[2] for one in ids(message)] == ["more", "more"]


async def test_a_sheet_goes_when_one_of_its_pictures_is_deleted(house: House) -> None:
    left = (await house.slash("portrait"))["message"]
    right = (await house.slash("portrait", user="ben"))["message"]
    sheet = (await house.slash("compare", left=code_of(left), right=code_of(right)))["message"]
    await house.until_remembered(sheet, 2)
    more = (await house.click(right, button(right, "more"), user="ben"))["message"]
    question = (await house.click(more, button(more, "delete"), user="ben"))["message"]
    await house.told(question, button(question, "confirmdelete"), "Deleted", user="ben")
    assert [one["id"] for one in await house.messages()] == [left["id"]]
    assert sheet["id"] != left["id"]


async def test_a_private_picture_is_compared_privately(house: House) -> None:
    left = (await house.slash("portrait"))["message"]
    right = (await house.slash("portrait", private=True))["message"]
    answer = await house.slash("compare", left=code_of(left), right=code_of(right))
    assert all(one["flags"] & 64 for one in answer["messages"])
    assert answer["deleted"]
    refused = await house.slash("compare", user="ben", left=code_of(left), right=code_of(right))
    assert "I know no such picture" in said(refused["messages"][-1])


async def test_more_compares_with_the_picture_that_it_was_made_from(house: House) -> None:
    first = (await house.slash("portrait"))["message"]
    again = (await house.click(first, button(first, "new")))["message"]
    more = (await house.click(again, button(again, "more")))["message"]
    compared = await house.click(more, button(more, "compare"))
    assert compared["ephemeral"]
    assert "**Image seed**" in said(compared["message"])
    assert "Made from" not in said(compared["message"])


async def test_what_was_made_from_nothing_is_not_offered_to_be_compared(house: House) -> None:
    first = (await house.slash("portrait"))["message"]
    more = (await house.click(first, button(first, "more")))["message"]
    assert not any(":compare:" in part.get("custom_id", "") for part in parts(more))


async def test_a_comparison_fits_and_lets_no_markdown_through() -> None:
    sheet = Attachment("sheet.jpg", "Two pictures", b"")
    for text in INJECTIONS:
        left, right = picture(1, imagined(text)), picture(2, imagined(text * 200))
        found = Comparison(left, right, compare_recipes(left.recipe, right.recipe))
        said_here = text_of(comparison_view(found, sheet, is_private=True, language="de"))
        assert len(said_here) <= 4000
        shown = said_here[said_here.index("**Prompt** ") + 11 : said_here.index(" → ")]
        assert not LIVE.search(shown)


async def test_a_comparison_of_the_same_recipe_says_so() -> None:
    sheet = Attachment("sheet.jpg", "Two pictures", b"")
    found = Comparison(picture(1), picture(2), ())
    other = Comparison(picture(1), picture(2, digest="1" * 64), ())
    assert "same file" in text_of(comparison_view(found, sheet, is_private=False, language="en"))
    assert "dasselbe Rezept" in text_of(comparison_view(other, sheet, is_private=False, language="de"))
