import dataclasses
from types import MappingProxyType

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.errors import UserError
from services.models import MAX_SEED, CharacterUse, DrawnFeature, Dropped, JsonValue, Recipe, RecipeKind
from services.recipes import (
    Difference,
    compare_recipes,
    of_character,
    recipe_from_bytes,
    recipe_from_json,
    recipe_to_bytes,
    recipe_to_json,
)
from services.sayings import saying

DIGEST = "ab" * 32
PLAIN = Recipe(RecipeKind.IMAGINE, "a lighthouse", "fal", "fal/flux-dev", "2026-05", image_seed=7)
FULL = Recipe(
    kind=RecipeKind.PORTRAIT,
    prompt="Портрет \U0001f600 <b>&\ud800\ufffe\x00",
    provider="sketch",
    model="sketch",
    model_version="1",
    image_seed=MAX_SEED,
    prompt_seed=0,
    features=(DrawnFeature("Shape", "Nose", "aquiline"), DrawnFeature("Color", "Eye color", "green")),
    feature_file=DIGEST,
    aspect="3:4",
    parameters=MappingProxyType(
        {"steps": 28, "guidance": 3.5, "loras": [{"path": "x", "scale": None}], "raw": True}
    ),
    dropped=(
        Dropped("negative_prompt", "this model takes none"),
        Dropped("steps", saying("dropped.most", nearest="50", asked="99")),
    ),
    references=(DIGEST, "0" * 64),
    parent="7k2m0x14",
)

OF_MIRA = of_character(FULL, CharacterUse("7k2m0x14", 2))

texts = st.text(st.characters(), max_size=30)
seeds = st.none() | st.integers(0, MAX_SEED)
reasons = texts | st.builds(
    saying,
    st.just("settings.passed_over_person"),
    model=texts,
    why=texts | st.builds(saying, st.just("dropped.looks_at"), model=texts, count=st.integers()),
)
values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | texts,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(texts, inner, max_size=3),
    max_leaves=8,
)
recipes = st.builds(
    Recipe,
    kind=st.sampled_from(RecipeKind),
    prompt=texts,
    provider=texts,
    model=texts,
    model_version=texts,
    image_seed=seeds,
    prompt_seed=seeds,
    features=st.lists(st.builds(DrawnFeature, texts, texts, texts), max_size=3).map(tuple),
    feature_file=st.sampled_from(["", DIGEST]),
    aspect=texts,
    parameters=st.dictionaries(texts, values, max_size=3),
    dropped=st.lists(st.builds(Dropped, texts, reasons), max_size=2).map(tuple),
    references=st.lists(st.just(DIGEST), max_size=2).map(tuple),
    parent=st.sampled_from([None, "7k2m0x14"]),
)


def changed(**fields: JsonValue) -> JsonValue:
    return recipe_to_json(FULL) | fields


uses = st.none() | st.builds(CharacterUse, st.just("7k2m0x14"), st.integers(1, 2**31))


@given(recipes, uses)
def test_any_recipe_comes_back_from_its_bytes(recipe: Recipe, use: CharacterUse | None) -> None:
    recipe = of_character(recipe, use)
    assert recipe_from_bytes(recipe_to_bytes(recipe)) == recipe


def test_json_has_every_field_of_the_recipe() -> None:
    assert set(recipe_to_json(OF_MIRA)) == {field.name for field in dataclasses.fields(Recipe)}


def test_a_recipe_without_a_character_is_one_that_older_code_reads() -> None:
    assert of_character(OF_MIRA, None) == FULL
    assert recipe_to_json(FULL)["version"] == 1
    assert "character" not in recipe_to_json(FULL)
    assert recipe_to_json(OF_MIRA)["version"] == 2


def test_two_recipes_differ_in_the_version_of_their_character() -> None:
    later = of_character(FULL, CharacterUse("7k2m0x14", 3))
    assert compare_recipes(OF_MIRA, later) == (
        Difference("Character", "7k2m0x14 version 2", "7k2m0x14 version 3"),
    )
    assert compare_recipes(FULL, later) == (Difference("Character", None, "7k2m0x14 version 3"),)


def test_equal_recipes_give_equal_bytes_whatever_the_order_of_parameters() -> None:
    turned = dataclasses.replace(FULL, parameters=dict(reversed(list(FULL.parameters.items()))))
    assert recipe_to_bytes(turned) == recipe_to_bytes(FULL)


def test_bytes_keep_letters_readable_and_escape_what_utf8_or_xml_lack() -> None:
    written = recipe_to_bytes(FULL).decode()
    assert "Портрет \U0001f600 <b>&\\ud800\\ufffe\\u0000" in written


def test_refuses_to_write_a_number_that_json_lacks() -> None:
    with pytest.raises(ValueError, match="Out of range"):
        recipe_to_bytes(dataclasses.replace(PLAIN, parameters={"guidance": float("nan")}))


def test_fields_with_a_default_may_be_left_out() -> None:
    required = ("version", "kind", "prompt", "provider", "model", "model_version", "image_seed")
    everything = recipe_to_json(PLAIN)
    assert recipe_from_json({name: everything[name] for name in required}) == PLAIN


def test_parameters_of_a_read_recipe_cannot_be_changed() -> None:
    with pytest.raises(TypeError):
        recipe_from_json(changed()).parameters["steps"] = 1  # type: ignore[index] # this is what must fail


def test_names_the_version_of_a_recipe_from_a_later_limner() -> None:
    with pytest.raises(UserError) as caught:
        recipe_from_json({"version": 3, "unheard_of": True})
    assert caught.value.code == "recipe_too_new"
    assert caught.value.fields == {"version": 3, "newest": 2}


CHARACTER: dict[str, JsonValue] = {"code": "7k2m0x14", "version": 1}


def nested(depth: int) -> JsonValue:
    value: JsonValue = 1
    for _ in range(depth):
        value = [value]
    return value


@pytest.mark.parametrize(
    ("value", "field"),
    [
        pytest.param([], "recipe", id="list"),
        pytest.param(None, "recipe", id="null"),
        pytest.param({}, "version", id="empty"),
        pytest.param(changed(version=0), "version", id="version zero"),
        pytest.param(changed(version=True), "version", id="version true"),
        pytest.param(changed(version="1"), "version", id="version as text"),
        pytest.param({"version": 1, "kind": "portrait"}, "image_seed", id="fields missing"),
        pytest.param(changed(user_id=5), "user_id", id="unknown field"),
        pytest.param(changed(kind="poem"), "kind", id="unknown kind"),
        pytest.param(changed(prompt=None), "prompt", id="prompt null"),
        pytest.param(changed(image_seed=-1), "image_seed", id="seed below"),
        pytest.param(changed(image_seed=MAX_SEED + 1), "image_seed", id="seed above"),
        pytest.param(changed(image_seed=1.0), "image_seed", id="seed float"),
        pytest.param(changed(prompt_seed=False), "prompt_seed", id="seed false"),
        pytest.param(changed(features={}), "features", id="features object"),
        pytest.param(changed(features=[["Shape", "Nose"]]), "features", id="feature of two"),
        pytest.param(changed(features=[["Shape", "Nose", 3]]), "features", id="feature number"),
        pytest.param(changed(features=["abc"]), "features", id="feature text"),
        pytest.param(changed(feature_file="ABC"), "feature_file", id="feature file"),
        pytest.param(changed(parameters=[]), "parameters", id="parameters list"),
        pytest.param(changed(parameters={"a": float("inf")}), "parameters", id="infinite number"),
        pytest.param(changed(parameters={"a": nested(40)}), "parameters", id="deep value"),
        pytest.param(changed(dropped=[["a", "b", "c"]]), "dropped", id="dropped of three"),
        pytest.param(changed(references=["../../etc/passwd"]), "references", id="reference path"),
        pytest.param(changed(references=[1]), "references", id="reference number"),
        pytest.param(changed(parent="7K2M0X14"), "parent", id="parent in capitals"),
        pytest.param(changed(parent=""), "parent", id="parent empty"),
        pytest.param(changed(character=CHARACTER), "character", id="character in version 1"),
        pytest.param(changed(version=2, character="Mira"), "character", id="character as text"),
        pytest.param(changed(version=2, character=CHARACTER | {"name": "Mira"}), "character", id="name"),
        pytest.param(changed(version=2, character={"code": "7k2m0x14"}), "character", id="no version"),
        pytest.param(changed(version=2, character=CHARACTER | {"code": "Mira"}), "character", id="no code"),
        pytest.param(changed(version=2, character=CHARACTER | {"version": 0}), "version", id="version 0"),
    ],
)
def test_refuses_a_bad_shape_and_names_the_field(value: JsonValue, field: str) -> None:
    with pytest.raises(UserError) as caught:
        recipe_from_json(value)
    assert caught.value.code == "bad_recipe"
    assert caught.value.fields["field"] == field


@pytest.mark.parametrize(
    "data",
    [b"", b"{", b"\xff\xfe", b"NaN", b"[" * 200_000],
    ids=["empty", "cut", "no UTF-8", "NaN", "nested too deep"],
)
def test_refuses_bytes_that_hold_no_recipe(data: bytes) -> None:
    with pytest.raises(UserError) as caught:
        recipe_from_bytes(data)
    assert caught.value.code == "bad_recipe"


def test_a_recipe_does_not_differ_from_itself() -> None:
    assert compare_recipes(FULL, FULL) == ()


def test_names_the_one_feature_and_the_seeds_that_differ_but_not_the_prompt_that_follows() -> None:
    other = dataclasses.replace(
        FULL,
        prompt="another",
        image_seed=5,
        features=(DrawnFeature("Shape", "Nose", "snub"), *FULL.features[1:]),
    )
    assert compare_recipes(FULL, other) == (
        Difference("Nose", "aquiline", "snub"),
        Difference("Image seed", str(MAX_SEED), "5"),
    )


def test_names_the_prompt_where_the_features_agree() -> None:
    other = dataclasses.replace(PLAIN, prompt="a lake", image_seed=None)
    assert compare_recipes(PLAIN, other) == (
        Difference("Prompt", "a lighthouse", "a lake"),
        Difference("Image seed", "7", None),
    )


def test_names_parameters_in_words_and_what_only_one_side_has() -> None:
    left = dataclasses.replace(PLAIN, parameters={"guidance_scale": 3.5, "style": "oil"})
    right = dataclasses.replace(PLAIN, parameters={"style": "ink", "raw": True})
    assert compare_recipes(left, right) == (
        Difference("Guidance scale", "3.5", None),
        Difference("Raw", None, "true"),
        Difference("Style", "oil", "ink"),
    )


def test_tells_two_features_of_one_name_apart_by_their_category() -> None:
    left = dataclasses.replace(
        PLAIN, features=(DrawnFeature("Shape", "Hair", "long"), DrawnFeature("Color", "Hair", "red"))
    )
    right = dataclasses.replace(PLAIN, features=(DrawnFeature("Shape", "Hair", "long"),))
    assert compare_recipes(left, right) == (Difference("Hair (Color)", "red", None),)
