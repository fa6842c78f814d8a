"""Serves `/api/v10`: reads the body, logs the caller in, counts limits, calls the handler, notes it all.

A route that is not there answers 501 and stands in the transcript, so that nobody mistakes a gap for Discord's refusal.
"""

import json
import time
from typing import TYPE_CHECKING

from aiohttp import web

from playground.discord.calls import Call, Reply, channel_of
from playground.discord.credentials import without_secrets
from playground.discord.errors import ApiError, Json, NotHereError
from playground.discord.incoming import Incoming, api_path, check_agent
from playground.discord.json_text import COMPACT
from playground.discord.limits import BannedError, RateLimitedError
from playground.discord.oauth import Token
from playground.discord.routes import ROUTES, Route, Router
from playground.discord.world import Application

if TYPE_CHECKING:
    from playground.discord.local import LocalDiscord

ROUTER = Router(ROUTES)
FAULTS_429 = {"429_user": "user", "429_global": "global", "429_shared": "shared"}
BANNED = "429_cloudflare"
FAULT_S = 0.5
FAILED = Reply({"message": "500: Internal Server Error", "code": 0}, 500)
MAJOR = ("channel_id", "guild_id", "token")


async def serve(local: "LocalDiscord", request: web.Request) -> web.Response:
    """Answer one REST request."""
    started_s, ban_s = time.monotonic(), local.limits.ban_s()
    if ban_s:
        return _banned(BannedError(ban_s))
    exchange = Exchange(local, request)
    try:
        reply, headers = await exchange.run()
    except BannedError as error:
        exchange.note(429, json.dumps(error.text), started_s)
        return _banned(error)
    except ConnectionError:
        raise  # the client went away: there is nobody to answer
    except Exception:
        exchange.note(500, "", started_s)  # a fault of ours: aiohttp answers and logs it
        raise
    text = "" if reply.body is None else json.dumps(reply.body, separators=COMPACT)
    is_secret = isinstance(reply.body, dict) and "access_token" in reply.body
    exchange.note(reply.status, json.dumps(without_secrets(reply.body)) if is_secret else text, started_s)
    if reply.body is None:
        return web.Response(status=reply.status, headers=headers)
    # aiohttp's text= would add a charset, and discord.py then would not read it as JSON
    headers["Content-Type"] = "application/json"
    return web.Response(status=reply.status, body=text.encode(), headers=headers)


def _banned(error: BannedError) -> web.Response:
    """Return what Cloudflare says: no JSON, no limits, and no Via."""
    return web.Response(status=429, text=error.text, headers=error.headers)


class Exchange:
    """One request on its way to an answer."""

    def __init__(self, local: "LocalDiscord", request: web.Request) -> None:
        self.local = local
        self.request = request
        self.caller: Application | None = None
        self.incoming = Incoming()
        self.bearer: Token | None = None
        self.fault: str | None = None
        self.headers: dict[str, str] = {}

    def note(self, status: int, response_text: str, started_s: float) -> None:
        """Put request and answer into the transcript; `fault` is the chaos that made this answer."""
        about: Json = {
            "method": self.request.method,
            "path": self.request.rel_url.raw_path_qs,
            "application": self.caller.id if self.caller else None,
            "status": status,
            "ms": round((time.monotonic() - started_s) * 1000, 3),
            "fault": self.fault,
        }
        self.local.transcript.request(about, self.incoming.text, response_text)

    async def run(self) -> tuple[Reply, dict[str, str]]:
        """Return the answer and its headers; refusals are answers."""
        try:
            reply = await self._answer()
        except ApiError as error:
            reply = Reply(error.body(), error.status)
        except RateLimitedError as error:
            reply = Reply(error.body, 429)
            self.headers |= error.headers
        self.local.limits.note_answer(reply.status, self.headers.get("X-RateLimit-Scope"))
        return reply, self.headers

    async def _answer(self) -> Reply:
        path = api_path(self.request)
        found = ROUTER.find(self.request.method, path)
        if found is None:
            await self.incoming.skip(self.request)
            raise NotHereError(f"{self.request.method} {path}")
        route, params = found
        self._log_in(route)
        fault = self.fault = self._strike(route, params, path)
        if fault == "500":
            return FAILED
        self._count(route, params)
        await self.incoming.read(self.request)
        call = self._call(params, path)
        if "channel_id" in params:
            channel_of(self.local, call, *route.needs)
        reply = await route.handler(self.local, call)
        return FAILED if fault == "accept_then_500" else reply

    def _call(self, params: dict[str, str], path: str) -> Call:
        incoming, headers = self.incoming, self.request.headers
        return Call(
            path,
            params,
            self.request.query,
            incoming.body,
            incoming.uploads,
            self.caller,
            locale=headers.get("X-Discord-Locale") or headers.get("Accept-Language") or "",
            bearer=self.bearer,
            authorization=headers.get("Authorization", ""),
            form=incoming.form,
        )

    def _log_in(self, route: Route) -> None:
        scheme, _, token = self.request.headers.get("Authorization", "").partition(" ")
        if scheme == "Bot":
            check_agent(self.request)
            self.caller = self.local.world.by_token(token)
        elif scheme == "Bearer" and route.scope is not None:
            self.bearer = self.local.oauth.bearer(token, route.scope)
        if self.caller is None and self.bearer is None and not route.is_open:
            raise ApiError(0)

    def _users(self, params: dict[str, str]) -> frozenset[str]:
        """Return the bot or member that calls, and the member whose interaction it is about."""
        bot = self.caller.id if self.caller else None
        member = self.bearer.grant.user_id if self.bearer else None
        asker = self.local.interactions.user_of(params.get("token", ""))
        return frozenset(one for one in (bot, member, asker) if one is not None)

    def _strike(self, route: Route, params: dict[str, str], api_path: str) -> str | None:
        """Return a fault that strikes this request; those that answer at once are raised."""
        if not self.local.chaos.faults:
            return None
        kinds = ["500", "accept_then_500", BANNED, *FAULTS_429]
        if route.pattern.startswith("/channels/"):
            kinds.append("deny")
        where = f"{route.method} {route.pattern} {api_path}"
        kind = self.local.chaos.strike(*kinds, route=where, users=self._users(params))
        if kind == "deny":
            raise ApiError(50013)
        if kind == BANNED:
            self.local.limits.note_answer(429, None)
            self.fault = kind
            raise BannedError(FAULT_S)
        if kind in FAULTS_429:
            raise self._limited(route, params, FAULTS_429[kind])
        return kind

    def _limited(self, route: Route, params: dict[str, str], scope: str) -> RateLimitedError:
        """Return a 429 of a scope; all but the global one come with the headers of the route's bucket."""
        if scope == "global":
            return RateLimitedError(FAULT_S, scope)
        self._count(route, params)
        used_up = {"X-RateLimit-Remaining": "0", "X-RateLimit-Reset-After": f"{FAULT_S:.3f}"}
        return RateLimitedError(FAULT_S, scope, used_up if self.headers and scope == "user" else None)

    def _count(self, route: Route, params: dict[str, str]) -> None:
        who = self.caller.id if self.caller else self.bearer.grant.user_id if self.bearer else ""
        if who and route.counts_globally:
            self.local.limits.take_global(who)
        if route.bucket:
            major = next((params[name] for name in MAJOR if name in params), "")
            self.headers = self.local.limits.take(who, route.method, route.bucket, major)
