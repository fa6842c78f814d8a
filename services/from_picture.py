"""A finished picture as the reference of the next one, and what that would cost."""

from dataclasses import dataclass, replace

from services.asks import Caller, viewer_of
from services.commissioning import Wanted, on_model
from services.context import Context
from services.jobs.courier import PictureResult
from services.model_choice import choice_of
from services.models import Dropped, Parameters, Recipe
from services.providers.catalog import Model
from services.references import known_references


@dataclass(frozen=True, slots=True)
class StepPrice:
    """What a further picture costs in micro-dollars; `is_estimate` where the vendor publishes no price."""

    micro_usd: int
    is_estimate: bool = False


def price_of(wanted: Wanted) -> StepPrice:
    """Return what a wanted picture costs."""
    price = wanted.choice.model.price
    return StepPrice(wanted.choice.price_micro_usd, price is not None and price.is_estimate)


async def from_picture(
    context: Context,
    caller: Caller,
    found: PictureResult,
    recipe: Recipe,
    *,
    model: Model,
    parameters: Parameters,
    dropped: tuple[Dropped, ...] = (),
) -> Wanted:
    """Return `recipe` on `model`, which looks at the found picture alone.

    Raises UserError and NotAllowedError as `known_references` and `choice_of` do.
    """
    references = await known_references(context, viewer_of(caller), [found.digest])
    # That it has the shape of the picture is what it is for.
    told = tuple(each for each in dropped if each.name != "aspect")
    choice = choice_of(context, caller, model, parameters, told, references=references)
    return Wanted(on_model(context, replace(recipe, parent=found.code), choice, references), choice)
