"""Pictures that came after their request had ended: each has a delivery of its own.

While the request's own result is on its way (nobody was told yet that the picture did not come), the late picture
waits. A result that is tried again shows it itself, and then the delivery of its own is gone: one message a picture.
"""

from typing import Final

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from db.dialects.prepared import Prepared
from db.jobs.deliveries import DeliveryRow, new_row
from db.tables.schema import deliveries
from db.tables.types import database_now_ms
from services.models import DeliveryKind, DeliveryState

_OPEN: Final = (DeliveryState.PENDING, DeliveryState.TRYING)
_INSERT: Final = Prepared(
    sa.insert(deliveries)
    .values(not_before_ms=database_now_ms(), created_at_ms=database_now_ms())
    .returning(deliveries.c.id)
)
_FOLD: Final = sa.delete(deliveries).where(
    deliveries.c.request_id == sa.bindparam("request"),
    deliveries.c.kind == DeliveryKind.LATE,
    deliveries.c.state == DeliveryState.PENDING,
    deliveries.c.job_id.in_(sa.bindparam("job_ids", expanding=True)),
)


def _open_result(request_id: int) -> sa.Select[tuple[int]]:
    return sa.select(deliveries.c.id).where(
        deliveries.c.request_id == request_id,
        deliveries.c.kind == DeliveryKind.RESULT,
        deliveries.c.state.in_(_OPEN),
    )


def put_late_on_its_way(
    conn: Connection, request_id: int, job_id: int, worker_id: str = ""
) -> DeliveryRow | None:
    """Put a late picture on its way; in nobody's hands, whatever `worker_id`, while the request's result is open."""
    is_result_open = conn.execute(_open_result(request_id)).first() is not None
    holder = "" if is_result_open else worker_id
    delivery_id = int(
        _INSERT.scalar(conn, {**new_row(request_id, DeliveryKind.LATE, holder), "job_id": job_id})
    )
    if not holder:
        return None
    return DeliveryRow(delivery_id, request_id, job_id, DeliveryKind.LATE, 1, holder, is_new=True)


def fold_into_result(conn: Connection, result: DeliveryRow, job_ids: list[int]) -> None:
    """Delete the waiting deliveries of late pictures that a result is about to show."""
    conn.execute(_FOLD, {"request": result.request_id, "job_ids": job_ids})


def late_jobs(conn: Connection, request_id: int) -> frozenset[int]:
    """Return the jobs of a request whose pictures have deliveries of their own."""
    statement = sa.select(deliveries.c.job_id).where(
        deliveries.c.request_id == request_id, deliveries.c.kind == DeliveryKind.LATE
    )
    return frozenset(conn.execute(statement).scalars())
