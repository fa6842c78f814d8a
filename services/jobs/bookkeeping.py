"""Carry the ledger's entries forward into its sums, so that no question reads many of them (`db/money/ledger_sums.py`).

Any process may do this at any time, and none has to: what is not carried forward is read entry by entry.
"""

import asyncio
import time
from collections.abc import Iterable
from typing import Final

from db.engine import Database
from db.money import ledger_sums
from db.upkeep.ledger_check import LedgerFinding

TICK_S: Final = 1.0
CARRY_AFTER: Final = 500
"""Entries. Each acceptance reads those that are not carried yet while the next one waits: a thousand take half a
millisecond, which is a tenth of all that the database does for a picture."""
FORGET_S: Final = 3600.0
_LOOKS: Final = 20
_LOOK_S: Final = 0.05


async def carry_forward(database: Database) -> bool:
    """Carry forward what has been entered until now; False where a transaction that may be entering does not end.

    Raises StorageError.
    """
    tail = await database.read(ledger_sums.read_tail)
    writers = tail.writers
    for _ in range(_LOOKS):
        if not writers:
            break
        await asyncio.sleep(_LOOK_S)
        writers &= await database.read(ledger_sums.read_writers)
    if writers:
        return False
    while await database.write(ledger_sums.carry_forward, tail.last_id):
        pass
    return True


async def mend_sums(database: Database, found: Iterable[LedgerFinding]) -> bool:
    """Throw the sums away where a finding says that one is wrong: the entries are true. Return whether it was so.

    Raises StorageError.
    """
    if all(each.job_id is not None for each in found):
        return False
    await database.write(ledger_sums.forget_all)
    return True


class Bookkeeper:
    """Keeps the sums of one database near the newest entry. `tick` every TICK_S."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._forgot_at_s = -FORGET_S

    async def tick(self) -> None:
        """Carry forward where it is worth it. Raises StorageError."""
        tail = await self._database.read(ledger_sums.read_tail)
        if tail.last_id - tail.carried_to >= CARRY_AFTER:
            await carry_forward(self._database)
        if time.monotonic() - self._forgot_at_s >= FORGET_S:
            await self._database.write(ledger_sums.forget_old)
            self._forgot_at_s = time.monotonic()
