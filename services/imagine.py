"""`/imagine`: a picture of the person's own words, with every parameter that the model takes."""

from dataclasses import dataclass

from services.asks import Accepted, ImagineAsk
from services.context import Context
from services.jobs.acceptance import Commission, accept
from services.model_choice import ModelChoice, choose_model
from services.models import Recipe, RecipeKind
from services.seeds import check_count, check_seed, seed_for
from services.words import clean_prompt, features_in_words


@dataclass(frozen=True, slots=True)
class ImaginePlan:
    """A checked `/imagine`."""

    ask: ImagineAsk
    prompt: str
    choice: ModelChoice


def plan_imagine(context: Context, ask: ImagineAsk) -> ImaginePlan:
    """Check what was typed, without waiting. Raises UserError or NotAllowedError.

    Without an aspect the model's own default holds.
    """
    prompt = clean_prompt(ask.prompt)
    check_seed(ask.seed, "seed")
    check_count(ask.count)
    choice = choose_model(context, ask.caller, model=ask.model, options=ask.options, aspect=ask.aspect)
    return ImaginePlan(ask, prompt, choice)


def _recipe(context: Context, plan: ImaginePlan, position: int) -> Recipe:
    model = plan.choice.model
    image_seed = seed_for(plan.ask.seed, position, context.random_seed)
    return Recipe(
        kind=RecipeKind.IMAGINE,
        prompt=plan.prompt,
        provider=model.provider,
        model=model.id,
        model_version=model.version,
        image_seed=image_seed if model.capabilities.seed else None,
        features=features_in_words(context.features, plan.prompt),
        feature_file=context.features.digest,
        aspect=plan.ask.aspect.strip(),
        parameters=plan.choice.parameters,
        dropped=plan.choice.dropped,
    )


async def create_imagine(context: Context, plan: ImaginePlan) -> Accepted:
    """Accept an `/imagine`. Raises LimitError where a cap is reached, StorageError."""
    commissions = [
        Commission(_recipe(context, plan, position), plan.choice.price_micro_usd)
        for position in range(plan.ask.count)
    ]
    return await accept(context, plan.ask.caller, "imagine", commissions)
