"""People running commands: slash, autocomplete, context menus."""

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from playground.discord import commands as command_store
from playground.discord import payloads, posting, waiting
from playground.discord.errors import Json
from playground.discord.files import StoredFile
from playground.discord.interactions import AUTOCOMPLETE, COMMAND
from playground.discord.payloads import Place, Start
from playground.discord.permissions import has
from playground.discord.play import Play, PlayError
from playground.discord.resolved import REFERS_TO, resolve
from playground.discord.rules import commands as rules
from playground.discord.rules.inputs import InputError, Leaf, check_options, find_leaf
from playground.discord.world import Channel, User

if TYPE_CHECKING:
    from playground.discord.local import LocalDiscord

CONTEXT_TYPES = {"user": rules.USER, "message": rules.MESSAGE}


def _find(play: Play, user: User, channel: Channel, kind: int) -> tuple[Place, Json]:
    """Return the command that the user may run there; of several bots the first that has it."""
    name = play.need("name")
    chosen = [play.application] if play.get("bot") else list(play.local.world.applications.values())
    reasons = [PlayError("unknown_command", f"there is no command {name!r} in this channel", 404)]
    for application in chosen:
        place = payloads.place_of(play.local, user, channel, application)
        for command in play.local.commands.visible(application.id, channel.guild_id):
            if command["type"] == kind and command["name"] == name:
                refusal = None if play.get("raw") else why_not(play.local, place, command)
                if refusal is None:
                    return place, command
                reasons.append(refusal)
    raise reasons[-1]


def why_not(local: "LocalDiscord", place: Place, command: Json) -> PlayError | None:
    """Return why Discord's client would not offer a command there, or None."""
    channel, name = place.channel, command["name"]
    if not command_store.works_in(
        command, place.context, guild_installed=place.guild_installed, user_installed=place.user_installed
    ):
        return PlayError("wrong_context", f"{name!r} does not work in this channel")
    if command.get("nsfw") and not channel.nsfw and channel.guild_id is not None:
        return PlayError("age_restricted", f"{name!r} needs an age-restricted channel")
    mask = local.world.permissions(channel, place.user.id)
    if not has(mask, "USE_APPLICATION_COMMANDS"):
        return PlayError("missing_permission", f"{place.user.name} may not use commands there", 403)
    needed = command.get("default_member_permissions")
    if needed is not None and channel.guild_id is not None and _lacks(mask, int(needed)):
        return PlayError("missing_permission", f"{place.user.name} may not use {name!r}", 403)
    return None


def _lacks(mask: int, needed: int) -> bool:
    """Say whether a mask lacks a command's permissions; "0" leaves administrators only."""
    return not has(mask, "ADMINISTRATOR") if needed == 0 else mask & needed != needed


def _leaf(play: Play, command: Json) -> Leaf:
    try:
        return find_leaf(command, play.get("group"), play.get("subcommand"))
    except InputError as error:
        raise PlayError(error.code, str(error)) from error


def _check(play: Play, leaf: Leaf, *, partial: bool = False, leave_out: str = "") -> None:
    if play.get("raw"):
        return
    given = {name: value for name, value in play.object("options").items() if name != leave_out}
    try:
        check_options(leaf, given, play.object("files"), partial=partial)
    except InputError as error:
        raise PlayError(error.code, str(error)) from error


def _declared(leaf: Leaf, name: str, value: object) -> Json:
    """Return an option's declaration; for undeclared ones (`raw`) a type that the value looks like."""
    types = {bool: rules.BOOLEAN, int: rules.INTEGER, float: rules.NUMBER}
    found = (option for option in leaf.options if option["name"] == name)
    return next(found, {"type": types.get(type(value), rules.STRING)})


def _options(
    play: Play, place: Place, leaf: Leaf, files: dict[str, StoredFile], resolved: Json
) -> list[Json]:
    """Return options as the wire has them, in the order of the declaration."""
    given: dict[str, Any] = {**play.object("options"), **{name: one.id for name, one in files.items()}}
    order = [one["name"] for one in leaf.options]
    found = []
    for name in sorted(given, key=lambda one: order.index(one) if one in order else len(order)):
        value = given[name]
        declared = _declared(leaf, name, value)
        kind = rules.ATTACHMENT if name in files else declared["type"]
        if kind in REFERS_TO and isinstance(value, str):
            value = resolve(play.local, place, REFERS_TO[kind], value, resolved, declared=declared)
        found.append({"name": name, "type": kind, "value": value})
    for one in files.values():
        resolved.setdefault("attachments", {})[one.id] = play.local.files.attachment_object(one)
    return found


def _data(command: Json, leaf: Leaf, options: list[Json], resolved: Json) -> Json:
    """Return the interaction's data, options wrapped in group and subcommand."""
    for kind, name in reversed(leaf.way):
        options = [{"type": kind, "name": name, "options": options}]
    data: Json = {"id": command["id"], "name": command["name"], "type": command["type"], "options": options}
    if resolved:
        data["resolved"] = resolved
    if "guild_id" in command:
        data["guild_id"] = command["guild_id"]
    return data


def _start(
    place: Place, command: Json, data: Json, kind: int = COMMAND, files: Iterable[StoredFile] = ()
) -> Start:
    owners = payloads.owners_of(place, command.get("integration_types") or [0])
    named = {"name": command["name"], "command_type": command["type"]}
    return Start(
        place,
        kind,
        data,
        owners,
        named=named,
        is_context_menu=command["type"] != rules.CHAT,
        file_ids=tuple(one.id for one in files),
    )


async def slash(play: Play) -> Json:
    """`POST /play/slash`."""
    user = play.user
    channel = play.channel(user)
    place, command = _find(play, user, channel, rules.CHAT)
    leaf = _leaf(play, command)
    _check(play, leaf)
    files = await play.save_files(play.object("files"), channel.id, ephemeral=True)
    resolved: Json = {}
    options = _options(play, place, leaf, files, resolved)
    data = _data(command, leaf, options, resolved)
    interaction = payloads.begin(play.local, _start(place, command, data, files=files.values()))
    return await waiting.outcome(play.local, interaction, play.wait)


async def autocomplete(play: Play) -> Json:
    """`POST /play/autocomplete`."""
    user = play.user
    channel = play.channel(user)
    place, command = _find(play, user, channel, rules.CHAT)
    leaf = _leaf(play, command)
    focused = play.need("option")
    declared = next((one for one in leaf.options if one["name"] == focused), None)
    if declared is None or not declared.get("autocomplete"):
        raise PlayError("no_autocomplete", f"{focused!r} completes nothing")
    _check(play, leaf, partial=True, leave_out=focused)
    options = [one for one in _options(play, place, leaf, {}, {}) if one["name"] != focused]
    options.append(
        {"name": focused, "type": declared["type"], "value": str(play.get("value", "")), "focused": True}
    )
    data = _data(command, leaf, options, {})
    interaction = payloads.begin(play.local, _start(place, command, data, AUTOCOMPLETE))
    answered = await waiting.first_answer(play.local, interaction, play.wait or waiting.DEFAULT_S)
    return {"choices": interaction.choices or [], "ack_ms": interaction.ack_ms, "timed_out": not answered}


async def context(play: Play) -> Json:
    """`POST /play/context`."""
    user = play.user
    channel = play.channel(user)
    kind = CONTEXT_TYPES.get(play.need("type"))
    if kind is None:
        raise PlayError("bad_field", 'type must be "user" or "message"', 400)
    place, command = _find(play, user, channel, kind)
    resolved: Json = {}
    if kind == rules.USER:
        target_id = resolve(play.local, place, ("users",), play.need("target"), resolved, declared={})
    else:
        message = play.local.messages.get(channel.id, play.need("message_id"))
        if not message.is_visible_to(user.id):
            raise PlayError("unknown_message", "there is no such message", 404)
        target_id = message.id
        resolved["messages"] = {target_id: posting.for_bot(play.local, message, place.application.id)}
    data = {name: command[name] for name in ("id", "name", "type", "guild_id") if name in command}
    start = _start(place, command, data | {"target_id": target_id, "resolved": resolved})
    return await waiting.outcome(play.local, payloads.begin(play.local, start), play.wait)
