"""The forms in which keys are typed. What is typed leaves them for `services/keys.py` and goes nowhere else.

    v1:keyadd:<provider>:<user|server>    opened by `/keys add`
    v1:keyform:<draft id>:<provider>      opened by "Add key": the person's own, then the draft is painted

A submitted form is checked as if its id were made up: the permission and the draft's owner are looked at again.
"""

import re
from functools import partial
from typing import Any, Final

from discord import TextStyle, ui

from cogs._caller import asker_of, caller_of
from cogs._draft_ids import DraftId, key_form_id, parse_draft_id
from cogs._edge import BotInteraction, acknowledging, data_of
from cogs._forms import submitted_fields
from cogs._key_words import added_text
from cogs._language import language_of
from cogs._layout import text_view
from cogs._replies import acknowledge, mark_answered, paint_acknowledged
from cogs._text import clip
from services import drafts, keys
from services.errors import NotAllowedError, UserError
from services.key_shapes import LONGEST_KEY, SHORTEST_KEY
from services.keys import KeyOwner
from services.languages import say
from services.model_choice import ModelChoice, choose_model
from services.models import Payer, Visibility
from services.providers.catalog import ProviderEntry

_FIELD: Final = "key"
_LONGEST_LABEL: Final = 45
"""Source: Discord, Modal, "title", and Label, "label"."""

_ADD_TEMPLATE: Final = re.compile(rf"v1:keyadd:([a-z0-9_-]{{1,32}}):({Payer.USER}|{Payer.SERVER})")


def owner_of(interaction: BotInteraction, payer: Payer) -> KeyOwner:
    """Return whose keys are meant: the person's own, or those of the server, which its managers look after.

    Raises NotAllowedError("not_in_a_server") where the bot is not a member, NotAllowedError("not_manager").
    """
    if payer is Payer.USER:
        return KeyOwner(Payer.USER, interaction.user.id)
    if interaction.guild_id is None or not interaction.is_guild_integration():
        raise NotAllowedError("not_in_a_server", "a server's key outside of a server that has the bot")
    if not may_manage(interaction):
        raise NotAllowedError("not_manager", f"user {interaction.user.id} does not manage the server")
    return KeyOwner(Payer.SERVER, interaction.guild_id)


def may_manage(interaction: BotInteraction) -> bool:
    """Tell whether the person may manage the server that they ask in."""
    has = interaction.permissions
    is_in_server = interaction.guild_id is not None and interaction.is_guild_integration()
    return is_in_server and (has.manage_guild or has.administrator)


def default_choice(interaction: BotInteraction) -> ModelChoice:
    """Return what paints a portrait for this person here when they name no model."""
    context = interaction.client.context
    return choose_model(context, asker_of(interaction), model="", options="", aspect="1:1")


def title_of(interaction: BotInteraction, provider: str) -> str:
    """Return a provider's name as people know it."""
    return interaction.client.context.catalog.providers[provider].title


async def ask_for_key(interaction: BotInteraction, provider: str, payer: Payer) -> None:
    """Open the form of `/keys add`. Raises NotAllowedError, NotFoundError("no_such_provider")."""
    context = interaction.client.context
    owner_of(interaction, payer)
    entry = context.catalog.providers[keys.known_provider(context, provider)]
    form = _key_form(f"v1:keyadd:{entry.name}:{payer}", entry, payer, language_of(interaction))
    async with acknowledging(interaction):
        await interaction.response.send_modal(form)


async def submit_added_key(interaction: BotInteraction) -> None:
    """Keep a key and say what it changes. Raises UserError, NotAllowedError."""
    context = interaction.client.context
    found = _ADD_TEMPLATE.fullmatch(_id_of(interaction))
    if found is None:
        raise UserError("out_of_date", "unknown form of a key")
    owner = owner_of(interaction, Payer(found[2]))
    await acknowledge(interaction, Visibility.PRIVATE)
    test = await keys.add_key(context, owner, found[1], _typed(interaction), added_by=interaction.user.id)
    title = title_of(interaction, test.entry.provider)
    text = added_text(test, title, default_choice(interaction), language_of(interaction))
    await interaction.edit_original_response(view=text_view(text))


async def ask_for_missing_key(interaction: BotInteraction, about: DraftId) -> None:
    """Open the form for the key that a draft waits for. Raises NotFoundError("no_such_draft")."""
    context = interaction.client.context
    async with acknowledging(interaction):
        draft = await drafts.read_draft(context, interaction.user.id, about.draft_id)
        provider = context.catalog.find(draft.recipes[0].model).provider
        entry = context.catalog.providers[keys.known_provider(context, provider)]
        form = _key_form(key_form_id(draft.id, provider), entry, Payer.USER, language_of(interaction))
        await interaction.response.send_modal(form)
    mark_answered(interaction)


async def submit_missing_key(interaction: BotInteraction) -> None:
    """Keep the person's key, then paint the draft that waited for it. Raises UserError, LimitError."""
    context, user_id = interaction.client.context, interaction.user.id
    about = parse_draft_id(_id_of(interaction))
    async with acknowledging(interaction):
        draft = await drafts.read_draft(context, user_id, about.draft_id)
    caller = caller_of(interaction, draft.visibility)
    await acknowledge(interaction, draft.visibility)
    owner = KeyOwner(Payer.USER, user_id)
    await keys.add_key(context, owner, about.name, _typed(interaction), added_by=user_id)
    await paint_acknowledged(interaction, partial(drafts.paint_draft, context, caller, about.draft_id))


def _key_form(custom_id: str, entry: ProviderEntry, payer: Payer, language: str) -> ui.Modal:
    """Return the form; it is stopped, so that discord.py sends it and forgets it."""
    title = say(language, f"keys.form_{payer}", title=entry.title)
    form = ui.Modal(title=clip(title, _LONGEST_LABEL), custom_id=custom_id, timeout=None)
    typed: ui.TextInput[Any] = ui.TextInput(
        custom_id=_FIELD, style=TextStyle.short, min_length=SHORTEST_KEY, max_length=LONGEST_KEY
    )
    description = clip(say(language, "keys.form_description", home=entry.home), 100)
    form.add_item(ui.Label(text=say(language, "keys.form_key"), description=description, component=typed))
    form.stop()
    return form


def _typed(interaction: BotInteraction) -> str:
    return submitted_fields(interaction).get(_FIELD, "")


def _id_of(interaction: BotInteraction) -> str:
    return str(data_of(interaction).get("custom_id", ""))
