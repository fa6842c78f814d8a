"""A claim loop: take work from the database while there are free hands, sleep until the bell otherwise."""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from typing import Final, Generic, TypeVar

from services.bell import Bell
from services.errors import StorageError

log = logging.getLogger(__name__)

T = TypeVar("T")

IDLE_POLL_S: Final = 1.0
"""The safety net under the bell: work that another process made, or that became due, is found this late at most."""


class Dispatcher(Generic[T]):
    """Claims work and hands each piece to a task of its own, at most `hands` at once.

    `is_last` says of a piece whether its claim saw that nothing else is there to claim.
    """

    def __init__(
        self,
        name: str,
        claim: Callable[[], Awaitable[T | None]],
        work: Callable[[T], Awaitable[None]],
        *,
        hands: int,
        bell: Bell,
        let_go: Callable[[], Awaitable[None]] | None = None,
        is_last: Callable[[T], bool] = lambda _claimed: False,
        idle_poll_s: float = IDLE_POLL_S,
    ) -> None:
        self._name = name
        self._claim = claim
        self._work = work
        self._bell = bell
        self._let_go = let_go
        self._is_last = is_last
        self._is_claim_lost = False
        self._idle_poll_s = idle_poll_s
        self._free = hands
        self._lent = 0
        self._freed = asyncio.Event()
        self._busy: set[asyncio.Task[None]] = set()

    @property
    def busy(self) -> int:
        """Return how many pieces are being worked on."""
        return len(self._busy)

    async def run(self) -> None:
        """Claim and work until cancelled. What is being worked on goes on after that; see `finish`.

        What came after the look of a claim that was the last one has rung the bell since.
        """
        while True:
            await self._take_hand()
            claimed = None
            try:
                claimed = await self._claim_safely()
            finally:
                if claimed is None:
                    self._free_hand()
            if claimed is not None:
                self._start(claimed)
            if claimed is None or self._is_last(claimed):
                await self._bell.wait(self._idle_poll_s)

    def lend_hand(self) -> bool:
        """Reserve a free hand for work that is claimed elsewhere; False where there is none. See `take_back`."""
        if self._free == 0:
            return False
        self._free -= 1
        self._lent += 1
        return True

    def take_back(self, claimed: T | None) -> None:
        """Take a lent hand back: work with it on what was claimed, or have it free again."""
        self._lent -= 1
        if claimed is None:
            self._free_hand()
        else:
            self._start(claimed)

    def suspect(self) -> None:
        """Note that a claim may have been committed of which nobody here knows: it is given up before the next one."""
        self._is_claim_lost = True

    async def _take_hand(self) -> None:
        while self._free == 0:
            self._freed.clear()
            await self._freed.wait()
        self._free -= 1

    def _free_hand(self) -> None:
        self._free += 1
        self._freed.set()

    async def _claim_safely(self) -> T | None:
        """Claim one piece. No failure ends the loop: it goes on by itself when there is room or a database again.

        A claim that failed may have been committed: what this worker holds without knowing is given up first.
        """
        try:
            # What is claimed for a lent hand at this moment would be given up as well.
            if self._is_claim_lost and self._let_go is not None and self._lent == 0:
                self._is_claim_lost = False
                await self._let_go()
            return await self._claim()
        except Exception as error:
            self.suspect()
            if isinstance(error, StorageError):
                log.warning("%s: cannot claim: %s", self._name, error)
            else:
                log.exception("%s: cannot claim", self._name)
            await asyncio.sleep(IDLE_POLL_S)
            return None

    def _start(self, claimed: T) -> None:
        task = asyncio.create_task(self._work_safely(claimed), name=f"{self._name}")
        self._busy.add(task)
        task.add_done_callback(self._end)

    def _end(self, task: asyncio.Task[None]) -> None:
        self._busy.discard(task)
        self._free_hand()

    async def _work_safely(self, claimed: T) -> None:
        try:
            await self._work(claimed)
        except Exception:
            # What becomes of it is decided by recovery, from what its row says.
            log.exception("%s: a piece was left half way", self._name)

    async def finish(self, timeout_s: float) -> bool:
        """Wait for what is being worked on; what is not done in time is cancelled. Return whether all was done."""
        if not self._busy:
            return True
        _, late = await asyncio.wait(self._busy, timeout=timeout_s)
        for task in late:
            task.cancel()
        if late:
            await asyncio.wait(late)
        return not late
