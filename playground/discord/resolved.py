"""`resolved` of interaction data: users, members, roles, channels and attachments behind ids."""

from typing import TYPE_CHECKING

from playground.discord import objects
from playground.discord.errors import Json
from playground.discord.rules import commands
from playground.discord.rules import component_kinds as kinds
from playground.discord.world import Channel, UnknownError

if TYPE_CHECKING:
    from playground.discord.local import LocalDiscord

# option or select type: what its value may be
REFERS_TO = {
    commands.USER_OPTION: ("users",),
    commands.CHANNEL: ("channels",),
    commands.ROLE: ("roles",),
    commands.MENTIONABLE: ("users", "roles"),
}
SELECT_REFERS_TO = {
    kinds.USER_SELECT: ("users",),
    kinds.ROLE_SELECT: ("roles",),
    kinds.MENTIONABLE_SELECT: ("users", "roles"),
    kinds.CHANNEL_SELECT: ("channels",),
}


def resolve(local: "LocalDiscord", channel: Channel, sorts: tuple[str, ...], ref: str, resolved: Json) -> str:
    """Return the id behind a name or id and add it to `resolved`; raises `UnknownError`."""
    for sort in sorts:
        try:
            return _RESOLVE[sort](local, channel, ref, resolved)
        except UnknownError:
            continue
    raise UnknownError(" or ".join(sort.rstrip("s") for sort in sorts), ref)


def _user(local: "LocalDiscord", channel: Channel, ref: str, resolved: Json) -> str:
    user = local.world.user(ref)
    resolved.setdefault("users", {})[user.id] = objects.user_object(user)
    member = local.world.members.get((channel.guild_id or "", user.id))
    if member is not None:
        mask = str(local.world.permissions(channel, user.id))
        shown = objects.member_object(member) | {"permissions": mask}
        resolved.setdefault("members", {})[user.id] = {
            name: shown[name] for name in shown if name not in ("deaf", "mute")
        }
    return user.id


def _role(local: "LocalDiscord", channel: Channel, ref: str, resolved: Json) -> str:
    role = local.world.role(channel.guild_id or "", ref)
    resolved.setdefault("roles", {})[role.id] = objects.role_object(role)
    return role.id


def _channel(local: "LocalDiscord", _channel: Channel, ref: str, resolved: Json) -> str:
    channel = local.world.channel(ref)
    shown = objects.channel_object(local.world, channel) | {"permissions": "0"}
    resolved.setdefault("channels", {})[channel.id] = shown
    return channel.id


_RESOLVE = {"users": _user, "roles": _role, "channels": _channel}
