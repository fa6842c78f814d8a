"""Custom ids of buttons, selects and forms: their grammar, building them and reading them.

    v1:job:<verb>:<job id>              a button about one picture (or, for `cancel`, about its whole request)
    v1:jobs:<verb>:<job id>             the same under several pictures: asks first which of that request's is meant
    v1:pick:<verb>:<visibility>         the select of that question; its values are job ids
    v1:form:<verb>:<job id>:<visibility> the form of "Edit" (`edit`) or of "Reroll features" (`features`)
    v1:on:<job id>:<model id>           a job's recipe on another model, where nothing came of it
    v1:up:<job id>:<model id>           a picture made larger by a model

What is about drafts and keys (`v1:draft:...`, `v1:keyform:...`, `v1:addkey:...`) stands in `cogs/_draft_ids.py`, lists
(`v1:list:...`) in `cogs/_list_ids.py`, characters (`v1:character:...`) in `cogs/_character_ids.py`.

Verbs are `Verb`, visibility is that of what will be made: `public` or `private`. Everything else lives in the
database, so that an id works after any restart. Whoever changes the grammar raises the version; ids that are not of
this grammar are answered with "this button is out of date".
"""

import re
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from cogs._character_ids import CHARACTER_TEMPLATE, NAME_TEMPLATE
from cogs._draft_ids import ADD_KEY_TEMPLATE, DRAFT_TEMPLATE, MODEL_PATTERN
from cogs._list_ids import LIST_TEMPLATE
from services.errors import BugError, UserError
from services.models import Visibility

MAX_ID_LENGTH: Final = 100
"""Source: Discord, components reference, "Custom ID": 1 to 100 characters. discord.py does not check it."""


class Verb(StrEnum):
    """What a press asks for."""

    SAME = "same"
    NEW = "new"
    EDIT = "edit"
    PAIR = "pair"
    MORE = "more"
    CANCEL = "cancel"
    RECIPE = "recipe"
    DELETE = "delete"
    CONFIRM_DELETE = "confirmdelete"
    KEEP = "keep"
    KNOBS = "knobs"
    DETAILS = "details"
    FEATURES = "features"
    COMPARE = "compare"
    FAMILY = "family"
    VARY_SUBTLE = "varysubtle"
    VARY_STRONG = "varystrong"
    MODEL = "model"
    SAVE = "save"
    """Save as character."""
    REFER = "refer"
    """Use as reference."""
    SHOW = "show"


_VERB: Final = "|".join(Verb)
_JOB: Final = "[1-9][0-9]{0,17}"
_VISIBILITY: Final = "|".join(Visibility)

JOB_TEMPLATE: Final = rf"v1:job:(?:{_VERB}):{_JOB}"
JOBS_TEMPLATE: Final = rf"v1:jobs:(?:{_VERB}):{_JOB}"
PICK_TEMPLATE: Final = rf"v1:pick:(?:{_VERB}):(?:{_VISIBILITY})"
FORM_TEMPLATE: Final = rf"v1:form:(?:{Verb.EDIT}|{Verb.FEATURES}):{_JOB}:(?:{_VISIBILITY})"
ON_TEMPLATE: Final = rf"v1:on:{_JOB}:{MODEL_PATTERN}"
UP_TEMPLATE: Final = rf"v1:up:{_JOB}:{MODEL_PATTERN}"
_TEMPLATES: Final = (
    *(JOB_TEMPLATE, JOBS_TEMPLATE, PICK_TEMPLATE, ON_TEMPLATE, UP_TEMPLATE),
    *(DRAFT_TEMPLATE, ADD_KEY_TEMPLATE, LIST_TEMPLATE, CHARACTER_TEMPLATE, NAME_TEMPLATE),
)
_KNOWN: Final = "|".join(_TEMPLATES)
UNKNOWN_TEMPLATE: Final = rf"(?!(?:{_KNOWN})\Z)[\s\S]*"
"""Every component id that no other template matches in full."""


@dataclass(frozen=True, slots=True)
class ItemId:
    """A read id; what its noun does not carry is None."""

    noun: str
    verb: Verb
    job_id: int | None = None
    visibility: Visibility | None = None


def job_item_id(verb: Verb, job_id: int, *, is_one_of_several: bool = False) -> str:
    """Return the id of a button about job `job_id`."""
    noun, template = ("jobs", JOBS_TEMPLATE) if is_one_of_several else ("job", JOB_TEMPLATE)
    return _checked(f"v1:{noun}:{verb}:{job_id}", template)


def pick_id(verb: Verb, visibility: Visibility) -> str:
    """Return the id of the select that asks which picture `verb` is meant for."""
    return _checked(f"v1:pick:{verb}:{visibility}", PICK_TEMPLATE)


def form_id(job_id: int, visibility: Visibility, verb: Verb = Verb.EDIT) -> str:
    """Return the id of the form of `verb` for job `job_id`: to edit it, or to draw some of its features anew."""
    return _checked(f"v1:form:{verb}:{job_id}:{visibility}", FORM_TEMPLATE)


def on_id(job_id: int, model_id: str) -> str:
    """Return the id of a button that paints job `job_id` on another model."""
    return _checked(f"v1:on:{job_id}:{model_id}", ON_TEMPLATE)


def up_id(job_id: int, model_id: str) -> str:
    """Return the id of a button that makes the picture of job `job_id` larger."""
    return _checked(f"v1:up:{job_id}:{model_id}", UP_TEMPLATE)


def parse_on_id(custom_id: str) -> tuple[int, str]:
    """Return the job and the model of either button. Raises UserError("out_of_date") for another id."""
    if not re.fullmatch(f"{ON_TEMPLATE}|{UP_TEMPLATE}", custom_id):
        raise UserError("out_of_date", f"unknown custom id {custom_id[:MAX_ID_LENGTH]!r}")
    _, _, job_id, model_id = custom_id.split(":")
    return int(job_id), model_id


def parse_id(custom_id: str) -> ItemId:
    """Return what `custom_id` says. Raises UserError("out_of_date") for an id of another grammar."""
    if not re.fullmatch(f"{JOB_TEMPLATE}|{JOBS_TEMPLATE}|{PICK_TEMPLATE}|{FORM_TEMPLATE}", custom_id):
        raise UserError("out_of_date", f"unknown custom id {custom_id[:MAX_ID_LENGTH]!r}")
    _, noun, verb, *rest = custom_id.split(":")
    job_id = next((int(part) for part in rest if part.isdigit()), None)
    visibility = next((Visibility(part) for part in rest if not part.isdigit()), None)
    return ItemId(noun, Verb(verb), job_id, visibility)


def parse_job_id(text: str) -> int:
    """Return the job id that a select's value names. Raises UserError("out_of_date") for a forged one."""
    if not re.fullmatch(_JOB, text):
        raise UserError("out_of_date", f"no job id: {text[:MAX_ID_LENGTH]!r}")
    return int(text)


def _checked(custom_id: str, template: str) -> str:
    """Return `custom_id` when it matches in full and fits: discord.py checks a prefix only, and no length."""
    if not re.fullmatch(template, custom_id) or len(custom_id) > MAX_ID_LENGTH:
        raise BugError("bad_custom_id", custom_id)
    return custom_id
