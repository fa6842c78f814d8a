"""Checks application commands as Discord does at registration.

*Source:* Discord's "Application Commands".
"""

import unicodedata
from collections.abc import Mapping
from typing import Any

from playground.discord.errors import ApiError, Json, Path, Problems
from playground.discord.rules.fields import (
    CHANNEL_TYPES,
    FILE_TYPES,
    LOCALES,
    Field,
    check_field,
    check_fields,
)

CHAT, USER, MESSAGE = 1, 2, 3
COUNT_MAX = {CHAT: 100, USER: 15, MESSAGE: 15}
TEXT_TOTAL_MAX = 8_000
SUBCOMMAND, GROUP, STRING, INTEGER, BOOLEAN, USER_OPTION, CHANNEL, ROLE, MENTIONABLE, NUMBER, ATTACHMENT = (
    range(1, 12)
)

_NAME = Field("string", required=True, low=1, high=32)
_DESCRIPTION = Field("string", required=True, low=1, high=100)
_CHOICE_NAME = Field("string", required=True, low=1, high=100)
_TRANSLATED = {"name_localizations": Field("object"), "description_localizations": Field("object")}

COMMAND = _TRANSLATED | {
    "name": _NAME,
    "type": Field("integer", choices=(CHAT, USER, MESSAGE)),
    "options": Field("list", high=25),
    "contexts": Field("list", items=Field("integer", required=True, choices=(0, 1, 2))),
    "integration_types": Field("list", items=Field("integer", required=True, choices=(0, 1))),
    "nsfw": Field("boolean"),
    "default_member_permissions": Field("snowflake"),
}
OPTION = _TRANSLATED | {
    "name": _NAME,
    "type": Field("integer", required=True, choices=tuple(range(SUBCOMMAND, ATTACHMENT + 1))),
    "description": _DESCRIPTION,
    "choices": Field("list", high=25, items="object"),
    "options": Field("list", high=25),
    "required": Field("boolean"),
    "autocomplete": Field("boolean"),
    "min_length": Field("integer", low=0, high=6000),
    "max_length": Field("integer", low=1, high=6000),
    "min_value": Field("number"),
    "max_value": Field("number"),
    "channel_types": CHANNEL_TYPES,
    "file_types": FILE_TYPES,
}
CHOICE_NAME = {"name": _CHOICE_NAME, "name_localizations": Field("object")}
CHOICE_VALUES = {
    STRING: Field("string", required=True, high=100),
    INTEGER: Field("integer", required=True),
    NUMBER: Field("number", required=True),
}


def check_command(command: Json, path: Path, problems: Problems) -> None:
    """Note what is wrong with one command."""
    before = len(problems.found)
    if not check_fields(command, COMMAND, path, problems):
        return
    is_chat = (command.get("type") or CHAT) == CHAT
    _check_translations(
        command, {"name": _NAME, "description": _DESCRIPTION}, path, problems, by_rule=is_chat
    )
    if is_chat:
        _check_name(command["name"], (*path, "name"), problems)
        check_field(command.get("description"), _DESCRIPTION, (*path, "description"), problems)
        _check_options(command.get("options") or [], (*path, "options"), problems, depth=0)
    for name in ("description", "options") if not is_chat else ():
        if command.get(name):
            code = f"APPLICATION_COMMAND_CONTEXT_MENU_{name.upper()}_INVALID"
            problems.add((*path, name), code, f"Context menu commands cannot have {name}")
    if len(problems.found) == before and _text_total(command) > TEXT_TOTAL_MAX:
        text = f"Command exceeds maximum size ({TEXT_TOTAL_MAX})"
        problems.add(path, "APPLICATION_COMMAND_TOO_LARGE", text)


def _check_translations(
    named: Json, fields: Mapping[str, Field], path: Path, problems: Problems, *, by_rule: bool
) -> None:
    """Note unknown locales, and translations that break the limits of what they translate; `by_rule` checks names."""
    for name, field in fields.items():
        for locale, text in (named.get(f"{name}_localizations") or {}).items():
            where = (*path, f"{name}_localizations", locale)
            if locale not in LOCALES:
                problems.add(where, "BASE_TYPE_CHOICES", f"Value must be one of {{{', '.join(LOCALES)}}}.")
                continue
            before = len(problems.found)
            check_field(text, field, where, problems)
            if by_rule and name == "name" and len(problems.found) == before:
                _check_name(text, where, problems)


def check_counts(commands: list[Json]) -> None:
    """Raise 30032 for too many commands of a type, 50035 for two of the same type and name."""
    problems = Problems()
    seen: set[tuple[int, str]] = set()
    for index, command in enumerate(commands):
        key = (command.get("type") or CHAT, command["name"])
        if key in seen:
            text = "Application command names must be unique"
            problems.add((index,), "APPLICATION_COMMANDS_DUPLICATE_NAME", text)
        seen.add(key)
    problems.refuse()
    for kind, most in COUNT_MAX.items():
        if sum(1 for one, _ in seen if one == kind) > most:
            raise ApiError(30032, message=f"Maximum number of application commands reached ({most}).")


def _check_name(name: str, path: Path, problems: Problems) -> None:
    if name != name.lower() or not all(_is_name_character(letter) for letter in name):
        text = "Command name is invalid"
        problems.add(path, "APPLICATION_COMMAND_INVALID_NAME", text)


def _is_name_character(letter: str) -> bool:
    """Say what `[-_'\\p{L}\\p{N}\\p{sc=Deva}\\p{sc=Thai}]` matches; `re` knows no scripts."""
    return (
        letter in "-_'"
        or unicodedata.category(letter)[0] in "LN"
        or "ऀ" <= letter <= "ॿ"
        or "ก" <= letter <= "๛"
    )


def _check_options(options: list[Any], path: Path, problems: Problems, *, depth: int) -> None:
    names: set[str] = set()
    optional_seen = False
    kinds = {one.get("type") in (SUBCOMMAND, GROUP) for one in options if isinstance(one, dict)}
    if len(kinds) > 1:
        text = "Sub-command and sub-command group option types are mutually exclusive to all other types"
        problems.add(path, "APPLICATION_COMMAND_OPTIONS_TYPE_INVALID", text)
    for index, option in enumerate(options):
        where = (*path, index)
        if not isinstance(option, dict):
            problems.add(where, "MODEL_TYPE_CONVERT", "Only dictionaries may be used in a ModelType.")
            continue
        if not check_fields(option, OPTION, where, problems):
            continue
        _check_name(option["name"], (*where, "name"), problems)
        _check_translations(
            option, {"name": _NAME, "description": _DESCRIPTION}, where, problems, by_rule=True
        )
        if option["name"] in names:
            problems.add(where, "APPLICATION_COMMAND_OPTIONS_NAME_DUPLICATE", "Option names must be unique")
        names.add(option["name"])
        if option.get("required") and optional_seen:
            text = "Required options must be placed before non-required options"
            problems.add(where, "APPLICATION_COMMAND_OPTIONS_REQUIRED_INVALID", text)
        optional_seen = optional_seen or not option.get("required")
        _check_option(option, where, problems, depth=depth)


def _check_option(option: Json, path: Path, problems: Problems, *, depth: int) -> None:
    kind = option["type"]
    if kind in (SUBCOMMAND, GROUP):
        if depth > 1 or (kind == GROUP and depth > 0):
            text = "Sub-commands nest one level at most"
            problems.add((*path, "type"), "APPLICATION_COMMAND_OPTIONS_TYPE_INVALID", text)
            return
        _check_options(option.get("options") or [], (*path, "options"), problems, depth=depth + 1)
        return
    choices = option.get("choices") or []
    if choices and option.get("autocomplete"):
        text = "Autocomplete and choices exclude each other"
        problems.add((*path, "autocomplete"), "APPLICATION_COMMAND_AUTOCOMPLETE_CHOICES", text)
    if (choices or option.get("autocomplete")) and kind not in CHOICE_VALUES:
        text = "This option type takes no choices"
        problems.add((*path, "type"), "APPLICATION_COMMAND_OPTIONS_TYPE_INVALID", text)
        return
    _check_bounds(option, path, problems)
    for index, choice in enumerate(choices):
        where = (*path, "choices", index)
        if check_fields(choice, CHOICE_NAME, where, problems):
            _check_translations(choice, {"name": _CHOICE_NAME}, where, problems, by_rule=False)
            check_field(choice.get("value"), CHOICE_VALUES[kind], (*where, "value"), problems)


def _check_bounds(option: Json, path: Path, problems: Problems) -> None:
    """Note bounds that no value can meet. (Inferred: what Discord answers is not documented.)"""
    for low, high in (("min_value", "max_value"), ("min_length", "max_length")):
        least, most = option.get(low), option.get(high)
        if least is not None and most is not None and least > most:
            text = f"int value should be less than or equal to {most}."
            problems.add((*path, low), "NUMBER_TYPE_MAX", text)


def _text_total(command: Json) -> int:
    """Return the characters of names, descriptions and values, the longest localisation of each counting."""
    total = 0
    for name in ("name", "description"):
        translated = (command.get(f"{name}_localizations") or {}).values()
        texts = [command.get(name) or "", *(text for text in translated if isinstance(text, str))]
        total += max(len(text) for text in texts)
    if isinstance(command.get("value"), str):
        total += len(command["value"])
    for key in ("options", "choices"):
        total += sum(_text_total(one) for one in command.get(key) or [] if isinstance(one, dict))
    return total
