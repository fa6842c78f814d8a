"""Variations of a picture: one much like it, or one further away, in the way that its model can."""

import hashlib
from dataclasses import replace
from types import MappingProxyType
from typing import Final

from services import history
from services.asks import Accepted, Caller, viewer_of
from services.choices import EXPRESSION
from services.commissioning import Wanted, move_to_model, moved_parameters, order
from services.context import Context
from services.errors import UserError
from services.feature_names import names_of
from services.from_picture import from_picture
from services.jobs.courier import PictureResult
from services.models import FeatureKey, Recipe, RequestKind
from services.providers.catalog import Model
from services.providers.model import Strength, Variation, VaryBy
from services.rerolls import features_to_reroll, rerolled
from services.words import MAX_PROMPT_CHARACTERS

KINDS: Final = MappingProxyType(
    {Strength.SUBTLE: RequestKind.VARY_SUBTLE, Strength.STRONG: RequestKind.VARY_STRONG}
)

_SHOWS: Final = "The picture shows:"
WORDS: Final = MappingProxyType(
    {
        Strength.SUBTLE: "Make a slight variation of this picture: keep the subject, the pose, the framing and the "
        "light, and change small details only.",
        Strength.STRONG: "Make a bold variation of this picture: keep who or what it shows, and change pose, framing, "
        "light and background.",
    }
)
"""What models that change a picture after words are told. They read English best, whoever asks."""

_SUBTLE_FEATURES: Final = 2


def variation_of(context: Context, recipe: Recipe) -> Variation | None:
    """Return how a picture of this recipe can be varied, None where it cannot."""
    model = context.catalog.by_id.get(recipe.model.lower())
    if model is None or model.vary is None:
        return None
    if model.vary.by is VaryBy.FEATURES and not _variable(context, recipe):
        return None
    return model.vary


async def vary(context: Context, caller: Caller, job_id: int, strength: Strength) -> Accepted:
    """Accept a variation of the picture of a job.

    Raises NotFoundError for what the caller may not see, UserError("cannot_vary") for a model that has no way to do it,
    and as `commissioning.order` does.
    """
    found = await history.find_picture_of_job(context, viewer_of(caller), job_id)
    return await order(context, caller, KINDS[strength], [await varied(context, caller, found, strength)])


async def varied(context: Context, caller: Caller, found: PictureResult, strength: Strength) -> Wanted:
    """Return what a variation of a picture would be made of. Raises UserError as `vary` does."""
    variation = variation_of(context, found.recipe)
    if variation is None:
        raise UserError("cannot_vary", field="model", model=_title(context, found.recipe))
    if variation.by is VaryBy.FEATURES:
        recipe = rerolled(context, found, _features(context, found, strength))
        return await move_to_model(context, caller, recipe, context.catalog.find(recipe.model))
    model = context.catalog.by_id[variation.model_id.lower()]
    return await _after_picture(context, caller, found, model, strength)


async def _after_picture(
    context: Context, caller: Caller, found: PictureResult, model: Model, strength: Strength
) -> Wanted:
    """Return a variation by a model that looks at the picture; its image seed is a new one."""
    recipe, own = found.recipe, context.catalog.find(found.recipe.model)
    parameters, dropped = recipe.parameters, recipe.dropped
    if model.id != own.id:
        parameters, dropped = moved_parameters(model, recipe, own)
    variation = own.vary
    if variation is not None:
        parameters = {**parameters, **variation.parameters[strength]}
        if variation.by is VaryBy.WORDS:
            recipe = replace(recipe, prompt=_told(recipe.prompt, strength))
    recipe = replace(recipe, image_seed=context.random_seed())
    return await from_picture(
        context, caller, found, recipe, model=model, parameters=parameters, dropped=dropped
    )


def _told(prompt: str, strength: Strength) -> str:
    """Return the words of a variation: what shall stay, then the picture's own words, those of one once only.

    Raises UserError("prompt_too_long").
    """
    for told in WORDS.values():
        prompt = prompt.removeprefix(f"{told} {_SHOWS} ")
    words = f"{WORDS[strength]} {_SHOWS} {prompt}"
    if len(words) > MAX_PROMPT_CHARACTERS:
        raise UserError("prompt_too_long", field="prompt", found=len(words), maximum=MAX_PROMPT_CHARACTERS)
    return words


def _variable(context: Context, recipe: Recipe) -> tuple[FeatureKey, ...]:
    """Return the features that a variation may draw anew: hair and expression, in which one person differs by day.

    The shapes of face, eyes, nose, lips and chin, the colors of eyes and skin, beard, marks and age stay: they are who
    it is.
    """
    names = names_of(context.features)
    hair = {*names.find_group("hair")} - {*names.find("beard")}
    by_day = hair | {*context.features.keys_of(EXPRESSION)}
    return tuple(key for key in features_to_reroll(context, recipe) if key in by_day)


def _features(context: Context, found: PictureResult, strength: Strength) -> tuple[FeatureKey, ...]:
    """Return what is drawn anew: all of it, or two features, of which one is of the expression: it always shows."""
    keys = _variable(context, found.recipe)
    if strength is Strength.STRONG:
        return keys
    seed = context.random_seed()
    shuffled = sorted(keys, key=lambda key: hashlib.sha256(f"{seed}:{key}".encode()).digest())
    shown_first = sorted(shuffled, key=lambda key: key.category != EXPRESSION)
    others = [key for key in shuffled if key != shown_first[0]]
    return (shown_first[0], *others[: _SUBTLE_FEATURES - 1])


def _title(context: Context, recipe: Recipe) -> str:
    model = context.catalog.by_id.get(recipe.model.lower())
    return recipe.model if model is None else model.title
