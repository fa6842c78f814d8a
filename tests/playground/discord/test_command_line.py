"""`python -m playground.discord` as a process of its own."""

import json
import signal
from pathlib import Path

import aiohttp

from tests.playground.discord.server_process import started, stopped
from tests.waiting import until


async def test_prints_one_line_and_leaves_on_sigterm() -> None:
    process, about = await started()
    identity = {"application_id", "token", "public_key", "client_secret"}
    assert set(about) == {"base", "api", "gateway", "key"} | identity
    assert about["api"] == about["base"] + "/api/v10"
    assert len(bytes.fromhex(about["public_key"])) == 32
    assert await stopped(process, signal.SIGTERM) == (0, b"")


def is_kept(folder: Path, name: str) -> bool:
    """Return whether the snapshot holds something of that name."""
    file = folder / "state.json"
    return file.exists() and bool(json.loads(file.read_text("utf-8")).get(name))


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
                await until(lambda: is_kept(tmp_path, "messages"))
            async with session.get("/play/messages?user=ada&channel=lounge") as seen:
                assert [one["content"] for one in (await seen.json())["messages"]] == ["x"]
        await stopped(process, number)
    assert abouts[0]["token"] == abouts[1]["token"]
    assert abouts[0]["key"] == abouts[1]["key"]
