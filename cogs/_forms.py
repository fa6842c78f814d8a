"""The form of "Edit": built from a picture's recipe, read back from what Discord sends. Nothing is kept in between.

The form's custom id names the job, so that a form that was open during a restart still works.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from functools import partial
from typing import Any, Final

from discord import TextStyle, ui

from cogs._caller import caller_of, viewer_of
from cogs._edge import BotInteraction, data_of
from cogs._ids import form_id, parse_id
from cogs._replies import paint
from cogs._text import clip
from services import history, reruns
from services.asks import Accepted, Caller, EditAsk, Viewer
from services.context import Context
from services.errors import UserError
from services.feature_names import names_of
from services.features import FeatureFile
from services.jobs.courier import PictureResult
from services.languages import ENGLISH, say
from services.models import MAX_SEED, Parameters, Recipe, RecipeKind, Visibility
from services.providers.catalog import Catalog
from services.providers.options import write_options

LONGEST_INPUT: Final = 4000
"""Source: Discord, Text Input, "max_length"."""

_SEED: Final = re.compile(r"[0-9]{1,10}")
_LONG: Final = frozenset({"prompt", "features"})


def edit_form(
    feature_file: FeatureFile,
    catalog: Catalog,
    picture: PictureResult,
    visibility: Visibility,
    language: str = ENGLISH,
) -> ui.Modal:
    """Return the form, filled with what the picture was made from.

    It is stopped, so that discord.py sends it and forgets it; `submit_form` answers it.
    """
    title = say(language, "edit.title", code=picture.code)
    form = ui.Modal(title=title, custom_id=form_id(picture.job_id, visibility), timeout=None)
    for name, value in form_values(feature_file, catalog, picture.recipe).items():
        label, description = say(language, f"edit.{name}"), say(language, f"edit.{name}_description")
        style = TextStyle.paragraph if name in _LONG else TextStyle.short
        text_input: ui.TextInput[Any] = ui.TextInput(
            custom_id=name, default=value or None, required=False, style=style, max_length=LONGEST_INPUT
        )
        form.add_item(ui.Label(text=label, description=description, component=text_input))
    form.stop()
    return form


def form_values(feature_file: FeatureFile, catalog: Catalog, recipe: Recipe) -> dict[str, str]:
    """Return the form's fields (at most five) as a recipe fills them; "" where it says nothing."""
    is_face = recipe.kind is RecipeKind.PORTRAIT
    words = {"features": _features_text(feature_file, recipe)} if is_face else {"prompt": recipe.prompt}
    prompt_seed = {"prompt_seed": _seed_text(recipe.prompt_seed)} if is_face else {}
    rest = {
        "seed": _seed_text(recipe.image_seed),
        "model": recipe.model,
        "options": write_options(_asked_parameters(catalog, recipe)),
    }
    return {name: clip(value, LONGEST_INPUT) for name, value in {**words, **prompt_seed, **rest}.items()}


def _asked_parameters(catalog: Catalog, recipe: Recipe) -> Parameters:
    """Return the parameters without those that the aspect gave: they come again with the aspect."""
    model = catalog.by_id.get(recipe.model.lower())
    return recipe.parameters if model is None else model.asked_of(recipe.parameters, recipe.aspect)


def changed_fields(before: Mapping[str, str], submitted: Mapping[str, str]) -> dict[str, str]:
    """Return the submitted fields that differ from what the form was filled with; unknown ones are ignored.

    Discord may change line ends and blanks at the ends of a text.
    """
    changed = {
        name: submitted[name].strip()
        for name, value in before.items()
        if name in submitted and submitted[name].split() != value.split()
    }
    if "features" in changed:
        # Only what was touched is a choice: a new prompt seed draws all the rest.
        changed["features"] = "; ".join(_parts(changed["features"], without=_parts(before["features"])))
    return changed


def edit_ask(caller: Caller, job_id: int, changed: Mapping[str, str]) -> EditAsk:
    """Return what the person asks for. Raises UserError("bad_seed") for a seed that is no number or out of range."""
    return EditAsk(
        caller=caller,
        job_id=job_id,
        prompt=changed.get("prompt"),
        seed=_seed(changed, "seed"),
        prompt_seed=_seed(changed, "prompt_seed"),
        features=changed.get("features"),
        model=changed.get("model"),
        options=changed.get("options"),
    )


def submitted_fields(interaction: BotInteraction) -> dict[str, str]:
    """Return the texts of a submitted form by field; anything of another shape is left out."""
    components = data_of(interaction).get("components")
    return {
        str(field["custom_id"]): str(field["value"])
        for field in _fields(components)
        if "custom_id" in field and isinstance(field.get("value"), str)
    }


def submitted_values(interaction: BotInteraction) -> dict[str, list[str]]:
    """Return what was chosen in each select of a submitted form; anything of another shape is left out."""
    components = data_of(interaction).get("components")
    return {
        str(field["custom_id"]): [str(value) for value in field["values"]]
        for field in _fields(components)
        if "custom_id" in field and isinstance(field.get("values"), list)
    }


def submitted_checks(interaction: BotInteraction) -> frozenset[str]:
    """Return the boxes of a submitted form that were ticked."""
    components = data_of(interaction).get("components")
    ticked = (field for field in _fields(components) if field.get("value") is True)
    return frozenset(str(field.get("custom_id", "")) for field in ticked)


async def submit_form(interaction: BotInteraction) -> None:
    """Answer a submitted edit form: make the picture again with what was changed.

    Raises UserError("out_of_date") for a form of another version.
    """
    item_id = parse_id(str(data_of(interaction).get("custom_id", "")))
    if item_id.job_id is None or item_id.visibility is None:
        raise UserError("out_of_date", "the form names no job")
    caller = caller_of(interaction, item_id.visibility)
    submitted = submitted_fields(interaction)
    # Numbers are checked before anything is shown to others; what has changed is known only after a read.
    edit_ask(caller, item_id.job_id, submitted)
    viewer = viewer_of(interaction)
    start = partial(_edit, interaction.client.context, caller, viewer, item_id.job_id, submitted)
    await paint(interaction, item_id.visibility, start)


async def _edit(
    context: Context, caller: Caller, viewer: Viewer, job_id: int, submitted: Mapping[str, str]
) -> Accepted:
    """Load the picture again, keep what was changed and ask for that."""
    picture = await history.find_picture_of_job(context, viewer, job_id)
    changed = changed_fields(form_values(context.features, context.catalog, picture.recipe), submitted)
    return await reruns.edit(context, edit_ask(caller, job_id, changed))


def _parts(text: str, without: Sequence[str] = ()) -> list[str]:
    """Return the "name=value" parts of a features text that are not among `without`."""
    parts = (" ".join(part.split()) for part in text.split(";"))
    return [part for part in parts if part and part not in without]


def _fields(components: object) -> Iterator[dict[str, Any]]:
    """Yield the inputs and selects inside labels (as we send them) and rows (as older clients answer)."""
    for component in components if isinstance(components, list) else []:
        if isinstance(component, dict):
            yield component.get("component") or {}
            yield from (inner for inner in component.get("components") or [] if isinstance(inner, dict))


def _features_text(feature_file: FeatureFile, recipe: Recipe) -> str:
    """Return a face as it is typed: "eye color=green; nose=aquiline"."""
    labels = names_of(feature_file).labels
    return "; ".join(f"{labels.get(drawn.key, str(drawn.key))}={drawn.value}" for drawn in recipe.features)


def _seed_text(seed: int | None) -> str:
    return "" if seed is None else str(seed)


def _seed(fields: Mapping[str, str], name: str) -> int | None:
    """Return the seed in a field, None where it is empty."""
    text = fields.get(name, "").strip()
    if not text:
        return None
    if not _SEED.fullmatch(text) or int(text) > MAX_SEED:
        raise UserError("bad_seed", f"no seed: {text[:60]!r}", field=name, found=text[:60])
    return int(text)
