"""fal's stand-in: queue, status, results, webhooks, uploads.

*Source:* fal.ai, model APIs (queue, webhooks, errors, common parameters); fal-client 1.0.3.
"""

import asyncio
import json
import re
from collections.abc import Awaitable, Callable, Mapping
from typing import Any

from aiohttp import web

from playground.providers.desk import Desk, trick_in
from playground.providers.fal_files import Files, lifecycle_s
from playground.providers.fal_models import APPLICATIONS, trimmed
from playground.providers.fal_orders import NOT_SERIALIZABLE, Order, Orders, ended, status_of
from playground.providers.fal_signing import Signer

_FOLLOW_UP = re.compile(r"(.+?)/requests/([^/]+)(/status/stream|/status|/cancel|/response)?")
_LOOK_S = 0.05

Handle = Callable[[web.Request], Awaitable[web.StreamResponse]]
_TRUE = ("1", "true", "True")


class FalStandIn:
    """fal, as far as its clients see it."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self._orders = Orders(desk)
        self._files = Files(desk)
        self._signer = Signer()

    def routes(self) -> list[web.RouteDef]:
        """Return queue, direct calls, storage and the public keys."""
        files = self._files
        return [
            web.post("/run/{endpoint:.+}", self._run),
            web.route("*", "/queue/{tail:.+}", self._queue),
            web.get("/rest/.well-known/jwks.json", self._jwks),
            web.post("/rest/storage/auth/token", self._keyed(files.token)),
            web.post("/rest/storage/upload/initiate", self._keyed(files.initiate)),
            web.post("/cdn/files/upload", files.upload),
            web.post("/cdn/files/upload/multipart", files.begin_parts),
            web.put(r"/cdn/files/b/{name}/multipart/{ticket}/{number:\d+}", files.put_part),
            web.post("/cdn/files/b/{name}/multipart/{ticket}/complete", files.finish_parts),
            web.put("/cdn/put/{ticket}", files.put),
        ]

    def apps(self) -> Mapping[str, web.Application]:
        """Return no further hosts."""
        return {}

    def set_origins(self, origins: Mapping[str, str]) -> None:
        """Take nothing: everything lies on the front port."""

    def reset(self) -> None:
        """Forget orders and uploads."""
        self._orders.reset()
        self._files.reset()

    def rotate(self) -> None:
        """Sign webhooks with a new key from now on."""
        self._signer.rotate()

    def signed(self, order_id: str, body: bytes, fault: str) -> Mapping[str, str]:
        """Return a webhook's headers."""
        return self._signer.headers(order_id, body, self._desk.now_s(), fault)

    def altered(self, _order_id: str, body: bytes, fault: str) -> bytes:
        """Return a webhook's body with the fault "null_payload": well signed, but the result has to be fetched."""
        if fault != "null_payload":
            return body
        told = json.loads(body) | {"payload": None, "payload_error": NOT_SERIALIZABLE}
        return json.dumps(dict(sorted(told.items()))).encode()

    def _keyed(self, handle: Callable[[web.Request], Any]) -> Handle:
        """Return a handler that asks for the key first."""

        async def keyed(request: web.Request) -> web.StreamResponse:
            refusal = self._refused(request)
            if refusal is not None:
                return refusal
            answer = handle(request)
            response: web.StreamResponse = await answer if asyncio.iscoroutine(answer) else answer
            return response

        return keyed

    def _refused(self, request: web.Request) -> web.Response | None:
        """Return the refusal of a request without a good key; None for a good one.

        *Source:* bodies quoted in many projects; the one for no header at all is unverified.
        """
        header = request.headers.get("Authorization", "")
        scheme, _, key = header.partition(" ")
        if not header:
            return _detail(401, "Authentication is required to access this application.")
        if scheme != "Key" or ":" not in key:
            form = "Expected '<key_id>:<key_secret>'."
            return _detail(401, f"Invalid Key Authorization header format. {form}")
        if not self._desk.is_good_key(key):
            return _detail(401, "No user found for Key ID and Secret")
        return None

    async def _jwks(self, _request: web.Request) -> web.Response:
        return web.json_response(self._signer.jwks())

    async def _queue(self, request: web.Request) -> web.StreamResponse:
        """Answer anything below the queue's host; every answer carries `x-fal-request-id`."""
        refusal = self._refused(request)
        if refusal is not None:
            return self._stamped(refusal, self._desk.new_id())
        found = _FOLLOW_UP.fullmatch(request.match_info["tail"])
        if found is None:
            return await self._submit(request, request.match_info["tail"])
        application, request_id, verb = found.group(1), found.group(2), found.group(3) or ""
        order = self._orders.find(application, request_id, _key(request))
        if order is None:
            return self._stamped(web.json_response({"status": "NOT_FOUND"}, status=404), request_id)
        method, answer = self._verbs[verb]
        if request.method != method:
            return self._stamped(_detail(405, "Method Not Allowed"), request_id)
        return await answer(self, request, order)

    @staticmethod
    def _stamped(response: web.Response, request_id: str) -> web.Response:
        response.headers["x-fal-request-id"] = request_id
        return response

    def _addresses(self, order: Order) -> dict[str, str]:
        """Return the three addresses of an order, without the path of its endpoint."""
        base = f"{self._desk.origin}/fal/queue/{trimmed(order.endpoint)}/requests/{order.request_id}"
        return {"response_url": base, "status_url": f"{base}/status", "cancel_url": f"{base}/cancel"}

    async def _submit(self, request: web.Request, endpoint: str) -> web.Response:
        """Take an order into the queue; what is wrong with its input shows in the result."""
        if request.method != "POST":
            return self._stamped(_detail(405, "Method Not Allowed"), self._desk.new_id())
        order = await self._ordered(request, endpoint)
        if isinstance(order, web.Response):
            return self._stamped(order, self._desk.new_id())
        self._orders.add(order)
        told = {
            "status": "IN_QUEUE",
            "request_id": order.request_id,
            "gateway_request_id": order.request_id,
            **self._addresses(order),
            "queue_position": order.place,
        }
        return self._stamped(web.json_response(told), order.request_id)

    async def _ordered(self, request: web.Request, endpoint: str) -> Order | web.Response:
        """Return the order that a request asks for, or its refusal."""
        try:
            given = await request.json()
            if not isinstance(given, dict):
                raise TypeError
        except (ValueError, TypeError, RecursionError):
            return _detail(400, "Request body is not a JSON object", "bad_request")
        if trimmed(endpoint) not in APPLICATIONS or trick_in(str(given.get("prompt", ""))) == "gone":
            name = trimmed(endpoint).rpartition("/")[2]
            return _detail(404, f"Application '{name}' not found")
        try:
            return self._order_of(request, endpoint, given)
        except (ValueError, TypeError) as error:
            return _detail(400, str(error), "bad_request")
        except OverflowError:
            return _detail(429, "The queue of this endpoint is longer than fal_max_queue_length allows")

    def _order_of(self, request: web.Request, endpoint: str, given: dict[str, Any]) -> Order:
        """Return an order. Raises `ValueError` for a header or query, `OverflowError` when the line is too long."""
        most = request.query.get("fal_max_queue_length")
        if most is not None and self._orders.waiting(endpoint) >= int(most):
            raise OverflowError
        if request.headers.get("X-Fal-Queue-Priority", "normal") not in ("normal", "low"):
            raise ValueError("X-Fal-Queue-Priority is normal or low")
        webhook = request.query.get("fal_webhook", "")
        if webhook and not webhook.startswith(("http://", "https://")):
            raise ValueError("fal_webhook is not an address")
        prompt = str(given.get("prompt", ""))
        return Order(
            request_id=self._desk.new_id(),
            endpoint=endpoint,
            key=_key(request),
            given=given,
            webhook=webhook,
            request=request,
            work=self._desk.begin(prompt),
            start_within_s=_start_within_s(request),
            media_lives_s=lifecycle_s(request),
        )

    async def _status(self, request: web.Request, order: Order) -> web.Response:
        """Answer 202 while it runs and 200 when it has ended. *Source:* fal.ai, queue status."""
        with_logs = request.query.get("logs", "") in _TRUE
        told = status_of(order, self._addresses(order), with_logs=with_logs)
        response = web.json_response(told, status=202 if order.outcome is None else 200)
        return self._stamped(response, order.request_id)

    async def _stream(self, request: web.Request, order: Order) -> web.StreamResponse:
        """Send the status at every change as server-sent events, until it has ended."""
        headers = {"Content-Type": "text/event-stream", "x-fal-request-id": order.request_id}
        response = web.StreamResponse(headers=headers)
        await response.prepare(request)
        with_logs = request.query.get("logs", "") in _TRUE
        last: tuple[object, ...] = ()
        while request.transport is not None and not request.transport.is_closing():
            told = status_of(order, self._addresses(order), with_logs=with_logs)
            now = (told["status"], told.get("queue_position"), len(told.get("logs") or ()))
            if now != last:
                await response.write(f"data: {json.dumps(told)}\n\n".encode())
            if told["status"] == "COMPLETED":
                return response
            last = now
            await asyncio.sleep(_LOOK_S)
        return response

    async def _result(self, _request: web.Request, order: Order) -> web.Response:
        """Answer with the model's own status, headers and body; 400 while there is none (seen in the field)."""
        if order.outcome is None:
            return self._stamped(_detail(400, "Request is still in progress"), order.request_id)
        outcome = order.outcome
        response = web.Response(
            status=outcome.status,
            body=order.body,
            content_type="application/json",
            headers=dict(outcome.headers),
        )
        return self._stamped(response, order.request_id)

    async def _cancel(self, _request: web.Request, order: Order) -> web.Response:
        """Answer 202 for what is on its way, 400 for what has ended. *Source:* fal.ai, queue cancel."""
        is_taken = self._orders.cancel(order)
        told = {"status": "CANCELLATION_REQUESTED" if is_taken else "ALREADY_COMPLETED"}
        return self._stamped(web.json_response(told, status=202 if is_taken else 400), order.request_id)

    _verbs: Mapping[str, tuple[str, Callable[..., Awaitable[web.StreamResponse]]]] = {
        "": ("GET", _result),
        "/response": ("GET", _result),
        "/status": ("GET", _status),
        "/status/stream": ("GET", _stream),
        "/cancel": ("PUT", _cancel),
    }

    async def _run(self, request: web.Request) -> web.Response:
        """Answer a direct call: the order's result, once it is there."""
        refusal = self._refused(request)
        if refusal is not None:
            return self._stamped(refusal, self._desk.new_id())
        order = await self._ordered(request, request.match_info["endpoint"])
        if isinstance(order, web.Response):
            return self._stamped(order, self._desk.new_id())
        self._orders.add(order)
        await ended(order)
        return await self._result(request, order)


def _key(request: web.Request) -> str:
    return request.headers.get("Authorization", "").partition(" ")[2]


def _start_within_s(request: web.Request) -> float | None:
    """Return the time within which an order has to start, in seconds. Raises `ValueError`.

    *Source:* fal.ai, common parameters: `X-Fal-Request-Timeout`, above 0.1.
    """
    text = request.headers.get("X-Fal-Request-Timeout")
    if text is None:
        return None
    seconds = float(text)
    if not seconds > 0.1:
        raise ValueError("X-Fal-Request-Timeout is more than 0.1")
    return seconds


def _detail(status: int, text: str, error_type: str = "") -> web.Response:
    """Return a refusal with a text; with `error_type` as a request error."""
    if not error_type:
        return web.json_response({"detail": text}, status=status)
    headers = {"X-Fal-Error-Type": error_type}
    return web.json_response({"detail": text, "error_type": error_type}, status=status, headers=headers)


def open_fal(desk: Desk) -> FalStandIn:
    """Return fal's stand-in."""
    return FalStandIn(desk)
