"""The head's outline stays a head, whatever is asked of it at once."""

from itertools import product

import pytest

from services.providers.sketch.forms import adjusted
from services.providers.sketch.outline import CHEEKS, CHINS, FACES, JAWS, HeadForm, head_outline


def test_narrows_or_widens_only_within_reason_for_each_combination() -> None:
    for face, jaw, chin, cheek in product(FACES, JAWS, CHINS, CHEEKS):
        outline = head_outline(face, jaw, chin, cheek, 0.6)
        assert 630 <= outline.chin_y <= 770
        assert all(150 <= outline.half_width(418, side) <= 235 for side in (-1, 1))
        assert all(60 <= outline.half_width(600, side) <= 225 for side in (-1, 1))


def test_is_symmetrical_unless_the_jaw_is_uneven() -> None:
    even, uneven = head_outline("oval", "strong", "", "", 0), head_outline("oval", "uneven", "", "", 0)
    assert even.half_width(594, -1) == pytest.approx(even.half_width(594, 1))
    assert uneven.half_width(594, -1) > uneven.half_width(594, 1) + 10


def test_refuses_a_table_row_that_names_no_measure() -> None:
    with pytest.raises(KeyError, match="elbow"):
        adjusted(HeadForm(), {"elbow": 3})
