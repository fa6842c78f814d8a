"""Serves `/api/v10`: reads the body, logs the caller in, counts limits, calls the handler, notes it all.

A route that is not there answers 501 and stands in the transcript, so that nobody mistakes a gap for Discord's refusal.
"""

import json
import time
from typing import TYPE_CHECKING, Any

from aiohttp import BodyPartReader, web

from playground.discord.calls import Call, Reply
from playground.discord.errors import ApiError, Json
from playground.discord.files import Upload
from playground.discord.limits import RateLimitedError
from playground.discord.routes import ROUTES, Route, Router
from playground.discord.sessions import COMPACT
from playground.discord.world import Application

if TYPE_CHECKING:
    from playground.discord.local import LocalDiscord

ROUTER = Router(ROUTES)
FAULTS_429 = {"429_user": "user", "429_global": "global", "429_shared": "shared"}
MAJOR = ("channel_id", "guild_id", "token")


async def serve(local: "LocalDiscord", request: web.Request) -> web.Response:
    """Answer one REST request."""
    started_s = time.monotonic()
    exchange = Exchange(local, request)
    reply, headers = await exchange.run()
    text = "" if reply.body is None else json.dumps(reply.body, separators=COMPACT)
    about: Json = {
        "method": request.method,
        "path": request.rel_url.raw_path_qs,
        "application": exchange.caller.id if exchange.caller else None,
        "status": reply.status,
        "ms": round((time.monotonic() - started_s) * 1000, 3),
    }
    local.transcript.request(about, exchange.body_text, text)
    if reply.body is None:
        return web.Response(status=reply.status, headers=headers)
    # aiohttp's text= would add a charset, and discord.py then would not read it as JSON
    headers["Content-Type"] = "application/json"
    return web.Response(status=reply.status, body=text.encode(), headers=headers)


class Exchange:
    """One request on its way to an answer."""

    def __init__(self, local: "LocalDiscord", request: web.Request) -> None:
        self.local = local
        self.request = request
        self.caller: Application | None = None
        self.body_text = ""
        self.headers: dict[str, str] = {}

    async def run(self) -> tuple[Reply, dict[str, str]]:
        """Return the answer and its headers; refusals are answers."""
        try:
            return await self._answer(), self.headers
        except ApiError as error:
            return Reply(error.body(), error.status), self.headers
        except RateLimitedError as error:
            return Reply(error.body, 429), {**self.headers, **error.headers}

    async def _answer(self) -> Reply:
        raw_path = self.request.rel_url.raw_path
        api_path = "/" + raw_path.split("/", 3)[3] if raw_path.count("/") > 2 else "/"
        found = ROUTER.find(self.request.method, api_path)
        if found is None:
            self.body_text = json.dumps((await self.request.read())[:4096].decode(errors="replace"))
            message = f"the local Discord does not know {self.request.method} {api_path}"
            return Reply({"message": message, "code": 0}, 501)
        route, params = found
        self._log_in(route)
        fault = self._strike(route, api_path)
        if fault == "500":
            return Reply({"message": "500: Internal Server Error", "code": 0}, 500)
        self._count(route, params)
        body, uploads = await self._read_body()
        call = Call(self.request.method, api_path, params, self.request.query, body, uploads, self.caller)
        reply = await route.handler(self.local, call)
        if fault == "accept_then_500":
            return Reply({"message": "500: Internal Server Error", "code": 0}, 500)
        return reply

    def _log_in(self, route: Route) -> None:
        scheme, _, token = self.request.headers.get("Authorization", "").partition(" ")
        if scheme == "Bot":
            self.caller = self.local.world.by_token(token)
        if self.caller is None and not route.is_open:
            raise ApiError(0)

    def _strike(self, route: Route, api_path: str) -> str | None:
        """Return a fault that strikes this request; those that answer at once are raised."""
        if not self.local.chaos.faults:
            return None
        kinds = ["500", "accept_then_500", *FAULTS_429]
        if route.pattern.startswith("/channels/"):
            kinds.append("deny")
        where = f"{route.method} {route.pattern} {api_path}"
        kind = self.local.chaos.strike(*kinds, route=where)
        if kind == "deny":
            raise ApiError(50013)
        if kind in FAULTS_429:
            raise RateLimitedError(0.5, FAULTS_429[kind])
        return kind

    def _count(self, route: Route, params: dict[str, str]) -> None:
        who = self.caller.id if self.caller else ""
        if who and route.counts_globally:
            self.local.limits.take_global(who)
        if route.bucket:
            major = next((params[name] for name in MAJOR if name in params), "")
            self.headers = self.local.limits.take(who, route.method, route.bucket, major)

    async def _read_body(self) -> tuple[Any, dict[str, Upload]]:
        uploads: dict[str, Upload] = {}
        if self.request.content_type == "multipart/form-data":
            uploads = await self._read_parts()
        else:
            self.body_text = (await self.request.read()).decode(errors="replace")
        if not self.body_text:
            return {}, uploads
        try:
            return json.loads(self.body_text), uploads
        except ValueError as error:
            self.body_text = json.dumps(self.body_text[:4096])
            raise ApiError(50109) from error

    async def _read_parts(self) -> dict[str, Upload]:
        """Read `payload_json` and `files[n]`; `n` is the placeholder id."""
        uploads: dict[str, Upload] = {}
        async for part in await self.request.multipart():
            if not isinstance(part, BodyPartReader):
                raise ApiError(50109)
            name = part.name or ""
            content = bytes(await part.read(decode=False))
            if name == "payload_json":
                self.body_text = content.decode(errors="replace")
            elif part.filename is not None:
                placeholder = name.removeprefix("files[").removesuffix("]")
                content_type = part.headers.get("Content-Type", "")
                uploads[placeholder] = Upload(part.filename, content_type, content)
        return uploads
