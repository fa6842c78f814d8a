"""Painting with what somebody keeps under a name: `saved` and `preset` beside what was typed.

What is typed wins, then the preset, then the saved part.
"""

from collections.abc import Awaitable, Callable
from dataclasses import replace
from functools import partial
from typing import TypeVar

from services.asks import Accepted, ImagineAsk, PairAsk, PortraitAsk, SceneAsk, StoryAsk
from services.brought_references import BroughtAsk
from services.character_scenes import create_scene, create_story, plan_scene, plan_story
from services.context import Context
from services.imagine import create_imagine, plan_imagine
from services.models import Parameters
from services.pairs import create_pair, plan_pair
from services.parts import NO_PART, PartKind, RecipePart
from services.portraits import create_portrait, plan_portrait
from services.saved_parts import find_part
from services.unneeded_uploads import forgotten_if_refused

Start = Callable[[], Awaitable[Accepted]]
"""Accepts what was asked for."""

A = TypeVar("A", PortraitAsk, ImagineAsk, SceneAsk)


def start_portrait(context: Context, ask: PortraitAsk) -> Start:
    """Check a `/portrait` as far as that goes without waiting, and return what accepts it. Raises UserError."""
    if not _names_parts(ask):
        return partial(create_portrait, context, plan_portrait(context, ask))
    return partial(_fill_and_create_portrait, context, ask)


def start_pair(context: Context, ask: PairAsk) -> Start:
    """Check a `/pair` as far as that goes without waiting, and return what accepts it. Raises UserError."""
    if not _names_parts(ask.portrait):
        return partial(create_pair, context, plan_pair(context, ask))
    return partial(_fill_and_create_pair, context, ask)


def start_imagine(context: Context, ask: ImagineAsk) -> Start:
    """Check an `/imagine` as far as that goes without waiting, and return what accepts it. Raises UserError."""
    if not _names_parts(ask):
        return partial(create_imagine, context, plan_imagine(context, ask))
    return partial(_fill_and_create_imagine, context, ask)


def start_scene(context: Context, ask: SceneAsk) -> Start:
    """Check a `/character scene` as far as that goes without waiting, and return what accepts it. Raises UserError."""
    if not _names_parts(ask):
        return partial(create_scene, context, plan_scene(context, ask))
    return partial(_fill_and_create_scene, context, ask)


def start_story(context: Context, ask: StoryAsk) -> Start:
    """Check a `/character story` as far as that goes without waiting, and return what accepts it. Raises UserError."""
    if not _names_parts(ask.common):
        return partial(create_story, context, plan_story(context, ask))
    return partial(_fill_and_create_story, context, ask)


def start_brought_imagine(context: Context, brought: BroughtAsk) -> Start:
    """Return what accepts an `/imagine` whose references were brought: refused, they are forgotten again."""
    return partial(_create_brought_imagine, context, brought)


async def _create_brought_imagine(context: Context, brought: BroughtAsk) -> Accepted:
    async with forgotten_if_refused(context, brought.ask.caller.origin.user_id, brought.kept):
        return await start_imagine(context, brought.ask)()


async def fill(context: Context, ask: A) -> A:
    """Return what was asked for with what was kept in the places of what was not typed.

    Raises NotFoundError("no_such_part") for a name that the caller has given to nothing.
    """
    saved = await _part(context, ask, PartKind.SEED, ask.saved)
    preset = await _part(context, ask, PartKind.PRESET, ask.preset)
    filled = replace(
        ask,
        seed=saved.image_seed if ask.seed is None else ask.seed,
        model=ask.model if ask.model.strip() else preset.model or saved.model,
        # One parameter may have two names: the fitting takes the first, so the preset stands before the saved part.
        kept=RecipePart(
            aspect=saved.aspect,
            parameters={**preset.parameters, **_without(saved, preset)},
            features=saved.features,
        ),
    )
    if isinstance(filled, PortraitAsk) and filled.prompt_seed is None:
        filled = replace(filled, prompt_seed=saved.prompt_seed)
    return filled


def _names_parts(ask: PortraitAsk | ImagineAsk | SceneAsk) -> bool:
    return bool(ask.saved.strip() or ask.preset.strip())


def _without(part: RecipePart, other: RecipePart) -> Parameters:
    return {name: value for name, value in part.parameters.items() if name not in other.parameters}


async def _part(
    context: Context, ask: PortraitAsk | ImagineAsk | SceneAsk, kind: PartKind, name: str
) -> RecipePart:
    if not name.strip():
        return NO_PART
    return (await find_part(context, ask.caller.origin.user_id, kind, name)).part


async def _fill_and_create_portrait(context: Context, ask: PortraitAsk) -> Accepted:
    return await create_portrait(context, plan_portrait(context, await fill(context, ask)))


async def _fill_and_create_pair(context: Context, ask: PairAsk) -> Accepted:
    filled = replace(ask, portrait=await fill(context, ask.portrait))
    return await create_pair(context, plan_pair(context, filled))


async def _fill_and_create_imagine(context: Context, ask: ImagineAsk) -> Accepted:
    return await create_imagine(context, plan_imagine(context, await fill(context, ask)))


async def _fill_and_create_scene(context: Context, ask: SceneAsk) -> Accepted:
    return await create_scene(context, plan_scene(context, await fill(context, ask)))


async def _fill_and_create_story(context: Context, ask: StoryAsk) -> Accepted:
    filled = replace(ask, common=await fill(context, ask.common))
    return await create_story(context, plan_story(context, filled))
