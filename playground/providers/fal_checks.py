"""Checks a model's input as strictly as its schema says, and names each wrong field as fal does."""

import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from playground.providers.fal_errors import ModelError, entry
from playground.providers.fal_models import IMAGE_SIZES, Field, Model

Entry = dict[str, Any]
_SIDES = ("width", "height")


def checked(model: Model, given: Mapping[str, Any]) -> dict[str, Any]:
    """Return an input with every default filled in. Raises `ModelError` with an entry for each wrong field."""
    wrong = [*_missing(model, given), *_unknown(model, given)]
    for name, value in given.items():
        if name in model.fields and not (value is None and not model.fields[name].is_required):
            wrong += _wrong(model.fields[name], (name,), value)
    if wrong:
        raise ModelError(*wrong)
    defaults = {name: field.default for name, field in model.fields.items()}
    return defaults | {name: value for name, value in given.items() if value is not None}


def _missing(model: Model, given: Mapping[str, Any]) -> Iterator[Entry]:
    for name, field in model.fields.items():
        if field.is_required and name not in given:
            yield entry((name,), "missing", "Field required", given=dict(given))


def _unknown(model: Model, given: Mapping[str, Any]) -> Iterator[Entry]:
    for name in given:
        if name not in model.fields:
            yield entry((name,), "extra_forbidden", "Extra inputs are not permitted", given=given[name])


def _wrong(field: Field, loc: tuple[str | int, ...], value: object) -> list[Entry]:
    return list(_CHECKS[field.kind](field, loc, value))


def _text(_field: Field, loc: tuple[str | int, ...], value: object) -> Iterator[Entry]:
    if not isinstance(value, str):
        yield entry(loc, "string_type", "Input should be a valid string", given=value)


def _flag(_field: Field, loc: tuple[str | int, ...], value: object) -> Iterator[Entry]:
    if not isinstance(value, bool):
        yield entry(loc, "bool_type", "Input should be a valid boolean", given=value)


def _integer(field: Field, loc: tuple[str | int, ...], value: object) -> Iterator[Entry]:
    if isinstance(value, bool) or not isinstance(value, int):
        yield entry(loc, "int_type", "Input should be a valid integer", given=value)
        return
    yield from _range(field, loc, value)


def _number(field: Field, loc: tuple[str | int, ...], value: object) -> Iterator[Entry]:
    if isinstance(value, bool) or not isinstance(value, int | float):
        yield entry(loc, "float_type", "Input should be a valid number", given=value)
        return
    yield from _range(field, loc, value)


def _range(field: Field, loc: tuple[str | int, ...], value: float) -> Iterator[Entry]:
    if field.least is not None and value < field.least:
        text = f"Input should be greater than or equal to {field.least:g}"
        yield entry(loc, "greater_than_equal", text, given=value, ge=field.least)
    if field.most is not None and value > field.most:
        text = f"Input should be less than or equal to {field.most:g}"
        yield entry(loc, "less_than_equal", text, given=value, le=field.most)


def _choice(field: Field, loc: tuple[str | int, ...], value: object) -> Iterator[Entry]:
    if value not in field.choices:
        names = ", ".join(repr(choice) for choice in field.choices)
        text = f"Input should be one of {names}"
        yield entry(loc, "one_of", text, given=value, expected=list(field.choices))


def _aspect(field: Field, loc: tuple[str | int, ...], value: object) -> Iterator[Entry]:
    """Check an aspect: one of those named, or any two whole numbers ("free string" in the schema)."""
    if not (isinstance(value, str) and re.fullmatch(r"[1-9]\d{0,2}:[1-9]\d{0,2}", value)):
        yield from _choice(field, loc, value)


def _size(field: Field, loc: tuple[str | int, ...], value: object) -> Iterator[Entry]:
    names = (*IMAGE_SIZES, *field.choices)
    if isinstance(value, str):
        yield from _choice(Field("choice", choices=names), loc, value)
        return
    if not isinstance(value, dict):
        yield entry(loc, "model_type", "Input should be a size or one of its names", given=value)
        return
    for side, length in value.items():
        if side not in _SIDES:
            yield entry((*loc, side), "extra_forbidden", "Extra inputs are not permitted", given=length)
        else:
            yield from _integer(field, (*loc, side), length)


def _pictures(field: Field, loc: tuple[str | int, ...], value: object) -> Iterator[Entry]:
    if not isinstance(value, list):
        yield entry(loc, "list_type", "Input should be a valid list", given=value)
        return
    if field.least is not None and len(value) < field.least:
        yield entry(loc, "sequence_too_short", "Too few pictures", min_length=int(field.least))
    if field.most is not None and len(value) > field.most:
        yield entry(loc, "sequence_too_long", "Too many pictures", max_length=int(field.most))
    for index, one in enumerate(value):
        yield from _text(field, (*loc, index), one)


_CHECKS: Mapping[str, Callable[[Field, tuple[str | int, ...], object], Iterator[Entry]]] = {
    "text": _text,
    "flag": _flag,
    "integer": _integer,
    "number": _number,
    "choice": _choice,
    "aspect": _aspect,
    "size": _size,
    "picture": _text,
    "pictures": _pictures,
}
