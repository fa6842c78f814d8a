"""What a local Discord sent, by kinds of message: gateway frames by their event, answers by operation and status."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from playground.discord.routes import ROUTES, Router
from tests.discord_specs.openapi import API
from tests.discord_specs.schemas import Json, Value
from tests.playground.mutation.fields import Mutant, paths_in

_ROUTER = Router(ROUTES)
_FRAMES = {1: "HEARTBEAT", 7: "RECONNECT", 9: "INVALID_SESSION", 10: "HELLO", 11: "HEARTBEAT_ACK"}
_COMMANDS = {1: "slash command", 2: "user command", 3: "message command"}
_COMPONENTS = {2: "button", 3: "select"}
_INTERACTIONS = {4: "autocomplete", 5: "form"}
COMMAND, COMPONENT = 2, 3


@dataclass(frozen=True, slots=True)
class Sent:
    """A body that was sent; `entry` is the line of the transcript that has it."""

    kind: str
    body: Value
    entry: Json


def sent_in(entries: Iterable[Json]) -> Iterator[Sent]:
    """Yield the bodies that the server sent, oldest first."""
    for entry in entries:
        if entry["kind"] == "frame":
            if entry["direction"] == "out":
                yield Sent(frame_kind(entry["frame"]), entry["frame"], entry)
        elif entry["response"] is not None:
            kind = answer_kind(entry["method"], entry["path"], entry["status"])
            yield Sent(kind, entry["response"], entry)


def frame_kind(frame: Json) -> str:
    """Return the kind of a whole frame of the server."""
    if frame["t"] is None:
        return _FRAMES[frame["op"]]
    return interaction_kind(frame["d"]) if frame["t"] == "INTERACTION_CREATE" else str(frame["t"])


def interaction_kind(interaction: Json) -> str:
    """Return the kind of an interaction: what was typed, opened, pressed or filled in."""
    kind, about = interaction["type"], interaction["data"]
    if kind == COMMAND:
        return f"INTERACTION_CREATE {_COMMANDS[about['type']]}"
    if kind == COMPONENT:
        return f"INTERACTION_CREATE {_COMPONENTS[about['component_type']]}"
    return f"INTERACTION_CREATE {_INTERACTIONS[kind]}"


def answer_kind(method: str, path: str, status: int) -> str:
    """Return the kind of an answer: its operation, and its status. Raises LookupError for a path without a route."""
    found = _ROUTER.find(method, API.sub("", path.partition("?")[0]))
    if found is None:
        raise LookupError(f"{method} {path}")
    return f"{method} {found[0].pattern} {status}"


def mutants_of(sent: Iterable[Sent]) -> list[Mutant]:
    """Return every field of every kind of message once."""
    return sorted({Mutant(one.kind, path) for one in sent for path in paths_in(one.body)})
