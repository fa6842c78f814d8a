"""A job that comes into the line: a change to be run by `together`."""

from dataclasses import dataclass
from functools import cache
from typing import Final

import sqlalchemy as sa

from db.dialects.prepared import Prepared
from db.dialects.together import Part, of_part
from db.jobs.fairness import Turn
from db.tables.schema import jobs, recipes, requests
from db.tables.types import database_now_ms
from services.models import OPERATORS_ACCOUNT, Account, JobState


@dataclass(frozen=True, slots=True)
class NewJob:
    """What a job needs to stand in line.

    Without a `request_id` or `recipe_id` it is of what the part `request` or `recipe` has made.
    """

    position: int
    user_id: int
    guild_id: int | None
    provider: str
    model: str
    price_micro_usd: int
    account: Account = OPERATORS_ACCOUNT
    request_id: int | None = None
    recipe_id: int | None = None

    @property
    def account_id(self) -> int:
        """Return in which line of its provider it stands."""
        return self.account.key_id or 0


_OF_PARTS: Final = {
    "request_id": of_part("request", requests.c.id),
    "recipe_id": of_part("recipe", recipes.c.id),
}


@cache
def _insert(of_parts: tuple[str, ...]) -> Prepared:
    """Return the statement that puts a job in line; it has these columns from the parts before it."""
    taken = {name: _OF_PARTS[name] for name in of_parts}
    times = {name: database_now_ms() for name in ("not_before_ms", "created_at_ms")}
    return Prepared(sa.insert(jobs).values(**taken, **times).returning(jobs.c.id, jobs.c.created_at_ms))


def in_line(job: NewJob, share_id: int, turn: Turn) -> Part:
    """Return the change that puts a job in line at its turn (`db/jobs/fairness.py`); its row begins with its id."""
    rows = {"request_id": job.request_id, "recipe_id": job.recipe_id}
    given = {name: row_id for name, row_id in rows.items() if row_id is not None}
    values = {
        **given,
        "position": job.position,
        "user_id": job.user_id,
        "guild_id": job.guild_id,
        "provider": job.provider,
        "model": job.model,
        "state": JobState.QUEUED,
        "turn": turn.turn,
        "user_turn": turn.user_turn,
        "account_id": job.account_id,
        "share_id": share_id,
        "price_micro_usd": job.price_micro_usd,
        "payer": job.account.payer,
        "key_id": job.account.key_id,
    }
    return _insert(tuple(name for name in rows if name not in given)), values
