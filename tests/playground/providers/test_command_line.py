"""`python -m playground.providers` as a process of its own."""

import asyncio
import json
import signal
import sys
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from tests.waiting import HANGS_AFTER_S

ROOT = Path(__file__).parents[3]


async def begun(*arguments: str) -> asyncio.subprocess.Process:
    command = (sys.executable, "-m", "playground.providers", *arguments)
    pipe = asyncio.subprocess.PIPE
    return await asyncio.create_subprocess_exec(*command, stdout=pipe, stderr=pipe, cwd=ROOT)


async def announced(process: asyncio.subprocess.Process) -> dict[str, Any]:
    assert process.stdout is not None
    async with asyncio.timeout(HANGS_AFTER_S):
        about: dict[str, Any] = json.loads(await process.stdout.readline())
        return about


async def silent(session: aiohttp.ClientSession, calls_url: str) -> None:
    """Wait until a second request came that is not answered."""
    statuses: list[int] = []
    async with asyncio.timeout(HANGS_AFTER_S):
        while statuses != [200, 0]:
            async with session.get(calls_url) as answer:
                statuses = [call["status"] for call in (await answer.json())["calls"]]


async def ended(process: asyncio.subprocess.Process) -> tuple[int | None, bytes, bytes]:
    async with asyncio.timeout(HANGS_AFTER_S):
        out, err = await process.communicate()
    return process.returncode, out, err


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
async def test_prints_one_line_and_leaves_cleanly(number: signal.Signals) -> None:
    process = await begun("--port", "0", "--pace", "0")
    about = await announced(process)
    assert set(about) == {"fal", "bfl", "modelslab", "openai", "control"}
    assert set(about["fal"]) == {"queue", "rest", "cdn", "key"}
    assert set(about["openai"]) == set(about["bfl"]) == set(about["modelslab"]) == {"url", "key"}
    assert about["openai"]["url"].endswith("/openai/v1")
    headers = {"Authorization": f"Key {about['fal']['key']}"}
    async with aiohttp.ClientSession(headers=headers) as session:
        async with session.post(f"{about['fal']['queue']}/fal-ai/flux/dev", json={"prompt": "x"}) as answer:
            assert answer.status == 200
        async with session.get(f"{about['control']}/calls") as answer:
            assert [call["status"] for call in (await answer.json())["calls"]] == [200]
    process.send_signal(number)
    assert await ended(process) == (0, b"", b"")


async def test_leaves_with_an_order_under_way_and_a_silent_request() -> None:
    process = await begun("--port", "0", "--pace", "1000")
    about = await announced(process)
    headers = {"Authorization": f"Key {about['fal']['key']}"}
    # A second POST, because aiohttp sends a GET whose connection ends once more, perhaps to a server not quite gone.
    script = {"provider": "fal", "match": {"method": "POST"}, "steps": [{}, {"never": True}]}
    url, order = f"{about['fal']['queue']}/fal-ai/flux/dev", {"prompt": "x"}
    async with aiohttp.ClientSession(headers=headers) as session:
        async with session.post(f"{about['control']}/script", json=script) as answer:
            assert answer.status == 200
        async with session.post(url, json=order) as answer:
            assert answer.status == 200
        waiting = asyncio.create_task(session.post(url, json=order).__aenter__())
        await silent(session, f"{about['control']}/calls")
        process.send_signal(signal.SIGTERM)
        code, out, err = await ended(process)
        assert (code, out, err) == (0, b"", b"")
        with pytest.raises(aiohttp.ClientError):
            await waiting


async def test_a_port_that_is_taken_is_said_in_one_sentence() -> None:
    first = await begun("--port", "0")
    about = await announced(first)
    port = about["control"].rpartition(":")[2].partition("/")[0]
    code, out, err = await ended(await begun("--port", port))
    assert (code, out) == (1, b"")
    assert err.decode().startswith(f"Cannot listen on 127.0.0.1:{port}: ")
    assert len(err.splitlines()) == 1
    first.send_signal(signal.SIGTERM)
    await ended(first)
