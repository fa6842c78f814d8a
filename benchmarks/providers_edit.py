"""From a provider's webhook to the edited message: Limner beside bare aiohttp that fetches and posts the same bytes.

All wait for a webhook of fal's stand-in, over one local Discord; the webhooks are kept back until their turn. Limner
checks the signature, commits what it was told, fetches, checks and stores the picture, and edits its message. The
second row has it beside bare aiohttp with the same durable steps: two commits, a decoded picture, a synced file.
"""

import asyncio
import re
import tempfile
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import Any, Final
from urllib.parse import unquote

from benchmarks.processes import running, running_discord, running_limner
from benchmarks.providers_scene import (
    GIVEN_UP_S,
    MODEL,
    STEP_S,
    StandIns,
    free_port,
    open_stand_ins,
    settings_for,
)
from benchmarks.table import Row

ROUNDS: Final = 15
UNCOUNTED: Final = 3
"""The first rounds open connections and load what is loaded late."""
SETTLE_S: Final = 0.1
"""After a message is there, both still close their books."""

_ATTEMPT: Final = re.compile(r"/hooks/fal/([0-9]+)\.")


@dataclass(frozen=True, slots=True)
class Times:
    """What each round took in ms: Limner, bare aiohttp, and bare aiohttp with the same durable steps."""

    ours: list[float]
    bare: list[float]
    durable: list[float]


@dataclass(slots=True)
class Scene:
    """One local Discord, the stand-ins, and a channel with a bare bot in it."""

    said: dict[str, str]
    stand_ins: StandIns
    guild_id: str
    channels: list[str]
    """One a round: a bot may post five messages in five seconds in one channel."""
    bare_token: str
    bare_url: str = ""

    async def play(self, path: str, **body: object) -> Any:  # noqa: ANN401 - any JSON value
        """Make one call of the `/play/` interface."""
        session, url = self.stand_ins.session, f"{self.said['base']}/play/{path}"
        async with session.post(url, json=body, headers={"X-Playground-Key": self.said["key"]}) as answer:
            answer.raise_for_status()
            return await answer.json()

    async def post_message(self, channel_id: str) -> str:
        """Let the bare bot say something; return the message's id."""
        headers = {
            "Authorization": f"Bot {self.bare_token}",
            "User-Agent": "DiscordBot (https://limner.invalid, 1)",
        }
        url = f"{self.said['api']}/channels/{channel_id}/messages"
        async with self.stand_ins.session.post(url, json={"content": "..."}, headers=headers) as answer:
            answer.raise_for_status()
            return str((await answer.json())["id"])

    async def order_of(self, seed: int) -> dict[str, Any]:
        """Return Limner's own order with a seed, once it was carried out: the call that fal received."""
        async with asyncio.timeout(GIVEN_UP_S):
            while True:
                paid = [call for call in await self.stand_ins.list_calls() if call["paid"]]
                if found := [call for call in paid if call["body"]["seed"] == seed]:
                    return found[0]
                await asyncio.sleep(STEP_S)

    async def took_ms(self, request_id: str, **message: str) -> float:
        """Send an order's webhook; return the time until its message has the picture."""
        started_s = time.perf_counter()
        await self.stand_ins.call_back(request_id)
        await self.play("wait", until={"attachments_min": 1}, timeout_s=30, **message)
        return (time.perf_counter() - started_s) * 1000


async def _limner_ms(scene: Scene, seed: int, channel_id: str) -> tuple[float, dict[str, Any]]:
    """Return how long Limner took in ms, and what it had ordered."""
    options = {"prompt": "a lighthouse keeper", "model": MODEL, "seed": seed}
    body = {"user": "ada", "channel": channel_id, "name": "imagine", "options": options, "wait": 3}
    typed = await scene.play("slash", bot=scene.said["application_id"], **body)
    call = await scene.order_of(seed)
    attempt = _ATTEMPT.search(unquote(call["path"]))
    if attempt is None:
        raise RuntimeError("Limner ordered without a webhook")
    return await scene.took_ms(attempt.group(1), interaction_id=typed["interaction_id"]), call["body"]


async def _bare_ms(scene: Scene, order: dict[str, Any], channel_id: str, way: str) -> float:
    """Return how long bare aiohttp took in ms for the same picture, one `way` (edit, keep) or the other."""
    message_id = await scene.post_message(channel_id)
    painted = sum(call["paid"] for call in await scene.stand_ins.list_calls())
    webhook = f"{scene.bare_url}/{way}/{channel_id}/{message_id}"
    request_id = await scene.stand_ins.order(order, webhook)
    await scene.stand_ins.until_painted(painted + 1)
    return await scene.took_ms(request_id, message_id=message_id)


async def _compare(scene: Scene) -> Times:
    """Return the times of all in ms, in turn over the same pictures."""
    times = Times([], [], [])
    await scene.stand_ins.post("webhook", provider="fal", request_id="*", action="lose")
    for seed, channel_id in enumerate(scene.channels):
        took_ms, order = await _limner_ms(scene, seed, channel_id)
        await asyncio.sleep(SETTLE_S)
        times.ours.append(took_ms)
        for way, taken in (("edit", times.bare), ("keep", times.durable)):
            taken.append(await _bare_ms(scene, order, channel_id, way))
            await asyncio.sleep(SETTLE_S)
    return Times(times.ours[UNCOUNTED:], times.bare[UNCOUNTED:], times.durable[UNCOUNTED:])


async def _set_up(said: dict[str, str], stand_ins: StandIns) -> Scene:
    scene = Scene(said, stand_ins, "", [], "")
    names = [f"round-{number}" for number in range(UNCOUNTED + ROUNDS)]
    world = await scene.play("world", channels=[{"name": name} for name in names])
    channels = {each["name"]: each for each in world["channels"]}
    scene.guild_id = channels[names[0]]["guild_id"]
    scene.channels = [channels[name]["id"] for name in names]
    scene.bare_token = (await scene.play("applications", name="bare"))["token"]
    return scene


@asynccontextmanager
async def _scene(folder: Path) -> AsyncIterator[Scene]:
    """Run both beside one local Discord and the stand-ins."""
    async with running_discord(folder) as (_, said), open_stand_ins(folder) as stand_ins:
        scene, port = await _set_up(said, stand_ins), free_port()
        scene.bare_url = f"http://127.0.0.1:{port}"
        bare = (
            "-m",
            "benchmarks.providers_bare",
            str(port),
            said["api"],
            scene.bare_token,
            str(folder / "bare"),
        )
        settings = settings_for(stand_ins, free_port(), has_webhooks=True)
        settings |= {"LIMNER_KEY_SERVERS": scene.guild_id, "LOG_LEVEL": "INFO"}
        async with (
            running(*bare, log=folder / "bare.log") as process,
            running_limner(folder, said, **settings),
        ):
            await process.line_with("ready")
            yield scene


async def measure() -> list[Row]:
    """Return the figures of both, in one run and in turn."""
    with tempfile.TemporaryDirectory() as name:
        async with _scene(Path(name)) as scene:
            times = await _compare(scene)
    ours, bare, durable = median(times.ours), median(times.bare), median(times.durable)
    beside, name = f"bare fetch and post {bare:.3g} ms", "webhook to edited message, median"
    with_steps = f"bare with two commits, a decode and a synced file {durable:.3g} ms"
    return [
        Row(name, ours, "ms", beside, ours / bare, "<= 1.5"),
        Row(f"{name}, beside the same durable steps", ours, "ms", with_steps, ours / durable),
    ]
