"""Processes of one database keep in touch: each context here stands for one of them."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import replace

import pytest
import sqlalchemy as sa

from db.engine import Database
from db.people.people import remember_person
from db.people.preferences import change_server
from db.tables.schema import users
from db.upkeep import pauses
from services.accounts import AccountBook
from services.bell import Bell, LineBell
from services.context import Context
from services.errors import StorageError
from services.preferences import Preferences
from services.privacy import PrivacyDefaults
from services.standing import Standing
from services.wakeups import RELOAD, Line, OpenLine, Wakeups, bells_of
from tests.services.studio import ADA, GUILD, Studio
from tests.waiting import HANGS_AFTER_S, until

NEVER_S = HANGS_AFTER_S * 100


def open_line_of(context: Context) -> OpenLine:
    from db.dialects.listening import Listener  # noqa: PLC0415 - for PostgreSQL's half only

    connect = context.database.connect_apart
    assert connect is not None
    return lambda hear, found: Listener(connect, hear, found)


def another_process(studio: Studio) -> Context:
    """Return what another process over the same database has in its memory: nothing yet."""
    return replace(
        studio.context,
        accounts=AccountBook(),
        standing=Standing(),
        privacy=PrivacyDefaults(),
        preferences=Preferences(),
        jobs_bell=LineBell(),
        fetches_bell=Bell(),
        polls_bell=Bell(),
        deliveries_bell=Bell(),
        reload_bell=Bell(),
    )


@asynccontextmanager
async def in_touch(context: Context, *, has_engine: bool) -> AsyncIterator[Wakeups]:
    """Keep a process in touch; what it learns it hears, because it never looks by itself."""
    wakeups = Wakeups(context, has_engine=has_engine, open_line=open_line_of(context), look_again_s=NEVER_S)
    wakeups.start()
    await until(lambda: wakeups.is_line_up and context.privacy.is_certain)
    yield wakeups
    await wakeups.stop()


postgresql = [
    pytest.mark.postgres,
    pytest.mark.parametrize("database_url", ["postgresql"], indirect=True),
]


class TestOverPostgresql:
    pytestmark = postgresql

    async def test_a_bell_rung_without_an_engine_wakes_a_worker(self, studio: Studio) -> None:
        gateway, worker = studio.context, another_process(studio)
        async with in_touch(worker, has_engine=True), in_touch(gateway, has_engine=False):
            for name in ("jobs", "fetches", "polls", "deliveries"):
                await bells_of(worker)[name].wait(0)  # what the line rang when it came up
                bells_of(gateway)[name].ring()

                assert await bells_of(worker)[name].wait(HANGS_AFTER_S), name

    async def test_a_worker_keeps_the_bells_of_its_own_engine_to_itself(self, studio: Studio) -> None:
        one, two = studio.context, another_process(studio)
        async with in_touch(one, has_engine=True), in_touch(two, has_engine=True):
            await two.jobs_bell.wait(0)
            one.jobs_bell.ring()
            # What was told before this word would have been heard before it.
            await one.database.write(pauses.put_pause, "sketch", "Closed.", 1)
            one.reload_bell.ring()
            await until(lambda: two.standing.pauses)

            assert not await two.jobs_bell.wait(0)

    async def test_a_pause_is_known_everywhere_at_once(self, studio: Studio) -> None:
        one, two = studio.context, another_process(studio)
        async with in_touch(one, has_engine=False), in_touch(two, has_engine=False):
            await one.database.write(pauses.put_pause, "sketch", "Closed.", 1)
            assert two.standing.pauses == {}
            one.reload_bell.ring()
            await until(lambda: two.standing.pauses)

        assert two.standing.pauses == {"sketch": "Closed."}

    async def test_who_wants_private_answers_gets_them_from_everybody(self, studio: Studio) -> None:
        one, two = studio.context, another_process(studio)
        await one.database.write(remember_person, ADA, GUILD)
        async with in_touch(one, has_engine=False), in_touch(two, has_engine=False):
            assert not two.privacy.is_private(ADA, None)
            await one.database.write(
                lambda conn: conn.execute(sa.update(users).values(is_private_by_default=True)) and None
            )
            one.reload_bell.ring()
            await until(lambda: two.privacy.is_private(ADA, None))

    async def test_what_a_server_sets_is_known_everywhere_at_once(self, studio: Studio) -> None:
        one, two = studio.context, another_process(studio)
        async with in_touch(one, has_engine=False), in_touch(two, has_engine=False):
            await one.database.write(change_server, GUILD, lambda row: replace(row, language="de"))
            one.reload_bell.ring()
            await until(lambda: two.preferences.servers)

        assert two.preferences.language_of(ADA, GUILD, "en-US") == "de"

    async def test_whoever_does_not_hear_the_others_answers_privately_until_it_has_looked(
        self, studio: Studio
    ) -> None:
        context = another_process(studio)
        seen: list[bool] = []
        line = ScriptedLine()
        wakeups = Wakeups(context, has_engine=False, open_line=line.open, look_again_s=NEVER_S)
        wakeups.start()
        seen.append(context.privacy.is_private(1, 2))
        line.found(True)
        await until(lambda: context.privacy.is_certain)
        seen.append(context.privacy.is_private(1, 2))
        line.found(False)
        seen.append(context.privacy.is_private(1, 2))
        line.found(True)
        await until(lambda: context.privacy.is_certain)
        await wakeups.stop()

        assert seen == [True, False, True]

    async def test_what_was_read_before_the_line_came_back_is_not_the_last_word(self, studio: Studio) -> None:
        context, line = another_process(studio), ScriptedLine()
        wakeups = Wakeups(context, has_engine=False, open_line=line.open, look_again_s=NEVER_S)
        wakeups.start()
        line.found(True)
        await asyncio.sleep(0)  # the reading has begun
        line.found(False)
        context.reload_bell.hear()
        await until(lambda: not context.reload_bell._rung.is_set())
        is_private = context.privacy.is_private(1, 2)
        await wakeups.stop()

        assert is_private

    async def test_what_was_read_while_the_line_was_away_for_a_moment_is_not_the_last_word(
        self, studio: Studio
    ) -> None:
        line = ScriptedLine()
        privacy = ReadDuringAGap(line)
        context = replace(another_process(studio), privacy=privacy)
        wakeups = Wakeups(context, has_engine=False, open_line=line.open, look_again_s=NEVER_S)
        wakeups.start()
        line.found(True)
        await until(lambda: context.privacy.is_certain)
        await wakeups.stop()

        assert privacy.was_certain == [False, False]


class ReadDuringAGap(PrivacyDefaults):
    """What is private; while it is read for the first time, the line goes and comes back."""

    def __init__(self, line: "ScriptedLine") -> None:
        super().__init__()
        self.line = line
        self.was_certain: list[bool] = []

    async def reload(self, database: Database) -> None:
        """Read it, and keep whether the one before was taken for the last word."""
        self.was_certain.append(self.is_certain)
        await super().reload(database)
        if len(self.was_certain) == 1:
            self.line.found(False)
            self.line.found(True)


class ScriptedLine:
    """A line that stands when the test says so; the others say nothing on it."""

    found: Callable[[bool], None]

    def open(self, _hear: Callable[[str], None], found: Callable[[bool], None]) -> Line:
        self.found = found
        return self

    def __init__(self) -> None:
        self.told: list[str] = []

    def tell(self, word: str) -> None:
        """Keep what was told."""
        self.told.append(word)

    async def run(self) -> None:
        """Wait for nothing."""
        await asyncio.Event().wait()


async def test_one_process_alone_tells_nobody_and_is_always_certain(studio: Studio) -> None:
    context = studio.context
    wakeups = Wakeups(context, has_engine=True, open_line=None, look_again_s=NEVER_S)
    wakeups.start()
    await context.database.write(pauses.put_pause, "sketch", "Closed.", 1)
    context.reload_bell.ring()
    await until(lambda: context.standing.pauses)
    await wakeups.stop()

    assert wakeups.is_line_up
    assert not context.privacy.is_private(1, 2)


async def test_nothing_is_told_any_more_after_the_stop(studio: Studio) -> None:
    context, line = another_process(studio), ScriptedLine()
    wakeups = Wakeups(context, has_engine=False, open_line=line.open, look_again_s=NEVER_S)
    wakeups.start()
    context.jobs_bell.ring()
    await wakeups.stop()
    context.jobs_bell.ring()

    assert line.told == ["jobs"]


class FailsOnce(PrivacyDefaults):
    """What is private, which cannot be read the first time."""

    has_failed = False

    async def reload(self, database: Database) -> None:
        """Fail, or read it."""
        if not self.has_failed:
            self.has_failed = True
            raise StorageError("database_away", "for a moment")
        await super().reload(database)


async def test_a_look_that_fails_is_followed_by_another_one(studio: Studio) -> None:
    line, privacy = ScriptedLine(), FailsOnce()
    context = replace(another_process(studio), privacy=privacy)
    wakeups = Wakeups(context, has_engine=False, open_line=line.open, look_again_s=0.01)
    wakeups.start()
    line.found(True)
    await until(lambda: privacy.is_certain)
    await wakeups.stop()

    assert privacy.has_failed


async def test_a_word_of_a_newer_version_means_nothing(studio: Studio) -> None:
    wakeups = Wakeups(studio.context, has_engine=True, open_line=None)
    wakeups._hear("a word of tomorrow")

    assert RELOAD in bells_of(studio.context)
