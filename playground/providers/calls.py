"""Every request that the stand-ins received, oldest first, small enough to be kept."""

import json
from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass, field
from itertools import islice
from typing import Any

from aiohttp import web

Json = Any
MOST_CALLS = 20_000
LONGEST_TEXT = 2_000
"""Longer texts (base64 of pictures, mostly) are shortened; so that a prompt stays whole, this is long."""
LONGEST_BODY = 20_000
"""Characters of a body; JSON is shortened text by text before, so that it stays JSON."""
MOST_CHARACTERS = 64 * 1024 * 1024
"""All bodies together."""


@dataclass(slots=True)
class Call:
    """One request: what came, what was answered (status 0: nothing yet, or nothing at all), whether it was paid.

    `size` is the body's in bytes, `characters` about what is kept of it.
    """

    provider: str
    method: str
    path: str
    headers: Mapping[str, str]
    body: Json
    at: float
    size: int = 0
    characters: int = 0
    status: int = 0
    paid: bool = False

    def to_json(self) -> dict[str, Json]:
        """Return the call as `GET control/calls` lists it; `path` has the query, `at` is seconds since 1970."""
        return {
            "provider": self.provider,
            "method": self.method,
            "path": self.path,
            "headers": dict(self.headers),
            "body": self.body,
            "size": self.size,
            "status": self.status,
            "paid": self.paid,
            "at": self.at,
        }


CALL: web.RequestKey[Call] = web.RequestKey("call", Call)
"""Where a request carries its own call."""


@dataclass(slots=True)
class Calls:
    """The last requests, and how many older ones were forgotten."""

    kept: deque[Call] = field(default_factory=deque)
    forgotten: int = 0
    most_characters: int = MOST_CHARACTERS
    _characters: int = 0

    def add(self, call: Call) -> None:
        """Keep a call; the oldest goes when there are too many."""
        self.kept.append(call)
        self._bound()

    def note_body(self, call: Call, data: bytes, content_type: str) -> None:
        """Keep what a call brought; the oldest calls go when all bodies together are too long."""
        call.size, call.body = len(data), shown_body(data, content_type)
        call.characters = min(len(data), LONGEST_BODY)
        self._characters += call.characters
        self._bound()

    def _bound(self) -> None:
        while len(self.kept) > MOST_CALLS or (self._characters > self.most_characters and len(self.kept) > 1):
            self._characters -= self.kept.popleft().characters
            self.forgotten += 1

    @property
    def count(self) -> int:
        """Return how many calls came since the start or the last reset, the forgotten ones included."""
        return self.forgotten + len(self.kept)

    def listed(self, provider: str | None = None, after: int = 0) -> list[Call]:
        """Return the calls of one vendor, or of all; without the first `after` of all that ever came."""
        newer = islice(self.kept, max(after - self.forgotten, 0), None)
        return [call for call in newer if provider in (None, call.provider)]

    def reset(self) -> None:
        """Forget everything."""
        self.kept.clear()
        self.forgotten = self._characters = 0


def shown_body(data: bytes, content_type: str) -> Json:
    """Return a body as `Call.body` keeps it: JSON as JSON, other text as text, null where there is none."""
    if not data:
        return None
    if "json" in content_type:
        try:
            shown = shortened(json.loads(data))
            if len(data) <= LONGEST_BODY or len(json.dumps(shown)) <= LONGEST_BODY:
                return shown
        except (ValueError, RecursionError):
            pass
    if b"\x00" in data[:LONGEST_BODY]:
        return f"({len(data)} bytes)"
    return data[:LONGEST_BODY].decode("utf-8", "replace")


def shortened(value: Json) -> Json:
    """Return JSON with every long text cut to its first characters and its length."""
    if isinstance(value, str) and len(value) > LONGEST_TEXT:
        return f"{value[:80]}... ({len(value)} characters)"
    if isinstance(value, list):
        return [shortened(one) for one in value]
    if isinstance(value, dict):
        return {name: shortened(one) for name, one in value.items()}
    return value
