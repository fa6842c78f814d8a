"""Another master key for people's keys: their data keys are sealed anew, a few at a time, and nothing else is touched.

Each batch is one transaction, and a key that was done is known by the id of the master key that seals it: whoever was
killed in between starts again and goes on where it stopped.
"""

import asyncio
from collections import Counter
from collections.abc import Sequence
from typing import Final

from db import provider_keys, workers
from db.engine import Database
from db.provider_keys import KeyRow
from services.crash_points import crash_point
from services.errors import StartError
from services.sealed_keys import SealedKey, seal_anew
from services.secrets import MasterKey

AT_ONCE: Final = 100


async def check_master_key(database: Database, master_key: MasterKey) -> None:
    """Raise StartError("master_key_missing") where there are keys that no master key of ours opens."""
    counts = Counter[str]()
    for count in await database.read(provider_keys.count_keys):
        if master_key.with_id(count.master_key_id) is None:
            counts[count.master_key_id] += count.in_use + count.removed
    if counts:
        needed = ", ".join(f"{key_id} ({count} keys)" for key_id, count in sorted(counts.items()))
        message = (
            f"Keys that people brought are sealed with another master key than {master_key.id}, which is set: "
            f"{needed}. Put that one back, or name it in LIMNER_OLD_MASTER_KEY or LIMNER_OLD_MASTER_KEY_FILE."
        )
        raise StartError("master_key_missing", message)


async def rotate(
    database: Database, opening: MasterKey, sealing: MasterKey, *, at_once: int = AT_ONCE
) -> int:
    """Seal all data keys with `sealing`; `opening` and the keys beside it open them. Return how many were changed.

    Raises StartError("master_key_missing") before anything is changed where one cannot be opened, StorageError.
    """
    await check_master_key(database, opening.beside(sealing))
    changed = 0
    while rows := await database.read(provider_keys.keys_under_others, sealing.id, at_once):
        renewed = await asyncio.to_thread(_seal_all, opening, sealing, rows)
        changed += await database.write(provider_keys.replace_data_keys, renewed)
        crash_point("rotate.batch_done")
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


def _seal_all(
    opening: MasterKey, sealing: MasterKey, rows: Sequence[KeyRow]
) -> list[tuple[KeyRow, SealedKey]]:
    return [(row, seal_anew(opening, sealing, row.sealed, row.place)) for row in rows]
