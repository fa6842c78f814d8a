"""The control interface below `/control`: scripts, calls, webhooks, pace, clock and keys, in JSON."""

import json
from collections.abc import Awaitable, Callable, Mapping
from typing import TYPE_CHECKING, Any

from aiohttp import web

from playground.providers.scripts import BadScriptError
from playground.providers.webhooks import ACTIONS

if TYPE_CHECKING:
    from playground.providers.app import StandIns

MOST_REPEATS = 1_000
MOST_PLAIN_PX = 1_024

Body = Mapping[str, Any]
Act = Callable[["StandIns", Body], Awaitable[dict[str, Any]]]
Look = Callable[["StandIns", str | None, int], dict[str, Any]]


class RefusedError(Exception):
    """What was asked cannot be done; the text is for whoever asked."""

    def __init__(self, code: str, message: str, status: int = 400) -> None:
        super().__init__(message)
        self.code = code
        self.status = status


def _provider(stand_ins: "StandIns", body: Body, *, is_needed: bool = True) -> str | None:
    provider = body.get("provider")
    if provider is None and not is_needed:
        return None
    if provider not in stand_ins.desks:
        raise RefusedError("unknown_provider", f"provider: one of {', '.join(stand_ins.desks)}")
    return str(provider)


def _needed(stand_ins: "StandIns", body: Body) -> str:
    return _provider(stand_ins, body) or ""


def _number(body: Body, name: str, default: float | None = None, most: float = 1e9) -> float:
    value = body.get(name, default)
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value <= most:
        raise RefusedError("bad_number", f"{name}: a number from 0 to {most:g}")
    return value


async def _script(stand_ins: "StandIns", body: Body) -> dict[str, Any]:
    try:
        stand_ins.script(_needed(stand_ins, body), body.get("steps") or (), body.get("match"))
    except BadScriptError as error:
        raise RefusedError("bad_script", str(error)) from error
    return {"scripts": len(stand_ins.scripts.kept)}


async def _webhook(stand_ins: "StandIns", body: Body) -> dict[str, Any]:
    name = body.get("attempt") or body.get("request_id")
    if not isinstance(name, str):
        raise RefusedError("no_order", "attempt or request_id: which order's webhook ('*': every one)")
    if body.get("action") not in ACTIONS:
        raise RefusedError("bad_action", f"action: one of {', '.join(ACTIONS)}")
    is_sent = stand_ins.webhook(
        _needed(stand_ins, body),
        name,
        str(body["action"]),
        n=int(_number(body, "n", 1, MOST_REPEATS)),
        delay_ms=int(_number(body, "delay_ms", 0, 3_600_000)),
        fault=str(body.get("fault") or ""),
    )
    return {"sent": is_sent, "planned": not is_sent}


async def _pace(stand_ins: "StandIns", body: Body) -> dict[str, Any]:
    provider = _provider(stand_ins, body, is_needed=False)
    if "seconds" in body:
        stand_ins.set_pace(_number(body, "seconds"), provider)
    if "hold" in body:
        stand_ins.hold(None if body["hold"] is None else _number(body, "hold", most=1), provider)
    return {name: desk.pace_s for name, desk in stand_ins.desks.items()}


async def _canvas(stand_ins: "StandIns", body: Body) -> dict[str, Any]:
    """Have plain small squares painted instead of faces, for load; null paints faces again."""
    provider, side = _provider(stand_ins, body, is_needed=False), body.get("side")
    side_px = None if side is None else int(_number(body, "side", most=MOST_PLAIN_PX))
    stand_ins.set_canvas(side_px or None, provider)
    return {name: desk.plain_px for name, desk in stand_ins.desks.items()}


async def _clock(stand_ins: "StandIns", body: Body) -> dict[str, Any]:
    stand_ins.advance_clock(_number(body, "advance_s"))
    return {"now": stand_ins.clock.now_s()}


async def _keys(stand_ins: "StandIns", body: Body) -> dict[str, Any]:
    provider, key = _needed(stand_ins, body), body.get("key")
    if body.get("rotate"):
        stand_ins.rotate_keys(provider)
    elif not isinstance(key, str) or not key:
        raise RefusedError("bad_key", "key: a text, or rotate: true for another signing key")
    else:
        stand_ins.add_key(provider, key)
    return {"keys": len(stand_ins.desks[provider].keys)}


async def _switches(stand_ins: "StandIns", body: Body) -> dict[str, Any]:
    """Turn what a vendor lets be turned: the points where its behaviour is not known."""
    switches: dict[str, bool] = getattr(stand_ins.vendors[_needed(stand_ins, body)], "switches", {})
    wanted = {name: value for name, value in body.items() if name != "provider"}
    for name, value in wanted.items():
        if name not in switches or not isinstance(value, bool):
            raise RefusedError(
                "bad_switch", f"{name}: true or false for one of {', '.join(switches) or 'none'}"
            )
    switches.update(wanted)
    return dict(switches)


async def _reset(stand_ins: "StandIns", _body: Body) -> dict[str, Any]:
    await stand_ins.reset()
    return {}


ACTS: Mapping[str, Act] = {
    "script": _script,
    "webhook": _webhook,
    "pace": _pace,
    "canvas": _canvas,
    "clock": _clock,
    "keys": _keys,
    "switches": _switches,
    "reset": _reset,
}


def _refusal(error: RefusedError) -> web.Response:
    return web.json_response({"error": {"code": error.code, "message": str(error)}}, status=error.status)


def _check_home(stand_ins: "StandIns", request: web.Request) -> None:
    """Refuse pages of other origins and rebound names. Raises `RefusedError`."""
    home = stand_ins.origin.removeprefix("http://")
    homes = {home, home.replace("127.0.0.1", "localhost")}
    origin = request.headers.get("Origin")
    if request.host not in homes or (origin is not None and origin.removeprefix("http://") not in homes):
        raise RefusedError("foreign", "the control interface answers only to its own name", 403)


async def _read(request: web.Request) -> Body:
    data = await request.read()
    try:
        body = json.loads(data or b"{}")
    except ValueError as error:
        raise RefusedError("bad_json", f"the body is not JSON: {error}") from error
    if not isinstance(body, dict):
        raise RefusedError("bad_json", "the body: an object")
    return body


def routes(stand_ins: "StandIns") -> list[web.RouteDef]:
    """Return the control interface's routes."""

    async def act(request: web.Request) -> web.Response:
        try:
            _check_home(stand_ins, request)
            name = request.match_info["name"]
            if name not in ACTS:
                raise RefusedError("unknown_call", f"POST one of {', '.join(ACTS)}", 404)
            return web.json_response(await ACTS[name](stand_ins, await _read(request)))
        except RefusedError as error:
            return _refusal(error)

    async def look(request: web.Request) -> web.Response:
        try:
            _check_home(stand_ins, request)
            return web.json_response(_seen(stand_ins, request))
        except RefusedError as error:
            return _refusal(error)

    return [web.post("/control/{name}", act), web.get("/control/{name}", look)]


def _calls(stand_ins: "StandIns", provider: str | None, after: int) -> dict[str, Any]:
    kept = stand_ins.calls_kept
    listed = [call.to_json() for call in kept.listed(provider, after)]
    return {"calls": listed, "forgotten": kept.forgotten, "next": kept.count}


def _webhooks(stand_ins: "StandIns", provider: str | None, after: int) -> dict[str, Any]:
    sent = stand_ins.webhooks
    listed = [one for one in sent.after(after) if provider in (None, one["provider"])]
    return {"webhooks": listed, "next": sent.count}


def _state(stand_ins: "StandIns", _provider: str | None, _after: int) -> dict[str, Any]:
    paces = {
        name: {"pace_s": desk.pace_s, "held_at": desk.pace.held_at} for name, desk in stand_ins.desks.items()
    }
    scripts = len(stand_ins.scripts.kept)
    return {"providers": paces, "now": stand_ins.clock.now_s(), "scripts": scripts}


LISTS: Mapping[str, Look] = {"calls": _calls, "webhooks": _webhooks, "state": _state}


def _seen(stand_ins: "StandIns", request: web.Request) -> dict[str, Any]:
    name = request.match_info["name"]
    if name not in LISTS:
        raise RefusedError("unknown_call", f"GET one of {', '.join(LISTS)}", 404)
    after = request.query.get("after", "0")
    if not after.isdecimal():
        raise RefusedError("bad_number", "after: how many of the first ones to leave out")
    return LISTS[name](stand_ins, _provider(stand_ins, request.query, is_needed=False), int(after))
