"""The drawing's text: the same everywhere, well-formed for any input, complete for the shipped vocabulary."""

import hashlib
import xml.etree.ElementTree as ET

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.models import MAX_SEED, DrawnFeature, Face, FeatureKey
from services.providers.sketch.known import KNOWN
from services.providers.sketch.regions import Box
from services.providers.sketch.svg import draw_sketch
from tests.services.providers.sketch.faces import cut, face_with, paint

LONG_HAIR = {
    FeatureKey("Hair", "Hair Length"): "waist-length",
    FeatureKey("Hair", "Hair Texture"): "wavy",
    FeatureKey("Expression", "Lips"): "laughing",
}
OLD_BEARD = {
    FeatureKey("Person", "Age"): "eighties",
    FeatureKey("Hair", "Hair Length"): "short",
    FeatureKey("Hair", "Hair Color"): "white",
    FeatureKey("Hair", "Facial Hair"): "long beard",
}
LOCS = {
    FeatureKey("Hair", "Hair Texture"): "locs",
    FeatureKey("Color", "Skin Tone"): "very deep",
    FeatureKey("Texture & Features", "Skin Features"): "vitiligo",
}
GOLDEN = [
    ("long hair", LONG_HAIR, 1, "f75215e71e9038ca609b33cb72365b97b8f0850269aad053cf567507c53adc6e"),
    ("old beard", OLD_BEARD, 4294967295, "ca992ec5f73bea8a880e3fe1e3c1b2a9df85de1fd7ed66b90cee0845691b64a8"),
    ("locs", LOCS, 77, "21f1b9b366d1fda45c706e2c2c8ef659973f429183fa0616ec3fdff29b70bf32"),
]


@pytest.mark.parametrize(
    ("changes", "seed", "digest"), [row[1:] for row in GOLDEN], ids=[row[0] for row in GOLDEN]
)
def test_writes_the_golden_text_on_each_python(
    changes: dict[FeatureKey, str], seed: int, digest: str
) -> None:
    svg = draw_sketch(face_with(changes), seed).svg
    assert hashlib.sha256(svg.encode()).hexdigest() == digest


def test_writes_the_same_text_when_asked_again() -> None:
    face = face_with(LONG_HAIR)
    assert draw_sketch(face, 5) == draw_sketch(face, 5)


def test_writes_another_picture_for_another_seed() -> None:
    face = face_with(LONG_HAIR)
    assert draw_sketch(face, 5).svg != draw_sketch(face, 6).svg


@pytest.mark.parametrize("corner", [Box(0, 0, 40, 40), Box(984, 0, 1024, 40)], ids=["left", "right"])
def test_leaves_the_upper_corners_white(corner: Box) -> None:
    for changes in (LONG_HAIR, OLD_BEARD, LOCS):
        assert cut(paint(face_with(changes)), corner).min() == 255


def test_paints_a_pleasant_default_when_the_face_is_empty() -> None:
    drawing = draw_sketch((), 3)
    ET.fromstring(drawing.svg)  # noqa: S314
    assert drawing.not_drawn == ()
    assert drawing.svg != draw_sketch((), 4).svg


def test_names_the_values_that_it_cannot_draw() -> None:
    face = (
        DrawnFeature("Shape", "Nose", "cyberpunk"),
        DrawnFeature("Shape", "Face", "oval"),
        DrawnFeature("Mood", "Aura", "blue"),
    )
    assert draw_sketch(face, 1).not_drawn == ("Nose: cyberpunk", "Aura: blue")


def test_paints_the_rest_when_a_value_is_unknown() -> None:
    nose, lips = DrawnFeature("Shape", "Nose", "cyberpunk"), DrawnFeature("Expression", "Lips", "grinning")
    assert draw_sketch((nose, lips), 1).svg == draw_sketch((lips,), 1).svg


@pytest.mark.parametrize(
    "value", ["<script>", "a & b", "😀", '"quoted"', "", "url(#s-ffffff)", "]]>", "\x00"]
)
def test_stays_well_formed_when_an_operator_writes_markup(value: str) -> None:
    drawing = draw_sketch((DrawnFeature("Shape", "Nose", value), DrawnFeature(value, value, value)), 1)
    ET.fromstring(drawing.svg)  # noqa: S314
    assert drawing.not_drawn == (f"Nose: {value}", f"{value}: {value}")


def test_says_what_made_it_in_the_lower_right_corner() -> None:
    ink = cut(paint(face_with({})), Box(900, 970, 1010, 1015))
    assert ink.min() < 160


def maybe_drawn(key: FeatureKey, values: tuple[str, ...]) -> st.SearchStrategy[DrawnFeature | None]:
    drawn = st.sampled_from(values).map(lambda value: DrawnFeature(key.category, key.name, value))
    return st.one_of(st.none(), drawn)


def any_face() -> st.SearchStrategy[Face]:
    features = [maybe_drawn(key, values) for key, values in KNOWN.items()]
    return st.tuples(*features).map(lambda drawn: tuple(feature for feature in drawn if feature is not None))


@settings(max_examples=60)
@given(face=any_face(), seed=st.integers(0, MAX_SEED))
def test_paints_any_combination_as_well_formed_text(face: Face, seed: int) -> None:
    drawing = draw_sketch(face, seed)
    ids = [element.attrib["id"] for element in ET.fromstring(drawing.svg).iter() if "id" in element.attrib]  # noqa: S314
    assert drawing.not_drawn == ()
    assert len(ids) == len(set(ids))
    assert "nan" not in drawing.svg
    assert len(drawing.svg) < 400_000
