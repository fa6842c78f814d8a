"""Every value of every feature shows in its own place, and differs from every other value there."""

from concurrent.futures import ThreadPoolExecutor
from itertools import combinations

import pytest

from services.models import FeatureKey
from services.providers.sketch.known import KNOWN
from services.providers.sketch.regions import REGIONS, Box
from tests.services.providers.sketch.faces import VISIBLE, changed_share, face_with, paint

MINIMUM_SHARE = 0.0015
"""At least this share of the feature's box must visibly change between two values."""

SMALLER = {FeatureKey("Texture & Features", "Skin Features"): 0.0004}
"""A beauty mark is 12 px wide in a box of 388 x 458 px."""

TINTS = FeatureKey("Color", "Skin Undertones")
TINT_STEP, TINT_SHARE = 4, 0.3
"""An undertone tints all of the skin: less of a step is seen, over more of the box."""


def test_has_a_region_for_each_known_feature() -> None:
    assert list(REGIONS) == list(KNOWN)


@pytest.mark.parametrize("key", KNOWN, ids=str)
def test_paints_each_value_differently_from_each_other(key: FeatureKey) -> None:
    values = KNOWN[key]
    with ThreadPoolExecutor(2) as threads:
        pictures = list(threads.map(lambda value: paint(face_with({key: value})), values))
    least = TINT_SHARE if key == TINTS else SMALLER.get(key, MINIMUM_SHARE)
    step = TINT_STEP if key == TINTS else VISIBLE
    alike = {
        (values[i], values[j]): round(share, 5)
        for i, j in combinations(range(len(values)), 2)
        if (share := changed_share(pictures[i], pictures[j], REGIONS[key], step)) < least
    }
    assert not alike


HAIR_TOP = Box(230, 20, 794, 240)
HAIRLINE = Box(300, 120, 724, 330)
BROWS = Box(340, 320, 684, 384)
EYES = Box(376, 396, 648, 452)
NOSE = Box(462, 450, 562, 560)
LIPS = Box(440, 575, 584, 640)

APART = [
    (FeatureKey("Shape", "Nose"), "broad", "button", HAIRLINE),
    (FeatureKey("Structure", "Nose"), "crooked", "upturned", HAIR_TOP),
    (FeatureKey("Shape", "Eye"), "round", "slender", LIPS),
    (FeatureKey("Color", "Eye"), "blue", "amber", BROWS),
    (FeatureKey("Expression", "Lips"), "laughing", "pursed", EYES),
    (FeatureKey("Texture & Features", "Lips"), "dry", "moist", NOSE),
    (FeatureKey("Shape", "Eyebrow"), "bushy", "thin", LIPS),
    (FeatureKey("Hair", "Hair Texture"), "curly", "locs", NOSE),
    (FeatureKey("Hair", "Facial Hair"), "full beard", "goatee", EYES),
    (FeatureKey("Shape", "Chin"), "long", "square", BROWS),
]


@pytest.mark.parametrize(
    ("key", "one", "other", "elsewhere"), APART, ids=[f"{key} {one}" for key, one, _, _ in APART]
)
def test_leaves_the_place_of_another_feature_alone(
    key: FeatureKey, one: str, other: str, elsewhere: Box
) -> None:
    first, second = paint(face_with({key: one})), paint(face_with({key: other}))
    assert changed_share(first, second, elsewhere) == 0.0
