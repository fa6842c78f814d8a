"""Ctrl-C ends a test, and a run of a loop does not cost the text of what it gives."""

import asyncio
import signal
from collections.abc import Iterator

import pytest

from tests.interrupts import interrupt


@pytest.fixture
def _heard() -> Iterator[None]:
    """What a shell without job control has started in the background is deaf to Ctrl-C, and stays so after the test."""
    before = signal.getsignal(signal.SIGINT)
    if before is signal.SIG_IGN:
        signal.signal(signal.SIGINT, interrupt)
    yield
    signal.signal(signal.SIGINT, before)


class _Told:
    """What remembers that its text was asked for."""

    def __init__(self) -> None:
        self.times = 0

    def __repr__(self) -> str:
        self.times += 1
        return "told"


async def _give(value: _Told) -> _Told:
    return value


def test_a_run_of_a_loop_writes_out_nothing_of_its_result() -> None:
    told = _Told()

    with asyncio.Runner() as runner:
        assert runner.run(_give(told)) is told

    assert told.times == 0


@pytest.mark.usefixtures("_heard")
def test_ctrl_c_interrupts_a_test() -> None:
    with pytest.raises(KeyboardInterrupt):
        signal.raise_signal(signal.SIGINT)


@pytest.mark.usefixtures("_heard")
def test_ctrl_c_interrupts_a_run_of_a_loop() -> None:
    async def interrupted() -> None:
        signal.raise_signal(signal.SIGINT)
        await asyncio.Event().wait()

    with pytest.raises(KeyboardInterrupt):
        asyncio.run(interrupted())
