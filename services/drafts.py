"""Drafts: requests that wait for their owner's choice of another model, a key, or a parameter."""

from dataclasses import dataclass, replace

from db.people import drafts
from services import history
from services.asks import Accepted, Caller, viewer_of
from services.commissioning import Wanted, move_to_model, order
from services.context import Context
from services.errors import NotFoundError
from services.models import JsonValue, Recipe, RequestKind, Visibility
from services.providers.catalog import Fitted, Model
from services.recipes import recipe_from_json, recipe_to_json


@dataclass(frozen=True, slots=True)
class Draft:
    """A request that waits; all its recipes are for the same model."""

    id: int
    kind: str
    visibility: Visibility
    recipes: tuple[Recipe, ...]


async def read_draft(context: Context, user_id: int, draft_id: int) -> Draft:
    """Return a person's own draft. Raises NotFoundError("no_such_draft") for any other, and after a day."""
    row = await context.database.read(drafts.read_draft, draft_id, user_id)
    if row is None:
        raise NotFoundError("no_such_draft", f"draft {draft_id}")
    return Draft(row.id, row.kind, row.visibility, tuple(recipe_from_json(body) for body in row.bodies))


async def paint_draft(context: Context, caller: Caller, draft_id: int, model: str = "") -> Accepted:
    """Accept a draft, on another model where one is named. The same press, made twice, is accepted once.

    Raises NotFoundError, UserError, ModelUnavailable (with a new draft), LimitError, StorageError.
    """
    draft = await read_draft(context, caller.origin.user_id, draft_id)
    wanted = await _wanted(context, caller, draft, context.catalog.find(model) if model else None)
    return await order(context, caller, draft.kind, wanted)


async def draft_of_picture(context: Context, caller: Caller, job_id: int) -> Draft:
    """Keep a draft of a picture's recipe, to be changed parameter by parameter.

    What comes of a private picture is private too. Raises NotFoundError for what the caller may not see.
    """
    found = await history.find_picture_of_job(context, viewer_of(caller), job_id)
    recipe = replace(found.recipe, parent=found.code)
    visibility = Visibility.PRIVATE if found.is_private else caller.visibility
    draft_id = await context.database.write(
        drafts.insert_draft, caller.origin.user_id, RequestKind.EDIT, visibility, [recipe_to_json(recipe)]
    )
    return Draft(draft_id, RequestKind.EDIT, visibility, (recipe,))


async def set_parameter(context: Context, user_id: int, draft_id: int, name: str, text: str) -> Draft:
    """Change one parameter of a draft; an empty `text` leaves it to the model again.

    Raises NotFoundError, UserError("bad_option" or "option_needs") with what is allowed.
    """
    draft = await read_draft(context, user_id, draft_id)
    model = context.catalog.find(draft.recipes[0].model)
    asked = {name: text} if text.strip() else {}
    recipes = tuple(
        _changed(recipe, model.fit(asked, beside=_without(recipe, name)), name) for recipe in draft.recipes
    )
    await context.database.write(
        drafts.change_draft, draft_id, user_id, [recipe_to_json(recipe) for recipe in recipes]
    )
    return replace(draft, recipes=recipes)


async def price_draft(context: Context, caller: Caller, draft: Draft) -> int:
    """Return what painting a draft would cost now, in micro-dollars. Raises UserError where it cannot be painted."""
    return sum(each.choice.price_micro_usd for each in await _wanted(context, caller, draft, None))


def _changed(recipe: Recipe, fitted: Fitted, name: str) -> Recipe:
    """Return the recipe with what was fitted; what is said of the changed parameter is said anew."""
    dropped = tuple(each for each in recipe.dropped if each.name != name)
    return replace(recipe, parameters=fitted.parameters, dropped=(*dropped, *fitted.dropped))


def _without(recipe: Recipe, name: str) -> dict[str, JsonValue]:
    return {key: value for key, value in recipe.parameters.items() if key != name}


async def _wanted(context: Context, caller: Caller, draft: Draft, model: Model | None) -> list[Wanted]:
    chosen = model or context.catalog.find(draft.recipes[0].model)
    return [await move_to_model(context, caller, recipe, chosen) for recipe in draft.recipes]
