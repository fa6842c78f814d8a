"""People dealing with messages: clicking, reacting, talking."""

from playground.discord import compose, objects, payloads, posting, waiting
from playground.discord.errors import Json
from playground.discord.interactions import COMPONENT
from playground.discord.messages import EPHEMERAL, Message
from playground.discord.payloads import Place, Start
from playground.discord.permissions import has
from playground.discord.play import Play, PlayError
from playground.discord.resolved import SELECT_REFERS_TO, resolve
from playground.discord.rules import component_kinds as kinds
from playground.discord.rules.fields import is_snowflake
from playground.discord.rules.selects import value_bounds
from playground.discord.world import Channel, User


def _message(play: Play, user: User) -> tuple[Message, Channel]:
    """Return the message, which the user must be able to see."""
    message = play.local.messages.by_id.get(play.need("message_id"))
    if message is None or posting.shown_to(play.local, message, user.id) is None:
        raise PlayError("unknown_message", "there is no such message, or it is not for this user", 404)
    return message, play.local.world.channels[message.channel_id]


def _component(play: Play, message: Message) -> Json:
    custom_id = play.need("custom_id")
    for component in waiting.walk(message.wire["components"]):
        if component.get("custom_id") == custom_id:
            if component.get("disabled") and not play.get("raw"):
                raise PlayError("disabled", f"{custom_id!r} is disabled")
            return component
    raise PlayError("unknown_component", f"the message has no component {custom_id!r}", 404)


def check_values(component: Json, values: list[str]) -> None:
    """Raise `PlayError` for a selection that Discord's client would not send."""
    low, high = value_bounds(component)
    if not low <= len(values) <= high:
        raise PlayError("invalid_length", f"choose {low} to {high} values")
    options = [one["value"] for one in component.get("options", [])]
    if options and not set(values) <= set(options):
        raise PlayError("invalid_choice", f"values must be among {options}")


async def click(play: Play) -> Json:
    """`POST /play/click`."""
    user = play.user
    message, channel = _message(play, user)
    component = _component(play, message)
    if message.application_id is None:
        raise PlayError("no_application", "no application made this message")
    place = payloads.place_of(
        play.local, user, channel, play.local.world.applications[message.application_id]
    )
    data: Json = {
        "custom_id": component["custom_id"],
        "component_type": component["type"],
        "id": component["id"],
    }
    if component["type"] in kinds.SELECTS:
        data |= _selection(play, place, component)
    start = Start(place, COMPONENT, data, _owners(message, place), source=message)
    return await waiting.outcome(play.local, payloads.begin(play.local, start), play.wait)


def _selection(play: Play, place: Place, component: Json) -> Json:
    given = play.body.get("values") or []
    if not isinstance(given, list):
        raise PlayError("bad_field", "values must be a list", 400)
    values = [str(one) for one in given]
    if not play.get("raw"):
        check_values(component, values)
    resolved: Json = {}
    sorts = SELECT_REFERS_TO.get(component["type"])
    if sorts:
        values = [resolve(play.local, place, sorts, one, resolved, declared=component) for one in values]
    return {"values": values} | ({"resolved": resolved} if resolved else {})


def _owners(message: Message, place: Place) -> Json:
    """Return the owners of the interaction that made the message; of a plain message, the guild's install."""
    metadata = message.wire.get("interaction_metadata")
    if metadata is not None:
        return dict(metadata["authorizing_integration_owners"])
    return payloads.owners_of(place, [0, 1])


async def react(play: Play) -> None:
    """`POST /play/react`."""
    user = play.user
    message, channel = _message(play, user)
    emoji, remove = play.need("emoji"), bool(play.get("remove"))
    if message.viewer_id is not None:
        raise PlayError("ephemeral", "an ephemeral message takes no reactions")
    mask = play.local.world.permissions(channel, user.id)
    if (
        not remove
        and emoji not in message.reactions
        and not has(mask, "ADD_REACTIONS", "READ_MESSAGE_HISTORY")
    ):
        raise PlayError("missing_permission", f"{user.name} may not react there", 403)
    posting.react(play.local, message, user.id, emoji, add=not remove)


async def say(play: Play) -> Json:
    """`POST /play/say`; answers with the message."""
    user = play.user
    channel = play.channel(user, "SEND_MESSAGES")
    files = play.object("files")
    if files and not has(play.local.world.permissions(channel, user.id), "ATTACH_FILES"):
        raise PlayError("missing_permission", f"{user.name} may not send files there", 403)
    stored = await play.save_files(files, channel.id, ephemeral=False)
    body = {"content": str(play.get("content") or ""), "flags": 0}
    message = compose.new_message(play.local, channel, user.id, body, stored)
    posting.post(play.local, message)
    return posting.rendered(play.local, message, user.id)


async def dismiss(play: Play) -> None:
    """`POST /play/dismiss {user, message_id}`: a member hides an ephemeral message; no bot hears of it."""
    user = play.user
    message, _ = _message(play, user)
    if not message.wire["flags"] & EPHEMERAL:
        raise PlayError("not_ephemeral", "only ephemeral messages can be dismissed")
    posting.remove(play.local, message)


async def messages(play: Play) -> Json:
    """`GET /play/messages`: what a user sees, oldest first; the newest `limit` without `after`."""
    user = play.user
    channel = play.channel(user)
    limit = max(1, int(play.number("limit", 50)))
    after = str(play.get("after") or "")
    found = play.local.messages.page(
        channel.id, limit=limit, after=int(after) if is_snowflake(after) else None
    )
    shown = [posting.shown_to(play.local, one, user.id) for one in reversed(found)]
    return {
        "messages": [one for one in shown if one is not None],
        "channel": objects.channel_object(play.local.world, channel, viewer_id=user.id),
    }
