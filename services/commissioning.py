"""Every request for pictures passes here: it is accepted, or kept as a draft with what could be done instead."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from db.people import drafts
from services.asker_pauses import check_asker
from services.asks import Accepted, Caller, viewer_of
from services.character_recipes import of_usable_characters, references_of
from services.context import Context
from services.errors import UserError
from services.jobs.acceptance import Commission, accept
from services.model_choice import PASSED_OVER, ModelChoice, can_paint, choice_of
from services.models import Dropped, Parameters, Recipe, Saying
from services.offers import NEEDS_KEY, ModelUnavailable, Offer, Trouble
from services.providers.catalog import Model
from services.recipes import recipe_to_json
from services.references import KnownReference
from services.sayings import saying

MOST_OFFERS = 4
"""They stand in one row of buttons, beside "Add key"."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """One picture that somebody wants: its recipe, and the choice of its model."""

    recipe: Recipe
    choice: ModelChoice


def moved_parameters(
    model: Model, recipe: Recipe, before: Model | None
) -> tuple[Parameters, tuple[Dropped, ...]]:
    """Return the recipe's parameters as another model takes them, and those that it does not take, with the reason.

    What only its aspect or our defaults gave the model `before` stays behind: the other one has its own.
    """
    asked = recipe.parameters if before is None else before.asked_of(recipe.parameters, recipe.aspect)
    fitted = model.fit(asked, recipe.aspect, is_strict=False)
    return fitted.parameters, fitted.dropped


async def move_to_model(context: Context, caller: Caller, recipe: Recipe, model: Model) -> Wanted:
    """Return the same picture on `model`: what that one does not take is dropped and named.

    Raises UserError where it cannot paint this at all (a reference is needed and there is none, or no price).
    """
    # Why another model than a default painted was said of that picture, and not of this one.
    parameters, dropped = (
        recipe.parameters,
        tuple(each for each in recipe.dropped if each.name != PASSED_OVER),
    )
    if model.id != recipe.model:
        before = context.catalog.by_id.get(recipe.model.lower())
        parameters, dropped = moved_parameters(model, recipe, before)
        if recipe.image_seed is not None and not model.capabilities.seed:
            dropped = (*dropped, Dropped("seed", saying("dropped.takes_no_seed", model=model.title)))
    references = await references_of(context, viewer_of(caller), recipe)
    usable = references[: model.capabilities.references]
    if len(usable) < len(references):
        dropped = (*dropped, Dropped("references", _fewer_references(model, len(usable))))
    choice = choice_of(context, caller, model, parameters, dropped, references=usable)
    return Wanted(on_model(context, recipe, choice, usable), choice)


def _fewer_references(model: Model, count: int) -> Saying:
    """Return what is said where a model looks at fewer pictures than there are."""
    if not count:
        return saying("dropped.looks_at_none", model=model.title)
    return saying("dropped.looks_at", model=model.title, count=count)


def on_model(
    context: Context, recipe: Recipe, choice: ModelChoice, references: Sequence[KnownReference]
) -> Recipe:
    """Return the recipe as the model of `choice` paints it; a seed is drawn or left out as that model needs."""
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
        references=tuple(each.digest for each in references),
    )


async def order(context: Context, caller: Caller, kind: str, wanted: Sequence[Wanted]) -> Accepted:
    """Accept these pictures as one request.

    Raises NotAllowedError where the person or the server is paused, ModelUnavailable where a model cannot paint as
    asked: the request is kept as a draft. Raises LimitError where a cap is reached, UserError("key_removed") where the
    key that was to pay is gone, StorageError.
    """
    check_asker(context.standing.pauses, caller.origin.user_id, caller.origin.guild_id)
    recipes = await of_usable_characters(context, viewer_of(caller), [each.recipe for each in wanted])
    wanted = [replace(each, recipe=recipe) for each, recipe in zip(wanted, recipes, strict=True)]
    trouble = next((each.choice.trouble for each in wanted if each.choice.trouble is not None), None)
    if trouble is not None:
        raise await _kept_as_draft(context, caller, kind, wanted, trouble)
    commissions = [
        Commission(each.recipe, each.choice.price_micro_usd, each.choice.account) for each in wanted
    ]
    return await accept(context, caller, kind, commissions)


async def _kept_as_draft(
    context: Context, caller: Caller, kind: str, wanted: Sequence[Wanted], trouble: Trouble
) -> ModelUnavailable:
    recipes = [each.recipe for each in wanted]
    draft_id = await context.database.write(
        drafts.insert_draft,
        caller.origin.user_id,
        kind,
        caller.visibility,
        [recipe_to_json(recipe) for recipe in recipes],
    )
    offers = await offers_for(
        context, caller, recipes, is_seed_the_trouble=trouble.code == "model_takes_no_seed"
    )
    provider = wanted[0].choice.model.provider if trouble.code in NEEDS_KEY else ""
    return ModelUnavailable(trouble, draft_id=draft_id, offers=offers, key_provider=provider)


async def offers_for(
    context: Context, caller: Caller, recipes: Sequence[Recipe], *, is_seed_the_trouble: bool = False
) -> tuple[Offer, ...]:
    """Return what could paint these recipes now instead, nearest first, each with its price for all of them.

    Where the seed is the trouble, the model itself stands first (without a seed), then those that take one.
    """
    own = context.catalog.find(recipes[0].model)
    equivalents = [context.catalog.by_id[model_id.lower()] for model_id in own.equivalents]
    models = (
        [own, *(each for each in equivalents if each.capabilities.seed)]
        if is_seed_the_trouble
        else equivalents
    )
    offers = [await _offer(context, caller, recipes, model) for model in models]
    return tuple(offer for offer in offers if offer is not None)[:MOST_OFFERS]


async def offer_again(context: Context, caller: Caller, job_id: int, recipe: Recipe) -> Offer | None:
    """Return the offer to paint the recipe of a job in doubt once more, None where its model cannot paint it now.

    Raises UserError for a model that the catalogue does not have any more.
    """
    offer = await _offer(context, caller, [recipe], context.catalog.find(recipe.model))
    return None if offer is None else replace(offer, again_job_id=job_id)


async def _offer(context: Context, caller: Caller, recipes: Sequence[Recipe], model: Model) -> Offer | None:
    """Return the offer of one model, None where it cannot paint these, or would not look at the references."""
    if not can_paint(context, caller, model) or len(recipes[0].references) > model.capabilities.references:
        return None
    try:
        moved = [await move_to_model(context, caller, recipe, model) for recipe in recipes]
    except UserError:
        return None
    if any(each.choice.trouble is not None for each in moved):
        return None
    price = sum(each.choice.price_micro_usd for each in moved)
    is_estimate = model.price is not None and model.price.is_estimate
    return Offer(model.id, model.title, price, moved[0].choice.account.payer, is_estimate)
