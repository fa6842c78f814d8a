"""The entries of single jobs, what sums are told from them, and what the check finds."""

from collections.abc import Callable
from typing import Any

import pytest
import sqlalchemy as sa

from db.dialects.conflicts import ConflictError
from db.engine import Connection, Database
from db.jobs import attempts, job_queries, line, moves
from db.jobs.moves import Claim
from db.money import budgets, ledger
from db.money.budgets import Budget
from db.tables.schema import jobs as job_table
from db.tables.schema import ledger as table
from db.upkeep import ledger_check
from services.models import Account, BudgetOwner, JobState, Payer, Period
from tests.db.books import PRICE, PROVIDER, accept, balance, image_of, kinds_of, new_request
from tests.db.ledger_model import error_of, handle_of

ON_SQLITE = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
HELD = {"hold": PRICE, "expected": PRICE}


def sent(conn: Connection) -> Claim:
    """Return the claim of a paid job whose order has left."""
    accept(conn, new_request())
    claim = moves.claim_submit(conn, "worker", {PROVIDER: 100})
    assert claim is not None
    assert attempts.mark_sent(conn, claim.attempt.id)
    return claim


def waiting(conn: Connection) -> Claim:
    """Return the claim of a paid job that waits at its provider."""
    claim = sent(conn)
    assert moves.keep_waiting(conn, claim, handle_of(claim.attempt.id), 0)
    return claim


def fetching(conn: Connection, claim: Claim, cost: int | None) -> Claim:
    """Return the claim of a job whose picture is there."""
    assert moves.keep_outcome(conn, claim, {"url": None, "cost_micro_usd": cost}) is not None
    found = moves.claim_fetch(conn, "worker")
    assert found is not None
    return found


def keep(conn: Connection, claim: Claim, cost: int | None) -> None:
    """Bring a fetched picture home."""
    image = image_of(claim.job.id, 1)
    assert moves.keep_picture(conn, claim, JobState.FETCHING, image, cost_micro_usd=cost).has_moved


def entries_after(conn: Connection, work: Callable[[Connection], Claim]) -> dict[str, int]:
    """Return the entries of the job that `work` has ended, once the check has found nothing wrong with them."""
    claim = work(conn)
    assert ledger_check.check_ledger(conn) == []
    return kinds_of(conn, claim.job.id)


def stored(conn: Connection) -> Claim:
    claim = fetching(conn, waiting(conn), 30_000)
    keep(conn, claim, 30_000)
    return claim


def stored_without_a_figure(conn: Connection) -> Claim:
    claim = fetching(conn, waiting(conn), None)
    keep(conn, claim, None)
    return claim


def failed(conn: Connection) -> Claim:
    claim = waiting(conn)
    moves.end_without_picture(conn, claim, JobState.WAITING, JobState.FAILED, error_of("provider_rejected"))
    return claim


def refused_and_charged(conn: Connection) -> Claim:
    claim, error = waiting(conn), error_of("provider_moderated_output", charged=True, cost=50_000)
    moves.end_without_picture(conn, claim, JobState.WAITING, JobState.FAILED, error)
    return claim


def unknown(conn: Connection) -> Claim:
    claim = sent(conn)
    moves.end_without_picture(conn, claim, JobState.SUBMITTING, JobState.UNKNOWN, error_of("outcome_unknown"))
    return claim


def unknown_that_came_late(conn: Connection) -> Claim:
    claim = fetching(conn, unknown(conn), 30_000)
    keep(conn, claim, 30_000)
    return claim


def lost_at_its_provider(conn: Connection) -> Claim:
    claim = waiting(conn)
    error = error_of("provider_lost_order")
    moves.end_without_picture(conn, claim, JobState.WAITING, JobState.FAILED, error)
    return claim


def lost_after_it_was_made(conn: Connection) -> Claim:
    claim = fetching(conn, waiting(conn), 30_000)
    moves.end_without_picture(conn, claim, JobState.FETCHING, JobState.FAILED, error_of("result_lost"))
    return claim


def lost_and_asked_for_again(conn: Connection) -> Claim:
    lost = moves.read_claim(conn, lost_after_it_was_made(conn).job.id)
    assert lost is not None
    claim = fetching(conn, lost, 30_000)
    keep(conn, claim, 30_000)
    return claim


def canceled_in_line(conn: Connection) -> Claim:
    claim = sent(conn)
    assert moves.put_back(conn, claim, 0, error_of("provider_busy"), is_counted=False)
    line.cancel_request(conn, claim.job.request_id)
    return claim


@pytest.mark.parametrize(
    ("work", "wanted"),
    [
        (waiting, HELD),
        (stored, {**HELD, "settle": -10_000, "actual": -10_000}),
        (stored_without_a_figure, {**HELD, "settle": 0, "actual": 0}),
        (failed, {**HELD, "release": -PRICE, "actual": -PRICE}),
        (refused_and_charged, {**HELD, "settle": 10_000, "actual": 10_000}),
        (unknown, {**HELD, "release": -PRICE, "orphan": 0}),
        (unknown_that_came_late, {**HELD, "release": -PRICE, "orphan": 0, "actual": -10_000}),
        (lost_at_its_provider, {**HELD, "release": -PRICE, "orphan": 0}),
        (lost_after_it_was_made, {**HELD, "release": -PRICE, "actual": -10_000}),
        (lost_and_asked_for_again, {**HELD, "release": -PRICE, "actual": -10_000}),
        (canceled_in_line, {**HELD, "release": -PRICE, "actual": -PRICE}),
    ],
)
async def test_a_job_has_the_entries_of_what_became_of_it(
    database: Database, work: Callable[[Connection], Claim], wanted: dict[str, int]
) -> None:
    assert await database.write(entries_after, work) == wanted


@ON_SQLITE
async def test_a_free_job_has_no_entries(database: Database) -> None:
    rows = await database.write(accept, new_request(price=0, account=Account(Payer.NOBODY)))
    assert await database.read(kinds_of, rows.job_ids[0]) == {}


async def test_an_entry_is_written_once_and_a_hold_ends_once(database: Database) -> None:
    claim = await database.write(waiting)

    def repeat(conn: Connection) -> dict[str, int]:
        for _ in range(2):
            ledger.release(conn, claim.job.id)
            ledger.settle(conn, claim.job.id, 99)
            ledger.leave_open(conn, claim.job.id)
        return kinds_of(conn, claim.job.id)

    assert await database.write(repeat) == {**HELD, "release": -PRICE, "actual": -PRICE}
    for kind in ("settle", "release"):
        with pytest.raises(ConflictError):
            await database.write(_add, claim.job.id, kind)


def _add(conn: Connection, job_id: int, kind: str) -> None:
    copied = ("user_id", "guild_id", "payer", "key_id", "provider", "at_ms", "held_at_ms")
    first = table.alias("first")
    entry = sa.select(
        first.c.job_id,
        sa.literal("allowance"),
        sa.literal(kind),
        sa.literal(1),
        *(first.c[name] for name in copied),
    ).where(first.c.job_id == job_id, first.c.kind == "hold")
    columns = ("job_id", "book", "kind", "amount_micro_usd", *copied)
    conn.execute(sa.insert(table).from_select(columns, entry))


@ON_SQLITE
async def test_the_day_of_the_hold_gets_back_what_is_released_later(database: Database) -> None:
    claim = await database.write(waiting)
    yesterday = sa.update(job_table).values(created_at_ms=job_table.c.created_at_ms - 86_400_000)

    def hold_yesterday(conn: Connection) -> None:
        conn.execute(yesterday)
        conn.execute(sa.update(table).values(held_at_ms=table.c.held_at_ms - 86_400_000))

    await database.write(hold_yesterday)
    await database.write(
        moves.end_without_picture, claim, JobState.WAITING, JobState.FAILED, error_of("provider_rejected")
    )
    today = await database.read(job_queries.read_spending, 1)
    assert (today.user_micro_usd, today.total_micro_usd) == (0, 0)
    assert await database.read(balance, "allowance", user_id=1) == 0


@ON_SQLITE
async def test_names_the_orders_that_may_have_been_paid_without_a_picture(database: Database) -> None:
    claim = await database.write(unknown)
    await database.write(unknown_that_came_late)
    found = await database.read(ledger.open_orphans)
    assert [(each.job_id, each.provider, each.price_micro_usd) for each in found] == [
        (claim.job.id, PROVIDER, PRICE)
    ]


@ON_SQLITE
async def test_what_the_vendor_says_of_an_orphan_counts_once(database: Database) -> None:
    claim = await database.write(unknown)
    charged = error_of("provider_moderated_output", charged=True, cost=7)
    assert await database.write(moves.settle_unknown, claim, charged)
    assert not await database.write(moves.settle_unknown, claim, error_of("provider_rejected"))
    spent = await database.read(job_queries.read_spending, 1)
    assert (spent.user_micro_usd, spent.total_micro_usd) == (0, 7)
    assert await database.read(ledger_check.check_ledger) == []


DAMAGES = {
    "no entry at all": sa.delete(table),
    "no end": sa.delete(table).where(table.c.kind == "release"),
    "another amount": sa.update(table).where(table.c.kind == "actual").values(amount_micro_usd=-1),
    "another person": sa.update(table).where(table.c.kind == "hold").values(user_id=2),
    "another day": sa.update(table).where(table.c.kind == "expected").values(held_at_ms=1),
    "another end of the job": sa.update(job_table).values(state=JobState.UNKNOWN),
    "another cost of the job": sa.update(job_table).values(cost_micro_usd=5),
    "entries of a free job": sa.update(job_table).values(payer=Payer.NOBODY),
    "an orphan too many": sa.update(table).where(table.c.kind == "release").values(kind="orphan"),
}


@ON_SQLITE
@pytest.mark.parametrize("damage", DAMAGES)
async def test_the_check_finds(database: Database, damage: str) -> None:
    claim = await database.write(failed)
    await database.write(lambda conn: conn.execute(DAMAGES[damage]) and None)
    found = await database.read(ledger_check.check_ledger)
    assert {each.job_id for each in found} == {claim.job.id}


async def test_the_check_may_look_at_the_newest_jobs_alone(database: Database) -> None:
    old, new = await database.write(failed), await database.write(failed)
    a_week_ms = 7 * 86_400_000
    earlier = sa.update(job_table).values(created_at_ms=job_table.c.created_at_ms - a_week_ms)
    await database.write(lambda conn: conn.execute(earlier.where(job_table.c.id == old.job.id)) and None)
    await database.write(lambda conn: conn.execute(sa.delete(table)) and None)

    def found(conn: Connection, within_ms: int | None) -> list[int | None]:
        return [each.job_id for each in ledger_check.check_ledger(conn, within_ms=within_ms)]

    assert await database.read(found, None) == [old.job.id, new.job.id]
    assert await database.read(found, a_week_ms // 7) == [new.job.id]


@ON_SQLITE
async def test_the_check_reads_page_after_page(database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ledger_check, "_PAGE", 2)
    claims = [await database.write(failed) for _ in range(5)]
    last = claims[-1].job.id
    await database.write(lambda conn: conn.execute(sa.delete(table).where(table.c.job_id == last)) and None)
    assert [each.job_id for each in await database.read(ledger_check.check_ledger)] == [last]


def plans_of(conn: Connection, work: Callable[..., object], *args: object) -> list[str]:
    """Return how SQLite looks for what each statement of `work` sums from the ledger."""
    asked: list[str] = []
    driver: Any = conn.connection.dbapi_connection
    driver.set_trace_callback(asked.append)
    work(conn, *args)
    driver.set_trace_callback(None)
    sums = [statement for statement in asked if "FROM ledger" in statement]
    return [str(conn.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}").fetchall()) for statement in sums]


SUMS: dict[str, tuple[Callable[..., object], tuple[Any, ...], list[str]]] = {
    "a person and everybody": (job_queries.read_spending, (1,), ["ix_ledger_user", "ix_ledger_account"]),
    "a server and a member": (budgets.read_running, (10, 1, ()), ["ix_ledger_guild", "ix_ledger_user"]),
    "what somebody spent": (budgets.read_spent, (10, 1), ["ix_ledger_user", "ix_ledger_user"]),
}


@ON_SQLITE
@pytest.mark.parametrize("whose", SUMS)
async def test_sums_read_the_sums_of_their_days_and_the_newest_entries_alone(
    database: Database, whose: str
) -> None:
    work, args, indexes = SUMS[whose]
    for owner in (
        Budget(BudgetOwner.SERVER, 10, Period.MONTH, 1),
        Budget(BudgetOwner.USER, 1, Period.DAY, 1),
    ):
        await database.write(budgets.keep_budget, 10, owner, 1)
    found = " ".join(await database.write(plans_of, work, *args))
    for index in indexes:
        assert found.count(f"{index}_newest (") == indexes.count(index)
    assert found.count("id>?") == len(indexes)
    assert found.count("(scope=? AND owner_id=? AND day_ms>?)") == len(indexes)
    assert "SCAN ledger" not in found
