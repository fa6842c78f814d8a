"""How tests wait: for a condition. The time limit is a guard against hanging, and no claim about speed."""

import asyncio
from collections.abc import Callable
from typing import Final

HANGS_AFTER_S: Final = 240.0
"""Whatever must happen has happened by then on any machine, also on a core that is shared by twenty.

Below the limit of a whole test (`timeout` in pyproject.toml), so that it says what was waited for.
"""

STEP_S: Final = 0.01


async def until(holds: Callable[[], object]) -> None:
    """Wait until something holds. Raises TimeoutError when it never does."""
    async with asyncio.timeout(HANGS_AFTER_S):
        while not holds():
            await asyncio.sleep(STEP_S)
