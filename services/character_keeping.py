"""What an owner does to a character: create, edit, rename and delete it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final

from db import character_ends, character_pictures, characters, people
from db.characters import CharacterRow, VersionBody
from db.engine import ConflictError, Connection
from services.asks import Viewer
from services.character_pictures import own_results, parse_numbers, pick, read_view
from services.characters import Character, as_seen, read_own
from services.choices import parse_choices
from services.codes import new_code
from services.context import Context
from services.errors import LimitError, UserError
from services.models import DrawnFeature, Face, FeatureKey
from services.names import clean_name, name_key
from services.references import parse_references
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
    return CharacterPlan(name, VersionBody(description, features, context.features.digest), new.references)


def _check_name(conn: Connection, user_id: int, name: str, *, but: int | None = None) -> None:
    """Raise UserError("character_name_taken") where another character of the person's has a name that looks alike."""
    twin = characters.find_own(conn, user_id, name_key(name))
    if twin is not None and twin.id != but:
        raise UserError("character_name_taken", field="name", found=name, taken=twin.name)


def _insert(
    conn: Connection, user_id: int, code: str, plan: CharacterPlan, job_ids: Sequence[int], *, most: int
) -> CharacterRow:
    _check_name(conn, user_id, plan.name)
    if characters.count_own(conn, user_id) >= most:
        raise LimitError("too_many_characters", allowed=most)
    people.remember_person(conn, user_id, None)
    # The first pictures count from 0, and all of them stand for it.
    body = replace(plan.body, reference_numbers=tuple(range(len(job_ids))))
    character_id = characters.insert_character(
        conn, user_id=user_id, code=code, name=plan.name, name_key=name_key(plan.name), body=body
    )
    for job_id in job_ids:
        character_pictures.add_result(conn, character_id, job_id)
    return CharacterRow(character_id, code, user_id, plan.name, 1, body, len(job_ids), 1)


async def create_character(context: Context, viewer: Viewer, plan: CharacterPlan) -> Character:
    """Keep a new character, with own pictures as its first ones; they are its default references.

    Raises UserError("character_name_taken"), LimitError("too_many_characters"), and as
    `character_pictures.own_results` does.
    """
    results = await own_results(context, viewer, plan.references)
    job_ids = [each.job_id for each in results]
    most = context.limits.most_characters
    for tries_left in range(_TRIES, 0, -1):
        try:
            row = await context.database.write(_insert, viewer.user_id, new_code(), plan, job_ids, most=most)
        except ConflictError:
            # Two codes met, or the same name came twice at once: the next look says which.
            if tries_left == 1:
                raise
        else:
            return as_seen(row, viewer)
    raise AssertionError("the last try returns or raises")


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


def _delete(conn: Connection, viewer: Viewer, text: str) -> DeletedCharacter:
    row = read_own(conn, viewer, text)
    characters.mark_deleted(conn, row.id)
    return DeletedCharacter(row.name, is_in_use=not character_ends.end_one(conn, row.id))


async def delete_character(context: Context, viewer: Viewer, text: str) -> DeletedCharacter:
    """Delete the viewer's own character: nobody finds it from now on, and its name is free.

    What a running job makes of it still comes, and then its rows go (`end_deleted_characters`). Pictures that were
    made of it stay. Raises as `characters.read_own` does.
    """
    return await context.database.write(_delete, viewer, text)


async def end_deleted_characters(context: Context) -> int:
    """Delete what is left of deleted characters that no running job uses any more; return how many those were."""
    return await context.database.write(character_ends.end_deleted)
