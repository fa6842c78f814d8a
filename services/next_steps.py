"""What can be painted after a picture, with prices for whoever looks: variations, larger ones, other models."""

from collections.abc import Awaitable, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Final

from services.asks import Caller
from services.commissioning import Wanted, move_to_model
from services.context import Context
from services.errors import UserError
from services.from_picture import StepPrice, price_of
from services.jobs.courier import PictureResult
from services.model_choice import account_for, can_paint, is_allowed
from services.offers import Trouble
from services.providers.catalog import Model
from services.providers.model import Strength
from services.upscaling import upscaled, upscalers
from services.varying import varied

MOST_MODELS: Final = 25
"""Source: Discord, String Select, "options"."""


@dataclass(frozen=True, slots=True)
class ModelStep:
    """The same picture by another model, or made larger by one: its price, and whether that one can paint now."""

    model_id: str
    title: str
    provider: str
    price: StepPrice


@dataclass(frozen=True, slots=True)
class NextSteps:
    """What is offered under "More". `keys_for_upscaling` are the image services of which nobody has brought a key."""

    variations: Mapping[Strength, StepPrice] = field(default_factory=lambda: MappingProxyType({}))
    upscales: tuple[ModelStep, ...] = ()
    keys_for_upscaling: tuple[str, ...] = ()
    models: tuple[ModelStep, ...] = ()


NO_STEPS: Final = NextSteps()


async def next_steps(context: Context, caller: Caller, picture: PictureResult) -> NextSteps:
    """Return what is offered; what cannot be done with this picture is left out."""
    variations = {
        strength: price_of(wanted)
        for strength in Strength
        if (wanted := await _or_none(varied(context, caller, picture, strength))) is not None
        and is_allowed(context, caller, wanted.choice.model)
    }
    larger = upscalers(context)
    payable = [model for model in larger if can_paint(context, caller, model)]
    return NextSteps(
        variations=MappingProxyType(variations),
        upscales=tuple(
            [step for model in payable if (step := await _upscale(context, caller, picture, model))]
        ),
        keys_for_upscaling=() if payable else tuple(dict.fromkeys(_keyless(context, caller, larger))),
        models=await _models(context, caller, picture),
    )


async def _models(context: Context, caller: Caller, picture: PictureResult) -> tuple[ModelStep, ...]:
    """Return the other models that can paint this recipe now: those nearest by the catalogue first."""
    own = context.catalog.by_id.get(picture.recipe.model.lower())
    nearest = () if own is None else own.equivalents
    others = [model for model in context.catalog.models if own is None or model.id != own.id]
    others.sort(key=lambda model: nearest.index(model.id) if model.id in nearest else len(nearest))
    steps = [
        await _move(context, caller, picture, model) for model in others if not model.capabilities.upscales
    ]
    return tuple(step for step in steps if step is not None)[:MOST_MODELS]


async def _move(context: Context, caller: Caller, picture: PictureResult, model: Model) -> ModelStep | None:
    # One that would not look at the references paints another picture: that is no recipe moved.
    if len(picture.recipe.references) > model.capabilities.references or not can_paint(
        context, caller, model
    ):
        return None
    return _step(context, model, await _or_none(move_to_model(context, caller, picture.recipe, model)))


async def _upscale(
    context: Context, caller: Caller, picture: PictureResult, model: Model
) -> ModelStep | None:
    return _step(context, model, await _or_none(upscaled(context, caller, picture, model)))


def _step(context: Context, model: Model, wanted: Wanted | None) -> ModelStep | None:
    if wanted is None or wanted.choice.trouble is not None:
        return None
    provider = context.catalog.providers[model.provider].title
    return ModelStep(model.id, model.title, provider, price_of(wanted))


def _keyless(context: Context, caller: Caller, models: tuple[Model, ...]) -> list[str]:
    """Return the titles of the image services of these models for which nobody's key pays."""
    titles = []
    for model in models:
        try:
            is_keyless = isinstance(account_for(context, caller, model), Trouble)
        except UserError:
            continue
        if is_keyless:
            titles.append(context.catalog.providers[model.provider].title)
    return titles


async def _or_none(wanted: Awaitable[Wanted]) -> Wanted | None:
    try:
        return await wanted
    except UserError:
        return None
