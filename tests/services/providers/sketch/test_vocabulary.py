"""Operators' own words and the known values that they come to."""

import json
from pathlib import Path

import pytest

from services.models import FeatureKey
from services.providers.sketch.known import KNOWN
from services.providers.sketch.vocabulary import recognise

SHIPPED = Path(__file__).parents[4] / "face_features.json"

# The example file in the brief for portrait prompts.
BRIEF = {
    "Shape": {
        "Face": ["round", "oval", "square"],
        "Eye": ["large", "medium", "small"],
        "Eyebrow": ["thin", "thick"],
        "Nose": ["button", "aquiline"],
        "Lips": ["thin", "full"],
        "Cheek": ["slender", "rounded"],
        "Chin": ["pointed", "rounded"],
        "Hairline": ["high", "low"],
    },
    "Structure": {
        "Eye": ["wide-set", "close-set"],
        "Eyebrow": ["arched", "straight"],
        "Nose": ["straight", "crooked"],
        "Jawline": ["strong", "soft"],
    },
    "Texture & Features": {
        "Skin Texture": ["smooth", "textured"],
        "Skin Features": ["freckled", "clear"],
        "Cheek": ["rosy", "pale"],
        "Lips": ["dry", "moist"],
    },
    "Color": {
        "Eye": ["brown", "blue", "green"],
        "Skin Tone": ["fair", "medium", "dark"],
        "Skin Undertones": ["warm", "cool"],
    },
    "Expression": {
        "Eye": ["bright", "narrow"],
        "Eyebrow": ["raised", "furrowed"],
        "Lips": ["smiling", "neutral"],
    },
}


def test_knows_each_value_of_the_feature_file_that_ships() -> None:
    shipped = json.loads(SHIPPED.read_text(encoding="utf-8"))
    values = {
        FeatureKey(category, name): tuple(
            entry if isinstance(entry, str) else entry["value"] for entry in entries
        )
        for category, features in shipped.items()
        for name, entries in features.items()
    }
    assert values == KNOWN


def test_knows_each_value_of_the_briefs_example() -> None:
    for category, features in BRIEF.items():
        for name, values in features.items():
            key = FeatureKey(category, name)
            assert all(recognise(key, value) in KNOWN[key] for value in values), key


def test_gives_each_known_value_for_itself() -> None:
    for key, values in KNOWN.items():
        assert [recognise(key, value) for value in values] == list(values)


@pytest.mark.parametrize(
    ("pointer", "value", "known"),
    [
        ("Color/Skin Tone", "dark", "deep brown"),
        ("Expression/Eye", "narrow", "narrowed"),
        ("Shape/Nose", "Roman", "aquiline"),
        ("Shape/Face", "heart shaped face", "heart-shaped"),
        ("Hair/Hair Color", "GREY", "gray"),
        ("Hair/Hair Texture", "tight curls", "curly"),
        ("Hair/Facial Hair", "a long beard", "long beard"),
        ("Texture & Features/Skin Features", "freckles", "freckled"),
        ("Structure/Eyebrow", "gently curving", "gently curved"),
        ("Shape/Hairline", "widow's peak hairline", "widow's peak"),
        ("Person/Age", "in her seventies", "seventies"),
    ],
)
def test_takes_the_nearest_value_when_a_word_is_an_operators_own(
    pointer: str, value: str, known: str
) -> None:
    category, name = pointer.split("/", 1)
    assert recognise(FeatureKey(category, name), value) == known


@pytest.mark.parametrize("value", ["cyberpunk", "", "???", "shaped", "the nose"])
def test_gives_nothing_when_no_value_resembles_the_word(value: str) -> None:
    assert recognise(FeatureKey("Shape", "Nose"), value) is None


def test_gives_nothing_for_a_feature_that_the_painter_does_not_know() -> None:
    assert recognise(FeatureKey("Mood", "Aura"), "blue") is None
