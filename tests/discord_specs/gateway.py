"""Gateway frames, in both directions, against the gateway types of discord-api-types.

The types give flags as closed lists of single bits, so that a sum of two is no member: they count as integers here.
"""

from pathlib import Path

from jsonschema_rs import Validator

from tests.discord_specs.events import EVENTS, FROM_CLIENT, FROM_SERVER, INTERACTIONS, Row
from tests.discord_specs.schemas import Json, Value, compiled, problems_of, read_schema

DISPATCH = 0
ENVELOPE = {"op", "d", "s", "t"}
COMMAND = 2


class GatewaySchemas:
    """The schemas of one folder, with the validators that were needed so far."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._files: dict[str, Json] = {}
        self._validators: dict[tuple[str, str], Validator] = {}

    def problems(self, direction: str, frame: Value) -> list[str]:
        """Return what is wrong with a frame, "in" from the client or "out" to it."""
        if not isinstance(frame, dict) or "op" not in frame:
            return [f"frame {direction}: no opcode"]
        name = frame_name(direction, frame)
        row = self._row(direction, frame)
        found = _envelope_problems(name, frame) if direction == "out" else []
        if row is None:
            return [*found, f"{name} is unknown to the gateway's schemas"]
        return found + problems_of(self._validator(name, row), frame.get("d"), name)

    def _row(self, direction: str, frame: Json) -> Row | None:
        if direction == "in":
            return FROM_CLIENT.get(frame["op"])
        if frame["op"] != DISPATCH:
            return FROM_SERVER.get(frame["op"])
        if frame["t"] != "INTERACTION_CREATE":
            return EVENTS.get(frame["t"])
        return INTERACTIONS.get(_interaction_kind(frame["d"]))

    def _validator(self, name: str, row: Row) -> Validator:
        key = (name, row.file)
        if key not in self._validators:
            self._validators[key] = compiled({**self._file(row.file), **row.schema})
        return self._validators[key]

    def _file(self, name: str) -> Json:
        """Return a file's dialect and definitions, with flags as integers."""
        if name not in self._files:
            read = read_schema(self._folder, f"gateway-{name}.json")
            definitions = {
                one: {"type": "integer"} if one.endswith("Flags") else schema
                for one, schema in read["definitions"].items()
            }
            self._files[name] = {"$schema": read["$schema"], "definitions": definitions}
        return self._files[name]


def frame_name(direction: str, frame: Json) -> str:
    """Return what a frame is called in reports."""
    if direction == "in" or frame["op"] != DISPATCH:
        return f"frame {direction} op {frame['op']}"
    kind = _interaction_kind(frame["d"]) if frame["t"] == "INTERACTION_CREATE" else (None, None)
    return " ".join(["frame out", str(frame["t"]), *(str(one) for one in kind if one is not None)])


def _interaction_kind(interaction: Json) -> tuple[int, int | None]:
    kind = interaction["type"]
    return kind, interaction["data"]["type"] if kind == COMMAND else None


def _envelope_problems(name: str, frame: Json) -> list[str]:
    """Judge the four fields that every frame of the server has; only dispatches are numbered and named."""
    found = [f"{name}: {one} is missing" for one in sorted(ENVELOPE - frame.keys())]
    found += [f"{name}: {one} is unknown" for one in sorted(frame.keys() - ENVELOPE)]
    is_dispatch = frame["op"] == DISPATCH
    for one, kind in (("s", int), ("t", str)):
        if not isinstance(frame.get(one), kind if is_dispatch else type(None)):
            found.append(f"{name}: {one} is {frame.get(one)!r}")
    return found
