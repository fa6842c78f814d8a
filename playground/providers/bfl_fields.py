"""Checks a request's body as BFL does, and says what is wrong in the words of its framework.

*Source:* the vendor's OpenAPI (HTTPValidationError); the types and messages are pydantic's, "Validation errors".
"""

import base64
import binascii
import io
import math
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from PIL import Image

from playground.providers.bfl_models import Field, Json

PIXELS_PER_MEGAPIXEL: Final = 1_000_000
MOST_PIXELS: Final = 4 * 1024 * 1024
"""*Source:* docs.bfl.ai, FLUX.2: up to 4 MP."""

_ASPECT: Final = re.compile(r"([1-9][0-9]{0,3}):([1-9][0-9]{0,3})")
_ADDRESS: Final = re.compile(r"https?://[^\s/?#]+[^\s]*")
_WIDEST: Final = 21 / 9

Breach = dict[str, Json]


@dataclass(slots=True)
class Checked:
    """A body that was read: its values with the defaults, its pictures by field, and the rules that it breaks."""

    values: dict[str, Json]
    pictures: dict[str, bytes]
    breaches: list[Breach]


def breach(field: str, kind: str, message: str, found: Json, **limits: Json) -> Breach:
    """Return one entry of `detail`. Like the real one it repeats what was found, however long that is."""
    entry: Breach = {"type": kind, "loc": ["body", field], "msg": message, "input": found}
    return {**entry, "ctx": limits} if limits else entry


def check(body: Mapping[str, Json], fields: tuple[Field, ...]) -> Checked:
    """Return what a body holds and what is wrong with it. Decodes its pictures: runs in a thread."""
    checked = Checked({}, {}, [])
    for field in fields:
        _check_field(field, body, checked)
    known = {field.name for field in fields}
    checked.breaches += [
        breach(name, "extra_forbidden", "Extra inputs are not permitted", value)
        for name, value in body.items()
        if name not in known
    ]
    if not checked.breaches:
        _check_area(checked)
    return checked


def _check_field(field: Field, body: Mapping[str, Json], checked: Checked) -> None:
    checked.values[field.name] = body.get(field.name, field.default)
    if field.name not in body:
        if field.is_required:
            checked.breaches.append(breach(field.name, "missing", "Field required", dict(body)))
        return
    value = body[field.name]
    if value is None and field.is_nullable:
        checked.values[field.name] = field.default
        return
    found = _KINDS[field.kind](field, value, checked)
    if found is not None:
        checked.breaches.append(found)


def _check_text(field: Field, value: Json, _checked: Checked) -> Breach | None:
    return _not_a(field, value, "string") if not isinstance(value, str) else None


def _check_boolean(field: Field, value: Json, _checked: Checked) -> Breach | None:
    if isinstance(value, bool):
        return None
    return breach(field.name, "bool_type", "Input should be a valid boolean", value)


def _check_choice(field: Field, value: Json, _checked: Checked) -> Breach | None:
    if value in field.choices:
        return None
    quoted = [f"'{choice}'" for choice in field.choices]
    expected = f"{', '.join(quoted[:-1])} or {quoted[-1]}"
    return breach(field.name, "enum", f"Input should be {expected}", value, expected=expected)


def _check_integer(field: Field, value: Json, _checked: Checked) -> Breach | None:
    if isinstance(value, bool) or not isinstance(value, int):
        return breach(field.name, "int_type", "Input should be a valid integer", value)
    return _check_range(field, value)


def _check_number(field: Field, value: Json, _checked: Checked) -> Breach | None:
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    # A whole number may be too long for a float; its range refuses it.
    if not is_number or (isinstance(value, float) and not math.isfinite(value)):
        return breach(field.name, "float_type", "Input should be a valid number", value)
    return _check_range(field, value)


def _check_range(field: Field, value: float) -> Breach | None:
    if field.low is not None and value < field.low:
        message = f"Input should be greater than or equal to {field.low:g}"
        return breach(field.name, "greater_than_equal", message, value, ge=field.low)
    if field.high is not None and value > field.high:
        message = f"Input should be less than or equal to {field.high:g}"
        return breach(field.name, "less_than_equal", message, value, le=field.high)
    if field.multiple is not None and value % field.multiple:
        message = f"Input should be a multiple of {field.multiple}"
        return breach(field.name, "multiple_of", message, value, multiple_of=field.multiple)
    return None


def _check_aspect(field: Field, value: Json, _checked: Checked) -> Breach | None:
    if not isinstance(value, str):
        return _not_a(field, value, "string")
    found = _ASPECT.fullmatch(value)
    ratio = int(found[1]) / int(found[2]) if found else 0
    if 1 / _WIDEST - 1e-9 <= ratio <= _WIDEST + 1e-9:
        return None
    return _bad_value(field, value, "aspect_ratio must be between 21:9 and 9:21")


def _check_address(field: Field, value: Json, _checked: Checked) -> Breach | None:
    if not isinstance(value, str):
        return breach(field.name, "url_type", "URL input should be a string or URL", value)
    if len(value) > (field.high or math.inf):
        message = f"URL should have at most {field.high} characters"
        return breach(field.name, "url_too_long", message, value, max_length=field.high)
    if not _ADDRESS.fullmatch(value):
        error = "relative URL without a base"
        return breach(field.name, "url_parsing", f"Input should be a valid URL, {error}", value, error=error)
    return None


def _check_picture(field: Field, value: Json, checked: Checked) -> Breach | None:
    """Take a picture in base64. A "data:" address is refused: whether the real service takes one is not known."""
    if not isinstance(value, str):
        return _not_a(field, value, "string")
    try:
        data = base64.b64decode(value, validate=True)
    except (binascii.Error, ValueError):
        return _bad_value(field, value, "not a valid base64 string")
    if size_of(data) is None:
        return _bad_value(field, value, "not a readable image")
    checked.pictures[field.name] = data
    return None


def _check_picture_or_address(field: Field, value: Json, checked: Checked) -> Breach | None:
    if isinstance(value, str) and _ADDRESS.fullmatch(value):
        return None
    return _check_picture(field, value, checked)


def _not_a(field: Field, value: Json, name: str) -> Breach:
    return breach(field.name, f"{name}_type", f"Input should be a valid {name}", value)


def _bad_value(field: Field, value: Json, text: str) -> Breach:
    return breach(field.name, "value_error", f"Value error, {text}", value, error=text)


def _check_area(checked: Checked) -> None:
    """Refuse more than four megapixels; only models with sides of any length can ask for so many."""
    sides = [checked.values.get(name) or 0 for name in ("width", "height")]
    if sides[0] * sides[1] > MOST_PIXELS:
        text = "width * height must not exceed 4 MP"
        checked.breaches.append(breach("width", "value_error", f"Value error, {text}", sides[0], error=text))


def size_of(data: bytes) -> tuple[int, int] | None:
    """Return width and height of a picture in px, None for what is none."""
    try:
        with Image.open(io.BytesIO(data), formats=("JPEG", "PNG", "WEBP")) as picture:
            return picture.size
    except (OSError, ValueError, Image.DecompressionBombError):
        return None


_KINDS: Final[Mapping[str, Callable[[Field, Any, Checked], Breach | None]]] = {
    "text": _check_text,
    "boolean": _check_boolean,
    "choice": _check_choice,
    "integer": _check_integer,
    "number": _check_number,
    "aspect": _check_aspect,
    "address": _check_address,
    "picture": _check_picture,
    "picture or address": _check_picture_or_address,
}
