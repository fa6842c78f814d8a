"""What has to be tidied in the image store: leftovers, removals half done, photos whose time is over, lost files.

So are brought pictures that nothing needs, what is left of characters that were deleted while a picture of them was
being made, and results that were taken down when the process died.

Every worker looks every minute. The walk over all files is one for all workers, a thousand files at a time, so that a
hundred thousand of them neither block anything nor stand in memory together.
"""

import logging
import time
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Final

from db.engine import ConflictError, Connection
from db.pictures import image_faults, store_walks
from db.pictures.store_walks import Counts, Walk
from services.context import Context
from services.errors import StorageError
from services.images.store import StoredFile
from services.jobs import indexing, mending, removing
from services.jobs.ended_characters import end_deleted_characters
from services.jobs.expired_uploads import forget_expired
from services.jobs.left_uploads import forget_left
from services.jobs.noted_takedowns import end_noted_takedowns

log = logging.getLogger(__name__)

TICK_S: Final = 60.0
TEMPORARY_S: Final = 3600.0
"""A leftover of this age is nobody's, also where other processes may be writing; looked for as often."""
THUMBNAIL_S: Final = 30 * 24 * 3600.0
"""How long a thumbnail is kept, whoever looks at it; the next look makes it anew."""
SWEEP_THUMBNAILS_S: Final = 24 * 3600.0
LOOK_FOR_LEFT_S: Final = 24 * 3600.0
"""How often brought pictures are looked at that nothing may need."""
ORPHAN_S: Final = 24 * 3600.0
"""How long a file waits for the job that was killed before it could write its row."""
PERIOD_MS: Final = 24 * 3600 * 1000
LEASE_MS: Final = 600_000
TOO_NEW_MS: Final = 600_000
PAGE: Final = 1000
"""As many names as one request to an S3-compatible store lists."""
PAGES: Final = 10
MENDS_A_PAGE: Final = 10


@dataclass(frozen=True, slots=True)
class _Stretch:
    """What was found between two places of the walk. `has_more` False: it was the last one."""

    walk: Walk
    has_more: bool
    unneeded: Sequence[removing.Begun] = ()
    lost: Sequence[str] = ()
    suspects: Sequence[str] = field(default=())


def _compare(conn: Connection, walk: Walk, files: Sequence[StoredFile], orphan_s: float) -> _Stretch:
    """Compare the next files with what pictures need, note what is wrong, and keep the walk's place."""
    needed = store_walks.files_needed(conn, walk.place, PAGE)
    ends = [files[-1].digest] if files else []
    if len(needed) == PAGE:
        ends.append(max(needed))
    end = min(ends, default=None)
    if end is not None:
        needed = {digest: size for digest, size in needed.items() if digest <= end}
    there = {file.digest: file for file in files if end is None or file.digest <= end}
    absent = needed.keys() - there.keys()
    absent -= store_walks.files_too_new(conn, absent, TOO_NEW_MS) if absent else set()
    both = needed.keys() & there.keys()
    wrong = {digest for digest in both if there[digest].size_bytes != needed[digest]}
    orphans = [each.digest for each in there.values() if each.digest not in needed and each.age_s >= orphan_s]
    _note(conn, absent, wrong, both - wrong)
    counts = Counts(
        files=len(there),
        size_bytes=sum(each.size_bytes for each in there.values()),
        missing=len(absent),
        damaged=len(wrong),
    )
    onward = Walk(walk.place if end is None else end, walk.so_far.plus(counts))
    store_walks.keep_place(conn, onward)
    return _Stretch(
        onward,
        has_more=end is not None,
        unneeded=removing.begin(conn, orphans),
        lost=sorted(absent | wrong),
        suspects=image_faults.of(conn, both - wrong),
    )


def _note(conn: Connection, absent: set[str], wrong: set[str], right: set[str]) -> None:
    image_faults.note(conn, absent, image_faults.MISSING)
    image_faults.note(conn, wrong, image_faults.DAMAGED)
    image_faults.clear(conn, right, image_faults.MISSING)


async def _look_after(context: Context, stretch: _Stretch) -> int:
    """Remove what nobody needs and mend what can be mended; return how many files were removed."""
    for begun in stretch.unneeded:
        await removing.finish(context, begun)
    for digest in stretch.lost[:MENDS_A_PAGE]:
        await mending.mend(context, digest)
    for digest in stretch.suspects:
        if await _is_whole(context, digest):
            await context.database.write(image_faults.clear, [digest])
    return len(stretch.unneeded)


async def _is_whole(context: Context, digest: str) -> bool:
    try:
        await context.store.get(digest)
    except StorageError as error:
        if error.code in mending.FAULTS:
            return False
        raise
    return True


async def _claim_walk(context: Context) -> Walk | None:
    try:
        return await context.database.write(store_walks.claim, PERIOD_MS, LEASE_MS)
    except ConflictError:  # another process has begun the very first one in this moment
        return None


async def walk(context: Context, *, orphan_s: float = ORPHAN_S, pages: int = PAGES) -> bool:
    """Walk on over the files of the store, where that is due; return whether a whole walk has ended.

    Files of more than `orphan_s` seconds that no picture needs are removed. Raises StorageError; the walk goes on
    with its next stretch then.
    """
    place = await _claim_walk(context)
    if place is None:
        return False
    try:
        for _ in range(pages):
            files = await context.store.list_files(place.place, PAGE)
            stretch = await context.database.write(_compare, place, files, orphan_s)
            removed = await _look_after(context, stretch)
            place = replace(stretch.walk, so_far=stretch.walk.so_far.plus(Counts(orphans=removed)))
            if not stretch.has_more:
                await context.database.write(store_walks.end, place)
                await context.database.write(image_faults.forget_deleted)
                _say(place.so_far)
                return True
        await context.database.write(store_walks.keep_place, place)
    finally:
        await context.database.write(store_walks.let_go)
    return False


def _say(found: Counts) -> None:
    level = logging.WARNING if found.missing or found.damaged else logging.INFO
    text = "looked at %d files of pictures: removed %d that nobody needs, %d are missing, %d damaged"
    log.log(level, text, found.files, found.orphans, found.missing, found.damaged)


class Housekeeper:
    """Looks after the image store for one process. `start` before anything is put, then `tick` every TICK_S."""

    def __init__(self, context: Context) -> None:
        self._context = context
        self._swept_at_s = 0.0
        self._swept_thumbnails_at_s = -SWEEP_THUMBNAILS_S
        self._looked_for_left_at_s = -LOOK_FOR_LEFT_S

    async def start(self) -> None:
        """Sweep what earlier processes left. The only process, on SQLite, knows that all of it is nobody's."""
        is_only_process = self._context.database.dialect == "sqlite"
        try:
            await self._sweep(0.0 if is_only_process else TEMPORARY_S)
            await end_noted_takedowns(self._context)
            await removing.finish_late_ones(
                self._context, 0 if is_only_process else removing.TAKE_OVER_AFTER_MS
            )
        except StorageError as error:
            log.warning("the image store was not tidied at the start: %s", error)

    async def tick(self) -> None:
        """Do what is due. A store that is away is looked at again with the next tick."""
        try:
            await forget_expired(self._context)
            await end_deleted_characters(self._context)
            await end_noted_takedowns(self._context)
            if time.monotonic() - self._swept_at_s >= TEMPORARY_S:
                await self._sweep(TEMPORARY_S)
            if time.monotonic() - self._swept_thumbnails_at_s >= SWEEP_THUMBNAILS_S:
                await self._sweep_thumbnails()
            if time.monotonic() - self._looked_for_left_at_s >= LOOK_FOR_LEFT_S:
                await self._look_for_left()
            await removing.finish_late_ones(self._context)
            await walk(self._context)
            await indexing.index_the_rest(self._context.database)
        except StorageError as error:
            log.warning("the image store is tidied later: %s", error)

    async def _look_for_left(self) -> None:
        try:
            await forget_left(self._context)
        except StorageError as error:
            # All rows are gone by then, and `finish_late_ones` removes the files: no second look, and the rest goes on.
            log.warning("the files of pictures that nothing needs are removed later: %s", error)
        self._looked_for_left_at_s = time.monotonic()

    async def _sweep(self, older_than_s: float) -> None:
        removed = await self._context.store.sweep_temporary(older_than_s=older_than_s)
        self._swept_at_s = time.monotonic()
        if removed:
            log.info("removed %d leftovers of pictures that were not written to their end", removed)

    async def _sweep_thumbnails(self) -> None:
        removed = await self._context.store.sweep_thumbnails(older_than_s=THUMBNAIL_S)
        self._swept_thumbnails_at_s = time.monotonic()
        if removed:
            log.info("removed %d old thumbnails", removed)
