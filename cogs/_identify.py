"""The line before IDENTIFY, across all gateway processes: Discord lets one in 5 seconds into each bucket.

A bucket is `shard_id % max_concurrency`. Its lock stands in PostgreSQL and is held from the IDENTIFY until 5 seconds
after READY, so that however slow a process or its network is, Discord sees the next one later than that. A process
that is killed gives its lock back; should the next one come too early by that, Discord answers with op 9, and it tries
again.
*Source:* Discord, "Gateway", "Max Concurrency"; `max_concurrency` of GET /gateway/bot may change from call to call.
"""

import asyncio
import contextlib
import logging
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, Final

import aiohttp
import discord

from db.dialects.apart import ConnectApart

if TYPE_CHECKING:
    from db.dialects.advisory import AdvisoryLock

WINDOW_S: Final = 5.0
READY_WITHIN_S: Final = 15.0
"""An IDENTIFY without READY for so long has failed; the bucket is free after the window."""
LONGEST_WAIT_S: Final = 30.0
"""How long until the limits are looked at again when no session may be started any more."""

_logger = logging.getLogger(__name__)

AskLimits = Callable[[], Awaitable[discord.SessionStartLimits]]


class IdentifyLine:
    """The line as one process stands in it, shard by shard."""

    def __init__(self, connect: ConnectApart, ask_limits: AskLimits, *, window_s: float = WINDOW_S) -> None:
        self._connect = connect
        self._ask_limits = ask_limits
        self._window_s = window_s
        self._concurrency = 1
        self._waiting = 0
        self._ready: dict[int, asyncio.Event] = {}
        self._reserved: set[int] = set()
        self._holding: dict[asyncio.Task[None], AdvisoryLock] = {}

    async def reserve(self, shard_id: int) -> None:
        """Wait in the line before the connection is made: one that waits in silence is soon taken for dead."""
        await self._pass(shard_id)
        self._reserved.add(shard_id)

    async def enter(self, shard_id: int) -> None:
        """Wait until this shard may send IDENTIFY, which it does at once then; a reserved turn is used up."""
        if shard_id in self._reserved:
            self._reserved.discard(shard_id)
        else:
            await self._pass(shard_id)

    @property
    def is_waited_in(self) -> bool:
        """Return whether a shard of this process waits for its turn: it is not its connection that is silent."""
        return self._waiting > 0

    async def _pass(self, shard_id: int) -> None:
        self._waiting += 1
        try:
            await self._wait_for_turn(shard_id)
        finally:
            self._waiting -= 1

    async def _wait_for_turn(self, shard_id: int) -> None:
        from db.dialects.advisory import AdvisoryLock, Purpose  # noqa: PLC0415 - loads the driver of PostgreSQL

        await self._look_at_limits()
        lock = AdvisoryLock(self._connect, Purpose.IDENTIFY, [shard_id % self._concurrency])
        await lock.take()
        ready = self._ready[shard_id] = asyncio.Event()
        task = asyncio.create_task(self._hold(lock, ready), name=f"identify {shard_id}")
        self._holding[task] = lock
        task.add_done_callback(lambda done: self._holding.pop(done, None))

    def mark_ready(self, shard_id: int) -> None:
        """Note that READY came for a shard: Discord has counted its IDENTIFY before."""
        ready = self._ready.pop(shard_id, None)
        if ready is not None:
            ready.set()

    async def close(self) -> None:
        """Give back what is held."""
        self._reserved.clear()
        holding = dict(self._holding)
        for task in holding:
            task.cancel()
        if holding:
            await asyncio.wait(holding)
        for lock in holding.values():
            await lock.release()  # a task that was cancelled before its first step has not done it

    async def _hold(self, lock: "AdvisoryLock", ready: asyncio.Event) -> None:
        try:
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(READY_WITHIN_S):
                    await ready.wait()
            await asyncio.sleep(self._window_s)
        finally:
            await lock.release()

    async def _look_at_limits(self) -> None:
        """Learn how many buckets there are. Waits while Discord lets no session start: one more ends them all."""
        while True:
            try:
                limits = await self._ask_limits()
            except (discord.DiscordException, aiohttp.ClientError, OSError) as error:
                # What was said the last time, at first the least that Discord gives, is never too fast.
                _logger.warning("the limits of the gateway are unknown (%s)", type(error).__name__)
                return
            self._concurrency = max(1, limits.max_concurrency)
            if limits.remaining > 0:
                return
            wait_s = limits.reset_after / 1000
            _logger.error("Discord lets no session start for %.0f s: all of today's are used up", wait_s)
            await asyncio.sleep(min(wait_s, LONGEST_WAIT_S))
