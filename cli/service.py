"""A running process of the service: the parts that its role has, started together and stopped in order."""

import asyncio
import logging
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

import discord

from cli.roles import Role
from cogs._client import LimnerBot, ShardedLimnerBot, sending_client
from cogs._courier import DiscordCourier
from db.dialects.apart import ConnectApart
from services.context import Context
from services.jobs.engine import JobEngine
from services.presence import Presence
from services.shard_claims import ShardClaims
from services.vitals import Vitals
from services.wakeups import OpenLine, Wakeups

if TYPE_CHECKING:
    from collections.abc import Callable

log = logging.getLogger("limner")

STOP_WITHIN_S: Final = 2.5
"""What is being worked on at Ctrl-C has this long; the rest is durable and goes on at the next start."""
ANSWER_WITHIN_S: Final = 2.0
"""What was heard before the stop has this long to be accepted or answered."""


def _connect_apart(context: Context) -> ConnectApart:
    connect = context.database.connect_apart
    if connect is None:
        raise RuntimeError("roles are checked to have PostgreSQL")
    return connect


def make_client(context: Context, role: Role) -> discord.Client | None:
    """Return the client that a role needs, not logged in: a bot that hears, one that only sends, or None."""
    if role.shards is not None:
        return ShardedLimnerBot(context, _connect_apart(context), role.shards.ids, role.shards.count)
    if role.has_gateway:
        return LimnerBot(context)
    return sending_client() if role.has_engine else None


def _open_line(context: Context) -> OpenLine | None:
    """Return what opens the line to other processes, None on SQLite, where there are none."""
    connect = context.database.connect_apart
    if connect is None:
        return None
    from db.dialects.listening import Listener  # noqa: PLC0415 - loads the driver of PostgreSQL

    def open_line(hear: "Callable[[str], None]", found: "Callable[[bool], None]") -> Listener:
        return Listener(connect, hear, found)

    return open_line


@dataclass(slots=True)
class Service:
    """The parts of one process. `client` is logged in before `start`; a bot listens once `connect` runs."""

    context: Context
    role: Role
    client: discord.Client | None
    stop_within_s: float = STOP_WITHIN_S
    vitals: Vitals | None = None
    """Set before `start`; it watches the gateway from `connect` on."""
    given_up: asyncio.Event = field(default_factory=asyncio.Event)
    """Set once the gateway has been dead for too long: the process ends, with exit code 1."""
    wakeups: Wakeups = field(init=False)
    _engine: JobEngine | None = None
    _claims: ShardClaims | None = None

    def __post_init__(self) -> None:
        self.wakeups = Wakeups(
            self.context, has_engine=self.role.has_engine, open_line=_open_line(self.context)
        )

    @property
    def bot(self) -> LimnerBot | None:
        """Return the bot, None where this process hears nothing of Discord."""
        return self.client if isinstance(self.client, LimnerBot) else None

    @property
    def name(self) -> str:
        """Return who this is, for the log: the bot's name, and the role where it is one of several."""
        if self.client is None:
            return self.role.title
        return str(self.client.user) if self.role.name == "run" else f"{self.client.user} ({self.role.title})"

    async def start(self, stack: AsyncExitStack) -> None:
        """Start what works by itself; what has to be stopped is stopped by `stack`. Raises StorageError."""
        self.wakeups.start()
        stack.push_async_callback(self.wakeups.stop)
        if self.role.has_engine and self.client is not None:
            engine = JobEngine(self.context, DiscordCourier(self.client, self.context))
            await engine.start()
            self._engine = engine
        elif self.context.database.dialect == "postgresql":
            presence = Presence(self.context.database, self.role.name)
            await presence.start()
            stack.push_async_callback(presence.stop)

    async def connect(self) -> None:
        """Hear Discord until it ends the connection for good; without a gateway until cancelled.

        Waits first until no other process has one of these shards, and ends when another one has taken them over.
        """
        bot, shards = self.bot, self.role.shards
        if bot is None:
            await asyncio.Event().wait()
        elif shards is None:
            await self._expect_answers()
            await bot.connect()
        else:
            self._claims = ShardClaims(_connect_apart(self.context), shards.ids, shards.count)
            await self._claims.take()
            await self._expect_answers()
            await self._connect_until_lost(bot, self._claims)

    async def wait_until_ready(self) -> None:
        """Return once this process does its part."""
        if self.bot is not None:
            await self.bot.wait_until_ready()

    async def stop(self) -> None:
        """Hear nothing more, answer what was heard, claim nothing more, and let what runs end in `stop_within_s`."""
        bot = self.bot
        if self.vitals is not None:
            self.vitals.is_draining = True
        if bot is not None:
            await bot.stop_hearing()
        if self._claims is not None:
            await self._claims.release()
        if bot is not None and not await bot.gate.wait_until_idle(ANSWER_WITHIN_S):
            log.warning("some of what was asked a moment ago is not answered")
        if self._engine is not None:
            await self._engine.stop(self.stop_within_s)

    async def _expect_answers(self) -> None:
        if self.vitals is not None:
            await self.vitals.expect_answers()

    async def _connect_until_lost(self, bot: LimnerBot, claims: ShardClaims) -> None:
        connection = asyncio.create_task(bot.connect(), name="shards")
        lost = asyncio.create_task(claims.until_lost(), name="shard claims")
        try:
            await asyncio.wait({connection, lost}, return_when=asyncio.FIRST_COMPLETED)
            if connection.done():
                connection.result()
            else:
                log.error("shards %s were taken over by another process: stopping", self.role.shards)
        finally:
            for task in (connection, lost):
                task.cancel()
            await asyncio.wait({connection, lost})
