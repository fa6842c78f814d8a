"""Whether the ledger says what the jobs themselves say: the entries that each job must have, told from its own row.

And whether what was carried forward into its sums is what the entries sum to.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from db.jobs.moves import LOST
from db.money.ledger import ACTUAL, EXPECTED, HOLD, ORPHAN, RELEASE, SETTLE
from db.money.ledger_sums import SCOPES, Moment, Scope, oldest_day_ms, read_moment
from db.tables.schema import jobs, ledger, ledger_sums
from db.tables.types import DAY_MS, HOUR_MS, database_now_ms
from services.models import JobState, Payer

_PAGE: Final = 2000
MOST_FINDINGS: Final = 100

_COPIED: Final = ("user_id", "guild_id", "payer", "key_id", "provider")
_OF_JOB: Final = (
    jobs.c.id, jobs.c.state, jobs.c.price_micro_usd, jobs.c.cost_micro_usd, jobs.c.released_at_ms, jobs.c.ended_at_ms,
    jobs.c.error, jobs.c.created_at_ms, *(jobs.c[name] for name in _COPIED),
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class LedgerFinding:
    """What is wrong with the entries of a job, or with a sum (`job_id` None)."""

    job_id: int | None
    text: str


def check_ledger(conn: Connection, *, within_ms: int | None = None) -> list[LedgerFinding]:
    """Return where ledger and jobs disagree, then where sums are off; empty where every micro-dollar is accounted for.

    At most MOST_FINDINGS of either kind: entries that are wrong stay so, and must not hide a sum that can be mended.

    Reads both tables, page by page: whole, some 30 s of processor time for a million jobs; or, with `within_ms`, for
    the jobs accepted in that time alone.
    """
    after: int | None = 0 if within_ms is None else _last_before(conn, within_ms)
    findings = _strays(conn, after or 0)
    while after is not None and len(findings) < MOST_FINDINGS:
        found, after = _check_page(conn, after)
        findings += found
    return findings[:MOST_FINDINGS] + check_sums(conn, within_ms=within_ms)[:MOST_FINDINGS]


def check_sums(conn: Connection, *, within_ms: int | None = None) -> list[LedgerFinding]:
    """Return where the sums are not what the entries up to their mark sum to, of all days or of those in that time.

    Such a sum says nothing about a job, and can be made anew: `ledger_sums.forget_all`.
    """
    moment, since_ms, after = read_moment(conn), oldest_day_ms(conn), 0
    if within_ms is not None:
        begin_ms = moment.now_ms - within_ms
        since_ms = max(since_ms, begin_ms - begin_ms % DAY_MS)
        # An hour more: two jobs that are accepted at once may have their ids the other way round.
        after = _last_before(conn, moment.now_ms - since_ms + HOUR_MS)
    return [each for scope in SCOPES for each in _wrong_sums(conn, scope, moment, since_ms, after)]


def _wrong_sums(
    conn: Connection, scope: Scope, moment: Moment, since_ms: int, after: int
) -> Iterator[LedgerFinding]:
    kept, entry = ledger_sums.c, ledger.c
    carried = sa.select(kept.owner_id, kept.day_ms, kept.guild_id, kept.payer, kept.amount_micro_usd).where(
        kept.scope == scope.name, kept.day_ms >= since_ms
    )
    entries = sa.select(*scope.key[1:], -entry.amount_micro_usd).where(
        scope.entries,
        entry.job_id > after,
        entry.id <= moment.carried_to,
        entry.held_at_ms >= since_ms,
    )
    both = sa.union_all(carried, entries).subquery()
    *key, amount = both.c
    off_by = sa.func.sum(amount)
    wrong = sa.select(*key, off_by).group_by(*key).having(off_by != 0).limit(MOST_FINDINGS)
    for owner_id, day_ms, *_, off in conn.execute(wrong):
        text = f"the sum of {scope.name} {owner_id} for the day at {day_ms} is off by {off} micro-dollars"
        yield LedgerFinding(None, text)


def _last_before(conn: Connection, within_ms: int) -> int:
    """Return the newest job that is older than `within_ms`: ids are given out as jobs are accepted."""
    earlier = jobs.c.created_at_ms < database_now_ms() - within_ms
    newest = sa.select(jobs.c.id).where(earlier).order_by(jobs.c.id.desc()).limit(1)
    return conn.execute(newest).scalar() or 0


def _strays(conn: Connection, after: int) -> list[LedgerFinding]:
    """Return entries of jobs that do not exist, and of free ones."""
    statement = (
        sa.select(ledger.c.job_id, sa.func.count())
        .select_from(ledger.outerjoin(jobs, jobs.c.id == ledger.c.job_id))
        .where(ledger.c.job_id > after, jobs.c.id.is_(None) | (jobs.c.payer == Payer.NOBODY))
        .group_by(ledger.c.job_id)
        .order_by(ledger.c.job_id)
        .limit(MOST_FINDINGS)
    )
    return [LedgerFinding(row[0], f"{row[1]} entries of no paid job") for row in conn.execute(statement)]


def _check_page(conn: Connection, after: int) -> tuple[list[LedgerFinding], int | None]:
    """Return the findings of the next jobs, and the id of the last one, None where there were no more."""
    paid = (
        sa.select(*_OF_JOB)
        .where(jobs.c.id > after, jobs.c.payer != Payer.NOBODY)
        .order_by(jobs.c.id)
        .limit(_PAGE)
    )
    rows = conn.execute(paid).mappings().all()
    if not rows:
        return [], None
    entries = _entries(conn, rows[0]["id"], rows[-1]["id"])
    findings = [finding for row in rows for finding in _findings(row, entries.get(row["id"], ()))]
    return findings, rows[-1]["id"]


def _entries(conn: Connection, first_id: int, last_id: int) -> dict[int, list[sa.RowMapping]]:
    grouped: dict[int, list[sa.RowMapping]] = {}
    statement = sa.select(ledger).where(ledger.c.job_id.between(first_id, last_id))
    for entry in conn.execute(statement).mappings():
        grouped.setdefault(entry["job_id"], []).append(entry)
    return grouped


def _findings(job: sa.RowMapping, entries: Sequence[sa.RowMapping]) -> Iterator[LedgerFinding]:
    wanted = _wanted(job)
    found = {entry["kind"]: entry["amount_micro_usd"] for entry in entries}
    if ORPHAN in found and ORPHAN not in wanted and _may_be_orphan(job):
        wanted[ORPHAN] = 0
    if wanted != found:
        yield LedgerFinding(job["id"], f"{job['state']}: has {_listed(found)}, should have {_listed(wanted)}")
    if any(entry[name] != job[name] for entry in entries for name in _COPIED) or any(
        entry["held_at_ms"] != job["created_at_ms"] for entry in entries
    ):
        yield LedgerFinding(job["id"], "an entry names another account, person, server or time than its job")


def _listed(amounts: dict[str, int]) -> str:
    return ", ".join(f"{kind} {amount}" for kind, amount in sorted(amounts.items())) or "nothing"


def _wanted(job: sa.RowMapping) -> dict[str, int]:
    """Return the entries, kind and amount, that a job must have."""
    price, cost = job["price_micro_usd"], job["cost_micro_usd"]
    wanted = {HOLD: price, EXPECTED: price}
    # A job that was revived after its end (it is fetched again) keeps the time of that end, and its entries.
    if job["released_at_ms"] is not None:
        wanted[RELEASE] = -price
    elif job["ended_at_ms"] is not None:
        wanted[SETTLE] = (price if cost is None else cost) - price
    paid = _paid(job)
    if job["ended_at_ms"] is not None and paid is not None:
        wanted[ACTUAL] = paid - price
    if job["state"] == JobState.UNKNOWN or (job["state"] == JobState.FAILED and paid is None):
        wanted[ORPHAN] = 0
    return wanted


def _paid(job: sa.RowMapping) -> int | None:
    """Return what an ended job's account paid in micro-dollars, None where nobody knows."""
    if job["cost_micro_usd"] is not None:
        return int(job["cost_micro_usd"])
    if job["state"] == JobState.STORED:
        return int(job["price_micro_usd"])
    is_lost = job["state"] == JobState.FAILED and (job["error"] or {}).get("code") in LOST
    return 0 if job["state"] in {JobState.FAILED, JobState.CANCELED} and not is_lost else None


def _may_be_orphan(job: sa.RowMapping) -> bool:
    """Return whether a job may have been given up before it came to what it is now."""
    return job["released_at_ms"] is not None and job["ended_at_ms"] is not None
