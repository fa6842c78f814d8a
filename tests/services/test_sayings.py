"""Sayings: what recipes keep of why something is otherwise than asked, and how it is said in each language."""

import ast
import json
import string
from collections.abc import Iterator

import pytest

from services.languages import ENGLISH, LANGUAGES, find_text, texts_of
from services.models import JsonValue, Recipe, RecipeKind, Saying
from services.providers.catalog import load_catalog
from services.recipe_reading import read_list, read_rows
from services.recipes import recipe_from_bytes, recipe_from_json, recipe_to_bytes, recipe_to_json
from services.sayings import KEPT, said, saying, saying_from_text, saying_to_text
from tests.architecture_rules import ROOT
from tests.in_words import in_words

CATALOG = load_catalog()
SIZES = "square_hd, square, portrait_4_3, portrait_16_9, landscape_4_3, landscape_16_9"
BEFORE: dict[str, JsonValue] = {
    "version": 1,
    "kind": "imagine",
    "prompt": "a lighthouse",
    "provider": "fal",
    "model": "fal/flux-dev",
    "model_version": "2026-05",
    "image_seed": 7,
    "dropped": [
        ["negative_prompt", "not taken by FLUX.1 [dev]"],
        ["picture", "not drawn: Nose: cyberpunk"],
        ["hats", '{"say": "dropped.not_of_this_version", "model": "FLUX.1 [dev]"}'],
    ],
}
"""A recipe as an earlier version wrote it, and a reason as a later one may write it."""


def sample(text: str) -> Saying:
    """Return a saying of that text, each field filled in with something."""
    return saying(text, **{field: 2 if field == "count" else f"<{field}>" for field in KEPT[text]})


def fields_of(text: str) -> set[str]:
    return {field for _, field, _, _ in string.Formatter().parse(text) if field is not None}


def dropped_of(*asked: str, model: str = "fal/flux-dev") -> Recipe:
    """Return a recipe with what the model did not take of "name=value"."""
    fitted = CATALOG.find(model).fit(dict(each.split("=") for each in asked), is_strict=False)
    return Recipe(RecipeKind.IMAGINE, "a lighthouse", "fal", model, "1", 7, dropped=fitted.dropped)


@pytest.mark.parametrize("text", sorted(KEPT))
def test_a_text_that_may_be_kept_takes_the_fields_that_stand_in_the_table(text: str) -> None:
    found = find_text(ENGLISH, text)
    assert found is not None
    forms = [found] if isinstance(found, str) else list(found.values())
    assert {field for form in forms for field in fields_of(form)} == KEPT[text]


def test_every_reason_may_be_kept() -> None:
    reasons = {
        text
        for text in texts_of(ENGLISH)
        if text.startswith(("dropped.", "values.", "expected.", "settings.obstacle_"))
    }
    others = {text for text in reasons - KEPT.keys() if not text.startswith("dropped.line_")}
    assert others == {"values.usual"}


@pytest.mark.parametrize("text", sorted(KEPT))
def test_a_saying_comes_back_from_its_kept_form_and_fills_in_every_field(text: str) -> None:
    one = sample(text)
    assert saying_from_text(saying_to_text(one)) == one
    for language in LANGUAGES:
        assert all(str(field) in said(language, one) for _, field in one.fields)


def test_a_saying_may_stand_in_another_one() -> None:
    why = saying("settings.obstacle_gone")
    one = saying("settings.passed_over_person", model="Quick", why=why)
    assert saying_from_text(saying_to_text(one)) == one
    assert said("en", one) == "your default Quick is not to be had any more"
    assert said("de", one) == "dein Standardmodell Quick gibt es nicht mehr"


@pytest.mark.parametrize(
    "text",
    [
        "not taken by Quick",
        "",
        "{",
        "{}",
        "[1]",
        '{"say": "dropped.own_words", "model": "Quick"}',
        '{"say": "dropped.takes_none"}',
        '{"say": "dropped.takes_none", "model": null}',
        '{"say": "dropped.takes_none", "model": true}',
        '{"say": "dropped.takes_none", "model": ["Quick"]}',
        '{"say": "dropped.takes_none", "model": {"say": "errors.bug"}}',
        '{"say": "errors.key_removed"}',
        '{"say": 1}',
        '{"a":' * 100_000,
        '{"say": "values.beside", "others": "", "first":' * 40 + '""' + "}" * 40,
    ],
    ids=[
        *("words", "nothing", "a brace", "no name", "a list", "a field too many", "a field too few", "null"),
        *("a truth", "a list as a field", "another text inside", "another text", "a number as name"),
        *("endless", "too deep"),
    ],
)
def test_anything_else_is_words_and_shown_as_it_is(text: str) -> None:
    assert saying_from_text(text) == text
    assert said("de", text) == saying_to_text(text) == text


def test_fields_that_a_text_does_not_take_are_a_mistake_of_ours() -> None:
    with pytest.raises(ValueError, match="takes"):
        saying("dropped.takes_none", title="Quick")
    with pytest.raises(KeyError):
        saying("errors.key_removed")


def test_what_was_filled_in_is_not_filled_in_again() -> None:
    assert said("en", saying("dropped.takes_none", model="{why}")) == "{why} takes none"


def test_a_recipe_of_before_keeps_its_words_in_every_language() -> None:
    recipe = recipe_from_json(BEFORE)
    assert in_words(recipe.dropped, "de") == [
        tuple(row) for row in read_rows(read_list(BEFORE, "dropped"), 2, "")
    ]
    assert recipe_to_json(recipe)["dropped"] == BEFORE["dropped"]


def test_a_reason_comes_back_with_its_recipe_and_is_said_in_the_readers_language() -> None:
    recipe = recipe_from_bytes(recipe_to_bytes(dropped_of("steps=90", "negativ=hats", "n=2", "format=gif")))
    assert in_words(recipe.dropped, "en") == [
        ("steps", "FLUX.1 [dev] takes 1..50"),
        ("negativ", "not taken by FLUX.1 [dev]"),
        ("n", "every picture is a job of its own; ask with `count`"),
        ("format", "FLUX.1 [dev] takes jpeg, png"),
    ]
    assert in_words(recipe.dropped, "de") == [
        ("steps", "FLUX.1 [dev] nimmt 1..50"),
        ("negativ", "das kennt FLUX.1 [dev] nicht"),
        ("n", "jedes Bild ist ein eigener Auftrag; wie viele es werden, sagst du mit `count`"),
        ("format", "FLUX.1 [dev] nimmt jpeg, png"),
    ]


def test_older_code_reads_a_recipe_with_reasons() -> None:
    rows = recipe_to_json(dropped_of("steps=90"))["dropped"]
    assert isinstance(rows, list)
    ((name, reason),) = read_rows(rows, 2, "dropped")
    assert name == "steps"
    assert json.loads(reason) == {"say": "dropped.takes", "model": "FLUX.1 [dev]", "allowed": "1..50"}


@pytest.mark.parametrize(
    ("model", "asked", "english", "german"),
    [
        (
            "modelslab/flux-headshot",
            "steps=1000",
            "26 is the most; 1000 was asked for",
            "26 ist das Höchste; gewünscht war 1000",
        ),
        (
            "gpt-image-2",
            "output_compression=80",
            "needs output_format=jpeg or webp",
            "braucht output_format=jpeg oder webp",
        ),
        (
            "fal/flux-dev",
            "enable_safety_checker=maybe",
            "FLUX.1 [dev] takes true or false",
            "FLUX.1 [dev] nimmt true oder false",
        ),
        (
            "bfl/flux-dev",
            "width=99999",
            "FLUX.1 [dev] (BFL) takes 256..1440 in steps of 32",
            "FLUX.1 [dev] (BFL) nimmt 256..1440 in Schritten von 32",
        ),
        (
            "fal/flux-dev",
            "size=9x9",
            f"FLUX.1 [dev] takes WIDTHxHEIGHT of 256..2048 in steps of 16 with 4:1 at most, {SIZES}",
            f"FLUX.1 [dev] nimmt BREITExHÖHE von 256..2048 in Schritten von 16, höchstens 4:1, {SIZES}",
        ),
    ],
    ids=["clamped", "a need", "a switch", "steps", "a size"],
)
def test_values_are_said_in_both_languages(model: str, asked: str, english: str, german: str) -> None:
    (one,) = dropped_of(asked, model=model).dropped
    assert (said("en", one.reason), said("de", one.reason)) == (english, german)


@pytest.mark.parametrize("language", sorted(LANGUAGES))
def test_the_values_of_every_parameter_can_be_said(language: str) -> None:
    for model in CATALOG.models:
        for parameter in model.parameters.values():
            words = said(language, parameter.values)
            assert words
            assert "{" not in words
            assert saying_from_text(saying_to_text(parameter.values)) == parameter.values
            assert language != ENGLISH or words == parameter.allowed


def worded_reasons(source: str) -> Iterator[int]:
    """Yield the lines that make a `Dropped` of words, written there or put together."""
    tree = ast.parse(source)
    words = {
        target.id
        for node in ast.walk(tree)
        if isinstance(node, ast.Assign) and is_words(node.value)
        for target in node.targets
        if isinstance(target, ast.Name)
    }
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and getattr(node.func, "id", "") == "Dropped" and len(node.args) == 2:
            reason = node.args[1]
            if is_words(reason) or (isinstance(reason, ast.Name) and reason.id in words):
                yield node.lineno


def is_words(value: ast.expr) -> bool:
    """Tell whether an expression is a text: one that stands there, one put together, one said already."""
    if isinstance(value, ast.Call):
        return getattr(value.func, "id", getattr(value.func, "attr", "")) in {"say", "said", "format", "join"}
    return isinstance(value, ast.JoinedStr | ast.BinOp) or (
        isinstance(value, ast.Constant) and isinstance(value.value, str)
    )


def test_no_reason_is_made_of_words() -> None:
    for path in sorted((ROOT / "services").rglob("*.py")):
        assert list(worded_reasons(path.read_text("utf-8"))) == [], path


@pytest.mark.parametrize(
    "source",
    [
        'Dropped("steps", "not taken")',
        'Dropped("steps", f"not taken by {model}")',
        'reason = "not taken by " + model\nDropped("steps", reason)',
        'Dropped("steps", say(language, "dropped.takes_none", model=model))',
    ],
    ids=["a text", "put together", "by a name", "said already"],
)
def test_a_reason_of_words_is_found(source: str) -> None:
    assert list(worded_reasons(source)) != []
