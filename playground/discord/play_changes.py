"""`POST /play/world`: makes, changes and removes what exists, and tells the bots that are connected.

Each function takes one checked entry of its list (`world_fields.py` says what it may hold). Names stand for whatever
bears them, or for an id. All entries are checked before the first one counts; a name that nothing bears is found out
when its turn comes.
"""

from collections.abc import Callable
from dataclasses import replace

from playground.discord import structure
from playground.discord.errors import Json
from playground.discord.intents import BY_NAME
from playground.discord.oauth import is_web_address
from playground.discord.permissions import bits_of
from playground.discord.play import Play, PlayError
from playground.discord.play_world import state
from playground.discord.world import (
    CATEGORY,
    FORUM,
    GROUP,
    TEXT,
    THREAD,
    Channel,
    Guild,
    Member,
    Role,
    UnknownError,
)
from playground.discord.world import KINDS as CHANNEL_KINDS
from playground.discord.world_fields import FIELDS, entries_of

PARENTS = {THREAD: (TEXT, FORUM), TEXT: (CATEGORY,), FORUM: (CATEGORY,)}


def _guild(play: Play, entry: Json) -> Guild:
    return play.local.world.guild(entry.get("guild") or "atelier")


def _put_user(play: Play, entry: Json) -> None:
    """Make or change a user; nobody is removed, because messages bear their names."""
    more = {
        name: entry[name]
        for name in ("global_name", "locale", "takes_dms", "looks")
        if entry.get(name) is not None
    }
    structure.put_user(play.local, play.local.world.add_user(entry["name"], **more))


def _put_guild(play: Play, entry: Json) -> None:
    """Make, change or remove a guild; all applications join a new one, unless `bots` is false."""
    world = play.local.world
    try:
        guild = world.guild(entry["name"])
    except UnknownError:
        if entry.get("remove"):
            raise
        guild = world.add_guild(entry["name"], world.user(entry.get("owner") or "mod").id)
        for application_id in world.applications if entry.get("bots", True) else ():
            structure.join(play.local, guild.id, application_id)
    if entry.get("remove"):
        structure.remove_guild(play.local, guild)
    elif entry.get("locale"):
        structure.put_guild(play.local, replace(guild, locale=entry["locale"]))


def _put_channel(play: Play, entry: Json) -> None:
    """Make, change or remove a channel; what the entry does not name stays as it was."""
    world = play.local.world
    before = _channel_before(play, entry)
    if entry.get("remove"):
        structure.remove_channel(play.local, before or world.channel(entry["name"]))
        return
    channel = before or _new_channel(play, entry)
    more: Json = {name: entry[name] for name in ("nsfw", "archived") if entry.get(name) is not None}
    if entry.get("kind") == "age-restricted":
        more = {"nsfw": True} | more
    if entry.get("parent"):
        parent = world.channel(entry["parent"])
        if parent.type not in PARENTS.get(channel.type, ()):
            raise PlayError(
                "bad_field", f"channels: {parent.name} cannot be the parent of {channel.name}", 400
            )
        more["parent_id"] = parent.id
    structure.put_channel(play.local, replace(channel, **more))


def _channel_before(play: Play, entry: Json) -> Channel | None:
    """Return the channel that an entry names, if there is one."""
    world = play.local.world
    guild_id = None if entry.get("kind") == "group" else _guild(play, entry).id
    named = (one for one in world.channels.values() if entry["name"] in (one.id, one.name))
    return next((one for one in named if one.guild_id == guild_id and one.type in _types(entry)), None)


def _types(entry: Json) -> tuple[int, ...]:
    """Return the channel types that an entry can mean."""
    kind = entry.get("kind")
    return tuple(CHANNEL_KINDS.values()) if kind is None else (CHANNEL_KINDS[kind],)


def _new_channel(play: Play, entry: Json) -> Channel:
    world, kind = play.local.world, CHANNEL_KINDS[entry.get("kind") or "text"]
    channel = Channel(world.ids.next(), kind, entry["name"])
    if kind == GROUP:
        if not entry.get("recipients"):
            raise PlayError("bad_field", "channels: recipients are needed for a group", 400)
        return replace(channel, recipients=tuple(world.user(one).id for one in entry["recipients"]))
    guild = _guild(play, entry)
    if kind != THREAD:
        return replace(channel, guild_id=guild.id, position=sum(1 for _ in world.channels_of(guild.id)))
    if not entry.get("parent"):
        raise PlayError("bad_field", "channels: parent is needed for a thread", 400)
    # Somebody always opened a thread; who `/play/world` does not say, so the guild's owner did.
    nsfw = world.channel(entry["parent"]).nsfw
    return replace(channel, guild_id=guild.id, nsfw=nsfw, owner_id=guild.owner_id)


def _put_role(play: Play, entry: Json) -> None:
    """Make, change or remove a role; without `permissions` it gives none."""
    world, guild = play.local.world, _guild(play, entry)
    try:
        role = world.role(guild.id, entry["name"])
    except UnknownError:
        if entry.get("remove"):
            raise
        role = Role(world.ids.next(), guild.id, entry["name"], 0, sum(1 for _ in world.roles_of(guild.id)))
    if not entry.get("remove"):
        mask = bits_of(entry.get("permissions") or ())
        structure.put_role(play.local, replace(role, permissions=mask))
    elif role.id == guild.id:
        raise PlayError("bad_field", "roles: @everyone cannot be removed", 400)
    else:
        structure.remove_role(play.local, role)


def _put_member(play: Play, entry: Json) -> None:
    """Let a user or bot join, change or leave; `roles` are all that the member has then."""
    world, guild, user = play.local.world, _guild(play, entry), play.local.world.user(entry["user"])
    if entry.get("remove"):
        if guild.owner_id == user.id:
            raise PlayError("bad_field", "members: a guild's owner cannot leave it", 400)
        structure.remove_member(play.local, guild.id, user.id)
        return
    member = world.members.get((guild.id, user.id)) or Member(guild.id, user.id, play.local.clock.now_s())
    if entry.get("roles") is not None:
        member = replace(member, roles=tuple(world.role(guild.id, one).id for one in entry["roles"]))
    if "nick" in entry:
        member = replace(member, nick=entry["nick"] or None)
    structure.put_member(play.local, member)


def _put_permission(play: Play, entry: Json) -> None:
    """Set or remove what a channel allows and denies to a user, a role, or (without `target`) the first bot."""
    world = play.local.world
    channel = world.channel(entry["channel"])
    target = entry.get("target") or world.application("").id
    try:
        target_id, is_role = world.role(channel.guild_id or "", target).id, True
    except UnknownError:
        target_id, is_role = world.user(target).id, False
    allow, deny = bits_of(entry.get("allow") or ()), bits_of(entry.get("deny") or ())
    channel = world.overwrite(channel, target_id, "role" if is_role else "member", allow, deny)
    if entry.get("remove"):
        rules = tuple(one for one in channel.overwrites if one.target_id != target_id)
        channel = replace(channel, overwrites=rules)
    structure.put_channel(play.local, channel)


def _put_install(play: Play, entry: Json) -> None:
    """Install an application for a user, or remove it; without `application` the first one."""
    world = play.local.world
    pair = (world.user(entry["user"]).id, world.application(entry.get("application") or "").id)
    (world.installs.discard if entry.get("remove") else world.installs.add)(pair)


def _put_locale(play: Play, entry: Json) -> None:
    """Set the locale of a guild or user."""
    world = play.local.world
    try:
        structure.put_guild(play.local, replace(world.guild(entry["name"]), locale=entry["locale"]))
    except UnknownError:
        user = replace(world.user(entry["name"]), locale=entry["locale"])
        world.users[user.id] = user


def _put_application(play: Play, entry: Json) -> None:
    """Change an application (without `application` the first one): OAuth2's way back, privileged intents granted."""
    world = play.local.world
    application = world.application(entry.get("application") or "")
    for address in entry.get("redirect_uris") or ():
        if not is_web_address(address):
            raise PlayError("bad_field", f"applications: redirect_uris: {address} is no web address", 400)
    if entry.get("redirect_uris") is not None:
        application = replace(application, redirect_uris=tuple(entry["redirect_uris"]))
    if entry.get("privileged_intents") is not None:
        granted = sum(BY_NAME[one] for one in set(entry["privileged_intents"]))
        application = replace(application, privileged_intents=granted)
    world.applications[application.id] = application


def _set_max_concurrency(play: Play, given: object) -> None:
    """Apply Discord's spacing of IDENTIFYs from now on, or with null no longer; not kept over a restart."""
    if given is not None and (type(given) is not int or given < 1):
        raise PlayError("bad_field", "max_concurrency must be a whole number from 1 on, or null", 400)
    play.local.sessions.limits = replace(play.local.sessions.limits, max_concurrency=given)


_PUT: dict[str, Callable[[Play, Json], None]] = {
    "users": _put_user,
    "guilds": _put_guild,
    "channels": _put_channel,
    "roles": _put_role,
    "members": _put_member,
    "permissions": _put_permission,
    "installs": _put_install,
    "locales": _put_locale,
    "applications": _put_application,
}


async def change_world(play: Play) -> Json:
    """`POST /play/world`; answers like `state`."""
    known = (*FIELDS, "max_concurrency")
    unknown = play.body.keys() - set(known)
    if unknown:
        raise PlayError("bad_field", f"there is no {sorted(unknown)[0]}; {', '.join(known)} are", 400)
    if "max_concurrency" in play.body:
        _set_max_concurrency(play, play.body["max_concurrency"])
    checked = {name: entries_of(name, play.body[name]) for name in _PUT if play.body.get(name) is not None}
    for name, entries in checked.items():
        for entry in entries:
            _PUT[name](play, entry)
    play.local.store.touch()
    return await state(play)
