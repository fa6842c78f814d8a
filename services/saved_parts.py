"""`/seed` and `/preset`: parts of recipes kept under names, listed and deleted."""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from types import MappingProxyType
from typing import Final

from db.engine import ConflictError
from db.people import saved_parts
from db.people.saved_parts import NewPart, SavedPart
from services import history
from services.asks import Viewer
from services.context import Context
from services.errors import NotFoundError, UserError
from services.models import Parameters, Recipe
from services.names import clean_name, name_key
from services.parts import PartKind, RecipePart
from services.providers.catalog import Catalog
from services.providers.fitting import find_parameter, names_of
from services.providers.options import parse_options
from services.seeds import check_seed

MOST_PARTS: Final = 100
"""What one person may keep, of both kinds together."""

SEEDS: Final = "seeds"
EVERYTHING: Final = "all"
_SEPARATORS: Final = re.compile(r"[\s,;+]+")


@dataclass(frozen=True, slots=True)
class SeedAsk:
    """`/seed save`. `code` names a picture, `parts` what of it to keep; seeds that are typed win over its own."""

    viewer: Viewer
    name: str
    code: str = ""
    parts: str = ""
    seed: int | None = None
    prompt_seed: int | None = None


@dataclass(frozen=True, slots=True)
class SeedPlan:
    """A checked `/seed save`: only the picture is still to be looked up."""

    ask: SeedAsk
    name: str
    parts: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class PresetPlan:
    """A checked `/preset save`."""

    user_id: int
    name: str
    part: RecipePart


def _asked_parameters(catalog: Catalog, recipe: Recipe) -> Parameters:
    """Return the parameters of a recipe that its aspect and our defaults did not give."""
    model = catalog.by_id.get(recipe.model.lower())
    return recipe.parameters if model is None else model.asked_of(recipe.parameters, recipe.aspect)


_TAKEN: Final[Mapping[str, Callable[[Catalog, Recipe], RecipePart]]] = MappingProxyType(
    {
        SEEDS: lambda _, recipe: RecipePart(recipe.image_seed, recipe.prompt_seed),
        "seed": lambda _, recipe: RecipePart(image_seed=recipe.image_seed),
        "prompt_seed": lambda _, recipe: RecipePart(prompt_seed=recipe.prompt_seed),
        "model": lambda _, recipe: RecipePart(model=recipe.model),
        "parameters": lambda catalog, recipe: RecipePart(
            aspect=recipe.aspect, parameters=_asked_parameters(catalog, recipe)
        ),
        "features": lambda _, recipe: RecipePart(features=recipe.features),
    }
)
"""What can be kept of a recipe, by the word for it."""

PART_WORDS: Final = (*_TAKEN, EVERYTHING)


def parse_parts(text: str) -> tuple[str, ...]:
    """Return the words of `text`, each once; "" means the seeds. Raises UserError("unknown_part")."""
    words = [word for word in _SEPARATORS.split(text.strip().lower()) if word]
    for word in words:
        if word not in PART_WORDS:
            near = get_close_matches(word[:40], PART_WORDS, n=1)
            allowed = ", ".join(PART_WORDS)
            raise UserError(
                "unknown_part", field="part", found=word[:40], allowed=allowed, suggestion="".join(near)
            )
    return tuple(_TAKEN) if EVERYTHING in words else tuple(dict.fromkeys(words)) or (SEEDS,)


def plan_seed(ask: SeedAsk) -> SeedPlan:
    """Check what was typed, without waiting.

    Raises UserError for a name, a seed or a part that cannot be, UserError("nothing_to_keep") where neither a picture
    nor a seed is named, UserError("part_needs_picture") where only a picture has what is to be kept.
    """
    name = clean_name(ask.name, "name")
    check_seed(ask.seed, "seed")
    check_seed(ask.prompt_seed, "prompt_seed")
    parts = parse_parts(ask.parts)
    if not ask.code.strip():
        if ask.seed is None and ask.prompt_seed is None:
            raise UserError("nothing_to_keep", field="from")
        beyond = [word for word in parts if word not in {SEEDS, "seed", "prompt_seed"}]
        if beyond:
            raise UserError("part_needs_picture", field="from", found=", ".join(beyond))
    return SeedPlan(ask, name, parts)


def _joined(taken: Sequence[RecipePart], ask: SeedAsk) -> RecipePart:
    """Return all parts as one; typed seeds win."""
    image_seeds = [ask.seed, *(part.image_seed for part in taken)]
    prompt_seeds = [ask.prompt_seed, *(part.prompt_seed for part in taken)]
    return RecipePart(
        image_seed=next((seed for seed in image_seeds if seed is not None), None),
        prompt_seed=next((seed for seed in prompt_seeds if seed is not None), None),
        model="".join(part.model for part in taken),
        aspect="".join(part.aspect for part in taken),
        parameters={name: value for part in taken for name, value in part.parameters.items()},
        features=tuple(drawn for part in taken for drawn in part.features),
    )


async def save_seed(context: Context, plan: SeedPlan) -> SavedPart:
    """Keep the parts of a recipe, and return them.

    Raises NotFoundError for a picture that the viewer may not see, UserError("picture_lacks_part") where it has nothing
    of what is to be kept, UserError("name_taken"), LimitError("too_many_saved").
    """
    ask, taken = plan.ask, list[RecipePart]()
    if ask.code.strip():
        found = await history.find_picture(context, ask.viewer, ask.code)
        taken = [_TAKEN[word](context.catalog, found.recipe) for word in plan.parts]
    part = _joined(taken, ask)
    if part.is_empty:
        raise UserError("picture_lacks_part", field="part", found=", ".join(plan.parts))
    return await _keep(context, ask.viewer.user_id, PartKind.SEED, plan.name, part)


def plan_preset(context: Context, user_id: int, name: str, options: str, model: str) -> PresetPlan:
    """Check what was typed for `/preset save`, without waiting.

    With a model the options must fit it, without one each must fit some model. Raises UserError.
    """
    cleaned = clean_name(name, "name")
    parameters = parse_options(options)
    chosen = context.catalog.find(model) if model.strip() else None
    for option, value in parameters.items():
        _check_option(context.catalog, option, value)
    if chosen is not None:
        chosen.fit(parameters)
    part = RecipePart(model="" if chosen is None else chosen.id, parameters={**parameters})
    if part.is_empty:
        raise UserError("empty_preset", field="options")
    return PresetPlan(user_id, cleaned, part)


def _check_option(catalog: Catalog, name: str, value: str) -> None:
    """Raise UserError where no model takes an option of that name, or none takes that value."""
    taken = [find_parameter(name, model.parameters) for model in catalog.models]
    known = [parameter for parameter in taken if parameter is not None]
    if not known:
        every = {each for model in catalog.models for own in model.parameters for each in names_of(own)}
        near = get_close_matches(name[:60], sorted(every), n=1)
        raise UserError("no_such_option", field="options", found=name[:60], suggestion="".join(near))
    refused = None
    for parameter in known:
        try:
            parameter.parse(value)
        except UserError as error:
            refused = refused or error
        else:
            return
    if refused is not None:
        raise refused


async def save_preset(context: Context, plan: PresetPlan) -> SavedPart:
    """Keep a set of parameters, and return it. Raises UserError("name_taken"), LimitError("too_many_saved")."""
    return await _keep(context, plan.user_id, PartKind.PRESET, plan.name, plan.part)


async def _keep(context: Context, user_id: int, kind: PartKind, name: str, part: RecipePart) -> SavedPart:
    new = NewPart(user_id, kind, name, name_key(name), part)
    try:
        await context.database.write(saved_parts.insert_part, new, MOST_PARTS)
    except ConflictError:
        # Another process kept something under that name in the same moment: it is found now, and said.
        await context.database.write(saved_parts.insert_part, new, MOST_PARTS)
    return SavedPart(name, part)


async def find_part(context: Context, user_id: int, kind: PartKind, name: str) -> SavedPart:
    """Return a person's part of that name, however it is spelt. Raises NotFoundError("no_such_part")."""
    found = await context.database.read(saved_parts.find_part, user_id, kind, name_key(name))
    if found is None:
        raise NotFoundError("no_such_part", field="name", found=name[:100])
    return found


async def list_parts(context: Context, user_id: int, kind: PartKind, words: str = "") -> list[SavedPart]:
    """Return a person's parts of one kind whose names hold `words`, the newest first."""
    found = await context.database.read(saved_parts.list_parts, user_id, kind)
    wanted = name_key(words)
    return [each for each in found if wanted in name_key(each.name)]


async def count_parts(context: Context, user_id: int) -> int:
    """Return how many parts a person has, of both kinds."""
    return await context.database.read(saved_parts.count_parts, user_id)


async def delete_part(context: Context, user_id: int, kind: PartKind, name: str) -> SavedPart:
    """Delete a person's part of that name and return it. Raises NotFoundError("no_such_part")."""
    deleted = await context.database.write(saved_parts.delete_part, user_id, kind, name_key(name))
    if deleted is None:
        raise NotFoundError("no_such_part", field="name", found=name[:100])
    return deleted
