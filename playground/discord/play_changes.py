"""`POST /play/world`: makes or changes guilds, channels, roles, members, users, permissions, installs, locales.

Each function says what an entry of its list may hold; names stand for whatever bears them, or for an id.
"""

import json
from collections.abc import Callable
from dataclasses import replace

from playground.discord import objects, posting
from playground.discord.errors import Json
from playground.discord.permissions import bits_of
from playground.discord.play import Play, PlayError
from playground.discord.play_world import join, state
from playground.discord.sessions import Event
from playground.discord.world import KINDS as CHANNEL_KINDS
from playground.discord.world import Channel, Role, UnknownError


def _put(play: Play, name: str, put: Callable[[Play, Json], None], entry: Json) -> None:
    try:
        put(play, entry)
    except (KeyError, TypeError, AttributeError) as error:  # what an entry of the wrong shape leads to
        raise PlayError("bad_field", f"{name}: {error} in {json.dumps(entry)}", 400) from error


def _put_user(play: Play, entry: Json) -> None:
    """`{name, global_name?, locale?}`."""
    more = {name: str(entry[name]) for name in ("global_name", "locale") if name in entry}
    play.local.world.add_user(entry["name"], **more)


def _put_guild(play: Play, entry: Json) -> None:
    """`{name, locale?, owner?, bots? (default true: all applications join)}`."""
    world = play.local.world
    try:
        guild = world.guild(entry["name"])
    except UnknownError:
        guild = world.add_guild(entry["name"], world.user(entry.get("owner", "mod")).id)
        joining = list(world.applications) if entry.get("bots", True) else []
        for application_id in joining:
            join(play, guild.id, application_id, ())
    world.guilds[guild.id] = replace(guild, locale=str(entry.get("locale", guild.locale)))


def _put_channel(play: Play, entry: Json) -> None:
    """`{name, guild? (default atelier), kind?, nsfw?, parent?, recipients? (kind group), archived?}`."""
    world = play.local.world
    kind = entry.get("kind", "text")
    more: Json = {"nsfw": bool(entry.get("nsfw", kind == "age-restricted"))}
    if kind == "group":
        more["recipients"] = tuple(world.user(one).id for one in entry["recipients"])
    else:
        more["guild_id"] = world.guild(str(entry.get("guild", "atelier"))).id
    if "parent" in entry:
        more["parent_id"] = world.channel(entry["parent"]).id
    if "archived" in entry:
        more["archived"] = bool(entry["archived"])
    if kind == "thread":
        # Somebody always opened a thread; who `/play/world` does not say, so the guild's owner did.
        more["owner_id"] = world.guilds[more["guild_id"]].owner_id
    kind_number = CHANNEL_KINDS[kind]
    before = next(
        (
            one
            for one in world.channels.values()
            if one.name == entry["name"] and one.guild_id == more.get("guild_id")
        ),
        None,
    )
    channel = before or Channel(world.ids.next(), kind_number, entry["name"])
    channel = world.put_channel(replace(channel, type=kind_number, **more))
    event = ("THREAD_" if kind == "thread" else "CHANNEL_") + ("UPDATE" if before else "CREATE")
    posting.tell_bots(play.local, channel, event, objects.channel_object(world, channel))


def _put_role(play: Play, entry: Json) -> None:
    """`{name, guild? (default atelier), permissions?: [names]}`."""
    world = play.local.world
    guild = world.guild(str(entry.get("guild", "atelier")))
    mask = bits_of(entry.get("permissions", ()))
    try:
        role = replace(world.role(guild.id, entry["name"]), permissions=mask)
    except UnknownError:
        role = Role(world.ids.next(), guild.id, entry["name"], mask, sum(1 for _ in world.roles_of(guild.id)))
    world.roles[role.id] = role


def _put_member(play: Play, entry: Json) -> None:
    """`{user, guild? (default atelier), roles?, remove?}`; `user` may be a bot."""
    world = play.local.world
    guild, user = world.guild(str(entry.get("guild", "atelier"))), world.user(entry["user"])
    if entry.get("remove"):
        world.members.pop((guild.id, user.id), None)
        if user.bot:
            play.local.sessions.dispatch(user.id, Event("GUILD_DELETE", {"id": guild.id}, guild.id))
        return
    join(play, guild.id, user.id, tuple(world.role(guild.id, one).id for one in entry.get("roles", ())))


def _put_permission(play: Play, entry: Json) -> None:
    """`{channel, target? (user, bot or role; default the first bot), allow?: [names], deny?: [names]}`."""
    world = play.local.world
    channel = world.channel(entry["channel"])
    target = str(entry.get("target") or world.application("").id)
    allow, deny = bits_of(entry.get("allow", ())), bits_of(entry.get("deny", ()))
    try:
        channel = world.overwrite(channel, world.role(channel.guild_id or "", target).id, "role", allow, deny)
    except UnknownError:
        channel = world.overwrite(channel, world.user(target).id, "member", allow, deny)
    posting.tell_bots(play.local, channel, "CHANNEL_UPDATE", objects.channel_object(world, channel))


def _put_install(play: Play, entry: Json) -> None:
    """`{user, application? (default the first), remove?}`."""
    world = play.local.world
    pair = (world.user(entry["user"]).id, world.application(str(entry.get("application", ""))).id)
    (world.installs.discard if entry.get("remove") else world.installs.add)(pair)


def _put_locale(play: Play, entry: Json) -> None:
    """`{name (a user's or guild's), locale}`."""
    world = play.local.world
    try:
        guild = world.guild(entry["name"])
        world.guilds[guild.id] = replace(guild, locale=str(entry["locale"]))
    except UnknownError:
        user = world.user(entry["name"])
        world.users[user.id] = replace(user, locale=str(entry["locale"]))


_PUT: dict[str, Callable[[Play, Json], None]] = {
    "users": _put_user,
    "guilds": _put_guild,
    "channels": _put_channel,
    "roles": _put_role,
    "members": _put_member,
    "permissions": _put_permission,
    "installs": _put_install,
    "locales": _put_locale,
}


async def change_world(play: Play) -> Json:
    """`POST /play/world`; answers like `state`."""
    for name, put in _PUT.items():
        entries = play.body.get(name) or []
        if name == "locales" and isinstance(entries, dict):
            entries = [{"name": key, "locale": value} for key, value in entries.items()]
        if not isinstance(entries, list):
            raise PlayError("bad_field", f"{name} must be a list", 400)
        for entry in entries:
            _put(play, name, put, entry if isinstance(entry, dict) else {"name": str(entry)})
    play.local.store.touch()
    return await state(play)
