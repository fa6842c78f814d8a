"""A watch takes everything that a library can say for a complaint."""

import asyncio
import logging
import sys
import warnings
from collections.abc import Awaitable, Callable
from types import SimpleNamespace

import pytest

from tests.playground.clients.watch import Watch, witnessed

LOGGER = "tests.playground.clients.library"


async def complaint(script: Callable[[Watch], Awaitable[None]], *, guard_s: float = 60.0) -> str:
    """Return the one complaint of a script."""
    [found] = await witnessed(LOGGER, script, guard_s=guard_s)
    return found


async def test_takes_a_warning_in_the_log() -> None:
    async def script(watch: Watch) -> None:
        logging.getLogger(f"{LOGGER}.gateway").warning("odd")
        await watch.told("what never comes")

    assert await complaint(script) == f"log: {LOGGER}.gateway: odd"


async def test_takes_a_warning_of_python() -> None:
    async def script(_watch: Watch) -> None:
        warnings.warn("odd", DeprecationWarning, stacklevel=1)

    assert await complaint(script) == "warning: DeprecationWarning: odd"


async def test_takes_a_traceback_on_stderr() -> None:
    async def script(watch: Watch) -> None:
        sys.stderr.write("Traceback\n")
        await watch.told("what never comes")

    assert await complaint(script) == "stderr: Traceback"


async def test_takes_the_end_of_the_client() -> None:
    async def client() -> None:
        raise KeyError("id")

    async def script(watch: Watch) -> None:
        async with watch.minding(client()):
            await watch.told("what never comes")

    assert await complaint(script) == "the client ended: KeyError('id')"


async def test_takes_an_error_of_the_script_for_what_ended_it() -> None:
    async def script(watch: Watch) -> None:
        async with watch.minding(asyncio.Event().wait()):
            raise ValueError("odd")

    assert (await complaint(script)).startswith("script: ValueError: odd (test_watch.py:")


async def test_takes_standing_still() -> None:
    async def script(watch: Watch) -> None:
        await watch.told("what never comes")

    assert await complaint(script, guard_s=0.05) == "the script stood still for 0.05 s"


@pytest.mark.parametrize("value", [1, "x", None])
async def test_takes_another_value_and_goes_on(value: object) -> None:
    async def script(watch: Watch) -> None:
        watch.compare("thing", SimpleNamespace(a=SimpleNamespace(b=value), c=2), {"a.b": 0, "c": 2})
        watch.tell("gone on")
        await watch.told("gone on")

    assert await complaint(script) == f"thing: a.b is {value!r}, not 0"


async def test_has_nothing_to_say_where_there_is_nothing() -> None:
    async def script(watch: Watch) -> None:
        logging.getLogger(LOGGER).info("all is well")
        watch.compare("thing", SimpleNamespace(a=1), {"a": 1})

    assert await witnessed(LOGGER, script) == []
