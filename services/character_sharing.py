"""Sharing a character with a server or a person, and copying one under a name of one's own."""

from dataclasses import dataclass
from typing import Final

from db.characters import character_pictures, character_shares, characters
from db.characters.character_pictures import PictureRow
from db.characters.character_shares import ShareTarget
from db.characters.characters import CharacterRow, VersionBody
from db.engine import ConflictError, Connection
from db.pictures.uploads import Room
from services.asks import Viewer
from services.character_keeping import CharacterPlan, FirstPictures, insert_row
from services.character_pictures import PictureState, read_view
from services.characters import Character, as_seen, read_own, read_usable
from services.codes import new_code
from services.context import Context
from services.errors import LimitError, NotFoundError, UserError
from services.names import clean_name

MOST_SHARES: Final = 50
"""Of one character, so that a list of them can be read."""
_TRIES: Final = 3


@dataclass(frozen=True, slots=True)
class CopyPlan:
    """A copy to make: of which character, under which name ("" for the same one)."""

    text: str
    name: str


def _share(conn: Connection, viewer: Viewer, text: str, target: ShareTarget) -> CharacterRow:
    row = read_own(conn, viewer, text)
    targets = character_shares.list_targets(conn, row.id)
    if target not in targets and len(targets) >= MOST_SHARES:
        raise LimitError("too_many_shares", allowed=MOST_SHARES)
    character_shares.put(conn, row.id, target)
    return row


async def share_character(context: Context, viewer: Viewer, text: str, target: ShareTarget) -> Character:
    """Let a server or a person use the viewer's own character.

    They see its description, its features, the pictures that its owner gave it and those that stand for it, and may
    copy it. Raises as `characters.read_own` does, UserError("share_with_oneself"), LimitError("too_many_shares").
    """
    if target == ShareTarget(is_server=False, id=viewer.user_id):
        raise UserError("share_with_oneself", field="person")
    return as_seen(await context.database.write(_share, viewer, text, target), viewer)


def _end(conn: Connection, viewer: Viewer, text: str, target: ShareTarget) -> CharacterRow:
    row = read_usable(conn, viewer, text)
    # Whoever it is shared with may end that for themselves; only the owner for anybody else.
    asked = target if row.user_id == viewer.user_id else ShareTarget(is_server=False, id=viewer.user_id)
    if not character_shares.remove(conn, row.id, asked):
        raise NotFoundError("not_shared", name=row.name)
    return row


async def end_sharing(context: Context, viewer: Viewer, text: str, target: ShareTarget) -> Character:
    """End what `share_character` began; a person that a character is shared with ends it for themselves.

    What was made of it until then stays. Raises as `characters.read_usable` does, NotFoundError("not_shared").
    """
    return as_seen(await context.database.write(_end, viewer, text, target), viewer)


def _targets(conn: Connection, viewer: Viewer, character_id: int) -> list[ShareTarget]:
    row = characters.find_by_id(conn, character_id)
    is_own = row is not None and row.user_id == viewer.user_id
    return character_shares.list_targets(conn, character_id) if is_own else []


async def list_shares(context: Context, viewer: Viewer, character: Character) -> list[ShareTarget]:
    """Return with whom the viewer's own character is shared; of another one nothing is told."""
    return await context.database.read(_targets, viewer, character.id)


def _pictures_to_copy(conn: Connection, viewer: Viewer, row: CharacterRow) -> list[PictureRow]:
    view = read_view(conn, viewer, row)
    seen = {each.number for each in view.pictures if each.state is PictureState.HERE}
    return [each for each in character_pictures.list_pictures(conn, row.id) if each.number in seen]


def _copy(
    conn: Connection, viewer: Viewer, plan: CopyPlan, code: str, most: int, *, room: Room
) -> CharacterRow:
    row = read_usable(conn, viewer, plan.text)
    body = VersionBody(row.body.description, row.body.features, row.body.feature_file)
    new = CharacterPlan(plan.name or row.name, body, "")
    copied = insert_row(conn, viewer.user_id, code, new, FirstPictures(), most=most)
    numbers = {
        each.number: character_shares.copy_picture(conn, copied.id, viewer.user_id, each, room)
        for each in _pictures_to_copy(conn, viewer, row)
    }
    defaults = tuple(numbers[each] for each in row.body.reference_numbers if each in numbers)
    characters.set_references(conn, copied.id, defaults)
    found = characters.find_by_id(conn, copied.id)
    return copied if found is None else found


async def copy_character(context: Context, viewer: Viewer, text: str, name: str) -> Character:
    """Keep a copy of a character that the viewer may use, as one of their own; its pictures count from 0 again.

    The pictures that they may look at are theirs from then on, whatever becomes of the first ones. Raises as
    `characters.read_usable` and `services.names.clean_name` do, UserError("character_name_taken"), LimitError where
    there is no room: nothing is copied then.
    """
    plan = CopyPlan(text, clean_name(name, "name") if name.strip() else "")
    caps = context.limits.caps
    room, most = Room(caps.user_uploads, caps.user_storage_bytes), context.limits.most_characters
    for _ in range(_TRIES - 1):
        try:
            row = await context.database.write(_copy, viewer, plan, new_code(), most, room=room)
        except ConflictError:
            # As in `character_keeping.insert_character`.
            continue
        return as_seen(row, viewer)
    return as_seen(await context.database.write(_copy, viewer, plan, new_code(), most, room=room), viewer)
