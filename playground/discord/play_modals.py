"""People filling in modals."""

from dataclasses import replace

from playground.discord import payloads, waiting
from playground.discord.errors import Json
from playground.discord.files import StoredFile
from playground.discord.interactions import MODAL_SUBMIT, Interaction
from playground.discord.payloads import Place, Start
from playground.discord.play import Play, PlayError
from playground.discord.play_messages import check_values
from playground.discord.resolved import SELECT_REFERS_TO, resolve
from playground.discord.rules import component_kinds as kinds
from playground.discord.rules.selects import value_bounds


async def submit(play: Play) -> Json:
    """`POST /play/submit`; `files` are `{custom_id: {filename, base64} or a list of them}`."""
    user = play.user
    interaction = play.local.interactions.by_id.get(play.need("interaction_id"))
    if interaction is None or interaction.modal is None or interaction.user_id != user.id:
        raise PlayError("unknown_modal", "that interaction was not answered with a modal for this user", 404)
    fields = play.object("fields")
    inputs = {
        one["custom_id"]: one for one in waiting.walk(interaction.modal["components"]) if "custom_id" in one
    }
    for name in (*fields, *play.object("files")):
        if name not in inputs:
            raise PlayError("unknown_field", f"the modal has no field {name!r}")
    uploads = await _uploads(play, interaction)
    place = _place(play, interaction)
    answers = {
        name: _answer(play, place, component, fields.get(name), uploads.get(name, []))
        for name, component in inputs.items()
    }
    resolved: Json = {}
    for answer in answers.values():
        for sort, found in answer.pop("resolved", {}).items():
            resolved.setdefault(sort, {}).update(found)
    file_ids = tuple(one.id for files in uploads.values() for one in files)
    start = replace(_start(play, place, interaction, answers, resolved), file_ids=file_ids)
    return await waiting.outcome(play.local, payloads.begin(play.local, start), play.wait)


def _place(play: Play, interaction: Interaction) -> Place:
    world = play.local.world
    return payloads.place_of(
        play.local,
        world.users[interaction.user_id],
        world.channel(interaction.channel_id),
        world.applications[interaction.application_id],
    )


def _start(
    play: Play, place: Place, interaction: Interaction, answers: dict[str, Json], resolved: Json
) -> Start:
    assert interaction.modal is not None  # noqa: S101 (the caller has looked; for the type checker)
    data: Json = {
        "custom_id": interaction.modal["custom_id"],
        "components": [_submitted(one, answers) for one in interaction.modal["components"]],
    }
    if resolved:
        data["resolved"] = resolved
    source = play.local.messages.by_id.get(interaction.source_message_id or "")
    return Start(
        place, MODAL_SUBMIT, data, interaction.owners, source=source, triggering=interaction.metadata
    )


def _submitted(component: Json, answers: dict[str, Json]) -> Json:
    """Return a modal's component as it is sent back: labels and rows with what was entered."""
    shown: Json = {"type": component["type"], "id": component["id"]}
    if "component" in component:
        shown["component"] = answers[component["component"]["custom_id"]]
    if "components" in component:
        shown["components"] = [answers[one["custom_id"]] for one in component["components"]]
    return shown


async def _uploads(play: Play, interaction: Interaction) -> dict[str, list[StoredFile]]:
    found: dict[str, list[StoredFile]] = {}
    for name, given in play.object("files").items():
        several = {str(index): one for index, one in enumerate(given if isinstance(given, list) else [given])}
        stored = await play.save_files(several, interaction.channel_id, ephemeral=True)
        found[name] = list(stored.values())
    return found


def _answer(play: Play, place: Place, component: Json, given: object, files: list[StoredFile]) -> Json:
    """Return what one field sends; `resolved` is taken out again by the caller."""
    kind = component["type"]
    base: Json = {"type": kind, "id": component["id"], "custom_id": component["custom_id"]}
    if kind == kinds.TEXT_INPUT:
        return base | {"value": _text(component, component.get("value", "") if given is None else given)}
    if kind == kinds.CHECKBOX:
        return base | {"value": bool(component.get("default") if given is None else given)}
    if kind == kinds.RADIO_GROUP:
        return base | {"value": _one(component, given)}
    if kind == kinds.UPLOAD:
        return base | _files(play, component, files)
    return base | _several(play, place, component, given)


def _text(component: Json, given: object) -> str:
    text = str(given)
    low, high = component.get("min_length", 0), component.get("max_length", 4000)
    if component.get("required", True) and not text:
        raise PlayError("missing_field", f"{component['custom_id']} is required")
    if text and not low <= len(text) <= high:
        raise PlayError("invalid_length", f"{component['custom_id']} must be {low} to {high} characters long")
    return text


def _one(component: Json, given: object) -> str | None:
    if given is None:
        given = next((one["value"] for one in component["options"] if one.get("default")), None)
    if given is None:
        if component.get("required", True):
            raise PlayError("missing_field", f"{component['custom_id']} is required")
        return None
    if given not in [one["value"] for one in component["options"]]:
        raise PlayError("invalid_choice", f"{component['custom_id']} does not offer {given!r}")
    return str(given)


def _several(play: Play, place: Place, component: Json, given: object) -> Json:
    if given is None:
        given = _preset(component)
    values = [str(one) for one in given] if isinstance(given, list) else [str(given)]
    if values or component.get("required", True):
        check_values(component, values)
    resolved: Json = {}
    sorts = SELECT_REFERS_TO.get(component["type"])
    if sorts:
        values = [resolve(play.local, place, sorts, one, resolved, declared=component) for one in values]
    return {"values": values, "resolved": resolved}


def _preset(component: Json) -> list[str]:
    """Return what a select or group shows as chosen when the modal opens."""
    options = [one["value"] for one in component.get("options", []) if one.get("default")]
    return options or [one["id"] for one in component.get("default_values") or ()]


def _files(play: Play, component: Json, files: list[StoredFile]) -> Json:
    low, high = value_bounds(component)
    needed = bool(files) or component.get("required", True)
    if needed and not low <= len(files) <= high:
        raise PlayError("invalid_length", f"{component['custom_id']} takes {low} to {high} files")
    attachments = {one.id: play.local.files.attachment_object(one) for one in files}
    return {"values": list(attachments), "resolved": {"attachments": attachments} if attachments else {}}
