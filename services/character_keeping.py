"""What an owner does to a character: create, edit, rename and delete it."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Final

from db.characters import character_ends, character_pictures, characters
from db.characters.characters import CharacterRow, VersionBody
from db.engine import ConflictError, Connection
from db.people import people
from services.asks import Viewer
from services.character_pictures import (
    check_agreed,
    own_results,
    parse_numbers,
    pick,
    read_view,
)
from services.characters import Character, as_seen, read_own
from services.choices import parse_choices
from services.codes import new_code
from services.context import Context
from services.errors import LimitError, UserError
from services.jobs import removing
from services.models import DrawnFeature, Face, FeatureKey
from services.names import clean_name, name_key
from services.references import MOST_REFERENCES, parse_references
from services.unneeded_uploads import bring_all, forgotten_if_refused
from services.uploads import Brought
from services.words import clean_words

LONGEST_DESCRIPTION: Final = 1_500
_NONE: Final = frozenset({"none", "-", "keine"})
_TRIES: Final = 3


@dataclass(frozen=True, slots=True)
class NewCharacter:
    """What was typed for a new character. `references` are codes of own pictures."""

    name: str
    description: str
    features: str = ""
    references: str = ""
    brought: tuple[Brought, ...] = ()
    is_agreed: bool = False
    """Whether whoever brings pictures has said that everybody in them agreed."""


@dataclass(frozen=True, slots=True)
class CharacterChange:
    """What was typed to change a character; None leaves a part as it is.

    `features` changes the ones named, or, with `is_whole_face`, stands for all of them. `references` are numbers.
    """

    description: str | None = None
    features: str | None = None
    references: str | None = None
    is_whole_face: bool = False


@dataclass(frozen=True, slots=True)
class CharacterPlan:
    """A checked new character: only what is in the database can refuse it now."""

    name: str
    body: VersionBody
    references: str
    brought: tuple[Brought, ...] = ()


@dataclass(frozen=True, slots=True)
class FirstPictures:
    """What a new character begins with: own results by their jobs, then what was brought.

    `are_defaults`: all of them stand for it; else the plan says which.
    """

    job_ids: tuple[int, ...] = ()
    upload_ids: tuple[int, ...] = ()
    are_defaults: bool = True


@dataclass(frozen=True, slots=True)
class DeletedCharacter:
    """A character that nobody finds any more; `is_in_use`: a picture of it is still being made, and comes."""

    name: str
    is_in_use: bool


def _face(context: Context, chosen: Mapping[FeatureKey, str]) -> Face:
    """Return chosen features in the order of the feature file; those that it lacks today come last."""
    known = [key for key in context.features.features if key in chosen]
    others = [key for key in chosen if key not in context.features.features]
    return tuple(DrawnFeature(*key, chosen[key]) for key in (*known, *others))


def plan_character(context: Context, new: NewCharacter) -> CharacterPlan:
    """Check what was typed, without waiting. Raises UserError."""
    name = clean_name(new.name, "name")
    description = clean_words(new.description, "description", LONGEST_DESCRIPTION)
    features = _face(context, parse_choices(context.features, new.features))
    parse_references(new.references)
    check_agreed(new.brought, is_agreed=new.is_agreed)
    body = VersionBody(description, features, context.features.digest)
    return CharacterPlan(name, body, new.references, new.brought)


def _check_name(conn: Connection, user_id: int, name: str, *, but: int | None = None) -> None:
    """Raise UserError("character_name_taken") where another character of the person's has a name that looks alike."""
    twin = characters.find_own(conn, user_id, name_key(name))
    if twin is not None and twin.id != but:
        raise UserError("character_name_taken", field="name", found=name, taken=twin.name)


def _check_new(conn: Connection, user_id: int, name: str, most: int) -> None:
    """Raise UserError or LimitError where somebody cannot have a new character of this name."""
    _check_name(conn, user_id, name)
    if characters.count_own(conn, user_id) >= most:
        raise LimitError("too_many_characters", allowed=most)


async def check_new_name(context: Context, user_id: int, name: str) -> None:
    """Raise UserError or LimitError where somebody cannot have a new character of this name."""
    await context.database.read(_check_new, user_id, name, context.limits.most_characters)


def insert_row(
    conn: Connection, user_id: int, code: str, plan: CharacterPlan, pictures: FirstPictures, *, most: int
) -> CharacterRow:
    """Write a new character and return it. Raises UserError, LimitError, ConflictError where the code is taken."""
    _check_new(conn, user_id, plan.name, most)
    people.remember_person(conn, user_id, None)
    # The first pictures count from 0.
    count = len(pictures.job_ids) + len(pictures.upload_ids)
    numbers = tuple(range(count)) if pictures.are_defaults else plan.body.reference_numbers
    body = replace(plan.body, reference_numbers=numbers[:MOST_REFERENCES])
    character_id = characters.insert_character(
        conn, user_id=user_id, code=code, name=plan.name, name_key=name_key(plan.name), body=body
    )
    for job_id in pictures.job_ids:
        character_pictures.add_result(conn, character_id, job_id)
    for upload_id in pictures.upload_ids:
        character_pictures.add_upload(conn, character_id, upload_id)
    return CharacterRow(character_id, code, user_id, plan.name, 1, body, count, 1)


async def create_character(context: Context, viewer: Viewer, plan: CharacterPlan) -> Character:
    """Keep a new character, with its first pictures; they are its default references.

    Raises UserError("character_name_taken"), LimitError("too_many_characters"), and as
    `character_pictures.own_results` and `uploads.bring` do: nothing is kept of the character then, nor of what was
    brought for it.
    """
    user_id = viewer.user_id
    results = await own_results(context, viewer, plan.references)
    await check_new_name(context, user_id, plan.name)
    kept = await bring_all(context, user_id, plan.brought)
    # The same picture attached twice is one.
    upload_ids = tuple(dict.fromkeys(each.id for each in kept))
    pictures = FirstPictures(tuple(each.job_id for each in results), upload_ids)
    async with forgotten_if_refused(context, user_id, kept):
        return as_seen(await insert_character(context, user_id, plan, pictures), viewer)


async def insert_character(
    context: Context, user_id: int, plan: CharacterPlan, pictures: FirstPictures
) -> CharacterRow:
    """Write a new character under a new code. Raises UserError, LimitError."""
    most = context.limits.most_characters
    for _ in range(_TRIES - 1):
        try:
            return await context.database.write(insert_row, user_id, new_code(), plan, pictures, most=most)
        except ConflictError:
            # Two codes met, or the same name came twice at once: the next look says which.
            continue
    return await context.database.write(insert_row, user_id, new_code(), plan, pictures, most=most)


def _changed_face(context: Context, before: Face, change: CharacterChange) -> Face:
    text = (change.features or "").strip()
    if text.lower() in _NONE:
        return ()
    kept = {} if change.is_whole_face else {drawn.key: drawn.value for drawn in before}
    return _face(context, {**kept, **parse_choices(context.features, text)})


def _edit(
    conn: Connection, context: Context, viewer: Viewer, text: str, change: CharacterChange
) -> CharacterRow:
    row = read_own(conn, viewer, text)
    body = row.body
    if change.description is not None:
        words = clean_words(change.description, "description", LONGEST_DESCRIPTION)
        body = replace(body, description=words)
    if change.features is not None:
        face = _changed_face(context, body.features, change)
        body = replace(body, features=face, feature_file=context.features.digest)
    numbers = parse_numbers(change.references or "", "references")
    if numbers is not None:
        pick(read_view(conn, viewer, row), numbers, "references")
        body = replace(body, reference_numbers=numbers)
    if replace(body, feature_file=row.body.feature_file) == row.body:
        return row
    return replace(row, version=characters.add_version(conn, row.id, body), body=body)


async def edit_character(
    context: Context, viewer: Viewer, text: str, change: CharacterChange
) -> tuple[Character, bool]:
    """Change the viewer's own character: a new version, the old one stays. The second is False where nothing differs.

    Raises as `characters.read_own` does, UserError for a text that does not fit or a number that cannot be looked at.
    """
    before = await context.database.read(read_own, viewer, text)
    after = await context.database.write(_edit, context, viewer, before.code, change)
    return as_seen(after, viewer), after.version != before.version


def _rename(conn: Connection, viewer: Viewer, text: str, name: str) -> tuple[CharacterRow, str]:
    row = read_own(conn, viewer, text)
    _check_name(conn, viewer.user_id, name, but=row.id)
    characters.rename(conn, row.id, name, name_key(name))
    return replace(row, name=name), row.name


async def rename_character(context: Context, viewer: Viewer, text: str, name: str) -> tuple[Character, str]:
    """Give the viewer's own character another name; return it with the earlier one. What was made of it follows.

    Raises as `characters.read_own` and `services.names.clean_name` do, UserError("character_name_taken").
    """
    wanted = clean_name(name, "name")
    try:
        row, before = await context.database.write(_rename, viewer, text, wanted)
    except ConflictError as error:
        # Another press took the name between the look and the row.
        raise UserError("character_name_taken", field="name", found=wanted, taken=wanted) from error
    return as_seen(row, viewer), before


def _delete(conn: Connection, viewer: Viewer, text: str) -> tuple[DeletedCharacter, list[removing.Begun]]:
    row = read_own(conn, viewer, text)
    characters.mark_deleted(conn, row.id)
    digests = character_ends.end_one(conn, row.id)
    return DeletedCharacter(row.name, is_in_use=digests is None), removing.begin(conn, digests or [])


async def delete_character(context: Context, viewer: Viewer, text: str) -> DeletedCharacter:
    """Delete the viewer's own character: nobody finds it from now on, and its name is free.

    What a running job makes of it still comes, and then its rows go (`jobs/ended_characters.py`). Pictures that were
    made of it stay; what was brought for it goes, unless another character has it. Raises as `characters.read_own`
    does.
    """
    deleted, unneeded = await context.database.write(_delete, viewer, text)
    await removing.finish_each(context, unneeded)
    return deleted
