"""The `options` that people type: `steps=28 guidance=3.5 negative_prompt="hats, glasses"`.

Pairs stand apart by spaces, commas or semicolons. A value with one of these in it stands in quotes; inside quotes a
backslash takes the next quote or backslash as it is.
"""

import re
from collections.abc import Iterator
from typing import Final, NamedTuple, NoReturn

from services.errors import UserError
from services.languages import ENGLISH, say
from services.models import Parameters, Saying
from services.providers.facts import allowed_words, description_words
from services.providers.fitting import names_of
from services.providers.model import Model
from services.providers.parameters import Parameter, ParameterType, written
from services.sayings import said, saying, saying_from_text, saying_to_text

LONGEST_OPTIONS: Final = 4000

MOST_SUGGESTIONS: Final = 25
LONGEST_SUGGESTION: Final = 100
"""Source: Discord's limits for the choices of an autocomplete and for a choice's name and value."""

# Phones turn plain quotes into curly ones.
_CLOSING: Final = {'"': '"', "'": "'", "“": "”", "„": "“", "‘": "’", "«": "»"}
_CURLY: Final = "”“"
_CLOSING_EXPECTED: Final = "expected.closing"
_BETWEEN: Final = re.compile(r"[\s,;]*")
_NAME: Final = re.compile(r"([A-Za-z][A-Za-z0-9_-]{0,63})\s*(=)?\s*")
_BARE: Final = re.compile(r"[^\s,;\"“”„«»=]+")
_ESCAPED: Final = re.compile(r"\\([\\\"'“”„‘’«»])")
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


def write_options(parameters: Parameters) -> str:
    """Return `parameters` as people would type them; `parse_options` reads it back. Lists have no such form."""
    typed = ((name, written(value)) for name, value in parameters.items() if not isinstance(value, list))
    return " ".join(f"{name}={_quoted(text)}" for name, text in typed)


def suggest_options(model: Model, partial: str, language: str = ENGLISH) -> list[tuple[str, str]]:
    """Return up to 25 pairs (label, whole text) that complete the last part of what is being typed.

    Labels are in that language, texts the same in all. Every text can be sent as it stands: a quote that is open is
    closed. Empty where nothing fits, or where the whole text would be longer than Discord carries (100 characters).
    """
    if len(partial) > LONGEST_SUGGESTION:
        return []
    head, last = _split_last(partial)
    used = _used_options(head)
    if used is None:
        return []
    name, has_value, typed = last.partition("=")
    free = [each for each in model.parameters.values() if not used.keys() & set(names_of(each.name))]
    found = (
        _value_suggestions(free, name, typed, language)
        if has_value
        else _name_suggestions(free, name, language)
    )
    pairs = ((label[:LONGEST_SUGGESTION], _completed(model, head, text)) for label, text in found)
    return [(label, text) for label, text in pairs if text][:MOST_SUGGESTIONS]


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
        _refuse(text, start, saying("expected.value_after", name=name[1]))
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
    return _refuse(text, start, saying(_CLOSING_EXPECTED, quote=closing[0]))


def _checked(value: str, text: str, start: int) -> str:
    """Return `value` unless it holds control characters, which are in no parameter of any model."""
    if not all(character.isprintable() or character in "\n\t" for character in value):
        _refuse(text, start, saying("expected.visible"))
    return value


def _refuse(text: str, place: int, expected: Saying | str) -> NoReturn:
    found = text[place : place + 20]
    raise UserError(
        "bad_options",
        f"expected {said(ENGLISH, expected)} at {place + 1}",
        field="options",
        place=place + 1,
        expected=saying_to_text(expected),
        found=found,
    )


def _after(pattern: re.Pattern[str], text: str, place: int) -> int:
    match = pattern.match(text, place)
    return match.end() if match else place


def _normal(name: str) -> str:
    return name.strip().lower().replace("-", "_")


def _split_last(partial: str) -> tuple[str, str]:
    """Return the complete parts before the last one, with their separator, and the part that is being typed."""
    start = _open_start(partial)
    if start is None:
        start = max(partial.rfind(separator) for separator in (" ", ",", ";", "\n", "\t")) + 1
    return partial[:start], partial[start:]


def _open_start(partial: str) -> int | None:
    """Return where the pair begins whose quote is still open, None where none is."""
    place = _after(_BETWEEN, partial, 0)
    while place < len(partial):
        try:
            pair = _read_pair(partial, place)
        except UserError as error:
            expected = saying_from_text(str(error.fields["expected"]))
            return place if isinstance(expected, Saying) and expected.text == _CLOSING_EXPECTED else None
        place = _after(_BETWEEN, partial, pair.end)
    return None


def _used_options(head: str) -> dict[str, str] | None:
    """Return the options that stand before the last part; None where that text cannot be completed any more."""
    try:
        return parse_options(head)
    except UserError:
        return None


def _completed(model: Model, head: str, text: str) -> str:
    """Return the whole text, with what its parameters need beside them; "" where it could not be sent."""
    whole = head + text
    try:
        model.fit(parse_options(whole))
    except UserError as error:
        if error.code != "option_needs":
            return ""
        return _completed(model, f"{whole} ", f"{error.fields['needs']}={error.fields['first']}")
    return whole if len(whole) <= LONGEST_SUGGESTION else ""


def _name_suggestions(free: list[Parameter], typed: str, language: str) -> Iterator[tuple[str, str]]:
    """Yield parameters whose name, or another word for it, begins with or contains what was typed."""
    wanted = _normal(typed)
    fitting = [parameter for parameter in free if any(wanted in name for name in names_of(parameter.name))]
    fitting.sort(key=lambda each: not any(name.startswith(wanted) for name in names_of(each.name)))
    for parameter in fitting:
        allowed, what = allowed_words(parameter, language), description_words(parameter, language)
        yield f"{parameter.name} · {allowed} · {what}", _pair_text(parameter, _examples(parameter)[0])


def _value_suggestions(
    free: list[Parameter], typed_name: str, typed: str, language: str
) -> Iterator[tuple[str, str]]:
    """Yield values of the parameter that was named."""
    wanted = _normal(typed_name)
    for parameter in free:
        if wanted in names_of(parameter.name):
            for value in _completions(parameter, _without_quote(typed)):
                text = _pair_text(parameter, value)
                is_usual = value == _default(parameter)
                label = say(language, "values.usual", value=text) if is_usual else text
                yield f"{label} · {allowed_words(parameter, language)}", text


def _completions(parameter: Parameter, typed: str) -> list[str]:
    """Return values that begin with what was typed, first of all itself where it is a value already."""
    values = [value for value in _examples(parameter) if value.lower().startswith(typed.lower())]
    try:
        typed_value = [written(parameter.parse(typed))] if typed else []
    except UserError:
        typed_value = []
    return list(dict.fromkeys(typed_value + values))


def _examples(parameter: Parameter) -> list[str]:
    """Return values worth offering, the default first; a default too long to be offered stands aside."""
    match parameter.type:
        case ParameterType.BOOL:
            values = ["true", "false"]
        case ParameterType.CHOICE | ParameterType.SIZE:
            values = [*parameter.choices, *parameter.examples]
        case ParameterType.TEXT:
            values = list(parameter.examples)
        case _:
            values = [*parameter.examples, *(written(number) for number in _spread(parameter))]
    default = _default(parameter)
    is_short = default is not None and len(default) <= LONGEST_SUGGESTION // 2
    return list(dict.fromkeys(([default] if default is not None and is_short else []) + values))


def _default(parameter: Parameter) -> str | None:
    return None if parameter.default is None else written(parameter.default)


def _spread(parameter: Parameter) -> Iterator[float]:
    """Yield numbers from low to high in five strides, rounded to what the parameter accepts."""
    low, high = parameter.low or 0, parameter.high or 0
    for stride in range(6):
        number = low + (high - low) * stride / 5
        step = parameter.step or 1
        value = int(number // step * step) if parameter.type is ParameterType.INT else round(number, 1)
        if parameter.accepts(value):
            yield value


def _pair_text(parameter: Parameter, value: str) -> str:
    """Return the pair as people would type it, in quotes where the value is a text."""
    is_text = parameter.type is ParameterType.TEXT
    return f"{parameter.name}={_in_quotes(value) if is_text else value}"


def _quoted(text: str) -> str:
    """Return a value in quotes where it would not be read back without them."""
    return text if _BARE.fullmatch(text) and text[0] not in _CLOSING else _in_quotes(text)


def _in_quotes(text: str) -> str:
    escaped = text.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'


def _without_quote(typed: str) -> str:
    """Return what stands behind a quote that was opened, without the escapes."""
    if typed[:1] not in _CLOSING or not typed:
        return typed
    closing = _CURLY if typed[0] in _CURLY else _CLOSING[typed[0]]
    inside = typed[1:-1] if len(typed) > 1 and typed[-1] in closing else typed[1:]
    return _ESCAPED.sub(r"\1", inside).strip()
