"""The table `ledger`: what every job holds, costs and gives back, in two books. Entries are added, never changed.

- *allowance*, of users, roles and servers: `hold` (+price), then `settle` (what it cost - price) or `release` (-price);
- *spend*, of the account that pays: `expected` (+price), then `actual` (what it cost - price). `orphan` (0) marks what
  may have been paid without a picture; it is open until an `actual` says what the vendor took.

Here is one function a transition, called by the transaction that moves the job. Each is a no-op where the books say it
already, so a repeat changes nothing and what was said first stays: a hold that was given back is never charged again.
A free job has no entries.
"""

from dataclasses import dataclass
from typing import Final

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from db.dialects.prepared import Prepared
from db.dialects.together import Part, of_part
from db.tables.schema import jobs, ledger
from db.tables.types import database_now_ms, is_word
from services.models import Account, Payer

ALLOWANCE: Final = "allowance"
SPEND: Final = "spend"

HOLD: Final = "hold"
SETTLE: Final = "settle"
RELEASE: Final = "release"
EXPECTED: Final = "expected"
ACTUAL: Final = "actual"
ORPHAN: Final = "orphan"

_COLUMNS: Final = (
    "job_id", "book", "kind", "amount_micro_usd", "user_id", "guild_id", "payer", "key_id", "provider", "at_ms",
    "held_at_ms",
)  # fmt: skip


def _opening(book: str, kind: str) -> sa.Select[*tuple[object, ...]]:
    """Return the first entry in a book, of the job that the part `job` has put in line."""
    c = ledger.c
    given = (c.amount_micro_usd, c.user_id, c.guild_id, c.payer, c.key_id, c.provider)
    held_at_ms = of_part("job", jobs.c.created_at_ms)
    return sa.select(
        of_part("job", jobs.c.id), sa.literal(book), sa.literal(kind),
        *(sa.bindparam(f"new_{each.key}", type_=each.type) for each in given), held_at_ms, held_at_ms,
    )  # fmt: skip


def _entry(
    book: str, kind: sa.ColumnElement[str], after: str, unless: tuple[str, ...]
) -> sa.Select[*tuple[object, ...]]:
    """Return the entry of a kind for `for_job`, where `after` stands and none of `unless` does.

    Its amount is what was paid (`cost`, None: as expected) less what the first entry says.
    """
    first, other = ledger.alias("first"), ledger.alias("other")
    price = first.c.amount_micro_usd
    cost = sa.func.coalesce(sa.bindparam("cost", type_=sa.BigInteger), price)
    is_said = sa.exists().where(other.c.job_id == first.c.job_id, is_word(other.c.kind, *unless))
    c = first.c
    return sa.select(
        c.job_id, sa.literal(book), kind, cost - price, c.user_id, c.guild_id,
        c.payer, c.key_id, c.provider, database_now_ms(), c.held_at_ms,
    ).where(c.job_id == sa.bindparam("for_job"), is_word(c.kind, after), ~is_said)  # fmt: skip


def _next(book: str, after: str, unless: tuple[str, ...]) -> sa.Insert:
    """Return the statement that enters `new_kind` for `for_job`: see `_entry`."""
    kind = sa.bindparam("new_kind", type_=sa.String)
    return sa.insert(ledger).from_select(_COLUMNS, _entry(book, kind, after, unless))


_OPEN: Final = Prepared(
    sa.insert(ledger).from_select(
        _COLUMNS, sa.union_all(_opening(ALLOWANCE, HOLD), _opening(SPEND, EXPECTED))
    )
)
_ENDS: Final = (SETTLE, RELEASE)
_END_ALLOWANCE: Final = Prepared(_next(ALLOWANCE, HOLD, _ENDS))
_END_BOTH: Final = Prepared(
    sa.insert(ledger).from_select(
        _COLUMNS,
        sa.union_all(
            _entry(ALLOWANCE, sa.literal(SETTLE), HOLD, _ENDS),
            _entry(SPEND, sa.literal(ACTUAL), EXPECTED, (ACTUAL,)),
        ),
    )
)
_END_SPEND: Final = Prepared(_next(SPEND, EXPECTED, (ACTUAL,)))
_NOTE_ORPHAN: Final = Prepared(_next(SPEND, EXPECTED, (ACTUAL, ORPHAN)))
_MARK_RELEASED: Final = Prepared(
    sa.update(jobs).where(jobs.c.id == sa.bindparam("for_job")).values(released_at_ms=database_now_ms())
)


@dataclass(frozen=True, slots=True)
class Orphan:
    """An order that may have been paid and gave no picture, with its price and the time of its hold."""

    job_id: int
    provider: str
    payer: Payer
    price_micro_usd: int
    held_at_ms: int


def holding(
    price_micro_usd: int, account: Account, provider: str, *, user_id: int, guild_id: int | None
) -> dict[str, Part]:
    """Return the change that opens both books for the job that the part `job` puts in line; none for a free one."""
    if account.payer is Payer.NOBODY:
        return {}
    values = {
        "new_amount_micro_usd": price_micro_usd,
        "new_user_id": user_id,
        "new_guild_id": guild_id,
        "new_payer": account.payer,
        "new_key_id": account.key_id,
        "new_provider": provider,
    }
    return {"hold": (_OPEN, values)}


def settle(conn: Connection, job_id: int, cost_micro_usd: int | None) -> None:
    """Charge a job: its picture is here, or the vendor charges for what it withheld.

    `cost_micro_usd` is the vendor's figure, None where it gives none and the price counts. What was given back before
    is not charged again.
    """
    statement, values = settling(job_id, cost_micro_usd)
    statement.change(conn, values)


def settling(job_id: int, cost_micro_usd: int | None) -> Part:
    """Return the change that charges a job as `settle`."""
    return _END_BOTH, {"for_job": job_id, "cost": cost_micro_usd}


def release(conn: Connection, job_id: int, cost_micro_usd: int = 0) -> None:
    """Give the price back to its user: the one place where that happens. No picture came of the job.

    `cost_micro_usd` is what the paying account lost all the same.
    """
    _give_back(conn, job_id)
    pay(conn, job_id, cost_micro_usd)


def leave_open(conn: Connection, job_id: int) -> None:
    """Give the price back where nobody knows what was paid: the account's spend stays as expected, as an orphan."""
    _give_back(conn, job_id)
    _enter(conn, _NOTE_ORPHAN, job_id, ORPHAN, None)


def pay(conn: Connection, job_id: int, cost_micro_usd: int | None) -> bool:
    """Enter what the account paid (None: the price), which closes an orphan; False where that is known already."""
    return _enter(conn, _END_SPEND, job_id, ACTUAL, cost_micro_usd)


def _give_back(conn: Connection, job_id: int) -> None:
    if _enter(conn, _END_ALLOWANCE, job_id, RELEASE, 0):
        _MARK_RELEASED.change(conn, {"for_job": job_id})


def _enter(conn: Connection, statement: Prepared, job_id: int, kind: str, cost_micro_usd: int | None) -> bool:
    values = {"for_job": job_id, "new_kind": kind, "cost": cost_micro_usd}
    return statement.change(conn, values) == 1


def open_orphans(conn: Connection, most: int = 100) -> list[Orphan]:
    """Return orders that may have been paid without a picture and whose vendor has not said, oldest first."""
    orphan, paid, first = (ledger.alias(name) for name in ("orphan", "paid", "first"))
    is_closed = sa.exists().where(paid.c.job_id == orphan.c.job_id, is_word(paid.c.kind, ACTUAL))
    statement = (
        sa.select(
            first.c.job_id, first.c.provider, first.c.payer, first.c.amount_micro_usd, first.c.held_at_ms
        )
        .join_from(orphan, first, first.c.job_id == orphan.c.job_id)
        .where(is_word(orphan.c.kind, ORPHAN), is_word(first.c.kind, EXPECTED), ~is_closed)
        .order_by(first.c.job_id)
        .limit(most)
    )
    return [Orphan(row[0], row[1], Payer(row[2]), row[3], row[4]) for row in conn.execute(statement)]
