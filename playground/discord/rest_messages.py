"""REST handlers of channels' messages, and of typing. What a call needs in its channel, `routes.py` says."""

from dataclasses import replace
from typing import TYPE_CHECKING

from playground.discord import compose, posting, reach, structure
from playground.discord.calls import NO_CONTENT, Call, Reply, channel_of, message_of
from playground.discord.errors import ApiError, Json, NotHereError, Problems, bad_field
from playground.discord.messages import Message
from playground.discord.permissions import has
from playground.discord.rules import bodies
from playground.discord.rules.fields import Field, check_fields
from playground.discord.snowflake import time_of
from playground.discord.world import Channel

if TYPE_CHECKING:
    from playground.discord.local import LocalDiscord

NONCE_S = 300.0  # "the past few minutes", Discord says
BULK_AGE_MAX_S = 14 * 24 * 3600
BULK = {"messages": Field("list", required=True, items="snowflake")}
REPLY, FORWARD = 0, 1
REFERENCE = {
    "message_id": Field("snowflake", required=True),
    "channel_id": Field("snowflake"),
    "guild_id": Field("snowflake"),
    "type": Field("integer", choices=(REPLY, FORWARD)),
    "fail_if_not_exists": Field("boolean"),
}


async def list_messages(local: "LocalDiscord", call: Call) -> Reply:
    """`GET /channels/{channel_id}/messages`; newest first. Without READ_MESSAGE_HISTORY nothing is found."""
    channel, bot_id = channel_of(local, call), call.application.id
    limit = call.limit(50, 100)
    bounds = {name: call.number(name) for name in ("before", "after", "around")}
    if not has(local.world.permissions(channel, bot_id), "READ_MESSAGE_HISTORY"):
        return Reply([])
    found = local.messages.page(channel.id, limit=limit, is_for_all=True, **bounds)
    return Reply([posting.for_bot(local, one, bot_id) for one in found])


async def get_message(local: "LocalDiscord", call: Call) -> Reply:
    """`GET /channels/{channel_id}/messages/{message_id}`."""
    return Reply(posting.for_bot(local, message_of(local, call), call.application.id))


async def create_message(local: "LocalDiscord", call: Call) -> Reply:
    """`POST /channels/{channel_id}/messages`; an archived thread is open again afterwards."""
    body, bot_id = call.object, call.application.id
    bodies.check_shape(body)
    channel = channel_of(local, call, *_needed(call))
    reach.check_can_send(local, channel, bot_id)
    message = _by_nonce(local, channel, bot_id, body)
    if message is None:
        message = await _create(local, call, channel)
    return Reply(posting.for_bot(local, message, bot_id))


async def _create(local: "LocalDiscord", call: Call, channel: Channel) -> Message:
    body, bot_id = call.object, call.application.id
    async with compose.stored_uploads(local, channel.id, body, call.uploads, ephemeral=False) as files:
        repeated = _by_nonce(local, channel, bot_id, body)  # it may have come while files were written
        if repeated is not None:
            local.files.discard(one.id for one in files.values())
            return repeated
        more = _more(local, channel, bot_id, body)
        message = compose.new_message(local, channel, bot_id, body, files, **more)
    message.application_id = bot_id
    message.nonce = None if body.get("nonce") is None else str(body["nonce"])
    if channel.archived:
        structure.put_channel(local, replace(channel, archived=False))
    posting.post(local, message)
    return message


def _needed(call: Call) -> list[str]:
    """Return the permissions that a body needs beyond sending."""
    asked = {
        "ATTACH_FILES": call.uploads,
        "EMBED_LINKS": call.object.get("embeds"),
        "SEND_TTS_MESSAGES": call.object.get("tts"),
    }
    return [name for name, wanted in asked.items() if wanted]


def _by_nonce(local: "LocalDiscord", channel: Channel, author_id: str, body: Json) -> Message | None:
    """Return the author's message of the last minutes with the same enforced nonce."""
    nonce = body.get("nonce")
    if nonce is None or not body.get("enforce_nonce"):
        return None
    oldest_s = local.clock.now_s() - NONCE_S
    for message in local.messages.last(channel.id):
        if time_of(message.id) < oldest_s:
            return None
        if message.nonce == str(nonce) and message.author_id == author_id:
            return message
    return None


def _more(local: "LocalDiscord", channel: Channel, author_id: str, body: Json) -> Json:
    """Return the further wire fields of a bot's own message."""
    more: Json = {"application_id": author_id}
    if body.get("nonce") is not None:
        more["nonce"] = body["nonce"]
    if body.get("message_reference"):
        more |= _reply(local, channel, author_id, body["message_reference"])
    return more


def _reply(local: "LocalDiscord", channel: Channel, author_id: str, reference: Json) -> Json:
    """Return what makes a message a reply; raises 160002 without READ_MESSAGE_HISTORY."""
    problems = Problems()
    check_fields(reference, REFERENCE, ("message_reference",), problems)
    problems.refuse()
    if reference.get("type") == FORWARD:
        raise NotHereError("forwarded messages")
    if not has(local.world.permissions(channel, author_id), "READ_MESSAGE_HISTORY"):
        raise ApiError(160002)
    message_id = str(reference["message_id"])
    referred = local.messages.by_id.get(message_id)
    if referred is not None and (referred.channel_id != channel.id or referred.viewer_id is not None):
        referred = None
    if referred is None and reference.get("fail_if_not_exists") is not False:
        raise bad_field(("message_reference",), "REPLIES_UNKNOWN_MESSAGE", "Unknown message")
    about = {"type": REPLY, "channel_id": channel.id, "message_id": message_id}
    return {
        "type": 19,
        "message_reference": about | ({"guild_id": channel.guild_id} if channel.guild_id else {}),
        "referenced_message": None if referred is None else posting.referred(local, referred, author_id),
    }


async def edit_message(local: "LocalDiscord", call: Call) -> Reply:
    """`PATCH /channels/{channel_id}/messages/{message_id}`; of others' messages only the flags."""
    message, body = message_of(local, call), call.object
    if message.author_id != call.application.id:
        if body.keys() - {"flags"}:
            raise ApiError(50005)
        channel_of(local, call, "MANAGE_MESSAGES")
    async with compose.stored_uploads(
        local, message.channel_id, body, call.uploads, ephemeral=False
    ) as files:
        message = message_of(local, call)  # it may have gone while files were written
        wire = compose.edited_wire(local, message, body, files)
    if "allowed_mentions" in body:
        message.allowed_mentions = body["allowed_mentions"]
    posting.change(local, message, wire)
    return Reply(posting.for_bot(local, message, call.application.id))


async def delete_message(local: "LocalDiscord", call: Call) -> Reply:
    """`DELETE /channels/{channel_id}/messages/{message_id}`."""
    message = message_of(local, call)
    if message.author_id != call.application.id:
        channel_of(local, call, "MANAGE_MESSAGES")
    posting.remove(local, message)
    return NO_CONTENT


async def bulk_delete(local: "LocalDiscord", call: Call) -> Reply:
    """`POST /channels/{channel_id}/messages/bulk-delete`; ids of nothing count, and are passed over."""
    problems = Problems()
    if check_fields(call.object, BULK, (), problems):
        ids = [str(one) for one in call.object["messages"]]
        for index in [index for index, one in enumerate(ids) if one in ids[:index]]:
            text = "The set already contains this value"
            problems.add(("messages", index), "SET_TYPE_ALREADY_CONTAINS_VALUE", text)
    problems.refuse()
    if not 2 <= len(ids) <= 100:
        raise ApiError(50016)
    if any(local.clock.now_s() - time_of(one) > BULK_AGE_MAX_S for one in ids):
        raise ApiError(50034)
    channel = channel_of(local, call)
    found = [one for one in map(local.messages.by_id.get, ids) if one is not None]
    mine = [one for one in found if one.channel_id == channel.id and one.viewer_id is None]
    posting.remove_many(local, channel, mine)
    return NO_CONTENT


async def typing(local: "LocalDiscord", call: Call) -> Reply:
    """`POST /channels/{channel_id}/typing`."""
    about = {"channel_id": call.params["channel_id"], "user_id": call.application.id}
    local.feed.tell("TYPING_START", lambda _user_id: about)
    return NO_CONTENT
