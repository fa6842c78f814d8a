"""Give a recipe its search terms where it has none: one of before there was a search, or of an older version's process.

The first worker that looks does it, a few hundred in a transaction, so that nobody waits for it.
"""

import logging
from typing import Final

from db.engine import Database
from db.jobs import recipes

log = logging.getLogger(__name__)

AT_ONCE: Final = 200


async def index_the_rest(database: Database) -> int:
    """Index what is not; return how many that were. Raises StorageError."""
    indexed = 0
    # A look is a read: on most days there is nothing to write.
    while await database.read(recipes.has_unindexed):
        indexed += await database.write(recipes.index_some, AT_ONCE)
    if indexed:
        log.info("%d pictures of before can be found by words now", indexed)
    return indexed
