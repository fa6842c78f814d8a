"""Characters: people of one's own that look the same in every scene. Finding, listing and suggesting them.

A character belongs to one person, who alone changes it. Whoever it is shared with may use it. It is meant by its name,
or by its code, which the suggestions fill in: names are unique for one person only.
"""

import re
from dataclasses import dataclass
from difflib import get_close_matches
from typing import Final

from db.characters import character_pictures, characters
from db.characters.characters import CharacterRow
from db.engine import Connection
from services.asks import Viewer
from services.codes import CODE_LENGTH
from services.context import Context
from services.errors import NotAllowedError, NotFoundError, UserError
from services.models import CharacterUse, Face
from services.names import LONGEST_NAME, name_key

SUGGESTIONS: Final = 25
MOST_LISTED: Final = 200
_CODE: Final = re.compile(rf"[0-9a-hjkmnp-tv-z]{{{CODE_LENGTH}}}")


@dataclass(frozen=True, slots=True)
class Character:
    """A character as somebody sees it who may use it. `features` are those that its owner has fixed."""

    id: int
    code: str
    owner_id: int
    name: str
    version: int
    description: str
    features: Face
    reference_numbers: tuple[int, ...]
    is_own: bool

    @property
    def use(self) -> CharacterUse:
        """Return how recipes name it."""
        return CharacterUse(self.code, self.version)


@dataclass(frozen=True, slots=True)
class ListedCharacter:
    """A character in a list, with how many pictures it has."""

    character: Character
    pictures: int


def as_seen(row: CharacterRow, viewer: Viewer) -> Character:
    """Return a stored character as somebody sees it."""
    return Character(
        id=row.id,
        code=row.code,
        owner_id=row.user_id,
        name=row.name,
        version=row.version,
        description=row.body.description,
        features=row.body.features,
        reference_numbers=row.body.reference_numbers,
        is_own=row.user_id == viewer.user_id,
    )


def may_use(conn: Connection, row: CharacterRow, viewer: Viewer) -> bool:
    """Return whether somebody may use a character: its owner, and whoever it is shared with, where they are."""
    if row.user_id == viewer.user_id:
        return True
    return characters.is_lent(conn, row.id, viewer.user_id, viewer.guild_id)


def read_usable(conn: Connection, viewer: Viewer, text: str) -> CharacterRow:
    """Return the character that `text` names: by code, then the viewer's own, then one that is shared with them.

    Raises NotFoundError("no_such_character") also for one that they may not use, UserError("ambiguous_character").
    """
    typed = text.strip()[: 2 * LONGEST_NAME]
    if _CODE.fullmatch(typed):
        row = characters.find_by_code(conn, typed)
        if row is not None and may_use(conn, row, viewer):
            return row
    key = name_key(typed)
    own = characters.find_own(conn, viewer.user_id, key)
    if own is not None:
        return own
    lent = characters.find_lent(conn, viewer.user_id, viewer.guild_id, key)
    if len(lent) > 1:
        raise UserError("ambiguous_character", field="character", found=typed)
    if not lent:
        near = _near(conn, viewer, key)
        raise NotFoundError("no_such_character", field="character", found=typed, suggestion=near)
    return lent[0]


def _near(conn: Connection, viewer: Viewer, key: str) -> str:
    """Return the name of an own character that is nearly the one typed, "" where none is."""
    own = characters.list_own(conn, viewer.user_id, "", SUGGESTIONS)
    names = {name_key(row.name): row.name for row in own}
    near = get_close_matches(key, names, n=1, cutoff=0.7)
    return names[near[0]] if near else ""


def read_own(conn: Connection, viewer: Viewer, text: str) -> CharacterRow:
    """Return the viewer's own character that `text` names, to be changed.

    Raises as `read_usable` does, and NotAllowedError("character_not_yours") for one that is only shared with them.
    """
    row = read_usable(conn, viewer, text)
    if row.user_id != viewer.user_id:
        raise NotAllowedError("character_not_yours", found=row.name)
    return row


async def find_character(context: Context, viewer: Viewer, text: str) -> Character:
    """Return the character that `text` names. Raises as `read_usable` does."""
    return as_seen(await context.database.read(read_usable, viewer, text), viewer)


def _read_by_id(conn: Connection, viewer: Viewer, character_id: int) -> CharacterRow:
    row = characters.find_by_id(conn, character_id)
    if row is None or row.user_id != viewer.user_id:
        raise NotFoundError("no_such_character", field="character")
    return row


async def own_character(context: Context, viewer: Viewer, character_id: int) -> Character:
    """Return the viewer's own character of a row id. Raises NotFoundError("no_such_character") for any other."""
    return as_seen(await context.database.read(_read_by_id, viewer, character_id), viewer)


def _list(conn: Connection, viewer: Viewer) -> list[ListedCharacter]:
    rows = [
        *characters.list_own(conn, viewer.user_id, "", MOST_LISTED),
        *characters.list_lent(conn, viewer.user_id, viewer.guild_id, "", MOST_LISTED),
    ]
    counts = character_pictures.count_pictures(conn, [row.id for row in rows])
    return [ListedCharacter(as_seen(row, viewer), counts.get(row.id, 0)) for row in rows]


async def list_characters(context: Context, viewer: Viewer) -> list[ListedCharacter]:
    """Return the viewer's own characters, those used last first, then those that are shared with them here."""
    return await context.database.read(_list, viewer)


def _suggest(conn: Connection, viewer: Viewer, key: str, *, is_own_only: bool) -> list[CharacterRow]:
    own = characters.list_own(conn, viewer.user_id, key, SUGGESTIONS)
    if is_own_only or len(own) == SUGGESTIONS:
        return own
    room = SUGGESTIONS - len(own)
    return [*own, *characters.list_lent(conn, viewer.user_id, viewer.guild_id, key, room)]


async def suggest_characters(
    context: Context, viewer: Viewer, partial: str, *, is_own_only: bool = False
) -> list[Character]:
    """Return at most 25 characters whose name holds `partial`: own ones by their last use, then shared ones."""
    key = name_key(partial[:LONGEST_NAME])
    rows = await context.database.read(_suggest, viewer, key, is_own_only=is_own_only)
    return [as_seen(row, viewer) for row in rows]
