"""The tables `deliveries` and `delivery_rungs`: every message that a result went out by, and every try."""

from collections.abc import Collection
from dataclasses import dataclass
from functools import cache
from typing import Final

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from db.dialects.prepared import Prepared
from db.dialects.together import Part, id_of, together
from db.jobs import stays
from db.jobs.changes import NOW, After, Shape, assignments, parameters_of, shape_of
from db.jobs.workers import NOBODY, living
from db.tables.schema import deliveries, images, jobs, requests, rungs
from db.tables.types import database_now_ms, is_word
from services.models import DeliveryKind, DeliveryState, JobState


@dataclass(frozen=True, slots=True)
class DeliveryRow:
    """A result on its way, in the hands of a worker. `job_id` is set where the message shows that one picture only.

    `channel_id` and `message_id` are set where it was sent already, and is only to be sent once more.
    """

    id: int
    request_id: int
    job_id: int | None
    kind: DeliveryKind
    tries: int
    worker_id: str
    channel_id: int | None = None
    message_id: int | None = None
    is_new: bool = False
    """Made in this very transaction: it has no tries, and none of the pictures has a message of its own."""


@dataclass(frozen=True, slots=True)
class RungRow:
    """One try of a rung: when (database clock), and what became of it; None: never answered."""

    id: int
    rung: str
    age_s: float
    tried_at_ms: int
    outcome: str | None


@dataclass(frozen=True, slots=True)
class MessageRow:
    """The message that a delivery ended in."""

    request_id: int
    job_id: int | None
    channel_id: int
    message_id: int


_D: Final = deliveries.c
_MARK_TRIED: Final = Prepared(
    sa.update(deliveries).where(_D.id == sa.bindparam("delivery")).values(tried_at_ms=database_now_ms())
)
_INSERT_RUNG: Final = Prepared(sa.insert(rungs).values(tried_at_ms=database_now_ms()).returning(rungs.c.id))
_END_RUNG: Final = Prepared(sa.update(rungs).where(rungs.c.id == sa.bindparam("tried_rung")))
_RUNGS_OF: Final = Prepared(
    sa.select(
        rungs.c.id,
        rungs.c.rung,
        (database_now_ms() - rungs.c.tried_at_ms) / 1000.0,
        rungs.c.tried_at_ms,
        rungs.c.outcome,
    )
    .where(rungs.c.delivery_id == sa.bindparam("delivery"))
    .order_by(rungs.c.id)
)


def new_row(request_id: int, kind: DeliveryKind, worker_id: str) -> dict[str, object]:
    """Return the columns of a new delivery, by name."""
    return {
        "request_id": request_id,
        "kind": kind,
        "state": DeliveryState.TRYING if worker_id else DeliveryState.PENDING,
        "worker_id": worker_id or None,
        "tries": 1 if worker_id else 0,
    }


def _has_open_result() -> sa.Exists:
    """Return the condition that a late picture's request has a result on its way, which may still show it."""
    result = deliveries.alias("result")
    return sa.exists().where(
        result.c.request_id == deliveries.c.request_id,
        result.c.kind == DeliveryKind.RESULT,
        is_word(result.c.state, DeliveryState.PENDING, DeliveryState.TRYING),
    )


@cache
def _claiming() -> Prepared:
    head = (
        sa.select(_D.id)
        .where(
            is_word(_D.state, DeliveryState.PENDING),
            _D.not_before_ms <= database_now_ms(),
            (_D.kind != DeliveryKind.LATE) | ~_has_open_result(),
        )
        .order_by(_D.not_before_ms, _D.id)
        .limit(1)
    )
    return Prepared(
        sa.update(deliveries)
        .where(_D.id == head.scalar_subquery(), _D.state == DeliveryState.PENDING)
        .values(state=DeliveryState.TRYING, worker_id=sa.bindparam("claimed_by"), tries=_D.tries + 1)
        .returning(
            _D.id, _D.request_id, _D.job_id, _D.kind, _D.tries, _D.worker_id, _D.channel_id, _D.message_id
        )
    )


def claim_delivery(conn: Connection, worker_id: str) -> DeliveryRow | None:
    """Take the first delivery that is due, in one statement; None if there is none."""
    v = _claiming().named(conn, {"claimed_by": worker_id})
    if v is None:
        return None
    return DeliveryRow(
        v["id"], v["request_id"], v["job_id"], DeliveryKind(v["kind"]), v["tries"], v["worker_id"],
        v["channel_id"], v["message_id"],
    )  # fmt: skip


def begin_rung(conn: Connection, delivery_id: int, rung: str) -> int:
    """Write that a rung is about to be tried; returns the row's id."""
    done = together(
        conn,
        delivery=(_MARK_TRIED, {"delivery": delivery_id, "rung": rung}),
        rung=(_INSERT_RUNG, {"delivery_id": delivery_id, "rung": rung}),
    )
    return id_of(done, "rung")


def end_rung(conn: Connection, rung_id: int, outcome: str) -> None:
    """Write what became of a try."""
    statement, values = _ending(rung_id, outcome)
    statement.change(conn, values)


def _ending(rung_id: int, outcome: str) -> Part:
    return _END_RUNG, {"tried_rung": rung_id, "outcome": outcome[:48]}


def rung_history(conn: Connection, delivery_id: int) -> list[RungRow]:
    """Return the tries of a delivery, oldest first."""
    return [
        RungRow(row[0], row[1], float(row[2]), row[3], row[4])
        for row in _RUNGS_OF.all(conn, {"delivery": delivery_id})
    ]


_HELD: Final = sa.and_(
    _D.id == sa.bindparam("held"),
    _D.state == DeliveryState.TRYING,
    _D.worker_id == sa.bindparam("held_by"),
)
"""A delivery is still in the hands that took it."""
_IS_HELD: Final = Prepared(sa.select(_D.id).where(_HELD))


def is_held(conn: Connection, delivery: DeliveryRow) -> bool:
    """Return whether a delivery is still in the hands that took it."""
    return _IS_HELD.first(conn, {"held": delivery.id, "held_by": delivery.worker_id}) is not None


@cache
def _leaving(shape: Shape) -> Prepared:
    return stays.timed(sa.update(deliveries).where(_HELD).values(assignments(deliveries, shape)))


def _letting_go(delivery: DeliveryRow, **values: object) -> Part:
    """Return the change that takes a delivery out of the hands that hold it; its row is for `stays.note_brought`."""
    values["worker_id"] = None
    parameters = {**parameters_of(values), "held": delivery.id, "held_by": delivery.worker_id}
    return _leaving(shape_of(values)), parameters


def _let_go_as(conn: Connection, delivery: DeliveryRow, **values: object) -> None:
    """Take a delivery out of the hands that hold it, and change it; nothing where they do not hold it any more."""
    together(conn, delivery=_letting_go(delivery, **values))


def postpone(conn: Connection, delivery: DeliveryRow, delay_ms: int) -> None:
    """Hand a delivery back to the line for later."""
    _let_go_as(conn, delivery, state=DeliveryState.PENDING, not_before_ms=After(delay_ms))


def settle_sent(
    conn: Connection,
    delivery: DeliveryRow,
    rung_id: int | None,
    outcome: str,
    *,
    place: tuple[int | None, int | None],
    repeat_after_ms: int | None = None,
) -> None:
    """Write that a result was sent, and where it stands: (channel id, message id), in one transaction.

    With `repeat_after_ms` it goes back to the line, to be sent once more to the same message.
    """
    values: dict[str, object] = {"state": DeliveryState.DELIVERED, "ended_at_ms": NOW}
    if repeat_after_ms is not None:
        values = {"state": DeliveryState.PENDING, "not_before_ms": After(repeat_after_ms)}
    let_go = _letting_go(delivery, channel_id=place[0], message_id=place[1], **values)
    rungs_end = {} if rung_id is None else {"rung": _ending(rung_id, outcome)}
    row = together(conn, **rungs_end, delivery=let_go)["delivery"]
    if rung_id is not None and row is not None:
        stays.note_brought(conn, row)


def park(conn: Connection, delivery: DeliveryRow) -> None:
    """Keep a result that could not be brought; its owner is told at the next command."""
    _let_go_as(conn, delivery, state=DeliveryState.PARKED, ended_at_ms=NOW)


def let_go_all_but(conn: Connection, worker_id: str, held: Collection[int]) -> None:
    """Give up every delivery of a worker but those it knows of: one whose claim was lost on the way back."""
    conn.execute(
        sa.update(deliveries)
        .where(deliveries.c.worker_id == worker_id, deliveries.c.id.not_in(held))
        .values(worker_id=NOBODY)
    )


def let_go(conn: Connection, worker_id: str, delivery_ids: Collection[int]) -> None:
    """Give up deliveries that failed half way in a worker that lives on."""
    conn.execute(
        sa.update(deliveries)
        .where(deliveries.c.id.in_(delivery_ids), deliveries.c.worker_id == worker_id)
        .values(worker_id=NOBODY)
    )


def release_abandoned(conn: Connection) -> int:
    """Hand back the deliveries whose worker is dead; the rung rows say what may have arrived. Returns how many."""
    statement = (
        sa.update(deliveries)
        .where(is_word(deliveries.c.state, DeliveryState.TRYING), deliveries.c.worker_id.not_in(living()))
        .values(state=DeliveryState.PENDING, worker_id=None, not_before_ms=database_now_ms())
    )
    return conn.execute(statement).rowcount


def insert_shown(conn: Connection, request_id: int, job_id: int, channel_id: int, message_id: int) -> None:
    """Write that a message shows a picture again, so that its buttons and reactions find it."""
    conn.execute(
        sa.insert(deliveries).values(
            request_id=request_id,
            job_id=job_id,
            kind=DeliveryKind.SHOWN,
            state=DeliveryState.DELIVERED,
            channel_id=channel_id,
            message_id=message_id,
            not_before_ms=database_now_ms(),
            created_at_ms=database_now_ms(),
            ended_at_ms=database_now_ms(),
        )
    )


def find_message(conn: Connection, message_id: int) -> list[MessageRow]:
    """Return what a message shows: a row for a request, or one for each picture shown again; [] for none of ours."""
    statement = (
        sa.select(
            deliveries.c.request_id, deliveries.c.job_id, deliveries.c.channel_id, deliveries.c.message_id
        )
        .where(deliveries.c.message_id == message_id)
        .order_by(deliveries.c.id)
    )
    return [MessageRow(row[0], row[1], row[2], row[3]) for row in conn.execute(statement)]


def messages_of_job(conn: Connection, job_id: int) -> list[MessageRow]:
    """Return the messages that show a job's picture, alone or among the others of its request."""
    request_id = sa.select(jobs.c.request_id).where(jobs.c.id == job_id).scalar_subquery()
    statement = sa.select(
        deliveries.c.request_id, deliveries.c.job_id, deliveries.c.channel_id, deliveries.c.message_id
    ).where(
        deliveries.c.request_id == request_id,
        deliveries.c.message_id.is_not(None),
        deliveries.c.job_id.is_(None) | (deliveries.c.job_id == job_id),
    )
    return [MessageRow(row[0], row[1], row[2], row[3]) for row in conn.execute(statement)]


def _parked(user_id: int, limit: int) -> sa.Select[tuple[int]]:
    return (
        sa.select(deliveries.c.id)
        .join(requests, requests.c.id == deliveries.c.request_id)
        .where(
            is_word(deliveries.c.state, DeliveryState.PARKED),
            deliveries.c.noticed_at_ms.is_(None),
            requests.c.user_id == user_id,
        )
        .order_by(deliveries.c.id)
        .limit(limit)
    )


def find_parked(conn: Connection, user_id: int, limit: int) -> list[tuple[int, int | None]]:
    """Return (delivery id, job id) of a user's parked results that they were not told of.

    A job with a picture has its id; a result of which nothing came stands once, with None.
    """
    delivery_ids = list(conn.execute(_parked(user_id, limit)).scalars())
    if not delivery_ids:
        return []
    with_pictures = (
        sa.select(deliveries.c.id, images.c.job_id)
        .select_from(deliveries)
        .outerjoin(
            jobs,
            (jobs.c.request_id == deliveries.c.request_id)
            & (deliveries.c.job_id.is_(None) | (deliveries.c.job_id == jobs.c.id)),
        )
        .outerjoin(images, images.c.job_id == jobs.c.id)
        # A stored job without a picture had one, and its owner deleted it: there is nothing to tell.
        .where(
            deliveries.c.id.in_(delivery_ids),
            images.c.job_id.is_not(None) | (jobs.c.state != JobState.STORED),
        )
        .distinct()
        .order_by(deliveries.c.id, images.c.job_id)
    )
    return [(row[0], row[1]) for row in conn.execute(with_pictures)]


def mark_told(conn: Connection, delivery_ids: Collection[int]) -> None:
    """Write that the owner was told of parked results."""
    conn.execute(
        sa.update(deliveries).where(deliveries.c.id.in_(delivery_ids)).values(noticed_at_ms=database_now_ms())
    )
