"""Recipes as JSON, as canonical bytes, and as a list of what differs between two of them."""

import json
import math
import re
from collections.abc import Callable, Iterator, Mapping
from types import MappingProxyType
from typing import Final, NamedTuple, NoReturn

from services.codes import parse_code
from services.errors import UserError
from services.models import (
    MAX_SEED,
    DrawnFeature,
    Dropped,
    Face,
    FeatureKey,
    JsonValue,
    Parameters,
    Recipe,
    RecipeKind,
)

RECIPE_VERSION: Final = 1
"""The newest recipe version that this code writes and reads."""

_DEEPEST_VALUE: Final = 16
_SHA256_HEX: Final = re.compile(r"[0-9a-f]{64}")
# Lone surrogates have no UTF-8 form, U+FFFE and U+FFFF no XML form, and C1 controls garble terminals: all are written
# as JSON escapes. Source: RFC 8259, section 7; XML 1.0, production 2 (Char).
_ESCAPED: Final = re.compile("[\x7f-\x9f\ud800-\udfff\ufffe\uffff]")

_Object = Mapping[str, JsonValue]
_FIELDS: Final = frozenset(Recipe.__dataclass_fields__)
_OPTIONAL: Final = frozenset(
    {"prompt_seed", "features", "feature_file", "aspect", "parameters", "dropped", "references", "parent"}
)


class Difference(NamedTuple):
    """One thing in which two recipes differ: ("Nose", "aquiline", "snub"); None where one side has no such thing."""

    name: str
    left: str | None
    right: str | None


def _kind(recipe: _Object) -> RecipeKind:
    """Return the kind."""
    try:
        return RecipeKind(_text(recipe, "kind"))
    except ValueError:
        _refuse("kind", "is not a kind of recipe")


def _seed(recipe: _Object, name: str) -> int | None:
    """Return a seed, None where there is none."""
    return None if recipe.get(name) is None else _integer(recipe, name, 0, MAX_SEED)


def _feature_file(recipe: _Object) -> str:
    """Return the feature file's digest, empty where no features were drawn."""
    digest = _text(recipe, "feature_file", "")
    if digest and not _SHA256_HEX.fullmatch(digest):
        _refuse("feature_file", "is not a SHA-256 digest")
    return digest


def _references(recipe: _Object) -> tuple[str, ...]:
    """Return the digests of the reference pictures."""
    digests = tuple(
        row[0] for row in _rows([[entry] for entry in _list(recipe, "references")], 1, "references")
    )
    if not all(map(_SHA256_HEX.fullmatch, digests)):
        _refuse("references", "holds something else than SHA-256 digests")
    return digests


def _parent(recipe: _Object) -> str | None:
    """Return the parent's code, None where there is none."""
    if recipe.get("parent") is None:
        return None
    code = _text(recipe, "parent")
    try:
        is_code = parse_code(code) == code
    except UserError:
        is_code = False
    if not is_code:
        _refuse("parent", "is not a code")
    return code


def _parameters(recipe: _Object) -> Parameters:
    """Return the parameters as a read-only mapping."""
    value = recipe.get("parameters", {})
    if not isinstance(value, dict) or not _is_json(value):
        _refuse("parameters", "is not an object of JSON values")
    return MappingProxyType(dict(value))


def _is_json(value: JsonValue, depth: int = 0) -> bool:
    """Tell whether `value` can be written as JSON: finite numbers, and no deeper than `_DEEPEST_VALUE`."""
    if isinstance(value, float):
        return math.isfinite(value)
    if isinstance(value, dict):
        return depth < _DEEPEST_VALUE and all(_is_json(inner, depth + 1) for inner in value.values())
    if isinstance(value, list):
        return depth < _DEEPEST_VALUE and all(_is_json(inner, depth + 1) for inner in value)
    return True


def _rows(values: list[JsonValue], width: int, name: str) -> Iterator[list[str]]:
    """Yield the rows of a list of `width` texts each."""
    for row in values:
        if not isinstance(row, list) or len(row) != width:
            _refuse(name, f"holds something else than rows of {width}")
        texts = [entry for entry in row if isinstance(entry, str)]
        if len(texts) != width:
            _refuse(name, "holds something else than texts")
        yield texts


def _list(recipe: _Object, name: str) -> list[JsonValue]:
    """Return a list, empty where it is left out."""
    value = recipe.get(name, [])
    if not isinstance(value, list):
        _refuse(name, "is not a list")
    return value


def _text(recipe: _Object, name: str, default: str | None = None) -> str:
    """Return a text."""
    value = recipe.get(name, default)
    if not isinstance(value, str):
        _refuse(name, "is not a text")
    return value


def _integer(recipe: _Object, name: str, lowest: int, highest: int) -> int:
    """Return a whole number of lowest..highest; JSON's true and false are none."""
    value = recipe.get(name)
    if not isinstance(value, int) or isinstance(value, bool) or not lowest <= value <= highest:
        _refuse(name, f"is not a whole number of {lowest} to {highest}")
    return value


def _check_names(recipe: _Object) -> None:
    """Refuse a recipe with a field too many or too few: version 1 has exactly these."""
    for name in sorted(_FIELDS - _OPTIONAL - recipe.keys()):
        _refuse(name, "is missing")
    for name in sorted(recipe.keys() - _FIELDS):
        _refuse(name, "is not part of a recipe")


def _refuse(field: str, problem: str) -> NoReturn:
    """Raise the error that names the field and what is wrong with it."""
    raise UserError("bad_recipe", f"{field[:40]} {problem}", field=field[:40], problem=problem)


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


def _shown_number(number: int | None) -> str | None:
    """Return the digits of a seed, None where there is none."""
    return None if number is None else str(number)


def recipe_to_json(recipe: Recipe) -> dict[str, JsonValue]:
    """Return `recipe` as a JSON object with every field of `Recipe` under its own name."""
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
        "dropped": [list(dropped) for dropped in recipe.dropped],
        "references": list(recipe.references),
        "parent": recipe.parent,
    }


def recipe_from_json(value: JsonValue) -> Recipe:
    """Return the recipe that `value`, a decoded JSON object, describes.

    Raises UserError("recipe_too_new") when a later Limner wrote it, and UserError("bad_recipe") with the `field` that
    is missing, unknown, of another type or out of range.
    """
    if not isinstance(value, dict):
        _refuse("recipe", "is not a JSON object")
    version = _integer(value, "version", 1, 2**31)
    if version > RECIPE_VERSION:
        raise UserError("recipe_too_new", f"recipe version {version}", version=version, newest=RECIPE_VERSION)
    _check_names(value)
    return Recipe(
        version=version,
        kind=_kind(value),
        prompt=_text(value, "prompt"),
        provider=_text(value, "provider"),
        model=_text(value, "model"),
        model_version=_text(value, "model_version"),
        image_seed=_seed(value, "image_seed"),
        prompt_seed=_seed(value, "prompt_seed"),
        features=tuple(DrawnFeature(*row) for row in _rows(_list(value, "features"), 3, "features")),
        feature_file=_feature_file(value),
        aspect=_text(value, "aspect", "1:1"),
        parameters=_parameters(value),
        dropped=tuple(Dropped(*row) for row in _rows(_list(value, "dropped"), 2, "dropped")),
        references=_references(value),
        parent=_parent(value),
    )


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
