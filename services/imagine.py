"""`/imagine`: a picture of the person's own words, with every parameter that the model takes."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final

from services.asks import Accepted, ImagineAsk, viewer_of
from services.brought_references import check_brought
from services.commissioning import Wanted, order
from services.context import Context
from services.model_choice import ModelChoice, choose_model
from services.models import Dropped, Recipe, RecipeKind, RequestKind
from services.references import KnownReference, find_references, parse_references
from services.sayings import saying
from services.seeds import check_count, check_seed, seed_for
from services.words import clean_prompt, features_in_words

FEATURES_UNUSED: Final = Dropped("features", saying("dropped.own_words"))
"""Said where a saved part has features and `/imagine` is asked to use it."""


@dataclass(frozen=True, slots=True)
class ImaginePlan:
    """A checked `/imagine`: without references nothing in it can be refused any more, except by what it costs."""

    ask: ImagineAsk
    prompt: str
    codes: tuple[str, ...]
    choice: ModelChoice | None
    """None where reference pictures have to be looked up first: they are part of the price."""


def plan_imagine(context: Context, ask: ImagineAsk) -> ImaginePlan:
    """Check what was typed, without waiting. Raises UserError.

    What it brings has to be kept before it can be created: `brought_references.bring_references`. Without an aspect the
    model's own default holds.
    """
    prompt = clean_prompt(ask.prompt)
    check_seed(ask.seed, "seed")
    check_count(ask.count)
    codes = parse_references(ask.references)
    check_brought(context, ask)
    is_looking = bool(codes) or ask.brought is not None
    return ImaginePlan(ask, prompt, codes, None if is_looking else _choose(context, ask, ()))


def _choose(context: Context, ask: ImagineAsk, references: Sequence[KnownReference]) -> ModelChoice:
    choice = choose_model(
        context,
        ask.caller,
        model=ask.model,
        options=ask.options,
        aspect=ask.aspect,
        kept=ask.kept,
        references=references,
        wants_seed=ask.seed is not None,
    )
    if not ask.kept.features:
        return choice
    return replace(choice, dropped=(*choice.dropped, FEATURES_UNUSED))


def _recipe(
    context: Context,
    plan: ImaginePlan,
    choice: ModelChoice,
    references: Sequence[KnownReference],
    position: int,
) -> Recipe:
    model = choice.model
    image_seed = seed_for(plan.ask.seed, position, context.random_seed)
    return Recipe(
        kind=RecipeKind.IMAGINE,
        prompt=plan.prompt,
        provider=model.provider,
        model=model.id,
        model_version=model.version,
        # A draft keeps the seed that was asked for: another model may take it.
        image_seed=image_seed if model.capabilities.seed or choice.trouble is not None else None,
        features=features_in_words(context.features, plan.prompt),
        feature_file=context.features.digest,
        aspect=choice.aspect,
        parameters=choice.parameters,
        dropped=choice.dropped,
        references=tuple(each.digest for each in references),
    )


async def create_imagine(context: Context, plan: ImaginePlan) -> Accepted:
    """Accept an `/imagine`.

    Raises NotFoundError for a reference that the caller may not see, UserError for references that do not fit, and
    as `commissioning.order` does.
    """
    references = await find_references(context, viewer_of(plan.ask.caller), plan.codes)
    choice = plan.choice or _choose(context, plan.ask, references)
    wanted = [
        Wanted(_recipe(context, plan, choice, references, position), choice)
        for position in range(plan.ask.count)
    ]
    return await order(context, plan.ask.caller, RequestKind.IMAGINE, wanted)
