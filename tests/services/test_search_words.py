"""Search terms: what a recipe is found by, and which words are kin."""

import pytest

from services.models import CharacterUse, DrawnFeature, RecipeKind
from services.recipes import of_character, recipe_to_json
from services.search_words import (
    character_term,
    feature_term,
    kind_term,
    model_term,
    seed_term,
    stem,
    terms_of_recipe,
    words_in,
)
from tests.cogs.samples import imagined, recipe

GREEN = DrawnFeature("Color", "Eye", "green")
FRECKLED = DrawnFeature("Texture & Features", "Skin Features", "freckled")


@pytest.mark.parametrize(
    "kin",
    [
        ("freckles", "freckle", "freckled"),
        ("smile", "smiles", "smiling", "smiled"),
        ("grin", "grins", "grinning"),
        ("braid", "braids", "braided"),
        ("beard", "beards", "bearded"),
        ("lady", "ladies"),
        ("glass", "glassed"),
        ("eye", "eyes"),
    ],
)
def test_words_of_one_family_have_one_stem(kin: tuple[str, ...]) -> None:
    assert len({stem(word) for word in kin}) == 1


@pytest.mark.parametrize(
    "word", ["red", "ring", "string", "spring", "king", "need", "iris", "grass", "lotus", "größe"]
)
def test_words_that_only_look_like_kin_are_left_alone(word: str) -> None:
    assert stem(word) == word


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("Green  EYES, green", ("green", "eyes")),
        ("a portrait of the café, ÜBER-cool", ("portrait", "cafe", "uber", "cool")),
        ("猫の目", ("猫", "の", "目")),
        ("don't 'quote' \"me\"", ("don", "t", "quote", "me")),
        ("x\x00y \u202egreen \ud800", ("x", "y", "green")),
        ("ﬁne ½", ("fine", "1", "2")),
        ("🦊 -- %_';", ()),
        ("w" * 99, ("w" * 40,)),
    ],
)
def test_words_are_small_letters_and_digits_without_accents(text: str, words: tuple[str, ...]) -> None:
    assert words_in(text) == words
    assert all(word.isalnum() for word in words)


def test_a_drawn_face_is_found_by_its_features_and_not_by_words_of_its_prompt() -> None:
    body = recipe_to_json(recipe(features=(GREEN, FRECKLED), prompt="A face before a purple wall."))
    terms = terms_of_recipe(body).split()

    assert {feature_term(GREEN), feature_term(FRECKLED), "wgreen", "wfreckled", "wfreckl", "weye"} <= {*terms}
    assert {kind_term(RecipeKind.PORTRAIT), model_term("Sketch"), seed_term(11), seed_term(22)} <= {*terms}
    assert [term for term in terms if "purple" in term] == []
    assert sorted(set(terms)) == terms


def test_the_character_is_a_term() -> None:
    made = of_character(recipe(), CharacterUse("7k2m9xq4", 3))

    assert character_term("7k2m9xq4") in terms_of_recipe(recipe_to_json(made)).split()


def test_own_words_are_terms_of_their_own_class_beside_the_features_found_in_them() -> None:
    body = recipe_to_json(recipe(kind=RecipeKind.IMAGINE, features=(GREEN,), prompt="Lighthouses of a king"))

    assert {"plighthouses", "plighthous", "pking", "wgreen"} <= {*terms_of_recipe(body).split()}


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"kind": "'", "model": "", "features": "none", "prompt": None, "image_seed": "7"},
        {"features": [["a"], 5, ["a", "b", 7]], "prompt": ["x"]},
    ],
)
def test_any_recipe_has_a_term_and_every_term_is_letters_and_digits(body: dict[str, object]) -> None:
    terms = terms_of_recipe(body).split()  # type: ignore[arg-type] # what is not of our form is the point

    assert terms
    assert all(term.isalnum() for term in terms)


def test_terms_of_a_recipe_of_own_words_are_all_letters_and_digits() -> None:
    hostile = "'); DROP TABLE recipes; -- \" * : & | ! <-> \\ \x00 \u2028 ½ 猫 🦊 " + "x" * 300
    assert all(term.isalnum() for term in terms_of_recipe(recipe_to_json(imagined(hostile))).split())
