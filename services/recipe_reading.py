"""The fields of a recipe as JSON, read one by one: each reader raises UserError("bad_recipe") with the field's name."""

import math
import re
from collections.abc import Iterator, Mapping
from types import MappingProxyType
from typing import Final, NoReturn

from services.codes import parse_code
from services.errors import UserError
from services.models import MAX_SEED, CharacterUse, JsonValue, Parameters, Recipe, RecipeKind

JsonObject = Mapping[str, JsonValue]

_DEEPEST_VALUE: Final = 16
_SHA256_HEX: Final = re.compile(r"[0-9a-f]{64}")
_FIELDS: Final = frozenset(Recipe.__dataclass_fields__)
_OPTIONAL: Final = frozenset(
    {
        *(
            "prompt_seed",
            "features",
            "feature_file",
            "aspect",
            "parameters",
            "dropped",
            "references",
            "parent",
        ),
        "character",
    }
)


def read_kind(recipe: JsonObject) -> RecipeKind:
    """Return the kind."""
    try:
        return RecipeKind(read_text(recipe, "kind"))
    except ValueError:
        refuse("kind", "is not a kind of recipe")


def read_seed(recipe: JsonObject, name: str) -> int | None:
    """Return a seed, None where there is none."""
    return None if recipe.get(name) is None else read_integer(recipe, name, 0, MAX_SEED)


def read_feature_file(recipe: JsonObject) -> str:
    """Return the feature file's digest, empty where no features were drawn."""
    digest = read_text(recipe, "feature_file", "")
    if digest and not _SHA256_HEX.fullmatch(digest):
        refuse("feature_file", "is not a SHA-256 digest")
    return digest


def read_references(recipe: JsonObject) -> tuple[str, ...]:
    """Return the digests of the reference pictures."""
    digests = tuple(
        row[0] for row in read_rows([[entry] for entry in read_list(recipe, "references")], 1, "references")
    )
    if not all(map(_SHA256_HEX.fullmatch, digests)):
        refuse("references", "holds something else than SHA-256 digests")
    return digests


def read_parent(recipe: JsonObject) -> str | None:
    """Return the parent's code, None where there is none."""
    if recipe.get("parent") is None:
        return None
    return _code(read_text(recipe, "parent"), "parent")


def _code(code: str, name: str) -> str:
    """Return a code that is in its one written form."""
    try:
        is_code = parse_code(code) == code
    except UserError:
        is_code = False
    if not is_code:
        refuse(name, "is not a code")
    return code


def read_character(recipe: JsonObject) -> CharacterUse | None:
    """Return the character, None where there is none."""
    use = recipe.get("character")
    if use is None:
        return None
    if not isinstance(use, dict) or use.keys() != {"code", "version"}:
        refuse("character", "is not an object of code and version")
    return CharacterUse(_code(read_text(use, "code"), "character"), read_integer(use, "version", 1, 2**31))


def read_parameters(recipe: JsonObject) -> Parameters:
    """Return the parameters as a read-only mapping."""
    value = recipe.get("parameters", {})
    if not isinstance(value, dict) or not _is_json(value):
        refuse("parameters", "is not an object of JSON values")
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


def read_rows(values: list[JsonValue], width: int, name: str) -> Iterator[list[str]]:
    """Yield the rows of a list of `width` texts each."""
    for row in values:
        if not isinstance(row, list) or len(row) != width:
            refuse(name, f"holds something else than rows of {width}")
        texts = [entry for entry in row if isinstance(entry, str)]
        if len(texts) != width:
            refuse(name, "holds something else than texts")
        yield texts


def read_list(recipe: JsonObject, name: str) -> list[JsonValue]:
    """Return a list, empty where it is left out."""
    value = recipe.get(name, [])
    if not isinstance(value, list):
        refuse(name, "is not a list")
    return value


def read_text(recipe: JsonObject, name: str, default: str | None = None) -> str:
    """Return a text."""
    value = recipe.get(name, default)
    if not isinstance(value, str):
        refuse(name, "is not a text")
    return value


def read_integer(recipe: JsonObject, name: str, lowest: int, highest: int) -> int:
    """Return a whole number of lowest..highest; JSON's true and false are none."""
    value = recipe.get(name)
    if not isinstance(value, int) or isinstance(value, bool) or not lowest <= value <= highest:
        refuse(name, f"is not a whole number of {lowest} to {highest}")
    return value


def check_names(recipe: JsonObject, version: int) -> None:
    """Refuse a recipe with a field too many or too few: version 1 has all but the character."""
    known = _FIELDS if version > 1 else _FIELDS - {"character"}
    for name in sorted(_FIELDS - _OPTIONAL - recipe.keys()):
        refuse(name, "is missing")
    for name in sorted(recipe.keys() - known):
        refuse(name, "is not part of a recipe")


def refuse(field: str, problem: str) -> NoReturn:
    """Raise the error that names the field and what is wrong with it."""
    raise UserError("bad_recipe", f"{field[:40]} {problem}", field=field[:40], problem=problem)
