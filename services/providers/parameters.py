"""The parameters that a model takes, and how what a person typed becomes one of their values."""

import math
import re
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType
from typing import Final

from services.errors import UserError
from services.languages import ENGLISH
from services.models import JsonValue, Saying
from services.sayings import said, saying, saying_to_text

ParameterValue = str | int | float | bool
"""A value as somebody may ask for it; as it is sent, a size may also be an object."""

LONGEST_SHOWN: Final = 100
"""How much of somebody's own text an error repeats."""

_INTEGER: Final = re.compile(r"[+-]?[0-9]{1,18}", re.ASCII)
_DECIMAL: Final = re.compile(r"[+-]?([0-9]{1,18}(\.[0-9]{0,18})?|\.[0-9]{1,18})", re.ASCII)
_TRUTHS: Final = MappingProxyType(
    {"true": True, "yes": True, "on": True, "1": True, "false": False, "no": False, "off": False, "0": False}
)
_SIZE: Final = re.compile(r"([0-9]{1,5})\s*[xX×*]\s*([0-9]{1,5})", re.ASCII)


def read_size(text: str) -> tuple[int, int] | None:
    """Return width and height in px of a text like "1536x1024", None for any other text."""
    sides = _SIZE.fullmatch(text.strip())
    return None if sides is None else (int(sides[1]), int(sides[2]))


class ParameterType(StrEnum):
    """The types of the catalogue file."""

    INT = "int"
    FLOAT = "float"
    BOOL = "bool"
    CHOICE = "choice"
    TEXT = "text"
    SIZE = "size"
    """One of the words of `choices`, or width and height in px."""


@dataclass(frozen=True, slots=True)
class Need:
    """What a parameter needs beside it: that the parameter `of` has one of the values `among`.

    `value` is the value that has the need, None for every value.
    """

    of: str
    among: tuple[str, ...]
    value: ParameterValue | None = None

    @property
    def values(self) -> Saying | str:
        """Return the values of `among` to be said: "jpeg or webp"."""
        found: Saying | str = self.among[0]
        for other in self.among[1:]:
            found = saying("values.either", first=found, other=other)
        return found


@dataclass(frozen=True, slots=True)
class SizeRule:
    """What holds for width and height together: the longer side at most `ratio` times the shorter, and the pixels.

    `is_object`: it is sent as {"width": 1024, "height": 768}, else as "1024x768".
    """

    ratio: float
    fewest_pixels: int
    most_pixels: int
    is_object: bool = False

    def allows(self, width: int, height: int) -> bool:
        """Tell whether a size keeps it."""
        is_in_shape = max(width, height) <= self.ratio * min(width, height)
        return is_in_shape and self.fewest_pixels <= width * height <= self.most_pixels


@dataclass(frozen=True, slots=True)
class Parameter:
    """One parameter of a model, under the vendor's own name.

    `low` and `high` are inclusive and bound numbers and the sides of sizes; for texts `high` is the longest length in
    characters. `step` is what a number or side must be a multiple of. `default` is what the vendor uses when nothing
    is sent, None if unknown; with `is_default_sent` it is ours, and we send it. A number out of the range of a
    parameter that `is_clamped` becomes the nearest one in it. `examples` are values worth offering after the default.
    """

    name: str
    type: ParameterType
    description: str
    default: ParameterValue | None = None
    low: int | float | None = None
    high: int | float | None = None
    step: int | None = None
    choices: tuple[str, ...] = ()
    examples: tuple[str, ...] = ()
    is_default_sent: bool = False
    is_clamped: bool = False
    needs: tuple[Need, ...] = ()
    size_rule: SizeRule | None = None

    @property
    def allowed(self) -> str:
        """Return the allowed values in English words: "1..50", "jpeg, png", "true or false"."""
        return said(ENGLISH, self.values)

    @property
    def values(self) -> Saying | str:
        """Return the allowed values to be said in any language; a plain text where it is the same in all."""
        match self.type:
            case ParameterType.BOOL:
                return saying("values.truth")
            case ParameterType.CHOICE:
                return ", ".join(self.choices)
            case ParameterType.TEXT:
                return saying("values.characters", most=str(self.high))
        if self.size_rule is None:
            return self._numbers
        return _allowed_sizes(self.size_rule, self._numbers, self.choices)

    @property
    def _numbers(self) -> Saying | str:
        if not self.step:
            return f"{self.low}..{self.high}"
        return saying("values.steps", low=str(self.low), high=str(self.high), step=str(self.step))

    def accepts(self, value: object) -> bool:
        """Tell whether `value` has this parameter's type and range."""
        match self.type:
            case ParameterType.BOOL:
                return isinstance(value, bool)
            case ParameterType.CHOICE:
                return value in self.choices
            case ParameterType.TEXT:
                return isinstance(value, str) and 0 < len(value) <= (self.high or 0)
            case ParameterType.SIZE:
                return value in self.choices or self._is_size(value)
            case ParameterType.INT:
                return isinstance(value, int) and self._is_within(value)
        return isinstance(value, (int, float)) and self._is_within(value)

    def read(self, text: str) -> JsonValue:
        """Return the value that `text` means, whether in range or not; None where it is of another type."""
        return _READERS[self.type](self, text.strip())

    def parse(self, text: str) -> JsonValue:
        """Return the value that `text` means.

        Raises UserError("bad_option") with the `field`, what is `allowed`, and what was `found`.
        """
        value = self.read(text)
        if value is None or not self.accepts(value):
            raise UserError(
                "bad_option",
                f"{self.name} takes {self.allowed}",
                field=self.name,
                allowed=saying_to_text(self.values),
                found=text[:LONGEST_SHOWN],
            )
        return value

    def nearest(self, number: float) -> int | float:
        """Return the number in range that is nearest to `number`; of two steps the lower one."""
        low, high = self.low or 0, self.high or 0
        inside = min(max(number, low), high)
        return inside if self.step is None else int(inside // self.step * self.step)

    def _is_within(self, value: float) -> bool:
        """Tell whether a number is in range; bool is an int in Python and no number here."""
        if isinstance(value, bool) or not math.isfinite(value) or self.low is None or self.high is None:
            return False
        return self.low <= value <= self.high and not (self.step and value % self.step)

    def _is_size(self, value: object) -> bool:
        rule, sides = self.size_rule, _sides(value)
        if rule is None or sides is None or rule.is_object != isinstance(value, dict):
            return False
        return all(map(self._is_within, sides)) and rule.allows(*sides)


def written(value: object) -> str:
    """Return a value as people type it: 28, 3.5, true, jpeg, 1024x768."""
    if isinstance(value, bool):
        return str(value).lower()
    sides = _sides(value) if isinstance(value, dict) else None
    if sides is not None:
        return f"{sides[0]}x{sides[1]}"
    short = f"{value:g}" if isinstance(value, float) else ""
    return short if short and float(short) == value else str(value)


def _sides(value: object) -> tuple[int, int] | None:
    match value:
        case str() as text:
            return read_size(text)
        case {"width": int(width), "height": int(height), **others} if not others:
            return width, height
    return None


def _allowed_sizes(rule: SizeRule, sides: Saying | str, words: tuple[str, ...]) -> Saying:
    ratio = f"{rule.ratio:g}"
    size = saying("values.size", sides=sides, ratio=ratio)
    if rule.fewest_pixels > 1:
        fewest, most = str(rule.fewest_pixels), str(rule.most_pixels)
        size = saying("values.size_of_pixels", sides=sides, ratio=ratio, fewest=fewest, most=most)
    return saying("values.beside", first=size, others=", ".join(words)) if words else size


def _read_int(_parameter: Parameter, text: str) -> int | None:
    return int(text) if _INTEGER.fullmatch(text) else None


def _read_float(_parameter: Parameter, text: str) -> float | None:
    # Half of the world writes 3,5; a thousands separator makes no sense in these ranges.
    number = text.replace(",", ".", 1)
    return float(number) if _DECIMAL.fullmatch(number) else None


def _read_bool(_parameter: Parameter, text: str) -> bool | None:
    return _TRUTHS.get(text.lower())


def _read_choice(parameter: Parameter, text: str) -> str | None:
    return next((choice for choice in parameter.choices if choice.lower() == text.lower()), None)


def _read_text(_parameter: Parameter, text: str) -> str | None:
    """Return the text; None when it has no visible character or one that no prompt needs."""
    is_plain = all(character.isprintable() or character in "\n\t" for character in text)
    return text if is_plain and text.strip() else None


def _read_size(parameter: Parameter, text: str) -> JsonValue:
    sides = read_size(text)
    if sides is None or parameter.size_rule is None:
        return _read_choice(parameter, text)
    width, height = sides
    return {"width": width, "height": height} if parameter.size_rule.is_object else f"{width}x{height}"


_READERS: Final = MappingProxyType(
    {
        ParameterType.INT: _read_int,
        ParameterType.FLOAT: _read_float,
        ParameterType.BOOL: _read_bool,
        ParameterType.CHOICE: _read_choice,
        ParameterType.TEXT: _read_text,
        ParameterType.SIZE: _read_size,
    }
)
