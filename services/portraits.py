"""`/portrait`: draw a face out of the feature file, describe it, and have it painted."""

from collections.abc import Mapping
from dataclasses import dataclass

from services import history
from services.asks import Accepted, PortraitAsk, viewer_of
from services.choices import Keep, parse_choices, parse_expression, parse_keep
from services.commissioning import Wanted, order
from services.context import Context
from services.features import draw_face
from services.model_choice import ModelChoice, choose_model
from services.models import Face, FeatureKey, Recipe, RecipeKind, RequestKind
from services.prompts import write_prompt
from services.seeds import check_count, check_seed, seed_for

SQUARE = "1:1"
"""Portraits are square on every model unless asked otherwise: the base instruction says 1024x1024."""


@dataclass(frozen=True, slots=True)
class PortraitPlan:
    """A checked `/portrait`: nothing in it can be refused any more without looking into the database."""

    ask: PortraitAsk
    chosen: Mapping[FeatureKey, str]
    keep: Keep | None
    choice: ModelChoice
    aspect: str


@dataclass(frozen=True, slots=True)
class Kept:
    """What an earlier result gives to a new one: its features, and its code as the parent."""

    features: Mapping[FeatureKey, str]
    parent: str | None = None


def plan_portrait(context: Context, ask: PortraitAsk, *, wants_seed: bool = False) -> PortraitPlan:
    """Check what was typed, without waiting. `wants_seed`: it is no use on a model without seeds. Raises UserError."""
    check_seed(ask.seed, "seed")
    check_seed(ask.prompt_seed, "prompt_seed")
    check_count(ask.count)
    features = parse_choices(context.features, ask.features)
    expression = parse_expression(context.features, ask.expression)
    choice = choose_model(
        context,
        ask.caller,
        model=ask.model,
        options=ask.options,
        aspect=ask.aspect,
        usual_aspect=SQUARE,
        kept=ask.kept,
        wants_seed=wants_seed or ask.seed is not None,
    )
    return PortraitPlan(
        ask=ask,
        chosen={**features, **expression},
        keep=parse_keep(context.features, ask.keep) if ask.keep.strip() else None,
        choice=choice,
        aspect=choice.aspect,
    )


async def read_kept(context: Context, plan: PortraitPlan) -> Kept:
    """Return what `keep: CODE [minus ...]` takes over, and below that a saved part.

    Raises NotFoundError where the caller may not see the picture.
    """
    saved = {drawn.key: drawn.value for drawn in plan.ask.kept.features}
    if plan.keep is None:
        return Kept(saved)
    found = await history.find_picture(context, viewer_of(plan.ask.caller), plan.keep.code)
    kept = {drawn.key: drawn.value for drawn in found.recipe.features if drawn.key not in plan.keep.minus}
    return Kept({**saved, **kept}, found.code)


def portrait_recipe(
    context: Context,
    plan: PortraitPlan,
    face: Face,
    *,
    prompt_seed: int,
    image_seed: int,
    parent: str | None,
) -> Recipe:
    """Return the recipe of one drawn face."""
    model, trouble = plan.choice.model, plan.choice.trouble
    return Recipe(
        kind=RecipeKind.PORTRAIT,
        prompt=write_prompt(face, aspect=plan.aspect),
        provider=model.provider,
        model=model.id,
        model_version=model.version,
        # A draft keeps the seed that was asked for: another model may take it.
        image_seed=image_seed if model.capabilities.seed or trouble is not None else None,
        prompt_seed=prompt_seed,
        features=face,
        feature_file=context.features.digest,
        aspect=plan.aspect,
        parameters=plan.choice.parameters,
        dropped=plan.choice.dropped,
        parent=parent,
    )


def _wanted(context: Context, plan: PortraitPlan, kept: Kept, position: int) -> Wanted:
    prompt_seed = seed_for(plan.ask.prompt_seed, position, context.random_seed)
    image_seed = seed_for(plan.ask.seed, position, context.random_seed)
    face = draw_face(context.features, prompt_seed, chosen={**kept.features, **plan.chosen})
    recipe = portrait_recipe(
        context, plan, face, prompt_seed=prompt_seed, image_seed=image_seed, parent=kept.parent
    )
    return Wanted(recipe, plan.choice)


async def create_portrait(context: Context, plan: PortraitPlan) -> Accepted:
    """Accept a `/portrait`: `count` different faces, each with its own seeds, code and price.

    Raises NotFoundError for an unknown `keep` code, and as `commissioning.order` does.
    """
    kept = await read_kept(context, plan)
    wanted = [_wanted(context, plan, kept, position) for position in range(plan.ask.count)]
    return await order(context, plan.ask.caller, RequestKind.PORTRAIT, wanted)
