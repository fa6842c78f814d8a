"""REST handlers of threads: from a message, without one, and posts of a forum.

*Source:* Discord's channel resource. Private threads are not here: 501.
"""

from typing import TYPE_CHECKING

from playground.discord import compose, objects, posting, structure
from playground.discord.calls import NO_CONTENT, Call, Reply, channel_of, check_unarchived, message_of
from playground.discord.clock import iso
from playground.discord.errors import ApiError, Json, NotHereError, Problems, bad_field
from playground.discord.messages import HAS_THREAD
from playground.discord.rules.fields import Field, check_fields
from playground.discord.world import FORUM, TEXT, THREAD, Channel

if TYPE_CHECKING:
    from playground.discord.local import LocalDiscord

PRIVATE_THREAD = 12
NEEDS = {TEXT: ("CREATE_PUBLIC_THREADS",), FORUM: ("SEND_MESSAGES",)}
BODY = {
    "name": Field("string", required=True, low=1, high=100),
    "auto_archive_duration": Field("integer", choices=(60, 1440, 4320, 10080)),
    "rate_limit_per_user": Field("integer", low=0, high=21600),
    "type": Field("integer", choices=(10, THREAD, PRIVATE_THREAD)),
    "message": Field("object"),
}


def _checked(call: Call) -> Json:
    problems = Problems()
    check_fields(call.object, BODY, (), problems)
    problems.refuse()
    return call.object


def _new(local: "LocalDiscord", call: Call, parent: Channel, thread_id: str) -> Channel:
    """Open a thread and tell bots of it: THREAD_CREATE."""
    thread = Channel(
        thread_id,
        THREAD,
        call.object["name"],
        parent.guild_id,
        parent_id=parent.id,
        nsfw=parent.nsfw,
        owner_id=call.application.id,
    )
    local.world.put_channel(thread)
    shown = objects.channel_object(local.world, thread) | {"newly_created": True}
    structure.tell_guild(local, thread.guild_id, "THREAD_CREATE", shown)
    return thread


async def create(local: "LocalDiscord", call: Call) -> Reply:
    """`POST /channels/{channel_id}/threads`: a thread of a text channel, or a post of a forum with its message."""
    parent = channel_of(local, call)
    if parent.type not in NEEDS:
        raise ApiError(50024)
    channel_of(local, call, *NEEDS[parent.type])
    body = _checked(call)
    if parent.type == FORUM:
        return await _create_post(local, call, parent)
    if (body.get("type") or PRIVATE_THREAD) == PRIVATE_THREAD:
        raise NotHereError("private threads, which is what a thread without a type is")
    thread = _new(local, call, parent, local.ids.next())
    return Reply(objects.channel_object(local.world, thread), 201)


async def _create_post(local: "LocalDiscord", call: Call, forum: Channel) -> Reply:
    """Make a post: its message bears the thread's id."""
    body, bot_id = call.object.get("message"), call.application.id
    if body is None:
        raise bad_field(("message",), "BASE_TYPE_REQUIRED", "This field is required")
    thread_id = local.ids.next()
    async with compose.stored_uploads(local, thread_id, body, call.uploads, ephemeral=False) as files:
        # the channel is asked for as it will be: what is refused must leave no thread behind
        message = compose.new_message(local, forum, bot_id, body, files, application_id=bot_id, id=thread_id)
        message.wire["channel_id"] = thread_id
    message.application_id = bot_id
    thread = _new(local, call, forum, thread_id)
    posting.post(local, message)
    shown = posting.for_bot(local, message, bot_id)
    return Reply(objects.channel_object(local.world, thread) | {"message": shown}, 201)


async def create_from_message(local: "LocalDiscord", call: Call) -> Reply:
    """`POST /channels/{channel_id}/messages/{message_id}/threads`: the thread bears the message's id."""
    parent, message = channel_of(local, call), message_of(local, call)
    if parent.type != TEXT:
        raise ApiError(50024)
    _checked(call)
    if message.id in local.world.channels:
        raise ApiError(160004)
    shown = objects.channel_object(local.world, _new(local, call, parent, message.id))
    flags = message.wire["flags"] | HAS_THREAD
    posting.change(local, message, message.wire | {"flags": flags, "thread": shown})
    return Reply(shown, 201)


async def join(local: "LocalDiscord", call: Call) -> Reply:
    """`PUT /channels/{channel_id}/thread-members/@me`."""
    check_unarchived(_thread(local, call))
    return NO_CONTENT


async def list_members(local: "LocalDiscord", call: Call) -> Reply:
    """`GET /channels/{channel_id}/thread-members`: the caller, who is in every thread that it sees."""
    thread, now = _thread(local, call), iso(local.clock.now_s())
    return Reply([{"id": thread.id, "user_id": call.application.id, "join_timestamp": now, "flags": 0}])


def _thread(local: "LocalDiscord", call: Call) -> Channel:
    channel = channel_of(local, call)
    if channel.type != THREAD:
        raise ApiError(50024)
    return channel
