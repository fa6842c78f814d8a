"""The witness over gateway frames finds what is wrong, and only that."""

import pytest

from playground.discord import objects
from playground.discord.errors import Json
from playground.discord.world import World
from tests.discord_specs.gateway import GatewaySchemas
from tests.discord_specs.schemas import Value

PROPERTIES = {"os": "linux", "browser": "a", "device": "a"}
IDENTIFY = {"token": "a", "intents": 1, "properties": PROPERTIES}
REACTION = {
    "user_id": "1", "channel_id": "2", "message_id": "3", "emoji": {"id": None, "name": "⭐"}, "burst": False, "type": 0
}  # fmt: skip


def dispatch(name: str, data: Value) -> Json:
    return {"op": 0, "s": 1, "t": name, "d": data}


def beat(**changed: Value) -> Json:
    return {"op": 11, "s": None, "t": None, "d": None} | changed


GOOD = {
    "HELLO": ("out", {"op": 10, "s": None, "t": None, "d": {"heartbeat_interval": 41_250}}),
    "an acknowledged beat": ("out", beat()),
    "a reaction": ("out", dispatch("MESSAGE_REACTION_REMOVE", REACTION)),
    "IDENTIFY": ("in", {"op": 2, "d": IDENTIFY}),
    "a beat": ("in", {"op": 1, "d": 7}),
}
# what is wrong: the frame, and what the witness's line says
BAD = {
    "no opcode": ("out", {}, "no opcode"),
    "an unknown opcode": ("in", {"op": 99}, "op 99 is unknown"),
    "an unknown event": ("out", dispatch("CASTLE_CREATE", {}), "CASTLE_CREATE is unknown"),
    "an unnumbered dispatch": (
        "out",
        dispatch("MESSAGE_REACTION_REMOVE", REACTION) | {"s": None},
        "s is None",
    ),
    "a numbered beat": ("out", beat(s=1), "s is 1"),
    "a frame without t": ("out", {"op": 11, "s": None, "d": None}, "t is missing"),
    "a missing field": (
        "out",
        dispatch("MESSAGE_REACTION_REMOVE", {key: REACTION[key] for key in REACTION if key != "emoji"}),
        '"emoji" is a required property',
    ),
    "a wrong type": ("in", {"op": 2, "d": IDENTIFY | {"intents": "1"}}, "at /intents"),
    "a nameless client": ("in", {"op": 2, "d": IDENTIFY | {"token": None}}, "at /token"),
}


@pytest.mark.parametrize("case", GOOD)
def test_passes_a_good_frame(gateway: GatewaySchemas, case: str) -> None:
    assert gateway.problems(*GOOD[case]) == []


@pytest.mark.parametrize("case", BAD)
def test_names_what_is_wrong_in_a_frame(gateway: GatewaySchemas, case: str) -> None:
    direction, frame, said = BAD[case]
    lines = gateway.problems(direction, frame)
    assert len(lines) == 1
    assert said in lines[0]


def test_misses_fields_of_a_guild_at_every_depth(gateway: GatewaySchemas, world: World) -> None:
    guild = next(iter(world.guilds.values()))
    whole = objects.guild_create_object(world, guild, world.application("").id)
    assert gateway.problems("out", dispatch("GUILD_CREATE", whole)) == []
    for name in ("large", "members", "roles", "preferred_locale"):
        less = {key: value for key, value in whole.items() if key != name}
        lines = gateway.problems("out", dispatch("GUILD_CREATE", less))
        assert lines == [f'frame out GUILD_CREATE at /: "{name}" is a required property']
    del whole["roles"][0]["colors"]
    lines = gateway.problems("out", dispatch("GUILD_CREATE", whole))
    assert lines == ['frame out GUILD_CREATE at /roles/0: "colors" is a required property']
