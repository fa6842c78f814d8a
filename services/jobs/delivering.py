"""Bring results to their owners: one rung of the ladder at a time, its row committed before it is tried."""

import logging
import time
from typing import Final

from db import deliveries, people
from db.deliveries import DeliveryRow, RungRow
from db.engine import Connection
from db.requests import RequestRow
from services.context import Context
from services.jobs import results
from services.jobs.courier import Courier, RequestResult, Rung, Sending, Sent
from services.jobs.ladder import LADDERS, TOKEN_MARGIN_MS, Step, Tried, next_step, open_rungs
from services.jobs.message_turns import MessageTurns

log = logging.getLogger(__name__)

REPEAT_AFTER_S: Final = 5.0
"""A result is sent once more this long after it, where an earlier progress edit may overtake it."""
LATER_S: Final = 5.0
DELIVERY_TRIES: Final = 12


def _tried(row: RungRow) -> Tried:
    return Tried(Rung(row.rung), row.age_s, row.tried_at_ms, row.outcome)


def _choose(request: RequestRow, history: list[RungRow], *, allows_direct_messages: bool) -> Step | None:
    origin = request.origin
    expires_at_ms = origin.token_expires_at_ms or 0
    is_token_alive = request.sealed_token is not None and expires_at_ms > time.time() * 1000 + TOKEN_MARGIN_MS
    ladder = LADDERS[(request.visibility, origin.installation, origin.kind)]
    rungs = open_rungs(ladder, is_token_alive=is_token_alive, allows_direct_messages=allows_direct_messages)
    return next_step(rungs, [_tried(row) for row in history])


def _read(
    conn: Connection, delivery: DeliveryRow
) -> tuple[RequestRow | None, list[results.Row], list[RungRow], bool]:
    request, rows, history = results.read_rows(conn, delivery)
    allows = request is not None and people.allows_direct_messages(conn, request.origin.user_id)
    return request, rows, history, allows


async def _try_rung(context: Context, courier: Courier, step: Step, result: RequestResult) -> Sent:
    rung_id = await context.database.write(deliveries.begin_rung, result.delivery_id, step.rung)
    if step.look_since_ms is not None:
        found = await courier.find_delivered(result, step.look_since_ms)
        if found is not None and found.sending is Sending.SENT:
            await context.database.write(deliveries.end_rung, rung_id, "found")
            return found
        if found is not None and step.rung is Rung.CHANNEL:
            # Nobody can tell whether it stands in the channel already: never a second post there.
            await context.database.write(deliveries.end_rung, rung_id, Sending.REFUSED)
            return Sent(Sending.REFUSED, reason="the channel's history cannot be read")
    sent = await courier.deliver(step.rung, result)
    await context.database.write(deliveries.end_rung, rung_id, sent.sending)
    return sent


async def _settle(context: Context, delivery: DeliveryRow, sent: Sent, turns: MessageTurns) -> None:
    if sent.sending is Sending.SENT:
        if turns.leave(delivery.request_id):
            await context.database.write(deliveries.postpone, delivery.id, int(REPEAT_AFTER_S * 1000))
        else:
            await context.database.write(
                deliveries.mark_delivered, delivery.id, sent.channel_id, sent.message_id
            )
        return
    log.warning(
        "delivery %d: %s: %s", delivery.id, sent.sending, sent.reason, extra={"request": delivery.request_id}
    )
    delay_s = 0.0 if sent.sending is Sending.REFUSED else min(LATER_S * delivery.tries, 60.0)
    await context.database.write(deliveries.postpone, delivery.id, int(delay_s * 1000))
    context.deliveries_bell.ring()


async def deliver(context: Context, courier: Courier, turns: MessageTurns, delivery: DeliveryRow) -> None:
    """Take one step with one result: try the next rung, or park it when the ladder is at its end."""
    request, rows, history, allows = await context.database.read(_read, delivery)
    step = None
    if request is not None and delivery.tries <= DELIVERY_TRIES:
        step = _choose(request, history, allows_direct_messages=allows)
    if request is None or step is None:
        turns.leave(delivery.request_id)
        await context.database.write(deliveries.park, delivery.id)
        log.info("delivery %d is parked", delivery.id, extra={"request": delivery.request_id})
        return
    result = results.request_result(context, request, delivery.id, rows)
    async with turns.result(delivery.request_id):
        sent = await _try_rung(context, courier, step, result)
    await _settle(context, delivery, sent, turns)
