"""Scripted faults: what a request has to look like, and what happens to it, step by step."""

import base64
import binascii
import json
import re
from collections import deque
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

MOST_SCRIPTS = 1_000
MOST_FILLER = 200 * 1024 * 1024


class BadScriptError(ValueError):
    """A script that cannot be understood; the text says which field."""


@dataclass(frozen=True, slots=True)
class Drip:
    """A body in small pieces: so many bytes, then a pause in seconds."""

    piece_bytes: int = 64
    pause_s: float = 0.1


@dataclass(frozen=True, slots=True)
class Step:
    """What happens to one request.

    With `status`, `body` or `headers` the step answers instead of the vendor; with `is_after` the vendor has done its
    work first (accepted, painted, charged), and only the answer is spoilt. `filler_bytes` makes a body of that length.
    """

    status: int | None = None
    body: bytes | None = None
    content_type: str = "application/json"
    headers: Mapping[str, str] = field(default_factory=dict)
    delay_s: float = 0.0
    drip: Drip | None = None
    cut_after: int | None = None
    filler_bytes: int = 0
    resets: bool = False
    is_silent: bool = False
    is_after: bool = False

    @property
    def answers(self) -> bool:
        """Say whether the step has an answer of its own."""
        return self.status is not None or self.body is not None or bool(self.headers or self.filler_bytes)


@dataclass(slots=True)
class Script:
    """The steps for the requests of one vendor that look like this."""

    provider: str
    steps: deque[Step]
    method: str | None = None
    path: re.Pattern[str] | None = None
    body_contains: bytes = b""

    def fits(self, provider: str, method: str, path: str, body: bytes) -> bool:
        """Say whether it is for that request; `path` has the query."""
        return (
            self.provider == provider
            and self.method in (None, method)
            and (self.path is None or self.path.search(path) is not None)
            and self.body_contains in body
        )


@dataclass(slots=True)
class Scripts:
    """The scripts in the order in which they came."""

    kept: list[Script] = field(default_factory=list)

    def add(self, script: Script) -> None:
        """Add a script. Raises `BadScriptError` when there are too many."""
        if len(self.kept) >= MOST_SCRIPTS:
            raise BadScriptError(f"no more than {MOST_SCRIPTS} scripts at once")
        self.kept.append(script)

    def step_for(self, provider: str, method: str, path: str, body: bytes) -> Step | None:
        """Return and use up the next step of the first script that fits; a script without steps left is gone."""
        for script in self.kept:
            if script.fits(provider, method, path, body):
                step = script.steps.popleft()
                if not script.steps:
                    self.kept.remove(script)
                return step
        return None


def read_script(provider: str, match: object, steps: object) -> Script:
    """Return a script from what was posted. Raises `BadScriptError` naming the field."""
    if not isinstance(steps, Sequence) or isinstance(steps, str) or not steps:
        raise BadScriptError("steps: a list with at least one step")
    wanted = _object(match or {}, "match", {"method", "path_regex", "body_contains"})
    method, pattern = wanted.get("method"), wanted.get("path_regex")
    try:
        path = None if pattern is None else re.compile(str(pattern))
    except re.error as error:
        raise BadScriptError(f"match.path_regex: {error}") from error
    return Script(
        provider,
        deque(read_step(step) for step in steps),
        str(method).upper() if method else None,
        path,
        str(wanted.get("body_contains") or "").encode(),
    )


FIELDS = {
    "status", "body", "body_base64", "filler_bytes", "headers", "delay_ms", "drip", "cut_after", "reset", "never",
    "after",
}  # fmt: skip


def read_step(value: object) -> Step:
    """Return a step from its JSON. Raises `BadScriptError` naming the field."""
    step = _object(value, "steps", FIELDS)
    headers = {str(name): str(text) for name, text in _object(step.get("headers") or {}, "headers").items()}
    body, content_type = _body(step)
    return Step(
        status=_number(step, "status", 200, 599),
        body=body,
        content_type=content_type,
        headers=headers,
        delay_s=(_number(step, "delay_ms", 0, 3_600_000) or 0) / 1000,
        drip=_drip(step.get("drip")),
        cut_after=_number(step, "cut_after", 0, MOST_FILLER),
        filler_bytes=_number(step, "filler_bytes", 0, MOST_FILLER) or 0,
        resets=bool(step.get("reset")),
        is_silent=bool(step.get("never")),
        is_after=bool(step.get("after")),
    )


def _body(step: Mapping[str, Any]) -> tuple[bytes | None, str]:
    """Return the bytes of a body and their content type: text as it stands, anything else as JSON."""
    if "body_base64" in step:
        try:
            return base64.b64decode(str(step["body_base64"]), validate=True), "application/octet-stream"
        except binascii.Error as error:
            raise BadScriptError(f"body_base64: {error}") from error
    if "body" not in step:
        return None, "application/json"
    body = step["body"]
    if isinstance(body, bytes):
        return body, "application/octet-stream"
    if isinstance(body, str):
        return body.encode(), "text/html" if body.lstrip().startswith("<") else "text/plain"
    return json.dumps(body).encode(), "application/json"


def _drip(value: object) -> Drip | None:
    """Return how a body drips: true, milliseconds between pieces, or {bytes, every_ms}."""
    if value is None or value is False:
        return None
    if isinstance(value, Mapping):
        shape = _object(value, "drip", {"bytes", "every_ms"})
        usual = Drip()
        piece = _number(shape, "bytes", 1, 1 << 20) or usual.piece_bytes
        pause_ms = _number(shape, "every_ms", 0, 60_000)
        return Drip(piece, usual.pause_s if pause_ms is None else pause_ms / 1000)
    if value is True:
        return Drip()
    return Drip(pause_s=(_number({"drip": value}, "drip", 0, 60_000) or 0) / 1000)


def _number(values: Mapping[str, Any], name: str, least: int, most: int) -> int | None:
    value = values.get(name)
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, int | float) or not least <= value <= most:
        raise BadScriptError(f"{name}: a number from {least} to {most}")
    return int(value)


def _object(value: object, name: str, fields: set[str] | None = None) -> Mapping[str, Any]:
    if not isinstance(value, Mapping):
        raise BadScriptError(f"{name}: an object")
    if fields is not None and (unknown := sorted(set(value) - fields)):
        raise BadScriptError(f"{name}: {', '.join(unknown)} unknown; there are {', '.join(sorted(fields))}")
    return value
