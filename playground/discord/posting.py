"""Everything that happens to messages: stored, told to bots by the gateway, to people by the feed, and to who waits."""

from dataclasses import replace
from typing import TYPE_CHECKING

from playground.discord import objects
from playground.discord.errors import Json
from playground.discord.filling import addresses_of, attachments_in, filled_components
from playground.discord.intents import is_open_to, without_content
from playground.discord.messages import Message
from playground.discord.permissions import BITS
from playground.discord.sessions import Event
from playground.discord.world import Channel

if TYPE_CHECKING:
    from playground.discord.local import LocalDiscord

RESIGN_S = 3_600


def tell_bots(
    local: "LocalDiscord", channel: Channel, event: str, data: Json, *, has_content: bool = False
) -> None:
    """Dispatch a channel's event to the bots that see the channel; `has_content` where the data is a message."""
    if channel.guild_id is not None:
        data = {"guild_id": channel.guild_id} | data
    for application_id in local.world.applications:
        if local.world.permissions(channel, application_id) & BITS["VIEW_CHANNEL"]:
            hidden = has_content and channel.guild_id is not None and not is_open_to(data, application_id)
            redacted = without_content(data, application_id) if hidden else None
            local.sessions.dispatch(application_id, Event(event, data, channel.guild_id, redacted))


def fresh_wire(local: "LocalDiscord", message: Message) -> Json:
    """Return the wire object with addresses that are at most an hour old."""
    now_s = local.clock.now_s()
    if message.wire["attachments"] and now_s - message.signed_s > RESIGN_S:
        files = [local.files.by_id[one] for one in message.file_ids if one in local.files.by_id]
        message.wire = message.wire | {
            "attachments": [local.files.attachment_object(one) for one in files],
            "components": filled_components(message.wire["components"], addresses_of(local, files)),
        }
        message.signed_s = now_s
    return message.wire


def rendered(local: "LocalDiscord", message: Message, viewer_id: str) -> Json:
    """Return a message as `viewer_id` reads it: fresh addresses, and which reactions are theirs."""
    wire = fresh_wire(local, message)
    if not message.reactions:
        return wire
    return wire | {
        "reactions": [_reaction(emoji, users, viewer_id) for emoji, users in message.reactions.items()]
    }


def for_bot(local: "LocalDiscord", message: Message, bot_id: str) -> Json:
    """Return a message as Discord tells bots of it; people's view lists all files, so that they are easy to find."""
    return _without_shown_files(rendered(local, message, bot_id))


def referred(local: "LocalDiscord", message: Message, bot_id: str) -> Json:
    """Return a message as another one carries it: without reactions, and without what it answers itself.

    *Source:* `BasicMessageResponse` in Discord's OpenAPI description.
    """
    shown = for_bot(local, message, bot_id)
    return {name: value for name, value in shown.items() if name not in ("referenced_message", "reactions")}


def _without_shown_files(wire: Json) -> Json:
    """Leave out attachments that components or embeds show. *Source:* Discord's message object, `attachments`."""
    shown = attachments_in(wire["components"]) | attachments_in(wire["embeds"]) if wire["attachments"] else ()
    return wire | {"attachments": [one for one in wire["attachments"] if one["id"] not in shown]}


def _reaction(emoji: str, users: list[str], viewer_id: str) -> Json:
    return {
        "emoji": {"id": None, "name": emoji},
        "count": len(users),
        "count_details": {"burst": 0, "normal": len(users)},
        "burst_colors": [],
        "me_burst": False,
        "me": viewer_id in users,
    }


def shown_to(local: "LocalDiscord", message: Message, user_id: str) -> Json | None:
    """Return a message as a member sees it, with `allowed_mentions` added for tests; None when it is not for them."""
    channel = local.world.channels.get(message.channel_id)
    if channel is None or not message.is_visible_to(user_id):
        return None
    if not local.world.permissions(channel, user_id) & BITS["VIEW_CHANNEL"]:
        return None
    return rendered(local, message, user_id) | {"allowed_mentions": message.allowed_mentions}


def post(local: "LocalDiscord", message: Message) -> None:
    """Store a new message and tell everybody."""
    left = local.messages.add(message)
    if left is not None:
        local.files.discard(left.file_ids)
    if message.viewer_id is None:
        channel = local.world.channels[message.channel_id]
        sent = channel.messages_sent + 1
        local.world.put_channel(replace(channel, last_message_id=message.id, messages_sent=sent))
    _tell(local, message, "MESSAGE_CREATE")


def change(local: "LocalDiscord", message: Message, wire: Json) -> None:
    """Replace a message's wire object, remove files that it lost, and tell everybody."""
    lost = set(message.file_ids)
    message.wire = wire
    local.files.discard(lost - set(message.file_ids))
    _tell(local, message, "MESSAGE_UPDATE")


def remove(local: "LocalDiscord", message: Message) -> None:
    """Delete a message with its files and tell everybody."""
    gone = _forget(local, message)
    if message.viewer_id is None:
        tell_bots(local, local.world.channels[message.channel_id], "MESSAGE_DELETE", gone)


def remove_many(local: "LocalDiscord", channel: Channel, messages: list[Message]) -> None:
    """Delete messages at once: bots hear a single MESSAGE_DELETE_BULK."""
    for message in messages:
        _forget(local, message)
    gone: Json = {"ids": [one.id for one in messages], "channel_id": channel.id}
    tell_bots(local, channel, "MESSAGE_DELETE_BULK", gone)


def _forget(local: "LocalDiscord", message: Message) -> Json:
    """Delete a message with its files, tell people, and return what events say of it."""
    local.messages.remove(message)
    channel = local.world.channels.get(message.channel_id)
    if channel is not None and message.viewer_id is None:
        local.world.put_channel(replace(channel, messages_deleted=channel.messages_deleted + 1))
    local.files.discard(message.file_ids)
    gone: Json = {"id": message.id, "channel_id": message.channel_id}
    local.feed.tell("MESSAGE_DELETE", lambda user_id: gone if message.is_visible_to(user_id) else None)
    _ring(local, message)
    return gone


def _tell(local: "LocalDiscord", message: Message, event: str) -> None:
    channel = local.world.channels[message.channel_id]
    if message.viewer_id is None:
        data = _without_shown_files(message.wire)
        member = local.world.members.get((channel.guild_id or "", message.author_id))
        if member is not None and "webhook_id" not in data:
            data["member"] = objects.member_object(member)
        tell_bots(local, channel, event, data, has_content=True)
    local.feed.tell(event, lambda user_id: shown_to(local, message, user_id))
    _ring(local, message)


def _ring(local: "LocalDiscord", message: Message) -> None:
    local.store.touch()
    local.bell.ring(f"message:{message.id}", f"channel:{message.channel_id}")
    if message.interaction_id is not None:
        stir(local, message.interaction_id)


def stir(local: "LocalDiscord", interaction_id: str) -> None:
    """Wake who waits for something to happen for an interaction."""
    local.interactions.stir(interaction_id)
    local.bell.ring(f"interaction:{interaction_id}")


def react(local: "LocalDiscord", message: Message, user_id: str, emoji: str, *, add: bool) -> None:
    """Add or take away a reaction, if that changes anything."""
    users = message.reactions.get(emoji, [])
    if (user_id in users) is add:
        return
    left = [*users, user_id] if add else [one for one in users if one != user_id]
    others = {name: list(ids) for name, ids in message.reactions.items() if name != emoji or left}
    message.reactions = others | ({emoji: left} if left else {})
    _tell_reaction(local, message, user_id, emoji, add=add)
    local.store.touch()


def _tell_reaction(local: "LocalDiscord", message: Message, user_id: str, emoji: str, *, add: bool) -> None:
    channel = local.world.channels[message.channel_id]
    data: Json = {
        "user_id": user_id,
        "channel_id": message.channel_id,
        "message_id": message.id,
        "emoji": {"id": None, "name": emoji},
        "burst": False,
        "type": 0,
    }
    if add:
        data["message_author_id"] = message.author_id
        member = local.world.members.get((channel.guild_id or "", user_id))
        if member is not None:
            data["member"] = objects.full_member_object(local.world, member)
    if message.viewer_id is None:
        tell_bots(local, channel, f"MESSAGE_REACTION_{'ADD' if add else 'REMOVE'}", data)
    local.feed.tell("MESSAGE_UPDATE", lambda viewer_id: shown_to(local, message, viewer_id))
    local.bell.ring(f"message:{message.id}", f"channel:{message.channel_id}")


def clear_reactions(local: "LocalDiscord", message: Message, emoji: str | None) -> None:
    """Take away all reactions, or all of one emoji."""
    kept = {} if emoji is None else {name: ids for name, ids in message.reactions.items() if name != emoji}
    message.reactions = kept
    data: Json = {"channel_id": message.channel_id, "message_id": message.id}
    event = "MESSAGE_REACTION_REMOVE_ALL"
    if emoji is not None:
        data["emoji"] = {"id": None, "name": emoji}
        event = "MESSAGE_REACTION_REMOVE_EMOJI"
    tell_bots(local, local.world.channels[message.channel_id], event, data)
    local.feed.tell("MESSAGE_UPDATE", lambda viewer_id: shown_to(local, message, viewer_id))
    local.store.touch()
