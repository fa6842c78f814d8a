"""Recipes of characters: who may go on with one, what it looks at, and what of a face it holds."""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import replace

from db.characters import characters
from db.engine import Connection
from db.jobs import recipes
from services.asks import Viewer
from services.character_pictures import (
    CharacterPicture,
    CharacterView,
    PictureState,
    read_view,
)
from services.character_prompts import locked_face, locks_of
from services.characters import may_use
from services.choices import EXPRESSION, lasting
from services.context import Context
from services.features import draw_face
from services.models import MAX_SEED, CharacterUse, DrawnFeature, Face, Recipe
from services.providers.registry import SKETCH
from services.recipes import of_character, recipe_from_json
from services.references import KnownReference, known_references
from services.words import features_in_words


def _read_view(conn: Connection, viewer: Viewer, use: CharacterUse) -> CharacterView | None:
    """Return the character that a recipe names, in the version that it used; None where the viewer may not use it."""
    row = characters.find_by_code(conn, use.code, use.version)
    return read_view(conn, viewer, row) if row is not None and may_use(conn, row, viewer) else None


def _usable(conn: Connection, viewer: Viewer, uses: Sequence[CharacterUse]) -> frozenset[str]:
    """Return the codes of those characters that the viewer may use."""
    rows = (characters.find_by_code(conn, code) for code in sorted({use.code for use in uses}))
    return frozenset(row.code for row in rows if row is not None and may_use(conn, row, viewer))


async def of_usable_characters(
    context: Context, viewer: Viewer, wanted: Sequence[Recipe]
) -> tuple[Recipe, ...]:
    """Return recipes as somebody may make them: of a character that is not theirs to use it is a picture of none.

    Recipes without a character stay as they are, and nothing is read for them.
    """
    uses = [recipe.character for recipe in wanted if recipe.character is not None]
    usable = await context.database.read(_usable, viewer, uses) if uses else frozenset()
    return tuple(_for(context, recipe, usable) for recipe in wanted)


def _for(context: Context, recipe: Recipe, usable: frozenset[str]) -> Recipe:
    if recipe.character is None:
        return recipe
    if recipe.character.code not in usable:
        return of_character(recipe, None)
    return with_whole_face(context, recipe) if recipe.model == SKETCH else recipe


def with_whole_face(context: Context, recipe: Recipe) -> Recipe:
    """Return the recipe with a value of every feature, so that one character has one face in all its sketches.

    What nobody has said is drawn by the character's code; expressions are left to each scene.
    """
    if recipe.character is None:
        return recipe
    digest = hashlib.sha256(recipe.character.code.encode()).digest()
    prompt_seed = int.from_bytes(digest[:8], "big") % (MAX_SEED + 1)
    given = {drawn.key: drawn.value for drawn in recipe.features}
    known = {key: value for key, value in given.items() if key in context.features.features}
    face = draw_face(context.features, prompt_seed, chosen=known)
    kept = [drawn for drawn in face if drawn.category != EXPRESSION or drawn.key in given]
    others = [DrawnFeature(*key, value) for key, value in given.items() if key not in known]
    whole = (*kept, *others)
    if whole == recipe.features:
        return recipe
    return replace(recipe, features=whole, feature_file=context.features.digest)


async def face_shown(context: Context, pictures: Sequence[CharacterPicture]) -> Face:
    """Return the lasting features of the first of these pictures that was drawn from any, none without such a one.

    For a painter that looks at no pictures but draws what they were drawn from. Scenes of the character say nothing
    more of it: what they show beside its face, a scene has said.
    """
    for picture in pictures:
        is_given = picture.code and not picture.is_made
        found = await context.database.read(recipes.find_recipe, picture.code) if is_given else None
        face = recipe_from_json(found.body).features if found is not None else ()
        if face:
            return lasting(face)
    return ()


async def references_of(context: Context, viewer: Viewer, recipe: Recipe) -> tuple[KnownReference, ...]:
    """Return the pictures that a recipe looks at, for whoever wants to make it again.

    Those of a character that is shared with them are theirs to look at through it. Raises as
    `references.known_references` does.
    """
    lent = await _lent(context, viewer, recipe)
    others = [digest for digest in recipe.references if digest not in lent]
    known: Mapping[str, KnownReference] = {
        each.digest: each for each in await known_references(context, viewer, others)
    }
    return tuple(lent.get(digest) or known[digest] for digest in recipe.references)


async def _lent(context: Context, viewer: Viewer, recipe: Recipe) -> dict[str, KnownReference]:
    if recipe.character is None or not recipe.references:
        return {}
    view = await context.database.read(_read_view, viewer, recipe.character)
    pictures = () if view is None else view.pictures
    return {each.digest: each.reference for each in pictures if each.state is PictureState.HERE}


async def with_locks(context: Context, viewer: Viewer, recipe: Recipe, before: Recipe) -> Recipe:
    """Return a recipe with other words once more under the locks of its character, as far as that is to be used.

    Of `before`, which had the words of then, a sketch keeps the face, but for what those words had said of it.
    """
    if recipe.character is None:
        return recipe
    view = await context.database.read(_read_view, viewer, recipe.character)
    if view is None:
        return recipe
    locks = locks_of(context.features, view.character.description, view.character.features)
    said = {drawn.key for drawn in features_in_words(context.features, before.prompt)}
    shown = [drawn for drawn in lasting(before.features) if drawn.key not in said]
    features, _ = locked_face(context.features, locks, recipe.prompt, shown)
    return replace(recipe, features=features)
