"""How much work something is, in figures that do not depend on how fast or how busy the machine is."""

import sys
import time
from collections.abc import Callable
from types import FrameType
from typing import Any


def steps_of(work: Callable[[], object]) -> int:
    """Return how many lines of Python `work` runs, its calls included. What is written in C counts nothing."""
    steps = 0

    def count(_frame: FrameType, _event: str, _argument: object) -> Any:  # noqa: ANN401 - as sys.settrace has it
        nonlocal steps
        steps += 1
        return count

    before = sys.gettrace()
    sys.settrace(count)
    try:
        work()
    finally:
        sys.settrace(before)
    return steps


def processor_s(work: Callable[[], object]) -> float:
    """Return the least processor time of seven runs of `work`: what others run meanwhile is not in it."""
    taken_s = []
    for _ in range(7):
        started_s = time.thread_time()
        work()
        taken_s.append(time.thread_time() - started_s)
    return min(taken_s)
