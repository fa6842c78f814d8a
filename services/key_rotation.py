"""Another master key for people's keys and photos: their data keys are sealed anew, a few at a time, and nothing else.

Each batch is one transaction, and what was done is known by the id of the master key that seals it: whoever was killed
in between starts again and goes on where it stopped.
"""

import asyncio
from collections import Counter
from collections.abc import Sequence
from typing import Final

from db.engine import Database
from db.jobs import workers
from db.people import provider_keys
from db.people.provider_keys import KeyRow
from db.pictures import uploads
from db.pictures.uploads import UploadRow
from services import sealed_keys, sealed_pictures
from services.crash_points import crash_point
from services.errors import StartError
from services.sealed_keys import SealedKey
from services.sealed_pictures import SealedDataKey
from services.secrets import MasterKey

AT_ONCE: Final = 100


async def check_master_key(database: Database, master_key: MasterKey) -> None:
    """Raise StartError("master_key_missing") where there are keys or photos that no master key of ours opens."""
    keys, photos = Counter[str](), Counter[str]()
    for each in await database.read(provider_keys.count_keys):
        keys[each.master_key_id] += each.in_use + each.removed
    for face in await database.read(uploads.count_faces):
        photos[face.master_key_id] += face.count
    missing = sorted(key_id for key_id in keys | photos if master_key.with_id(key_id) is None)
    if missing:
        needed = ", ".join(f"{key_id} ({_counted(keys[key_id], photos[key_id])})" for key_id in missing)
        message = (
            f"What people brought is sealed with another master key than {master_key.id}, which is set: "
            f"{needed}. Put that one back, or name it in LIMNER_OLD_MASTER_KEY or LIMNER_OLD_MASTER_KEY_FILE."
        )
        raise StartError("master_key_missing", message)


def _counted(keys: int, photos: int) -> str:
    """Return how many keys and photos there are, as the operator reads it; one of both is not 0."""
    parts = [f"{count} {what}" for count, what in ((keys, "keys"), (photos, "photos")) if count]
    return ", ".join(parts)


async def rotate(
    database: Database, opening: MasterKey, sealing: MasterKey, *, at_once: int = AT_ONCE
) -> int:
    """Seal all data keys with `sealing`; `opening` and the keys beside it open them. Return how many were changed.

    Those of people's keys, and those of their photos.

    Raises StartError("master_key_missing") before anything is changed where one cannot be opened, StorageError.
    """
    await check_master_key(database, opening.beside(sealing))
    changed = 0
    while rows := await database.read(provider_keys.keys_under_others, sealing.id, at_once):
        renewed = await asyncio.to_thread(_seal_keys, opening, sealing, rows)
        changed += await database.write(provider_keys.replace_data_keys, renewed)
        crash_point("rotate.batch_done")
    return changed + await _rotate_photos(database, opening, sealing, at_once)


async def _rotate_photos(database: Database, opening: MasterKey, sealing: MasterKey, at_once: int) -> int:
    changed = 0
    while rows := await database.read(uploads.faces_under_others, sealing.id, at_once):
        renewed = await asyncio.to_thread(_seal_photos, opening, sealing, rows)
        changed += await database.write(uploads.replace_data_keys, renewed)
    return changed


async def refuse_beside_living_workers(database: Database) -> None:
    """Raise StartError("limner_running") where a process of Limner works on this database right now."""
    # A SQLite file has one owner, which is us; rows of a killed one mean nothing there.
    if database.dialect == "postgresql" and await database.read(workers.is_anybody_alive):
        message = (
            "Limner is running on this database: it would not know the new key. Stop every process first "
            "(one that was killed counts as running for 30 s), or rotate a key that is in LIMNER_MASTER_KEY."
        )
        raise StartError("limner_running", message)


def _seal_keys(
    opening: MasterKey, sealing: MasterKey, rows: Sequence[KeyRow]
) -> list[tuple[KeyRow, SealedKey]]:
    return [(row, sealed_keys.seal_anew(opening, sealing, row.sealed, row.place)) for row in rows]


def _seal_photos(
    opening: MasterKey, sealing: MasterKey, rows: Sequence[UploadRow]
) -> list[tuple[UploadRow, SealedDataKey]]:
    return [
        (row, sealed_pictures.seal_anew(opening, sealing, row.key, row.place))
        for row in rows
        if row.key is not None
    ]
