"""Which kind of object stands where in what a Discord sends: by the name of its field, and by its own type."""

from collections.abc import Iterator, Mapping
from typing import Any

Json = dict[str, Any]
Path = tuple[str | int, ...]

EVENTS: Mapping[str, str] = {
    "READY": "ready",
    "GUILD_CREATE": "guild",
    "INTERACTION_CREATE": "interaction",
    "MESSAGE_CREATE": "message",
    "MESSAGE_UPDATE": "message",
    "MESSAGE_DELETE": "message deletion",
    "MESSAGE_REACTION_ADD": "reaction event",
    "MESSAGE_REACTION_REMOVE": "reaction event",
    "MESSAGE_REACTION_REMOVE_ALL": "reactions cleared",
    "CHANNEL_CREATE": "channel",
    "CHANNEL_PINS_UPDATE": "pins update",
    "THREAD_CREATE": "thread",
    "THREAD_UPDATE": "thread",
    "THREAD_MEMBERS_UPDATE": "thread members update",
}
"""The object that an event's data is."""

_CHILDREN: Mapping[str, str] = {
    "user": "user", "author": "user", "mentions": "user", "target_user": "user", "recipients": "user",
    "owner": "user", "bot": "user", "users": "user", "creator": "user",
    "member": "member", "members": "member", "roles": "role", "colors": "role colors",
    "channel": "channel", "channels": "channel", "threads": "channel", "thread": "channel",
    "thread_metadata": "thread metadata", "permission_overwrites": "overwrite",
    "message": "message", "messages": "message", "referenced_message": "message",
    "message_reference": "message reference", "attachments": "attachment", "reactions": "reaction",
    "count_details": "reaction counts", "emoji": "emoji", "embeds": "embed", "footer": "embed footer",
    "fields": "embed field", "interaction_metadata": "interaction metadata",
    "triggering_interaction_metadata": "interaction metadata", "authorizing_integration_owners": "integration owners",
    "components": "component", "component": "component", "accessory": "component", "media": "media", "file": "media",
    "data": "interaction data", "resolved": "resolved", "guild": "partial guild", "guilds": "unavailable guild",
    "application": "ready application", "interaction": "message interaction", "resource": "callback resource",
    "integration_types_config": "integration types", "choices": "choice",
}  # fmt: skip
_BELOW: Mapping[tuple[str, str], str] = {
    ("interaction data", "components"): "submitted",
    ("submitted", "component"): "submitted",
    ("interaction data", "options"): "option value",
    ("option value", "options"): "option value",
    ("command", "options"): "option",
    ("option", "options"): "option",
    ("component", "options"): "select option",
    ("component", "items"): "gallery item",
    ("pins", "items"): "pin",
    ("thread", "members"): "thread member",
    ("thread", "member"): "thread member",
    ("body", "attachments"): "sent attachment",
    ("body", "data"): "body",
    ("callback", "interaction"): "callback interaction",
}
"""Fields whose object depends on where they stand."""

_ANSWERS: Mapping[str, str] = {
    "webhooks": "message", "callback": "callback", "commands": "command", "pins": "pins", "threads": "thread",
    "messages": "message", "channels": "channel", "applications": "application", "users": "user",
}  # fmt: skip
"""The object that a request is answered with, by the first of these words that its path has."""

ID_KEYED = frozenset({"users", "members", "roles", "channels", "messages", "attachments"})
"""Fields of `resolved` that map ids to objects."""

_TYPED = frozenset({"component", "submitted"})
_THREADS = frozenset({10, 11, 12})


def kind_of(base: str, value: Json) -> str:
    """Return the full kind of an object: components by their number, threads apart from channels."""
    if base == "channel" and value.get("type") in _THREADS:
        return "thread"
    return f"{base} {value.get('type')}" if base in _TYPED else base


def child_kind(parent: str, name: str) -> str:
    """Return what stands in a field, before its own type is looked at."""
    base = parent.rpartition(" ")[0] if parent.rpartition(" ")[2].isdigit() else parent
    return _BELOW.get((base, name)) or _CHILDREN.get(name) or f"{parent} {name}"


def answer_kind(path: str) -> str:
    """Return what a request is answered with."""
    words = path.partition("?")[0].split("/")
    return next((kind for word, kind in _ANSWERS.items() if word in words), "answer")


def objects_in(base: str, value: Any, path: Path = ()) -> Iterator[tuple[str, Path, Json]]:  # noqa: ANN401 (JSON)
    """Yield every object in a value that is of a kind, with its own kind and its place."""
    if isinstance(value, list):
        for index, one in enumerate(value):
            yield from objects_in(base, one, (*path, index))
    if not isinstance(value, dict):
        return
    kind = kind_of(base, value)
    yield kind, path, value
    for name, one in value.items():
        below = child_kind(kind, name)
        if kind == "resolved" and name in ID_KEYED:
            for key, each in one.items():
                yield from objects_in(below, each, (*path, name, key))
        else:
            yield from objects_in(below, one, (*path, name))
