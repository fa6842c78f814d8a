"""What the model of the ledger knows of a job, and what the tables say of all of them."""

from collections.abc import Collection
from dataclasses import dataclass

import sqlalchemy as sa

from db.jobs.moves import ErrorJson
from db.money import ledger
from db.money.ledger_sums import ACCOUNT, PERSON, Scope, amounts, read_moment
from db.tables.schema import jobs
from db.tables.schema import ledger as entries
from services.models import Account, JobState, Payer


@dataclass
class Told:
    """What the model knows of a job. `charged` and `paid` are None while nobody knows; what was said first stays."""

    user_id: int
    guild_id: int | None
    account: Account
    price: int
    charged: int | None = None
    paid: int | None = None

    def end(self, *, charged: int, paid: int | None) -> None:
        """Note what the user was charged, and what the account paid."""
        self.charged = charged if self.charged is None else self.charged
        self.paid = paid if self.paid is None else self.paid

    @property
    def is_free(self) -> bool:
        return self.account.payer is Payer.NOBODY

    def balance(self, book: str) -> int:
        known = self.charged if book == ledger.ALLOWANCE else self.paid
        return 0 if self.is_free else self.price if known is None else known


@dataclass
class Found:
    """Every job's state, what its entries sum to in each book, and what people and the operator's account spent.

    `spent` is by (person, server, payer); a person's sums of 0 are left out.
    """

    states: dict[int, JobState]
    balances: dict[tuple[int, str], int]
    spent: dict[tuple[int, int, str], int]
    account: int


def look(conn: sa.Connection, people: Collection[int] = ()) -> Found:
    """Return every job's state and balances, and what these people spent, as the service asks for it."""
    c = entries.c
    sums = sa.select(c.job_id, c.book, sa.func.sum(c.amount_micro_usd)).group_by(c.job_id, c.book)
    states = conn.execute(sa.select(jobs.c.id, jobs.c.state))
    return Found(
        {row[0]: JobState(row[1]) for row in states},
        {(row[0], row[1]): int(row[2]) for row in conn.execute(sums)},
        {key: amount for person in people for key, amount in _spent(conn, PERSON, person) if amount},
        sum(amount for _, amount in _spent(conn, ACCOUNT, 0)),
    )


def _spent(conn: sa.Connection, scope: Scope, owner_id: int) -> list[tuple[tuple[int, int, str], int]]:
    found = amounts(scope).c
    key = (found.guild_id, found.payer)
    statement = sa.select(*key, sa.func.sum(found.amount_micro_usd)).group_by(*key)
    since = {"since_ms": 0, "carried_to": read_moment(conn).carried_to}
    rows = conn.execute(statement, {**since, "of_owner": owner_id})
    return [((owner_id, int(row[0]), str(row[1])), int(row[2])) for row in rows]


def error_of(code: str, *, charged: bool = False, cost: int | None = None) -> ErrorJson:
    """Return an error as an attempt keeps it."""
    said: ErrorJson = {"code": code, "fields": {}, "reference": "r", "charged": charged}
    return said if cost is None or not charged else {**said, "cost_micro_usd": cost}


def handle_of(attempt_id: int) -> ErrorJson:
    """Return what leads to an order."""
    return {"remote_id": f"order-{attempt_id}", "addresses": {}, "facts": {}}
