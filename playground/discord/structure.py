"""Changes to guilds, channels, roles and members, and the gateway events that tell bots of them.

Bots hear of every channel of their guilds, also of those that they cannot see: their caches know them all.
*Source:* Discord's "Gateway Events".
"""

from dataclasses import replace
from typing import TYPE_CHECKING

from playground.discord import objects
from playground.discord.errors import Json
from playground.discord.gateway_identify import guild_create_event
from playground.discord.sessions import Event
from playground.discord.world import THREAD, Channel, Guild, Member, Role, User

if TYPE_CHECKING:
    from playground.discord.local import LocalDiscord


def tell_guild(local: "LocalDiscord", guild_id: str | None, event: str, data: Json) -> None:
    """Dispatch an event to the bots of a guild; to nobody for direct channels."""
    for application_id in local.world.applications:
        if (guild_id or "", application_id) in local.world.members:
            local.sessions.dispatch(application_id, Event(event, data, guild_id))
    local.store.touch()


def put_guild(local: "LocalDiscord", guild: Guild) -> None:
    """Change a guild: GUILD_UPDATE."""
    local.world.guilds[guild.id] = guild
    tell_guild(local, guild.id, "GUILD_UPDATE", objects.guild_object(local.world, guild))


def put_channel(local: "LocalDiscord", channel: Channel) -> None:
    """Make or change a channel or thread: CHANNEL_ or THREAD_CREATE or UPDATE."""
    is_new, is_thread = channel.id not in local.world.channels, channel.type == THREAD
    local.world.put_channel(channel)
    shown = objects.channel_object(local.world, channel)
    if is_new and is_thread:
        shown["newly_created"] = True
    event = ("THREAD_" if is_thread else "CHANNEL_") + ("CREATE" if is_new else "UPDATE")
    tell_guild(local, channel.guild_id, event, shown)


def put_role(local: "LocalDiscord", role: Role) -> None:
    """Make or change a role: GUILD_ROLE_CREATE or UPDATE."""
    verb = "UPDATE" if role.id in local.world.roles else "CREATE"
    local.world.roles[role.id] = role
    shown: Json = {"guild_id": role.guild_id, "role": objects.role_object(role)}
    tell_guild(local, role.guild_id, f"GUILD_ROLE_{verb}", shown)


def put_member(local: "LocalDiscord", member: Member) -> None:
    """Let a user join or change as a member: GUILD_MEMBER_ADD or UPDATE; a bot that joins gets its GUILD_CREATE."""
    key = (member.guild_id, member.user_id)
    is_new = key not in local.world.members
    shown = objects.full_member_object(local.world, member) | {"guild_id": member.guild_id}
    if not is_new:
        local.world.members[key] = member
        tell_guild(local, member.guild_id, "GUILD_MEMBER_UPDATE", shown)
        return
    tell_guild(local, member.guild_id, "GUILD_MEMBER_ADD", shown)
    local.world.members[key] = member
    if member.user_id in local.world.applications:
        made = guild_create_event(local, local.world.guilds[member.guild_id], member.user_id)
        local.sessions.dispatch(member.user_id, made)


def join(local: "LocalDiscord", guild_id: str, user_id: str, roles: tuple[str, ...] = ()) -> None:
    """Let a user or bot into a guild, unless it is there."""
    if (guild_id, user_id) not in local.world.members:
        put_member(local, Member(guild_id, user_id, local.clock.now_s(), roles))


def put_user(local: "LocalDiscord", user: User) -> None:
    """Change a user: GUILD_MEMBER_UPDATE in each of its guilds, as Discord tells of changed names."""
    local.world.users[user.id] = user
    for guild in list(local.world.guilds_of(user.id)):
        put_member(local, local.world.members[guild.id, user.id])


def remove_member(local: "LocalDiscord", guild_id: str, user_id: str) -> None:
    """Take a member out: GUILD_MEMBER_REMOVE for the bots that stay, GUILD_DELETE for a bot that goes."""
    if local.world.members.pop((guild_id, user_id), None) is None:
        return
    if user_id in local.world.applications:
        local.sessions.dispatch(user_id, Event("GUILD_DELETE", {"id": guild_id}, guild_id))
    gone: Json = {"guild_id": guild_id, "user": objects.user_object(local.world.users[user_id])}
    tell_guild(local, guild_id, "GUILD_MEMBER_REMOVE", gone)


def remove_role(local: "LocalDiscord", role: Role) -> None:
    """Delete a role, also from members and channels: GUILD_ROLE_DELETE."""
    world = local.world
    for member in list(world.members_of(role.guild_id)):
        left = tuple(one for one in member.roles if one != role.id)
        world.members[member.guild_id, member.user_id] = replace(member, roles=left)
    for channel in list(world.channels_of(role.guild_id)):
        rules = tuple(one for one in channel.overwrites if one.target_id != role.id)
        world.put_channel(replace(channel, overwrites=rules))
    del world.roles[role.id]
    tell_guild(local, role.guild_id, "GUILD_ROLE_DELETE", {"guild_id": role.guild_id, "role_id": role.id})


def remove_channel(local: "LocalDiscord", channel: Channel) -> None:
    """Delete a channel with its messages, files and threads; a category's channels stay, without it."""
    for child in [one for one in local.world.channels.values() if one.parent_id == channel.id]:
        if child.type == THREAD:
            remove_channel(local, child)
        else:
            put_channel(local, replace(child, parent_id=None))
    _forget_channel(local, channel)
    if channel.type == THREAD:
        gone = {
            "id": channel.id,
            "guild_id": channel.guild_id,
            "parent_id": channel.parent_id,
            "type": THREAD,
        }
        tell_guild(local, channel.guild_id, "THREAD_DELETE", gone)
    else:
        shown = objects.channel_object(local.world, channel)
        tell_guild(local, channel.guild_id, "CHANNEL_DELETE", shown)


def _forget_channel(local: "LocalDiscord", channel: Channel) -> None:
    """Drop a channel with its messages and their files; Discord says nothing of those messages."""
    for message in list(local.messages.last(channel.id)):
        local.messages.remove(message)
        local.files.discard(message.file_ids)
        local.bell.ring(f"message:{message.id}", f"channel:{message.channel_id}")
    del local.world.channels[channel.id]


def remove_guild(local: "LocalDiscord", guild: Guild) -> None:
    """Delete a guild with all that is in it: GUILD_DELETE for its bots."""
    world = local.world
    tell_guild(local, guild.id, "GUILD_DELETE", {"id": guild.id})
    for channel in list(world.channels_of(guild.id)):
        _forget_channel(local, channel)
    for member in list(world.members_of(guild.id)):
        del world.members[guild.id, member.user_id]
    for role in list(world.roles_of(guild.id)):
        del world.roles[role.id]
    for scope in [one for one in local.commands.by_scope if one[1] == guild.id]:
        del local.commands.by_scope[scope]
    del world.guilds[guild.id]
