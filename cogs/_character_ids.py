"""Custom ids of what is about a character: its buttons and forms.

    v1:character:<verb>:<row id>        a button about one of the person's own characters
    v1:characterform:<verb>:<row id>    the form of that verb
    v1:name:<user id>:<job id>          the button that ❤️ offers to whoever reacted, to name who a picture shows

Nothing else is in them. A row id is never given out twice, and a press is checked as if its id were made up: the
character must be the person's own.
"""

import re
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from services.errors import BugError, UserError

_LONGEST_ID: Final = 100
"""Source: Discord, components reference, "Custom ID": 1 to 100 characters. discord.py does not check it."""


class CharacterVerb(StrEnum):
    """What a press or a form about a character asks for."""

    EDIT = "edit"
    DELETE = "delete"
    """Ask whether to delete it."""
    CONFIRM_DELETE = "confirmdelete"
    KEEP = "keep"


_VERBS: Final = "|".join(CharacterVerb)
_ROW: Final = "[1-9][0-9]{0,17}"
CHARACTER_TEMPLATE: Final = rf"v1:character:(?:{_VERBS}):{_ROW}"
_FORM_TEMPLATE: Final = rf"v1:characterform:(?:{_VERBS}):{_ROW}"


NAME_TEMPLATE: Final = rf"v1:name:[1-9][0-9]{{0,19}}:{_ROW}"


@dataclass(frozen=True, slots=True)
class CharacterId:
    """A read id: what is asked for, of which character."""

    verb: CharacterVerb
    character_id: int


def character_item_id(verb: CharacterVerb, character_id: int) -> str:
    """Return the id of a button about a character."""
    return _checked(f"v1:character:{verb}:{character_id}", CHARACTER_TEMPLATE)


def character_form_id(verb: CharacterVerb, character_id: int) -> str:
    """Return the id of a form about a character."""
    return _checked(f"v1:characterform:{verb}:{character_id}", _FORM_TEMPLATE)


def parse_character_id(custom_id: str) -> CharacterId:
    """Return what an id says. Raises UserError("out_of_date") for one of another grammar."""
    if not re.fullmatch(f"{CHARACTER_TEMPLATE}|{_FORM_TEMPLATE}", custom_id):
        raise UserError("out_of_date", f"unknown custom id {custom_id[:_LONGEST_ID]!r}")
    _, _, verb, character_id = custom_id.split(":")
    return CharacterId(CharacterVerb(verb), int(character_id))


def name_item_id(user_id: int, job_id: int) -> str:
    """Return the id of the button that lets one person name who a picture shows."""
    return _checked(f"v1:name:{user_id}:{job_id}", NAME_TEMPLATE)


def parse_name_id(custom_id: str) -> tuple[int, int]:
    """Return the person and the job of such a button. Raises UserError("out_of_date") for another id."""
    if not re.fullmatch(NAME_TEMPLATE, custom_id):
        raise UserError("out_of_date", f"unknown custom id {custom_id[:_LONGEST_ID]!r}")
    _, _, user_id, job_id = custom_id.split(":")
    return int(user_id), int(job_id)


def _checked(custom_id: str, template: str) -> str:
    """Return `custom_id` when it matches in full and fits: discord.py checks neither."""
    if not re.fullmatch(template, custom_id) or len(custom_id) > _LONGEST_ID:
        raise BugError("bad_custom_id", custom_id)
    return custom_id
