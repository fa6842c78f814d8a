"""REST handlers of interactions: the callback, and the webhook of their token."""

from typing import TYPE_CHECKING

from playground.discord import compose, posting, responses
from playground.discord.calls import NO_CONTENT, Call, Reply
from playground.discord.errors import ApiError, Json, bad_field
from playground.discord.interactions import AUTOCOMPLETE, MODAL, Interaction
from playground.discord.messages import EPHEMERAL

if TYPE_CHECKING:
    from playground.discord.local import LocalDiscord


def _is_ephemeral(body: Json) -> bool:
    flags = body.get("flags")
    return isinstance(flags, int) and bool(flags & EPHEMERAL)


async def create_callback(local: "LocalDiscord", call: Call) -> Reply:
    """`POST /interactions/{interaction_id}/{token}/callback`."""
    interaction = local.interactions.by_callback(call.params["interaction_id"], call.params["token"])
    interaction.check_open()
    kind = responses.check_callback_type(interaction, call.object)
    data: Json = {} if call.object.get("data") is None else call.object["data"]
    if not isinstance(data, dict):
        raise bad_field(("data",), "DICT_TYPE_CONVERT", "Only dictionaries may be used in a DictType.")
    ephemeral = _is_ephemeral(data)
    try:
        async with compose.stored_uploads(
            local, interaction.channel_id, data, call.uploads, ephemeral=ephemeral
        ) as files:
            interaction.check_open()  # another answer may have come while files were written
            message = responses.answer(local, interaction, kind, data, files)
    except ApiError as error:
        raise error.below("data") from error
    if not call.asks("with_response"):
        return NO_CONTENT
    return Reply(responses.callback_object(local, interaction, message))


def _interaction(local: "LocalDiscord", call: Call) -> Interaction:
    interaction = local.interactions.by_webhook(call.params["application_id"], call.params["token"])
    if interaction.type == AUTOCOMPLETE or interaction.callback_type == MODAL:
        raise ApiError(10015)
    return interaction


async def create_followup(local: "LocalDiscord", call: Call) -> Reply:
    """`POST /webhooks/{application_id}/{token}`; always answers with the message."""
    interaction = _interaction(local, call)
    body, ephemeral = call.object, _is_ephemeral(call.object)
    async with compose.stored_uploads(
        local, interaction.channel_id, body, call.uploads, ephemeral=ephemeral
    ) as files:
        message = responses.follow_up(local, interaction, body, files)
    return Reply(posting.for_bot(local, message, interaction.application_id))


async def get_message(local: "LocalDiscord", call: Call) -> Reply:
    """`GET /webhooks/{application_id}/{token}/messages/{message_id}`."""
    interaction = _interaction(local, call)
    message = responses.find(local, interaction, call.params["message_id"])
    return Reply(posting.for_bot(local, message, interaction.application_id))


async def edit_message(local: "LocalDiscord", call: Call) -> Reply:
    """`PATCH /webhooks/{application_id}/{token}/messages/{message_id}`."""
    interaction = _interaction(local, call)
    message = responses.find(local, interaction, call.params["message_id"])
    body, ephemeral = call.object, message.viewer_id is not None
    async with compose.stored_uploads(
        local, message.channel_id, body, call.uploads, ephemeral=ephemeral
    ) as files:
        message = responses.find(local, interaction, call.params["message_id"])
        responses.edit(local, interaction, message, body, files)
    return Reply(posting.for_bot(local, message, interaction.application_id))


async def delete_message(local: "LocalDiscord", call: Call) -> Reply:
    """`DELETE /webhooks/{application_id}/{token}/messages/{message_id}`."""
    interaction = _interaction(local, call)
    responses.delete(local, interaction, responses.find(local, interaction, call.params["message_id"]))
    return NO_CONTENT
