"""Checks the body of a message: length, embeds, files, what Components V2 excludes, emptiness.

*Source:* Discord's message and webhook resources.
"""

from collections.abc import Collection, Sequence
from typing import Any

from playground.discord.errors import ApiError, Json, NotHereError, Path, Problems
from playground.discord.rules import component_kinds as kinds
from playground.discord.rules.components import ATTACHMENT_SCHEME, check_message_components, check_reference
from playground.discord.rules.fields import Field, check_fields

FILE_MAX_BYTES = 10 * 1024 * 1024
REQUEST_MAX_BYTES = 25 * 1024 * 1024
FILES_MAX = 10
NONCE_MAX = 25
EMBED_TEXT_MAX = 6_000

BODY = {
    "content": Field("string", high=2000),
    "embeds": Field("list", high=10, items="object"),
    "components": Field("list", high=40, items="object"),
    "attachments": Field("list", high=FILES_MAX, items="object"),
    "flags": Field("integer", low=0),
    "tts": Field("boolean"),
    "allowed_mentions": Field("object"),
    "message_reference": Field("object"),
    "sticker_ids": Field("list", high=3),
    "enforce_nonce": Field("boolean"),
    "poll": Field("object"),
}
ATTACHMENT = {
    "id": Field("snowflake"),
    "filename": Field("string", high=1024),
    "description": Field("string", high=1024),
}
EMBED = {
    "title": Field("string", high=256),
    "description": Field("string", high=4096),
    "url": Field("string", high=2048),
    "color": Field("integer", low=0, high=0xFFFFFF),
    "fields": Field("list", high=25, items="object"),
    "footer": Field("object"),
    "author": Field("object"),
    "image": Field("object"),
    "thumbnail": Field("object"),
}
EMBED_FIELD = {
    "name": Field("string", required=True, low=1, high=256),
    "value": Field("string", required=True, low=1, high=1024),
    "inline": Field("boolean"),
}
MENTIONS = {
    "parse": Field("list", items="string"),
    "users": Field("list", high=100, items="snowflake"),
    "roles": Field("list", high=100, items="snowflake"),
    "replied_user": Field("boolean"),
}


def check_sizes(sizes: Sequence[int]) -> None:
    """Raise 40005 when a file, or all of them together, is too large."""
    if any(size > FILE_MAX_BYTES for size in sizes) or sum(sizes) > REQUEST_MAX_BYTES:
        raise ApiError(40005)


def check_shape(body: Json) -> None:
    """Raise 50035 when a field is not of its type, so that the rest may rely on it."""
    problems = Problems()
    if check_fields(body, BODY, (), problems):
        for index, one in enumerate(body.get("attachments") or []):
            check_fields(one, ATTACHMENT, ("attachments", index), problems)
    _check_nonce(body.get("nonce"), problems)
    problems.refuse()
    if body.get("poll"):
        raise NotHereError("polls")


def _check_nonce(nonce: object, problems: Problems) -> None:
    if isinstance(nonce, bool) or not isinstance(nonce, (int, str, type(None))):
        problems.add(("nonce",), "NONCE_TYPE_INVALID", "Must be an integer or a string.")
    elif len(str(nonce)) > NONCE_MAX:
        problems.add(("nonce",), "NONCE_TYPE_TOO_LONG", f"Must be {NONCE_MAX} or fewer in length.")


def check_message(body: Json, *, is_v2: bool, filenames: Collection[str]) -> None:
    """Raise 50035 with every field that is wrong; `filenames` are those that the message will have."""
    problems = Problems()
    if check_fields(body, BODY, (), problems):
        if is_v2:
            _check_excluded(body, problems)
        if len(filenames) > FILES_MAX:
            problems.add(("attachments",), "BASE_TYPE_MAX_LENGTH", "Must be 10 or fewer in length.")
        check_message_components(
            body.get("components") or [], is_v2=is_v2, filenames=filenames, problems=problems
        )
        _check_embeds(body.get("embeds") or [], filenames, problems)
        _check_mentions(body.get("allowed_mentions") or {}, problems)
    problems.refuse()
    if body.get("sticker_ids"):
        raise ApiError(50081)  # no guild here has stickers


def _check_excluded(body: Json, problems: Problems) -> None:
    for name in ("content", "embeds", "poll", "sticker_ids"):
        if body.get(name):
            text = f"The '{name}' field cannot be used when using MessageFlags.IS_COMPONENTS_V2"
            problems.add((name,), "MESSAGE_CANNOT_USE_LEGACY_FIELDS_WITH_COMPONENTS_V2", text)


def _check_embeds(embeds: list[Any], filenames: Collection[str], problems: Problems) -> None:
    total = 0
    for index, embed in enumerate(embeds):
        path: Path = ("embeds", index)
        if not isinstance(embed, dict):
            problems.add(path, "MODEL_TYPE_CONVERT", "Only dictionaries may be used in a ModelType.")
        elif check_fields(embed, EMBED, path, problems):
            total += _check_embed(embed, path, filenames, problems)
    if total > EMBED_TEXT_MAX:
        text = f"Embed size exceeds maximum size of {EMBED_TEXT_MAX}"
        problems.add(("embeds",), "MAX_EMBED_SIZE_EXCEEDED", text)


def _check_embed(embed: Json, path: Path, filenames: Collection[str], problems: Problems) -> int:
    """Return how many characters count towards the limit."""
    total = len(embed.get("title") or "") + len(embed.get("description") or "")
    for index, item in enumerate(embed.get("fields") or []):
        if check_fields(item, EMBED_FIELD, (*path, "fields", index), problems):
            total += len(item["name"]) + len(item["value"])
    for name, key, high in (("footer", "text", 2048), ("author", "name", 256)):
        part = embed.get(name) or {}
        if check_fields(part, {key: Field("string", high=high)}, (*path, name), problems):
            total += len(part.get(key) or "")
    for name in ("image", "thumbnail"):
        part = embed.get(name) or {}
        if not check_fields(part, {"url": Field("string", high=2048)}, (*path, name), problems):
            continue
        url = part.get("url") or ""
        if url.startswith(ATTACHMENT_SCHEME):
            check_reference(url, (*path, name, "url"), filenames, problems)
        elif url and not url.startswith(("http://", "https://")):
            text = "Scheme must be one of ('http', 'https', 'attachment')."
            problems.add((*path, name, "url"), "URL_TYPE_INVALID_SCHEME", text)
    return total


def _check_mentions(mentions: Json, problems: Problems) -> None:
    path: Path = ("allowed_mentions",)
    if not check_fields(mentions, MENTIONS, path, problems):
        return
    parse = mentions.get("parse") or []
    for index, name in enumerate(parse):
        if name not in ("users", "roles", "everyone"):
            text = "Value must be one of {'users', 'roles', 'everyone'}."
            problems.add((*path, "parse", index), "BASE_TYPE_CHOICES", text)
    for name in ("users", "roles"):
        if name in parse and mentions.get(name):
            text = f"parse:['{name}'] and {name}: [ids...] are mutually exclusive."
            problems.add(path, "MESSAGE_ALLOWED_MENTIONS_PARSE_EXCLUSIVE", text)


def is_empty(message: Json) -> bool:
    """Say whether a message shows nothing, which Discord refuses with 50006."""
    names = ("content", "embeds", "components", "attachments", "sticker_items", "poll")
    return not any(message.get(name) for name in names)


def is_v2(flags: int) -> bool:
    """Say whether the flags ask for Components V2."""
    return bool(flags & kinds.V2_FLAG)
