"""REST handlers of all but messages: gateway address, users, applications, guilds, channels."""

from dataclasses import replace
from typing import TYPE_CHECKING

from playground.discord import objects, structure
from playground.discord.calls import NO_CONTENT, Call, Reply, channel_of
from playground.discord.errors import ApiError, Problems, bad_field
from playground.discord.gateway_limits import GUILDS_PER_ADVISED_SHARD, LENIENT_CONCURRENCY
from playground.discord.permissions import BITS
from playground.discord.rules.fields import Field, check_fields
from playground.discord.world import DM, THREAD, Guild, User

if TYPE_CHECKING:
    from playground.discord.local import LocalDiscord


NICK = {"nick": Field("string", high=32)}
EDITABLE = {"name": Field("string", low=1, high=100), "nsfw": Field("boolean"), "archived": Field("boolean")}


async def gateway(local: "LocalDiscord", _call: Call) -> Reply:
    """`GET /gateway`."""
    return Reply({"url": local.gateway_url})


async def gateway_bot(local: "LocalDiscord", call: Call) -> Reply:
    """`GET /gateway/bot`."""
    limits, who = local.sessions.limits, call.application.id
    used, reset_after_s = local.sessions.starts.used(who, local.clock.now_s())
    start_limit = {
        "total": limits.identifies_per_day,
        "remaining": max(0, limits.identifies_per_day - used),
        "reset_after": round(reset_after_s * 1000),
        "max_concurrency": limits.max_concurrency or LENIENT_CONCURRENCY,
    }
    shards = 1 + sum(1 for _ in local.world.guilds_of(who)) // GUILDS_PER_ADVISED_SHARD
    return Reply({"url": local.gateway_url, "shards": shards, "session_start_limit": start_limit})


async def leave_guild(local: "LocalDiscord", call: Call) -> Reply:
    """`DELETE /users/@me/guilds/{guild_id}`."""
    guild = _guild(local, call)
    structure.remove_member(local, guild.id, call.application.id)
    return NO_CONTENT


async def create_dm(local: "LocalDiscord", call: Call) -> Reply:
    """`POST /users/@me/channels`."""
    user = local.world.users.get(str(call.object.get("recipient_id")))
    if user is None:
        raise bad_field(("recipient_id",), "USER_INVALID_RECIPIENT", "Invalid recipient")
    if user.bot:
        raise ApiError(50007)
    channel = local.world.dm(user.id, call.application.id)
    local.store.touch()
    return Reply(objects.channel_object(local.world, channel, viewer_id=call.application.id))


def _user(local: "LocalDiscord", call: Call) -> User:
    user = local.world.users.get(call.params["user_id"])
    if user is None:
        raise ApiError(10013)
    return user


async def get_user(local: "LocalDiscord", call: Call) -> Reply:
    """`GET /users/{user_id}`."""
    return Reply(objects.profile_object(_user(local, call)))


async def own_application(local: "LocalDiscord", call: Call) -> Reply:
    """`GET /applications/@me` and `GET /oauth2/applications/@me`."""
    return Reply(objects.application_object(local.world, call.application))


async def nothing(_local: "LocalDiscord", _call: Call) -> Reply:
    """Answer a list that is always empty here."""
    return Reply([])


async def no_emojis(_local: "LocalDiscord", _call: Call) -> Reply:
    """`GET /applications/{application_id}/emojis`."""
    return Reply({"items": []})


def _guild(local: "LocalDiscord", call: Call) -> Guild:
    """Return the guild of the path; raises 10004 where the bot is not a member."""
    guild_id = call.params["guild_id"]
    if (guild_id, call.application.id) not in local.world.members:
        raise ApiError(10004)
    return local.world.guilds[guild_id]


async def get_guild(local: "LocalDiscord", call: Call) -> Reply:
    """`GET /guilds/{guild_id}`."""
    guild = _guild(local, call)
    shown = objects.guild_object(local.world, guild)
    if call.asks("with_counts"):
        shown["approximate_member_count"] = sum(1 for _ in local.world.members_of(guild.id))
        shown["approximate_presence_count"] = 0
    return Reply(shown)


async def guild_channels(local: "LocalDiscord", call: Call) -> Reply:
    """`GET /guilds/{guild_id}/channels`; threads are not among them."""
    found = local.world.channels_of(_guild(local, call).id)
    return Reply([objects.channel_object(local.world, one) for one in found if one.type != THREAD])


async def guild_roles(local: "LocalDiscord", call: Call) -> Reply:
    """`GET /guilds/{guild_id}/roles`."""
    return Reply([objects.role_object(one) for one in local.world.roles_of(_guild(local, call).id)])


async def guild_members(local: "LocalDiscord", call: Call) -> Reply:
    """`GET /guilds/{guild_id}/members`."""
    members = sorted(local.world.members_of(_guild(local, call).id), key=lambda one: int(one.user_id))
    after, limit = call.number("after") or 0, call.limit(1, 1_000)
    found = [one for one in members if int(one.user_id) > after][:limit]
    return Reply([objects.full_member_object(local.world, one) for one in found])


async def guild_member(local: "LocalDiscord", call: Call) -> Reply:
    """`GET /guilds/{guild_id}/members/{user_id}`."""
    member = local.world.members.get((_guild(local, call).id, call.params["user_id"]))
    if member is None:
        raise ApiError(10007)
    return Reply(objects.full_member_object(local.world, member))


async def active_threads(local: "LocalDiscord", call: Call) -> Reply:
    """`GET /guilds/{guild_id}/threads/active`."""
    found = local.world.channels_of(_guild(local, call).id)
    threads = [
        objects.channel_object(local.world, one) for one in found if one.type == THREAD and not one.archived
    ]
    return Reply({"threads": threads, "members": [], "has_more": False})


async def get_channel(local: "LocalDiscord", call: Call) -> Reply:
    """`GET /channels/{channel_id}`."""
    channel = channel_of(local, call)
    return Reply(objects.channel_object(local.world, channel, viewer_id=call.application.id))


async def edit_channel(local: "LocalDiscord", call: Call) -> Reply:
    """`PATCH /channels/{channel_id}`: name, `nsfw`, and `archived` of a thread."""
    channel = channel_of(local, call)
    own_thread = channel.type == THREAD and channel.owner_id == call.application.id
    if not own_thread:
        channel = channel_of(local, call, "MANAGE_THREADS" if channel.type == THREAD else "MANAGE_CHANNELS")
    problems = Problems()
    check_fields(call.object, EDITABLE, (), problems)
    problems.refuse()
    known = {name: call.object[name] for name in EDITABLE if call.object.get(name) is not None}
    channel = replace(channel, **known)
    structure.put_channel(local, channel)
    return Reply(objects.channel_object(local.world, channel))


async def delete_channel(local: "LocalDiscord", call: Call) -> Reply:
    """`DELETE /channels/{channel_id}`; a DM is only closed."""
    channel = channel_of(local, call)
    shown = objects.channel_object(local.world, channel, viewer_id=call.application.id)
    if channel.type != DM:
        channel_of(local, call, "MANAGE_THREADS" if channel.type == THREAD else "MANAGE_CHANNELS")
        structure.remove_channel(local, channel)
    return Reply(shown)


async def own_member(local: "LocalDiscord", call: Call) -> Reply:
    """`PATCH /guilds/{guild_id}/members/@me`: the nickname."""
    member = local.world.members[_guild(local, call).id, call.application.id]
    problems = Problems()
    check_fields(call.object, NICK, (), problems)
    problems.refuse()
    if "nick" in call.object:
        if not local.world.base_permissions(member) & BITS["CHANGE_NICKNAME"]:
            raise ApiError(50013)
        member = replace(member, nick=call.object["nick"] or None)
        structure.put_member(local, member)
    return Reply(objects.full_member_object(local.world, member))
