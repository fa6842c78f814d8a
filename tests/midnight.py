"""No test begins just before midnight: what is spent today would be another day's before the test looks at it.

The service's days and months are those of UTC.
"""

import time
from typing import Final

DAY_S: Final = 86_400
SHORT_BEFORE_S: Final = 20.0
"""Longer than any test takes that asks what was spent today, on a busy machine as well."""
AFTER_S: Final = 1.0


def wait_s(now_s: float) -> float:
    """Return for how many seconds a test that would begin now has to wait, by a Unix time."""
    left_s = DAY_S - now_s % DAY_S
    return left_s + AFTER_S if left_s <= SHORT_BEFORE_S else 0.0


def pytest_runtest_setup() -> None:
    """Let midnight pass before a test."""
    time.sleep(wait_s(time.time()))
