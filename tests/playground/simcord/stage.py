"""What a stage has to offer, and the transcript that is kept of a script."""

import logging
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any, Protocol

import discord

from tests.playground.simcord.actions import Action, Step

Json = dict[str, Any]

PLACES = ("portraits", "gallery", "lounge")
PEOPLE = ("ada", "ben")


@dataclass(frozen=True, slots=True)
class Call:
    """A request of the bot; `outcome` is "ok", or status and code of the refusal ("400 50035")."""

    method: str
    path: str
    body: Any
    outcome: str
    answer: Any

    @property
    def title(self) -> str:
        """Return method and path."""
        return f"{self.method} {self.path}"


@dataclass(frozen=True, slots=True)
class Event:
    """A dispatch that reached the bot."""

    name: str
    data: Json


@dataclass(slots=True)
class Scene:
    """What one step led to: requests and events in their order, and what people see of each place afterwards."""

    name: str
    is_refused: bool = False
    calls: list[Call] = field(default_factory=list)
    events: list[Event] = field(default_factory=list)
    seen: dict[str, list[Json]] = field(default_factory=dict)


class RefusedError(Exception):
    """A person's Discord does not let them do that."""


class Complaints(logging.Handler):
    """What went wrong in the bot and was logged."""

    def __init__(self) -> None:
        super().__init__(logging.ERROR)
        self.found: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        """Keep it with its traceback."""
        self.found.append(self.format(record))


@contextmanager
def without_complaint() -> Iterator[None]:
    """Fail when an error is logged."""
    complaints, logger = Complaints(), logging.getLogger()
    logger.addHandler(complaints)
    try:
        yield
    finally:
        logger.removeHandler(complaints)
    assert not complaints.found, "\n".join(complaints.found)


class Stage(Protocol):
    """A Discord with `PEOPLE`, `PLACES` and a connected bot; `names` has the ids of all of them."""

    names: dict[str, str]
    calls: list[Call]
    events: list[Event]

    async def perform(self, action: Action) -> None:
        """Let somebody do something and wait until the bot is done with it. Raises RefusedError."""

    async def messages(self, who: str, place: str) -> list[Json]:
        """Return what somebody sees in a place, oldest first; `place` may be "dm"."""


def record_events(bot: discord.Client, events: list[Event]) -> None:
    """Write down every dispatch that the bot's library takes."""
    parsers = bot._connection.parsers
    for name, parser in list(parsers.items()):

        def heard(data: Any, name: str = name, parser: Any = parser) -> None:  # noqa: ANN401 (as the library has it)
            events.append(Event(name, _copied(data)))
            parser(data)

        parsers[name] = heard


def _copied(value: Any) -> Any:  # noqa: ANN401 (JSON)
    """Return a copy: the library changes what it is given."""
    if isinstance(value, dict):
        return {str(key): _copied(one) for key, one in value.items()}
    return [_copied(one) for one in value] if isinstance(value, list | tuple) else value


def newest(messages: Sequence[Json], *, content: str | None = None, custom_id: str | None = None) -> Json:
    """Return the newest message with that content, or with a component of that id."""
    for message in reversed(messages):
        if content is not None and message["content"] == content:
            return message
        if custom_id is not None and any(one.get("custom_id") == custom_id for one in parts(message)):
            return message
    raise LookupError(f"nobody sees a message with {content or custom_id!r}")


def parts(component: Json) -> Iterable[Json]:
    """Yield the components below a message or a component."""
    below = [*component.get("components", ()), component.get("accessory"), component.get("component")]
    for one in filter(None, below):
        yield one
        yield from parts(one)


async def play(stage: Stage, script: Iterable[Step]) -> list[Scene]:
    """Go through a script; the first scene is what happened before it."""
    scenes = [await _closed(stage, Scene("ready"))]
    for step in script:
        scene = Scene(step.name)
        try:
            await stage.perform(step.action)
        except RefusedError:
            scene.is_refused = True
        scenes.append(await _closed(stage, scene))
    return scenes


async def _closed(stage: Stage, scene: Scene) -> Scene:
    scene.calls, scene.events = list(stage.calls), list(stage.events)
    stage.calls.clear()
    stage.events.clear()
    for who in PEOPLE:
        for place in (*PLACES, "dm"):
            scene.seen[f"{place} of {who}"] = await stage.messages(who, place)
    return scene
