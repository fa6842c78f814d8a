"""JSON Schemas read from a folder, and what a value does wrong as readable lines."""

import json
import os
from collections.abc import Iterable, Iterator
from functools import partial
from pathlib import Path
from typing import Any, TypeAlias

import jsonschema_rs
from jsonschema_rs import ValidationError, ValidationErrorKind, Validator

Value: TypeAlias = Any  # whatever JSON holds
Json = dict[str, Any]

MESSAGE_MAX = 200
NOT_SET = "DISCORD_SPECS is not set: nothing was compared with Discord's own schemas"

UNIONS = (ValidationErrorKind.AnyOf, ValidationErrorKind.OneOfNotValid)
WRONG_BRANCH = (ValidationErrorKind.Constant, ValidationErrorKind.Enum)


def specs_folder() -> Path | None:
    """Return the folder with Discord's schemas, None where nobody named one."""
    named = os.environ.get("DISCORD_SPECS")
    return Path(named) if named else None


def read_schema(folder: Path, name: str) -> Json:
    """Return a schema file's content. Raises FileNotFoundError: a named folder without its files is a mistake."""
    read: Json = json.loads((folder / name).read_text("utf-8"))
    return read


def compiled(schema: Json) -> Validator:
    """Return the validator of a schema; the forms of times and addresses count too."""
    return jsonschema_rs.validator_for(schema, validate_formats=True)


def problems_of(validator: Validator, value: Value, where: str) -> list[str]:
    """Return one line for everything that a value does wrong: where, JSON pointer, what."""
    return [_line(error, where) for error in _leaves(validator.iter_errors(value))]


def _line(error: ValidationError, where: str) -> str:
    pointer = "/".join(str(step) for step in error.instance_path)
    return f"{where} at /{pointer}: {error.message[-MESSAGE_MAX:]}"


def _leaves(errors: Iterable[ValidationError]) -> Iterator[ValidationError]:
    """Yield errors; for a union those of the branch that was most likely meant."""
    for error in errors:
        if isinstance(error.kind, UNIONS) and any(error.kind.context):
            depth = len(error.instance_path)
            yield from _leaves(min(error.kind.context, key=partial(_distance, depth)))
        else:
            yield error


def _distance(depth: int, branch: Iterable[ValidationError]) -> tuple[bool, bool, int]:
    """Return how far a union's branch is from the value at a depth: another `type`, another kind, how many errors."""
    errors = list(branch)
    is_other = any(
        isinstance(error.kind, WRONG_BRANCH) and error.instance_path[-1:] == ["type"] for error in errors
    )
    is_no_object = any(
        isinstance(error.kind, ValidationErrorKind.Type) and len(error.instance_path) == depth
        for error in errors
    )
    return is_other or not errors, is_no_object, len(errors)
