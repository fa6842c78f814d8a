"""The words of a scene, and the features that hold in it."""

import pytest

from services.character_prompts import locked_face, locks_of, scene_prompt
from services.features import load_feature_file
from services.models import DrawnFeature, FeatureKey
from tests.services.finished import EYE_COLOR, HAIR_COLOR
from tests.services.kept import GIRL
from tests.services.studio import FEATURE_FILE

FILE = load_feature_file(FEATURE_FILE)
UMBRELLA = "now she is holding an umbrella in the rain"
GREEN_EYES = DrawnFeature(*EYE_COLOR, "green")


@pytest.mark.parametrize(
    ("references", "begins"),
    [
        (0, "A young girl with"),
        (1, "The same character as in the reference picture: A young girl with"),
        (2, "The same character as in the reference pictures: A young girl with"),
    ],
)
def test_a_scene_is_description_then_scene_then_features_in_whole_sentences(
    references: int, begins: str
) -> None:
    prompt = scene_prompt(GIRL, (GREEN_EYES,), UMBRELLA, references=references)
    assert prompt.startswith(begins)
    assert f"{GIRL}. Now she is holding an umbrella in the rain. " in prompt
    assert "green eyes" in prompt.partition("rain. ")[2]
    assert prompt.endswith(".")


@pytest.mark.parametrize(
    ("scene", "said"),
    [
        ("asleep!", "Asleep!"),
        ("asleep,", "Asleep."),
        ("schläft ein…", "Schläft ein…"),
        ("雨の中。", "雨の中。"),
        ("éclair", "Éclair."),
    ],
)
def test_a_sentence_keeps_the_end_that_it_has(scene: str, said: str) -> None:
    assert scene_prompt("A fox.", (), scene, references=0) == f"A fox. {said}"


def test_the_description_is_word_for_word_the_same_in_every_scene() -> None:
    prompts = [scene_prompt(GIRL, (), scene, references=1) for scene in (UMBRELLA, "on a boat", "asleep")]
    assert all(GIRL in prompt for prompt in prompts)


def test_fixed_features_hold_and_described_ones_beside_them() -> None:
    locks = locks_of(FILE, "A sailor with blue eyes and red hair", (GREEN_EYES,))
    assert (locks[EYE_COLOR], locks[HAIR_COLOR]) == ("green", "red")


def test_what_a_scene_says_against_them_is_named_and_the_rest_is_taken() -> None:
    smiling = FeatureKey("Expression", "Lips")
    face, against = locked_face(FILE, {EYE_COLOR: "green"}, "her blue eyes shine, with smiling lips")
    assert against == (DrawnFeature(*EYE_COLOR, "blue"),)
    assert {drawn.key: drawn.value for drawn in face} == {EYE_COLOR: "green", smiling: "smiling"}
    assert locked_face(FILE, {EYE_COLOR: "green"}, "her green eyes shine")[1] == ()


def test_a_feature_that_the_file_lacks_today_is_kept_last() -> None:
    scar = FeatureKey("Marks", "Scar")
    face, _ = locked_face(FILE, {scar: "left", EYE_COLOR: "green"}, "")
    assert [drawn.key for drawn in face] == [EYE_COLOR, scar]
