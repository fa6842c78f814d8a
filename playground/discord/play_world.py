"""The world and the server from outside: state, changes, applications, clock, chaos, transcript, streams."""

import asyncio
import json
from typing import Any

from aiohttp import web

from playground.discord import objects, payloads, posting, waiting
from playground.discord.chaos import GATEWAY_KINDS, KINDS
from playground.discord.errors import Json, Problems
from playground.discord.play import Play, PlayError
from playground.discord.play_commands import why_not
from playground.discord.rules.fields import Field, check_fields
from playground.discord.sessions import Event

KEEP_ALIVE_S = 15.0
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


def join(play: Play, guild_id: str, user_id: str, roles: tuple[str, ...]) -> None:
    """Let a user into a guild, or give a member roles; a bot that is new is told."""
    world = play.local.world
    is_new = (guild_id, user_id) not in world.members
    world.add_member(guild_id, user_id, joined_s=play.local.clock.now_s(), roles=roles)
    if is_new and world.users[user_id].bot:
        made = objects.guild_create_object(world, world.guilds[guild_id], user_id)
        play.local.sessions.dispatch(user_id, Event("GUILD_CREATE", made, guild_id))


async def add_application(play: Play) -> Json:
    """`POST /play/applications {name, guilds? (default all)}`."""
    world = play.local.world
    application = world.add_application(play.need("name"), world.application("").owner_id)
    wanted = play.body.get("guilds") or list(world.guilds)
    if not isinstance(wanted, list):
        raise PlayError("bad_field", "guilds must be a list", 400)
    for ref in map(str, wanted):
        join(play, world.guild(ref).id, application.id, ())
    play.local.store.touch()
    return {
        "application_id": application.id,
        "name": application.name,
        "token": application.token,
        "public_key": application.public_key,
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
    """`POST /play/clock {advance_s}`."""
    play.local.clock.advance(play.number("advance_s", 0))
    play.local.store.touch()
    return {"now": play.local.clock.now_s(), "offset_s": play.local.clock.offset_s}


async def chaos(play: Play) -> Json:
    """`POST /play/chaos`; gateway kinds strike at once, the others when something fits."""
    kind = play.need("kind")
    if kind == "reset":
        play.local.chaos.reset()
    elif kind in GATEWAY_KINDS:
        bot = play.get("bot")
        play.local.sessions.strike(kind, play.local.world.application(str(bot)).id if bot else None)
    elif kind in KINDS:
        user = play.get("user")
        play.local.chaos.add(
            kind,
            count=None if play.get("count") is None else int(play.number("count", 1)),
            for_s=None if play.get("for_s") is None else play.number("for_s", 1),
            route=play.get("route"),
            user_id=play.local.world.user(str(user)).id if user else None,
        )
    else:
        raise PlayError("unknown_kind", f"kinds are {', '.join(KINDS)} and reset", 400)
    return {"active": [one.kind for one in play.local.chaos.faults]}


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
