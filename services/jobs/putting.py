"""Put a picture's bytes so that its row, once written, has a file: whoever else deletes the same bytes meanwhile.

put = await putting.put(context, data)
# in the transaction that writes the row:
if not putting.is_safe(conn, put): write nothing, `put_again`, and try once more
"""

import asyncio
from dataclasses import dataclass
from typing import Final

from db.engine import Connection
from db.pictures import image_removals
from db.pictures.image_removals import Removal
from services.context import Context
from services.errors import StorageError
from services.images.store import StoredImage
from services.jobs.arriving import Arrived
from services.jobs.awake import clock_s

HELD_S: Final = 600.0
"""How long a put counts. Ended removals are remembered for longer (`removing.REMEMBERED_MS`), so none goes unseen."""
LOOKS: Final = 50
LOOK_EVERY_S: Final = 0.1


@dataclass(frozen=True, slots=True)
class Put:
    """Bytes that were put: what the store says, since when they are there, and the removal that came before them."""

    stored: StoredImage
    begun_at_s: float
    removal_id: int = 0


async def put(context: Context, data: bytes, removal_id: int = 0) -> Put:
    """Put the bytes. Raises StorageError."""
    begun_at_s = clock_s()
    return Put(await context.store.put(data), begun_at_s, removal_id)


async def put_arrived(arrived: Arrived) -> Put:
    """Put the bytes of a picture that has arrived. Raises StorageError."""
    return Put(await arrived.prepared.keep(), arrived.begun_at_s)


def is_safe(conn: Connection, done: Put) -> bool:
    """Return whether the bytes are certainly there: nobody has begun to remove them since they were put."""
    return is_safe_beside(done, image_removals.find(conn, done.stored.digest))


def is_safe_beside(done: Put, removal: Removal | None) -> bool:
    """Return the same where it is known already which removal is noted for their file."""
    if clock_s() - done.begun_at_s > HELD_S:
        return False
    return removal is None or (removal.has_ended and removal.id == done.removal_id)


async def put_again(context: Context, data: bytes, before: Put) -> Put:
    """Put the bytes once the removal that came in between has ended.

    Raises StorageError("image_being_removed") where that takes long: whoever began it has died, or the store is away.
    """
    for _ in range(LOOKS):
        removal = await context.database.read(image_removals.find, before.stored.digest)
        if removal is None or removal.has_ended:
            return await put(context, data, 0 if removal is None else removal.id)
        await asyncio.sleep(LOOK_EVERY_S)
    raise StorageError("image_being_removed", f"the same bytes are being removed: {before.stored.digest}")
