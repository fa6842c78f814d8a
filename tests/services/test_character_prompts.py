"""The words of a scene, and the features that hold in it."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.character_prompts import locked_face, locks_of, scene_prompt, who
from services.choices import parse_choices
from services.features import draw_face, load_feature_file
from services.models import MAX_SEED, DrawnFeature, Face, FeatureKey
from services.prompts import describe
from tests.services.finished import EYE_COLOR, HAIR_COLOR
from tests.services.kept import GIRL
from tests.services.prose import article_faults, punctuation_faults
from tests.services.studio import FEATURE_FILE

FILE = load_feature_file(FEATURE_FILE)
UMBRELLA = "now she is holding an umbrella in the rain"
GREEN_EYES = DrawnFeature(*EYE_COLOR, "green")


CAST = (
    ("A young woman", "hair length=waist-length; hair color=red; skin features=freckled; eye color=green",
     "A young woman with waist-length red hair, freckles and green eyes."),
    ("An old sailor.", "age=seventies; facial hair=full beard; eye color=steel-gray",
     "An old sailor in their seventies with steel-gray eyes and a full beard."),
    ("A king", "hair length=buzzed; hair texture=locs; lips expression=laughing",
     "A king with hair that is buzzed at the sides with locs on top and lips that are open and laughing."),
    ("The queen of the elves", "hairline=high; chin=cleft; eye color=mismatched",
     "The queen of the elves. The character has a high hairline, a cleft chin and mismatched eyes."),
    ("a woman", "hair length=bald; hairline=widow's peak; age=forties",
     "A woman in their forties with a bald head and the trace of a widow's peak."),
    ("A boy", "skin texture=dewy; skin tone=olive; skin undertones=cool; cheek shape=hollow; cheek texture=pale",
     "A boy with dewy olive skin that is cool in its undertones and hollow pale cheeks."),
    ("A painter", "nose shape=flared; nose structure=crooked; eyebrow shape=bushy; eyebrow expression=worried",
     "A painter with bushy eyebrows with a worried slant and a crooked nose with flared nostrils."),
    (GIRL, "hair color=red; hair length=short; eye color=green",
     f"{GIRL}. The character has green eyes."),
    (GIRL, "hair color=red; hair length=short", f"{GIRL}."),
    ("A girl, green dress, brown eyes", "eye color=green",
     "A girl, green dress, brown eyes. The character has green eyes."),
    ("A freckled, bald man!", "hair length=bald; skin features=freckled; eye color=amber; age=fifties",
     "A freckled, bald man! The character is in their fifties and has amber eyes."),
    ("Ein kleines Mädchen mit roten Zöpfen", "hair color=red; hair texture=braided",
     "Ein kleines Mädchen mit roten Zöpfen. The character has braided red hair."),
    ("A cat with green, almond-shaped eyes and a scarf", "eye color=green; eye shape=almond-shaped",
     "A cat with green, almond-shaped eyes and a scarf."),
    ("雪の女王。", "skin tone=very fair; age=late thirties",
     "雪の女王。 The character is in their late thirties and has very fair skin."),
)  # fmt: skip


def face_of(text: str) -> Face:
    chosen = parse_choices(FILE, text)
    return tuple(DrawnFeature(*key, chosen[key]) for key in FILE.features if key in chosen)


@pytest.mark.parametrize(("description", "features", "told"), CAST, ids=[row[0][:20] for row in CAST])
def test_a_character_is_its_description_and_what_that_does_not_say_of_its_features(
    description: str, features: str, told: str
) -> None:
    face = face_of(features)
    assert who(description, face) == told
    assert who(description, face).casefold().startswith(description.rstrip(".").casefold())
    for scene in (UMBRELLA, "on a boat", "with green eyes and red hair"):
        assert scene_prompt(description, face, scene, references=0).startswith(f"{told} {scene[0].upper()}")


@pytest.mark.parametrize(
    ("references", "begins"),
    [
        (0, "A young girl with"),
        (1, "The same character as in the reference picture: A young girl with"),
        (2, "The same character as in the reference pictures: A young girl with"),
    ],
)
def test_a_scene_is_who_the_character_is_and_then_what_happens(references: int, begins: str) -> None:
    prompt = scene_prompt(GIRL, (GREEN_EYES,), UMBRELLA, references=references)
    assert prompt.startswith(begins)
    assert prompt.endswith(
        f"{GIRL}. The character has green eyes. Now she is holding an umbrella in the rain."
    )


def test_a_description_in_the_words_of_a_portrait_says_all_of_its_features() -> None:
    for seed in range(200):
        face = tuple(drawn for drawn in draw_face(FILE, seed) if drawn.category != "Expression")
        assert who(describe(face), face) == describe(face)
        others = tuple(drawn._replace(value="violet") if drawn.key == EYE_COLOR else drawn for drawn in face)
        assert who(describe(face), others) in {
            f"{describe(face)} The character has violet eyes.",
            # One that it had before.
            describe(face),
        }


@given(st.sets(st.sampled_from(sorted(FILE.features))), st.integers(0, MAX_SEED))
def test_whatever_is_fixed_reads_well_behind_few_words_and_behind_many(
    missing: set[FeatureKey], seed: int
) -> None:
    face = tuple(drawn for drawn in draw_face(FILE, seed) if drawn.key not in missing)
    for description in ("A stranger", "A stranger, far away"):
        text = who(description, face)
        assert text.startswith("A stranger")
        assert article_faults(text) == []
        assert punctuation_faults(text) == []
        assert not re.search(r"\b(\w+) \1\b", text), text


def test_what_only_the_operators_file_has_is_said_last() -> None:
    face = (
        DrawnFeature("Shape", "Forehead", "broad"),
        GREEN_EYES,
        DrawnFeature("Person", "Age", "middle-aged"),
    )
    assert who("A woman", face) == "A woman, middle-aged, with green eyes. Their forehead is broad."
    assert who("A woman", face[2:]) == "A woman, middle-aged."
    assert who("A woman in a hat", face[:1]) == "A woman in a hat. Their forehead is broad."
    assert who("A woman. Their forehead is broad.", face[:1]) == "A woman. Their forehead is broad."
    marked = (DrawnFeature("Texture & Features", "Skin Features", "dimples"),)
    assert who("A woman", marked) == "A woman with dimples."


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
