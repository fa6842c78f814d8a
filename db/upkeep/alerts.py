"""The table `alerts`: what was raised, and when somebody was last told of it."""

from typing import Any, Final

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from db.tables.schema import alerts
from db.tables.types import database_now_ms
from services.alerts import ALERTS, Alert

MOST_AT_ONCE: Final = 10
"""Messages of one round; the rest waits for the next one."""


def put_alert(conn: Connection, alert: Alert) -> None:
    """Write that something was raised."""
    where = (alerts.c.kind == alert.kind) & (alerts.c.subject == alert.subject)
    values: dict[str, Any] = {"fields": dict(alert.fields), "raised_at_ms": database_now_ms()}
    again = sa.update(alerts).where(where).values(times=alerts.c.times + alert.times, **values)
    if conn.execute(again).rowcount == 0:
        new = sa.insert(alerts).values(kind=alert.kind, subject=alert.subject, times=alert.times, **values)
        conn.execute(new)


def take_due(conn: Connection, quiet_ms: int) -> list[Alert]:
    """Return what is to be said now, and write that it is: at most once in `quiet_ms` for a kind and subject.

    It counts as said before it is, so that a process that dies of it does not say it at every start.
    """
    c = alerts.c
    is_due = sa.or_(c.sent_at_ms.is_(None), c.sent_at_ms <= database_now_ms() - quiet_ms)
    statement = (
        sa.select(c.kind, c.subject, c.fields, c.times)
        .where(c.times > 0, is_due, c.kind.in_(sorted(ALERTS)))
        .order_by(c.raised_at_ms)
        .limit(MOST_AT_ONCE)
    )
    due = [Alert(row[0], row[1], row[2], row[3]) for row in conn.execute(statement)]
    for alert in due:
        conn.execute(
            sa.update(alerts)
            .where(c.kind == alert.kind, c.subject == alert.subject)
            .values(times=0, sent_at_ms=database_now_ms())
        )
    return due


def forget_old(conn: Connection, age_ms: int) -> None:
    """Delete alerts that were not raised for `age_ms`."""
    conn.execute(sa.delete(alerts).where(alerts.c.raised_at_ms < database_now_ms() - age_ms))
