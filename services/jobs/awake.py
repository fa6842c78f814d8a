"""A clock that goes on while this process is stopped, or its machine sleeps: others may have taken over meanwhile."""

import time


def clock_s() -> float:
    """Return the clock, in seconds from an unknown moment; sleep of the machine counts on Linux only."""
    return time.clock_gettime(getattr(time, "CLOCK_BOOTTIME", time.CLOCK_MONOTONIC))
