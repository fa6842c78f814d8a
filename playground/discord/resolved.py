"""`resolved` of interaction data: users, members, roles, channels and attachments behind ids."""

from typing import TYPE_CHECKING

from playground.discord import objects
from playground.discord.errors import Json
from playground.discord.payloads import Place
from playground.discord.play import PlayError
from playground.discord.rules import commands
from playground.discord.rules import component_kinds as kinds
from playground.discord.world import UnknownError

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


def resolve(
    local: "LocalDiscord", place: Place, sorts: tuple[str, ...], ref: str, resolved: Json, *, declared: Json
) -> str:
    """Return the id behind a name or id and add it to `resolved`.

    Raises `UnknownError`, and `PlayError` for a channel of a type that the option or select (`declared`) does not take.
    """
    for sort in sorts:
        try:
            found = _RESOLVE[sort](local, place, ref, resolved)
        except UnknownError:
            continue
        types = declared.get("channel_types") if sort == "channels" else None
        if types and resolved["channels"][found]["type"] not in types:
            raise PlayError("invalid_choice", f"{ref!r} is no channel of type {types}")
        return found
    raise UnknownError(" or ".join(sort.rstrip("s") for sort in sorts), ref)


def _user(local: "LocalDiscord", place: Place, ref: str, resolved: Json) -> str:
    user, channel = local.world.user(ref), place.channel
    resolved.setdefault("users", {})[user.id] = objects.user_object(user)
    member = local.world.members.get((channel.guild_id or "", user.id))
    if member is not None:
        mask = str(local.world.permissions(channel, user.id))
        shown = objects.member_object(member) | {"permissions": mask}
        resolved.setdefault("members", {})[user.id] = {
            name: shown[name] for name in shown if name not in ("deaf", "mute")
        }
    return user.id


def _role(local: "LocalDiscord", place: Place, ref: str, resolved: Json) -> str:
    role = local.world.role(place.channel.guild_id or "", ref)
    resolved.setdefault("roles", {})[role.id] = objects.role_object(role)
    return role.id


def _channel(local: "LocalDiscord", place: Place, ref: str, resolved: Json) -> str:
    channel = local.world.channel(ref)
    resolved.setdefault("channels", {})[channel.id] = objects.channel_object(local.world, channel) | {
        "permissions": str(local.world.permissions(channel, place.user.id)),
        "app_permissions": str(local.world.permissions(channel, place.application.id)),
    }
    return channel.id


_RESOLVE = {"users": _user, "roles": _role, "channels": _channel}
