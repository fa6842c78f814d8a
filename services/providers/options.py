"""The `options` that people type: `steps=28 guidance=3.5 negative_prompt="hats, glasses"`.

Pairs stand apart by spaces, commas or semicolons. A value with one of these in it stands in quotes; inside quotes a
backslash takes the next quote or backslash as it is.
"""

import re
from collections.abc import Iterator
from typing import Final, NamedTuple, NoReturn

from services.errors import UserError
from services.providers.fitting import names_of
from services.providers.model import Model
from services.providers.parameters import Parameter, ParameterType

LONGEST_OPTIONS: Final = 4000

MOST_SUGGESTIONS: Final = 25
LONGEST_SUGGESTION: Final = 100
"""Source: Discord's limits for the choices of an autocomplete and for a choice's name and value."""

# Phones turn plain quotes into curly ones.
_CLOSING: Final = {'"': '"', "'": "'", "“": "”", "„": "“", "‘": "’", "«": "»"}
_CURLY: Final = "”“"
_BETWEEN: Final = re.compile(r"[\s,;]*")
_NAME: Final = re.compile(r"([A-Za-z][A-Za-z0-9_-]{0,63})\s*(=)?\s*")
_BARE: Final = re.compile(r"[^\s,;\"“”„«»=]+")
# A comma between digits is a decimal comma, and not the end of the value.
_DECIMAL_COMMA: Final = re.compile(r"[+-]?[0-9]+,[0-9]+(?=[\s,;]|$)")


class _Pair(NamedTuple):
    name: str
    value: str
    end: int


def parse_options(text: str) -> dict[str, str]:
    """Return name -> value as typed; names in lower case with underscores, in the order typed.

    Raises UserError("options_too_long") above 4,000 characters, UserError("duplicate_option") for a name that stands
    twice, and UserError("bad_options") with the `place` (1 = first character), what was `expected` and `found` there.
    """
    if len(text) > LONGEST_OPTIONS:
        raise UserError(
            "options_too_long",
            f"{len(text)} characters",
            field="options",
            limit=LONGEST_OPTIONS,
            found=len(text),
        )
    options: dict[str, str] = {}
    for name, value, _ in _pairs(text):
        if name in options:
            raise UserError("duplicate_option", f"{name} stands twice", field=name)
        options[name] = value
    return options


def suggest_options(model: Model, partial: str) -> list[tuple[str, str]]:
    """Return up to 25 pairs (label, whole text) that complete the last part of what is being typed.

    Empty where nothing fits, or where the whole text would be longer than Discord carries (100 characters).
    """
    if len(partial) > LONGEST_SUGGESTION:
        return []
    head, last = _split_last(partial)
    used = _used_names(head)
    if used is None:
        return []
    name, has_value, typed = last.partition("=")
    free = [parameter for parameter in model.parameters.values() if not used & set(names_of(parameter.name))]
    found = _value_suggestions(free, name, typed) if has_value else _name_suggestions(free, name)
    pairs = [(label[:LONGEST_SUGGESTION], head + completed) for label, completed in found]
    return [pair for pair in pairs if len(pair[1]) <= LONGEST_SUGGESTION][:MOST_SUGGESTIONS]


def _pairs(text: str) -> Iterator[_Pair]:
    place = _after(_BETWEEN, text, 0)
    while place < len(text):
        pair = _read_pair(text, place)
        yield pair
        place = _after(_BETWEEN, text, pair.end)


def _read_pair(text: str, place: int) -> _Pair:
    name = _NAME.match(text, place)
    if name is None or name[2] is None:
        _refuse(text, place, "name=value")
    start = name.end()
    if text[start : start + 1] in _CLOSING and start < len(text):
        value, end = _read_quoted(text, start)
    else:
        bare = _DECIMAL_COMMA.match(text, start) or _BARE.match(text, start)
        value, end = (bare[0], bare.end()) if bare else ("", start)
    if not value.strip():
        _refuse(text, start, f"a value after {name[1]}=")
    return _Pair(_normal(name[1]), _checked(value, text, start), end)


def _read_quoted(text: str, start: int) -> tuple[str, int]:
    """Return what stands in the quotes that open at `start`, and where the text goes on after them."""
    opening = text[start]
    closing = _CURLY if opening in _CURLY else _CLOSING[opening]
    value: list[str] = []
    place = start + 1
    while place < len(text):
        character = text[place]
        if character in closing:
            return "".join(value), place + 1
        is_escape = character == "\\" and text[place + 1 : place + 2] in ("\\", *closing)
        value.append(text[place + 1] if is_escape else character)
        place += 2 if is_escape else 1
    return _refuse(text, start, f"a closing {closing[0]}")


def _checked(value: str, text: str, start: int) -> str:
    """Return `value` unless it holds control characters, which are in no parameter of any model."""
    if not all(character.isprintable() or character in "\n\t" for character in value):
        _refuse(text, start, "visible characters")
    return value


def _refuse(text: str, place: int, expected: str) -> NoReturn:
    found = text[place : place + 20]
    raise UserError(
        "bad_options",
        f"expected {expected} at {place + 1}",
        field="options",
        place=place + 1,
        expected=expected,
        found=found,
    )


def _after(pattern: re.Pattern[str], text: str, place: int) -> int:
    match = pattern.match(text, place)
    return match.end() if match else place


def _normal(name: str) -> str:
    return name.strip().lower().replace("-", "_")


def _split_last(partial: str) -> tuple[str, str]:
    """Return the complete parts before the last one, with their separator, and the part that is being typed."""
    start = max(partial.rfind(separator) for separator in (" ", ",", ";", "\n", "\t")) + 1
    return partial[:start], partial[start:]


def _used_names(head: str) -> set[str] | None:
    """Return the names that stand before the last part; None where that text cannot be completed any more."""
    try:
        return set(parse_options(head))
    except UserError:
        return None


def _name_suggestions(free: list[Parameter], typed: str) -> Iterator[tuple[str, str]]:
    """Yield parameters whose name, or another word for it, begins with or contains what was typed."""
    wanted = _normal(typed)
    fitting = [parameter for parameter in free if any(wanted in name for name in names_of(parameter.name))]
    fitting.sort(key=lambda each: not any(name.startswith(wanted) for name in names_of(each.name)))
    for parameter in fitting:
        label = f"{parameter.name} · {parameter.allowed} · {parameter.description}"
        yield label, f"{parameter.name}={_examples(parameter)[0]}"


def _value_suggestions(free: list[Parameter], typed_name: str, typed: str) -> Iterator[tuple[str, str]]:
    """Yield values of the parameter that was named."""
    wanted = _normal(typed_name)
    for parameter in free:
        if wanted in names_of(parameter.name):
            for value in _completions(parameter, typed):
                note = " (default)" if value == _written(parameter.default) else ""
                yield f"{parameter.name}={value}{note} · {parameter.allowed}", f"{parameter.name}={value}"


def _completions(parameter: Parameter, typed: str) -> list[str]:
    """Return values that begin with what was typed, first of all itself where it is a value already."""
    values = [value for value in _examples(parameter) if value.lower().startswith(typed.lower())]
    try:
        typed_value = [_written(parameter.parse(typed))] if typed else []
    except UserError:
        typed_value = []
    return list(dict.fromkeys(typed_value + values))


def _examples(parameter: Parameter) -> list[str]:
    """Return values worth offering, the vendor's default first; texts have an open quote to type in."""
    match parameter.type:
        case ParameterType.TEXT:
            return ['"']
        case ParameterType.BOOL:
            values = ["true", "false"]
        case ParameterType.CHOICE:
            values = list(parameter.choices)
        case _:
            values = [_written(number) for number in _spread(parameter)]
    default = [] if parameter.default is None else [_written(parameter.default)]
    return list(dict.fromkeys(default + values))


def _spread(parameter: Parameter) -> Iterator[float]:
    """Yield numbers from low to high in five strides, rounded to what the parameter accepts."""
    low, high = parameter.low or 0, parameter.high or 0
    for stride in range(6):
        number = low + (high - low) * stride / 5
        step = parameter.step or 1
        value = int(number // step * step) if parameter.type is ParameterType.INT else round(number, 1)
        if parameter.accepts(value):
            yield value


def _written(value: object) -> str:
    """Return a value as people type it: 28, 3.5, true, jpeg."""
    if isinstance(value, bool):
        return str(value).lower()
    return f"{value:g}" if isinstance(value, float) else str(value)
