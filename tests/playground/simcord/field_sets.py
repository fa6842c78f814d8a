"""Which fields SimCord sends, by kind of object; the kinds are those of `kinds.py`."""

import asyncio
from collections import defaultdict
from collections.abc import Iterator, Mapping

from tests.playground.simcord.acting_bot import ActingBot
from tests.playground.simcord.kinds import EVENTS, answer_kind, objects_in
from tests.playground.simcord.script import SCRIPT
from tests.playground.simcord.simcord_stage import simcord_stage
from tests.playground.simcord.stage import Json, Scene, play


async def simcord_scenes() -> list[Scene]:
    """Play the acting bot's script on SimCord, and return what happened as it was sent."""
    async with simcord_stage(ActingBot()) as stage:
        return await play(stage, SCRIPT)


def field_sets() -> Mapping[str, frozenset[str]]:
    """Return the fields that SimCord sends, in its events and its answers; not for use in a running event loop."""
    found: dict[str, set[str]] = defaultdict(set)
    for kind, sent in _sent(asyncio.run(simcord_scenes())):
        found[kind] |= sent.keys()
    return {kind: frozenset(names) for kind, names in found.items()}


def _sent(scenes: list[Scene]) -> Iterator[tuple[str, Json]]:
    for scene in scenes:
        for event in scene.events:
            yield from ((kind, one) for kind, _, one in objects_in(EVENTS[event.name], event.data))
        for call in scene.calls:
            yield from ((kind, one) for kind, _, one in objects_in(answer_kind(call.path), call.answer))
