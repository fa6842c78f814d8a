"""What a picture came from, in one line under its facts."""

import pytest

from cogs._after import after_lines
from cogs._present import Attachment, Shown, result_view
from services.languages import texts_of
from services.models import RequestKind
from tests.cogs.house import House, button, said
from tests.cogs.samples import picture, recipe, text_of
from tests.cogs.test_reroll import code_of

FILE = Attachment("limner.png", "A portrait", b"")


@pytest.mark.parametrize("kind", RequestKind)
@pytest.mark.parametrize("language", ["en", "de"])
def test_every_kind_of_request_has_its_words(language: str, kind: RequestKind) -> None:
    assert f"steps.{kind.replace(' ', '_')}" in texts_of(language)
    [line] = after_lines([picture(1, recipe(parent="7k2m9xq4"), request_kind=kind)], language)
    assert "`7k2m9xq4`" in line
    assert line.startswith({"en": "After", "de": "Nach"}[language])


def test_words_of_older_rows_are_said_plainly() -> None:
    old = picture(1, recipe(parent="7k2m9xq4"), request_kind="rerun")
    assert after_lines([old], "en") == ["After `7k2m9xq4`: once more"]


async def test_several_of_one_picture_say_it_once_and_of_several_a_line_each() -> None:
    def shown(*parents: str | None) -> str:
        pictures = tuple(
            picture(n, recipe(parent=parent), request_kind="new") for n, parent in enumerate(parents, 1)
        )
        return text_of(result_view(Shown(pictures, language="en"), [FILE] * len(pictures)))

    assert shown("7k2m9xq4", "7k2m9xq4").count("After `7k2m9xq4`: a new seed") == 1
    assert "After" not in shown(None)
    both = shown("7k2m9xq4", "3fh2p0aa")
    assert both.index("After `7k2m9xq4`") < both.index("After `3fh2p0aa`")


async def test_a_result_says_what_it_came_from_also_when_it_is_shown_again(house: House) -> None:
    first = (await house.slash("portrait"))["message"]
    again = (await house.click(first, button(first, "new")))["message"]
    shown = (await house.slash("show", code=code_of(again)))["message"]
    line = f"After `{code_of(first)}`: a new seed"
    assert "After" not in said(first)
    assert line in said(again)
    assert line in said(shown)
