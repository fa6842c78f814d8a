"""B5: yesterday's database comes back, by our verb, by a plain copy, or with its whole folder; nothing is sent again.

Judged by the books of the stand-in image services and by what stands in the local Discord.
"""

import asyncio
import json
import shutil
import signal
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import aiohttp

from tests.e2e.play import Json, Play, is_finished
from tests.e2e.service import ROOT, Limner, play, running
from tests.waiting import HANGS_AFTER_S, until

OPEN = "SELECT count(*) FROM jobs WHERE state IN ('queued', 'submitting', 'waiting', 'fetching')"
ON_THE_WAY = "SELECT count(*) FROM deliveries WHERE state IN ('pending', 'trying')"
STATE = "SELECT count(*) FROM jobs WHERE state = '{}'"
DATABASE = ("limner.db", "limner.db-wal", "limner.db-shm")
BESIDE = ("limner.db.sends", "limner.db.place")


async def control(limner: Limner, method: str, path: str, body: Json | None = None) -> Json:
    said = json.loads((limner.folder / "providers.json").read_text("utf-8"))
    async with (
        aiohttp.ClientSession() as session,
        session.request(method, f"{said['control']}/{path}", json=body) as answer,
    ):
        assert answer.status == 200, await answer.text()
        said_back: Json = await answer.json()
        return said_back


async def orders(limner: Limner) -> int:
    """Return how many orders have reached fal, by its own books."""
    calls = (await control(limner, "GET", "calls?provider=fal"))["calls"]
    return sum(call["method"] == "POST" and "/fal-ai/" in call["path"] for call in calls)


async def verb(limner: Limner, *arguments: str) -> str:
    """Run a verb of `bot.py` to its end and return what it said."""
    process = await asyncio.create_subprocess_exec(
        sys.executable, "bot.py", *arguments,
        cwd=ROOT,
        env=limner.environment, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.STDOUT,
    )  # fmt: skip
    async with asyncio.timeout(HANGS_AFTER_S):
        said, _ = await process.communicate()
    assert process.returncode == 0, said.decode()
    return said.decode()


@asynccontextmanager
async def held_still(limner: Limner) -> AsyncIterator[None]:
    """Stop the bot between two instructions, as a snapshot of its disk would."""
    assert limner.process is not None
    limner.process.send_signal(signal.SIGSTOP)
    yield
    limner.process.send_signal(signal.SIGCONT)


def copy_files(names: tuple[str, ...], source: Path, target: Path) -> None:
    """Copy what is there of these files, and delete what is not."""
    target.mkdir(exist_ok=True)
    for name in names:
        (target / name).unlink(missing_ok=True)
        if (source / name).exists():
            shutil.copy(source / name, target / name)


async def until_quiet(limner: Limner) -> None:
    """Wait until no job is open and no result is on its way."""
    await until(lambda: limner.count(OPEN) + limner.count(ON_THE_WAY) == 0)


async def pictures(hands: Play) -> list[str]:
    """Return the messages that show pictures."""
    found = await hands.messages("ada")
    return [message["id"] for message in found if message["attachments"] and is_finished(message)]


async def take_up(limner: Limner, sent: int, shown: list[str], how: str) -> None:
    """Start on what was put back, let it do what it does, and look whether anything was sent or shown again."""
    await limner.start()
    await until_quiet(limner)
    async with play(limner) as hands:
        assert await orders(limner) == sent, how
        assert await pictures(hands) == shown, how
    assert limner.count(STATE.format("failed")) > 0, how
    assert "is older than what came after it" in limner.log
    await limner.kill()


async def test_b5_a_restore_of_an_older_database_sends_and_shows_nothing_again(
    folder: Path, tmp_path: Path
) -> None:
    plain, whole, copy = tmp_path / "plain", tmp_path / "whole", tmp_path / "copy.db"
    settings = {"LIMNER_PLAYGROUND": "providers", "LIMNER_USER_RUNNING": "2"}
    async with running(folder, **settings) as (limner, hands):
        await control(limner, "POST", "pace", {"seconds": 0, "hold": 0})
        asked = {"prompt": "a baker", "model": "fal/flux-dev", "count": 4}
        await hands.type("ada", "imagine", asked, wait=3)
        await until(lambda: limner.count(STATE.format("waiting")) == 2)
        in_line = limner.count(STATE.format("queued"))

        await verb(limner, "backup", str(copy))
        async with held_still(limner):
            copy_files(DATABASE, folder, plain)
            copy_files(DATABASE + BESIDE, folder, whole)
        await control(limner, "POST", "pace", {"seconds": 0, "hold": None})
        await until_quiet(limner)
        sent, shown = await orders(limner), await pictures(hands)
        await limner.kill()

        assert in_line == 2
        assert sent == 4
        assert len(shown) == 1

        await verb(limner, "restore", str(copy))
        await take_up(limner, sent, shown, "the verb")
        copy_files(DATABASE, plain, folder)
        await take_up(limner, sent, shown, "a plain copy")
        copy_files(DATABASE + BESIDE, whole, folder)
        await take_up(limner, sent, shown, "the whole folder")
