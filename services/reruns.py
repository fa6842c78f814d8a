"""A picture again: with the same seed, a new one, with changes, or beside another face."""

from collections.abc import Mapping, Sequence
from dataclasses import replace

from services import history
from services.asks import Accepted, Caller, EditAsk, RerunAsk, SeedChoice
from services.choices import parse_choices
from services.context import Context
from services.errors import UserError
from services.features import draw_face
from services.jobs.acceptance import Commission, accept
from services.jobs.courier import PictureResult
from services.model_choice import check_price, choose_model
from services.models import DrawnFeature, Face, FeatureKey, Recipe, RecipeKind
from services.portraits import viewer_of
from services.prompts import write_prompt
from services.providers.registry import Availability
from services.seeds import check_seed
from services.words import clean_prompt, features_in_words


def _check_ready(context: Context, recipe: Recipe) -> None:
    model = context.catalog.find(recipe.model)
    if context.registry.availability(model) is not Availability.READY:
        raise UserError("model_not_ready", field="model", model=model.title)


def _commission(context: Context, caller: Caller, recipe: Recipe) -> Commission:
    """Return the picture to make; whoever asks for it pays, at today's price."""
    model = context.catalog.find(recipe.model)
    return Commission(recipe, check_price(context, caller, model, recipe.parameters))


def _with_seed(context: Context, found: PictureResult, choice: SeedChoice) -> Recipe:
    recipe = replace(found.recipe, parent=found.code)
    if choice is SeedChoice.NEW:
        return replace(recipe, image_seed=None if recipe.image_seed is None else context.random_seed())
    if recipe.image_seed is None:
        # Nothing is charged for a promise that the model cannot keep.
        raise UserError("model_has_no_seed", field="seed", model=context.catalog.find(recipe.model).title)
    return recipe


async def rerun_all(context: Context, caller: Caller, job_ids: Sequence[int], choice: SeedChoice) -> Accepted:
    """Accept the same pictures again, in one request; the faces stay, the image seeds stay or are drawn anew.

    Raises NotFoundError for what the caller may not see, UserError where the model takes no seed or is not ready,
    NotAllowedError, LimitError, StorageError.
    """
    viewer = viewer_of(caller)
    found = [await history.find_picture_of_job(context, viewer, job_id) for job_id in job_ids]
    recipes = [_with_seed(context, picture, choice) for picture in found]
    for recipe in recipes:
        _check_ready(context, recipe)
    commissions = [_commission(context, caller, recipe) for recipe in recipes]
    return await accept(context, caller, "rerun", commissions)


async def rerun(context: Context, ask: RerunAsk) -> Accepted:
    """Accept one picture again. Raises as `rerun_all` does."""
    return await rerun_all(context, ask.caller, [ask.job_id], ask.seed)


def _edited_face(context: Context, recipe: Recipe, ask: EditAsk, chosen: Mapping[FeatureKey, str]) -> Face:
    """Return the face after an edit: a new prompt seed draws all that is not chosen, else only the chosen change."""
    if ask.prompt_seed is not None and ask.prompt_seed != recipe.prompt_seed:
        return draw_face(context.features, ask.prompt_seed, chosen=chosen)
    # A feature that the picture's older file lacked is asked for as well: it comes last.
    values = {**{drawn.key: drawn.value for drawn in recipe.features}, **chosen}
    return tuple(DrawnFeature(*key, value) for key, value in values.items())


def _reworded(context: Context, recipe: Recipe, prompt: str) -> Recipe:
    features = features_in_words(context.features, prompt)
    return replace(recipe, prompt=prompt, features=features, feature_file=context.features.digest)


def _edited_words(context: Context, recipe: Recipe, ask: EditAsk) -> Recipe:
    """Return the recipe with the words or the face asked for. Left alone, both stay, whatever the file says today."""
    if recipe.kind is RecipeKind.IMAGINE:
        return recipe if ask.prompt is None else _reworded(context, recipe, clean_prompt(ask.prompt))
    if ask.features is None and ask.prompt_seed is None:
        return recipe
    face = _edited_face(context, recipe, ask, parse_choices(context.features, ask.features or ""))
    prompt_seed = recipe.prompt_seed if ask.prompt_seed is None else ask.prompt_seed
    return replace(
        recipe,
        features=face,
        prompt_seed=prompt_seed,
        feature_file=context.features.digest,
        prompt=write_prompt(face, aspect=recipe.aspect or "1:1"),
    )


def _edited_model(context: Context, recipe: Recipe, ask: EditAsk) -> Recipe:
    """Return the recipe on the model asked for. Left alone, the parameters stay as they were sent."""
    if ask.model is None and ask.options is None:
        return recipe
    choice = choose_model(
        context, ask.caller, model=ask.model or recipe.model, options=ask.options or "", aspect=recipe.aspect
    )
    model = choice.model
    seed = recipe.image_seed if recipe.image_seed is not None else context.random_seed()
    return replace(
        recipe,
        provider=model.provider,
        model=model.id,
        model_version=model.version,
        parameters=choice.parameters,
        dropped=choice.dropped,
        image_seed=seed if model.capabilities.seed else None,
    )


async def edit(context: Context, ask: EditAsk) -> Accepted:
    """Accept a picture again with changes; what is None stays.

    Raises NotFoundError for what the caller may not see, UserError for a value that does not fit, NotAllowedError,
    LimitError, StorageError.
    """
    check_seed(ask.seed, "seed")
    check_seed(ask.prompt_seed, "prompt_seed")
    found = await history.find_picture_of_job(context, viewer_of(ask.caller), ask.job_id)
    recipe = replace(found.recipe, parent=found.code)
    recipe = _edited_model(context, _edited_words(context, recipe, ask), ask)
    if ask.seed is not None and recipe.image_seed is not None:
        recipe = replace(recipe, image_seed=ask.seed)
    _check_ready(context, recipe)
    return await accept(context, ask.caller, "edit", [_commission(context, ask.caller, recipe)])


async def pair_of(context: Context, caller: Caller, job_id: int) -> Accepted:
    """Accept a pair: the picture's own recipe beside another drawn face with the same image seed.

    Raises NotFoundError for what the caller may not see, UserError for a picture of own words, NotAllowedError,
    LimitError, StorageError.
    """
    found = await history.find_picture_of_job(context, viewer_of(caller), job_id)
    if found.recipe.kind is not RecipeKind.PORTRAIT:
        raise UserError("pair_needs_portrait", field="picture")
    _check_ready(context, found.recipe)
    first = replace(found.recipe, parent=found.code)
    prompt_seed = context.random_seed()
    face = draw_face(context.features, prompt_seed)
    prompt = write_prompt(face, aspect=first.aspect)
    second = replace(
        first, features=face, prompt=prompt, prompt_seed=prompt_seed, feature_file=context.features.digest
    )
    commissions = [_commission(context, caller, recipe) for recipe in (first, second)]
    return await accept(context, caller, "pair", commissions)
