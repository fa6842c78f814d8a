"""Waits until a bot has answered, and says what it did.

`wait=done` means: no message of the interaction is loading or carries a cancel button; where none ever did, 3 seconds
of quiet; 120 seconds at most.
"""

import time
from typing import TYPE_CHECKING

from playground.discord import interactions, posting
from playground.discord.errors import Json
from playground.discord.filling import all_text
from playground.discord.interactions import Interaction
from playground.discord.messages import LOADING, Message

if TYPE_CHECKING:
    from playground.discord.local import LocalDiscord

DEFAULT_S = 3.0
DONE_MAX_S = 120.0
QUIET_S = 3.0
BUSY_PREFIX = "v1:job:cancel:"
Wait = float | None  # seconds, or None for "done"


async def first_answer(local: "LocalDiscord", interaction: Interaction, timeout_s: float) -> bool:
    """Wait for the first response; False when it did not come."""
    end_s = time.monotonic() + timeout_s
    while interaction.callback_type is None:
        if not await local.bell.wait(f"interaction:{interaction.id}", end_s - time.monotonic()):
            return interaction.callback_type is not None
    return True


async def outcome(local: "LocalDiscord", interaction: Interaction, wait: Wait) -> Json:
    """Wait as asked and return what `/play/` answers for an interaction."""
    answered = await first_answer(local, interaction, DEFAULT_S if wait is None else wait)
    timed_out = not answered
    if answered and wait is None:
        timed_out = not await _done(local, interaction)
    if not answered:
        local.feed.tell("INTERACTION_FAILED", lambda user_id: _failed(interaction, user_id))
    return result(local, interaction, timed_out=timed_out)


def _failed(interaction: Interaction, user_id: str) -> Json | None:
    if user_id != interaction.user_id:
        return None
    return {"interaction_id": interaction.id, "channel_id": interaction.channel_id}


async def _done(local: "LocalDiscord", interaction: Interaction) -> bool:
    end_s = time.monotonic() + DONE_MAX_S
    was_busy = False
    while True:
        messages = _messages(local, interaction)
        busy = any(is_busy(message) for message in messages)
        was_busy = was_busy or busy
        if interaction.callback_type == interactions.MODAL or (was_busy and not busy and messages):
            return True
        quiet_left_s = interaction.stirred_s + QUIET_S - time.monotonic()
        if not busy and quiet_left_s <= 0:
            return True
        left_s = end_s - time.monotonic()
        if left_s <= 0:
            return False
        await local.bell.wait(f"interaction:{interaction.id}", left_s if busy else min(left_s, quiet_left_s))


def is_busy(message: Message) -> bool:
    """Say whether a message shows that its bot is still at work."""
    if message.wire["flags"] & LOADING:
        return True
    return any(one.startswith(BUSY_PREFIX) for one in custom_ids(message.wire["components"]))


def custom_ids(components: list[Json]) -> list[str]:
    """Return every custom id of a tree."""
    return [one["custom_id"] for one in walk(components) if "custom_id" in one]


def walk(components: list[Json]) -> list[Json]:
    """Return every component of a tree, outer ones first."""
    found = []
    for component in components:
        found.append(component)
        found += walk(component.get("components") or [])
        found += walk([component[key] for key in ("accessory", "component") if key in component])
    return found


def _messages(local: "LocalDiscord", interaction: Interaction) -> list[Message]:
    """Return what the interaction made or changed and still exists."""
    ids = dict.fromkeys(
        [*([interaction.response_id] if interaction.response_id else []), *interaction.message_ids]
    )
    return [local.messages.by_id[one] for one in ids if one in local.messages.by_id]


def result(local: "LocalDiscord", interaction: Interaction, *, timed_out: bool) -> Json:
    """Return what an interaction has come to; `messages` are all that exist, the response first."""
    response = local.messages.by_id.get(interaction.response_id or "")
    shown = [posting.shown_to(local, one, interaction.user_id) for one in _messages(local, interaction)]
    return {
        "interaction_id": interaction.id,
        "ack_ms": interaction.ack_ms,
        "callback": interaction.callback_type,
        "message": None if response is None else posting.shown_to(local, response, interaction.user_id),
        "ephemeral": interaction.is_ephemeral,
        "modal": interaction.modal,
        "messages": [one for one in shown if one is not None],
        "deleted": interaction.response_deleted,
        "timed_out": timed_out,
    }


def holds(message: Message | None, until: Json) -> bool:
    """Say whether a message is as `until` asks; `text` is a part of what it says."""
    if until.get("deleted"):
        return message is None
    if message is None:
        return False
    wire = message.wire
    if len(wire["attachments"]) < (until.get("attachments_min") or 0):
        return False
    if (until.get("text") or "") not in wire["content"] + all_text(wire["components"]):
        return False
    prefix = until.get("no_custom_id")
    return prefix is None or not any(one.startswith(prefix) for one in custom_ids(wire["components"]))


async def until_holds(
    local: "LocalDiscord", target: Json, until: Json, timeout_s: float
) -> tuple[bool, Message | None]:
    """Wait for a message, or any message of an interaction, to be as asked."""
    interaction = local.interactions.by_id.get(str(target.get("interaction_id")))
    key = f"interaction:{interaction.id}" if interaction else f"message:{target.get('message_id')}"
    end_s = time.monotonic() + timeout_s
    while True:
        if interaction is None:
            candidates = [local.messages.by_id.get(str(target.get("message_id")))]
        else:
            candidates = [*_messages(local, interaction)] or [None]
            if until.get("deleted") and not interaction.response_deleted:
                candidates = []
        for message in candidates:
            if holds(message, until):
                return True, message
        if not await local.bell.wait(key, end_s - time.monotonic()):
            return False, None


async def ready(local: "LocalDiscord", application_id: str, timeout_s: float) -> bool:
    """Wait until a client of the application is connected."""
    end_s = time.monotonic() + timeout_s
    while not local.sessions.is_ready(application_id):
        if not await local.bell.wait("ready", end_s - time.monotonic()):
            return local.sessions.is_ready(application_id)
    return True
