"""REST handlers of all but messages: gateway address, users, applications, guilds, channels, threads."""

from dataclasses import replace
from typing import TYPE_CHECKING

from playground.discord import objects, posting
from playground.discord.calls import NO_CONTENT, Call, Reply, channel_of
from playground.discord.clock import iso
from playground.discord.errors import ApiError, Json, bad_field
from playground.discord.sessions import Event
from playground.discord.world import DM, THREAD, Channel, Guild, User

if TYPE_CHECKING:
    from playground.discord.local import LocalDiscord


async def gateway(local: "LocalDiscord", _call: Call) -> Reply:
    """`GET /gateway`."""
    return Reply({"url": local.gateway_url})


async def gateway_bot(local: "LocalDiscord", _call: Call) -> Reply:
    """`GET /gateway/bot`."""
    limit = {"total": 1000, "remaining": 1000, "reset_after": 86_400_000, "max_concurrency": 16}
    return Reply({"url": local.gateway_url, "shards": 1, "session_start_limit": limit})


async def own_user(local: "LocalDiscord", call: Call) -> Reply:
    """`GET /users/@me`."""
    return Reply(objects.own_user_object(local.world.users[call.application.id]))


async def own_guilds(local: "LocalDiscord", call: Call) -> Reply:
    """`GET /users/@me/guilds`."""
    bot_id = call.application.id
    return Reply(
        [
            {
                "id": guild.id, "name": guild.name, "icon": None, "banner": None, "features": [],
                "owner": guild.owner_id == bot_id,
                "permissions": str(local.world.roles[guild.id].permissions),
                "approximate_member_count": sum(1 for _ in local.world.members_of(guild.id)),
                "approximate_presence_count": 0,
            }
            for guild in local.world.guilds_of(bot_id)
        ]
    )  # fmt: skip


async def leave_guild(local: "LocalDiscord", call: Call) -> Reply:
    """`DELETE /users/@me/guilds/{guild_id}`."""
    guild = _guild(local, call)
    del local.world.members[guild.id, call.application.id]
    local.sessions.dispatch(call.application.id, Event("GUILD_DELETE", {"id": guild.id}, guild.id))
    local.store.touch()
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
    return Reply(objects.user_object(_user(local, call)))


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
    if call.query.get("with_counts", "").lower() in ("1", "true"):
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
    after, limit = int(call.query.get("after", "0")), int(call.query.get("limit", "1"))
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
    known = {name: call.object[name] for name in ("name", "nsfw", "archived") if name in call.object}
    channel = local.world.put_channel(replace(channel, **known))
    shown = objects.channel_object(local.world, channel)
    posting.tell_bots(local, channel, "THREAD_UPDATE" if channel.type == THREAD else "CHANNEL_UPDATE", shown)
    local.store.touch()
    return Reply(shown)


async def delete_channel(local: "LocalDiscord", call: Call) -> Reply:
    """`DELETE /channels/{channel_id}`; a DM is only closed."""
    channel = channel_of(local, call)
    shown = objects.channel_object(local.world, channel, viewer_id=call.application.id)
    if channel.type != DM:
        channel_of(local, call, "MANAGE_CHANNELS")
        posting.tell_bots(local, channel, "CHANNEL_DELETE", shown)
        del local.world.channels[channel.id]
        local.store.touch()
    return Reply(shown)


async def create_thread(local: "LocalDiscord", call: Call) -> Reply:
    """`POST /channels/{channel_id}/threads`, and `.../messages/{message_id}/threads`, whose id the thread bears."""
    parent = channel_of(local, call, "CREATE_PUBLIC_THREADS")
    if parent.guild_id is None or parent.type == THREAD:
        raise ApiError(50024)
    name = call.object.get("name")
    if not isinstance(name, str) or not 1 <= len(name) <= 100:
        raise bad_field(("name",), "BASE_TYPE_BAD_LENGTH", "Must be between 1 and 100 in length.")
    thread_id = call.params.get("message_id") or local.ids.next()
    thread = Channel(
        thread_id,
        THREAD,
        name,
        parent.guild_id,
        parent_id=parent.id,
        nsfw=parent.nsfw,
        owner_id=call.application.id,
    )
    local.world.put_channel(thread)
    shown: Json = objects.channel_object(local.world, thread)
    posting.tell_bots(local, thread, "THREAD_CREATE", shown | {"newly_created": True})
    local.store.touch()
    return Reply(shown, 201)


async def join_thread(local: "LocalDiscord", call: Call) -> Reply:
    """`PUT /channels/{channel_id}/thread-members/@me`."""
    channel_of(local, call)
    return NO_CONTENT


async def own_member(local: "LocalDiscord", call: Call) -> Reply:
    """`PATCH /guilds/{guild_id}/members/@me`: the nickname."""
    member = local.world.members[_guild(local, call).id, call.application.id]
    member = replace(member, nick=call.object.get("nick", member.nick))
    local.world.members[member.guild_id, member.user_id] = member
    local.store.touch()
    return Reply(objects.full_member_object(local.world, member))


async def thread_member(local: "LocalDiscord", call: Call) -> Reply:
    """`GET /channels/{channel_id}/thread-members`."""
    channel = channel_of(local, call)
    joined = {
        "id": channel.id,
        "user_id": call.application.id,
        "join_timestamp": iso(local.clock.now_s()),
        "flags": 0,
    }
    return Reply([joined])
