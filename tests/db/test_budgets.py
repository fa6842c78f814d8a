"""Whose limit counts, what counts against it, and two requests for the last of it."""

import asyncio
from datetime import UTC, datetime

import pytest
import sqlalchemy as sa

from db.engine import Connection, Database
from db.jobs import acceptance
from db.jobs.acceptance import Caps, NewRequest
from db.money import budgets, ledger
from db.money.budgets import Budget, spans
from db.tables.schema import jobs
from db.tables.schema import ledger as table
from db.tables.types import database_now_ms
from services.errors import LimitError
from services.models import Account, BudgetOwner, Payer, Period
from tests.db.books import NO_CAPS, PRICE, balance, new_request

ADA, BEN, GUILD, OTHER_GUILD = 1, 2, 10, 11
PAINTERS, PATRONS = 100, 101
SERVERS_KEY = Account(Payer.SERVER)
OWN_KEY = Account(Payer.USER)
PAIRS = 100

ON_SQLITE = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)

Limit = tuple[BudgetOwner, int, Period, int]
OF_SERVER = (BudgetOwner.SERVER, GUILD, Period.DAY)
OF_ADA = (BudgetOwner.USER, ADA, Period.DAY)
OF_PAINTERS = (BudgetOwner.ROLE, PAINTERS, Period.DAY)
OF_PATRONS = (BudgetOwner.ROLE, PATRONS, Period.DAY)
OF_EVERYONE = (BudgetOwner.ROLE, GUILD, Period.DAY)


async def limit(database: Database, *limits: Limit, guild_id: int = GUILD) -> None:
    """Set these limits."""
    for each in limits:
        await database.write(budgets.keep_budget, guild_id, Budget(*each), 7)


async def accepted(database: Database, request: NewRequest, caps: Caps = NO_CAPS) -> list[int]:
    """Accept a request and return its jobs' ids."""
    return list((await database.write(acceptance.accept, request, caps)).job_ids)


async def refusal(database: Database, request: NewRequest, caps: Caps = NO_CAPS) -> LimitError:
    """Return why a request is not accepted; nothing is written then."""
    before = await database.read(balance, "allowance")
    with pytest.raises(LimitError) as caught:
        await accepted(database, request, caps)
    assert await database.read(balance, "allowance") == before
    return caught.value


def roles(*role_ids: int) -> frozenset[int]:
    return frozenset(role_ids)


def test_a_day_and_a_month_are_those_of_utc() -> None:
    now = datetime(2024, 12, 31, 23, 59, 59, tzinfo=UTC)
    running = spans(int(now.timestamp()) * 1000 + 999)
    new_year = int(datetime(2025, 1, 1, tzinfo=UTC).timestamp()) * 1000
    assert running[Period.DAY].end_ms == running[Period.MONTH].end_ms == new_year
    assert running[Period.DAY].start_ms == new_year - 86_400_000
    assert running[Period.MONTH].start_ms == new_year - 31 * 86_400_000
    leap = spans(int(datetime(2024, 2, 29, 12, tzinfo=UTC).timestamp()) * 1000)[Period.MONTH]
    assert leap.end_ms - leap.start_ms == 29 * 86_400_000


async def test_a_servers_limit_counts_all_its_members_together(database: Database) -> None:
    await limit(database, (*OF_SERVER, 2 * PRICE))
    await accepted(database, new_request(ADA))
    await accepted(database, new_request(BEN, account=SERVERS_KEY))
    error = await refusal(database, new_request(BEN))
    assert error.code == "server_budget"
    assert error.fields == {
        "price_micro_usd": PRICE,
        "spent_micro_usd": 2 * PRICE,
        "cap_micro_usd": 2 * PRICE,
        "period": "day",
    }
    assert error.retry_after_s is not None
    assert 0 < error.retry_after_s <= 86_400


@ON_SQLITE
async def test_what_is_free_elsewhere_or_paid_with_an_own_key_counts_against_no_limit(
    database: Database,
) -> None:
    await limit(database, (*OF_SERVER, 0), (*OF_ADA, 0))
    await accepted(database, new_request(ADA, account=OWN_KEY))
    await accepted(database, new_request(ADA, price=0, account=Account(Payer.NOBODY)))
    await accepted(database, new_request(ADA, OTHER_GUILD))
    await accepted(database, new_request(ADA, None))
    assert (await refusal(database, new_request(ADA))).code == "server_budget"


@ON_SQLITE
@pytest.mark.parametrize(
    ("limits", "role_ids", "pictures"),
    [
        ([(*OF_ADA, 2 * PRICE)], roles(), 2),
        ([(*OF_PAINTERS, PRICE), (*OF_PATRONS, 3 * PRICE)], roles(PAINTERS, PATRONS), 3),
        ([(*OF_PAINTERS, PRICE), (*OF_PATRONS, 3 * PRICE)], roles(PAINTERS), 1),
        ([(*OF_ADA, PRICE), (*OF_PATRONS, 3 * PRICE)], roles(PATRONS), 1),
        ([(*OF_ADA, 3 * PRICE), (*OF_PAINTERS, PRICE)], roles(PAINTERS), 3),
        ([(*OF_EVERYONE, PRICE)], roles(), 1),
        ([(*OF_EVERYONE, PRICE), (*OF_PAINTERS, 2 * PRICE)], roles(PAINTERS), 2),
        ([(*OF_ADA, 3 * PRICE), (*OF_SERVER, 2 * PRICE)], roles(), 2),
        ([(*OF_ADA, 3 * PRICE), (BudgetOwner.USER, ADA, Period.MONTH, PRICE)], roles(), 1),
    ],
    ids=[
        "a person's own",
        "the most generous of the roles",
        "no role that one lacks",
        "the person's own before the role's, where it is less",
        "the person's own before the role's, where it is more",
        "@everyone's",
        "a better role than @everyone",
        "the server's too",
        "the month's too",
    ],
)
async def test_whose_limit_counts(
    database: Database, limits: list[Limit], role_ids: frozenset[int], pictures: int
) -> None:
    await limit(database, *limits)
    for _ in range(pictures):
        await accepted(database, new_request(ADA, role_ids=role_ids))
    await refusal(database, new_request(ADA, role_ids=role_ids))


@ON_SQLITE
async def test_a_roles_limit_is_for_each_of_its_members(database: Database) -> None:
    await limit(database, (*OF_PAINTERS, PRICE))
    await accepted(database, new_request(ADA, role_ids=roles(PAINTERS)))
    await accepted(database, new_request(BEN, role_ids=roles(PAINTERS)))
    assert (await refusal(database, new_request(ADA, role_ids=roles(PAINTERS)))).code == "user_budget"


@ON_SQLITE
async def test_what_was_given_back_may_be_spent_again(database: Database) -> None:
    await limit(database, (*OF_SERVER, PRICE), (*OF_ADA, PRICE))
    [job_id] = await accepted(database, new_request(ADA))
    await refusal(database, new_request(ADA))
    await database.write(ledger.release, job_id)
    await accepted(database, new_request(ADA))


@ON_SQLITE
async def test_yesterday_counts_for_the_month_alone(database: Database) -> None:
    await limit(database, (*OF_ADA, PRICE))
    await accepted(database, new_request(ADA))
    day_ms = 86_400_000
    earlier = sa.update(table).values(held_at_ms=table.c.held_at_ms - table.c.held_at_ms % day_ms - 1)
    await database.write(lambda conn: conn.execute(earlier) and None)
    await accepted(database, new_request(ADA))
    assert (await refusal(database, new_request(ADA))).fields["spent_micro_usd"] == PRICE


async def now_ms(database: Database) -> int:
    return await database.read(lambda conn: int(conn.execute(sa.select(database_now_ms())).scalar_one()))


@ON_SQLITE
@pytest.mark.parametrize("before_ms", [0, 1])
@pytest.mark.parametrize("period", list(Period))
async def test_a_hold_counts_from_the_first_moment_of_each_period_on(
    database: Database, period: Period, before_ms: int
) -> None:
    await limit(database, (*OF_ADA, PRICE), (BudgetOwner.USER, ADA, Period.MONTH, PRICE))
    await accepted(database, new_request(ADA))
    running = spans(await now_ms(database))
    held_at_ms = running[period].start_ms - before_ms
    await database.write(lambda conn: conn.execute(sa.update(table).values(held_at_ms=held_at_ms)) and None)
    found = await database.read(budgets.read_running, GUILD, ADA, ())

    assert {each.budget.period: each.spent_micro_usd for each in found} == {
        each: PRICE if running[each].start_ms <= held_at_ms else 0 for each in Period
    }
    # Who waits for so long asks in the next period.
    later_ms = await now_ms(database)
    assert all(later_ms + each.seconds_left * 1000 > running[each.budget.period].end_ms for each in found)


@ON_SQLITE
async def test_what_somebody_spent_is_told_for_the_server_and_for_own_keys_apart(database: Database) -> None:
    await accepted(database, new_request(ADA, count=2))
    await accepted(database, new_request(ADA, account=SERVERS_KEY))
    await accepted(database, new_request(ADA, account=OWN_KEY))
    await accepted(database, new_request(ADA, OTHER_GUILD, account=OWN_KEY))
    await accepted(database, new_request(ADA, OTHER_GUILD))
    await accepted(database, new_request(BEN))
    spent = await database.read(budgets.read_spent, GUILD, ADA)

    assert spent.here == dict.fromkeys(Period, 3 * PRICE)
    assert spent.own_keys == dict.fromkeys(Period, 2 * PRICE)


@ON_SQLITE
async def test_nobody_is_told_to_wait_for_a_limit_that_never_covers_the_price(database: Database) -> None:
    await limit(database, (*OF_SERVER, PRICE - 1))
    assert (await refusal(database, new_request(ADA))).retry_after_s is None
    small = Caps(open_jobs_per_user=100, user_daily_micro_usd=PRICE - 1, total_daily_micro_usd=3 * PRICE)
    error = await refusal(database, new_request(BEN, OTHER_GUILD), small)
    assert (error.code, error.retry_after_s) == ("user_daily_cap", None)


@ON_SQLITE
async def test_the_operators_caps_stay_over_all(database: Database) -> None:
    await limit(database, (*OF_ADA, 100 * PRICE))
    caps = Caps(open_jobs_per_user=100, user_daily_micro_usd=PRICE, total_daily_micro_usd=3 * PRICE)
    await accepted(database, new_request(ADA), caps)
    assert (await refusal(database, new_request(ADA), caps)).code == "user_daily_cap"


async def test_a_limit_is_replaced_listed_and_removed(database: Database) -> None:
    month = Budget(BudgetOwner.USER, ADA, Period.MONTH, 5)
    await limit(database, (*OF_ADA, 1), (*OF_SERVER, 2), (*OF_PAINTERS, 3), (*OF_ADA, 4))
    await limit(database, (BudgetOwner.USER, ADA, Period.MONTH, 5), (*OF_ADA, 9))
    await limit(database, (BudgetOwner.SERVER, OTHER_GUILD, Period.DAY, 0), guild_id=OTHER_GUILD)
    found = await database.read(budgets.list_budgets, GUILD)
    assert found == [Budget(*OF_SERVER, 2), Budget(*OF_PAINTERS, 3), Budget(*OF_ADA, 9), month]
    assert await database.write(budgets.remove_budget, GUILD, BudgetOwner.USER, ADA, Period.DAY)
    assert not await database.write(budgets.remove_budget, GUILD, BudgetOwner.USER, ADA, Period.DAY)
    assert month in await database.read(budgets.list_budgets, GUILD)


def _count_jobs(conn: Connection) -> int:
    return int(conn.execute(sa.select(sa.func.count()).select_from(jobs)).scalar_one())


async def test_r3_of_two_requests_for_the_last_credit_one_wins_a_hundred_times_at_once(
    database: Database,
) -> None:
    for guild_id in range(1, PAIRS + 1):
        await limit(database, (BudgetOwner.SERVER, guild_id, Period.MONTH, PRICE), guild_id=guild_id)
    requests = [new_request(guild_id * 2 + n, guild_id) for guild_id in range(1, PAIRS + 1) for n in (0, 1)]
    answers = await asyncio.gather(*(accepted(database, each) for each in requests), return_exceptions=True)
    refused = [answer for answer in answers if isinstance(answer, BaseException)]
    assert [getattr(error, "code", repr(error)) for error in refused] == ["server_budget"] * PAIRS
    for guild_id in range(1, PAIRS + 1):
        assert await database.read(balance, "allowance", guild_id=guild_id) == PRICE
    assert await database.read(_count_jobs) == PAIRS


async def test_of_two_requests_for_the_last_of_the_operators_cap_one_wins(database: Database) -> None:
    caps = Caps(open_jobs_per_user=100, user_daily_micro_usd=PRICE, total_daily_micro_usd=PAIRS * PRICE)
    requests = [new_request(user_id) for user_id in range(20) for _ in (0, 1)]
    answers = await asyncio.gather(
        *(accepted(database, each, caps) for each in requests), return_exceptions=True
    )
    refused = [answer for answer in answers if isinstance(answer, BaseException)]
    assert [getattr(error, "code", repr(error)) for error in refused] == ["user_daily_cap"] * 20
    assert await database.read(balance, "spend") == 20 * PRICE
