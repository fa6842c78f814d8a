"""SIGINT has a handler of ours during a run, which does what Python's own does.

Where it has Python's own, asyncio puts another in its place around every run of a loop, and asks for it again after the
run. Before Python 3.12 the signal module then looks the handler up in an enum, which refuses it with its repr: the
whole task with its result, some thousand lines for a fixture that gives an open service. That took as long as to open
it, and a test has five such runs.
"""

import signal
from types import FrameType

import pytest


def interrupt(number: int, frame: FrameType | None) -> None:
    """Do what Python's own handler does."""
    signal.default_int_handler(number, frame)


@pytest.hookimpl
def pytest_sessionstart() -> None:
    """Take the place of Python's own handler."""
    if signal.getsignal(signal.SIGINT) is signal.default_int_handler:
        signal.signal(signal.SIGINT, interrupt)
