"""Sums carried forward: they say what the entries say, whoever adds entries meanwhile, and read few of them."""

import asyncio

import pytest
import sqlalchemy as sa

from db.engine import Connection, Database
from db.jobs import acceptance, job_queries
from db.jobs.acceptance import Caps
from db.money import budgets, ledger, ledger_sums
from db.money.budgets import Budget
from db.tables.schema import ledger as table
from db.tables.schema import ledger_mark
from db.tables.schema import ledger_sums as sums
from db.tables.types import DAY_MS
from db.upkeep import ledger_check
from services.errors import LimitError
from services.jobs import bookkeeping
from services.models import Account, BudgetOwner, Payer, Period
from tests.db.books import PRICE, accept, balance, new_request

ADA, BEN, GUILD, OTHER_GUILD = 1, 2, 10, 11
ON_SQLITE = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)


async def pay(database: Database, user_id: int = ADA, guild_id: int | None = GUILD, *payers: Payer) -> int:
    """Accept a picture for each of these payers (the operator); return the last one's job."""
    rows = [
        await database.write(accept, new_request(user_id, guild_id, account=Account(payer)))
        for payer in payers or (Payer.OPERATOR,)
    ]
    return rows[-1].job_ids[0]


async def set_limits(database: Database) -> None:
    for owner, owner_id in ((BudgetOwner.SERVER, GUILD), (BudgetOwner.USER, ADA)):
        for period in Period:
            await database.write(
                budgets.keep_budget, GUILD, Budget(owner, owner_id, period, 100 * PRICE), BEN
            )


async def answers(database: Database) -> tuple[object, ...]:
    """Return every sum that the service asks for, of Ada."""
    spending = await database.read(job_queries.read_spending, ADA)
    spent = [await database.read(budgets.read_spent, guild_id, ADA) for guild_id in (GUILD, None)]
    running = await database.read(budgets.read_running, GUILD, ADA, ())
    limits = [(each.budget.owner, each.budget.period, each.spent_micro_usd) for each in running]
    return spending.user_micro_usd, spending.total_micro_usd, spent, limits


async def rows_of(database: Database) -> int:
    count = sa.select(sa.func.count()).select_from(sums)
    return await database.read(lambda conn: int(conn.execute(count).scalar_one()))


async def test_carrying_forward_changes_no_answer(database: Database) -> None:
    await set_limits(database)
    first = await pay(database, ADA, GUILD, Payer.OPERATOR, Payer.SERVER, Payer.USER)
    await pay(database, ADA, OTHER_GUILD, Payer.OPERATOR, Payer.USER)
    await pay(database, ADA, None)
    last = await pay(database, BEN)
    before = await answers(database)
    assert await bookkeeping.carry_forward(database)
    assert await rows_of(database) > 0
    assert await answers(database) == before
    await database.write(ledger.settle, first, 7)
    await database.write(ledger.release, last)
    changed = await answers(database)
    assert changed != before
    assert await bookkeeping.carry_forward(database)
    assert await answers(database) == changed
    assert await database.read(ledger_check.check_sums) == []


@pytest.mark.postgres
@pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
async def test_an_entry_that_is_not_committed_yet_is_waited_for(database: Database) -> None:
    job_id = await pay(database)
    assert database.connect_apart is not None
    other = await database.connect_apart("another writer")
    try:
        await other.execute("BEGIN")
        await other.execute(
            "INSERT INTO ledger (job_id, book, kind, amount_micro_usd, user_id, payer, provider, at_ms, held_at_ms)"
            " SELECT job_id, book, 'settle', 5, user_id, payer, provider, at_ms, held_at_ms FROM ledger"
            " WHERE job_id = $1 AND kind = 'hold'",
            job_id,
        )
        await pay(database)
        assert not await bookkeeping.carry_forward(database)
        assert await rows_of(database) == 0
        await other.execute("COMMIT")
        assert await bookkeeping.carry_forward(database)
    finally:
        await other.close()
    spending = await database.read(job_queries.read_spending, ADA)
    assert spending.user_micro_usd == 2 * PRICE + 5
    assert await database.read(ledger_check.check_sums) == []


async def test_many_that_carry_at_once_take_no_entry_twice(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ledger_sums, "BATCH", 3)
    for _ in range(5):
        await pay(database)
    await asyncio.gather(*(bookkeeping.carry_forward(database) for _ in range(4)))
    tail = await database.read(ledger_sums.read_tail)
    assert tail.carried_to == tail.last_id
    assert await database.read(ledger_check.check_sums) == []
    assert (await database.read(job_queries.read_spending, ADA)).total_micro_usd == 5 * PRICE


async def test_a_cap_is_not_overrun_while_the_books_are_carried_forward(database: Database) -> None:
    caps = Caps(open_jobs_per_user=100, user_daily_micro_usd=PRICE, total_daily_micro_usd=100 * PRICE)
    requests = [new_request(user_id) for user_id in range(15) for _ in (0, 1)]
    accepting = [asyncio.ensure_future(database.write(acceptance.accept, each, caps)) for each in requests]
    while not all(each.done() for each in accepting):
        await bookkeeping.carry_forward(database)
    refused = [error for each in accepting if (error := each.exception()) is not None]
    assert [getattr(error, "code", repr(error)) for error in refused] == ["user_daily_cap"] * 15
    assert all(isinstance(error, LimitError) for error in refused)
    assert await database.read(balance, "spend") == 15 * PRICE
    assert await database.read(ledger_check.check_ledger) == []


def _spoil(conn: Connection) -> None:
    conn.execute(sa.update(sums).where(sums.c.scope == "account").values(amount_micro_usd=1))


async def test_a_sum_that_is_off_is_found_and_made_anew(database: Database) -> None:
    job_id = await pay(database)
    assert await bookkeeping.carry_forward(database)
    for within_ms in (None, DAY_MS):
        await database.write(_spoil)
        [found] = await database.read(ledger_check.check_ledger, within_ms=within_ms)
        assert found.job_id is None
        assert f"off by {1 - PRICE} micro-dollars" in found.text
        assert await bookkeeping.mend_sums(database, [found])
        assert (await database.read(job_queries.read_spending, ADA)).total_micro_usd == PRICE
        assert await bookkeeping.carry_forward(database)
        assert (await database.read(job_queries.read_spending, ADA)).total_micro_usd == PRICE
    assert not await bookkeeping.mend_sums(database, [ledger_check.LedgerFinding(job_id, "no end")])
    assert await rows_of(database) > 0


@ON_SQLITE
async def test_a_sum_without_entries_is_found(database: Database) -> None:
    await pay(database)
    assert await bookkeeping.carry_forward(database)
    await database.write(lambda conn: conn.execute(sa.update(sums).values(guild_id=99)) and None)
    found = await database.read(ledger_check.check_sums)
    assert len(found) == 2 * len(ledger_sums.SCOPES)


@ON_SQLITE
async def test_jobs_whose_entries_stay_wrong_hide_no_sum_that_is_off(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ledger_check, "MOST_FINDINGS", 1)
    job_id = await pay(database)
    assert await bookkeeping.carry_forward(database)
    await database.write(lambda conn: conn.execute(sa.update(table).values(key_id=99)) and None)
    await database.write(_spoil)
    found = await database.read(ledger_check.check_ledger)
    assert [each.job_id for each in found] == [job_id, None]


@ON_SQLITE
async def test_old_days_are_neither_kept_nor_missed(database: Database) -> None:
    await pay(database)
    long_ago = sa.update(table).values(held_at_ms=table.c.held_at_ms - 41 * DAY_MS)
    await database.write(lambda conn: conn.execute(long_ago) and None)
    assert await bookkeeping.carry_forward(database)
    assert await rows_of(database) == 0
    await pay(database)
    assert await bookkeeping.carry_forward(database)
    old = sa.update(sums).values(day_ms=sums.c.day_ms - 41 * DAY_MS)
    await database.write(lambda conn: conn.execute(old.where(sums.c.scope == "server")) and None)
    assert await database.write(ledger_sums.forget_old) == 1
    assert await rows_of(database) == 2


@ON_SQLITE
async def test_the_bookkeeper_leaves_few_entries_where_they_are(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bookkeeping, "CARRY_AFTER", 4)
    bookkeeper = bookkeeping.Bookkeeper(database)
    await pay(database)
    await bookkeeper.tick()
    assert await rows_of(database) == 0
    await pay(database)
    await bookkeeper.tick()
    assert await rows_of(database) == len(ledger_sums.SCOPES)


async def test_the_mark_is_one_row_from_the_first_schema_on(database: Database) -> None:
    marks = sa.select(ledger_mark.c.entry_id)
    assert await database.read(lambda conn: list(conn.execute(marks).scalars())) == [0]


async def test_made_anew_the_sums_begin_with_the_days_that_are_kept(database: Database) -> None:
    old_job = await pay(database)
    await pay(database, BEN)
    assert await bookkeeping.carry_forward(database)
    of_old = table.c.job_id == old_job
    long_ago = sa.update(table).where(of_old).values(held_at_ms=table.c.held_at_ms - 41 * DAY_MS)
    await database.write(lambda conn: conn.execute(long_ago) and None)

    await database.write(ledger_sums.forget_all)

    last_old = sa.select(sa.func.max(table.c.id)).where(of_old).scalar_subquery()
    behind = sa.select(ledger_mark.c.entry_id - last_old)
    assert await database.read(lambda conn: conn.execute(behind).scalar_one()) == 0
    assert await bookkeeping.carry_forward(database)
    assert await database.read(ledger_check.check_sums) == []
