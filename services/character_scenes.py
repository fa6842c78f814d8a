"""`/character scene` and `story`: a character in new scenes, on whatever model, by its description and its pictures."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final

from services.asks import Accepted, SceneAsk, StoryAsk, viewer_of
from services.character_models import character_choice
from services.character_pictures import (
    CharacterPicture,
    CharacterView,
    chosen_pictures,
    parse_numbers,
    view_character,
)
from services.character_prompts import locked_face, locks_of, scene_prompt
from services.character_recipes import face_shown
from services.characters import Character
from services.commissioning import Wanted, order
from services.context import Context
from services.errors import UserError
from services.feature_names import names_of
from services.model_choice import ModelChoice, choose_model
from services.models import DrawnFeature, Dropped, Face, Recipe, RecipeKind, RequestKind
from services.parts import RecipePart
from services.providers.catalog import Model
from services.providers.fitting import find_parameter
from services.providers.options import parse_options
from services.providers.registry import SKETCH
from services.recipes import of_character
from services.sayings import saying
from services.seeds import check_count, check_seed, seed_for
from services.words import clean_prompt, clean_words

LONGEST_SCENE: Final = 1_500
LONGEST_STORY_SCENE: Final = 800
FEWEST_SCENES: Final = 2
MOST_SCENES: Final = 8
ROOM_FOR_WORDS: Final = "max_sequence_length"
"""The parameter of models that read only the beginning of a prompt: how many tokens. Source: fal, flux-pulid."""
_BETWEEN_SCENES: Final = re.compile(r"[|\n]")
_CHARACTERS_PER_TOKEN: Final = 3
"""Cautiously: English has about four, other languages fewer."""
_NOTHING: Final[tuple[Dropped, ...]] = ()


@dataclass(frozen=True, slots=True)
class ScenePlan:
    """Checked scenes of a character; what they look at is known only after a look into the database."""

    ask: SceneAsk
    scenes: tuple[str, ...]
    numbers: tuple[int, ...] | None
    model: Model | None
    """None where nobody named one."""


@dataclass(frozen=True, slots=True)
class _Cast:
    """A character as a model meets it: the pictures that it looks at, and what it does not look at."""

    character: Character
    model: Model
    looked_at: tuple[CharacterPicture, ...]
    left_out: tuple[CharacterPicture, ...]
    shown: Face
    """What the pictures were drawn from, for a painter that draws and looks at none."""
    passed_over: tuple[Dropped, ...]
    """The defaults that do not paint it, and why."""


def plan_scene(context: Context, ask: SceneAsk) -> ScenePlan:
    """Check what was typed, without waiting. Raises UserError."""
    check_count(ask.count)
    return _plan(context, ask, (clean_words(ask.scene, "scene", LONGEST_SCENE),))


def plan_story(context: Context, ask: StoryAsk) -> ScenePlan:
    """Check what was typed, without waiting. Raises UserError, "bad_scenes" for too few or too many."""
    parts = [part for part in _BETWEEN_SCENES.split(ask.scenes) if part.strip()]
    if not FEWEST_SCENES <= len(parts) <= MOST_SCENES:
        raise UserError(
            "bad_scenes", field="scenes", found=len(parts), minimum=FEWEST_SCENES, maximum=MOST_SCENES
        )
    return _plan(
        context, ask.common, tuple(clean_words(part, "scenes", LONGEST_STORY_SCENE) for part in parts)
    )


def _plan(context: Context, ask: SceneAsk, scenes: tuple[str, ...]) -> ScenePlan:
    check_seed(ask.seed, "seed")
    numbers = parse_numbers(ask.reference, "reference")
    model = context.catalog.find(ask.model) if ask.model.strip() else None
    if model is not None:
        model.fit(parse_options(ask.options), ask.aspect, kept=ask.kept.parameters)
    return ScenePlan(ask, scenes, numbers, model)


async def _cast(context: Context, plan: ScenePlan, view: CharacterView) -> _Cast:
    """Choose the model, and of the pictures as many as it takes. Raises UserError where it needs more than that."""
    pictures = chosen_pictures(view, plan.numbers)
    model, passed_over = plan.model, _NOTHING
    if model is None:
        default = character_choice(context, plan.ask.caller, len(pictures))
        model, passed_over = default.model, default.passed_over
    most = model.capabilities.references
    if len(pictures) < model.capabilities.references_needed:
        raise UserError("character_needs_picture", name=view.character.name, model=model.title)
    shown = await face_shown(context, pictures) if model.id == SKETCH else ()
    return _Cast(view.character, model, pictures[:most], pictures[most:], shown, passed_over)


def _numbers(pictures: Sequence[CharacterPicture]) -> str:
    return ", ".join(str(each.number) for each in pictures)


def _not_shown(cast: _Cast) -> tuple[Dropped, ...]:
    """Return what is said of pictures that the model does not look at."""
    name, model = cast.character.name, cast.model.title
    if not cast.model.capabilities.references:
        return (Dropped("references", saying("characters.described", name=name, model=model)),)
    if not cast.left_out:
        return ()
    numbers = {"sent": _numbers(cast.looked_at), "left": _numbers(cast.left_out)}
    reason = saying("characters.too_many", model=model, count=len(cast.looked_at), **numbers)
    return (Dropped("references", reason),)


def _not_worn(ask: SceneAsk, cast: _Cast) -> tuple[Dropped, ...]:
    """Return what is said of features that a saved part has: whoever is painted looks like themselves."""
    if not ask.kept.features:
        return ()
    return (Dropped("features", saying("characters.features_unused", name=cast.character.name)),)


def _overruled(
    context: Context, cast: _Cast, against: Sequence[DrawnFeature], face: Sequence[DrawnFeature]
) -> tuple[Dropped, ...]:
    """Return what the scene says against the character's features, where the painter draws from those."""
    if cast.model.id != SKETCH:
        return ()
    labels, held = names_of(context.features).labels, {drawn.key: drawn.value for drawn in face}
    return tuple(
        Dropped(
            labels[drawn.key],
            saying(
                "characters.lock_holds",
                name=cast.character.name,
                held=held[drawn.key],
                said=drawn.value,
            ),
        )
        for drawn in against
    )


def _with_room(model: Model, ask: SceneAsk, prompt: str) -> RecipePart:
    """Return what was kept with as much room for words as the prompt needs, unless somebody has said how much."""
    room = model.parameters.get(ROOM_FOR_WORDS)
    said = (*parse_options(ask.options), *ask.kept.parameters)
    if room is None or any(find_parameter(name, model.parameters) is room for name in said):
        return ask.kept
    needed = len(prompt) / _CHARACTERS_PER_TOKEN
    enough = [each for each in room.choices if each.isdigit() and int(each) >= needed]
    parameters = {**ask.kept.parameters, ROOM_FOR_WORDS: (enough or room.choices[-1:])[0]}
    return replace(ask.kept, parameters=parameters)


def _choice(
    context: Context, plan: ScenePlan, cast: _Cast, prompt: str, dropped: Sequence[Dropped]
) -> ModelChoice:
    choice = choose_model(
        context,
        plan.ask.caller,
        model=cast.model.id,
        options=plan.ask.options,
        aspect=plan.ask.aspect,
        kept=_with_room(cast.model, plan.ask, prompt),
        references=[each.reference for each in cast.looked_at],
        wants_seed=plan.ask.seed is not None,
    )
    return replace(choice, dropped=(*cast.passed_over, *choice.dropped, *dropped))


def _wanted(context: Context, plan: ScenePlan, cast: _Cast, scene: str) -> Wanted:
    """Return one scene of a character as a picture to make; its seed is still to be set."""
    character, model = cast.character, cast.model
    locks = locks_of(context.features, character.description, character.features)
    face, against = locked_face(context.features, locks, scene, cast.shown)
    prompt = clean_prompt(
        scene_prompt(character.description, character.features, scene, references=len(cast.looked_at))
    )
    dropped = (
        *_not_shown(cast),
        *_not_worn(plan.ask, cast),
        *_overruled(context, cast, against, face),
    )
    choice = _choice(context, plan, cast, prompt, dropped)
    recipe = Recipe(
        kind=RecipeKind.IMAGINE,
        prompt=prompt,
        provider=model.provider,
        model=model.id,
        model_version=model.version,
        image_seed=None,
        features=face,
        feature_file=context.features.digest,
        aspect=choice.aspect,
        parameters=choice.parameters,
        dropped=choice.dropped,
        references=tuple(each.digest for each in cast.looked_at),
    )
    return Wanted(of_character(recipe, character.use), choice)


def with_seed(context: Context, wanted: Wanted, seed: int | None, position: int) -> Wanted:
    """Return a picture with its own seed, where its model takes one; a draft keeps the one that was asked for."""
    drawn = seed_for(seed, position, context.random_seed)
    takes_seed = wanted.choice.model.capabilities.seed or wanted.choice.trouble is not None
    return replace(wanted, recipe=replace(wanted.recipe, image_seed=drawn if takes_seed else None))


async def create_scene(context: Context, plan: ScenePlan) -> Accepted:
    """Accept a `/character scene`.

    Raises NotFoundError("no_such_character"), UserError for a picture that is gone (by its number), for a model that
    needs a picture where there is none, and as `commissioning.order` does.
    """
    ask = plan.ask
    (one,) = await _wanted_scenes(context, plan)
    wanted = [with_seed(context, one, ask.seed, position) for position in range(ask.count)]
    return await order(context, ask.caller, RequestKind.SCENE, wanted)


async def _wanted_scenes(context: Context, plan: ScenePlan) -> list[Wanted]:
    view = await view_character(context, viewer_of(plan.ask.caller), plan.ask.character)
    cast = await _cast(context, plan, view)
    return [_wanted(context, plan, cast, scene) for scene in plan.scenes]


async def create_story(context: Context, plan: ScenePlan) -> Accepted:
    """Accept a `/character story`: one request of a picture a scene, all with one image seed, delivered together.

    Raises as `create_scene` does.
    """
    seed = context.random_seed() if plan.ask.seed is None else plan.ask.seed
    wanted = [with_seed(context, each, seed, 0) for each in await _wanted_scenes(context, plan)]
    return await order(context, plan.ask.caller, RequestKind.STORY, wanted)
