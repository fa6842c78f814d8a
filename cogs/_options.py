"""The options that several commands share: their types, descriptions, suggestions and choices.

Suggestions answer while a person types. They wait for nothing, but for one keyed read where codes or jobs are meant.
"""

from collections.abc import Iterable
from functools import partial as partial_of
from typing import Final

from discord.app_commands import Choice, Range

from cogs._caller import asker_of
from cogs._edge import BotInteraction
from cogs._language import language_of
from cogs._text import clip, plain
from services import cancellation, history, saved_parts
from services.errors import UserError
from services.feature_names import names_of
from services.model_choice import can_paint, default_model, is_allowed
from services.models import MAX_SEED
from services.parts import PartKind
from services.providers.catalog import Model
from services.providers.fitting import ASPECTS
from services.providers.options import suggest_options
from services.providers.registry import SKETCH
from services.suggestions import suggest_choices, suggest_expressions, suggest_feature_names

MOST_PICTURES: Final = 4
MOST_CHOICES: Final = 25
LONGEST_CHOICE: Final = 100
"""Source: Discord, Application Command Option Choice."""

Seed = Range[int, 0, MAX_SEED]
Count = Range[int, 1, MOST_PICTURES]
Choices = list[Choice[str]]

ASPECT_CHOICES: Final = [Choice(name=aspect, value=aspect) for aspect in ASPECTS]

PAINT_DESCRIPTIONS: Final = {
    "seed": "Image seed: the same number gives the same picture",
    "model": "Which model paints; /models lists them with their prices",
    "aspect": "Width to height",
    "options": "The model's own knobs, such as steps=28 guidance=3.5",
    "private": "Show the answer to you alone",
}
KEPT_DESCRIPTIONS: Final = {
    "saved": "What you kept by /seed save, for all that you leave out here",
    "preset": "What you kept by /preset save, for the options that you leave out here",
}
FACE_DESCRIPTIONS: Final = {
    **PAINT_DESCRIPTIONS,
    "prompt_seed": "Chooses the face: the same number gives the same face",
    "features": "Choose features, such as eye color=green; nose=aquiline",
    "expression": "Choose the expression, such as smiling",
    "keep": "Keep the face of an earlier picture: its code, or CODE minus hair",
}


async def suggest_features(interaction: BotInteraction, partial: str) -> Choices:
    """Complete a `features` text."""
    return choices_of(suggest_choices(interaction.client.context.features, partial))


async def suggest_expression(interaction: BotInteraction, partial: str) -> Choices:
    """Complete an `expression` text."""
    return choices_of(suggest_expressions(interaction.client.context.features, partial))


async def suggest_difference(interaction: BotInteraction, partial: str) -> Choices:
    """Name the features in which the two of a pair may differ."""
    labels = names_of(interaction.client.context.features).labels.values()
    wanted = " ".join(partial[:LONGEST_CHOICE].lower().split())
    fitting = sorted(
        (label for label in labels if wanted in label), key=lambda one: not one.startswith(wanted)
    )
    return choices_of((label, label) for label in fitting)


async def suggest_groups(interaction: BotInteraction, partial: str) -> Choices:
    """Complete a list of features and of words for several: "hair", "nose shape, eye color"."""
    return choices_of(suggest_feature_names(interaction.client.context.features, partial))


async def suggest_code(interaction: BotInteraction, partial: str) -> Choices:
    """Name the person's own pictures, newest first."""
    context = interaction.client.context
    return choices_of(await history.suggest_codes(context, interaction.user.id, partial[:LONGEST_CHOICE]))


async def suggest_codes(interaction: BotInteraction, partial: str) -> Choices:
    """Name the person's own pictures for the last of several codes."""
    head, blank, last = partial[:LONGEST_CHOICE].replace(",", " ").rpartition(" ")
    found = await suggest_code(interaction, last)
    return choices_of((choice.name, f"{head}{blank}{choice.value}") for choice in found)


async def suggest_saved(interaction: BotInteraction, partial: str) -> Choices:
    """Name what the person has kept by `/seed save`, newest first."""
    return await _suggest_parts(interaction, PartKind.SEED, partial)


async def suggest_preset(interaction: BotInteraction, partial: str) -> Choices:
    """Name what the person has kept by `/preset save`, newest first."""
    return await _suggest_parts(interaction, PartKind.PRESET, partial)


async def _suggest_parts(interaction: BotInteraction, kind: PartKind, partial: str) -> Choices:
    wanted = partial[:LONGEST_CHOICE]
    found = await saved_parts.list_parts(interaction.client.context, interaction.user.id, kind, wanted)
    # The name stands in a field of its own, where nothing is marked up: only what cannot be shown is taken out.
    return choices_of((plain(each.name, LONGEST_CHOICE), each.name) for each in found)


async def suggest_job(interaction: BotInteraction, partial: str) -> Choices:
    """Name what the person has running."""
    jobs = await cancellation.list_cancelable(
        interaction.client.context, interaction.user.id, language_of(interaction)
    )
    wanted = partial[:LONGEST_CHOICE].lower()
    return choices_of((job.label, str(job.job_id)) for job in jobs if wanted in job.label.lower())


async def suggest_model(interaction: BotInteraction, partial: str) -> Choices:
    """Name the models that the server allows, those first that can paint for this person right now."""
    context, caller = interaction.client.context, asker_of(interaction)
    able, allowed = partial_of(can_paint, context, caller), partial_of(is_allowed, context, caller)
    language = language_of(interaction)
    return choices_of(context.catalog.suggest_models(partial, able, allowed, language=language))


async def suggest_option(interaction: BotInteraction, partial: str) -> Choices:
    """Complete an `options` text with what the chosen model takes."""
    return choices_of(suggest_options(chosen_model(interaction), partial, language_of(interaction)))


def chosen_model(interaction: BotInteraction) -> Model:
    """Return the model that is filled in beside the option being typed, else the one used when nobody names one."""
    context = interaction.client.context
    named = str(getattr(interaction.namespace, "model", None) or "")
    try:
        if named.strip():
            return context.catalog.find(named)
        return default_model(context, asker_of(interaction))
    except UserError:
        return context.catalog.find(SKETCH)


def choices_of(pairs: Iterable[tuple[str, str]]) -> Choices:
    """Return pairs (label, value) as Discord takes them; a value too long to be sent whole is left out."""
    fitting = [(label, value) for label, value in pairs if 0 < len(value) <= LONGEST_CHOICE and label]
    return [Choice(name=clip(label, LONGEST_CHOICE), value=value) for label, value in fitting[:MOST_CHOICES]]


PAINT_SUGGESTIONS: Final = {"model": suggest_model, "options": suggest_option}
KEPT_SUGGESTIONS: Final = {"saved": suggest_saved, "preset": suggest_preset}
FACE_SUGGESTIONS: Final = {
    **PAINT_SUGGESTIONS,
    "features": suggest_features,
    "expression": suggest_expression,
    "keep": suggest_code,
}
