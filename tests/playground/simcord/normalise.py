"""A transcript without what differs between any two runs: times, addresses, tokens, ids of what is known by name.

`names` may have codes of pictures as well as ids. The ids that are left belong to what the script itself makes;
`compare.py` pairs them by their first appearance.
"""

import re
from collections.abc import Mapping
from dataclasses import replace
from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit

from tests.playground.simcord.stage import Call, Event, Json, Scene

_TIME = re.compile(r"\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(\.\d+)?(\+00:00|Z)?")
_ID = re.compile(r"(?<!\d)\d{14,20}(?!\d)")
_WORD = re.compile(r"[a-z0-9]{8,20}")
_REFERENCE = re.compile(r"Reference `[0-9a-f]{8}`")
_FILE = re.compile(r"https?://[^/]+/(?:ephemeral-)?attachments/")
_TOKEN_PATHS = re.compile(r"(/interactions/\d+|/webhooks/\d+)/([^/?]+)")
_SECRETS: Mapping[str, str] = {
    "token": "token", "session_id": "session", "resume_gateway_url": "address", "verify_key": "key",
}  # fmt: skip


def normalised(scenes: list[Scene], names: Mapping[str, str]) -> list[Scene]:
    """Return the scenes with words in place of what only this run has."""
    return [_scene(one, names) for one in scenes]


def _scene(scene: Scene, names: Mapping[str, str]) -> Scene:
    def plain(value: Any) -> Any:  # noqa: ANN401 (JSON)
        return _plain(value, names)

    calls = [
        replace(one, path=_path(one.path, names), body=plain(one.body), answer=plain(one.answer))
        for one in scene.calls
    ]
    events = [Event(one.name, plain(one.data)) for one in scene.events]
    seen: dict[str, list[Json]] = {place: plain(found) for place, found in scene.seen.items()}
    return Scene(scene.name, scene.is_refused, [*map(_ordered, calls)], events, seen)


def _ordered(call: Call) -> Call:
    """SimCord does not say what a query's order was."""
    path, _, query = call.path.partition("?")
    return replace(call, path="?".join(filter(None, (path, "&".join(sorted(query.split("&")))))))


def _path(path: str, names: Mapping[str, str]) -> str:
    split = urlsplit(_TOKEN_PATHS.sub(r"\1/token", path))
    query = "&".join(f"{key}={value}" for key, value in parse_qsl(split.query))
    return _text(unquote(split.path) + (f"?{query}" if query else ""), names)


def _plain(value: Any, names: Mapping[str, str]) -> Any:  # noqa: ANN401 (JSON)
    if isinstance(value, dict):
        return {
            _text(name, names): _SECRETS[name]
            if name in _SECRETS and isinstance(one, str)
            else _plain(one, names)
            for name, one in value.items()
        }
    if isinstance(value, list | tuple):
        return [_plain(one, names) for one in value]
    if isinstance(value, str):
        return _text(value, names)
    return _number(value, names) if isinstance(value, int) and not isinstance(value, bool) else value


def _number(value: int, names: Mapping[str, str]) -> int | str:
    """Return a number as it goes over the wire: enumerations are numbers there, and some ids are."""
    return _text(str(int(value)), names) if _ID.fullmatch(str(int(value))) else int(value)


def _text(text: str, names: Mapping[str, str]) -> str:
    if _FILE.match(text):
        return _text(f"address of {urlsplit(text).path.rpartition('/')[2]}", names)
    if _TIME.fullmatch(text):
        return "time"
    return _WORD.sub(lambda found: names.get(found[0], found[0]), _REFERENCE.sub("Reference", text))
