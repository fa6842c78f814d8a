"""Snapshots: torn ones, full disks, and those of the version before."""

import asyncio
import json
import logging
from pathlib import Path
from typing import Any

import pytest

from playground.discord.app import running
from playground.discord.local import LocalDiscord
from playground.discord.oauth import Grant
from tests.waiting import until

DISK_IS_FULL = Path("/dev/full")


async def kept(folder: Path) -> dict[str, Any]:
    """The snapshot of a server that ran in the folder."""
    local = LocalDiscord(folder, is_kept=True)
    async with running(local, 0):
        local.world.add_user("eve")
        ada, bot = local.world.user("ada").id, local.world.application("").id
        local.oauth.issue_token(Grant(bot, ada, ("identify", "guilds")), refreshable=True)
    return dict(json.loads((folder / "state.json").read_text()))


def names(folder: Path) -> set[str]:
    return {one.name for one in LocalDiscord(folder, is_kept=True).world.users.values()}


async def test_snapshot_brings_everything_back(tmp_path: Path) -> None:
    before = await kept(tmp_path)
    local = LocalDiscord(tmp_path, is_kept=True)
    async with running(local, 0):
        pass
    after = json.loads((tmp_path / "state.json").read_text())
    assert before == after
    assert before["oauth"][0]["grant"]["scopes"] == ["identify", "guilds"]


async def test_torn_new_snapshot_leaves_the_old_one(tmp_path: Path) -> None:
    await kept(tmp_path)
    (tmp_path / "state.new").write_text('{"about": {"key": "x"')
    assert "eve" in names(tmp_path)


@pytest.mark.skipif(not DISK_IS_FULL.exists(), reason=f"there is no {DISK_IS_FULL}")
async def test_full_disk_leaves_the_old_snapshot_and_the_next_write_succeeds(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    await kept(tmp_path)
    local = LocalDiscord(tmp_path, is_kept=True)
    async with running(local, 0):
        (tmp_path / "state.new").symlink_to(DISK_IS_FULL)
        local.world.add_user("fay")
        with caplog.at_level(logging.WARNING):
            assert not await local.store.write()
        assert "the last snapshot stays" in caplog.text
        assert {"eve", "fay"} & names(tmp_path) == {"eve"}
        assert await local.store.write()
        assert {"eve", "fay"} <= names(tmp_path)


@pytest.mark.skipif(not DISK_IS_FULL.exists(), reason=f"there is no {DISK_IS_FULL}")
async def test_background_writing_goes_on_after_a_full_disk(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    await kept(tmp_path)
    local = LocalDiscord(tmp_path, is_kept=True)
    async with running(local, 0):
        (tmp_path / "state.new").symlink_to(DISK_IS_FULL)
        local.world.add_user("fay")
        local.store.touch()
        await until(lambda: "the last snapshot stays" in caplog.text)
        await until(
            lambda: "fay" in json.loads((tmp_path / "state.json").read_text())["world"]["users"][-1]["name"]
        )


async def test_server_stops_in_order_on_a_full_disk(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    await kept(tmp_path)
    local = LocalDiscord(tmp_path, is_kept=True)
    async with running(local, 0):
        base = local.base
        (tmp_path / "state.new").mkdir()  # a folder in the way: writing fails as on a full disk
    assert "the last snapshot stays" in caplog.text
    with pytest.raises(OSError):  # noqa: PT011 (whatever the system says: nobody listens there any more)
        await asyncio.open_connection("127.0.0.1", int(base.rpartition(":")[2]))
    (tmp_path / "state.new").rmdir()
    assert "eve" in names(tmp_path)


async def test_snapshot_of_the_version_before_loads(tmp_path: Path) -> None:
    older = await kept(tmp_path)
    del older["oauth"]
    for application in older["world"]["applications"]:
        del application["client_secret"], application["redirect_uris"]
    for stored in older["files"]:
        del stored["title"]
    (tmp_path / "state.json").write_text(json.dumps(older))
    local = LocalDiscord(tmp_path, is_kept=True)
    async with running(local, 0):
        secret = local.announcement()["client_secret"]
    assert len(secret) >= 32
    again = LocalDiscord(tmp_path, is_kept=True)
    assert again.world.application("").client_secret == secret


async def test_nothing_is_kept_without_a_wish(tmp_path: Path) -> None:
    local = LocalDiscord(tmp_path, is_kept=False)
    async with running(local, 0):
        local.store.touch()
        assert await local.store.write()
    assert not (tmp_path / "state.json").exists()
