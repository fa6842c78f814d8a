"""The pictures of a character, by the number that each has from 0 on: looked at, added and removed.

A number is never given out twice. What was removed, or deleted by its owner, is said to be so.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Final

from db.characters import character_ends, character_pictures, characters
from db.characters.character_pictures import PictureRow
from db.characters.characters import CharacterRow
from db.engine import Connection
from db.pictures.upload_uses import CharacterUse
from services import history
from services.asks import Viewer
from services.characters import Character, as_seen, read_own, read_usable
from services.context import Context
from services.errors import NotAllowedError, UserError
from services.jobs import removing
from services.jobs.courier import PictureResult
from services.models import Visibility
from services.references import MOST_REFERENCES, KnownReference, parse_references
from services.unneeded_uploads import bring_all, forgotten_if_refused
from services.uploads import Brought, KnownUpload

NONE_WORDS: Final = frozenset({"none", "no", "-", "keine", "keins", "keines", "kein"})
"""What is typed for no picture at all."""
_LONGEST_NUMBERS: Final = 200
LARGEST_NUMBER: Final = 2**31 - 1


class PictureState(StrEnum):
    """Whether a picture of a character can be looked at."""

    HERE = "here"
    REMOVED = "removed"
    """It was taken from the character."""
    DELETED = "deleted"
    """Its owner deleted the picture itself."""
    HIDDEN = "hidden"
    """It is there, and not the viewer's to see."""


@dataclass(frozen=True, slots=True)
class CharacterPicture:
    """A picture of a character as somebody sees it. `code` is that of a result, "" for a picture that was brought.

    Without `state` HERE there is nothing but the number.
    """

    number: int
    state: PictureState
    digest: str = ""
    width: int = 0
    height: int = 0
    code: str = ""
    is_made: bool = False
    job_id: int | None = None

    @property
    def reference(self) -> KnownReference:
        """Return it as something to look at."""
        return KnownReference(self.digest, self.width, self.height)


@dataclass(frozen=True, slots=True)
class CharacterView:
    """A character and its pictures, for somebody who may use it."""

    character: Character
    pictures: tuple[CharacterPicture, ...]


@dataclass(frozen=True, slots=True)
class AddedPicture:
    """A picture that was added, and its number; `is_new` False where it was the character's already.

    `code` is "" for one that was brought.
    """

    code: str
    number: int
    is_new: bool


@dataclass(frozen=True, slots=True)
class RemovedPicture:
    """A character after a picture was removed; `was_default` where it was one of its default references."""

    character: Character
    number: int
    was_default: bool


def parse_numbers(text: str, field: str) -> tuple[int, ...] | None:
    """Return the numbers in "0,3" in their order, each once; () for "none", None where nothing was typed.

    Raises UserError("bad_numbers"), UserError("too_many_references").
    """
    typed = text.strip().lower()
    if not typed:
        return None
    if typed in NONE_WORDS:
        return ()
    parts = typed[:_LONGEST_NUMBERS].replace(",", " ").replace(";", " ").split()
    are_numbers = all(part.isascii() and part.isdigit() and len(part) <= 10 for part in parts)
    if not parts or not are_numbers or len(typed) > _LONGEST_NUMBERS:
        raise UserError("bad_numbers", field=field, found=typed[:60])
    numbers = tuple(dict.fromkeys(min(int(part), LARGEST_NUMBER) for part in parts))
    if len(numbers) > MOST_REFERENCES:
        raise UserError("too_many_references", field=field, found=len(numbers), maximum=MOST_REFERENCES)
    return numbers


def _may_look(viewer: Viewer, character: Character, row: PictureRow) -> bool:
    """Return whether somebody who may use a character may look at one of its pictures.

    Sharing it shares the pictures that its owner gave it, and those that stand for it. Scenes stay what they were:
    their owner's, and open where they were posted openly.
    """
    if row.owner_id is None or row.owner_id == viewer.user_id:
        return True
    is_open = row.visibility is Visibility.PUBLIC and row.guild_id is not None
    if is_open and row.guild_id == viewer.guild_id:
        return True
    stands_for_it = not row.is_made or row.number in character.reference_numbers
    return row.owner_id == character.owner_id and stands_for_it


def _seen(viewer: Viewer, character: Character, row: PictureRow) -> CharacterPicture:
    if row.is_removed or not row.digest:
        return CharacterPicture(row.number, PictureState.REMOVED if row.is_removed else PictureState.DELETED)
    if not _may_look(viewer, character, row):
        return CharacterPicture(row.number, PictureState.HIDDEN)
    return CharacterPicture(
        row.number, PictureState.HERE, row.digest, row.width, row.height, row.code, row.is_made, row.job_id
    )


def read_view(conn: Connection, viewer: Viewer, row: CharacterRow) -> CharacterView:
    """Return a character that the viewer may use with its pictures."""
    character = as_seen(row, viewer)
    rows = character_pictures.list_pictures(conn, character.id)
    return CharacterView(character, tuple(_seen(viewer, character, each) for each in rows))


def _read_view(conn: Connection, viewer: Viewer, text: str) -> CharacterView:
    return read_view(conn, viewer, read_usable(conn, viewer, text))


async def view_character(context: Context, viewer: Viewer, text: str) -> CharacterView:
    """Return the character that `text` names with its pictures. Raises as `characters.read_usable` does."""
    return await context.database.read(_read_view, viewer, text)


_TROUBLES: Final = {
    PictureState.REMOVED: "character_picture_removed",
    PictureState.DELETED: "character_picture_gone",
    PictureState.HIDDEN: "character_picture_hidden",
}


def pick(view: CharacterView, numbers: Sequence[int], field: str) -> tuple[CharacterPicture, ...]:
    """Return the pictures of these numbers, in their order.

    Raises UserError with the number and the character's name: "no_such_number", or why it cannot be looked at.
    """
    known = {each.number: each for each in view.pictures}
    name = view.character.name
    for number in numbers:
        if number not in known:
            raise UserError("no_such_number", field=field, number=number, name=name, pictures=len(known))
        code = _TROUBLES.get(known[number].state)
        if code is not None:
            raise UserError(code, field=field, number=number, name=name)
    return tuple(known[number] for number in numbers)


def chosen_pictures(view: CharacterView, numbers: tuple[int, ...] | None) -> tuple[CharacterPicture, ...]:
    """Return what a scene looks at: the pictures that were named, else the default ones, else the first there is.

    Raises as `pick` does.
    """
    if numbers is not None:
        return pick(view, numbers, "reference")
    if view.character.reference_numbers:
        return pick(view, view.character.reference_numbers, "reference")
    return tuple(each for each in view.pictures if each.state is PictureState.HERE)[:1]


async def own_results(context: Context, viewer: Viewer, text: str) -> tuple[PictureResult, ...]:
    """Return the viewer's own pictures of the codes in `text`, each once.

    Raises NotFoundError, UserError("bad_code"), NotAllowedError("not_yours") for a picture of somebody else's.
    """
    found = []
    for code in dict.fromkeys(parse_references(text)):
        picture = await history.find_picture(context, viewer, code)
        if await history.owner_of_job(context, picture.job_id) != viewer.user_id:
            raise NotAllowedError("not_yours", f"picture {code} is somebody else's")
        found.append(picture)
    return tuple(found)


def check_agreed(brought: Sequence[Brought], *, is_agreed: bool) -> None:
    """Raise UserError("upload_not_agreed") where pictures are brought and nobody has said that they may be used."""
    if brought and not is_agreed:
        raise UserError("upload_not_agreed", field="agreed")


def _add(
    conn: Connection,
    viewer: Viewer,
    text: str,
    results: Sequence[PictureResult],
    kept: Sequence[KnownUpload],
) -> tuple[Character, list[AddedPicture]]:
    row = read_own(conn, viewer, text)
    added = [_add_one(conn, row.id, each) for each in results]
    added += [_add_upload(conn, row, each) for each in kept]
    return as_seen(row, viewer), added


def _add_one(conn: Connection, character_id: int, result: PictureResult) -> AddedPicture:
    number = character_pictures.number_of_job(conn, character_id, result.job_id)
    if number is not None:
        return AddedPicture(result.code, number, is_new=False)
    number = character_pictures.add_result(conn, character_id, result.job_id)
    return AddedPicture(result.code, number, is_new=True)


def _add_upload(conn: Connection, row: CharacterRow, kept: KnownUpload) -> AddedPicture:
    number = character_pictures.add_upload(conn, row.id, kept.id)
    return AddedPicture("", number, is_new=number >= row.next_number)


async def add_pictures(
    context: Context, viewer: Viewer, text: str, codes: str, brought: Sequence[Brought] = ()
) -> tuple[Character, list[AddedPicture]]:
    """Add own pictures by their codes, and brought ones, to the viewer's own character that `text` names.

    Each gets the next number. The caller has made sure that the use of the brought ones is agreed to. Raises as
    `own_results`, `characters.read_own` and `uploads.bring` do, UserError("empty_codes") where there is nothing to add;
    what was brought for it is forgotten again then.
    """
    results = await own_results(context, viewer, codes)
    if not results and not brought:
        raise UserError("empty_codes", field="codes")
    row = await context.database.read(read_own, viewer, text)
    kept = await bring_all(context, viewer.user_id, brought)
    async with forgotten_if_refused(context, viewer.user_id, kept):
        return await context.database.write(_add, viewer, row.code, results, kept)


def _remove(
    conn: Connection, viewer: Viewer, text: str, number: int
) -> tuple[RemovedPicture, list[removing.Begun]]:
    row = read_own(conn, viewer, text)
    known = {each.number: each for each in character_pictures.list_pictures(conn, row.id)}
    if number not in known:
        raise UserError("no_such_number", field="number", number=number, name=row.name, pictures=len(known))
    if known[number].is_removed:
        raise UserError("character_picture_removed", field="number", number=number, name=row.name)
    was_default = number in row.body.reference_numbers
    row, upload_id = take_out(conn, row, number)
    unneeded = character_ends.forget_unneeded(conn, row.user_id, [] if upload_id is None else [upload_id])
    return RemovedPicture(as_seen(row, viewer), number, was_default), removing.begin(conn, unneeded)


def take_out(conn: Connection, row: CharacterRow, number: int) -> tuple[CharacterRow, int | None]:
    """Take a picture that is there from a character; return the character then, and the upload that it was, if any.

    A default reference is none from then on, which makes a new version.
    """
    upload_id = character_pictures.remove(conn, row.id, number)
    left = tuple(each for each in row.body.reference_numbers if each != number)
    if left == row.body.reference_numbers:
        return row, upload_id
    body = replace(row.body, reference_numbers=left)
    return replace(row, version=characters.add_version(conn, row.id, body), body=body), upload_id


def take_out_of_all(conn: Connection, uses_of: Mapping[int, Sequence[CharacterUse]]) -> None:
    """Take pictures from all characters that have them, as `take_out` does; by upload, see `upload_uses`."""
    for use in (each for uses in uses_of.values() for each in uses):
        row = characters.find_by_id(conn, use.character_id)
        if row is not None:
            take_out(conn, row, use.number)


async def remove_picture(context: Context, viewer: Viewer, text: str, number: int) -> RemovedPicture:
    """Take a picture from the viewer's own character; a result itself stays, and the number is not given out again.

    What was brought goes, unless another character, a recipe or a draft needs it. One of its default references is
    none from then on, which makes a new version. Raises as `characters.read_own` does, UserError("no_such_number" or
    "character_picture_removed").
    """
    removed, unneeded = await context.database.write(_remove, viewer, text, number)
    await removing.finish_each(context, unneeded)
    return removed
