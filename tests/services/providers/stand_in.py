"""The server that the scripted provider speaks to: a small remote queue with scripted answers.

Each stage has its own line of scripted answers; an empty line means that everything goes well. A paid submit is one
that the stand-in accepted, whether or not the answer arrived.
"""

import asyncio
import base64
import hashlib
import hmac
import io
import json
from collections import deque
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from enum import StrEnum
from typing import Final

import aiohttp
from aiohttp import web
from PIL import Image

from services.models import JsonValue
from tests.services.loopback import cut, serve

COST_MICRO_USD: Final = 40_000
WEBHOOK_SECRET: Final = "scripted-webhook-secret"
SIGNATURE_HEADER: Final = "X-Scripted-Signature"
HUGE_BYTES: Final = 9 * 1024 * 1024
SAID: Final = "Node 17 said: out of memory"
"""The vendor's own words for what went wrong."""
_NEVER_S: Final = 300.0


class Stage(StrEnum):
    """What the provider is asked for."""

    SUBMIT = "submit"
    STATUS = "status"
    CANCEL = "cancel"
    PICTURE = "picture"


class Fault(StrEnum):
    """What the next answer of a stage is. Those named ACCEPTED take the order, and the money, first."""

    FINE = "fine"
    BUSY = "busy"
    """429 with Retry-After: 2."""
    BUSY_DATE = "busy_date"
    BUSY_SILENT = "busy_silent"
    BUSY_FOREVER = "busy_forever"
    BUSY_IN_BODY = "busy_in_body"
    NO_BALANCE = "no_balance"
    BAD_OPTION = "bad_option"
    REFUSED = "refused"
    """503 with a body that says that nothing was accepted."""
    REFUSED_KEY = "refused_key"
    MODERATED = "moderated"
    """On submit: the input is refused. On status: the finished picture is withheld."""
    ACCEPTED_THEN_500 = "accepted_then_500"
    ACCEPTED_THEN_MUTE = "accepted_then_mute"
    ACCEPTED_THEN_CUT = "accepted_then_cut"
    ACCEPTED_THEN_GARBAGE = "accepted_then_garbage"
    ACCEPTED_THEN_HALF = "accepted_then_half"
    ACCEPTED_THEN_HUGE = "accepted_then_huge"
    ERROR_500 = "error_500"
    MUTE = "mute"
    CUT = "cut"
    GARBAGE = "garbage"
    """200 with HTML."""
    CUT_BODY = "cut_body"
    """200 with half of the bytes that its head promises."""
    HUGE = "huge"
    """200 with more bytes than anybody takes."""
    STRANGE = "strange"
    """Status only: a word that nobody has heard of."""
    GONE = "gone"
    """404."""
    RUNNING = "running"
    """Status only: still painting."""
    FAILED = "failed"
    """Status only: the run failed for good."""
    INLINE = "inline"
    """Status only: done, and the picture is in the answer."""
    TRUNCATED = "truncated"
    """Picture only: the first half of the file, as if it were all."""
    BASE64 = "base64"
    """Picture only: the file as base64 text."""
    SENT_AWAY = "sent_away"
    """Picture only: a redirect to another host."""


_SPOILT: Final = {
    Fault.BUSY: (429, '{"error": "busy"}'),
    Fault.BUSY_DATE: (429, '{"error": "busy"}'),
    Fault.BUSY_SILENT: (429, '{"error": "busy"}'),
    Fault.BUSY_FOREVER: (429, '{"error": "busy"}'),
    Fault.BUSY_IN_BODY: (429, '{"retry_after": 2}'),
    Fault.NO_BALANCE: (402, '{"error": "no money"}'),
    Fault.BAD_OPTION: (422, '{"field": "steps", "allowed": "1..50"}'),
    Fault.REFUSED: (503, '{"accepted": false}'),
    Fault.REFUSED_KEY: (401, '{"error": "who are you"}'),
    Fault.ACCEPTED_THEN_500: (500, "{}"),
    Fault.ACCEPTED_THEN_GARBAGE: (200, "<html>ok</html>"),
    Fault.ACCEPTED_THEN_HALF: (200, '{"id": "order-'),
    Fault.ACCEPTED_THEN_HUGE: (200, " " * HUGE_BYTES),
    Fault.HUGE: (200, " " * HUGE_BYTES),
    Fault.STRANGE: (200, '{"state": "dreaming"}'),
    Fault.ERROR_500: (500, "{}"),
    Fault.GARBAGE: (200, "<html>ok</html>"),
    Fault.GONE: (404, '{"error": "no such order"}'),
}


@dataclass(slots=True)
class Order:
    """One accepted order, as the stand-in keeps it."""

    order_id: str
    body: dict[str, JsonValue]
    is_canceled: bool = False
    polls: int = 0


@dataclass(slots=True)
class StandIn:
    """The other side of the wire. `polls_until_done` is how often a fine order is still running when asked."""

    url: str = ""
    polls_until_done: int = 0
    orders: dict[str, Order] = field(default_factory=dict)
    requests: list[tuple[str, str]] = field(default_factory=list)
    """Every request received: (method, path)."""
    keys: list[str] = field(default_factory=list)
    """The key of each of them, "" where it had none."""
    has_mirror: bool = False
    """Whether a finished order names a second address of its picture."""
    may_answer: asyncio.Event = field(default_factory=asyncio.Event)
    """Cleared by a test that wants a submit's answer to be late; the order is taken, and the money."""
    _scripts: dict[Stage, deque[Fault]] = field(default_factory=lambda: {stage: deque() for stage in Stage})

    @property
    def paid_submits(self) -> int:
        """Return how many orders were accepted, and so charged."""
        return len(self.orders)

    @property
    def submits(self) -> int:
        """Return how many submits arrived, refused ones included."""
        return self.requests.count(("POST", "/orders"))

    def script(self, stage: Stage, *faults: Fault) -> None:
        """Let the next answers of `stage` be these, in order, after those that are already scripted."""
        self._scripts[stage].extend(faults)

    def webhook(self, order_id: str) -> tuple[bytes, dict[str, str]]:
        """Return body and headers of the call that says that an order is done, signed as the real one would be."""
        body = json.dumps(self._done(order_id)).encode()
        return body, {SIGNATURE_HEADER: sign(body)}

    def hint(self, order_id: str) -> tuple[bytes, dict[str, str]]:
        """Return body and headers of a call that says only that something has happened to an order."""
        body = json.dumps({"id": order_id, "state": "changed"}).encode()
        return body, {SIGNATURE_HEADER: sign(body)}

    def failure(self, order_id: str) -> tuple[bytes, dict[str, str]]:
        """Return body and headers of the call that says that an order failed."""
        body = json.dumps({"id": order_id, "state": "failed", "detail": SAID}).encode()
        return body, {SIGNATURE_HEADER: sign(body)}

    async def call_back(self, session: aiohttp.ClientSession, order_id: str) -> int:
        """Send the webhook to the address that the order named; return the status that it was answered with."""
        body, headers = self.webhook(order_id)
        address = str(self.orders[order_id].body["webhook_url"])
        async with session.post(address, data=body, headers=headers) as response:
            return response.status

    async def handle(self, request: web.Request) -> web.StreamResponse:
        """Answer one request by the script of its stage."""
        self.requests.append((request.method, request.path))
        self.keys.append(request.headers.get("Authorization", ""))
        match request.method, request.path.split("/")[1:]:
            case "POST", ["orders"]:
                return await self._submit(request)
            case "GET", ["orders", order_id]:
                return await self._status(request, order_id)
            case "DELETE", ["orders", order_id]:
                return await self._cancel(request, order_id)
            case "GET", ["pictures" | "mirror", order_id]:
                return await self._picture(request, order_id)
            case "GET", ["key"]:
                return web.json_response({})
        raise web.HTTPNotFound

    async def _submit(self, request: web.Request) -> web.StreamResponse:
        fault = self._next(Stage.SUBMIT)
        if fault is Fault.MODERATED:
            return web.json_response({"error": "moderation", "stage": "input", "detail": SAID}, status=422)
        if fault is Fault.FINE or fault.startswith("accepted"):
            order_id = f"order-{len(self.orders) + 1}"
            self.orders[order_id] = Order(order_id, await request.json())
            await self.may_answer.wait()
            if fault is Fault.FINE:
                return web.json_response({"id": order_id, "status_url": f"{self.url}/orders/{order_id}"})
        return await _spoil(request, fault)

    async def _status(self, request: web.Request, order_id: str) -> web.StreamResponse:
        fault, order = self._next(Stage.STATUS), self.orders[order_id]
        order.polls += 1
        if order.is_canceled:
            return web.json_response({"state": "canceled"})
        if fault in {Fault.FAILED, Fault.MODERATED}:
            return web.json_response(
                {"state": fault.value, "charged": fault is Fault.MODERATED, "detail": SAID}
            )
        if fault is Fault.INLINE:
            picture = base64.b64encode(picture_of(self._seed(order_id))).decode()
            return web.json_response({**self._done(order_id), "picture": picture})
        if fault is Fault.RUNNING or (fault is Fault.FINE and order.polls <= self.polls_until_done):
            return web.json_response({"state": "running", "place": 0, "fraction": 0.5, "log": "painting"})
        return (
            web.json_response(self._done(order_id)) if fault is Fault.FINE else await _spoil(request, fault)
        )

    async def _cancel(self, request: web.Request, order_id: str) -> web.StreamResponse:
        fault = self._next(Stage.CANCEL)
        if fault is Fault.FAILED:
            return web.json_response({"canceled": False})
        if fault is not Fault.FINE:
            return await _spoil(request, fault)
        self.orders[order_id].is_canceled = True
        return web.json_response({"canceled": True})

    async def _picture(self, request: web.Request, order_id: str) -> web.StreamResponse:
        fault, data = self._next(Stage.PICTURE), picture_of(self._seed(order_id))
        if fault is Fault.SENT_AWAY:
            raise web.HTTPFound("http://elsewhere.invalid/picture.png")
        sent = {
            Fault.FINE: data,
            Fault.TRUNCATED: data[: len(data) // 2],
            Fault.BASE64: base64.b64encode(data),
        }
        if fault not in sent:
            return await _spoil(request, fault)
        return web.Response(body=sent[fault], content_type="image/png")

    def _done(self, order_id: str) -> dict[str, JsonValue]:
        return {
            "id": order_id,
            "state": "done",
            "picture_url": f"{self.url}/pictures/{order_id}",
            "other_urls": [f"{self.url}/mirror/{order_id}"] if self.has_mirror else [],
            "seed": self._seed(order_id),
            "cost_micro_usd": COST_MICRO_USD,
        }

    def _seed(self, order_id: str) -> int:
        seed = self.orders[order_id].body.get("seed")
        return seed if isinstance(seed, int) else 0

    def _next(self, stage: Stage) -> Fault:
        waiting = self._scripts[stage]
        return waiting.popleft() if waiting else Fault.FINE


@asynccontextmanager
async def stand_in() -> AsyncIterator[StandIn]:
    """Serve a stand-in on this machine for as long as the block runs."""
    server = StandIn()
    server.may_answer.set()
    async with serve(server.handle) as url:
        server.url = url
        yield server


def sign(body: bytes) -> str:
    """Return the signature of a webhook's body."""
    return hmac.new(WEBHOOK_SECRET.encode(), body, hashlib.sha256).hexdigest()


def picture_of(seed: int) -> bytes:
    """Return a small PNG whose colour is the seed's."""
    picture = Image.new("RGB", (96, 96), (seed & 255, (seed >> 8) & 255, (seed >> 16) & 255))
    file = io.BytesIO()
    picture.save(file, "PNG")
    return file.getvalue()


async def _spoil(request: web.Request, fault: Fault) -> web.StreamResponse:
    """Give the answer that has nothing to do with the order itself."""
    if fault in {Fault.MUTE, Fault.ACCEPTED_THEN_MUTE}:
        await asyncio.sleep(_NEVER_S)
    if fault in {Fault.CUT, Fault.ACCEPTED_THEN_CUT}:
        cut(request)
    if fault is Fault.CUT_BODY:
        return await _cut_in_the_body(request)
    status, text = _SPOILT.get(fault, (200, ""))
    return web.Response(status=status, text=text, headers=_retry_after(fault))


def _retry_after(fault: Fault) -> dict[str, str]:
    """Return the header by which a busy provider says when to come back."""
    match fault:
        case Fault.BUSY:
            return {"Retry-After": "2"}
        case Fault.BUSY_FOREVER:
            return {"Retry-After": "86400"}
        case Fault.BUSY_DATE:
            return {"Retry-After": format_datetime(datetime.now(UTC) + timedelta(seconds=90), usegmt=True)}
    return {}


async def _cut_in_the_body(request: web.Request) -> web.StreamResponse:
    response = web.StreamResponse(headers={"Content-Length": "1000"})
    await response.prepare(request)
    await response.write(b'{"half of": "it')
    cut(request)
    return response
