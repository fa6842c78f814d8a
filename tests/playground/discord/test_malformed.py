"""Whatever stands in a body, the answer is a refusal or a success: never a fault of the server."""

import copy
from collections.abc import Iterator
from typing import Any

import pytest

from playground.discord.errors import Problems
from playground.discord.rules.commands import check_command
from tests.playground.discord.conftest import People, Value
from tests.playground.discord.refusals.scene import callback_of, register, unhurried

WRONG: tuple[Value, ...] = (None, -1, "x", [], {}, [[]], {"a": 1}, True, 1.5, 2**70, [None])

CONTAINER = {
    "type": 17,
    "accent_color": 5,
    "components": [
        {
            "type": 9,
            "components": [{"type": 10, "content": "y"}],
            "accessory": {"type": 11, "media": {"url": "https://x.invalid"}},
        },
        {"type": 12, "items": [{"media": {"url": "https://x.invalid"}, "description": "d"}]},
        {"type": 14, "spacing": 1},
        {
            "type": 1,
            "components": [
                {"type": 3, "custom_id": "s", "options": [{"label": "a", "value": "b"}], "min_values": 1}
            ],
        },
    ],
}
EMBED = {
    "title": "t",
    "fields": [{"name": "a", "value": "b"}],
    "footer": {"text": "f"},
    "image": {"url": "https://x"},
}
INPUT = {"type": 4, "custom_id": "x", "style": 1, "min_length": 1, "max_length": 3}
CALLBACKS: dict[str, dict[str, Any]] = {
    "components": {"type": 4, "data": {"flags": 1 << 15, "components": [CONTAINER]}},
    "embeds": {
        "type": 4,
        "data": {"embeds": [EMBED], "allowed_mentions": {"parse": [], "users": []}, "attachments": []},
    },
    "defer": {"type": 5, "data": {"flags": 64}},
    "modal": {
        "type": 9,
        "data": {
            "title": "t",
            "custom_id": "c",
            "components": [{"type": 18, "label": "l", "component": INPUT}],
        },
    },
}
COMMAND = {
    "name": "paint",
    "description": "d",
    "name_localizations": {"de": "malen"},
    "contexts": [0],
    "options": [{"name": "o", "description": "d", "type": 3, "choices": [{"name": "a", "value": "b"}]}],
}


def places(value: Value, way: tuple[Value, ...] = ()) -> Iterator[tuple[Value, ...]]:
    steps = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for step, inner in steps:
        yield (*way, step)
        yield from places(inner, (*way, step))


def spoilt(value: Value) -> Iterator[Value]:
    """The value with every field in turn replaced by every wrong one."""
    for *way, last in places(value):
        for wrong in WRONG:
            changed = copy.deepcopy(value)
            node = changed
            for step in way:
                node = node[step]
            node[last] = wrong
            yield changed


@pytest.mark.parametrize("case", CALLBACKS)
async def test_answers_a_spoilt_callback_without_a_fault(people: People, case: str) -> None:
    await register(people, {"name": "a", "description": "a"})
    for body in spoilt(CALLBACKS[case]):
        interaction = unhurried(people, await people.slash("a", wait=0))
        status, _ = await people.rest("POST", callback_of(interaction), body)
        assert status in (204, 400), body


def test_checks_a_spoilt_command_without_a_fault() -> None:
    found = 0
    for body in spoilt(COMMAND):
        problems = Problems()
        check_command(body, (), problems)
        found += bool(problems.found)
    assert found > 50
