"""Brought pictures that nothing needs any more, or never has: they go a day after they were brought last.

Needed is what a character has, what a recipe of its owner looks at (so that its picture can be made again), and what a
draft waits with. Nothing else leads to a brought picture, so nobody could ever use it again.
"""

import logging
from collections.abc import Collection
from typing import Final

from db.engine import Connection
from db.pictures import unneeded_uploads, upload_uses
from db.pictures.unneeded_uploads import Left
from services.context import Context
from services.jobs import removing
from services.jobs.removing import Begun

log = logging.getLogger(__name__)

OWNERS_AT_ONCE: Final = 100
RECIPES_AT_ONCE: Final = 2_000
PICTURES_AT_ONCE: Final = 20


async def forget_left(context: Context) -> int:
    """Delete the brought pictures that nothing needs; return how many. A transaction never looks at many rows.

    Raises StorageError where a file cannot be removed now: all rows are gone all the same, and the files are removed
    later (`removing.finish_late_ones`).
    """
    forgotten, owner_id, unneeded = 0, 0, list[Begun]()
    while owners := await context.database.read(unneeded_uploads.owners_of_left, owner_id, OWNERS_AT_ONCE):
        for owner_id in owners:
            left = await context.database.read(unneeded_uploads.left_of, owner_id)
            for first in range(0, len(left), PICTURES_AT_ONCE):
                count, begun = await _forget(context, owner_id, left[first : first + PICTURES_AT_ONCE])
                forgotten += count
                unneeded += begun
    if forgotten:
        log.info("forgot %d brought pictures that nothing needed", forgotten)
    for each in unneeded:
        await removing.finish(context, each)
    return forgotten


async def _forget(context: Context, owner_id: int, left: Collection[Left]) -> tuple[int, list[Begun]]:
    """Delete those of somebody's pictures that no recipe of theirs looks at; return how many, and their files."""
    candidates, place = {each.digest: each for each in left}, 0
    while candidates:
        named, last_id = await context.database.read(
            upload_uses.named_by_recipes, owner_id, list(candidates), place, RECIPES_AT_ONCE
        )
        candidates = {digest: each for digest, each in candidates.items() if digest not in named}
        if last_id == place:
            break
        place = last_id
    if not candidates:
        return 0, []
    return await context.database.write(_delete, owner_id, list(candidates.values()), place)


def _delete(
    conn: Connection, owner_id: int, left: Collection[Left], after_recipe_id: int
) -> tuple[int, list[Begun]]:
    digests = unneeded_uploads.delete_left(conn, owner_id, left, after_recipe_id)
    return len(digests), removing.begin(conn, digests)
