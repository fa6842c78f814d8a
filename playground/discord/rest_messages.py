"""REST handlers of channels' messages, reactions, pins and typing."""

from typing import TYPE_CHECKING

from playground.discord import compose, objects, posting
from playground.discord.calls import NO_CONTENT, Call, Reply, channel_of
from playground.discord.clock import iso
from playground.discord.errors import ApiError, Json, bad_field
from playground.discord.messages import Message
from playground.discord.permissions import has
from playground.discord.rules import bodies
from playground.discord.world import CATEGORY, FORUM, THREAD, Channel

if TYPE_CHECKING:
    from playground.discord.local import LocalDiscord

NONCE_WINDOW = 100
PINS_MAX = 50
REACTIONS_MAX = 20


def _message(local: "LocalDiscord", call: Call, *needed: str) -> Message:
    """Return the message of the path; ephemeral ones do not exist for a bot's ordinary calls."""
    channel = channel_of(local, call, *needed)
    message = local.messages.get(channel.id, call.params["message_id"])
    if message.viewer_id is not None:
        raise ApiError(10008)
    return message


async def list_messages(local: "LocalDiscord", call: Call) -> Reply:
    """`GET /channels/{channel_id}/messages`; newest first. Without READ_MESSAGE_HISTORY nothing is found."""
    channel = channel_of(local, call)
    if not has(local.world.permissions(channel, call.application.id), "READ_MESSAGE_HISTORY"):
        return Reply([])
    limit = _number(call, "limit") or 50
    if not 1 <= limit <= 100:
        raise bad_field(("limit",), "NUMBER_TYPE_MAX", "int value should be less than or equal to 100.")
    bounds = {name: _number(call, name) for name in ("before", "after", "around")}
    found = local.messages.page(channel.id, limit=limit, **bounds)
    return Reply(
        [posting.rendered(local, one, call.application.id) for one in found if one.viewer_id is None]
    )


def _number(call: Call, name: str) -> int | None:
    given = call.query.get(name)
    if given is None:
        return None
    if not given.isdigit():
        raise bad_field((name,), "NUMBER_TYPE_COERCE", f'Value "{given}" is not int.')
    return int(given)


async def get_message(local: "LocalDiscord", call: Call) -> Reply:
    """`GET /channels/{channel_id}/messages/{message_id}`."""
    message = _message(local, call, "READ_MESSAGE_HISTORY")
    return Reply(posting.rendered(local, message, call.application.id))


async def create_message(local: "LocalDiscord", call: Call) -> Reply:
    """`POST /channels/{channel_id}/messages`."""
    bodies.check_shape(call.object)
    channel = channel_of(local, call, *_needed_to_send(local, call))
    if channel.type in (FORUM, CATEGORY):
        raise ApiError(50008)
    body, bot_id = call.object, call.application.id
    repeated = _by_nonce(local, channel, bot_id, body)
    if repeated is not None:
        return Reply(posting.rendered(local, repeated, bot_id))
    files = await compose.store_uploads(local, channel.id, body, call.uploads, ephemeral=False)
    try:
        message = compose.new_message(
            local, channel, bot_id, body, files, **_more(local, channel, bot_id, body)
        )
    except ApiError:
        local.files.discard(one.id for one in files.values())
        raise
    message.application_id = bot_id
    message.nonce = None if body.get("nonce") is None else str(body["nonce"])
    posting.post(local, message)
    return Reply(posting.rendered(local, message, bot_id))


def _needed_to_send(local: "LocalDiscord", call: Call) -> list[str]:
    channel = local.world.channels.get(call.params["channel_id"])
    in_thread = channel is not None and channel.type == THREAD
    needed = ["SEND_MESSAGES_IN_THREADS" if in_thread else "SEND_MESSAGES"]
    if call.uploads:
        needed.append("ATTACH_FILES")
    if call.object.get("embeds"):
        needed.append("EMBED_LINKS")
    if call.object.get("message_reference"):
        needed.append("READ_MESSAGE_HISTORY")
    return needed


def _by_nonce(local: "LocalDiscord", channel: Channel, author_id: str, body: Json) -> Message | None:
    """Return the recent message with the same enforced nonce. Discord looks back some minutes; so do we."""
    nonce = body.get("nonce")
    if nonce is None or not body.get("enforce_nonce"):
        return None
    if len(str(nonce)) > 25:
        raise bad_field(("nonce",), "NONCE_TYPE_TOO_LONG", "Must be 25 or fewer in length.")
    for _, message in zip(range(NONCE_WINDOW), local.messages.last(channel.id), strict=False):
        if message.nonce == str(nonce) and message.author_id == author_id:
            return message
    return None


def _more(local: "LocalDiscord", channel: Channel, author_id: str, body: Json) -> Json:
    """Return the further wire fields of a bot's own message."""
    more: Json = {"application_id": author_id}
    if body.get("nonce") is not None:
        more["nonce"] = body["nonce"]
    reference = body.get("message_reference")
    if reference:
        referred = local.messages.by_id.get(str(reference.get("message_id")))
        if referred is None and reference.get("fail_if_not_exists", True):
            raise bad_field(("message_reference",), "REPLIES_UNKNOWN_MESSAGE", "Unknown message")
        about = {"type": 0, "channel_id": channel.id, "message_id": str(reference.get("message_id"))}
        more |= {
            "type": 19,
            "message_reference": about | ({"guild_id": channel.guild_id} if channel.guild_id else {}),
            "referenced_message": None if referred is None else posting.rendered(local, referred, author_id),
        }
    return more


async def edit_message(local: "LocalDiscord", call: Call) -> Reply:
    """`PATCH /channels/{channel_id}/messages/{message_id}`."""
    message = _message(local, call)
    if message.author_id != call.application.id:
        raise ApiError(50005)
    files = await compose.store_uploads(local, message.channel_id, call.object, call.uploads, ephemeral=False)
    try:
        message = _message(local, call)
        wire = compose.edited_wire(local, message, call.object, files)
    except ApiError:
        local.files.discard(one.id for one in files.values())
        raise
    if "allowed_mentions" in call.object:
        message.allowed_mentions = call.object["allowed_mentions"]
    posting.change(local, message, wire)
    return Reply(posting.rendered(local, message, call.application.id))


async def delete_message(local: "LocalDiscord", call: Call) -> Reply:
    """`DELETE /channels/{channel_id}/messages/{message_id}`."""
    message = _message(local, call)
    if message.author_id != call.application.id:
        if local.world.channels[message.channel_id].guild_id is None:
            raise ApiError(50003)
        message = _message(local, call, "MANAGE_MESSAGES")
    posting.remove(local, message)
    return NO_CONTENT


async def bulk_delete(local: "LocalDiscord", call: Call) -> Reply:
    """`POST /channels/{channel_id}/messages/bulk-delete`."""
    channel = channel_of(local, call, "MANAGE_MESSAGES")
    ids = [str(one) for one in call.object.get("messages") or []]
    if not 2 <= len(ids) <= 100:
        raise ApiError(50016)
    for message_id in ids:
        message = local.messages.by_id.get(message_id)
        if message is not None and message.channel_id == channel.id:
            posting.remove(local, message)
    return NO_CONTENT


async def typing(local: "LocalDiscord", call: Call) -> Reply:
    """`POST /channels/{channel_id}/typing`."""
    channel = channel_of(local, call, "SEND_MESSAGES")
    about = {"channel_id": channel.id, "user_id": call.application.id}
    local.feed.tell("TYPING_START", lambda _user_id: about)
    return NO_CONTENT


def _emoji(call: Call) -> str:
    """Return the emoji of the path; custom ones need a guild that has them, and ours have none."""
    emoji = call.params["emoji"]
    if not emoji or ":" in emoji or emoji.isascii():
        raise ApiError(10014)
    return emoji


async def add_reaction(local: "LocalDiscord", call: Call) -> Reply:
    """`PUT .../reactions/{emoji}/@me`."""
    message = _message(local, call, "READ_MESSAGE_HISTORY")
    emoji = _emoji(call)
    if emoji not in message.reactions:
        _message(local, call, "ADD_REACTIONS")
        if len(message.reactions) >= REACTIONS_MAX:
            raise ApiError(30010)
    posting.react(local, message, call.application.id, emoji, add=True)
    return NO_CONTENT


async def remove_reaction(local: "LocalDiscord", call: Call) -> Reply:
    """`DELETE .../reactions/{emoji}/{user_id}`; foreign ones need MANAGE_MESSAGES."""
    user_id = call.params["user_id"]
    own = user_id in ("@me", call.application.id)
    message = _message(local, call, *(() if own else ("MANAGE_MESSAGES",)))
    posting.react(local, message, call.application.id if own else user_id, _emoji(call), add=False)
    return NO_CONTENT


async def list_reactions(local: "LocalDiscord", call: Call) -> Reply:
    """`GET .../reactions/{emoji}`; users by id."""
    message = _message(local, call, "READ_MESSAGE_HISTORY")
    after, limit = _number(call, "after") or 0, _number(call, "limit") or 25
    users = sorted(int(one) for one in message.reactions.get(_emoji(call), []) if int(one) > after)
    return Reply([objects.user_object(local.world.users[str(one)]) for one in users[: min(limit, 100)]])


async def clear_reactions(local: "LocalDiscord", call: Call) -> Reply:
    """`DELETE .../reactions` and `DELETE .../reactions/{emoji}`."""
    message = _message(local, call, "MANAGE_MESSAGES")
    posting.clear_reactions(local, message, _emoji(call) if "emoji" in call.params else None)
    return NO_CONTENT


def _pinned(local: "LocalDiscord", channel: Channel) -> list[Message]:
    return [one for one in local.messages.last(channel.id) if one.wire["pinned"]]


async def list_pins(local: "LocalDiscord", call: Call) -> Reply:
    """`GET /channels/{channel_id}/messages/pins`."""
    channel = channel_of(local, call, "READ_MESSAGE_HISTORY")
    items = [
        {"pinned_at": iso(local.clock.now_s()), "message": posting.rendered(local, one, call.application.id)}
        for one in _pinned(local, channel)
    ]
    return Reply({"items": items, "has_more": False})


async def list_pins_plainly(local: "LocalDiscord", call: Call) -> Reply:
    """`GET /channels/{channel_id}/pins`, the older form."""
    channel = channel_of(local, call, "READ_MESSAGE_HISTORY")
    return Reply([posting.rendered(local, one, call.application.id) for one in _pinned(local, channel)])


async def pin(local: "LocalDiscord", call: Call) -> Reply:
    """`PUT` and `DELETE` of a pin, in both forms of the path."""
    message = _message(local, call, "PIN_MESSAGES")
    wanted = call.method == "PUT"
    if wanted and len(_pinned(local, local.world.channels[message.channel_id])) >= PINS_MAX:
        raise ApiError(30003)
    posting.change(local, message, message.wire | {"pinned": wanted})
    return NO_CONTENT
