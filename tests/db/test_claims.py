"""Who may go: accounts, servers and people have so much room, and whoever has none holds up nobody else."""

import asyncio
from collections.abc import Callable

import pytest
import sqlalchemy as sa

from db.engine import Database, open_database
from db.jobs import claims, fairness, job_queries, moves
from db.jobs.claims import NEAR, ShareCaps
from db.jobs.fairness import Stand
from db.tables.schema import jobs
from db.tables.types import database_now_ms
from services.models import JobState
from tests.db.line_scene import Line
from tests.db.rows import Gate, until_it_waits

ATELIER, SALON, CELLAR = 10, 20, 30
ADA, BEN, CAT = 1, 2, 3
MORE_THAN_NEAR = NEAR + 8
CLAIMED_BY = ("ix_jobs_line", "ix_jobs_shares", "ix_jobs_running", "pk_jobs")
"""The indexes that a claim may read; the last one is for one job, by its id."""


async def on(database: Database, play: Callable[[Line], None]) -> None:
    """Play a scene in one transaction."""
    await database.write(lambda conn: play(Line(conn)))


def _claim_all(line: Line) -> list[tuple[int, int]]:
    """Claim until nothing can go any more, and return whose jobs went."""
    found = []
    while (job_id := line.claim()) is not None:
        found.append(line.asked[job_id])
    return found


async def test_a_full_server_holds_up_nobody_behind_it(database: Database) -> None:
    def play(line: Line) -> None:
        line.share_caps = ShareCaps(per_server=2, per_user=99)
        line.queue(ATELIER, ADA, 2)
        _claim_all(line)
        for user in range(100, 100 + MORE_THAN_NEAR):
            line.queue(ATELIER, user)
        line.queue(SALON, BEN, 3)
        # However late its turn.
        line.set(*[job_id for job_id, (server, _) in line.asked.items() if server == SALON], turn=10**9)
        assert _claim_all(line) == [(SALON, BEN)] * 2

    await on(database, play)


async def test_a_full_person_holds_up_nobody_in_the_same_server(database: Database) -> None:
    def play(line: Line) -> None:
        line.share_caps = ShareCaps(per_server=99, per_user=1)
        line.queue(ATELIER, ADA, MORE_THAN_NEAR)
        bens = line.queue(ATELIER, BEN, 2)
        line.set(*bens, turn=10**9)
        assert _claim_all(line) == [(ATELIER, ADA), (ATELIER, BEN)]

    await on(database, play)


async def test_a_person_has_so_much_room_in_all_servers_and_accounts_together(database: Database) -> None:
    def play(line: Line) -> None:
        line.caps = {"fal": 99, "bfl": 99}
        line.share_caps = ShareCaps(per_server=99, per_user=3)
        line.queue(ATELIER, ADA, 2)
        line.queue(SALON, ADA, 2, provider="bfl")
        line.queue(SALON, ADA, 2, key_id=7)
        assert len(_claim_all(line)) == 3
        line.end(line.running[0])
        assert len(_claim_all(line)) == 1

    await on(database, play)


async def test_a_server_has_so_much_room_for_all_its_people_together(database: Database) -> None:
    def play(line: Line) -> None:
        line.share_caps = ShareCaps(per_server=3, per_user=2)
        for user in range(100, 110):
            line.queue(ATELIER, user, 2)
        line.queue(SALON, BEN)
        assert sorted(server for server, _ in _claim_all(line)) == [ATELIER] * 3 + [SALON]

    await on(database, play)


async def test_what_is_fetched_or_in_doubt_takes_no_room(database: Database) -> None:
    def play(line: Line) -> None:
        line.share_caps = ShareCaps(per_server=2, per_user=2)
        line.queue(ATELIER, ADA, 4)
        assert len(_claim_all(line)) == 2
        line.set(line.running[0], state=JobState.FETCHING)
        line.set(line.running[1], doubt_until_ms=database_now_ms() + 60_000)
        assert len(_claim_all(line)) == 2

    await on(database, play)


async def test_a_full_account_holds_up_no_other_one(database: Database) -> None:
    def play(line: Line) -> None:
        line.caps = {"fal": 1, "bfl": 1}
        line.queue(ATELIER, ADA, MORE_THAN_NEAR)
        line.queue(ATELIER, ADA, 2, key_id=7)
        line.queue(ATELIER, ADA, 2, key_id=9)
        line.queue(SALON, BEN, 2, provider="bfl")
        line.queue(SALON, BEN, 2, provider="other")
        assert sorted(_claim_all(line)) == [(ATELIER, ADA)] * 3 + [(SALON, BEN)]

    await on(database, play)


async def test_of_several_accounts_the_one_with_most_room_goes_first(database: Database) -> None:
    def play(line: Line) -> None:
        line.caps = {"fal": 2, "bfl": 4}
        line.queue(ATELIER, ADA, 4)
        line.queue(SALON, BEN, 4, provider="bfl")
        assert _claim_all(line).count((SALON, BEN)) == 4
        first_three = [line.asked[job_id][0] for job_id in line.running[:3]]
        assert sorted(first_three) == [ATELIER, SALON, SALON]

    await on(database, play)


async def test_a_job_that_was_put_back_for_later_holds_up_nobody(database: Database) -> None:
    def play(line: Line) -> None:
        delayed = line.queue(ATELIER, ADA, MORE_THAN_NEAR)
        line.set(*delayed, not_before_ms=database_now_ms() + 3_600_000)
        (later,) = line.queue(ATELIER, BEN)
        line.set(later, turn=10**9)
        assert _claim_all(line) == [(ATELIER, BEN)]

    await on(database, play)


@pytest.mark.parametrize("in_front", [0, MORE_THAN_NEAR], ids=["near", "far"])
async def test_a_lower_priority_number_goes_before_every_turn(database: Database, in_front: int) -> None:
    def play(line: Line) -> None:
        line.share_caps = ShareCaps(per_server=1, per_user=1)
        # Those in front may not go, so that the first who may stands near the head of the line or far from it.
        line.queue(CELLAR, CAT, in_front + 1)
        assert line.claim() is not None
        line.set(*line.asked, priority=-2)
        line.queue(ATELIER, ADA)
        urgent = line.queue(SALON, BEN)
        line.set(*urgent, turn=10**9, priority=-1)
        assert _claim_all(line) == [(SALON, BEN), (ATELIER, ADA)]

    await on(database, play)


async def test_a_job_that_was_put_back_has_begun_when_it_first_did(database: Database) -> None:
    def play(line: Line) -> None:
        (job_id,) = line.queue(ATELIER, ADA)
        assert line.claim() == job_id
        line.set(job_id, state=JobState.QUEUED, worker_id=None, started_at_ms=5)
        assert line.claim() == job_id
        assert line.conn.execute(sa.select(jobs.c.started_at_ms)).scalar_one() == 5

    await on(database, play)


async def test_every_claim_has_a_fence_of_its_own_and_counts_a_try(database: Database) -> None:
    def play(line: Line) -> None:
        (job_id,) = line.queue(ATELIER, ADA)
        for number in (1, 2):
            assert line.claim() == job_id
            row = line.conn.execute(
                sa.text("SELECT fence, submit_tries, worker_id, state FROM jobs WHERE id = :id"),
                {"id": job_id},
            ).one()
            assert tuple(row) == (number, number, "worker", "submitting")
            line.set(job_id, state=JobState.QUEUED, worker_id=None)

    await on(database, play)


async def test_nothing_is_claimed_for_a_provider_that_is_not_named(database: Database) -> None:
    def play(line: Line) -> None:
        line.queue(ATELIER, ADA)
        line.caps = {}
        assert line.claim() is None
        line.caps = {"bfl": 5}
        assert line.claim() is None

    await on(database, play)


async def test_no_claim_walks_over_what_has_ended(database: Database) -> None:
    """Only indexes of open jobs are used, so that a hundred thousand ended ones cost nothing."""
    statement = claims.next_in_line({"fal": 5, "bfl": 5}, ShareCaps(5, 2))

    def plan(conn: sa.Connection) -> str:
        text = str(statement.compile(conn.engine, compile_kwargs={"literal_binds": True}))
        if conn.dialect.name == "postgresql":
            conn.execute(sa.text("SET LOCAL enable_seqscan = off"))
            text = f"EXPLAIN {text}"
        else:
            text = f"EXPLAIN QUERY PLAN {text}"
        return "\n".join(str(row) for row in conn.exec_driver_sql(text))

    lines = (await database.write(plan)).splitlines()
    over_jobs = [line for line in lines if " jobs" in line and ("SCAN" in line.upper() or "SEARCH" in line)]
    assert over_jobs
    assert [line for line in over_jobs if not any(name in line for name in CLAIMED_BY)] == []


def _copy(line: Line, job_id: int, count: int) -> None:
    """Put so many jobs behind one that are as it is."""
    first = job_id * 1_000_000
    number = sa.func.generate_series(first, first + count).table_valued("value").render_derived()
    copied = [column for column in jobs.c if column.name not in {"id", "position"}]
    rows = sa.select(number.c.value, *copied).select_from(jobs.join(number, jobs.c.id == job_id))
    line.conn.execute(sa.insert(jobs).from_select(["position", *(column.name for column in copied)], rows))


@pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
async def test_no_claim_reads_the_table_where_many_wait_behind_many_that_have_ended(
    database: Database,
) -> None:
    """PostgreSQL, which knows that many wait, would take the table's first rows for as good as an index's."""

    def play(conn: sa.Connection) -> list[str]:
        line = Line(conn)
        ended, queued = line.queue(SALON, BEN), line.queue(ATELIER, CAT)
        line.set(*ended, state=JobState.STORED)
        _copy(line, ended[0], 30_000)
        _copy(line, queued[0], 3_000)
        conn.execute(sa.text("ANALYZE jobs"))
        statement = claims._claim((("bfl", 5), ("fal", 5)), ShareCaps(5, 2), "postgresql").statement
        assert isinstance(statement, sa.Update)
        named = statement.values(worker_id="worker")
        text = str(named.compile(conn.engine, compile_kwargs={"literal_binds": True}))
        return [str(row[0]) for row in conn.exec_driver_sql(f"EXPLAIN {text}")]

    lines = await database.write(play)
    read = [line for line in lines if " on jobs" in line and "Scan" in line]
    assert read
    assert [line for line in read if not any(name in line for name in CLAIMED_BY)] == []


async def test_the_open_jobs_of_a_person_a_server_and_everybody_are_counted(database: Database) -> None:
    def play(line: Line) -> None:
        line.queue(ATELIER, ADA, 3)
        line.queue(ATELIER, BEN, 2)
        line.queue(SALON, ADA, 1)
        line.claim()
        line.end(line.running[0])
        ended_server, ended_user = line.asked[min(line.asked)]
        assert (ended_server, ended_user) == (ATELIER, ADA)
        seen = fairness.read_line(line.conn, Stand("bfl", 0, ATELIER, ADA))
        assert (seen.open_of_user, seen.open_of_share) == (3, 4)
        assert job_queries.count_all_open_jobs(line.conn) == 5

    await on(database, play)


def queue_three(line: Line) -> None:
    line.queue(ATELIER, ADA, 3)


@pytest.mark.postgres
def _claimed(connection: sa.Connection, worker_id: str, caps: dict[str, int]) -> int | None:
    taken = claims.claim_queued(connection, worker_id, caps)
    return None if taken is None else taken.job.id


@pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
async def test_of_two_processes_that_claim_at_once_each_gets_a_job_as_far_as_there_is_room(
    database: Database, database_url: str
) -> None:
    other = await open_database(database_url, data_folder=None)
    await on(database, queue_three)
    room_for_two = {"fal": 2}
    with Gate() as gate:

        def claim_and_hold(connection: sa.Connection) -> int | None:
            job_id = _claimed(connection, "other", room_for_two)
            gate.hold(connection)
            return job_id

        first = asyncio.create_task(other.take(claim_and_hold))
        await gate.until_entered()
        second = asyncio.create_task(database.take(_claimed, "worker", room_for_two))
        await until_it_waits(database, second)
        assert not second.done()
    taken = [await first, await second, await database.take(_claimed, "worker", room_for_two)]

    assert len({*taken} - {None}) == 2
    assert taken[2] is None
    await other.close()


async def test_a_claim_says_whether_it_was_the_last_one_in_line(database: Database) -> None:
    def play(line: Line) -> None:
        line.queue(ATELIER, ADA, 2)
        later = line.queue(ATELIER, ADA)
        line.set(*later, not_before_ms=2**60)
        assert [_is_last(line) for _ in range(3)] == [False, False, None]
        line.set(*later, not_before_ms=0)
        assert _is_last(line) is True

    await on(database, play)


def _is_last(line: Line) -> bool | None:
    claim = moves.claim_submit(line.conn, "worker", line.caps)
    return None if claim is None else claim.is_last


async def test_the_first_look_at_an_order_is_at_once_where_its_picture_was_canceled_meanwhile(
    database: Database,
) -> None:
    def play(line: Line) -> None:
        going_on, canceled = line.queue(ATELIER, ADA, 2)
        due_ms = {}
        for job_id in (going_on, canceled):
            claim = moves.claim_submit(line.conn, "worker", line.caps)
            assert claim is not None
            assert claim.job.id == job_id
            line.set(canceled, cancel_requested_at_ms=1)
            assert moves.keep_waiting(line.conn, claim, {"remote_id": f"order-{job_id}"}, 60_000)
            left_ms = sa.select(jobs.c.poll_at_ms - jobs.c.entered_at_ms).where(jobs.c.id == job_id)
            due_ms[job_id] = line.conn.execute(left_ms).scalar_one()
        assert due_ms[going_on] >= 60_000 > due_ms[canceled]

    await on(database, play)
