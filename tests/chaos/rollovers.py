"""A deploy under load: every process is asked to stop, and a new one takes its place; nothing is killed."""

import random
from typing import Final

from tests.chaos.fleet import begin, busy, settled
from tests.chaos.processes import READY
from tests.chaos.random_kills import closing
from tests.chaos.verdict import Verdict
from tests.chaos.world import World

BETWEEN_VERDICTS: Final = 5
STANDS_BY: Final = "waiting until it stops"
STANDBYS: Final = {"gateway": STANDS_BY, "worker": READY}
"""What a new process of a role says once the old one may stop; the others cannot run beside it."""


async def _replace(world: World, name: str, choice: random.Random) -> int:
    """Replace a process and return the exit code of the old one; by chance the new one comes first, where it can."""
    old, role = world.bots[name], world.members[name][0]
    comes_first = role in STANDBYS and choice.random() < 0.5
    if comes_first:
        await (await world.launch(name)).until_logged(STANDBYS[role])
    code = await old.ask_to_stop()
    new = world.bots[name] if comes_first else await world.launch(name)
    await new.until_logged(READY)
    return code


async def run_rollovers(world: World, rollovers: int, seed: int) -> Verdict:
    """Replace every process by a new one in turn, as a deploy does, so many times, under load; also a single one.

    Nothing is killed, so that not even an orphan is forgiven.
    """
    choice, wrong = random.Random(seed), set[str]()
    crowd = await begin(world, seed)
    for done in range(0, rollovers, BETWEEN_VERDICTS):
        async with busy(world, crowd):
            for _ in range(min(BETWEEN_VERDICTS, rollovers - done)):
                for name in world.members:
                    code = await _replace(world, name, choice)
                    wrong.update([f"{name} ended with {code}"] if code else [])
                await crowd.stir()
        wrong.update(await settled(world))
    verdict = await closing(world, rollovers, wrong)
    if verdict.orphans:
        verdict.violations.append(f"paid for nothing: {verdict.orphans} orders")
    return verdict
