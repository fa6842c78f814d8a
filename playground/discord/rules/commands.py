"""Checks application commands as Discord does at registration.

*Source:* Discord's "Application Commands".
"""

import unicodedata
from typing import Any

from playground.discord.errors import ApiError, Json, Path, Problems
from playground.discord.rules.fields import Field, check_field, check_fields

CHAT, USER, MESSAGE = 1, 2, 3
COUNT_MAX = {CHAT: 100, USER: 15, MESSAGE: 15}
TEXT_TOTAL_MAX = 8_000
SUBCOMMAND, GROUP, STRING, INTEGER, BOOLEAN, USER_OPTION, CHANNEL, ROLE, MENTIONABLE, NUMBER, ATTACHMENT = (
    range(1, 12)
)

COMMAND = {
    "name": Field("string", required=True, low=1, high=32),
    "type": Field("integer", choices=(CHAT, USER, MESSAGE)),
    "options": Field("list", high=25),
    "contexts": Field("list"),
    "integration_types": Field("list"),
    "nsfw": Field("boolean"),
    "name_localizations": Field("object"),
    "description_localizations": Field("object"),
    "default_member_permissions": Field("snowflake"),
}
OPTION = {
    "name": Field("string", required=True, low=1, high=32),
    "type": Field("integer", required=True, low=SUBCOMMAND, high=ATTACHMENT),
    "description": Field("string", required=True, low=1, high=100),
    "choices": Field("list", high=25, items="object"),
    "name_localizations": Field("object"),
    "description_localizations": Field("object"),
    "options": Field("list", high=25),
    "required": Field("boolean"),
    "autocomplete": Field("boolean"),
    "min_length": Field("integer", low=0, high=6000),
    "max_length": Field("integer", low=1, high=6000),
}
CHOICE_NAME = {"name": Field("string", required=True, low=1, high=100)}
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
    kind = command.get("type") or CHAT
    if kind == CHAT:
        _check_name(command["name"], (*path, "name"), problems)
        check_field(command.get("description"), OPTION["description"], (*path, "description"), problems)
        _check_options(command.get("options") or [], (*path, "options"), problems, depth=0)
    elif command.get("description"):
        text = "Context menu commands cannot have description"
        problems.add((*path, "description"), "APPLICATION_COMMAND_CONTEXT_MENU_DESCRIPTION_INVALID", text)
    elif command.get("options"):
        text = "Context menu commands cannot have options"
        problems.add((*path, "options"), "APPLICATION_COMMAND_CONTEXT_MENU_OPTIONS_INVALID", text)
    for name, most in (("contexts", 2), ("integration_types", 1)):
        for index, value in enumerate(command.get(name) or []):
            check_field(value, Field("integer", low=0, high=most), (*path, name, index), problems)
    if len(problems.found) == before and _text_total(command) > TEXT_TOTAL_MAX:
        text = f"Command exceeds maximum size ({TEXT_TOTAL_MAX})"
        problems.add(path, "APPLICATION_COMMAND_TOO_LARGE", text)


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
    for index, choice in enumerate(choices):
        where = (*path, "choices", index)
        if check_fields(choice, CHOICE_NAME, where, problems):
            check_field(choice.get("value"), CHOICE_VALUES[kind], (*where, "value"), problems)


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
