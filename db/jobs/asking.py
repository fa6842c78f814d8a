"""What is known of who asks, before a request is accepted: read in one statement."""

from dataclasses import dataclass
from typing import Final

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from db.dialects.prepared import Prepared
from db.jobs.job_queries import Spending, spending_at, spent_since
from db.money.ledger_sums import CARRIED_TO
from db.pictures.storage_use import BYTES_OF_USER
from db.tables.schema import budgets, guild_settings, guilds, requests, users
from db.tables.types import DAY_MS, database_now_ms
from services.models import Origin


@dataclass(frozen=True, slots=True)
class Asker:
    """What is known of who asks. `earlier_request_id` is what the same origin led to before, None for a new one.

    `spent` is today's spending of the operator's keys, None where they are not to pay.
    `used_bytes` is how much room the person's pictures take up, 0 where it was not asked for; `is_known` whether person
    and server have their rows; `is_limited` whether the server has any budget, `is_ruled` whether it has set anything.
    """

    earlier_request_id: int | None
    spent: Spending | None
    used_bytes: int
    is_known: bool
    is_limited: bool
    is_ruled: bool


_ASKS: Final = sa.bindparam("user", type_=sa.BigInteger)
_IN: Final = sa.bindparam("guild", type_=sa.BigInteger)
_EARLIER: Final = sa.select(requests.c.id).where(
    requests.c.origin == sa.bindparam("kind"), requests.c.origin_id == sa.bindparam("origin")
)
# One look at the clock: of a day that ends meanwhile either all is asked or nothing.
_MOMENT: Final = sa.select(
    database_now_ms().label("now_ms"), CARRIED_TO.scalar_subquery().label("carried_to")
).cte("moment")
_NOW_MS: Final = sa.select(_MOMENT.c.now_ms).scalar_subquery()
_SPENT: Final = spent_since(
    sa.select(_MOMENT.c.now_ms - _MOMENT.c.now_ms % DAY_MS).scalar_subquery(),
    sa.select(_MOMENT.c.carried_to).scalar_subquery(),
)
_READ: Final = Prepared(
    sa.select(
        _EARLIER.scalar_subquery(),
        _NOW_MS,
        *(sa.case((sa.bindparam("has_price", type_=sa.Boolean), each), else_=0) for each in _SPENT),
        # The sum is only made where it is asked for: there may be many pictures.
        sa.case((sa.bindparam("has_quota", type_=sa.Boolean), BYTES_OF_USER.scalar_subquery()), else_=0),
        sa.exists().where(users.c.id == _ASKS),
        sa.or_(_IN.is_(None), sa.exists().where(guilds.c.id == _IN)),
        sa.exists().where(budgets.c.guild_id == _IN),
        sa.exists().where(guild_settings.c.guild_id == _IN),
    )
)


def read_asker(conn: Connection, origin: Origin, *, has_quota: bool, has_price: bool) -> Asker:
    """Return what is known of who asks; `has_price`: the operator's keys are to pay."""
    values = {
        "kind": origin.kind,
        "origin": origin.id,
        "user": origin.user_id,
        "guild": origin.guild_id,
        "has_quota": has_quota,
        "has_price": has_price,
        "of_owner": origin.user_id,
    }
    row = _READ.one(conn, values)
    return Asker(
        row[0], spending_at(row[1], row[2:4]) if has_price else None, int(row[4]),
        is_known=bool(row[5] and row[6]), is_limited=row[7], is_ruled=row[8],
    )  # fmt: skip
