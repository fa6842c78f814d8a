"""A request that ends with its last job, and its result on its way.

With a `worker_id` the result is in that worker's hands at once.
"""

from collections.abc import Mapping
from typing import Final

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from db.dialects.prepared import Prepared, Row
from db.dialects.together import Part, of_part, together
from db.jobs import late_pictures, requests
from db.jobs.deliveries import DeliveryRow, new_row
from db.jobs.jobs import JobRow
from db.tables.schema import deliveries
from db.tables.schema import requests as requests_table
from db.tables.types import database_now_ms
from services.models import DeliveryKind

_ENDED: Final = of_part("request", requests_table.c.ended_at_ms)
_GIVEN: Final = ("request_id", "kind", "state", "worker_id", "tries")
_INSERT_RESULT: Final = Prepared(
    sa.insert(deliveries)
    .from_select(
        [*_GIVEN, "not_before_ms", "created_at_ms"],
        sa.select(
            *(sa.bindparam(f"new_{name}", type_=deliveries.c[name].type) for name in _GIVEN),
            database_now_ms(),
            database_now_ms(),
        ).where(_ENDED.is_not(None)),
    )
    .returning(deliveries.c.id)
)


def _result_of_ended(request_id: int, worker_id: str) -> Part:
    """Return the change that puts a request's result on its way, where the part `request` says that it has ended.

    It raises ConflictError for a second result of a request.
    """
    row = new_row(request_id, DeliveryKind.RESULT, worker_id)
    return _INSERT_RESULT, {f"new_{name}": value for name, value in row.items()}


def on_its_way(request_id: int, worker_id: str = "") -> dict[str, Part]:
    """Return the changes that end a request where no job of it is open, and put its result on its way then."""
    return {
        "request": requests.ending_if_done(request_id),
        "delivery": _result_of_ended(request_id, worker_id),
    }


def put_on_its_way(conn: Connection, request_id: int) -> None:
    """Put the request's result on its way when this was its last job."""
    together(conn, **on_its_way(request_id))


def in_hands(
    conn: Connection, job: JobRow, done: Mapping[str, Row | None], worker_id: str
) -> DeliveryRow | None:
    """Return the delivery that is in the worker's hands once `on_its_way` was run with the row of a job's picture.

    A picture that comes after its request had ended goes alone.
    """
    if done["request"] is None:
        return late_pictures.put_late_on_its_way(conn, job.request_id, job.id, worker_id)
    row = done["delivery"]
    if row is None or not worker_id:
        return None
    return DeliveryRow(row[0], job.request_id, None, DeliveryKind.RESULT, 1, worker_id, is_new=True)
