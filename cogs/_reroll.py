"""The form of "Reroll features": which features of a face shall be drawn anew. Nothing is kept in between.

A feature is sent as its place in the picture's recipe, which never changes: names may be longer than Discord takes.
"""

import re
from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any, Final

from discord import SelectOption, ui

from cogs._caller import caller_of, viewer_of
from cogs._edge import BotInteraction, data_of
from cogs._forms import submitted_values
from cogs._ids import Verb, form_id, parse_id
from cogs._replies import paint
from cogs._text import clip, plain
from services import history, rerolls
from services.asks import Accepted, Caller, Viewer
from services.context import Context
from services.errors import UserError
from services.feature_names import names_of
from services.jobs.courier import PictureResult
from services.languages import say
from services.models import FeatureKey, Recipe, Visibility

_MOST_OPTIONS: Final = 25
"""Source: Discord, String Select, "options"."""

_MOST_SELECTS: Final = 5
"""Source: Discord, Modal, "components"."""

_LONGEST_TITLE: Final = 45
"""Source: Discord, Modal, "title", and Label, "label"."""

_PLACE: Final = re.compile(r"[0-9]{1,4}")


def reroll_form(context: Context, picture: PictureResult, visibility: Visibility, language: str) -> ui.Modal:
    """Return the form with the features that can change; it is stopped, so that discord.py forgets it.

    Raises UserError("reroll_needs_portrait") where there are none: own words have no drawn features.
    """
    options = _options(context, picture.recipe)
    if not options:
        raise UserError("reroll_needs_portrait", field="picture")
    title = say(language, "reruns.reroll_title", code=picture.code)
    custom_id = form_id(picture.job_id, visibility, Verb.FEATURES)
    form = ui.Modal(title=clip(title, _LONGEST_TITLE), custom_id=custom_id, timeout=None)
    for first, part in _parts(options):
        form.add_item(_label(first, part, picture.recipe, language))
    form.stop()
    return form


def _options(context: Context, recipe: Recipe) -> list[SelectOption]:
    """Return each feature that can change, with its value now."""
    labels = names_of(context.features).labels
    changeable = frozenset(rerolls.features_to_reroll(context, recipe))
    return [
        SelectOption(
            label=clip(labels[drawn.key], 100), value=str(place), description=plain(drawn.value, 100)
        )
        for place, drawn in enumerate(recipe.features)
        if drawn.key in changeable
    ]


def _parts(options: Sequence[SelectOption]) -> list[tuple[int, Sequence[SelectOption]]]:
    """Return the options in as few selects as hold them, of about the same length, each with its first number."""
    count = min(-(-len(options) // _MOST_OPTIONS), _MOST_SELECTS)
    size = min(-(-len(options) // count), _MOST_OPTIONS)
    return [(start + 1, options[start : start + size]) for start in range(0, size * count, size)]


def _label(first: int, options: Sequence[SelectOption], recipe: Recipe, language: str) -> ui.Label[Any]:
    select: ui.Select[Any] = ui.Select(
        custom_id=f"features{first}",
        placeholder=say(language, "reruns.reroll_choose"),
        options=list(options),
        min_values=0,
        max_values=len(options),
        required=False,
    )
    text = say(language, "reruns.reroll_label", first=first, last=first + len(options) - 1)
    keeps = "reroll_description" if recipe.image_seed is not None else "reroll_description_seedless"
    return ui.Label(
        text=clip(text, _LONGEST_TITLE),
        description=clip(say(language, f"reruns.{keeps}"), 100),
        component=select,
    )


async def submit_reroll(interaction: BotInteraction) -> None:
    """Answer a submitted form: paint the picture with other values of what was chosen.

    Raises UserError("out_of_date") for a form of another version, UserError("no_feature") where nothing was chosen.
    """
    item_id = parse_id(str(data_of(interaction).get("custom_id", "")))
    if item_id.job_id is None or item_id.visibility is None:
        raise UserError("out_of_date", "the form names no job")
    places = _places(submitted_values(interaction))
    caller = caller_of(interaction, item_id.visibility)
    context = interaction.client.context
    start = partial(_reroll, context, caller, viewer_of(interaction), item_id.job_id, places)
    await paint(interaction, item_id.visibility, start)


def _places(submitted: Mapping[str, Sequence[str]]) -> frozenset[int]:
    """Return the places of the chosen features in the recipe."""
    chosen = [value for values in submitted.values() for value in values]
    if not chosen:
        raise UserError("no_feature", field="features")
    if not all(map(_PLACE.fullmatch, chosen)):
        raise UserError("out_of_date", f"{chosen!r}"[:100])
    return frozenset(map(int, chosen))


async def _reroll(
    context: Context, caller: Caller, viewer: Viewer, job_id: int, places: frozenset[int]
) -> Accepted:
    picture = await history.find_picture_of_job(context, viewer, job_id)
    features = picture.recipe.features
    keys: list[FeatureKey] = [drawn.key for place, drawn in enumerate(features) if place in places]
    return await rerolls.reroll(context, caller, job_id, keys)
