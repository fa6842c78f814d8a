"""One run: the load, the faults and the measuring side by side, then the healing, and the verdict over everything."""

import asyncio
import contextlib
import random
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Final

from tests.chaos import books as bookkeeping
from tests.chaos.verdict import Verdict, judge
from tests.chaos.world import World
from tests.e2e.play import Json
from tests.soak.crowd import Crowd
from tests.soak.meter import Meter
from tests.soak.onlooker import Onlooker
from tests.soak.plan import DISCORD_FAULTS, FAULTS, drops_of, steps_of
from tests.waiting import HANGS_AFTER_S

SAMPLES_APART_S: Final = 5.0
LOG_LOOKS_APART_S: Final = 0.5
LOOKS_APART_S: Final = 4.0
LEAST_LOOKS: Final = 9
"""So often at least is looked in a run, however short it is."""
PACES_S: Final = {"fal": 0.05, "bfl": 0.6, "openai": 0.3}
"""How long the stand-ins paint."""
SIDE_PX: Final = 64
TWICE: Final = {"request_id": "*", "action": "repeat", "n": 2}
WITHOUT_WEBHOOK_SHARE: Final = 1.06
"""How much more is typed than jobs are wanted: some of it has no webhook, and some is lost with the gateway."""
CALLS_A_JOB: Final = 6
"""More than are ever made: so long are the plans of faults."""

ACCEPTED: Final = "SELECT count(*) FROM jobs"


@dataclass(frozen=True, slots=True)
class Size:
    """How much is asked of a run."""

    jobs: int
    minutes: float
    drops: int
    seed: int

    @property
    def span_s(self) -> float:
        """Return how long the load lasts, in seconds."""
        return self.minutes * 60


@dataclass(slots=True)
class Outcome:
    """What a run has shown."""

    size: Size
    meter: Meter
    onlooker: Onlooker
    took_s: float = 0.0
    drops: int = 0
    discord: Json = field(default_factory=dict)
    """The local Discord's count of faults: `struck` by kind, `asked` in all."""
    stuck: int = 0
    """Requests and results that were not over after everybody had had their time."""
    doubtful: int = 0
    verdict: Verdict = field(default_factory=Verdict)

    @property
    def webhooks(self) -> int:
        """Return how many webhooks were taken."""
        return self.onlooker.taken.total()

    @property
    def repeated(self) -> int:
        """Return how many of them repeated an earlier one."""
        return self.webhooks - len(self.onlooker.taken)

    @property
    def provider_calls(self) -> tuple[int, int]:
        """Return how many calls the image services got that a fault could have struck, and how many were struck."""
        calls = {key: many for key, many in self.onlooker.calls.items() if key[1] in FAULTS}
        struck = sum(
            sum(map(bool, steps_of(self.size.seed, *key, length=many))) for key, many in calls.items()
        )
        return sum(calls.values()), struck


async def _every(seconds: float, over: asyncio.Event, act: Callable[[], Awaitable[None]]) -> None:
    """Do something again and again until it is over."""
    while not over.is_set():
        await act()
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(over.wait(), seconds)


async def _arm(world: World, size: Size) -> None:
    """Make the stand-ins and Discord as faulty as planned."""
    await world.stand_ins("canvas", side=SIDE_PX)
    for provider, pace_s in PACES_S.items():
        await world.stand_ins("pace", provider=provider, seconds=pace_s)
        for method in FAULTS:
            steps = steps_of(size.seed, provider, method, CALLS_A_JOB * size.jobs)
            await world.stand_ins("script", provider=provider, match={"method": method}, steps=steps)
    for provider in ("fal", "bfl"):
        await world.stand_ins("webhook", provider=provider, **TWICE)
    for fault in DISCORD_FAULTS:
        await world.play.call("POST", "chaos", fault)


async def _drop(world: World, outcome: Outcome) -> None:
    """Lose the gateway as planned."""
    started_s = time.monotonic()
    for drop in drops_of(outcome.size.seed, outcome.size.drops, outcome.size.span_s):
        await asyncio.sleep(max(started_s + drop.at_s - time.monotonic(), 0))
        await world.play.call("POST", "chaos", drop.body)
        outcome.drops += 1


async def _load(world: World, outcome: Outcome, crowd: Crowd) -> None:
    """Type, drop and measure at the same time until enough was accepted."""
    size, meter, onlooker = outcome.size, outcome.meter, outcome.onlooker
    over, accepted = asyncio.Event(), 0
    given_up_s = time.monotonic() + 2 * size.span_s + HANGS_AFTER_S

    def is_enough() -> bool:
        is_done = accepted >= size.jobs and outcome.webhooks >= 2 * size.jobs and outcome.drops >= size.drops
        return is_done or time.monotonic() > given_up_s

    async def look() -> None:
        nonlocal accepted
        assert not world.is_down, f"the bot ended by itself; see {world.folder}"
        await onlooker.look()
        accepted = await bookkeeping.count(world.books, ACCEPTED)

    async with asyncio.TaskGroup() as group:
        group.create_task(_every(min(SAMPLES_APART_S, size.span_s / LEAST_LOOKS), over, meter.look))
        group.create_task(_every(LOG_LOOKS_APART_S, over, meter.look_at_log))
        group.create_task(_every(min(LOOKS_APART_S, size.span_s / LEAST_LOOKS), over, look))
        group.create_task(_drop(world, outcome))
        await crowd.type_on(WITHOUT_WEBHOOK_SHARE * size.jobs / size.span_s, is_enough)
        over.set()


async def _settle(world: World, outcome: Outcome, crowd: Crowd) -> None:
    """Let everything end, count what does not, and let the hours pass that an order in doubt is waited for."""
    outcome.discord = await world.play.call("POST", "chaos", {"kind": "reset"})
    await crowd.fall_silent()
    await world.until_quiet()
    queries = (bookkeeping.OPEN, bookkeeping.UNDELIVERED)
    outcome.stuck = sum([await bookkeeping.count(world.books, query) for query in queries])
    outcome.doubtful = await bookkeeping.count(world.books, bookkeeping.DOUBTFUL)
    # Webhooks come by themselves here; those that nobody took were sent again by their sender.
    await world.heal(is_held=True)
    await outcome.onlooker.look_back()


async def _verdict(world: World, onlooker: Onlooker) -> Verdict:
    promised = await bookkeeping.promises(world.books)
    found = judge(world.orders, promised, onlooker.orders, onlooker.messages, world.users)
    found.violations += await world.damage()
    return found


async def run_soak(world: World, size: Size) -> Outcome:
    """Run the bot under load, heal what was left in doubt, and return what was seen."""
    await world.start()
    address = f"http://127.0.0.1:{world.settings['LIMNER_PORT']}"
    (bot,) = world.bots.values()
    samples = world.folder / "samples.jsonl"
    meter = Meter(world.play.session, address, bot.pid, world.data / "limner.db", samples)
    outcome = Outcome(size, meter, Onlooker(world))
    crowd = Crowd(world, outcome.onlooker, random.Random(size.seed))
    await _arm(world, size)
    started_s = time.monotonic()
    await _load(world, outcome, crowd)
    outcome.took_s = time.monotonic() - started_s
    await _settle(world, outcome, crowd)
    outcome.verdict = await _verdict(world, outcome.onlooker)
    return outcome
