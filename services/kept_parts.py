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
T = TypeVar("T", PortraitAsk, PairAsk, ImagineAsk, SceneAsk, StoryAsk)
P = TypeVar("P")


def start_portrait(context: Context, ask: PortraitAsk) -> Start:
    """Check a `/portrait` as far as that goes without waiting, and return what accepts it. Raises UserError."""
    return _started(context, ask, fill, plan_portrait, create_portrait)


def start_pair(context: Context, ask: PairAsk) -> Start:
    """Check a `/pair` as far as that goes without waiting, and return what accepts it. Raises UserError."""
    return _started(context, ask, _fill_pair, plan_pair, create_pair)


def start_imagine(context: Context, ask: ImagineAsk) -> Start:
    """Check an `/imagine` as far as that goes without waiting, and return what accepts it. Raises UserError."""
    return _started(context, ask, fill, plan_imagine, create_imagine)


def start_scene(context: Context, ask: SceneAsk) -> Start:
    """Check a `/character scene` as far as that goes without waiting, and return what accepts it. Raises UserError."""
    return _started(context, ask, fill, plan_scene, create_scene)


def start_story(context: Context, ask: StoryAsk) -> Start:
    """Check a `/character story` as far as that goes without waiting, and return what accepts it. Raises UserError."""
    return _started(context, ask, _fill_story, plan_story, create_story)


def _started(
    context: Context,
    ask: T,
    fill_it: Callable[[Context, T], Awaitable[T]],
    plan: Callable[[Context, T], P],
    create: Callable[[Context, P], Awaitable[Accepted]],
) -> Start:
    """Plan what was asked for at once where it names no parts, else once they are read."""
    if not _names_parts(ask):
        return partial(create, context, plan(context, ask))

    async def fill_and_create() -> Accepted:
        return await create(context, plan(context, await fill_it(context, ask)))

    return fill_and_create


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


def _names_parts(ask: PortraitAsk | PairAsk | ImagineAsk | SceneAsk | StoryAsk) -> bool:
    if isinstance(ask, PairAsk):
        return _names_parts(ask.portrait)
    if isinstance(ask, StoryAsk):
        return _names_parts(ask.common)
    return bool(ask.saved.strip() or ask.preset.strip())


def _without(part: RecipePart, other: RecipePart) -> Parameters:
    return {name: value for name, value in part.parameters.items() if name not in other.parameters}


async def _part(
    context: Context, ask: PortraitAsk | ImagineAsk | SceneAsk, kind: PartKind, name: str
) -> RecipePart:
    if not name.strip():
        return NO_PART
    return (await find_part(context, ask.caller.origin.user_id, kind, name)).part


async def _fill_pair(context: Context, ask: PairAsk) -> PairAsk:
    return replace(ask, portrait=await fill(context, ask.portrait))


async def _fill_story(context: Context, ask: StoryAsk) -> StoryAsk:
    return replace(ask, common=await fill(context, ask.common))
