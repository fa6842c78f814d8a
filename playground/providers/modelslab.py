"""ModelsLab's stand-in: flux_headshot through the ordinary and the enterprise door, fetch, webhooks, links of a day.

An order is answered with its picture when the pace is 0, else with "processing". A prompt with `[small]` gives 512x512
whatever was asked for, as the vendor's own example does. A key that begins with "ent-" (add one by the control
interface) is an enterprise key: good at the enterprise doors only. Less strict than the vendor on purpose: any other
key is good at every door, so that the one key of the announcement shows them all. What the vendor says to a moderated
order is not documented: the answers to `[moderated]` and `[nsfw]` are those of its other models.
"""

import base64
import io
import json
import random
from collections import OrderedDict
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import replace
from typing import Any, Final

from aiohttp import web
from PIL import Image

from playground.providers.desk import Desk, trick_in
from playground.providers.modelslab_checks import RefusedError, Wanted, check
from playground.providers.modelslab_orders import (
    DOORS,
    Door,
    Order,
    fetch_answer,
    first_answer,
    webhook_body,
)

LINKS_LIVE_S: Final = 24 * 3600.0
"""*Source:* make-gen: pictures of accounts without an S3 bucket are deleted after 24 hours."""

RETRY_AFTER_S: Final = 30
MOST_ORDERS: Final = 5_000
ADMIN_CALLS: Final = (
    "clear_cache",
    "clear_queue",
    "restart_server",
    "update_server",
    "update_s3",
    "reset_s3",
)
"""What an enterprise account can do to its whole server: nothing that a bot should ever call."""

_OLD_STATUSES: Final = {400: 200, 402: 200, 403: 200}

Handler = Callable[[web.Request, dict[str, Any]], Awaitable[web.Response]]


class ModelsLab:
    """The stand-in of ModelsLab."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self._orders: OrderedDict[tuple[str, str], Order] = OrderedDict()
        self._numbers = random.randrange(10_000_000, 99_000_000)

    def routes(self) -> list[web.RouteDef]:
        """Return the routes below `/modelslab`."""
        routes = [route for door in DOORS for route in self._routes_of(door)]
        count = self._answering(DOORS[0], self._count)
        unknown = self._answering(DOORS[0], self._refuse_unknown)
        return [
            *routes,
            web.post("/api/v6/processing/request_count", count),
            web.post("/api/{tail:.*}", unknown),
        ]

    def _routes_of(self, door: Door) -> list[web.RouteDef]:
        async def generate(request: web.Request, body: dict[str, Any]) -> web.Response:
            return await self._generate(request, body, door)

        async def fetch(request: web.Request, body: dict[str, Any]) -> web.Response:
            return self._fetch(request, body, door)

        base = f"/api/{door.path}"
        routes = [
            web.post(f"{base}/{door.generate}", self._answering(door, generate)),
            web.post(f"{base}/fetch/{{id}}", self._answering(door, fetch)),
        ]
        if door.is_enterprise:
            names = "|".join(ADMIN_CALLS)
            routes += [
                web.post(f"{base}/system_details", self._answering(door, self._show_server)),
                web.post(f"{base}/{{call:{names}}}", self._answering(door, self._refuse_admin)),
            ]
        return routes

    def apps(self) -> Mapping[str, web.Application]:
        """Return no further hosts: pictures lie on the front port."""
        return {}

    def set_origins(self, origins: Mapping[str, str]) -> None:
        """Take nothing: there are no further hosts."""

    def signed(self, order_id: str, body: bytes, fault: str) -> Mapping[str, str]:  # noqa: ARG002 - the desk's signature
        """Return no headers: these webhooks are not signed."""
        return {}

    def altered(self, order_id: str, body: bytes, fault: str) -> bytes:
        """Return the body of a forged webhook: it claims a picture at an address that has none."""
        if fault != "forge":
            return body
        output = [f"{self._desk.origin}/modelslab/temp/forged-0.png"]
        return json.dumps({"status": "success", "id": order_id, "output": output}).encode()

    def reset(self) -> None:
        """Forget every order."""
        self._orders.clear()

    def _answering(self, door: Door, handler: Handler) -> Callable[[web.Request], Awaitable[web.Response]]:
        """Return a handler that reads the body, looks at its key, and answers refusals in the door's manner."""

        async def answer(request: web.Request) -> web.Response:
            try:
                body = _read(await request.read())
                self._check_key(body, door)
                return await handler(request, body)
            except RefusedError as error:
                status = _OLD_STATUSES.get(error.status, error.status) if door.is_old else error.status
                name = "messege" if door.is_old else "message"
                said = {"status": "error", name: error.message, **error.more}
                return web.json_response(said, status=status)

        return answer

    def _check_key(self, body: Mapping[str, Any], door: Door) -> None:
        key = body.get("key")
        if not isinstance(key, str) or not key:
            raise RefusedError(401, "API key required")
        is_elsewhere = key.startswith("ent-") and not door.is_enterprise
        if not self._desk.is_good_key(key) or is_elsewhere:
            raise RefusedError(401, "Invalid API key")

    async def _count(self, request: web.Request, body: dict[str, Any]) -> web.Response:  # noqa: ARG002 - a handler
        text = "Current processing request count retrieved successfully"
        count = len(self._open_orders(body["key"]))
        return web.json_response({"status": "success", "processing_count": count, "message": text})

    async def _show_server(self, request: web.Request, body: dict[str, Any]) -> web.Response:  # noqa: ARG002 - a handler
        return web.json_response({"model_count": 0, "queue_time": 0, "status": "ok"})

    async def _refuse_admin(self, request: web.Request, body: dict[str, Any]) -> web.Response:  # noqa: ARG002 - a handler
        raise RefusedError(403, f"{request.match_info['call']} is closed here")

    async def _refuse_unknown(self, request: web.Request, body: dict[str, Any]) -> web.Response:  # noqa: ARG002 - a handler
        raise RefusedError(404, "The requested endpoint was not found")

    async def _generate(self, request: web.Request, body: dict[str, Any], door: Door) -> web.Response:
        wanted = await check(self._desk, body, door.longest_side)
        trick = trick_in(wanted.prompt)
        _refuse_tricks(trick)
        waiting = len(self._open_orders(body["key"], door))
        if door.most_queued is not None and waiting >= door.most_queued:
            text = f"Rate limit exceeded. Maximum {door.most_queued} queued requests allowed."
            raise RefusedError(429, text, retry_after=RETRY_AFTER_S)
        order = self._accepted(body["key"], door, wanted)
        self._desk.mark_paid(request)
        if order.work.fraction() >= 1:
            await self._finish(order)
        else:
            self._desk.spawn(self._finish(order))
        return web.json_response(first_answer(order))

    def _open_orders(self, key: str, door: Door | None = None) -> list[Order]:
        return [
            order
            for order in self._orders.values()
            if order.key == key and order.status == "processing" and door in (None, order.door)
        ]

    def _accepted(self, key: str, door: Door, wanted: Wanted) -> Order:
        """Return a new order; where its picture will lie is known from now on."""
        self._numbers += 1
        prefix = self._desk.new_id()
        file_name = f"{prefix}-0.{'base64' if wanted.is_base64 else 'png'}"
        home = f"{self._desk.origin}/modelslab"
        order = Order(
            f"{self._numbers}-{prefix[:8]}" if door.is_old else self._numbers,
            key,
            door,
            wanted,
            random.getrandbits(32) if wanted.seed is None else wanted.seed,
            self._desk.begin(wanted.prompt),
            file_name,
            link=f"{home}/temp/{file_name}",
            proxy_link=f"{home}/proxy/temp/{file_name}",
            size=(512, 512) if "[small]" in wanted.prompt else (wanted.width, wanted.height),
        )
        self._orders[door.path, str(order.id)] = order
        while len(self._orders) > MOST_ORDERS:
            self._orders.popitem(last=False)
        return order

    async def _finish(self, order: Order) -> None:
        await order.work.reaches()
        trick = trick_in(order.wanted.prompt)
        if trick == "broken":
            order.status, order.message = "failed", "Image generation failed"
        else:
            data = await self._painted(order, is_black=trick == "nsfw")
            self._keep(order, data)
            order.is_flagged, order.seconds, order.status = trick == "nsfw", order.work.duration_s, "success"
        # Thousands of orders are remembered, their photos are not.
        order.wanted = replace(order.wanted, face=replace(order.wanted.face, data=b""))
        if order.wanted.webhook:
            body = json.dumps(webhook_body(order)).encode()
            self._desk.call_back(order_id=str(order.id), url=order.wanted.webhook, body=body, headers={})

    async def _painted(self, order: Order, *, is_black: bool) -> bytes:
        if is_black:
            return _black(order.size)
        return await self._desk.paint(
            prompt=order.wanted.prompt,
            seed=order.seed,
            references=(order.wanted.face.data,),
            width=order.size[0],
            height=order.size[1],
            file_format="png",
            label="ModelsLab flux_headshot",
        )

    def _keep(self, order: Order, data: bytes) -> None:
        """Keep the picture at its address: as a file, or as the text of its base64."""
        text = b"data:image/png;base64," + base64.b64encode(data) if order.wanted.is_base64 else data
        kind = "text/plain" if order.wanted.is_base64 else "image/png"
        self._desk.keep_picture(text, kind, lives_s=LINKS_LIVE_S, path="/temp", name=order.file_name)

    def _fetch(self, request: web.Request, body: Mapping[str, Any], door: Door) -> web.Response:
        order = self._orders.get((door.path, request.match_info["id"]))
        if order is None or order.key != body["key"]:
            raise RefusedError(404, "The specified ID does not exist or is not queued")
        return web.json_response(fetch_answer(order))


def _read(content: bytes) -> dict[str, Any]:
    try:
        body = json.loads(content)
    except (ValueError, RecursionError):
        body = None
    if not isinstance(body, dict):
        raise RefusedError(400, "Malformed JSON in request body")
    return body


def _refuse_tricks(trick: str) -> None:
    refusals = {
        "moderated": "NSFW content detected in prompt",
        "noface": "No face detected in face_image",
        "gone": "Model not found: flux_headshot",
    }
    if trick in refusals:
        raise RefusedError(400, refusals[trick])


def _black(size: tuple[int, int]) -> bytes:
    """Return what a safety checker leaves of a picture."""
    file = io.BytesIO()
    Image.new("RGB", size).save(file, "PNG")
    return file.getvalue()


def open_modelslab(desk: Desk) -> ModelsLab:
    """Return the stand-in."""
    return ModelsLab(desk)
