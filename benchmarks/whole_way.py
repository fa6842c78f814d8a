"""The whole way of small pictures, from order to message: Limner beside a bare script without a database.

Both order at fal's stand-in with a webhook, have 64 orders in flight, and edit the messages of interactions that were
acknowledged before, over one local Discord; each has the same number of pictures, of 64 x 64 px, in turn. Limner
commits every step, checks who calls, looks at every pixel and keeps file and row; the script makes a thumbnail.
"""

import asyncio
import json
import tempfile
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import Any, Final

from benchmarks.processes import Process, running, running_discord
from benchmarks.providers_scene import GIVEN_UP_S, StandIns, free_port, open_stand_ins, settings_for
from benchmarks.table import Row
from benchmarks.wire import Wire

PICTURES: Final = 400
ROUNDS: Final = 5
UNCOUNTED: Final = 1
"""The first round opens connections and loads what is loaded late."""
TYPED_AT_ONCE: Final = 40
SIDE_PX: Final = 64
CHANNEL: Final = "portraits"
_ENTRIES: Final = 500


@dataclass(slots=True)
class Scene:
    """A local Discord with somebody who types, and the two that bring pictures."""

    wire: Wire
    limner: Process
    bare: Process
    transcript: int = 0
    seed: int = 0

    async def _play(self, method: str, path: str, **body: object) -> Any:  # noqa: ANN401 - any JSON value
        status, answer = await self.wire.send(method, f"/play/{path}", json.dumps(body).encode())
        if status >= 400:
            raise RuntimeError(answer.decode())
        return json.loads(answer)

    async def tokens(self, count: int) -> list[str]:
        """Have so many commands typed and acknowledged; return their tokens, as they stand in the transcript."""
        left = iter(range(count))

        async def type_some() -> None:
            for _ in left:
                await self._play("POST", "slash", user="ada", channel=CHANNEL, name="ping")

        await asyncio.gather(*(type_some() for _ in range(TYPED_AT_ONCE)))
        found: list[str] = []
        async with asyncio.timeout(GIVEN_UP_S):
            while len(found) < count:
                page = await self._play("GET", f"transcript?after={self.transcript}&limit={_ENTRIES}")
                self.transcript = page["next"]
                found += filter(None, map(_token_in, page["entries"]))
        return found

    async def rate(self, process: Process) -> float:
        """Have one of the two bring its pictures; return how many a second."""
        orders = [(self.seed + number, token) for number, token in enumerate(await self.tokens(PICTURES))]
        self.seed += PICTURES
        process.tell(json.dumps(orders))
        return PICTURES / float(json.loads(await process.line_with("seconds"))["seconds"])


def _token_in(entry: dict[str, Any]) -> str | None:
    """Return the token of the interaction that an entry of the transcript hands out."""
    frame = entry.get("frame", {})
    return str(frame["d"]["token"]) if frame.get("t") == "INTERACTION_CREATE" else None


async def _compare(scene: Scene) -> tuple[float, float]:
    """Return the median pictures a second of Limner and of the script."""
    rates: tuple[list[float], list[float]] = ([], [])
    for _ in range(UNCOUNTED + ROUNDS):
        for process, own in zip((scene.limner, scene.bare), rates, strict=True):
            own.append(await scene.rate(process))
    ours, bare = (median(own[UNCOUNTED:]) for own in rates)
    return ours, bare


@asynccontextmanager
async def _scene(folder: Path) -> AsyncIterator[Scene]:
    async with AsyncExitStack() as stack:
        _, said = await stack.enter_async_context(running_discord(folder))
        stand_ins: StandIns = await stack.enter_async_context(open_stand_ins(folder))
        await stand_ins.post("canvas", provider="fal", side=SIDE_PX)
        wire = Wire(said["base"], (f"X-Playground-Key: {said['key']}",))
        stack.callback(wire.close)
        door = ("-m", "benchmarks.bare_bot", said["token"], said["api"], said["gateway"], __file__)
        bot = await stack.enter_async_context(running(*door, log=folder / "door.log"))
        await bot.line_with("ready")
        fal, port = stand_ins.said["fal"], free_port()
        asked = (str(port), said["api"], said["application_id"], fal["queue"], fal["key"])
        bare = ("-m", "benchmarks.whole_way_bare", *asked)
        scripts = [await stack.enter_async_context(running(*bare, log=folder / "bare.log"))]
        scripts.append(await stack.enter_async_context(_limner(folder, said, stand_ins, wire)))
        for each in scripts:
            await each.line_with("ready")
        yield Scene(wire, scripts[1], scripts[0])


@asynccontextmanager
async def _limner(
    folder: Path, said: dict[str, str], stand_ins: StandIns, wire: Wire
) -> AsyncIterator[Process]:
    _, answer = await wire.send("GET", "/play/state", b"")
    [channel] = [each for each in json.loads(answer)["channels"] if each["name"] == CHANNEL]
    settings = settings_for(stand_ins, free_port(), has_webhooks=True)
    settings |= {"LIMNER_DATA": str(folder / "limner"), "LIMNER_KEY_SERVERS": channel["guild_id"]}
    place = (channel["guild_id"], channel["id"], said["application_id"])
    arguments = ("-m", "benchmarks.whole_way_limner", said["api"], said["gateway"], said["token"], *place)
    await asyncio.to_thread((folder / "limner").mkdir)
    async with running(*arguments, log=folder / "limner.log", **settings) as process:
        yield process


async def measure() -> list[Row]:
    """Return the row: both in one run and in turn."""
    with tempfile.TemporaryDirectory() as name:
        async with _scene(Path(name)) as scene:
            ours, bare = await _compare(scene)
    title = f"the whole way, {PICTURES} pictures of {SIDE_PX} x {SIDE_PX} px, 64 in flight"
    return [Row(title, ours, "pictures/s", f"bare script {bare:.3g}", ours / bare, ">= 0.4")]
