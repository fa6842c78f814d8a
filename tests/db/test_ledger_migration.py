"""Jobs from before the ledger get their entries, and every sum stays what it was."""

import itertools
import shutil
import time
from pathlib import Path

import pytest
import sqlalchemy as sa

from db.engine import Connection, open_database
from db.jobs import job_queries
from db.jobs.job_queries import Spending
from db.migrations.steps import OURS, Steps, upgrade
from db.money import ledger_sums
from db.tables.schema import ledger
from db.tables.schema import ledger_sums as sums
from db.tables.types import DAY_MS
from db.upkeep import ledger_check
from db.upkeep.ledger_check import LedgerFinding
from tests.databases import run_apart
from tests.db.books import kinds_of

PRICE = 40_000

OLD_SUMS = """
    SELECT
        COALESCE(SUM(CASE WHEN user_id = 1 AND released_at_ms IS NULL THEN amount ELSE 0 END), 0),
        COALESCE(SUM(CASE WHEN state NOT IN ('failed', 'canceled') OR cost_micro_usd IS NOT NULL
                          THEN amount ELSE 0 END), 0)
    FROM (SELECT *, COALESCE(cost_micro_usd, price_micro_usd) AS amount FROM jobs
          WHERE price_micro_usd > 0 AND payer = 'operator') AS paid
"""
"""What one user and the operator's keys had spent, as it was told from the jobs until revision 0002."""

JOB = """
    INSERT INTO jobs (request_id, position, user_id, guild_id, provider, model, state, turn, not_before_ms, payer,
        key_id, price_micro_usd, cost_micro_usd, released_at_ms, error, created_at_ms, ended_at_ms)
    VALUES (1, {position}, {user}, 10, 'scripted', 'quick', '{state}', 1, 1, '{payer}', {key}, {price}, {cost},
        {released}, {error}, {now}, {ended})
"""
NOW_MS = int(time.time() * 1000)
ENDED = ("stored", "failed", "canceled", "unknown")


def _rows() -> list[dict[str, object]]:
    """Return jobs in every state, with and without what ended jobs may have; also those that are fetched once more."""
    found = []
    options = itertools.product(
        ("queued", "submitting", "waiting", "fetching", *ENDED), (1, 2), ("NULL", 0, 30_000), (True, False)
    )
    for state, user, cost, is_released in options:
        is_ended = state in ENDED or (state == "fetching" and (is_released or cost != "NULL"))
        if (cost != "NULL" or is_released) and not is_ended:
            continue
        if not is_released and (state in {"canceled", "unknown"} or (state == "failed" and cost == "NULL")):
            continue
        ended = NOW_MS + 5 if is_ended else "NULL"
        released = NOW_MS + 5 if is_released else "NULL"
        found.append({"state": state, "user": user, "cost": cost, "released": released, "ended": ended})
    lost = {"state": "failed", "user": 1, "cost": "NULL", "released": NOW_MS, "ended": NOW_MS}
    return [*found, {**lost, "error": """'{"code":"provider_lost_order"}'"""}]


def _statements() -> list[str]:
    people = [f"INSERT INTO users (id, first_seen_at_ms) VALUES ({user}, 1)" for user in (1, 2)]  # noqa: S608 - our own
    request = (
        "INSERT INTO requests (id, kind, origin, origin_id, user_id, channel_id, installation, visibility,"
        " application_id, locale, upload_limit_bytes, created_at_ms)"
        " VALUES (1, 'portrait', 'interaction', 'i1', 1, 20, 'guild', 'public', 99, 'en-US', 1, 1)"
    )
    common = {"payer": "operator", "key": "NULL", "price": PRICE, "error": "NULL", "now": NOW_MS}
    rows = [{**common, **row} for row in _rows()]
    free = [{**row, "payer": "nobody", "price": 0} for row in rows]
    own = [{**row, "payer": "user", "key": 7} for row in rows]
    jobs = [JOB.format(position=n, **row) for n, row in enumerate([*rows, *free, *own])]
    return [*people, request, *jobs]


async def _fill(url: str) -> tuple[int, int]:
    def fill(conn: Connection) -> tuple[int, int]:
        for statement in _statements():
            conn.exec_driver_sql(statement)
        row = conn.execute(sa.text(OLD_SUMS)).one()
        return int(row[0]), int(row[1])

    opened = await open_database(url, data_folder=None)
    sums = await opened.write(fill)
    await opened.close()
    return sums


def _look(conn: Connection) -> tuple[list[LedgerFinding], Spending, set[str], list[dict[str, int]]]:
    payers = {str(row[0]) for row in conn.execute(sa.text("SELECT payer FROM ledger"))}
    lost = sa.text("SELECT id FROM jobs WHERE error IS NOT NULL AND payer <> 'nobody'")
    entries = [kinds_of(conn, row[0]) for row in conn.execute(lost).all()]
    findings = ledger_check.check_ledger(conn)
    assert _carried(conn) == _carried_by_hand(conn)
    ledger_sums.forget_all(conn)
    conn.execute(sa.update(ledger).values(held_at_ms=ledger.c.held_at_ms + 100_000 * DAY_MS))
    return findings, job_queries.read_spending(conn, 1), payers, entries


def _carried(conn: Connection) -> list[tuple[object, ...]]:
    key = sums.primary_key.columns
    return [tuple(row) for row in conn.execute(sa.select(*key, sums.c.amount_micro_usd).order_by(*key))]


def _carried_by_hand(conn: Connection) -> list[tuple[object, ...]]:
    """Return the sums as they are carried forward, entry after entry, by the code of today."""
    ledger_sums.forget_all(conn)
    assert not ledger_sums.carry_forward(conn, ledger_sums.read_tail(conn).last_id)
    carried = _carried(conn)
    assert carried
    return carried


async def _ask(url: str) -> tuple[list[LedgerFinding], Spending, set[str], list[dict[str, int]]]:
    opened = await open_database(url, data_folder=None)
    found = await opened.write(_look)
    await opened.close()
    return found


@pytest.fixture
def before(tmp_path: Path) -> Steps:
    """Our steps as they were before the ledger."""
    folder = tmp_path / "before"
    shutil.copytree(OURS.folder, folder, ignore=shutil.ignore_patterns("__pycache__"))
    for step in (folder / "versions").glob("*.py"):
        if step.name > "0003":
            step.unlink()
    return Steps(folder, "0002")


def test_jobs_from_before_get_their_entries_and_the_sums_stay(empty_database_url: str, before: Steps) -> None:
    upgrade(empty_database_url, steps=before)
    old = run_apart(_fill(empty_database_url))
    upgrade(empty_database_url)
    findings, spending, payers, lost = run_apart(_ask(empty_database_url))
    assert findings == []
    assert (spending.user_micro_usd, spending.total_micro_usd) == old
    assert min(old) > PRICE
    assert payers == {"operator", "user"}
    assert lost == [{"hold": PRICE, "expected": PRICE, "release": -PRICE, "actual": -PRICE}] * 2
