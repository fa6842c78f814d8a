"""Checks what a person types into a command, as Discord's own client does before it sends anything."""

from dataclasses import dataclass
from typing import Any

from playground.discord.errors import Json, Path, Problems
from playground.discord.rules import commands
from playground.discord.rules.fields import check_fields

MAX_SAFE_INTEGER = 2**53 - 1
STRING_MAX = 6_000


class InputError(ValueError):
    """An input that Discord's client would not send; `code` is short and stable."""

    def __init__(self, code: str, message: str) -> None:
        self.code = code
        super().__init__(message)


@dataclass(frozen=True, slots=True)
class Leaf:
    """The part of a command that is run: its options, and the names on the way to it."""

    options: list[Json]
    way: tuple[tuple[int, str], ...] = ()


def check_choices(choices: list[Any], path: Path, problems: Problems) -> None:
    """Note what is wrong with autocomplete choices."""
    for index, choice in enumerate(choices):
        where = (*path, index)
        if not isinstance(choice, dict):
            problems.add(where, "MODEL_TYPE_CONVERT", "Only dictionaries may be used in a ModelType.")
        elif check_fields(choice, commands.CHOICE_NAME, where, problems):
            value = choice.get("value")
            if value is None or (isinstance(value, str) and len(value) > 100):
                text = "Must be between 1 and 100 in length."
                problems.add((*where, "value"), "BASE_TYPE_BAD_LENGTH", text)


def find_leaf(command: Json, group: str | None, subcommand: str | None) -> Leaf:
    """Return the part that group and subcommand name; raises `InputError`."""
    options, way = command.get("options") or [], []
    for kind, name in ((commands.GROUP, group), (commands.SUBCOMMAND, subcommand)):
        if name is None:
            continue
        found = next((one for one in options if one["type"] == kind and one["name"] == name), None)
        if found is None:
            raise InputError("unknown_subcommand", f"/{command['name']} has no {name!r} there")
        options = found.get("options") or []
        way.append((kind, name))
    if any(one["type"] in (commands.SUBCOMMAND, commands.GROUP) for one in options):
        raise InputError("subcommand_required", f"/{command['name']} needs a subcommand")
    return Leaf(options, tuple(way))


def check_options(leaf: Leaf, given: Json, files: Json, *, partial: bool = False) -> None:
    """Raise `InputError` for the first option that the client would not send; `partial` while completing."""
    known = {one["name"]: one for one in leaf.options}
    for name in (*given, *files):
        if name not in known:
            raise InputError("unknown_option", f"there is no option {name!r}")
    for name, option in known.items():
        if name in files:
            if option["type"] != commands.ATTACHMENT:
                raise InputError("invalid_type", f"{name} takes no file")
        elif name in given:
            check_value(option, given[name])
        elif option.get("required") and not partial:
            raise InputError("missing_option", f"{name} is required")


def check_value(option: Json, value: object) -> None:
    """Raise `InputError` for a value that the option does not take."""
    kind, name = option["type"], option["name"]
    if not _has_type(kind, value):
        raise InputError("invalid_type", f"{name} does not take {value!r}")
    choices = option.get("choices") or []
    if choices and value not in [one["value"] for one in choices]:
        raise InputError("invalid_choice", f"{name} must be one of its choices")
    if isinstance(value, str) and kind == commands.STRING:
        low, high = option.get("min_length") or 0, option.get("max_length") or STRING_MAX
        if not low <= len(value) <= high:
            raise InputError("invalid_length", f"{name} must be {low} to {high} characters long")
    if isinstance(value, (int, float)) and kind in (commands.INTEGER, commands.NUMBER):
        low = option.get("min_value", -MAX_SAFE_INTEGER)
        high = option.get("max_value", MAX_SAFE_INTEGER)
        if not low <= value <= high:
            raise InputError("out_of_range", f"{name} must be {low} to {high}")


def _has_type(kind: int, value: object) -> bool:
    if kind == commands.BOOLEAN:
        return isinstance(value, bool)
    if kind == commands.INTEGER:
        return isinstance(value, int) and not isinstance(value, bool)
    if kind == commands.NUMBER:
        return isinstance(value, (int, float)) and not isinstance(value, bool)
    return isinstance(value, str) and kind != commands.ATTACHMENT
