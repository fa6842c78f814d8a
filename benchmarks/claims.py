"""What it takes to claim the next job, by how many wait, how many have ended, and who may not go just now.

Times are medians of the claim's statement, without the commit, which costs the same everywhere; on SQLite and on
PostgreSQL (from the wheel of the tests; without it that half is left out). The aim: as fast with 100,000 ended jobs as
with none.
"""

import asyncio
import itertools
import statistics
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Final

import sqlalchemy as sa

from benchmarks.table import Row
from db.dialects.place import find_place
from db.engine import Connection, Database, open_database
from db.jobs import claims
from db.jobs.claims import ShareCaps
from db.migrations import ensure_current
from db.tables.schema import jobs, requests, users
from services.models import JobState
from tests.databases import PostgresqlServer
from tests.postgresql_wheel import start_server, stop_server

QUEUED: Final = 10_000
ENDED: Final = 100_000
SERVERS: Final = 200
ROUNDS: Final = 200
CAPS: Final = {"fal": 10, "sketch": 2}
SHARE_CAPS: Final = ShareCaps(per_server=5, per_user=2)
FULL, USER, REQUEST = 999, 1, 1
"""A server and a person; the ids of the rows that everything hangs on."""
_BATCH: Final = 1_000


@dataclass(frozen=True, slots=True)
class Scene:
    """What stands in the tables: waiting jobs of `servers` servers, `full` of one that has no room, and ended ones.

    `running` jobs hold room of the account. `has_next` says whether there is anything to claim.
    """

    name: str
    waiting: int = 1
    servers: int = 1
    full: int = 0
    ended: int = 0
    running: int = 0
    has_next: bool = True


SCENES: Final = (
    Scene("1 waits"),
    Scene(f"{QUEUED:,} wait, of {SERVERS} servers", QUEUED, SERVERS),
    Scene(f"1 waits behind {QUEUED:,} of a full server", full=QUEUED),
    Scene(f"{QUEUED:,} wait for a full account", QUEUED, SERVERS, running=CAPS["fal"], has_next=False),
    Scene(f"1 waits, {ENDED:,} have ended", ended=ENDED),
    Scene(f"{QUEUED:,} wait, {ENDED:,} have ended", QUEUED, SERVERS, ended=ENDED),
)


def _rows(scene: Scene) -> Iterator[dict[str, Any]]:
    positions = itertools.count()

    def row(state: JobState, share_id: int, user_id: int, turn: int = 0) -> dict[str, Any]:
        return {
            "request_id": REQUEST, "position": next(positions), "user_id": user_id, "guild_id": share_id,
            "provider": "fal", "model": "fal/fast", "state": state, "turn": turn, "share_id": share_id,
            "not_before_ms": 0, "created_at_ms": 1, "started_at_ms": None,
        }  # fmt: skip

    for number in range(scene.ended):
        yield row(JobState.STORED, number % SERVERS, number % 5_000)
    for number in range(scene.running):
        yield row(JobState.WAITING, 10_000 + number, 10_000 + number)
    for number in range(SHARE_CAPS.per_server if scene.full else 0):
        yield row(JobState.WAITING, FULL, 20_000 + number)
    for number in range(scene.full):
        yield row(JobState.QUEUED, FULL, 30_000 + number // 10, turn=number)
    for number in range(scene.waiting):
        yield row(
            JobState.QUEUED, 1_000 + number % scene.servers, 40_000 + number // 10, turn=QUEUED + number
        )


def _fill(conn: Connection, rows: Sequence[dict[str, Any]]) -> None:
    conn.execute(sa.insert(jobs), rows)


def _start(conn: Connection) -> None:
    conn.execute(sa.insert(users).values(id=USER, first_seen_at_ms=1))
    conn.execute(
        sa.insert(requests).values(
            id=REQUEST, kind="imagine", origin="interaction", origin_id="1", user_id=USER, channel_id=1,
            installation="guild", visibility="public", application_id=1, locale="en", upload_limit_bytes=1,
            created_at_ms=1,
        )
    )  # fmt: skip


def _analyze(conn: Connection) -> None:
    conn.execute(sa.text("ANALYZE jobs"))


def _timed_claim(conn: Connection, scene: Scene) -> float:
    """Claim, put back, and return the seconds that the claim took. Raises RuntimeError for a wrong claim."""
    started_s = time.perf_counter()
    taken = claims.claim_queued(conn, "bench", CAPS, SHARE_CAPS)
    took_s = time.perf_counter() - started_s
    if (taken is not None) != scene.has_next:
        raise RuntimeError(f"{scene.name}: claimed {taken}")
    if taken is not None:
        conn.execute(
            sa.update(jobs).where(jobs.c.id == taken.job.id).values(state=JobState.QUEUED, worker_id=None)
        )
    return took_s


async def _fill_scene(database: Database, scene: Scene) -> None:
    await database.write(_start)
    rows = _rows(scene)
    while batch := list(itertools.islice(rows, _BATCH)):
        await database.write(_fill, batch)
    await database.write(_analyze)


async def _measure_scenes(databases: Sequence[Database]) -> list[float]:
    """Return the median seconds of a claim in each scene. They take turns, so that all have the same neighbours."""
    for database, scene in zip(databases, SCENES, strict=True):
        await _fill_scene(database, scene)
    times: list[list[float]] = [[] for _ in SCENES]
    for _ in range(ROUNDS):
        for database, scene, own in zip(databases, SCENES, times, strict=True):
            own.append(await database.write(_timed_claim, scene))
    return [statistics.median(own) for own in times]


@contextmanager
def databases_for(count: int) -> Iterator[list[list[str]]]:
    """Give the addresses of `count` migrated databases: of SQLite and, where it starts, of PostgreSQL."""
    with tempfile.TemporaryDirectory(prefix="limner-", ignore_cleanup_errors=True) as folder:
        urls = [f"sqlite:///{folder}/{number}.db" for number in range(count)]
        for url in urls:
            ensure_current(url)
        try:
            handle = start_server()
        except ImportError:
            yield [urls]
            return
        try:
            yield [urls, _postgresql_urls(PostgresqlServer(find_place(handle.get_uri()).url), count)]
        finally:
            stop_server(handle)


def _postgresql_urls(server: PostgresqlServer, count: int) -> list[str]:
    template = server.new_database()
    ensure_current(template)
    return [server.new_database(str(sa.make_url(template).database)) for _ in range(count)]


async def _measure_one(urls: Sequence[str]) -> list[Row]:
    databases = [await open_database(url, data_folder=None) for url in urls]
    try:
        found = await _measure_scenes(databases)
    finally:
        for database in databases:
            await database.close()
    return [
        Row(
            f"a claim on {databases[0].dialect}: {scene.name}",
            seconds * 1000,
            "ms",
            SCENES[0].name if scene is not SCENES[0] else "",
            seconds / found[0] if scene is not SCENES[0] else None,
            "<= 1.2" if scene.ended and scene.waiting == 1 else "",
        )
        for scene, seconds in zip(SCENES, found, strict=True)
    ]


def _measure() -> list[Row]:
    with databases_for(len(SCENES)) as databases:
        return [row for urls in databases for row in asyncio.run(_measure_one(urls))]


async def measure() -> list[Row]:
    """Return the rows of both databases."""
    return await asyncio.to_thread(_measure)
