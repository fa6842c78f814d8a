import re
import string

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.images.glyphs import lettering
from services.images.vips import vips


def svg(text: str, longest_units: float = 1000) -> str:
    return lettering(text, longest_units=longest_units, colour="#000").svg


def paths(text: str, longest_units: float = 1000) -> list[str]:
    return re.findall(r' d="([^"]*)"', svg(text, longest_units))


ELLIPSIS = "M.1 9.9V10M2.4 9.9V10M4.7 9.9V10"
BOX = paths("\u6f22")[0]


def test_every_printable_ascii_character_has_a_letter_of_its_own() -> None:
    visible = string.digits + string.ascii_letters + string.punctuation
    drawn = [paths(character)[0] for character in visible]
    assert BOX not in drawn
    assert "" not in drawn
    # i, I, l and | are strokes that may look alike; all others differ.
    assert len(set(drawn)) >= len(visible) - 1


@pytest.mark.parametrize(
    ("text", "plain"),
    [("\u00c9t\u00e9", "Ete"), ("\ufb01n", "fin"), ("a\n b\t c", "a b c"), ("a\u0301", "a")],
)
def test_draws_accented_letters_and_ligatures_by_their_plain_letters(text: str, plain: str) -> None:
    assert svg(text) == svg(plain)


def test_draws_a_box_for_what_it_does_not_know() -> None:
    assert paths("\u6f22\u5b57") == [BOX, BOX]


def test_cuts_a_long_line_with_an_ellipsis() -> None:
    whole = lettering("a rather long label", longest_units=1000, colour="#000")
    cut = lettering("a rather long label", longest_units=whole.width_units / 2, colour="#000")
    assert cut.width_units <= whole.width_units / 2
    letters = re.findall(r' d="([^"]*)"', cut.svg)
    assert letters[-1] == ELLIPSIS
    assert letters[:-1] == paths("a rather long label")[: len(letters) - 1]


@given(st.text(st.characters(), max_size=300), st.floats(0, 300))
def test_any_text_stays_within_its_width_and_makes_svg(text: str, longest_units: float) -> None:
    line = lettering(text, longest_units=longest_units, colour='"<&')
    assert 0 <= line.width_units <= longest_units
    document = f'<svg xmlns="http://www.w3.org/2000/svg" width="30" height="13">{line.svg}</svg>'
    assert vips().Image.svgload_buffer(document.encode()).width == 30
