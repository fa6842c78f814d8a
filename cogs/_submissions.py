"""Submitted forms: which one it is stands in the second part of its custom id ("v1:form:...")."""

from collections.abc import Awaitable, Callable, Mapping
from types import MappingProxyType
from typing import Final

from cogs._draft_actions import submit_value
from cogs._edge import BotInteraction, data_of
from cogs._forms import submit_form
from cogs._key_forms import submit_added_key, submit_missing_key
from services.errors import UserError

FORMS: Final[Mapping[str, Callable[[BotInteraction], Awaitable[None]]]] = MappingProxyType(
    {
        "form": submit_form,
        "draftform": submit_value,
        "keyadd": submit_added_key,
        "keyform": submit_missing_key,
    }
)
"""Noun -> what answers the form."""


async def answer_form(interaction: BotInteraction) -> None:
    """Answer a submitted form. Raises UserError("out_of_date") for one of an older version."""
    custom_id = str(data_of(interaction).get("custom_id", ""))
    answer = FORMS.get(custom_id.removeprefix("v1:").partition(":")[0])
    if answer is None:
        raise UserError("out_of_date", f"unknown form {custom_id[:100]!r}")
    await answer(interaction)
