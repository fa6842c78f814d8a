"""Turns the body of a create or edit into a message's wire object: files, mentions, components filled in."""

import re
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

from playground.discord import objects
from playground.discord.calls import check_unarchived
from playground.discord.clock import iso
from playground.discord.errors import ApiError, Json, bad_field
from playground.discord.files import StoredFile, Upload, describe
from playground.discord.filling import addresses_of, all_text, filled_components, media_item
from playground.discord.messages import EPHEMERAL, LOADING, Message
from playground.discord.permissions import has
from playground.discord.rules import bodies
from playground.discord.rules import component_kinds as kinds
from playground.discord.world import Channel

if TYPE_CHECKING:
    from playground.discord.local import LocalDiscord

SUPPRESS_EMBEDS = 1 << 2
SETTABLE_FLAGS = SUPPRESS_EMBEDS | 1 << 12 | kinds.V2_FLAG
MENTION = re.compile(r"<@!?(\d{15,20})>")
EVERYONE = re.compile("@(everyone|here)")
ROLE_MENTION = re.compile(r"<@&(\d{15,20})>")

Uploads = Mapping[str, Upload]


@asynccontextmanager
async def stored_uploads(
    local: "LocalDiscord", channel_id: str, body: Json, uploads: Uploads, *, ephemeral: bool
) -> AsyncIterator[dict[str, StoredFile]]:
    """Check a body's shape and save its files, by their placeholder ids; a block that refuses leaves none behind."""
    bodies.check_shape(body)
    files = await _store(local, channel_id, body, uploads, ephemeral=ephemeral)
    try:
        yield files
    except ApiError:
        local.files.discard(one.id for one in files.values())
        raise


async def _store(
    local: "LocalDiscord", channel_id: str, body: Json, uploads: Uploads, *, ephemeral: bool
) -> dict[str, StoredFile]:
    if not uploads:
        return {}
    bodies.check_sizes([len(one.content) for one in uploads.values()])
    listed = {str(one.get("id")): one for one in body.get("attachments") or [] if isinstance(one, dict)}
    stored: dict[str, tuple[StoredFile, bytes]] = {}
    for placeholder, upload in uploads.items():
        about = listed.get(placeholder, {})
        named = Upload(about.get("filename") or upload.filename, upload.content_type, upload.content)
        described = describe(
            named,
            file_id=local.ids.next(),
            channel_id=channel_id,
            ephemeral=ephemeral,
            description=about.get("description"),
        )
        stored[placeholder] = (described, upload.content)
    await local.files.save(list(stored.values()))
    return {placeholder: one for placeholder, (one, _) in stored.items()}


def new_message(
    local: "LocalDiscord",
    channel: Channel,
    author_id: str,
    body: Json,
    files: Mapping[str, StoredFile],
    **more: object,
) -> Message:
    """Return a checked message that is not stored yet; `more` are further wire fields (type, webhook_id, ...)."""
    is_webhook = "webhook_id" in more
    flags = (body.get("flags") or 0) & (SETTABLE_FLAGS | EPHEMERAL * is_webhook)
    bodies.check_message(body, is_v2=bodies.is_v2(flags), filenames=[one.filename for one in files.values()])
    _check_placeholders(body, files)
    now_s = local.clock.now_s()
    wire: Json = {
        "id": local.ids.next(),
        "channel_id": channel.id,
        "type": 0,
        "author": objects.user_object(local.world.users[author_id]),
        "timestamp": iso(now_s),
        "edited_timestamp": None,
        "tts": bool(body.get("tts")),
        "pinned": False,
        "flags": flags,
        "attachments": [local.files.attachment_object(one) for one in files.values()],
        "sticker_items": [],
    } | _shown(local, channel, body, list(files.values()), author_id, is_webhook=is_webhook)
    wire |= more
    if bodies.is_empty(wire):
        raise ApiError(50006)
    return Message(wire, allowed_mentions=body.get("allowed_mentions"), signed_s=now_s)


def edited_wire(local: "LocalDiscord", message: Message, body: Json, files: Mapping[str, StoredFile]) -> Json:
    """Return the wire object after an edit; what the body leaves out stays."""
    before, channel = message.wire, local.world.channels[message.channel_id]
    check_unarchived(channel)
    flags = _edited_flags(before["flags"], body)
    kept = _kept(local, before, body, files)
    filenames = [one.filename for one in kept]
    merged: Json = {
        name: body[name] if name in body else before[name] for name in ("content", "embeds", "components")
    }
    merged["allowed_mentions"] = body.get("allowed_mentions")
    # what stays was checked when it was written, and its addresses are no longer attachment://
    checked = merged if "components" in body else merged | {"components": []}
    bodies.check_message(checked, is_v2=bodies.is_v2(flags), filenames=filenames)
    is_webhook = "webhook_id" in before
    shown = _shown(local, channel, merged, kept, message.author_id, is_webhook=is_webhook)
    if "components" not in body:
        shown["components"] = filled_components(before["components"], addresses_of(local, kept))
    now_s = local.clock.now_s()
    wire = (
        before
        | shown
        | {
            "flags": flags & ~LOADING,
            "attachments": [local.files.attachment_object(one) for one in kept],
            "edited_timestamp": iso(now_s),
        }
    )
    if bodies.is_empty(wire):
        raise ApiError(50006)
    message.signed_s = now_s
    return wire


def _edited_flags(before: int, body: Json) -> int:
    """Components V2 can be added and never taken away; ephemeral stays as it was."""
    asked = body.get("flags") or 0
    suppress = (asked if "flags" in body else before) & SUPPRESS_EMBEDS
    return before & ~SUPPRESS_EMBEDS | suppress | asked & kinds.V2_FLAG


def _kept(
    local: "LocalDiscord", before: Json, body: Json, files: Mapping[str, StoredFile]
) -> list[StoredFile]:
    """Return the files after an edit: a given list names what stays and what is new, else everything stays."""
    old = {
        one["id"]: local.files.by_id[one["id"]]
        for one in before["attachments"]
        if one["id"] in local.files.by_id
    }
    listed = body.get("attachments")
    if listed is None:
        return [] if "attachments" in body else [*old.values(), *files.values()]
    kept = []
    for index, one in enumerate(listed):
        stored = files.get(str(one.get("id"))) or old.get(str(one.get("id")))
        if stored is None:
            raise _mismatch(index)
        kept.append(stored)
    unlisted = [stored for stored in files.values() if stored not in kept]
    return [*kept, *unlisted]


def _check_placeholders(body: Json, files: Mapping[str, StoredFile]) -> None:
    for index, one in enumerate(body.get("attachments") or []):
        if str(one.get("id")) not in files:
            raise _mismatch(index)


def _mismatch(index: int) -> ApiError:
    text = "The attachment has neither an upload nor is it part of the message."
    return bad_field(("attachments", index, "id"), "MESSAGE_ATTACHMENT_NOT_FOUND", text)


def _shown(
    local: "LocalDiscord",
    channel: Channel,
    body: Json,
    files: list[StoredFile],
    author_id: str,
    *,
    is_webhook: bool,
) -> Json:
    """Return the fields that are derived from content, embeds and components; webhooks ping users by default."""
    addresses = addresses_of(local, files)
    components = filled_components(body.get("components") or [], addresses)
    content = body.get("content") or ""
    allowed = body.get("allowed_mentions")
    if allowed is None:
        allowed = {"parse": ["users"] if is_webhook else ["users", "roles", "everyone"]}
    return {
        "content": content,
        "embeds": [_embed(one, addresses) for one in body.get("embeds") or []],
        "components": components,
    } | _mentions(local, channel, content + all_text(components), allowed, author_id)


def _mentions(local: "LocalDiscord", channel: Channel, text: str, rules: Json, author_id: str) -> Json:
    """Return who is pinged; everyone only by an author who may."""
    parse = rules.get("parse") or []
    users = list(dict.fromkeys(MENTION.findall(text)))
    roles = list(dict.fromkeys(ROLE_MENTION.findall(text)))
    if "users" not in parse:
        users = [one for one in users if one in map(str, rules.get("users") or [])]
    if "roles" not in parse:
        roles = [one for one in roles if one in map(str, rules.get("roles") or [])]
    everyone = "everyone" in parse and channel.guild_id is not None and bool(EVERYONE.search(text))
    may_ping_all = has(local.world.permissions(channel, author_id), "MENTION_EVERYONE")
    known = local.world.users
    return {
        "mentions": [objects.user_object(known[one]) for one in users if one in known],
        "mention_roles": [one for one in roles if one in local.world.roles],
        "mention_everyone": everyone and may_ping_all,
    }


def _embed(embed: Json, addresses: Mapping[str, Json]) -> Json:
    shown: Json = {"type": "rich"} | embed
    for name in ("image", "thumbnail"):
        if shown.get(name):
            shown[name] = media_item(shown[name], addresses)
    return shown
