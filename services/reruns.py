"""A picture again: with the same seed, a new one, with changes, or beside another face."""

from collections.abc import Mapping, Sequence
from dataclasses import replace

from services import history
from services.asks import Accepted, Caller, EditAsk, RerunAsk, SeedChoice, viewer_of
from services.character_recipes import references_of, with_locks
from services.choices import parse_choices
from services.commissioning import Wanted, move_to_model, on_model, order
from services.context import Context
from services.errors import UserError
from services.features import draw_face
from services.jobs.courier import PictureResult
from services.model_choice import choose_model
from services.models import DrawnFeature, Face, FeatureKey, Recipe, RecipeKind, RequestKind
from services.prompts import write_prompt
from services.seeds import check_seed
from services.words import clean_prompt, features_in_words


def _with_seed(context: Context, found: PictureResult, choice: SeedChoice) -> Recipe:
    recipe = replace(found.recipe, parent=found.code)
    if choice is SeedChoice.NEW:
        return replace(recipe, image_seed=None if recipe.image_seed is None else context.random_seed())
    if recipe.image_seed is None:
        # Nothing is charged for a promise that the model cannot keep.
        raise UserError("model_has_no_seed", field="seed", model=context.catalog.find(recipe.model).title)
    return recipe


async def _as_they_are(context: Context, caller: Caller, recipes: Sequence[Recipe]) -> list[Wanted]:
    """Return these pictures to be made on their own models, at today's price, on the caller's account."""
    return [
        await move_to_model(context, caller, recipe, context.catalog.find(recipe.model)) for recipe in recipes
    ]


async def rerun_all(context: Context, caller: Caller, job_ids: Sequence[int], choice: SeedChoice) -> Accepted:
    """Accept the same pictures again, in one request; the faces stay, the image seeds stay or are drawn anew.

    Whoever asks pays, at today's price. Raises NotFoundError for what the caller may not see, UserError where the
    model takes no seed or a reference is gone, and as `commissioning.order` does.
    """
    viewer = viewer_of(caller)
    found = [await history.find_picture_of_job(context, viewer, job_id) for job_id in job_ids]
    recipes = [_with_seed(context, picture, choice) for picture in found]
    kind = RequestKind.SAME_SEED if choice is SeedChoice.SAME else RequestKind.NEW_SEED
    return await order(context, caller, kind, await _as_they_are(context, caller, recipes))


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


async def _edited_model(context: Context, recipe: Recipe, ask: EditAsk) -> Wanted:
    """Return the recipe on the model asked for. Left alone, the parameters stay as they were sent."""
    if ask.model is None and ask.options is None:
        wanted = await move_to_model(context, ask.caller, recipe, context.catalog.find(recipe.model))
        return _with_asked_seed(wanted, ask)
    references = await references_of(context, viewer_of(ask.caller), recipe)
    choice = choose_model(
        context,
        ask.caller,
        model=ask.model or recipe.model,
        options=ask.options or "",
        aspect=recipe.aspect,
        references=references,
        wants_seed=ask.seed is not None,
    )
    return _with_asked_seed(Wanted(on_model(context, recipe, choice, references), choice), ask)


def _with_asked_seed(wanted: Wanted, ask: EditAsk) -> Wanted:
    takes_seed = wanted.recipe.image_seed is not None or wanted.choice.trouble is not None
    if ask.seed is None or not takes_seed:
        return wanted
    return replace(wanted, recipe=replace(wanted.recipe, image_seed=ask.seed))


async def edit(context: Context, ask: EditAsk) -> Accepted:
    """Accept a picture again with changes; what is None stays.

    Raises NotFoundError for what the caller may not see, UserError for a value that does not fit, and as
    `commissioning.order` does.
    """
    check_seed(ask.seed, "seed")
    check_seed(ask.prompt_seed, "prompt_seed")
    found = await history.find_picture_of_job(context, viewer_of(ask.caller), ask.job_id)
    recipe = replace(found.recipe, parent=found.code)
    edited = _edited_words(context, recipe, ask)
    if edited.prompt != recipe.prompt:
        edited = await with_locks(context, viewer_of(ask.caller), edited, recipe)
    wanted = await _edited_model(context, edited, ask)
    return await order(context, ask.caller, RequestKind.EDIT, [wanted])


async def on_another_model(context: Context, caller: Caller, job_id: int, model: str) -> Accepted:
    """Accept on another model what the caller's own job `job_id` was to paint, whether or not it came to a picture.

    Raises NotFoundError for a job of somebody else's or a deleted one, UserError, and as `commissioning.order` does.
    """
    recipe = await history.recipe_of_own_job(context, caller.origin.user_id, job_id)
    wanted = await move_to_model(context, caller, recipe, context.catalog.find(model))
    kind = RequestKind.AGAIN if wanted.recipe.model == recipe.model else RequestKind.OTHER_MODEL
    return await order(context, caller, kind, [wanted])


async def move_picture(context: Context, caller: Caller, job_id: int, model: str) -> Accepted:
    """Accept on another model the recipe of a finished picture, whoever made it.

    Raises NotFoundError for what the caller may not see, UserError, and as `commissioning.order` does.
    """
    found = await history.find_picture_of_job(context, viewer_of(caller), job_id)
    recipe = replace(found.recipe, parent=found.code)
    wanted = await move_to_model(context, caller, recipe, context.catalog.find(model))
    return await order(context, caller, RequestKind.OTHER_MODEL, [wanted])


async def pair_of(context: Context, caller: Caller, job_id: int) -> Accepted:
    """Accept a pair: the picture's own recipe beside another drawn face with the same image seed.

    Raises NotFoundError for what the caller may not see, UserError for a picture of own words, and as
    `commissioning.order` does.
    """
    found = await history.find_picture_of_job(context, viewer_of(caller), job_id)
    if found.recipe.kind is not RecipeKind.PORTRAIT:
        raise UserError("pair_needs_portrait", field="picture")
    first = replace(found.recipe, parent=found.code)
    prompt_seed = context.random_seed()
    face = draw_face(context.features, prompt_seed)
    prompt = write_prompt(face, aspect=first.aspect)
    second = replace(
        first, features=face, prompt=prompt, prompt_seed=prompt_seed, feature_file=context.features.digest
    )
    return await order(
        context, caller, RequestKind.PAIR_WITH, await _as_they_are(context, caller, (first, second))
    )
