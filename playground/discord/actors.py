"""The `/play/` interface: people, world, clock and faults, driven by JSON calls that carry the server's key."""

from typing import TYPE_CHECKING

from aiohttp import web

from playground.discord import play_changes, play_commands, play_messages, play_modals, play_world
from playground.discord.credentials import is_same
from playground.discord.errors import ApiError, Json
from playground.discord.json_text import parsed
from playground.discord.play import Handler, Play, PlayError, unknown
from playground.discord.world import UnknownError

if TYPE_CHECKING:
    from playground.discord.local import LocalDiscord

CALLS: dict[tuple[str, str], Handler] = {
    ("GET", "state"): play_world.state,
    ("POST", "world"): play_changes.change_world,
    ("POST", "applications"): play_world.add_application,
    ("GET", "commands"): play_world.commands,
    ("POST", "slash"): play_commands.slash,
    ("POST", "autocomplete"): play_commands.autocomplete,
    ("POST", "context"): play_commands.context,
    ("POST", "click"): play_messages.click,
    ("POST", "submit"): play_modals.submit,
    ("POST", "react"): play_messages.react,
    ("POST", "say"): play_messages.say,
    ("POST", "dismiss"): play_messages.dismiss,
    ("POST", "wait"): play_world.wait,
    ("GET", "messages"): play_messages.messages,
    ("GET", "events"): play_world.events,
    ("POST", "clock"): play_world.advance_clock,
    ("POST", "chaos"): play_world.chaos,
    ("GET", "transcript"): play_world.transcript,
}


def has_key(local: "LocalDiscord", request: web.Request) -> bool:
    """Say whether the request carries the server's key, in the header or in the address."""
    given = request.headers.get("X-Playground-Key") or request.query.get("key", "")
    return is_same(given, local.key)


async def serve(local: "LocalDiscord", request: web.Request) -> web.StreamResponse:
    """Answer one call."""
    try:
        answer = await _answer(local, request)
    except PlayError as error:
        return _refusal(error)
    except UnknownError as error:
        return _refusal(unknown(error))
    except ApiError as error:
        return _refusal(PlayError(str(error.code), error.message, 404 if error.status == 404 else 422))
    if answer is None:
        return web.Response(status=204)
    return answer if isinstance(answer, web.StreamResponse) else web.json_response(answer)


async def _answer(local: "LocalDiscord", request: web.Request) -> Json | web.StreamResponse | None:
    if not has_key(local, request):
        raise PlayError("wrong_key", "this needs the server's key, as X-Playground-Key or ?key=", 401)
    handler = CALLS.get((request.method, request.match_info["tail"].strip("/")))
    if handler is None:
        raise PlayError("unknown_call", f"there is no {request.method} {request.path}", 404)
    return await handler(Play(local, request, await _body(request), request.query))


async def _body(request: web.Request) -> Json:
    raw = await request.read()
    try:
        body = parsed(raw) if raw else {}
    except ValueError as error:
        raise PlayError("bad_json", "the body is not JSON", 400) from error
    if not isinstance(body, dict):
        raise PlayError("bad_json", "the body must be an object", 400)
    return body


def _refusal(error: PlayError) -> web.Response:
    body: Json = {"error": {"code": error.code, "message": str(error)}}
    return web.json_response(body, status=error.status)
