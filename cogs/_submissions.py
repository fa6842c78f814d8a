"""Submitted forms: which one it is stands in the second part of its custom id ("v1:keyadd:..."); those about a picture
share one, and the third part says which it is ("v1:form:edit:...")."""

from collections.abc import Awaitable, Callable, Mapping
from types import MappingProxyType
from typing import Final

from cogs._character_forms import submit_character_form
from cogs._draft_actions import submit_value
from cogs._edge import BotInteraction, data_of
from cogs._forms import submit_form
from cogs._key_forms import submit_added_key, submit_missing_key
from cogs._picture_forms import submit_picture_form
from cogs._reroll import submit_reroll
from services.errors import UserError

FORMS: Final[Mapping[str, Callable[[BotInteraction], Awaitable[None]]]] = MappingProxyType(
    {
        "form:edit": submit_form,
        "form:features": submit_reroll,
        "draftform": submit_value,
        "characterform": submit_character_form,
        "pictureform": submit_picture_form,
        "keyadd": submit_added_key,
        "keyform": submit_missing_key,
    }
)
"""How the id of the form begins -> what answers it."""


async def answer_form(interaction: BotInteraction) -> None:
    """Answer a submitted form. Raises UserError("out_of_date") for one of an older version."""
    custom_id = str(data_of(interaction).get("custom_id", ""))
    noun, verb = [*custom_id.removeprefix("v1:").split(":"), ""][:2]
    answer = FORMS.get(f"{noun}:{verb}") or FORMS.get(noun)
    if answer is None:
        raise UserError("out_of_date", f"unknown form {custom_id[:100]!r}")
    await answer(interaction)
