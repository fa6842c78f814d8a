"""Remove the file of a picture that nobody needs any more, also while other processes keep and delete pictures.

The removal is noted in the transaction that finds it unneeded (`db/pictures/image_removals.py`); then it is looked
once more whether a picture has come to need it, then the file goes, then the note says so. Whoever is killed in between
leaves the note, and the file is removed by the next one who looks.
"""

import logging
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from db.engine import Connection
from db.pictures import image_removals
from db.pictures.image_removals import Removal
from services.context import Context
from services.errors import StorageError
from services.jobs.awake import clock_s

log = logging.getLogger(__name__)

START_WITHIN_S: Final = 5.0
"""After that the note is renewed before the file goes: a process that was stopped may have lost it to another one."""
TAKE_OVER_AFTER_MS: Final = 180_000
"""Longer than START_WITHIN_S and the longest call of a store together (`object_store.Patience`)."""
REMEMBERED_MS: Final = 3_600_000
AT_ONCE: Final = 100


@dataclass(frozen=True, slots=True)
class Begun:
    """A removal that this process has noted, and when by `awake.clock_s`."""

    removal: Removal
    noted_at_s: float


def begin(conn: Connection, digests: Sequence[str]) -> list[Begun]:
    """Note the removal of these files, as far as no picture needs them. `finish` each after the commit."""
    noted_at_s = clock_s()
    return [Begun(removal, noted_at_s) for removal in image_removals.begin(conn, digests)]


async def finish(context: Context, begun: Begun) -> None:
    """Remove the file, unless a picture has come to need it. Raises StorageError where somebody else has to do it."""
    if await context.database.move(image_removals.give_up_if_used, begun.removal):
        return
    while clock_s() - begun.noted_at_s > START_WITHIN_S:
        renewed = await context.database.write(_renew, begun.removal)
        if renewed is None:
            raise StorageError(
                "removal_delayed", f"somebody else has taken over the removal of {begun.removal.digest}"
            )
        begun = renewed
    await context.store.delete(begun.removal.digest)
    await context.database.write(image_removals.end, begun.removal.id)


async def finish_each(context: Context, unneeded: Sequence[Begun]) -> None:
    """Remove files that nobody needs; what cannot be removed now is removed later (`finish_late_ones`)."""
    for begun in unneeded:
        try:
            await finish(context, begun)
        except StorageError as error:
            log.warning("the file of a picture is still there: %s", error)


async def finish_while_it_goes(context: Context, unneeded: Sequence[Begun]) -> bool:
    """Remove files that nobody needs until one cannot be removed now, which leaves it and the rest for later.

    Return whether all are gone: somebody waits for the answer, and a store that is away would be asked for each.
    """
    try:
        for begun in unneeded:
            await finish(context, begun)
    except StorageError as error:
        log.warning("the files of forgotten pictures are still there: %s", error)
        return False
    return True


def _renew(conn: Connection, removal: Removal) -> Begun | None:
    noted_at_s = clock_s()
    renewed = image_removals.renew(conn, removal)
    return None if renewed is None else Begun(renewed, noted_at_s)


def _take_over(conn: Connection, older_than_ms: int) -> list[Begun]:
    noted_at_s = clock_s()
    return [Begun(removal, noted_at_s) for removal in image_removals.take_over(conn, older_than_ms, AT_ONCE)]


async def finish_late_ones(context: Context, older_than_ms: int = TAKE_OVER_AFTER_MS) -> int:
    """Remove the files whose removal was begun and not ended; return how many. Raises StorageError."""
    await context.database.write(image_removals.forget_ended, REMEMBERED_MS)
    late = await context.database.write(_take_over, older_than_ms)
    for begun in late:
        await finish(context, begun)
    return len(late)
