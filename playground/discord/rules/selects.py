"""Checks of what people choose from and type into: selects, radio and checkbox groups, uploads, text inputs.

*Source:* Discord's component reference; for zero in a required select, discord-api-docs issue 7800.
"""

from playground.discord.errors import Json, Path, Problems
from playground.discord.rules import component_kinds as kinds
from playground.discord.rules.emoji import is_emoji
from playground.discord.rules.fields import Field, check_fields

# select type: what its default values may be
DEFAULT_SORTS = {
    kinds.USER_SELECT: ("user",),
    kinds.ROLE_SELECT: ("role",),
    kinds.MENTIONABLE_SELECT: ("user", "role"),
    kinds.CHANNEL_SELECT: ("channel",),
}


def value_bounds(component: Json) -> tuple[int, int]:
    """Return how many values a component takes at least and at most, with what counts where it does not say."""
    most = len(component["options"]) if component["type"] == kinds.CHECKBOX_GROUP else 1
    return _bound(component, "min_values", 1), _bound(component, "max_values", most)


def _bound(component: Json, name: str, default: int) -> int:
    """Return a bound that may be absent or null."""
    value = component.get(name)
    return default if value is None else int(value)


def check_choosing(component: Json, path: Path, problems: Problems, *, in_modal: bool) -> None:
    """Note what is wrong with a component that carries values."""
    if in_modal and component.get("disabled"):
        text = "A component in a modal cannot be disabled"
        problems.add((*path, "disabled"), "COMPONENT_DISABLED_IN_MODAL", text)
    _check_bounds(component, path, problems, in_modal=in_modal)
    _check_options(component, path, problems)
    _check_default_values(component, path, problems)


def _check_bounds(component: Json, path: Path, problems: Problems, *, in_modal: bool) -> None:
    low, high = value_bounds(component)
    if in_modal and low == 0 and component.get("required") is not False:
        text = "Select menus marked as required cannot have a min_values of 0"
        problems.add((*path, "min_values"), "SELECT_COMPONENT_REQUIRED_ZERO_MIN_VALUES", text)
    if low > high:
        text = f"int value should be less than or equal to {high}."
        problems.add((*path, "min_values"), "NUMBER_TYPE_MAX", text)
    count = len(component.get("options") or [])
    if count and high > count:
        text = f"int value should be less than or equal to {count}."
        problems.add((*path, "max_values"), "NUMBER_TYPE_MAX", text)


def _check_options(component: Json, path: Path, problems: Problems) -> None:
    values: set[str] = set()
    defaults = 0
    for index, option in enumerate(component.get("options") or []):
        where = (*path, "options", index)
        if not check_fields(option, kinds.OPTION, where, problems):
            continue
        check_emoji(option, where, problems)
        if option["value"] in values:
            text = "The specified option value is already used"
            problems.add(where, "SELECT_COMPONENT_OPTION_VALUE_DUPLICATED", text)
        values.add(option["value"])
        defaults += bool(option.get("default"))
    most = value_bounds(component)[1]
    if defaults > most:
        problems.add((*path, "options"), "BASE_TYPE_MAX_LENGTH", f"Must be {most} or fewer defaults.")


def _check_default_values(component: Json, path: Path, problems: Problems) -> None:
    given = component.get("default_values") or []
    low, high = value_bounds(component)
    fields = {
        "id": Field("snowflake", required=True),
        "type": Field("string", required=True, choices=DEFAULT_SORTS.get(component["type"], ())),
    }
    for index, one in enumerate(given):
        check_fields(one, fields, (*path, "default_values", index), problems)
    if given and not low <= len(given) <= high:
        text = f"Must be between {low} and {high} in length."
        problems.add((*path, "default_values"), "BASE_TYPE_BAD_LENGTH", text)


def check_text_input(component: Json, path: Path, problems: Problems, *, in_modal: bool) -> None:
    """Note what is wrong with a text input; in a row it bears its own label."""
    if in_modal and path[-2] == "components" and not component.get("label"):
        problems.add((*path, "label"), "BASE_TYPE_REQUIRED", "This field is required")
    low, high = _bound(component, "min_length", 0), _bound(component, "max_length", 4000)
    if low > high:
        text = f"int value should be less than or equal to {high}."
        problems.add((*path, "min_length"), "NUMBER_TYPE_MAX", text)


def check_emoji(component: Json, path: Path, problems: Problems) -> None:
    """Note an emoji that does not exist; no guild here has emoji of its own."""
    emoji = component.get("emoji") or {}
    if emoji.get("id") is not None:
        problems.add((*path, "emoji", "id"), "COMPONENT_INVALID_EMOJI", "Invalid emoji")
    elif emoji and not is_emoji(str(emoji.get("name"))):
        problems.add((*path, "emoji", "name"), "COMPONENT_INVALID_EMOJI", "Invalid emoji")
