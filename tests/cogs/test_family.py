"""Where a picture comes from, over the wire of a local Discord and as a message."""

from cogs._family import changes_text, family_view
from cogs._present import Attachment
from services.lineage import Family, Member
from services.recipes import Difference
from tests.cogs.house import House, button, ids, said
from tests.cogs.samples import INJECTIONS, custom_ids, picture, recipe, text_of
from tests.cogs.test_reroll import code_of
from tests.cogs.test_text import LIVE

SHEET = Attachment("sheet.jpg", "codes", b"")


async def test_the_family_of_a_picture_is_shown_privately_with_small_pictures(house: House) -> None:
    first = (await house.slash("portrait", seed=7))["message"]
    again = (await house.click(first, button(first, "new")))["message"]
    more = (await house.click(again, button(again, "more"), user="ben"))["message"]
    family = await house.click(more, button(more, "family"), user="ben")
    shown = await house.slash("show", code=code_of(first), lineage=True)
    opened = await house.click(
        family["message"], button(family["message"], "more"), user="ben", values=[_job_of(first)]
    )

    assert family["ephemeral"]
    assert len(family["message"]["attachments"]) == 1
    assert f"`{code_of(first)}` · the first one" in said(family["message"])
    assert f"`{code_of(again)}` · Image seed 7 →" in said(family["message"])
    assert shown["ephemeral"]
    assert said(shown["message"]).index(code_of(first)) < said(shown["message"]).index(code_of(again))
    assert code_of(first) in said(opened["message"])
    assert any(":recipe:" in one for one in ids(opened["message"]))


def _job_of(message: dict[str, object]) -> str:
    return button(message, "more").rpartition(":")[2]


def big_family(value: str = "x" * 500) -> Family:
    changes = tuple(Difference(f"Name {value}", value, None) for _ in range(9))
    members = tuple(Member(picture(n, recipe(parent="7k2m9xq4")), changes) for n in range(1, 16))
    return Family(members[6], members[:6], members[7:], 12, 34, 5, "7k2m9xq4", is_cut=True)


async def test_a_large_family_fits_and_counts_what_is_left_out() -> None:
    for language, words in (
        ("en", ("12 earlier pictures", "34 more", "5 more are not yours", "was deleted", "200 steps")),
        (
            "de",
            ("12 frühere Bilder", "34 weitere", "5 weitere darfst du nicht", "ist gelöscht", "200 Schritte"),
        ),
    ):
        view = family_view(big_family("x" * 30), SHEET, language)
        assert len(text_of(view)) <= 4000
        assert [word for word in words if word not in text_of(view)] == []
        assert custom_ids(view) == ["v1:pick:more:private"]
        assert len(text_of(family_view(big_family(), None, language))) <= 4000


async def test_says_nothing_that_a_value_could_make_live() -> None:
    for text in INJECTIONS:
        view = family_view(big_family(text), SHEET, "en")
        lines = [line.partition(" · ")[2] for line in text_of(view).split("\n") if line.startswith("- ")]
        assert [line for line in lines if LIVE.search(line)] == []


def test_tells_a_step_in_a_few_words() -> None:
    def told(*changes: Difference, language: str = "en") -> str:
        return changes_text(Member(picture(1, recipe(parent="7k2m9xq4")), changes), language)

    seed, file = Difference("Image seed", "7", "8"), Difference("Feature file", "a", "b")
    assert told(seed, file) == "Image seed 7 → 8"
    assert told(file) == "Feature file a → b"
    assert told() == "the same again"
    assert told(Difference("Steps", None, "28"), language="de") == "Steps nichts → 28"
    assert told(*[seed] * 5).endswith("Image seed 7 → 8, 2 more")
    assert "not shown" in changes_text(Member(picture(1, recipe(parent="7k2m9xq4"))), "en")
