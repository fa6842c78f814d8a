"""One script, two Discords: the transcripts are equal but for the exceptions, and every exception is needed."""

import asyncio
from pathlib import Path

import pytest

from tests.playground.simcord.acting_bot import ActingBot
from tests.playground.simcord.compare import EXCEPTED, Comparison, summary
from tests.playground.simcord.exceptions import EXCEPTIONS
from tests.playground.simcord.limner import limner_scenes
from tests.playground.simcord.local_stage import local_stage
from tests.playground.simcord.normalise import normalised
from tests.playground.simcord.script import SCRIPT
from tests.playground.simcord.simcord_stage import simcord_stage
from tests.playground.simcord.stage import Scene, play

Pair = tuple[list[Scene], list[Scene]]


async def acting_pair(folder: Path) -> Pair:
    """Return ours and SimCord's."""
    async with local_stage(ActingBot(), folder / "discord") as stage:
        ours = normalised(await play(stage, SCRIPT), stage.names)
    async with simcord_stage(ActingBot()) as other:
        return ours, normalised(await play(other, SCRIPT), other.names)


async def limner_pair(folder: Path, template: Path) -> Pair:
    """Return ours and SimCord's."""
    ours = await limner_scenes(lambda bot: local_stage(bot, folder / "discord"), folder / "ours", template)
    return ours, await limner_scenes(simcord_stage, folder / "theirs", template)


def compared(pair: Pair) -> Comparison:
    comparison = Comparison()
    comparison.scenes(*pair)
    return comparison


@pytest.fixture(scope="module")
def scenes(tmp_path_factory: pytest.TempPathFactory) -> Pair:
    return asyncio.run(acting_pair(tmp_path_factory.mktemp("acting")))


@pytest.fixture(scope="module")
def acting(scenes: Pair) -> Comparison:
    return compared(scenes)


@pytest.fixture(scope="module")
def limner(tmp_path_factory: pytest.TempPathFactory, _sqlite_template: Path) -> Comparison:
    return compared(asyncio.run(limner_pair(tmp_path_factory.mktemp("limner"), _sqlite_template)))


def test_the_acting_bot_meets_the_same_on_both(acting: Comparison) -> None:
    assert not acting.found, f"\n{summary(acting.found)}"


def test_limner_meets_the_same_on_both(limner: Comparison) -> None:
    assert not limner.found, f"\n{summary(limner.found)}"


def test_every_field_of_every_exception_is_needed(acting: Comparison, limner: Comparison) -> None:
    assert EXCEPTED - acting.used - limner.used == set()


def test_there_are_ten_exceptions_at_most() -> None:
    assert len(EXCEPTIONS) <= 10
    assert all(one.why.endswith(".") for one in EXCEPTIONS)


def test_what_the_script_expects_to_be_refused_is_refused(scenes: Pair) -> None:
    ours, _ = scenes
    codes = {call.outcome for scene in ours for call in scene.calls}
    assert codes >= {
        "ok",
        "400 40060",
        "400 50035",
        "403 50001",
        "403 50013",
        "403 50005",
        "404 10003",
        "404 10008",
    }
    assert [scene.name for scene in ours if scene.is_refused] == [
        "a word too short",
        "a number too high",
        "no such choice",
        "an option missing",
        "an option that is not there",
        "too many chosen",
        "nobody such to choose",
    ]
