"""What a server that ends, or whose disk is full, keeps; and that no other one takes its folder meanwhile."""

import asyncio
import json
import logging
import os
import signal
import sys
from pathlib import Path

import aiohttp
import pytest

from playground.discord.app import running
from playground.discord.folder_lock import FolderInUseError, owned
from playground.discord.local import LocalDiscord
from tests.playground.discord.conftest import People
from tests.playground.discord.server_process import started, stopped
from tests.waiting import HANGS_AFTER_S, until

ROOT = Path(__file__).resolve().parents[3]


async def test_keeps_a_message_that_is_still_being_written_when_the_server_ends(tmp_path: Path) -> None:
    local = LocalDiscord(tmp_path, is_kept=True)
    local.ids.last = int(local.ids.next()) << 1  # far ahead of the clock, so that the next ids are known
    pipe = tmp_path / "files" / str(local.ids.last + 1)
    os.mkfifo(pipe)  # whoever writes into it waits until somebody reads

    async def read_when_it_ends() -> None:
        await local.closing.wait()
        for _ in range(20):
            await asyncio.sleep(0)  # the server goes on ending
        await asyncio.to_thread(pipe.read_bytes)

    async with aiohttp.ClientSession(headers={"X-Playground-Key": local.key}) as session:
        async with running(local, 0):
            reading = asyncio.create_task(read_when_it_ends())
            upload = {"filename": "a.txt", "base64": "YQ=="}
            body = {"user": "ada", "channel": "lounge", "content": "late", "files": {"a": upload}}
            saying = asyncio.create_task(session.post(f"{local.base}/play/say", json=body))
            await until(lambda: local.ids.last == int(pipe.name))
        await reading
        assert (await saying).status == 200
    kept = json.loads((tmp_path / "state.json").read_text())["messages"]
    assert [one["wire"]["content"] for one in kept] == ["late"]


async def test_transcript_of_a_full_disk_waits_and_is_written_later(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    local = LocalDiscord(tmp_path, is_kept=True)
    path = tmp_path / "transcript.jsonl"
    async with running(local, 0):
        local.transcript.frame("in", "1", "s", '{"op":1}')
        await local.transcript.flush()
        path.rename(tmp_path / "away")
        path.mkdir()  # a folder in the way: writing fails as on a full disk
        local.transcript.frame("in", "1", "s", '{"op":2}')
        await until(lambda: "the transcript was not written" in caplog.text)
        path.rmdir()
        (tmp_path / "away").rename(path)
        local.transcript.frame("in", "1", "s", '{"op":3}')
        # the background goes on by itself
        await until(lambda: path.read_text().count("\n") == 3)
        entries, following = await local.transcript.read(0, 10)
    assert [one["frame"]["op"] for one in entries] == [1, 2, 3]
    assert following == 3


async def test_state_is_kept_though_the_transcript_cannot_be_written_at_the_end(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    local = LocalDiscord(tmp_path, is_kept=True)
    with caplog.at_level(logging.WARNING):
        async with running(local, 0):
            (tmp_path / "transcript.jsonl").mkdir()
            local.transcript.frame("in", "1", "s", '{"op":1}')
            local.world.add_user("eve")
    assert "the transcript was not written" in caplog.text
    (tmp_path / "transcript.jsonl").rmdir()
    assert local.world.user("eve") == LocalDiscord(tmp_path, is_kept=True).world.user("eve")


async def test_a_second_server_on_the_same_folder_is_refused_in_one_sentence(tmp_path: Path) -> None:
    process, about = await started("--data", str(tmp_path))
    second = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "playground.discord", "--port", "0", "--data", str(tmp_path),
        cwd=ROOT, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE,
    )  # fmt: skip
    async with asyncio.timeout(HANGS_AFTER_S):
        said, complained = await second.communicate()
    assert (second.returncode, said) == (1, b"")
    assert complained.decode() == f"another local Discord serves {tmp_path}\n"
    async with aiohttp.ClientSession(headers={"X-Playground-Key": about["key"]}) as session:
        assert (await session.get(f"{about['base']}/play/state")).status == 200
    await stopped(process, signal.SIGTERM)


def test_a_folder_is_free_again_when_its_server_has_ended(tmp_path: Path) -> None:
    with owned(tmp_path), pytest.raises(FolderInUseError), owned(tmp_path, wait_s=0.1):
        pass
    with owned(tmp_path, wait_s=0.1):
        assert (tmp_path / "lock").exists()


async def test_no_secret_stands_in_the_transcript(people: People) -> None:
    secret = people.about["client_secret"]
    form = {"grant_type": "client_credentials", "scope": "identify", "client_secret": secret}
    async with people.session.post(
        f"{people.about['api']}/oauth2/token", data=form | {"client_id": people.about["application_id"]}
    ) as response:
        access = (await response.json())["access_token"]
    await people.rest("GET", "/users/@me")
    async with people.session.ws_connect(people.about["gateway"]) as socket:
        await socket.receive_json()
        identify = {"token": people.about["token"], "intents": 1, "properties": {}}
        await socket.send_json({"op": 2, "d": identify})
        session_id = (await socket.receive_json())["d"]["session_id"]
        resume = {"token": people.about["token"], "session_id": session_id, "seq": 0}
        await socket.send_json({"op": 6, "d": resume})  # 4005, but said
        await socket.receive()
    told = json.dumps(await people.get("transcript?limit=1000"))
    assert session_id in told
    assert all(one not in told for one in (secret, access, people.about["token"], people.about["key"]))
