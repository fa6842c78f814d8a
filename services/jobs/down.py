"""Providers that do not answer: what stands in line for them waits ten minutes, then it is let go.

That takes agreement: a process that reaches no provider may be the one whose network is broken. Each writes down when
a provider last answered it, and none lets go what another one could still have painted.
"""

import logging
from typing import Final

from db.jobs import line
from db.upkeep import provider_answers
from services.context import Context
from services.errors import ProviderBroken, StorageError
from services.jobs import faults

log = logging.getLogger(__name__)

DOWN_AT_MOST_S: Final = 600.0
"""How long jobs wait in line for a provider that does not answer anybody."""


async def tell_of_answers(context: Context) -> None:
    """Write down which providers have answered this process, once in a minute each."""
    ago_s = context.standing.answers_to_tell()
    if not ago_s:
        return
    ago_ms = {name: int(seconds * 1000) for name, seconds in ago_s.items()}
    try:
        await context.database.write(provider_answers.put_answers, ago_ms)
    except StorageError as error:
        # Two processes may write the first row of a provider at once; the next minute has another answer.
        log.info("not told that providers answer: %s", error)


async def end_what_waits_for_the_down(context: Context) -> None:
    """End the jobs in line of providers that have answered nobody for too long; nothing of them was sent."""
    standing = context.standing
    down = [
        name for name in sorted(context.registry.speaks) if standing.down_here_for_s(name) >= DOWN_AT_MOST_S
    ]
    if not down:
        return
    within_ms = int(DOWN_AT_MOST_S * 1000)
    reached = await context.database.read(provider_answers.answered_within, within_ms)
    for name in down:
        if name in reached:
            _say_reached_elsewhere(context, name)
        else:
            await _let_go(context, name)


def _say_reached_elsewhere(context: Context, name: str) -> None:
    if context.standing.mark_reached_elsewhere(name):
        log.warning("%s does not answer this process, but another one: its line is not let go", name)
        context.alerts.note("circuit_open_here", name)


async def _let_go(context: Context, name: str) -> None:
    title = context.catalog.providers[name].title
    described = faults.describe(ProviderBroken("provider_down", f"{name} does not answer", provider=title))
    faults.write_ended(await context.database.write(line.fail_queued, name, described), described)
