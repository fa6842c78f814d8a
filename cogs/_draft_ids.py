"""Custom ids of what is about a draft: its buttons, selects and forms.

    v1:draft:<verb>:<draft id>               a button, or the select of its parameters
    v1:draft:<verb>:<draft id>:<name>        a button or select about a model (`on`) or a parameter (`value`)
    v1:draftform:value:<draft id>:<name>     the form in which a parameter's value is typed
    v1:keyform:<draft id>:<provider>         the form in which a key is typed, for the person who waits for it
    v1:addkey:<provider>                     a button that asks for a key where no draft waits for it

Nothing else is in them; the draft itself lives in the database and belongs to one person.
"""

import re
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from services.errors import BugError, UserError

_LONGEST_ID: Final = 100
"""Source: Discord, components reference, "Custom ID": 1 to 100 characters. discord.py does not check it."""

_DRAFT: Final = "[1-9][0-9]{0,17}"
MODEL_PATTERN: Final = r"[A-Za-z0-9./_-]{1,64}"
_NAME: Final = r"[A-Za-z0-9./_-]{1,64}"


class DraftVerb(StrEnum):
    """What a press about a draft asks for."""

    PAINT = "paint"
    """Paint it as it is."""
    ON = "on"
    """Paint it on the model that is named."""
    KEY = "key"
    """Bring a key for its provider, then paint it."""
    KNOB = "knob"
    """Choose a parameter (the select's value)."""
    VALUE = "value"
    """Give the parameter that is named the select's value."""
    BACK = "back"
    """Show all parameters again."""


_VERBS: Final = "|".join(DraftVerb)
DRAFT_TEMPLATE: Final = rf"v1:draft:(?:{_VERBS}):{_DRAFT}(?::{_NAME})?"
DRAFT_FORM_TEMPLATE: Final = rf"v1:draftform:value:{_DRAFT}:{_NAME}"
KEY_FORM_TEMPLATE: Final = rf"v1:keyform:{_DRAFT}:{_NAME}"
ADD_KEY_TEMPLATE: Final = r"v1:addkey:[a-z0-9_-]{1,32}"


@dataclass(frozen=True, slots=True)
class DraftId:
    """A read id: what is asked for, of which draft, about which model, parameter or provider ("" for none)."""

    verb: DraftVerb
    draft_id: int
    name: str = ""


def draft_item_id(verb: DraftVerb, draft_id: int, name: str = "") -> str:
    """Return the id of a button or select about a draft."""
    tail = f":{name}" if name else ""
    return _checked(f"v1:draft:{verb}:{draft_id}{tail}", DRAFT_TEMPLATE)


def draft_form_id(draft_id: int, parameter: str) -> str:
    """Return the id of the form in which a parameter's value is typed."""
    return _checked(f"v1:draftform:value:{draft_id}:{parameter}", DRAFT_FORM_TEMPLATE)


def key_form_id(draft_id: int, provider: str) -> str:
    """Return the id of the form in which a key is typed for a draft that waits for it."""
    return _checked(f"v1:keyform:{draft_id}:{provider}", KEY_FORM_TEMPLATE)


def add_key_id(provider: str) -> str:
    """Return the id of the button that asks for a key of this provider's."""
    return _checked(f"v1:addkey:{provider}", ADD_KEY_TEMPLATE)


def parse_add_key_id(custom_id: str) -> str:
    """Return the provider of such a button. Raises UserError("out_of_date") for another id."""
    if not re.fullmatch(ADD_KEY_TEMPLATE, custom_id):
        raise UserError("out_of_date", f"unknown custom id {custom_id[:_LONGEST_ID]!r}")
    return custom_id.rpartition(":")[2]


def parse_draft_id(custom_id: str) -> DraftId:
    """Return what an id about a draft says. Raises UserError("out_of_date") for an id of another grammar."""
    if re.fullmatch(DRAFT_TEMPLATE, custom_id):
        _, _, verb, draft_id, *name = custom_id.split(":")
        return DraftId(DraftVerb(verb), int(draft_id), "".join(name))
    if re.fullmatch(DRAFT_FORM_TEMPLATE, custom_id):
        _, _, _, draft_id, parameter = custom_id.split(":")
        return DraftId(DraftVerb.VALUE, int(draft_id), parameter)
    if re.fullmatch(KEY_FORM_TEMPLATE, custom_id):
        _, _, draft_id, provider = custom_id.split(":")
        return DraftId(DraftVerb.KEY, int(draft_id), provider)
    raise UserError("out_of_date", f"unknown custom id {custom_id[:_LONGEST_ID]!r}")


def _checked(custom_id: str, template: str) -> str:
    """Return `custom_id` when it matches in full and fits: discord.py checks neither."""
    if not re.fullmatch(template, custom_id) or len(custom_id) > _LONGEST_ID:
        raise BugError("bad_custom_id", custom_id)
    return custom_id
