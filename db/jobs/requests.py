"""The table `requests`: what somebody asked for, once, with where it came from and who sees the answer."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from db.dialects.prepared import Prepared
from db.dialects.together import Part
from db.tables.schema import jobs, requests
from db.tables.types import database_now_ms, is_word
from services.models import OPEN_STATES, Installation, Origin, OriginKind, Visibility


@dataclass(frozen=True, slots=True)
class RequestRow:
    """A stored request. The interaction token is sealed; `origin.token` is None."""

    id: int
    kind: str
    origin: Origin
    visibility: Visibility
    upload_limit_bytes: int
    sealed_token: bytes | None


_C: Final = requests.c
REQUEST_ROWS: Final[sa.Select[*tuple[Any, ...]]] = sa.select(
    _C.id, _C.kind, _C.visibility, _C.upload_limit_bytes, _C.sealed_token, _C.origin, _C.origin_id, _C.user_id,
    _C.channel_id, _C.guild_id, _C.installation, _C.application_id, _C.token_expires_at_ms, _C.locale,
)  # fmt: skip
"""Selects requests, to be narrowed or widened; `row_of` reads what it gives."""
_READ: Final = Prepared(REQUEST_ROWS.where(_C.id == sa.bindparam("request")))
_INSERT: Final = Prepared(sa.insert(requests).values(created_at_ms=database_now_ms()).returning(_C.id))
_HAS_OPEN_JOB: Final = sa.exists().where(
    jobs.c.request_id == sa.bindparam("request"), is_word(jobs.c.state, *OPEN_STATES)
)
# It changes the row also where a job is open still: of two that end at the same time, a serializable one, which does
# not see the other's job as ended, starts over for it.
_END_IF_DONE: Final = Prepared(
    sa.update(requests)
    .where(_C.id == sa.bindparam("request"), _C.ended_at_ms.is_(None))
    .values(ended_at_ms=sa.case((_HAS_OPEN_JOB, sa.null()), else_=database_now_ms()))
    .returning(_C.ended_at_ms)
)


def row_of(values: Mapping[Any, Any]) -> RequestRow:
    """Return the request of what `REQUEST_ROWS` gave."""
    origin = Origin(
        kind=OriginKind(values["origin"]),
        id=values["origin_id"],
        user_id=values["user_id"],
        channel_id=values["channel_id"],
        guild_id=values["guild_id"],
        installation=Installation(values["installation"]),
        application_id=values["application_id"],
        token_expires_at_ms=values["token_expires_at_ms"],
        locale=values["locale"],
    )
    return RequestRow(
        values["id"], values["kind"], origin, Visibility(values["visibility"]),
        values["upload_limit_bytes"], values["sealed_token"],
    )  # fmt: skip


def inserting(
    *, kind: str, origin: Origin, visibility: Visibility, upload_limit_bytes: int, sealed_token: bytes | None
) -> Part:
    """Return the change that stores a request; its row is the request's id.

    It raises ConflictError where its origin was accepted before.
    """
    values = {
        "kind": kind,
        "origin": origin.kind,
        "origin_id": origin.id,
        "user_id": origin.user_id,
        "guild_id": origin.guild_id,
        "channel_id": origin.channel_id,
        "installation": origin.installation,
        "visibility": visibility,
        "application_id": origin.application_id,
        "sealed_token": sealed_token,
        "token_expires_at_ms": origin.token_expires_at_ms,
        "locale": origin.locale,
        "upload_limit_bytes": upload_limit_bytes,
    }
    return _INSERT, values


def read_request(conn: Connection, request_id: int) -> RequestRow | None:
    """Return a request by id, None if there is none."""
    row = _READ.named(conn, {"request": request_id})
    return None if row is None else row_of(row)


def lock_of_job(conn: Connection, job_id: int) -> None:
    """Lock the request of a job on PostgreSQL: a move that puts its result on its way comes before, or after.

    A `write` that began before such a move starts over for it. See "Moves" in `docs/architecture.md`.
    """
    of_job = sa.select(jobs.c.request_id).where(jobs.c.id == job_id).scalar_subquery()
    conn.execute(sa.select(_C.id).where(_C.id == of_job).with_for_update(key_share=True)).all()


def read_many(conn: Connection, request_ids: list[int]) -> dict[int, RequestRow]:
    """Return requests by id."""
    rows = conn.execute(REQUEST_ROWS.where(requests.c.id.in_(request_ids))).mappings()
    return {found.id: found for found in map(row_of, rows)}


def ending_if_done(request_id: int) -> Part:
    """Return the change that marks a request as ended when no job of it is open; it finds none that has ended before.

    Its row says when it ended. The move that ended its last job has locked it, in a statement before.
    """
    return _END_IF_DONE, {"request": request_id}


def forget_expired_tokens(conn: Connection) -> int:
    """Delete the interaction tokens whose time is over; returns how many."""
    statement = (
        sa.update(requests)
        .where(requests.c.sealed_token.is_not(None), requests.c.token_expires_at_ms < database_now_ms())
        .values(sealed_token=None)
    )
    return conn.execute(statement).rowcount
