"""Ctrl-C ends a test, and a run of a loop does not cost the text of what it gives."""

import asyncio
import signal

import pytest


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


def test_ctrl_c_interrupts_a_test() -> None:
    with pytest.raises(KeyboardInterrupt):
        signal.raise_signal(signal.SIGINT)


def test_ctrl_c_interrupts_a_run_of_a_loop() -> None:
    async def interrupted() -> None:
        signal.raise_signal(signal.SIGINT)
        await asyncio.Event().wait()

    with pytest.raises(KeyboardInterrupt):
        asyncio.run(interrupted())
