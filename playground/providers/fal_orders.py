"""fal's orders: their life from the queue to the result, and what status, result and webhook say of them."""

import asyncio
import contextlib
import json
import math
from collections import OrderedDict
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from aiohttp import web

from playground.providers.desk import Desk
from playground.providers.fal_errors import ModelError, Outcome, request_error
from playground.providers.fal_models import MODELS, trimmed
from playground.providers.fal_painting import carried_out
from playground.providers.pace import Work

QUEUED_SHARE = 0.3
"""The part of its time that an order waits in the line."""
PAST_RECALL = 0.7
"""From this part of its time on an order is finished although it was cancelled."""
RESULT_LIVES_S = 3600.0
LARGE_RESULT_LIVES_S = 360.0
LARGE_RESULT_BYTES = 10_000
"""*Source:* fal.ai, queue: results are kept one hour, those of 10 KB and more six minutes."""
WEBHOOK_RETRIES = 10
MOST_ORDERS = 5_000
_PLACES = 3

NOT_SERIALIZABLE = (
    "Response payload is not JSON serializable. Either return a JSON serializable object or use the queue "
    "endpoint to retrieve the response."
)
"""*Source:* fal-ai/fal-js, issue 153: a webhook of an endpoint that does not exist."""


@dataclass(slots=True)
class Order:
    """One request in the queue. `given` is let go at its end: it may hold megabytes of base64."""

    request_id: str
    endpoint: str
    key: str
    given: Mapping[str, Any]
    webhook: str
    request: web.Request
    work: Work
    start_within_s: float | None
    media_lives_s: float | None
    task: asyncio.Task[None] | None = None
    outcome: Outcome | None = None
    body: bytes = b""
    ends_s: float = math.inf

    @property
    def state(self) -> str:
        """Return fal's word for where the order is."""
        if self.outcome is not None:
            return "COMPLETED"
        return "IN_QUEUE" if self.work.fraction() < QUEUED_SHARE else "IN_PROGRESS"

    @property
    def place(self) -> int:
        """Return how many orders are in front."""
        return max(math.ceil((QUEUED_SHARE - self.work.fraction()) / QUEUED_SHARE * _PLACES) - 1, 0)


class Orders:
    """All orders of the stand-in."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self._kept: OrderedDict[str, Order] = OrderedDict()

    def add(self, order: Order) -> None:
        """Keep an order and start it."""
        self._kept[order.request_id] = order
        while len(self._kept) > MOST_ORDERS:
            self._kept.popitem(last=False)
        order.task = self._desk.spawn(self._live(order))

    def find(self, application: str, request_id: str, key: str) -> Order | None:
        """Return the order of that account, by the trimmed or the whole endpoint; None when its result is gone too."""
        order = self._kept.get(request_id)
        if order is None or order.key != key or self._desk.now_s() >= order.ends_s:
            return None
        return order if application in (trimmed(order.endpoint), order.endpoint) else None

    def waiting(self, endpoint: str) -> int:
        """Return how long an endpoint's line is."""
        return sum(order.endpoint == endpoint and order.state == "IN_QUEUE" for order in self._kept.values())

    def reset(self) -> None:
        """Forget every order."""
        self._kept.clear()

    def cancel(self, order: Order) -> bool:
        """Take an order out of the queue, or stop it; False when it has ended already."""
        if order.outcome is not None:
            return False
        if order.work.fraction() < PAST_RECALL and order.task is not None:
            order.task.cancel()
            self._end(order, request_error(499, "client_cancelled", "Request was cancelled by the client"))
        return True

    async def _live(self, order: Order) -> None:
        """See an order to its end; what breaks in here ends it as a failure of the runner's would."""
        try:
            await self._wait_and_paint(order)
        except Exception:
            self._end(order, request_error(500, "internal_error", "Internal server error"))
            raise

    async def _wait_and_paint(self, order: Order) -> None:
        try:
            await asyncio.wait_for(order.work.reaches(QUEUED_SHARE), order.start_within_s)
        except TimeoutError:
            late = {"X_Fal_Request_Timeout_Type": "user"}
            self._end(order, request_error(504, "request_timeout", "Request timed out in the queue", **late))
            return
        await order.work.reaches()
        outcome = await self._carried_out(order)
        if outcome.is_success:
            self._desk.mark_paid(order.request)
        self._end(order, outcome)

    async def _carried_out(self, order: Order) -> Outcome:
        if order.endpoint not in MODELS:
            path = order.endpoint.removeprefix(trimmed(order.endpoint))
            return Outcome(404, {"detail": f"Path {path} not found"}, is_json=False)
        try:
            return await carried_out(self._desk, order.endpoint, order.given, order.media_lives_s)
        except ModelError as refusal:
            return refusal.outcome

    def _end(self, order: Order, outcome: Outcome) -> None:
        order.outcome, order.given = outcome, {}
        order.body = json.dumps(outcome.body).encode()
        is_large = len(order.body) >= LARGE_RESULT_BYTES
        order.ends_s = self._desk.now_s() + (LARGE_RESULT_LIVES_S if is_large else RESULT_LIVES_S)
        if order.webhook:
            body = webhook_body(order.request_id, outcome)
            self._desk.call_back(
                order_id=order.request_id,
                url=order.webhook,
                body=body,
                headers={},
                retries=WEBHOOK_RETRIES,
            )


def webhook_body(request_id: str, outcome: Outcome) -> bytes:
    """Return a webhook's body, with the spacing of Python's own JSON and an `error` that is null on success.

    *Source:* smarenkov/fal-ai-webhook-verification, a recorded body.
    """
    told: dict[str, Any] = {
        "error": None if outcome.is_success else f"Invalid status code: {outcome.status}",
        "gateway_request_id": request_id,
        "payload": outcome.body if outcome.is_json else None,
        "request_id": request_id,
        "status": "OK" if outcome.is_success else "ERROR",
    }
    if not outcome.is_json:
        told["payload_error"] = NOT_SERIALIZABLE
    return json.dumps(dict(sorted(told.items()))).encode()


def status_of(order: Order, addresses: Mapping[str, str], *, with_logs: bool) -> dict[str, Any]:
    """Return the body of a status."""
    told: dict[str, Any] = {"status": order.state, "request_id": order.request_id, **addresses}
    if told["status"] == "IN_QUEUE":
        return told | {"queue_position": order.place}
    told["logs"] = logs_of(order) if with_logs else None
    if order.outcome is not None:
        told["metrics"] = {"inference_time": order.work.duration_s}
        # A model's own refusal has neither: it shows only in the result. Source: recorded refusals of content.
        if order.outcome.error_type:
            told |= {"error": order.outcome.body["detail"], "error_type": order.outcome.error_type}
    return told


def logs_of(order: Order) -> list[dict[str, Any]]:
    """Return the log so far: loading, then a line for every fourth part of the steps."""
    steps = 28
    share = 1.0 if order.outcome else (order.work.fraction() - QUEUED_SHARE) / (1 - QUEUED_SHARE)
    lines = ["Loading the model"]
    for quarter in range(1, 5):
        if share >= quarter / 4:
            bar = ("#" * quarter * 2).ljust(8)
            lines.append(
                f"{quarter * 25:3d}%|{bar}| {steps * quarter // 4}/{steps} [00:0{quarter}<00:0{4 - quarter}]"
            )
    return [
        {
            "message": line,
            "level": "INFO",
            "source": "USER",
            "timestamp": datetime.now(UTC).isoformat(),
        }
        for line in lines
    ]


async def ended(order: Order) -> None:
    """Wait until an order has ended."""
    if order.task is not None:
        with contextlib.suppress(asyncio.CancelledError):
            await asyncio.wait((order.task,))
