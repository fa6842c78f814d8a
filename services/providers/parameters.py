"""The parameters that a model takes, and how what a person typed becomes one of their values."""

import math
import re
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType
from typing import Final

from services.errors import UserError

ParameterValue = str | int | float | bool

LONGEST_SHOWN: Final = 100
"""How much of somebody's own text an error repeats."""

_INTEGER: Final = re.compile(r"[+-]?[0-9]{1,18}", re.ASCII)
_DECIMAL: Final = re.compile(r"[+-]?([0-9]{1,18}(\.[0-9]{0,18})?|\.[0-9]{1,18})", re.ASCII)
_TRUTHS: Final = MappingProxyType(
    {"true": True, "yes": True, "on": True, "1": True, "false": False, "no": False, "off": False, "0": False}
)


class ParameterType(StrEnum):
    """The types of the catalogue file."""

    INT = "int"
    FLOAT = "float"
    BOOL = "bool"
    CHOICE = "choice"
    TEXT = "text"


@dataclass(frozen=True, slots=True)
class Parameter:
    """One parameter of a model, under the vendor's own name.

    `low` and `high` are inclusive and bound numbers; for texts `high` is the longest length in characters. `step` is
    what a number must be a multiple of. `default` is what the vendor uses when nothing is sent, None if unknown.
    """

    name: str
    type: ParameterType
    description: str
    default: ParameterValue | None = None
    low: int | float | None = None
    high: int | float | None = None
    step: int | None = None
    choices: tuple[str, ...] = ()

    @property
    def allowed(self) -> str:
        """Return the allowed values in words: "1..50", "jpeg, png", "true or false"."""
        match self.type:
            case ParameterType.BOOL:
                return "true or false"
            case ParameterType.CHOICE:
                return ", ".join(self.choices)
            case ParameterType.TEXT:
                return f"1..{self.high} characters"
        step = f" in steps of {self.step}" if self.step else ""
        return f"{self.low}..{self.high}{step}"

    def accepts(self, value: object) -> bool:
        """Tell whether `value` has this parameter's type and range."""
        match self.type:
            case ParameterType.BOOL:
                return isinstance(value, bool)
            case ParameterType.CHOICE:
                return value in self.choices
            case ParameterType.TEXT:
                return isinstance(value, str) and 0 < len(value) <= (self.high or 0)
            case ParameterType.INT:
                return isinstance(value, int) and self._is_within(value)
        return isinstance(value, (int, float)) and self._is_within(value)

    def parse(self, text: str) -> ParameterValue:
        """Return the value that `text` means.

        Raises UserError("bad_option") with the `field`, what is `allowed`, and what was `found`.
        """
        value = _READERS[self.type](self, text.strip())
        if value is None or not self.accepts(value):
            raise UserError(
                "bad_option",
                f"{self.name} takes {self.allowed}",
                field=self.name,
                allowed=self.allowed,
                found=text[:LONGEST_SHOWN],
            )
        return value

    def _is_within(self, value: float) -> bool:
        """Tell whether a number is in range; bool is an int in Python and no number here."""
        if isinstance(value, bool) or not math.isfinite(value) or self.low is None or self.high is None:
            return False
        return self.low <= value <= self.high and not (self.step and value % self.step)


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


_READERS: Final = MappingProxyType(
    {
        ParameterType.INT: _read_int,
        ParameterType.FLOAT: _read_float,
        ParameterType.BOOL: _read_bool,
        ParameterType.CHOICE: _read_choice,
        ParameterType.TEXT: _read_text,
    }
)
