"""Limner beside a bare discord.py bot, both over one local Discord: acknowledgements, pictures, memory, start."""

import asyncio
import tempfile
import time
from collections.abc import AsyncIterator, Awaitable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import Any, Final

import aiohttp

from benchmarks.processes import ROOT, Process, running, running_discord, running_limner
from benchmarks.table import Row
from services.features import FeatureFile, draw_face, load_feature_file
from services.images.pixels import PixelWork
from services.providers.sketch.raster import encode
from services.providers.sketch.svg import draw_sketch

ONE_BY_ONE: Final = 200
AT_ONCE: Final = 200
ROUNDS_AT_ONCE: Final = 2
PICTURES: Final = 30
LIBRARY_WAIT_S: Final = 2.0
"""What discord.py waits after the last server before it calls itself ready."""


@dataclass(slots=True)
class Bot:
    """A running bot: its process, application, and how long it took to be ready."""

    name: str
    process: Process
    application_id: str
    start_s: float


@dataclass(slots=True)
class Scene:
    """One local Discord with both bots in it."""

    said: dict[str, str]
    session: aiohttp.ClientSession

    async def call(self, path: str, body: dict[str, Any]) -> dict[str, Any]:
        """Make one call of the `/play/` interface."""
        headers = {"X-Playground-Key": self.said["key"]}
        async with self.session.post(
            f"{self.said['base']}/play/{path}", json=body, headers=headers
        ) as response:
            answer: dict[str, Any] = await response.json()
            if response.status >= 400:
                raise RuntimeError(str(answer))
            return answer

    async def slash(self, bot: Bot, name: str, wait: object, **options: object) -> dict[str, Any]:
        """Type a command of one of the bots."""
        body = {
            "user": "ada", "channel": "portraits", "name": name, "options": options,
            "bot": bot.application_id, "wait": wait,
        }  # fmt: skip
        return await self.call("slash", body)


@asynccontextmanager
async def _bare(scene: Scene, folder: Path, picture: Path) -> AsyncIterator[Bot]:
    made = await scene.call("applications", {"name": "bare"})
    arguments = (made["token"], scene.said["api"], scene.said["gateway"], str(picture))
    started_s = time.monotonic()
    async with running("-m", "benchmarks.bare_bot", *arguments, log=folder / "bare.log") as process:
        await process.line_with("ready")
        yield Bot("bare", process, made["application_id"], time.monotonic() - started_s)


_ROOM: Final = {
    "LIMNER_OPEN_JOBS": "1000",
    "LIMNER_SERVER_OPEN_JOBS": "10000",
    "LIMNER_USER_RUNNING": "1000",
    "LIMNER_SERVER_RUNNING": "10000",
}
"""No cap of one person or server is what is measured."""


@asynccontextmanager
async def _limner(scene: Scene, folder: Path) -> AsyncIterator[Bot]:
    """Run Limner for the second time: the first start makes the database and the keys, once in its life."""
    async with running_limner(folder, scene.said, **_ROOM):
        pass
    started_s = time.monotonic()
    async with running_limner(folder, scene.said, **_ROOM) as process:
        yield Bot("limner", process, scene.said["application_id"], time.monotonic() - started_s)


@asynccontextmanager
async def _scene(folder: Path) -> AsyncIterator[Scene]:
    timeout, connector = aiohttp.ClientTimeout(total=150), aiohttp.TCPConnector(limit=0)
    async with (
        running_discord(folder) as (_, said),
        aiohttp.ClientSession(timeout=timeout, connector=connector) as session,
    ):
        yield Scene(said, session)


def _p99(values: Sequence[float]) -> float:
    return sorted(values)[min(len(values) - 1, int(len(values) * 0.99))]


async def _acks_one_by_one(scene: Scene, bots: tuple[Bot, Bot]) -> dict[str, list[float]]:
    """Return the acknowledgement times in ms, the two bots in turn."""
    times: dict[str, list[float]] = {bot.name: [] for bot in bots}
    for _ in range(ONE_BY_ONE):
        for bot in bots:
            answer = await scene.slash(bot, _quick(bot), 3, **_options(bot))
            times[bot.name].append(answer["ack_ms"])
            # What follows the acknowledgement is not part of it: let it end.
            await asyncio.sleep(0.02)
    return times


def _quick(bot: Bot) -> str:
    return "ping" if bot.name == "bare" else "show"


async def _acks_at_once(
    scene: Scene, bots: tuple[Bot, Bot], commands: dict[str, tuple[str, dict[str, object]]]
) -> dict[str, list[float]]:
    times: dict[str, list[float]] = {bot.name: [] for bot in bots}
    for _ in range(ROUNDS_AT_ONCE):
        for bot in bots:
            name, options = commands[bot.name]
            calls = (scene.slash(bot, name, 30, **options) for _ in range(AT_ONCE))
            answers = await asyncio.gather(*calls)
            times[bot.name] += [answer["ack_ms"] for answer in answers]
            await _settle(scene, bot)
    return times


async def _settle(scene: Scene, bot: Bot) -> None:
    """Wait until Limner has nothing in the works any more."""
    body = {"user": "ada", "channel": "portraits", "name": "cancel", "option": "job", "value": ""}
    async with asyncio.timeout(180):
        while bot.name == "limner" and (await scene.call("autocomplete", body))["choices"]:  # noqa: ASYNC110 - the line is in another process
            await asyncio.sleep(0.2)


def _options(bot: Bot) -> dict[str, object]:
    return {} if bot.name == "bare" else {"code": "00000000"}


@dataclass(slots=True)
class Painter:
    """The sketch painter alone, as the bot uses it, without a bot."""

    features: FeatureFile
    pixels: PixelWork

    async def paint(self, seed: int) -> bytes:
        """Return one picture as JPEG."""
        drawing = await self.pixels.run(draw_sketch, draw_face(self.features, seed), seed)
        return await self.pixels.run(encode, drawing.svg, image_format="jpeg", width=1024, height=1024)


async def _took_ms(work: Awaitable[object]) -> float:
    started_s = time.perf_counter()
    await work
    return (time.perf_counter() - started_s) * 1000


async def _post(scene: Scene, bare: Bot) -> None:
    answer = await scene.slash(bare, "post", 3)
    until = {"attachments_min": 1}
    body = {"interaction_id": answer["interaction_id"], "until": until, "timeout_s": 10}
    await scene.call("wait", body)


async def _pictures(scene: Scene, limner: Bot, bare: Bot, painter: Painter) -> tuple[list[float], ...]:
    """Return ms of the whole command, of painting alone and of posting alone, in turn over the same faces."""
    times: tuple[list[float], ...] = ([], [], [])
    for seed in range(PICTURES):
        times[0].append(await _took_ms(scene.slash(limner, "portrait", "done", seed=seed, prompt_seed=seed)))
        times[1].append(await _took_ms(painter.paint(seed)))
        times[2].append(await _took_ms(_post(scene, bare)))
    return times


def _ack_rows(what: str, times: dict[str, list[float]]) -> list[Row]:
    ours, bare = times["limner"], times["bare"]
    return [
        Row(
            f"acknowledgement, {what}, p50", median(ours), "ms", f"bare {median(bare):.3g} ms",
            median(ours) / median(bare), "<= 1.5",
        ),
        Row(
            f"acknowledgement, {what}, p99", _p99(ours), "ms", f"bare {_p99(bare):.3g} ms",
            _p99(ours) / _p99(bare), "<= 3",
        ),
    ]  # fmt: skip


def _portrait_row(ours: list[float], painting: list[float], posting: list[float]) -> Row:
    alone_ms = median(painting) + median(posting)
    beside = f"paint {median(painting):.0f} + post {median(posting):.0f} ms"
    return Row(
        "/portrait to finished message, median", median(ours), "ms", beside, median(ours) / alone_ms, "<= 1.3"
    )


def _idle_rows(limner: Bot, bare: Bot) -> list[Row]:
    """Return what the bots cost before anybody typed anything."""
    ours_mib, bare_mib = limner.process.memory_mib(), bare.process.memory_mib()
    return [
        Row("idle memory", ours_mib, "MiB", f"bare {bare_mib:.0f} MiB", ours_mib / max(bare_mib, 1), "<= 2"),
        Row(
            "start to ready beyond the library's wait", limner.start_s - LIBRARY_WAIT_S, "s",
            f"bare {bare.start_s - LIBRARY_WAIT_S:.2f} s", limit="<= 1.0 s",
        ),
    ]  # fmt: skip


async def _compare(scene: Scene, limner: Bot, bare: Bot, painter: Painter) -> list[Row]:
    idle = _idle_rows(limner, bare)
    bots = (limner, bare)
    one_by_one = await _acks_one_by_one(scene, bots)
    commands: dict[str, tuple[str, dict[str, object]]] = {"bare": ("ping", {}), "limner": ("portrait", {})}
    at_once = await _acks_at_once(scene, bots, commands)
    ours, painting, posting = await _pictures(scene, limner, bare, painter)
    return [
        *_ack_rows("one at a time", one_by_one),
        *_ack_rows(f"{AT_ONCE} portraits at once", at_once),
        _portrait_row(ours, painting, posting),
        *idle,
    ]


async def measure() -> list[Row]:
    """Return the figures: both bots in one run over one local Discord, in turn."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        painter = Painter(load_feature_file(ROOT / "face_features.json"), PixelWork())
        picture = folder / "picture.jpg"
        picture.write_bytes(await painter.paint(0))
        async with (
            _scene(folder) as scene,
            _bare(scene, folder, picture) as bare,
            _limner(scene, folder) as limner,
        ):
            return await _compare(scene, limner, bare, painter)
