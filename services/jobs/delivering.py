"""Bring results to their owners: one rung of the ladder at a time, its row committed before it is tried."""

import logging
import math
import time
from dataclasses import dataclass, field, replace
from typing import Final

from db.engine import Connection
from db.jobs import deliveries, late_pictures
from db.jobs.circumstances import read_circumstances
from db.jobs.deliveries import DeliveryRow
from db.jobs.progress_edits import EditInTheWay
from db.jobs.requests import RequestRow
from db.pictures import message_removals
from services.context import Context
from services.crash_points import crash_point
from services.jobs import results
from services.jobs.awake import clock_s
from services.jobs.courier import Courier, RequestResult, Rung, Sending, Sent
from services.jobs.ladder import LADDERS, TOKEN_MARGIN_MS, Step, Tried, next_step, open_rungs
from services.jobs.message_turns import MessageTurns
from services.jobs.other_writers import wait_for_others
from services.jobs.persisting import persist_move
from services.jobs.ready_files import ReadyFile, with_ready
from services.metrics import count
from services.models import DeliveryKind, OriginKind

log = logging.getLogger(__name__)

REPEAT_AFTER_S: Final = 5.0
"""A result is sent once more this long after it, where an earlier progress edit may overtake it."""
AGAIN_AFTER_S: Final = 5.0
AGAIN_AT_MOST_S: Final = 300.0
SURE_FOR_S: Final = 5.0
"""For so long a claim is taken as ours without a look: far below the lease that a dead worker's deliveries have."""
DELIVERY_TRIES: Final = 200
"""With the waits between them more than half a day: so long Discord may be away before a result is parked."""

_CHANNEL_ONLY: Final = frozenset({Rung.CHANNEL})
_ORIGINAL_ONLY: Final = frozenset({Rung.ORIGINAL})
_POSTS: Final = frozenset({Rung.CHANNEL, Rung.DIRECT})
_GOES_ON: Final = frozenset({Sending.REFUSED, Sending.UNSEEN})
"""Answers that no waiting changes: the next rung, or the ladder's end, comes at once."""


@dataclass(frozen=True, slots=True)
class _Sight:
    """Everything that decides about the next step of one delivery."""

    delivery: DeliveryRow
    request: RequestRow
    rows: list[results.Row]
    history: tuple[Tried, ...]
    allows_direct_messages: bool
    edit: EditInTheWay | None = None
    """What another worker may be writing to the message of the request."""
    left_out: int = 0
    """Pictures of the request that have messages of their own."""

    @property
    def pictured_jobs(self) -> list[int]:
        return [row["job_id"] for row in self.rows if results.has_picture(row)]

    @property
    def has_pictures(self) -> bool:
        return bool(self.pictured_jobs)

    @property
    def is_empty(self) -> bool:
        """Return whether every picture was deleted before it was brought, so that there is nothing to say."""
        return bool(self.rows) and all(results.was_deleted(row) for row in self.rows)

    @property
    def is_doubtful(self) -> bool:
        return any(tried.may_have_arrived for tried in self.history)


def _read(conn: Connection, delivery: DeliveryRow) -> _Sight | None:
    now = read_circumstances(conn, delivery.request_id)
    if now is None:
        return None
    rows = results.read_rows(conn, delivery)
    history = [] if delivery.is_new else deliveries.rung_history(conn, delivery.id)
    tried = tuple(Tried(Rung(row.rung), row.age_s, row.tried_at_ms, row.outcome) for row in history)
    tried = (*_forgotten(now.doubted_since_ms), *tried)
    return _Sight(delivery, now.request, rows, tried, now.allows_direct_messages, now.edit)


def _without_late(conn: Connection, sight: _Sight) -> _Sight:
    """Return what was sent: a picture that has come since then has a message of its own."""
    late = late_pictures.late_jobs(conn, sight.request.id)
    is_alone = sight.delivery.job_id is not None
    rows = [row for row in sight.rows if row["job_id"] not in late]
    return sight if is_alone else replace(sight, rows=rows, left_out=len(sight.rows) - len(rows))


def _with_what_it_shows(conn: Connection, sight: _Sight) -> _Sight:
    """Return a result with the late pictures that it is about to show, which need no message of their own then.

    Where an earlier try may have arrived, they have: that message, found again, would be taken for theirs as well.
    """
    if sight.is_doubtful:
        return _without_late(conn, sight)
    late_pictures.fold_into_result(conn, sight.delivery, sight.pictured_jobs)
    return sight


def _forgotten(since_ms: int | None) -> tuple[Tried, ...]:
    """Return tries that may have been, in the time that a restored database has forgotten: they are looked for.

    However young: their nonce was of another delivery.
    """
    if since_ms is None:
        return ()
    return tuple(Tried(rung, math.inf, since_ms, None) for rung in (Rung.CHANNEL, Rung.DIRECT))


def _closed(sight: _Sight) -> frozenset[Rung]:
    """Return the rungs that this result may not take.

    A late picture must not replace the result that the first response shows; why nothing came is said privately. Where
    there is nothing to say, only the message that waits for it has to go.
    """
    closed: frozenset[Rung] = frozenset()
    if sight.delivery.kind is DeliveryKind.LATE:
        closed |= _ORIGINAL_ONLY
    if not sight.has_pictures and sight.request.origin.kind is OriginKind.INTERACTION:
        closed |= _CHANNEL_ONLY
    if sight.is_empty:
        closed |= _POSTS
    return closed


def _open_rungs(sight: _Sight) -> tuple[Rung, ...]:
    request, origin = sight.request, sight.request.origin
    expires_at_ms = origin.token_expires_at_ms or 0
    is_token_alive = request.sealed_token is not None and expires_at_ms > time.time() * 1000 + TOKEN_MARGIN_MS
    return open_rungs(
        LADDERS[(request.visibility, origin.installation, origin.kind)],
        is_token_alive=is_token_alive,
        allows_direct_messages=sight.allows_direct_messages,
        closed=_closed(sight),
    )


async def _look(courier: Courier, step: Step, result: RequestResult) -> Sent | None:
    """Look for an earlier message; None where there is certainly none, or none that would stand beside a new one."""
    job_ids = {*(picture.job_id for picture in result.pictures), *result.deleted}
    for look in step.looks:
        found = await courier.find_delivered(look.place, result.origin, job_ids, look.since_ms)
        if found is None or (found.sending is Sending.REFUSED and look.place is not step.rung):
            continue
        return found
    return None


async def _is_ours(context: Context, begun: "Begun") -> bool:
    """Return whether a delivery is still in our hands: whoever was stopped for long may have been taken for dead."""
    if clock_s() - begun.begun_s < SURE_FOR_S:
        return True
    return await context.database.read(deliveries.is_held, begun.delivery)


async def _send(
    context: Context, courier: Courier, begun: "Begun", step: Step, result: RequestResult
) -> Sent | None:
    """Find the result where an earlier try left it, or send it; None where it is another worker's by now."""
    sent = await _look(courier, step, result)
    if sent is None and await _is_ours(context, begun):
        sent = await courier.deliver(step.rung, result)
    if sent is not None:
        count("limner_delivery_tries_total", rung=step.rung, outcome=sent.sending)
    return sent


async def _try(
    context: Context, courier: Courier, turns: MessageTurns, sight: _Sight, step: Step, *, begun: "Begun"
) -> None:
    """Take one step, whose row is committed already; its outcome is committed after it."""
    delivery, database, rung_id = sight.delivery, context.database, begun.rung_id
    result = results.request_result(context, sight.request, delivery.id, sight.rows)
    result = with_ready(result, begun.ready)
    async with turns.result(delivery.request_id):
        may_be_late = await wait_for_others(context, delivery, sight.edit)
        crash_point("deliver.before_post")
        sent = await _send(context, courier, begun, step, result)
        crash_point("deliver.posted")
    if sent is None:
        turns.leave(delivery.request_id)
        log.warning("delivery %d was taken over while this worker was stopped", delivery.id)
        return
    if sent.sending is Sending.SENT:
        may_be_late = turns.leave(delivery.request_id) or may_be_late
        is_overtaken = may_be_late and bool(result.pictures) and step.rung is Rung.ORIGINAL
        repeat_after_ms = int(REPEAT_AFTER_S * 1000) if is_overtaken else None
        place = (sent.channel_id, sent.message_id)
        if result.deleted and sight.is_doubtful and step.rung is not Rung.ORIGINAL:
            # Found, or given back for its nonce: an earlier message, which may show what was deleted since.
            await database.write(message_removals.renew, result.deleted)
        await persist_move(
            database,
            deliveries.settle_sent,
            delivery,
            rung_id,
            sent.sending,
            place=place,
            repeat_after_ms=repeat_after_ms,
        )
        _let_late_ones_go(context, sight)
        return
    log.warning(
        "delivery %d: %s: %s", delivery.id, sent.sending, sent.reason, extra={"request": delivery.request_id}
    )
    delay_s = 0.0 if sent.sending in _GOES_ON else min(AGAIN_AFTER_S * delivery.tries, AGAIN_AT_MOST_S)
    await database.write(deliveries.end_rung, rung_id, sent.sending)
    await database.write(deliveries.postpone, delivery, int(delay_s * 1000))
    context.deliveries_bell.ring()


async def _repeat(context: Context, courier: Courier, sight: _Sight, turns: MessageTurns) -> None:
    """Send a result once more to the message that shows it already; what becomes of that changes nothing."""
    delivery = sight.delivery
    result = results.request_result(context, sight.request, delivery.id, sight.rows)
    # Of a message whose pictures were deleted nothing is left to be sent: it goes as a whole.
    if result.pictures and Rung.ORIGINAL in _open_rungs(sight):
        async with turns.result(delivery.request_id):
            await courier.deliver(Rung.ORIGINAL, result)
        turns.leave(delivery.request_id)
    place = (delivery.channel_id, delivery.message_id)
    await persist_move(context.database, deliveries.settle_sent, delivery, None, Sending.SENT, place=place)
    _let_late_ones_go(context, sight)


def _let_late_ones_go(context: Context, sight: _Sight) -> None:
    """Wake who brings the late pictures that have waited for this result; where all came in time there are none."""
    if sight.left_out or len(sight.pictured_jobs) < len(sight.rows):
        context.deliveries_bell.ring()


def _next_step(sight: _Sight) -> Step | None:
    # Of a message without pictures nothing can be recognised: it is told at the next command instead.
    is_told_later = sight.is_doubtful and not sight.has_pictures and not sight.is_empty
    if sight.delivery.tries > DELIVERY_TRIES or is_told_later:
        return None
    return next_step(_open_rungs(sight), sight.history)


@dataclass(frozen=True, slots=True)
class Begun:
    """A delivery in a worker's hands: what is to be done with it, and the row of the rung that is about to be tried.

    Without a step it was parked, or is only to be sent once more.
    """

    delivery: DeliveryRow
    sight: _Sight | None
    step: Step | None = None
    rung_id: int = 0
    begun_s: float = field(default_factory=clock_s)
    """When the transaction ran that took it, by our clock that goes on while this process is stopped."""
    ready: ReadyFile | None = None
    """The file of the picture by which the request was done."""


def begin(conn: Connection, delivery: DeliveryRow) -> Begun:
    """Decide about the next step of a delivery and write the row of its rung, or park it at the ladder's end."""
    sight = _read(conn, delivery)
    if sight is not None and delivery.message_id is not None:
        return Begun(delivery, _without_late(conn, sight))
    if sight is not None and delivery.kind is DeliveryKind.RESULT and not delivery.is_new:
        sight = _with_what_it_shows(conn, sight)
    step = None if sight is None else _next_step(sight)
    if sight is None or step is None:
        deliveries.park(conn, delivery)
        return Begun(delivery, sight)
    return Begun(delivery, sight, step, deliveries.begin_rung(conn, delivery.id, step.rung))


def claim(conn: Connection, worker_id: str) -> Begun | None:
    """Take the first delivery that is due and begin with it, in one transaction; None if there is none."""
    delivery = deliveries.claim_delivery(conn, worker_id)
    return None if delivery is None else begin(conn, delivery)


async def deliver(context: Context, courier: Courier, turns: MessageTurns, begun: Begun) -> None:
    """Take one step with one result: try the next rung; at the end of the ladder it is parked already."""
    delivery, sight = begun.delivery, begun.sight
    if sight is not None and begun.step is not None:
        await _try(context, courier, turns, sight, begun.step, begun=begun)
    elif sight is not None and delivery.message_id is not None:
        await _repeat(context, courier, sight, turns)
    else:
        turns.leave(delivery.request_id)
        context.deliveries_bell.ring()  # a late picture of its request need not wait for it any more
        count("limner_parked_total")
        log.info("delivery %d is parked", delivery.id, extra={"request": delivery.request_id})
