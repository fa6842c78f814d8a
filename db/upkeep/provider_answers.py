"""The table `provider_answers`: when each image service last answered any process of this database."""

from collections.abc import Mapping

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from db.tables.types import database_now_ms
from db.tables.watch_schema import provider_answers


def put_answers(conn: Connection, ago_ms: Mapping[str, int]) -> None:
    """Write how many milliseconds ago providers answered; what another process heard later stays."""
    c = provider_answers.c
    for provider in sorted(ago_ms):
        at_ms = database_now_ms() - ago_ms[provider]
        known = conn.execute(sa.select(c.provider).where(c.provider == provider)).scalar()
        if known is None:
            conn.execute(sa.insert(provider_answers).values(provider=provider, answered_at_ms=at_ms))
        else:
            # What lies ahead was written before the clock was put back.
            is_older = (c.answered_at_ms < at_ms) | (c.answered_at_ms > database_now_ms())
            update = sa.update(provider_answers).where(c.provider == provider, is_older)
            conn.execute(update.values(answered_at_ms=at_ms))


def answered_within(conn: Connection, within_ms: int) -> frozenset[str]:
    """Return the providers that answered some process within the last `within_ms` milliseconds."""
    at_ms, now = provider_answers.c.answered_at_ms, database_now_ms()
    recent = sa.select(provider_answers.c.provider).where(at_ms > now - within_ms, at_ms <= now + within_ms)
    return frozenset(conn.execute(recent).scalars())
