"""Recipes as JSON, as canonical bytes, and as a list of what differs between two of them."""

import json
import re
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Final, NamedTuple

from services.errors import UserError
from services.models import (
    CharacterUse,
    DrawnFeature,
    Dropped,
    Face,
    FeatureKey,
    JsonValue,
    Parameters,
    Recipe,
)
from services.recipe_reading import (
    JsonObject,
    check_names,
    read_character,
    read_feature_file,
    read_integer,
    read_kind,
    read_list,
    read_parameters,
    read_parent,
    read_references,
    read_rows,
    read_seed,
    read_text,
    refuse,
)
from services.sayings import saying_from_text, saying_to_text

RECIPE_VERSION: Final = 2
"""The newest recipe version that this code writes and reads.

Version 2 has the field `character`. What needs none of it is written as version 1, so that older code reads it.
"""

# Lone surrogates have no UTF-8 form, U+FFFE and U+FFFF no XML form, and C1 controls garble terminals: all are written
# as JSON escapes. Source: RFC 8259, section 7; XML 1.0, production 2 (Char).
_ESCAPED: Final = re.compile("[\x7f-\x9f\ud800-\udfff\ufffe\uffff]")


class Difference(NamedTuple):
    """One thing in which two recipes differ: ("Nose", "aquiline", "snub"); None where one side has no such thing."""

    name: str
    left: str | None
    right: str | None


_COMPARED: Final[tuple[tuple[str, Callable[[Recipe], str | None]], ...]] = (
    ("Prompt", lambda recipe: recipe.prompt),
    ("Kind", lambda recipe: recipe.kind.value),
    ("Image seed", lambda recipe: _shown_number(recipe.image_seed)),
    ("Prompt seed", lambda recipe: _shown_number(recipe.prompt_seed)),
    ("Provider", lambda recipe: recipe.provider),
    ("Model", lambda recipe: recipe.model),
    ("Model version", lambda recipe: recipe.model_version),
    ("Aspect", lambda recipe: recipe.aspect),
    ("References", lambda recipe: ", ".join(digest[:8] for digest in recipe.references) or None),
    ("Feature file", lambda recipe: recipe.feature_file[:8] or None),
    ("Character", lambda recipe: _shown_character(recipe.character)),
    ("Made from", lambda recipe: recipe.parent),
)


def _feature_differences(left: Face, right: Face) -> Iterator[Difference]:
    """Yield the features whose value differs, in the order of the left face, then what only the right one has."""
    lefts = {drawn.key: drawn.value for drawn in left}
    rights = {drawn.key: drawn.value for drawn in right}
    keys = tuple(dict.fromkeys((*lefts, *rights)))
    for key in keys:
        if lefts.get(key) != rights.get(key):
            yield Difference(_feature_name(key, keys), lefts.get(key), rights.get(key))


def _feature_name(key: FeatureKey, keys: tuple[FeatureKey, ...]) -> str:
    """Return the feature's name, with its category where two categories have a feature of that name."""
    is_shared = any(other.name == key.name and other != key for other in keys)
    return f"{key.name} ({key.category})" if is_shared else key.name


def _parameter_differences(left: Parameters, right: Parameters) -> Iterator[Difference]:
    """Yield the parameters that differ, by name."""
    for name in sorted({*left, *right}):
        values = (_shown_value(left, name), _shown_value(right, name))
        if values[0] != values[1]:
            yield Difference(name.replace("_", " ").capitalize(), *values)


def _shown_value(parameters: Parameters, name: str) -> str | None:
    """Return a parameter's value as text, None where it was not sent."""
    if name not in parameters:
        return None
    value = parameters[name]
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


def _shown_character(use: CharacterUse | None) -> str | None:
    """Return a character's code and version, None where there is none."""
    return None if use is None else f"{use.code} version {use.version}"


def _shown_number(number: int | None) -> str | None:
    """Return the digits of a seed, None where there is none."""
    return None if number is None else str(number)


def of_character(recipe: Recipe, use: CharacterUse | None) -> Recipe:
    """Return the recipe as one of that character, or of none, in the version that has a word for it."""
    return replace(recipe, character=use, version=1 if use is None else 2)


def recipe_to_json(recipe: Recipe) -> dict[str, JsonValue]:
    """Return `recipe` as a JSON object with every field of `Recipe` under its own name; no character is left out."""
    use = recipe.character
    character: dict[str, JsonValue] = {} if use is None else {"character": {**use._asdict()}}
    return {
        "version": recipe.version,
        "kind": recipe.kind.value,
        "prompt": recipe.prompt,
        "provider": recipe.provider,
        "model": recipe.model,
        "model_version": recipe.model_version,
        "image_seed": recipe.image_seed,
        "prompt_seed": recipe.prompt_seed,
        "features": [list(drawn) for drawn in recipe.features],
        "feature_file": recipe.feature_file,
        "aspect": recipe.aspect,
        "parameters": dict(recipe.parameters),
        "dropped": [[each.name, saying_to_text(each.reason)] for each in recipe.dropped],
        "references": list(recipe.references),
        "parent": recipe.parent,
        **character,
    }


def recipe_from_json(value: JsonValue) -> Recipe:
    """Return the recipe that `value`, a decoded JSON object, describes.

    Raises UserError("recipe_too_new") when a later Limner wrote it, and UserError("bad_recipe") with the `field` that
    is missing, unknown, of another type or out of range.
    """
    if not isinstance(value, dict):
        refuse("recipe", "is not a JSON object")
    version = read_integer(value, "version", 1, 2**31)
    if version > RECIPE_VERSION:
        raise UserError("recipe_too_new", f"recipe version {version}", version=version, newest=RECIPE_VERSION)
    check_names(value, version)
    return Recipe(
        version=version,
        kind=read_kind(value),
        prompt=read_text(value, "prompt"),
        provider=read_text(value, "provider"),
        model=read_text(value, "model"),
        model_version=read_text(value, "model_version"),
        image_seed=read_seed(value, "image_seed"),
        prompt_seed=read_seed(value, "prompt_seed"),
        features=tuple(DrawnFeature(*row) for row in read_rows(read_list(value, "features"), 3, "features")),
        feature_file=read_feature_file(value),
        aspect=read_text(value, "aspect", "1:1"),
        parameters=read_parameters(value),
        dropped=_read_dropped(value),
        references=read_references(value),
        parent=read_parent(value),
        character=read_character(value),
    )


def _read_dropped(recipe: JsonObject) -> tuple[Dropped, ...]:
    """Return what was not done as asked; a reason is a saying, or English words in recipes of before."""
    rows = read_rows(read_list(recipe, "dropped"), 2, "dropped")
    return tuple(Dropped(name, saying_from_text(reason)) for name, reason in rows)


def recipe_to_bytes(recipe: Recipe) -> bytes:
    """Return the canonical form of `recipe`: equal recipes give equal bytes (UTF-8 JSON, sorted keys, no spaces).

    Raises ValueError for a number that JSON lacks (NaN, infinity).
    """
    text = json.dumps(
        recipe_to_json(recipe), ensure_ascii=False, allow_nan=False, sort_keys=True, separators=(",", ":")
    )
    return _ESCAPED.sub(lambda match: f"\\u{ord(match[0]):04x}", text).encode()


def recipe_from_bytes(data: bytes) -> Recipe:
    """Return the recipe written in `data` (UTF-8 JSON). Raises UserError as `recipe_from_json` does."""
    try:
        value: JsonValue = json.loads(data)
    except (ValueError, RecursionError) as error:
        raise UserError("bad_recipe", f"recipe is no JSON: {error}", field="recipe") from error
    return recipe_from_json(value)


def compare_recipes(left: Recipe, right: Recipe) -> tuple[Difference, ...]:
    """Return what differs between two recipes, features first, as people name it.

    The prompt is named only where the features agree: otherwise it differs because they do. Parameters that were
    dropped made no difference to a picture and are not compared.
    """
    features = tuple(_feature_differences(left.features, right.features))
    rows = (
        Difference(name, show(left), show(right))
        for name, show in _COMPARED
        if not (name == "Prompt" and features)
    )
    others = tuple(row for row in rows if row.left != row.right)
    return (*features, *others, *_parameter_differences(left.parameters, right.parameters))
