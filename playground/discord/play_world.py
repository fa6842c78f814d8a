"""The world and the server from outside: state, changes, applications, clock, chaos, transcript, streams."""

import asyncio
import json
from typing import Any

from aiohttp import web

from playground.discord import objects, payloads, posting, structure, waiting
from playground.discord.chaos import GATEWAY_KINDS, KINDS
from playground.discord.errors import Json, Problems
from playground.discord.play import Play, PlayError
from playground.discord.play_commands import why_not
from playground.discord.rules.fields import Field, check_fields

KEEP_ALIVE_S = 15.0
CLOCK_END_S = 4_102_444_800.0  # 2100-01-01
UNTIL = {
    "attachments_min": Field("integer", low=0),
    "text": Field("string"),
    "no_custom_id": Field("string", low=1),
    "deleted": Field("boolean"),
}


async def state(play: Play) -> Json:
    """`GET /play/state`."""
    world = play.local.world
    return {
        "guilds": [
            {"id": one.id, "name": one.name, "locale": one.locale, "owner_id": one.owner_id}
            for one in world.guilds.values()
        ],
        "roles": [objects.role_object(one) | {"guild_id": one.guild_id} for one in world.roles.values()],
        "channels": [
            objects.channel_object(world, one)
            | {"guild_id": one.guild_id, "name": one.name, "nsfw": one.nsfw}
            for one in world.channels.values()
        ],
        "users": [objects.user_object(one) | {"locale": one.locale} for one in world.users.values()],
        "bots": [
            {"application_id": one.id, "name": one.name, "ready": play.local.sessions.is_ready(one.id)}
            for one in world.applications.values()
        ],
    }


async def add_application(play: Play) -> Json:
    """`POST /play/applications {name, guilds? (default all)}`."""
    world = play.local.world
    wanted = play.body.get("guilds")
    if not isinstance(wanted, list | None):
        raise PlayError("bad_field", "guilds must be a list", 400)
    guilds = list(world.guilds.values()) if wanted is None else [world.guild(str(ref)) for ref in wanted]
    application = world.add_application(play.need("name"), world.application("").owner_id)
    for guild in guilds:
        structure.join(play.local, guild.id, application.id)
    play.local.store.touch()
    return {
        "application_id": application.id,
        "name": application.name,
        "token": application.token,
        "public_key": application.public_key,
        "client_secret": application.client_secret,
    }


async def commands(play: Play) -> Json:
    """`GET /play/commands`; with `user` and `channel` only what that user may run there, with `bot_name` added."""
    if play.get("channel") is None:
        store = play.local.commands.by_scope
        wanted = play.application.id
        return {"commands": [one for scope, found in store.items() if scope[0] == wanted for one in found]}
    user = play.user
    channel = play.channel(user)
    offered = []
    for application in play.local.world.applications.values():
        place = payloads.place_of(play.local, user, channel, application)
        for command in play.local.commands.visible(application.id, channel.guild_id):
            if why_not(play.local, place, command) is None:
                offered += [command | {"bot_name": application.name}]
    return {"commands": offered}


async def advance_clock(play: Play) -> Json:
    """`POST /play/clock {advance_s}`; not beyond `CLOCK_END_S`, where ids and dates would no longer fit."""
    advance_s = play.number("advance_s", 0)
    if play.local.clock.now_s() + advance_s > CLOCK_END_S:
        raise PlayError("bad_field", "advance_s would lead beyond the year 2100", 400)
    play.local.clock.advance(advance_s)
    play.local.store.touch()
    return {"now": play.local.clock.now_s(), "offset_s": play.local.clock.offset_s}


async def chaos(play: Play) -> Json:
    """`POST /play/chaos`; gateway kinds strike at once, the others when something fits.

    `route` is a part of `METHOD /pattern /path` (of the path alone for files). `user` is whoever the interaction or the
    access token belongs to that a request goes by, or the bot that calls; files are fetched by nobody in particular.
    `bot` is whose sessions a gateway kind strikes (default all); with `resumable: true` `op9` lets them resume; `close`
    closes them with `code` (4000 to 4014, 4000 where none is given).
    The answer says what is still on, what has struck so far, and how many requests came while something was on.
    """
    kind = play.need("kind")
    if kind == "reset":
        play.local.chaos.reset()
    elif kind in GATEWAY_KINDS:
        bot = play.get("bot")
        application_id = play.local.world.application(str(bot)).id if bot else None
        is_resumable, code = play.get("resumable") is True, _whole(play, "code") or 4000
        if not 4000 <= code <= 4014:
            raise PlayError("bad_field", "code must be from 4000 to 4014", 400)
        play.local.sessions.strike(kind, application_id, is_resumable=is_resumable, code=code)
    elif kind in KINDS:
        user = play.get("user")
        play.local.chaos.add(
            kind,
            count=_whole(play, "count"),
            for_s=None if play.get("for_s") is None else play.number("for_s", 1),
            route=_route(play),
            user_id=play.local.world.user(str(user)).id if user else None,
            every=_whole(play, "every", least=1),
        )
    else:
        raise PlayError("unknown_kind", f"kinds are {', '.join(KINDS)} and reset", 400)
    faults = play.local.chaos
    active = [one.kind for one in faults.active()]
    return {"active": active, "struck": dict(faults.struck), "asked": faults.asked}


def _route(play: Play) -> str | None:
    route = play.get("route")
    if not isinstance(route, str | None):
        raise PlayError("bad_field", "route must be a string", 400)
    return route


def _whole(play: Play, name: str, *, least: int = 0) -> int | None:
    """Return a field of a fault that is a whole number, None where it is not given."""
    if play.get(name) is None:
        return None
    number = play.number(name, 1)
    if number != int(number) or number < least:
        raise PlayError("bad_field", f"{name} must be a whole number", 400)
    return int(number)


async def transcript(play: Play) -> Json:
    """`GET /play/transcript`."""
    after, limit = int(play.number("after", 0)), int(play.number("limit", 200))
    entries, following = await play.local.transcript.read(after, limit)
    return {"entries": entries, "next": following}


async def wait(play: Play) -> Any:  # noqa: ANN401 (a message's JSON)
    """`POST /play/wait`; answers with the message, or `{id, deleted: true}`."""
    timeout_s = min(play.number("timeout_s", 30), waiting.DONE_MAX_S)
    until = play.object("until")
    problems = Problems()
    check_fields(until, UNTIL, ("until",), problems)
    problems.refuse()
    held, message = await waiting.until_holds(play.local, play.body, until, timeout_s)
    if not held:
        raise PlayError("timeout", "that did not come to pass in time", 408)
    if message is None:
        return {"id": play.get("message_id"), "deleted": True}
    return posting.rendered(play.local, message, message.viewer_id or "") | {
        "allowed_mentions": message.allowed_mentions
    }


async def events(play: Play) -> web.StreamResponse:
    """`GET /play/events`: server-sent events named as the gateway names them, each with a message or `{id, ...}`."""
    user = play.user
    response = web.StreamResponse(headers={"Content-Type": "text/event-stream", "Cache-Control": "no-store"})
    await response.prepare(play.request)
    watcher = play.local.feed.join(user.id)
    closing = asyncio.create_task(play.local.closing.wait())
    try:
        await response.write(b": hello\n\n")
        while not play.local.closing.is_set():
            item = asyncio.create_task(watcher.queue.get())
            done, _ = await asyncio.wait(
                {item, closing}, timeout=KEEP_ALIVE_S, return_when=asyncio.FIRST_COMPLETED
            )
            if item not in done:
                item.cancel()
                await response.write(b": still here\n\n")
                continue
            event, shown = item.result()
            await response.write(f"event: {event}\ndata: {json.dumps(shown)}\n\n".encode())
    except ConnectionError:
        pass
    finally:
        closing.cancel()
        play.local.feed.leave(watcher)
    return response
