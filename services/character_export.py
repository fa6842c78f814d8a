"""A character as one file, for its owner; and a character of one's own out of such a file."""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from db.characters import character_ends
from db.characters.characters import VersionBody
from db.engine import Connection
from services import history
from services.asker_pauses import check_asker
from services.asks import Brought, Viewer
from services.character_files import MOST_PICTURES, CharacterFile, read_character_file, write_character_file
from services.character_keeping import (
    LONGEST_DESCRIPTION,
    CharacterPlan,
    FirstPictures,
    check_new_name,
    insert_character,
)
from services.character_pictures import CharacterPicture, PictureState, check_agreed, view_character
from services.characters import Character, as_seen
from services.context import Context
from services.errors import NotAllowedError
from services.images.cleaning import CleanPicture
from services.images.metadata import stamp
from services.images.xmp import MadeBy
from services.jobs import removing
from services.jobs.mending import picture_bytes
from services.models import UploadKind
from services.names import clean_name
from services.providers.registry import SKETCH
from services.uploads import cleaned, fetch_brought, keep_clean, list_uploads
from services.words import clean_words

_ROOM_BYTES = 128 * 1024
"""What a file has beside its pictures, at most."""


@dataclass(frozen=True, slots=True)
class ExportedCharacter:
    """A character's file, and the numbers of the pictures for which there was no room in it."""

    character: Character
    filename: str
    data: bytes = field(repr=False)
    left_out: tuple[int, ...] = ()


async def export_character(
    context: Context, viewer: Viewer, text: str, limit_bytes: int
) -> ExportedCharacter:
    """Return the file of the viewer's own character, of at most `limit_bytes`.

    Its pictures are those that stand for it, then the others by their numbers, as many as fit. Raises as
    `characters.read_usable` does, NotAllowedError("character_not_yours"), StorageError.
    """
    view = await view_character(context, viewer, text)
    if not view.character.is_own:
        raise NotAllowedError("character_not_yours", found=view.character.name)
    here = [each for each in view.pictures if each.state is PictureState.HERE]
    first = [each for each in here if each.number in view.character.reference_numbers]
    ordered = [*first, *(each for each in here if each not in first)]
    pictures = await _fitting(context, viewer, ordered, limit_bytes - _ROOM_BYTES)
    character = view.character
    file = CharacterFile(
        name=character.name,
        description=character.description,
        features=character.features,
        references=tuple(each for each in character.reference_numbers if each in pictures),
        pictures=pictures,
    )
    data = await asyncio.to_thread(write_character_file, file)
    left_out = tuple(sorted(each.number for each in here if each.number not in pictures))
    return ExportedCharacter(character, f"limner-character-{character.code}.zip", data, left_out)


async def _fitting(
    context: Context, viewer: Viewer, ordered: Sequence[CharacterPicture], room_bytes: int
) -> dict[int, bytes]:
    """Return the pictures by number, in this order, for which there is room."""
    fitting: dict[int, bytes] = {}
    for each in ordered:
        data = await _marked(context, viewer, each)
        if len(fitting) < MOST_PICTURES and len(data) <= room_bytes:
            fitting[each.number] = data
            room_bytes -= len(data)
    return fitting


async def _marked(context: Context, viewer: Viewer, picture: CharacterPicture) -> bytes:
    """Return a picture's bytes; a result says that a machine made it, as every copy does that leaves us."""
    data = await picture_bytes(context, picture.digest)
    if picture.job_id is None:
        return data
    found = await history.find_picture_of_job(context, viewer, picture.job_id)
    made_by: MadeBy = "sketch" if found.recipe.provider == SKETCH else "ai"
    return await asyncio.to_thread(stamp, data, recipe=found.recipe, code=found.code, made_by=made_by)


def _plan(context: Context, file: CharacterFile, name: str) -> CharacterPlan:
    """Return the character that a file describes, by the rules of any other. Raises UserError."""
    description = clean_words(file.description, "description", LONGEST_DESCRIPTION)
    body = VersionBody(description, file.features, context.features.digest)
    return CharacterPlan(clean_name(name.strip() or file.name, "name"), body, "")


async def import_character(
    context: Context, viewer: Viewer, brought: Brought, name: str, *, is_agreed: bool
) -> Character:
    """Keep a character of the viewer's own out of a file; its pictures count from 0, in the order of their numbers.

    Everything is judged before anything is kept: where this raises, nothing has changed. Raises
    NotAllowedError for who is paused, UserError("upload_not_agreed"), as `read_character_file`, `clean_name` and
    `uploads.bring` do, LimitError.
    """
    check_asker(context.standing.pauses, viewer.user_id, viewer.guild_id)
    check_agreed([brought], is_agreed=is_agreed)
    await context.room.check()
    data = await fetch_brought(context, brought)
    file = await asyncio.to_thread(read_character_file, data)
    plan = _plan(context, file, name)
    await check_new_name(context, viewer.user_id, plan.name)
    pictures = {number: await cleaned(context, content) for number, content in sorted(file.pictures.items())}
    return await _kept(context, viewer, plan, file, pictures)


async def _kept(
    context: Context,
    viewer: Viewer,
    plan: CharacterPlan,
    file: CharacterFile,
    pictures: Mapping[int, CleanPicture],
) -> Character:
    before = {each.upload.id for each in await list_uploads(context, viewer.user_id)}
    ids: dict[int, int] = {}
    try:
        for number, picture in pictures.items():
            kept = await keep_clean(context, viewer.user_id, picture, UploadKind.PICTURE)
            ids[number] = kept.id
        places = {upload_id: place for place, upload_id in enumerate(dict.fromkeys(ids.values()))}
        numbers = tuple(dict.fromkeys(places[ids[each]] for each in file.references))
        plan = replace(plan, body=replace(plan.body, reference_numbers=numbers))
        first = FirstPictures(upload_ids=tuple(places), are_defaults=False)
        return as_seen(await insert_character(context, viewer.user_id, plan, first), viewer)
    except BaseException:
        await _forget(context, viewer.user_id, sorted(set(ids.values()) - before))
        raise


def _forget_unused(conn: Connection, user_id: int, upload_ids: Sequence[int]) -> list[removing.Begun]:
    return removing.begin(conn, character_ends.forget_unused(conn, user_id, upload_ids))


async def _forget(context: Context, user_id: int, upload_ids: Sequence[int]) -> None:
    """Delete what was kept for a character that did not come about."""
    if upload_ids:
        await removing.finish_each(context, await context.database.write(_forget_unused, user_id, upload_ids))
