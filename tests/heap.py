"""What collection leaves stays until the end: the collector of garbage does not have to go through it again and again.

Modules and test items of the whole suite are some 600,000 objects. Nothing of them is garbage, and every pass over the
oldest generation would visit them all, while they are made as well as during each test.
"""

import gc
from collections.abc import Generator
from typing import Any

import pytest


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_collection() -> Generator[None, Any, Any]:
    """Collect tests without collecting garbage, and leave all that there is then out of every later pass."""
    gc.disable()
    try:
        return (yield)
    finally:
        gc.collect()
        gc.freeze()
        gc.enable()
