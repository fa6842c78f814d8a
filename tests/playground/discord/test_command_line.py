"""`python -m playground.discord` as a process of its own."""

import asyncio
import json
import signal
import sys
from pathlib import Path
from typing import Any

import aiohttp

ROOT = Path(__file__).parents[3]


async def started(*arguments: str) -> tuple[asyncio.subprocess.Process, dict[str, Any]]:
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "playground.discord",
        "--port",
        "0",
        *arguments,
        stdout=asyncio.subprocess.PIPE,
        cwd=ROOT,
    )
    assert process.stdout is not None
    async with asyncio.timeout(20):
        return process, json.loads(await process.stdout.readline())


async def stopped(process: asyncio.subprocess.Process, number: signal.Signals) -> tuple[int, bytes]:
    process.send_signal(number)
    async with asyncio.timeout(10):
        rest, _ = await process.communicate()
    return process.returncode or 0, rest


async def test_prints_one_line_and_leaves_on_sigterm() -> None:
    process, about = await started()
    identity = {"application_id", "token", "public_key", "client_secret"}
    assert set(about) == {"base", "api", "gateway", "key"} | identity
    assert about["api"] == about["base"] + "/api/v10"
    assert len(bytes.fromhex(about["public_key"])) == 32
    assert await stopped(process, signal.SIGTERM) == (0, b"")


async def test_keeps_identity_and_messages_when_it_is_killed(tmp_path: Path) -> None:
    abouts = []
    for number in (signal.SIGKILL, signal.SIGTERM):
        process, about = await started("--data", str(tmp_path))
        abouts.append(about)
        headers = {"X-Playground-Key": about["key"]}
        async with aiohttp.ClientSession(about["base"], headers=headers) as session:
            if number is signal.SIGKILL:
                async with session.post(
                    "/play/say", json={"user": "ada", "channel": "lounge", "content": "x"}
                ) as said:
                    assert said.status == 200
                await asyncio.sleep(1.5)
            async with session.get("/play/messages?user=ada&channel=lounge") as seen:
                assert [one["content"] for one in (await seen.json())["messages"]] == ["x"]
        await stopped(process, number)
    assert abouts[0]["token"] == abouts[1]["token"]
    assert abouts[0]["key"] == abouts[1]["key"]
