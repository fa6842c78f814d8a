"""Some features of a drawn face anew: each gets another value; the others, both seeds and the model stay."""

from collections.abc import Collection
from dataclasses import dataclass, replace

from services import history
from services.asks import Accepted, Caller, viewer_of
from services.choices import parse_features
from services.codes import parse_code
from services.commissioning import move_to_model, order
from services.context import Context
from services.errors import UserError
from services.feature_names import names_of
from services.features import draw_other_value
from services.jobs.courier import PictureResult
from services.models import DrawnFeature, Face, FeatureKey, Recipe, RecipeKind, RequestKind
from services.prompts import write_prompt


@dataclass(frozen=True, slots=True)
class RerollPlan:
    """A checked `/reroll`: the picture's code, and which features shall be others."""

    caller: Caller
    code: str
    features: frozenset[FeatureKey]


def features_to_reroll(context: Context, recipe: Recipe) -> tuple[FeatureKey, ...]:
    """Return the features of a drawn face that can have another value, in its order; () for own words.

    A feature that the file does not have any more has nothing to be drawn from, and one of a single value no other.
    """
    if recipe.kind is not RecipeKind.PORTRAIT:
        return ()
    known = context.features.features
    return tuple(drawn.key for drawn in recipe.features if len(known.get(drawn.key, ())) > 1)


def plan_reroll(context: Context, caller: Caller, code: str, features: str) -> RerollPlan:
    """Check `/reroll` without waiting: `features` are names and groups as typed, "hair, nose". Raises UserError."""
    return RerollPlan(caller, parse_code(code), parse_features(context.features, features))


async def create_reroll(context: Context, plan: RerollPlan) -> Accepted:
    """Accept a `/reroll`. Raises as `reroll` does."""
    found = await history.find_picture(context, viewer_of(plan.caller), plan.code)
    return await _reroll(context, plan.caller, found, plan.features)


async def reroll(context: Context, caller: Caller, job_id: int, keys: Collection[FeatureKey]) -> Accepted:
    """Accept the picture of a job with other values of these features; those that its face lacks are passed over.

    The prompt seed stays in the recipe: it is what drew the others, and the recipe lists every value. Raises
    NotFoundError for what the caller may not see, UserError("reroll_needs_portrait") for own words,
    UserError("nothing_to_reroll") where none of them can change, and as `commissioning.order` does.
    """
    found = await history.find_picture_of_job(context, viewer_of(caller), job_id)
    return await _reroll(context, caller, found, keys)


async def _reroll(
    context: Context, caller: Caller, found: PictureResult, keys: Collection[FeatureKey]
) -> Accepted:
    recipe = rerolled(context, found, keys)
    wanted = await move_to_model(context, caller, recipe, context.catalog.find(recipe.model))
    return await order(context, caller, RequestKind.REROLL, [wanted])


def rerolled(context: Context, found: PictureResult, keys: Collection[FeatureKey]) -> Recipe:
    """Return the recipe with other values of these features. Raises UserError as `reroll` does."""
    recipe = found.recipe
    if recipe.kind is not RecipeKind.PORTRAIT:
        raise UserError("reroll_needs_portrait", field="picture")
    changing = [key for key in features_to_reroll(context, recipe) if key in keys]
    if not changing:
        labels = names_of(context.features).labels
        named = ", ".join(labels.get(key, key.name) for key in keys)
        raise UserError("nothing_to_reroll", field="features", found=named)
    face = _other_face(context, recipe.features, changing)
    return replace(
        recipe,
        features=face,
        prompt=write_prompt(face, aspect=recipe.aspect or "1:1"),
        feature_file=context.features.digest,
        parent=found.code,
    )


def _other_face(context: Context, face: Face, changing: Collection[FeatureKey]) -> Face:
    seed = context.random_seed()
    return tuple(
        DrawnFeature(*drawn.key, draw_other_value(context.features, seed, drawn))
        if drawn.key in changing
        else drawn
        for drawn in face
    )
