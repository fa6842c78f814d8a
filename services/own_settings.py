"""`/settings me`: what one person has set, what holds where they are, and why."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Final

from db.people import preferences
from db.people.preferences import PersonRow, ServerRow
from services.asks import Caller
from services.context import Context
from services.errors import UserError
from services.languages import LANGUAGES
from services.model_choice import DefaultModel, default_choice

AS_BEFORE: Final = "default"
"""What is typed to take a setting back: from then on it is as the server, or the bot, has it."""

CHOOSE_NONE: Final = frozenset({AS_BEFORE, "auto", "none", "-"})


@dataclass(frozen=True, slots=True)
class OwnSettingsAsk:
    """`/settings me`; what is None stays. `model` and `language` may be one of `CHOOSE_NONE`."""

    caller: Caller
    model: str | None = None
    language: str | None = None
    is_private: bool | None = None
    allows_direct_messages: bool | None = None

    @property
    def changes_something(self) -> bool:
        """Return whether it is more than a look."""
        asked = (self.model, self.language, self.is_private, self.allows_direct_messages)
        return any(each is not None for each in asked)


@dataclass(frozen=True, slots=True)
class OwnSettings:
    """What a person has set, what the server where they ask has, and the model that paints for them there."""

    row: PersonRow
    server: ServerRow
    default: DefaultModel
    was_changed: bool


def known_model(context: Context, text: str) -> str | None:
    """Return the id of the model that was typed as a default, None for none.

    Raises UserError("unknown_model", "ambiguous_model"), and UserError("bad_default") for a model that needs a
    reference picture: nobody could paint with it without naming one.
    """
    if text.strip().lower() in CHOOSE_NONE:
        return None
    model = context.catalog.find(text)
    if model.capabilities.references_needed:
        raise UserError("bad_default", field="model", model=model.title)
    return model.id


def known_language(text: str) -> str | None:
    """Return the language that was typed, None for none. Raises UserError("unknown_language")."""
    wanted = text.strip().lower()
    if wanted in CHOOSE_NONE:
        return None
    names = {name.lower(): language for language, name in LANGUAGES.items()}
    language = names.get(wanted, wanted)
    if language not in LANGUAGES:
        allowed = ", ".join(LANGUAGES)
        raise UserError("unknown_language", field="language", found=text.strip()[:60], allowed=allowed)
    return language


def plan_own_settings(context: Context, ask: OwnSettingsAsk) -> Callable[[PersonRow], PersonRow]:
    """Check what was typed, without waiting, and return what changes a person's row. Raises UserError."""
    changes: dict[str, str | bool | None] = {}
    if ask.model is not None:
        changes["model"] = known_model(context, ask.model)
    if ask.language is not None:
        changes["language"] = known_language(ask.language)
    if ask.is_private is not None:
        changes["is_private"] = ask.is_private
    if ask.allows_direct_messages is not None:
        changes["allows_direct_messages"] = ask.allows_direct_messages
    return lambda row: replace(row, **changes)  # type: ignore[arg-type] # the names and types are those above


async def keep_own_settings(
    context: Context, ask: OwnSettingsAsk, change: Callable[[PersonRow], PersonRow]
) -> OwnSettings:
    """Keep what a person has changed, for every process, and return what holds now. Raises StorageError."""
    user_id, guild_id = ask.caller.origin.user_id, ask.caller.origin.guild_id
    if ask.changes_something:
        row = await context.database.write(preferences.change_person, user_id, change)
        await take_in_changes(context)
    else:
        row = await context.database.read(preferences.read_person, user_id)
    server = ServerRow()
    if guild_id is not None:
        server = await context.database.read(preferences.read_server, guild_id)
    return OwnSettings(row, server, default_choice(context, ask.caller), ask.changes_something)


async def take_in_changes(context: Context) -> None:
    """Read what was just changed into this process, and let the others do so."""
    await context.preferences.reload(context.database)
    await context.privacy.reload(context.database)
    context.reload_bell.ring()
