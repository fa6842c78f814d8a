"""What a local Discord's transcript says about its bot and about itself."""

import json
import re
from collections.abc import Collection, Iterable, Iterator
from functools import cache
from pathlib import Path

from tests.discord_specs.counting import count
from tests.discord_specs.gateway import GatewaySchemas, frame_name
from tests.discord_specs.openapi import OpenApi
from tests.discord_specs.schemas import Json, Value, specs_folder

SHOWN = 20
INVALID_FORM_BODY = 50035
CLOUDFLARES = "429_cloudflare"
"""A fault whose answer does not come from Discord, and is no JSON."""
EVENT = re.compile(r'"t":\s*"(\w+)"')


def check_transcript(folder: Path, *, sends_only_good: bool, expected: Collection[int | str] = ()) -> None:
    """Fail with the first problems of the transcript in a local Discord's data folder.

    `sends_only_good`: whoever spoke to it never sends a bad body; otherwise requests count only where they were taken.
    `expected`: statuses from 500 on and names of events that the test asked for.
    """
    entries = list(entries_of(folder))
    is_whole = bool(entries) and entries[0]["n"] == 1
    assert is_whole or not sends_only_good, f"{folder} holds no whole transcript"
    found = problems(entries, sends_only_good=sends_only_good, expected=expected)
    assert not found, f"{len(found)} problems on the wire, first\n" + "\n".join(found[:SHOWN])


def entries_of(folder: Path) -> Iterator[Json]:
    """Yield what the transcript's files in a local Discord's data folder hold, oldest first."""
    for path in sorted(folder.glob("transcript*.jsonl")):
        with path.open(encoding="utf-8") as lines:
            yield from (json.loads(line) for line in lines if line.endswith("\n"))  # the last may be torn


def problems(
    entries: Iterable[Json], *, sends_only_good: bool, expected: Collection[int | str] = ()
) -> list[str]:
    """Return what is wrong, each thing once; without Discord's schemas only what needs none."""
    folder = specs_folder()
    witnesses = None if folder is None else _witnesses(folder)
    found: dict[str, int] = {}
    for entry in entries:
        if (entry["status"] if entry["kind"] == "request" else _event_of(entry["frame"])) in expected:
            continue
        for line in _entry_problems(entry, witnesses, sends_only_good=sends_only_good):
            found.setdefault(line, entry["n"])
    return [f"{number}: {line}" for line, number in found.items()]


Witnesses = tuple[OpenApi, GatewaySchemas]


@cache
def _witnesses(folder: Path) -> Witnesses:
    return OpenApi(folder), GatewaySchemas(folder)


def _entry_problems(entry: Json, witnesses: Witnesses | None, *, sends_only_good: bool) -> list[str]:
    if entry["kind"] == "frame":
        is_judged = witnesses is not None and (sends_only_good or entry["direction"] == "out")
        return _frame_problems(entry, witnesses[1]) if witnesses and is_judged else []
    if entry.get("fault") == CLOUDFLARES:
        return []
    found = _refusal_problems(entry, sends_only_good=sends_only_good)
    if witnesses is not None and entry["status"] < 500:
        found += _exchange_problems(entry, witnesses[0], sends_only_good=sends_only_good)
    return found


def _refusal_problems(entry: Json, *, sends_only_good: bool) -> list[str]:
    """Judge an answer's status: nothing may be missing or break, and our own bot is never told that its body is bad."""
    what = f"{entry['method']} {entry['path']} answered {entry['status']}"
    if entry["status"] >= 500 and entry.get("fault") is None:
        return [f"{what}, and no fault was asked for: {entry['response']}"]
    response = entry["response"]
    if sends_only_good and isinstance(response, dict) and response.get("code") == INVALID_FORM_BODY:
        return [f"{what}: {json.dumps(response)} to {json.dumps(entry['request'])[:500]}"]
    return []


def _event_of(frame: Value) -> str | None:
    """Return a dispatch's name, also where the frame was cut."""
    if isinstance(frame, str):
        found = EVENT.search(frame)
        return found and found.group(1)
    return frame.get("t") if isinstance(frame, dict) else None


def _frame_problems(entry: Json, gateway: GatewaySchemas) -> list[str]:
    frame = entry["frame"]
    if isinstance(frame, str):
        return [f"frame {entry['direction']} is cut or no JSON: {frame[:100]}"]
    found = gateway.problems(entry["direction"], frame)
    count("frames", frame_name(entry["direction"], frame))
    return found


def _exchange_problems(entry: Json, openapi: OpenApi, *, sends_only_good: bool) -> list[str]:
    if isinstance(entry["response"], str):
        return [f"the answer to {entry['method']} {entry['path']} is cut or no JSON"]
    try:
        operation = openapi.operation(entry["method"], entry["path"])
    except LookupError as error:
        return [str(error)] if sends_only_good or entry["status"] < 400 else []
    if operation is None:
        return []
    found = openapi.response_problems(operation, entry["status"], entry["response"])
    count("responses", f"{operation.name} {entry['status']}")
    if sends_only_good or entry["status"] < 300:
        found += openapi.request_problems(operation, entry["path"], entry["request"])
        count("requests", operation.name)
    return found
