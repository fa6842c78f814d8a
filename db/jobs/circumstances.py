"""What decides how a request's result is brought to its owner, besides the pictures: read in one statement."""

from dataclasses import dataclass
from typing import Final

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from db.dialects.life import DOUBTED_SINCE_MS
from db.dialects.prepared import Prepared
from db.jobs.progress_edits import EditInTheWay
from db.jobs.requests import REQUEST_ROWS, RequestRow, row_of
from db.tables.schema import progress_edits, requests, users
from db.tables.types import database_now_ms


@dataclass(frozen=True, slots=True)
class Circumstances:
    """A request, whether its owner allows direct messages, and the last edit of its message (None: there was none).

    `doubted_since_ms` is set where its result may have been brought in a time that a restored database has forgotten.
    """

    request: RequestRow
    allows_direct_messages: bool
    edit: EditInTheWay | None
    doubted_since_ms: int | None


_E: Final = progress_edits.c
_READ: Final = Prepared(
    REQUEST_ROWS.add_columns(
        users.c.allows_direct_messages,
        DOUBTED_SINCE_MS.label("doubted_since_ms"),
        _E.worker_id.label("edited_by"),
        (_E.until_ms - database_now_ms()).label("edit_left_ms"),
        _E.is_uncertain,
    )
    .select_from(
        requests.join(users, users.c.id == requests.c.user_id).outerjoin(
            progress_edits, _E.request_id == requests.c.id
        )
    )
    .where(requests.c.id == sa.bindparam("request"))
)


def read_circumstances(conn: Connection, request_id: int) -> Circumstances | None:
    """Return what decides how a request's result is brought, None where there is no such request."""
    v = _READ.named(conn, {"request": request_id})
    if v is None:
        return None
    edit = (
        None if v["edited_by"] is None else EditInTheWay(v["edited_by"], v["edit_left_ms"], v["is_uncertain"])
    )
    return Circumstances(row_of(v), v["allows_direct_messages"], edit, v["doubted_since_ms"])
