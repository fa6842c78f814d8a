"""Answers to interactions: the first callback, and what the interaction's webhook may do for 15 minutes.

*Source:* Discord's "Receiving and Responding".
"""

from collections.abc import Mapping
from typing import TYPE_CHECKING

from playground.discord import compose, interactions, posting
from playground.discord.errors import ApiError, Json, Problems, bad_field
from playground.discord.files import StoredFile
from playground.discord.filling import filled_components
from playground.discord.interactions import FOLLOWUPS_MAX_USER_INSTALL, Interaction
from playground.discord.messages import EPHEMERAL, LOADING, Message
from playground.discord.permissions import has
from playground.discord.rules.components import check_modal
from playground.discord.rules.fields import Field, check_fields
from playground.discord.rules.inputs import check_choices

if TYPE_CHECKING:
    from playground.discord.local import LocalDiscord

CHAT_INPUT_COMMAND, CONTEXT_MENU_COMMAND, REPLY_MESSAGE = 20, 23, 19
Stored = Mapping[str, StoredFile]

# callback types that each interaction type may be answered with
ANSWERS = {
    interactions.COMMAND: {interactions.REPLY, interactions.DEFER, interactions.MODAL},
    interactions.COMPONENT: {
        interactions.REPLY, interactions.DEFER, interactions.DEFER_UPDATE, interactions.UPDATE, interactions.MODAL,
    },
    interactions.AUTOCOMPLETE: {interactions.CHOICES},
    interactions.MODAL_SUBMIT: {interactions.REPLY, interactions.DEFER},
}  # fmt: skip
ON_MESSAGE = {interactions.DEFER_UPDATE, interactions.UPDATE}


def check_callback_type(interaction: Interaction, body: Json) -> int:
    """Return the callback's type; raises 50035 for one that this interaction cannot be answered with."""
    kind = body.get("type")
    allowed = set(ANSWERS[interaction.type])
    if interaction.type == interactions.MODAL_SUBMIT and interaction.source_message_id is not None:
        allowed |= ON_MESSAGE
    if not isinstance(kind, int) or kind not in allowed:
        names = ", ".join(str(one) for one in sorted(allowed))
        raise bad_field(("type",), "BASE_TYPE_CHOICES", f"Value must be one of {{{names}}}.")
    return kind


def answer(
    local: "LocalDiscord", interaction: Interaction, kind: int, data: Json, files: Stored
) -> Message | None:
    """Do a callback and return the message it made or changed; a refused body leaves the interaction open."""
    message = _DO[kind](local, interaction, data, files)
    interaction.acknowledge(kind)
    if message is not None:
        interaction.response_id = message.id
        interaction.is_ephemeral = message.viewer_id is not None
    posting.stir(local, interaction.id)
    return message


def _reply(local: "LocalDiscord", interaction: Interaction, data: Json, files: Stored) -> Message:
    message = _new(local, interaction, data, files)
    _post(local, interaction, message)
    return message


def _defer(local: "LocalDiscord", interaction: Interaction, data: Json, _files: Stored) -> Message:
    flags = data.get("flags") or 0
    if flags & ~EPHEMERAL:
        raise bad_field(("flags",), "BITFIELD_NOT_ALLOWED", "Only the EPHEMERAL flag is allowed here.")
    message = _new(local, interaction, {"content": "\u200b", "flags": flags}, {})
    message.wire |= {"content": "", "flags": message.wire["flags"] | LOADING}
    _post(local, interaction, message)
    return message


def _defer_update(
    local: "LocalDiscord", interaction: Interaction, _data: Json, _files: Stored
) -> Message | None:
    return _source(local, interaction)


def _update(local: "LocalDiscord", interaction: Interaction, data: Json, files: Stored) -> Message:
    message = _source(local, interaction)
    if message is None:
        raise ApiError(10008)
    edit(local, interaction, message, data, files)
    return message


def _choices(_local: "LocalDiscord", interaction: Interaction, data: Json, _files: Stored) -> None:
    problems = Problems()
    fields = {"choices": Field("list", required=True, high=25)}
    if check_fields(data, fields, (), problems):
        check_choices(data["choices"], ("choices",), problems)
    problems.refuse()
    interaction.choices = data["choices"]


def _modal(_local: "LocalDiscord", interaction: Interaction, data: Json, _files: Stored) -> None:
    problems = Problems()
    check_modal(data, problems)
    problems.refuse()
    interaction.modal = data | {"components": filled_components(data["components"], {})}


_DO = {
    interactions.REPLY: _reply,
    interactions.DEFER: _defer,
    interactions.DEFER_UPDATE: _defer_update,
    interactions.UPDATE: _update,
    interactions.CHOICES: _choices,
    interactions.MODAL: _modal,
}


def _source(local: "LocalDiscord", interaction: Interaction) -> Message | None:
    return local.messages.by_id.get(interaction.source_message_id or "")


def _new(local: "LocalDiscord", interaction: Interaction, data: Json, files: Stored) -> Message:
    """Return a message in the interaction's name, not stored yet."""
    channel = local.world.channels.get(interaction.channel_id)
    if channel is None:
        raise ApiError(10003)
    more: Json = {
        "webhook_id": interaction.application_id,
        "application_id": interaction.application_id,
        "interaction_metadata": interaction.metadata | _first_answer(interaction),
        "type": CONTEXT_MENU_COMMAND if interaction.is_context_menu else CHAT_INPUT_COMMAND,
    }
    if interaction.source_message_id is not None:
        reference = {"type": 0, "channel_id": channel.id, "message_id": interaction.source_message_id}
        more |= {"type": REPLY_MESSAGE, "message_reference": reference}
    elif "name" in interaction.metadata:
        legacy = {name: interaction.metadata[name] for name in ("id", "type", "name", "user")}
        more |= {"interaction": legacy} | _target(local, interaction)
    if must_be_ephemeral(local, interaction):
        data = data | {"flags": (data.get("flags") or 0) | EPHEMERAL}
    message = compose.new_message(local, channel, interaction.application_id, data, files, **more)
    message.application_id = interaction.application_id
    message.interaction_id = interaction.id
    if message.wire["flags"] & EPHEMERAL:
        message.viewer_id = interaction.user_id
    return message


def _first_answer(interaction: Interaction) -> Json:
    """Return what a follow-up's metadata says of the answer before it."""
    return {"original_response_message_id": interaction.response_id} if interaction.response_id else {}


def _target(local: "LocalDiscord", interaction: Interaction) -> Json:
    """Return how the first answer to a message's context menu points at that message."""
    target = local.messages.by_id.get(interaction.metadata.get("target_message_id", ""))
    if target is None or interaction.response_id is not None:
        return {}
    return {
        "message_reference": {"type": 0, "channel_id": target.channel_id, "message_id": target.id},
        "referenced_message": posting.referred(local, target, interaction.application_id),
    }


def must_be_ephemeral(local: "LocalDiscord", interaction: Interaction) -> bool:
    """Say whether only the user may see answers: a user install in a guild that does not allow external apps."""
    if interaction.guild_id is None or not interaction.is_user_install_only:
        return False
    mask = local.world.permissions(local.world.channels[interaction.channel_id], interaction.user_id)
    return not has(mask, "USE_EXTERNAL_APPS")


def _post(local: "LocalDiscord", interaction: Interaction, message: Message) -> None:
    interaction.message_ids.append(message.id)
    posting.post(local, message)


def follow_up(local: "LocalDiscord", interaction: Interaction, data: Json, files: Stored) -> Message:
    """Send a further message; right after a defer it fills the loading message instead, as Discord does."""
    loading = local.messages.by_id.get(interaction.response_id or "")
    if loading is not None and loading.wire["flags"] & LOADING:
        edit(local, interaction, loading, data, files)
        return loading
    if interaction.is_user_install_only and interaction.followup_count >= FOLLOWUPS_MAX_USER_INSTALL:
        raise ApiError(40094)
    message = _new(local, interaction, data, files)
    interaction.followup_count += 1
    _post(local, interaction, message)
    return message


def edit(
    local: "LocalDiscord", interaction: Interaction, message: Message, data: Json, files: Stored
) -> None:
    """Change one of the interaction's messages; the first text of a deferred answer does not count as an edit."""
    was_loading = message.wire["flags"] & LOADING
    wire = compose.edited_wire(local, message, data, files)
    if was_loading:
        wire["edited_timestamp"] = None
    if "allowed_mentions" in data:
        message.allowed_mentions = data["allowed_mentions"]
    posting.change(local, message, wire)
    posting.stir(local, interaction.id)


def find(local: "LocalDiscord", interaction: Interaction, message_id: str) -> Message:
    """Return one of the interaction's messages, `@original` being its response; raises 10008."""
    if message_id == "@original":
        message_id = interaction.response_id or ""
    elif message_id not in (*interaction.message_ids, interaction.source_message_id):
        raise ApiError(10008)
    message = local.messages.by_id.get(message_id)
    if message is None:
        raise ApiError(10008)
    return message


def delete(local: "LocalDiscord", interaction: Interaction, message: Message) -> None:
    """Delete one of the interaction's messages."""
    if message.id == interaction.response_id:
        interaction.response_deleted = True
    posting.remove(local, message)
    posting.stir(local, interaction.id)


def callback_object(local: "LocalDiscord", interaction: Interaction, message: Message | None) -> Json:
    """Return the body of a callback with `with_response`; only a sent or updated message is a resource."""
    about: Json = {"id": interaction.id, "type": interaction.type}
    answered: Json = {"interaction": about}
    if message is not None:
        about |= {
            "response_message_id": message.id,
            "response_message_loading": interaction.callback_type == interactions.DEFER,
            "response_message_ephemeral": message.viewer_id is not None,
        }
        if interaction.callback_type in (interactions.REPLY, interactions.UPDATE):
            shown = posting.for_bot(local, message, interaction.application_id)
            answered["resource"] = {"type": interaction.callback_type, "message": shown}
    return answered
