"""REST handlers of pins, in the paged form and in the older one.

*Source:* Discord's message resource, "Get Channel Pins"; 250 pins by its error 30003.
"""

from datetime import datetime
from typing import TYPE_CHECKING

from playground.discord import compose, posting
from playground.discord.calls import NO_CONTENT, Call, Reply, channel_of, check_unarchived, message_of
from playground.discord.clock import iso
from playground.discord.errors import ApiError, Json, bad_field
from playground.discord.messages import Message
from playground.discord.permissions import has

if TYPE_CHECKING:
    from playground.discord.local import LocalDiscord

PINS_MAX = 250
PAGE_MAX = 50
CHANNEL_PINNED_MESSAGE = 6


def _pinned(local: "LocalDiscord", call: Call) -> list[Message]:
    """Return a channel's pins, newest pin first; nothing without READ_MESSAGE_HISTORY."""
    channel = channel_of(local, call)
    if not has(local.world.permissions(channel, call.application.id), "READ_MESSAGE_HISTORY"):
        return []
    found = [one for one in local.messages.last(channel.id) if one.wire["pinned"]]
    return sorted(found, key=lambda one: one.pinned_s, reverse=True)


def _before_s(call: Call) -> float:
    given = call.query.get("before")
    if given is None:
        return float("inf")
    try:
        return datetime.fromisoformat(given.replace(" ", "+")).timestamp()
    except ValueError as error:
        raise bad_field(("before",), "DATE_TYPE_PARSE", f"Could not parse {given}.") from error


async def list_pins(local: "LocalDiscord", call: Call) -> Reply:
    """`GET /channels/{channel_id}/messages/pins`; `before` is a time of pinning."""
    limit, before_s = call.limit(PAGE_MAX, PAGE_MAX), _before_s(call)
    found = [one for one in _pinned(local, call) if one.pinned_s < before_s]
    items = [
        {"pinned_at": iso(one.pinned_s), "message": posting.for_bot(local, one, call.application.id)}
        for one in found[:limit]
    ]
    return Reply({"items": items, "has_more": len(found) > limit})


async def list_plainly(local: "LocalDiscord", call: Call) -> Reply:
    """`GET /channels/{channel_id}/pins`, the older form: the newest 50."""
    return Reply(
        [posting.for_bot(local, one, call.application.id) for one in _pinned(local, call)[:PAGE_MAX]]
    )


async def pin(local: "LocalDiscord", call: Call) -> Reply:
    """`PUT` of a pin; one that is there already stays as it is."""
    message = message_of(local, call)
    check_unarchived(channel_of(local, call))
    if not message.wire["pinned"]:
        if sum(1 for one in local.messages.last(message.channel_id) if one.wire["pinned"]) >= PINS_MAX:
            raise ApiError(30003)
        _set_pinned(local, message, wanted=True)
        _say_pinned(local, message, call.application.id)
    return NO_CONTENT


async def unpin(local: "LocalDiscord", call: Call) -> Reply:
    """`DELETE` of a pin."""
    message = message_of(local, call)
    check_unarchived(channel_of(local, call))
    if message.wire["pinned"]:
        _set_pinned(local, message, wanted=False)
    return NO_CONTENT


def _say_pinned(local: "LocalDiscord", message: Message, author_id: str) -> None:
    """Post the message by which a channel tells of a pin; its words are the client's."""
    channel = local.world.channels[message.channel_id]
    guild: Json = {} if channel.guild_id is None else {"guild_id": channel.guild_id}
    reference = {"type": 0, "channel_id": channel.id, "message_id": message.id} | guild
    more: Json = {"type": CHANNEL_PINNED_MESSAGE, "message_reference": reference}
    said = compose.new_message(local, channel, author_id, {"content": "\u200b"}, {}, **more)
    said.wire["content"] = ""
    posting.post(local, said)


def _set_pinned(local: "LocalDiscord", message: Message, *, wanted: bool) -> None:
    """Change a pin and tell: MESSAGE_UPDATE and CHANNEL_PINS_UPDATE."""
    # to the microsecond, as `pinned_at` says it and `before` gives it back
    message.pinned_s = round(local.clock.now_s(), 6) if wanted else 0.0
    posting.change(local, message, message.wire | {"pinned": wanted})
    times = [one.pinned_s for one in local.messages.last(message.channel_id) if one.wire["pinned"]]
    told = {"channel_id": message.channel_id, "last_pin_timestamp": iso(max(times)) if times else None}
    posting.tell_bots(local, local.world.channels[message.channel_id], "CHANNEL_PINS_UPDATE", told)
