"""Moves beside other transactions on PostgreSQL, in every order that matters: each as if it had been alone.

What is said here of locks is the proof of "Moves" in `docs/architecture.md`.
"""

import asyncio
from collections.abc import Callable
from typing import Any, TypeVar

import pytest
import sqlalchemy as sa

from db.engine import Connection, Database
from db.jobs import attempts, calls, deliveries, job_queries, line, moves, progress_edits
from db.jobs.circumstances import read_circumstances
from db.jobs.moves import Claim
from db.pictures import image_removals
from db.pictures.image_removals import Removal
from db.tables.schema import attempts as attempts_table
from db.tables.schema import deliveries as deliveries_table
from db.tables.schema import images, jobs, message_removals, requests
from services.jobs import clearing
from services.jobs.deleting import delete_rows
from services.jobs.results import has_picture
from services.models import JobState, JsonValue
from tests.db.books import PROVIDER, accept, image_of, kinds_of, new_request
from tests.db.rows import Gate

pytestmark = [
    pytest.mark.postgres,
    pytest.mark.parametrize("database_url", ["postgresql"], indirect=True),
]

T = TypeVar("T")
WORKER = "worker"
ERROR: dict[str, JsonValue] = {"code": "refused"}


def ordered(conn: Connection, count: int = 1, *, claimed: int | None = None) -> list[Claim]:
    """Accept a request for `count` pictures, send as many of them (or `claimed`), and return those."""
    accept(conn, new_request(count=count))
    found = []
    for _ in range(count if claimed is None else claimed):
        claim = moves.claim_submit(conn, WORKER, {PROVIDER: 100})
        assert claim is not None
        assert attempts.mark_sent(conn, claim.attempt.id)
        found.append(claim)
    return found


def store(conn: Connection, claim: Claim, before: JobState = JobState.SUBMITTING) -> bool:
    image = image_of(claim.job.id, claim.job.user_id)
    return moves.keep_picture(conn, claim, before, image, cost_micro_usd=None).has_moved


def fail(conn: Connection, claim: Claim) -> bool:
    return moves.end_without_picture(conn, claim, JobState.SUBMITTING, JobState.FAILED, dict(ERROR))


def take_over(conn: Connection, claim: Claim) -> bool:
    return moves.put_back(conn, claim, 0, dict(ERROR), is_counted=True)


def then_hold(gate: Gate, work: Callable[..., T], *args: object) -> Callable[[Connection], T]:
    """Return a transaction that does its work, and then stands at the gate."""

    def working(conn: Connection) -> T:
        value = work(conn, *args)
        gate.hold(conn)
        return value

    return working


def after_a_look(gate: Gate, work: Callable[..., T], *args: object) -> Callable[[Connection], T]:
    """Return a transaction that has seen the jobs as they are, stands at the gate, and then does its work."""

    def working(conn: Connection) -> T:
        conn.execute(sa.select(jobs.c.state)).all()
        gate.hold(conn)
        return work(conn, *args)

    return working


async def until_it_waits(database: Database, task: asyncio.Task[Any]) -> None:
    """Wait until a transaction waits for a lock of another one. Fails where `task` went through without one."""
    waiting = sa.text(
        "SELECT count(*) FROM pg_locks WHERE NOT granted"
        " AND pid IN (SELECT pid FROM pg_stat_activity WHERE datname = current_database())"
    )
    while not await database.read(lambda conn: conn.execute(waiting).scalar_one()):
        assert not task.done(), "it did not wait"
        await asyncio.sleep(0.01)


async def one_after_the_other(
    database: Database,
    first: tuple[str, Callable[..., T]],
    second: tuple[str, Callable[..., T]],
    args: tuple[tuple[object, ...], tuple[object, ...]],
) -> tuple[T, T]:
    """Begin the second while the first holds what it has locked; return what both gave."""
    with Gate() as gate:
        begun = asyncio.create_task(getattr(database, first[0])(then_hold(gate, first[1], *args[0])))
        await gate.until_entered()
        waiting = asyncio.create_task(getattr(database, second[0])(second[1], *args[1]))
        await until_it_waits(database, waiting)
    return await begun, await waiting


async def while_it_stands(
    database: Database,
    standing: Callable[..., T],
    args: tuple[object, ...],
    move: Callable[..., object],
    claim: Claim,
) -> T:
    """Commit a move while a `write` stands that has begun before; return what the write gave."""
    with Gate() as gate:
        begun = asyncio.create_task(database.write(after_a_look(gate, standing, *args)))
        await gate.until_entered()
        assert await database.move(move, claim)
    return await begun


def ends(conn: Connection, request_id: int) -> tuple[bool, int]:
    """Return whether a request has ended, and how many messages are on their way for it."""
    is_ended = sa.select(requests.c.ended_at_ms.is_not(None)).where(requests.c.id == request_id)
    count = sa.select(sa.func.count()).where(deliveries_table.c.request_id == request_id)
    return conn.execute(is_ended).scalar_one(), conn.execute(count).scalar_one()


ENDINGS = {"stored": ("move", store), "failed": ("write", fail)}


@pytest.mark.parametrize("first", ENDINGS)
@pytest.mark.parametrize("second", ENDINGS)
async def test_of_two_last_jobs_that_end_at_once_the_second_waits_and_ends_the_request(
    database: Database, first: str, second: str
) -> None:
    one, two = await database.write(ordered, 2)
    done = await one_after_the_other(database, ENDINGS[first], ENDINGS[second], ((one,), (two,)))

    assert done == (True, True)
    assert await database.read(ends, one.job.request_id) == (True, 1)


async def test_a_job_that_fails_after_another_was_stored_behind_its_back_ends_the_request(
    database: Database,
) -> None:
    one, two = await database.write(ordered, 2)
    assert await while_it_stands(database, fail, (two,), store, one)
    assert await database.read(ends, one.job.request_id) == (True, 1)


async def test_a_cancel_that_did_not_see_the_last_picture_come_ends_the_request(database: Database) -> None:
    (one,) = await database.write(ordered, 2, claimed=1)
    before = await while_it_stands(database, line.cancel_request, (one.job.request_id,), store, one)
    assert [job.state for job in before] == [JobState.STORED, JobState.QUEUED]
    assert await database.read(ends, one.job.request_id) == (True, 1)


async def test_a_job_that_was_taken_over_is_not_stored(database: Database) -> None:
    (one,) = await database.write(ordered)
    taken, stored = await one_after_the_other(
        database, ("write", take_over), ("move", store), ((one,), (one,))
    )
    assert (taken, stored) == (True, False)
    assert await database.read(kinds_of, one.job.id) == {"hold": 40_000, "expected": 40_000}
    assert await database.read(lambda conn: conn.execute(sa.select(images.c.id)).all()) == []


async def test_a_job_that_was_stored_is_not_taken_over(database: Database) -> None:
    (one,) = await database.write(ordered)
    stored, taken = await one_after_the_other(
        database, ("move", store), ("write", take_over), ((one,), (one,))
    )
    assert (stored, taken) == (True, False)
    assert set(await database.read(kinds_of, one.job.id)) == {"hold", "expected", "settle", "actual"}


def edit(conn: Connection, request_id: int) -> frozenset[int]:
    return progress_edits.take_edits(conn, WORKER, {request_id: 1_000})


async def test_no_edit_begins_once_its_request_has_ended_behind_its_back(database: Database) -> None:
    (one,) = await database.write(ordered)
    assert await while_it_stands(database, edit, (one.job.request_id,), store, one) == frozenset()


async def test_a_process_that_is_stopped_while_it_begins_edits_does_not_hold_up_the_results(
    database: Database,
) -> None:
    (one,) = await database.write(ordered)
    patience = sa.text("SHOW idle_in_transaction_session_timeout")

    def edit_and_show(conn: Connection) -> str:
        assert edit(conn, one.job.request_id)
        return str(conn.execute(patience).scalar_one())

    assert await database.write(edit_and_show) == "5s"
    assert await database.write(lambda conn: conn.execute(patience).scalar_one()) == "1min"


async def test_whoever_ends_a_request_sees_the_edit_that_began_before(database: Database) -> None:
    (one,) = await database.write(ordered)

    def store_and_look(conn: Connection) -> bool:
        assert store(conn, one)
        circumstances = read_circumstances(conn, one.job.request_id)
        return circumstances is not None and circumstances.edit is not None

    taken, is_seen = await one_after_the_other(
        database, ("write", edit), ("move", store_and_look), ((one.job.request_id,), ())
    )
    assert taken == {one.job.request_id}
    assert is_seen


def store_and_find(conn: Connection, claim: Claim) -> Removal | None:
    """Store, and return the removal of the very file, as who keeps a picture looks for it."""
    assert store(conn, claim)
    return image_removals.find(conn, digest_of(claim))


def digest_of(claim: Claim) -> str:
    return image_of(claim.job.id, claim.job.user_id).digest


async def test_a_removal_that_missed_the_picture_is_given_up_before_the_file_goes(database: Database) -> None:
    (one,) = await database.write(ordered)
    with Gate() as gate:
        begun = asyncio.create_task(database.write(then_hold(gate, image_removals.begin, [digest_of(one)])))
        await gate.until_entered()
        assert await database.move(store_and_find, one) is None
    (removal,) = await begun

    assert await database.move(image_removals.give_up_if_used, removal)
    assert await database.read(image_removals.find, digest_of(one)) is None


async def test_whoever_keeps_a_picture_after_the_last_look_sees_the_removal(database: Database) -> None:
    (one,) = await database.write(ordered)
    (removal,) = await database.write(image_removals.begin, [digest_of(one)])
    is_given_up, seen = await one_after_the_other(
        database, ("move", image_removals.give_up_if_used), ("move", store_and_find), ((removal,), (one,))
    )
    assert is_given_up is False
    assert seen == removal


async def test_the_last_look_waits_for_a_picture_that_is_being_kept(database: Database) -> None:
    (one,) = await database.write(ordered)
    with Gate() as gate:
        keeping = asyncio.create_task(database.move(then_hold(gate, store_and_find, one)))
        await gate.until_entered()
        (removal,) = await database.write(image_removals.begin, [digest_of(one)])
        looking = asyncio.create_task(database.move(image_removals.give_up_if_used, removal))
        await until_it_waits(database, looking)
    assert await keeping is None
    assert await looking


ANSWERED: dict[str, JsonValue] = {"remote_id": "from the submit", "addresses": {"status": "https://submit"}}
CALLED: dict[str, JsonValue] = {"remote_id": "from the call", "addresses": {"status": "https://call"}}


def answered(conn: Connection, claim: Claim) -> object:
    return moves.keep_waiting(conn, claim, dict(ANSWERED), 60_000)


def called(conn: Connection, claim: Claim) -> object:
    effect = calls.finished(conn, claim.attempt.id, PROVIDER, dict(CALLED), {"url": "https://picture"})
    return None if effect is None else effect.called


def found_of(conn: Connection, claim: Claim) -> tuple[str, str]:
    """Return a job's state, and the address under which its order is asked after."""
    state = conn.execute(sa.select(jobs.c.state).where(jobs.c.id == claim.job.id)).scalar_one()
    handle = sa.select(attempts_table.c.handle).where(attempts_table.c.id == claim.attempt.id)
    return state, conn.execute(handle).scalar_one()["addresses"]["status"]


@pytest.mark.parametrize("is_answered_first", [True, False])
async def test_what_the_submit_was_answered_wins_over_a_call_that_comes_at_the_same_time(
    database: Database, *, is_answered_first: bool
) -> None:
    (one,) = await database.write(ordered)
    first, second = (answered, called) if is_answered_first else (called, answered)
    done = await one_after_the_other(database, ("move", first), ("move", second), ((one,), (one,)))

    assert calls.Called.MOVED in done
    assert await database.read(found_of, one) == ("fetching", "https://submit")


async def test_of_the_same_call_twice_at_once_one_moves_the_job(database: Database) -> None:
    (one,) = await database.write(ordered)
    done = await one_after_the_other(database, ("move", called), ("move", called), ((one,), (one,)))
    assert done == (calls.Called.MOVED, calls.Called.NOTHING)


async def test_what_a_late_picture_cost_is_entered_once_where_its_provider_says_so_at_that_moment(
    database: Database,
) -> None:
    (one,) = await database.write(ordered)
    before, after = JobState.SUBMITTING, JobState.UNKNOWN
    assert await database.write(moves.end_without_picture, one, before, after, dict(ERROR))

    def store_late(conn: Connection, claim: Claim) -> bool:
        late = moves.keep_outcome(conn, claim, {"url": "https://picture"}, WORKER)
        return late is not None and store(conn, late, JobState.FETCHING)

    told = await while_it_stands(database, moves.settle_unknown, (one, dict(ERROR)), store_late, one)
    assert told is False
    assert await database.read(kinds_of, one.job.id) == {
        "hold": 40_000, "release": -40_000, "expected": 40_000, "orphan": 0, "actual": 0,
    }  # fmt: skip


async def test_a_result_that_another_worker_has_taken_over_stays_theirs(database: Database) -> None:
    (one,) = await database.write(ordered)

    def store_for_worker(conn: Connection) -> deliveries.DeliveryRow | None:
        image = image_of(one.job.id, one.job.user_id)
        kept = moves.keep_picture(
            conn, one, JobState.SUBMITTING, image, cost_micro_usd=None, worker_id=WORKER
        )
        return kept.delivery

    delivery = await database.move(store_for_worker)
    assert delivery is not None

    def sent(conn: Connection) -> int:
        deliveries.settle_sent(conn, delivery, 0, "sent", place=(1, 2))
        return 0

    await one_after_the_other(database, ("write", deliveries.release_abandoned), ("move", sent), ((), ()))
    held = sa.select(deliveries_table.c.state, deliveries_table.c.message_id)
    assert [tuple(row) for row in await database.read(lambda conn: conn.execute(held).all())] == [
        ("pending", None)
    ]


def store_for_worker(conn: Connection, claim: Claim) -> list[int]:
    """Store a picture whose result goes into a worker's hand, and return the jobs that it shows."""
    image = image_of(claim.job.id, claim.job.user_id)
    kept = moves.keep_picture(conn, claim, JobState.SUBMITTING, image, cost_micro_usd=None, worker_id=WORKER)
    assert kept.delivery is not None
    rows = job_queries.picture_rows_of_request(conn, claim.job.request_id)
    return [row["job_id"] for row in rows if has_picture(row)]


def delete(conn: Connection, job_id: int) -> list[int]:
    """Delete a picture, and return it where its messages are taken care of."""
    clearing.note(conn, job_id)
    delete_rows(conn, job_id)
    return list(conn.execute(sa.select(message_removals.c.job_id)).scalars())


async def test_a_picture_that_is_deleted_while_its_result_is_put_on_its_way_is_taken_care_of(
    database: Database,
) -> None:
    one, two = await database.write(ordered, 2)
    assert await database.move(store, one)
    shown, noted = await one_after_the_other(
        database, ("move", store_for_worker), ("write", delete), ((two,), (one.job.id,))
    )
    assert shown == [one.job.id, two.job.id]
    assert noted == [one.job.id]


async def test_a_result_that_is_put_on_its_way_while_a_picture_is_deleted_does_not_show_it(
    database: Database,
) -> None:
    one, two = await database.write(ordered, 2)
    assert await database.move(store, one)
    noted, shown = await one_after_the_other(
        database, ("write", delete), ("move", store_for_worker), ((one.job.id,), (two,))
    )
    assert (noted, shown) == ([], [two.job.id])
