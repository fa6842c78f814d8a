"""Checks of single fields against a table: presence, type, length, range, choice.

*Source:* codes and texts of Discord's 50035 refusals, as its reference and client libraries' issue trackers show them.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

from playground.discord.errors import Path, Problems

SNOWFLAKE_MAX_DIGITS = 20

Kind = Literal["string", "integer", "number", "boolean", "list", "object", "snowflake"]

_TYPES: dict[Kind, tuple[type, ...]] = {
    "string": (str,),
    "integer": (int,),
    "number": (int, float),
    "boolean": (bool,),
    "list": (list,),
    "object": (dict,),
    "snowflake": (str, int),
}
_COERCE = {
    "string": ("STRING_TYPE_CONVERT", "Could not interpret value as string."),
    "integer": ("NUMBER_TYPE_COERCE", "Value is not int."),
    "number": ("NUMBER_TYPE_COERCE", "Value is not float."),
    "boolean": ("BOOLEAN_TYPE_CONVERT", "Must be either true or false."),
    "list": ("LIST_TYPE_CONVERT", "Only iterables may be used in a ListType."),
    "object": ("DICT_TYPE_CONVERT", "Only dictionaries may be used in a DictType."),
    "snowflake": ("NUMBER_TYPE_COERCE", "Value is not snowflake."),
}


@dataclass(frozen=True, slots=True)
class Field:
    """What one field must be; `low` and `high` bound the length of strings and lists, the value of numbers.

    `items` is what every element of a list must be.
    """

    kind: Kind
    required: bool = False
    low: int | None = None
    high: int | None = None
    choices: tuple[Any, ...] = ()
    items: "Kind | Field | None" = None


# *Source:* Discord's reference, "Locales"
LOCALES = (
    "ar", "bg", "cs", "da", "de", "el", "en-GB", "en-US", "es-419", "es-ES", "fi", "fr", "he", "hi", "hr", "hu", "id",
    "it", "ja", "ko", "lt", "nl", "no", "pl", "pt-BR", "ro", "ru", "sv-SE", "th", "tr", "uk", "vi", "zh-CN", "zh-TW",
)  # fmt: skip
CHANNEL_TYPES = Field(
    "list", items=Field("integer", required=True, choices=(0, 1, 2, 3, 4, 5, 10, 11, 12, 13, 14, 15, 16))
)
"""Of options and selects of channels."""
FILE_TYPES = Field("list", high=10, items=Field("string", required=True, low=1, high=100))
"""Of attachment options and file uploads: image, video, audio or an extension; new in August 2026."""


def is_snowflake(text: str) -> bool:
    """Say whether a text has the form of an id: digits, no more than fit into 64 bits."""
    return text.isascii() and text.isdigit() and len(text) <= SNOWFLAKE_MAX_DIGITS


def check_fields(value: object, fields: Mapping[str, Field], path: Path, problems: Problems) -> bool:
    """Note what is wrong with the fields that a table names; True when nothing is. Null counts as absent."""
    if not isinstance(value, dict):
        problems.add(path, *_COERCE["object"])
        return False
    before = len(problems.found)
    for name, field in fields.items():
        check_field(value.get(name), field, (*path, name), problems)
    return len(problems.found) == before


def check_field(value: object, field: Field, path: Path, problems: Problems) -> None:
    """Note what is wrong with one field."""
    if value is None:
        if field.required:
            problems.add(path, "BASE_TYPE_REQUIRED", "This field is required")
        return
    if not _has_kind(value, field.kind):
        problems.add(path, *_COERCE[field.kind])
    elif field.choices and value not in field.choices:
        names = ", ".join(repr(choice) for choice in field.choices)
        problems.add(path, "BASE_TYPE_CHOICES", f"Value must be one of {{{names}}}.")
    elif isinstance(value, (str, list)):
        _check_length(len(value), field, path, problems)
        _check_items(value, field, path, problems)
    elif isinstance(value, (int, float)):
        _check_range(value, field, path, problems)


def _check_items(value: str | list[Any], field: Field, path: Path, problems: Problems) -> None:
    if field.items is None:
        return
    each = field.items if isinstance(field.items, Field) else Field(field.items, required=True)
    for index, item in enumerate(value):
        check_field(item, each, (*path, index), problems)


def _has_kind(value: object, kind: Kind) -> bool:
    if isinstance(value, bool):
        return kind == "boolean"
    if kind == "snowflake" and isinstance(value, str):
        return is_snowflake(value)
    return isinstance(value, _TYPES[kind])


def _check_length(length: int, field: Field, path: Path, problems: Problems) -> None:
    low, high = field.low, field.high
    if field.kind == "snowflake" or (low or 0) <= length <= (length if high is None else high):
        return
    if low and high is not None:
        problems.add(path, "BASE_TYPE_BAD_LENGTH", f"Must be between {low} and {high} in length.")
    elif high is not None and length > high:
        problems.add(path, "BASE_TYPE_MAX_LENGTH", f"Must be {high} or fewer in length.")
    else:
        problems.add(path, "BASE_TYPE_MIN_LENGTH", f"Must be {low} or more in length.")


def _check_range(value: float, field: Field, path: Path, problems: Problems) -> None:
    if field.low is not None and value < field.low:
        problems.add(path, "NUMBER_TYPE_MIN", f"int value should be greater than or equal to {field.low}.")
    elif field.high is not None and value > field.high:
        problems.add(path, "NUMBER_TYPE_MAX", f"int value should be less than or equal to {field.high}.")
