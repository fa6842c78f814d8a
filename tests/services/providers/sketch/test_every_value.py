"""Every value of every feature shows in its own place, and differs from every other value there."""

from concurrent.futures import ThreadPoolExecutor
from itertools import combinations

import pytest

from services.models import FeatureKey
from services.providers.sketch.known import KNOWN
from services.providers.sketch.regions import REGIONS
from tests.services.providers.sketch.faces import changed_share, face_with, paint

MINIMUM_SHARE = 0.0015
"""At least this share of the feature's box must visibly change between two values."""


def test_has_a_region_for_each_known_feature() -> None:
    assert list(REGIONS) == list(KNOWN)


@pytest.mark.parametrize("key", KNOWN, ids=str)
def test_paints_each_value_differently_from_each_other(key: FeatureKey) -> None:
    values = KNOWN[key]
    with ThreadPoolExecutor(2) as threads:
        pictures = list(threads.map(lambda value: paint(face_with({key: value})), values))
    alike = {
        (values[i], values[j]): round(share, 5)
        for i, j in combinations(range(len(values)), 2)
        if (share := changed_share(pictures[i], pictures[j], REGIONS[key])) < MINIMUM_SHARE
    }
    assert not alike


APART = [
    (FeatureKey("Shape", "Nose"), "broad", "button", FeatureKey("Shape", "Hairline")),
    (FeatureKey("Structure", "Nose"), "crooked", "upturned", FeatureKey("Hair", "Hair Color")),
    (FeatureKey("Shape", "Eye"), "round", "slender", FeatureKey("Shape", "Lips")),
    (FeatureKey("Color", "Eye"), "blue", "amber", FeatureKey("Shape", "Eyebrow")),
    (FeatureKey("Expression", "Lips"), "laughing", "pursed", FeatureKey("Color", "Eye")),
    (FeatureKey("Texture & Features", "Lips"), "dry", "moist", FeatureKey("Shape", "Nose")),
    (FeatureKey("Shape", "Eyebrow"), "bushy", "thin", FeatureKey("Shape", "Lips")),
    (FeatureKey("Hair", "Hair Texture"), "curly", "locs", FeatureKey("Shape", "Nose")),
    (FeatureKey("Hair", "Facial Hair"), "full beard", "goatee", FeatureKey("Color", "Eye")),
    (FeatureKey("Shape", "Chin"), "long", "square", FeatureKey("Shape", "Eyebrow")),
]


@pytest.mark.parametrize(("key", "one", "other", "elsewhere"), APART, ids=lambda part: str(part))
def test_leaves_the_place_of_another_feature_alone(
    key: FeatureKey, one: str, other: str, elsewhere: FeatureKey
) -> None:
    box = REGIONS[elsewhere]
    if elsewhere == FeatureKey("Hair", "Hair Color"):
        box = box._replace(bottom=240)  # the rest of the hair's box is face
    first, second = paint(face_with({key: one})), paint(face_with({key: other}))
    assert changed_share(first, second, box) == 0.0
