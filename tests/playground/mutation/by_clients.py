"""The last two witnesses: discord.py and disnake, which live through their scripts without a field.

Fields that nobody is expected to miss are taken away in groups: where nobody complains without a whole group, nobody
does without one of its fields; where somebody does, the group is halved, until each field alone has its verdict. The
others are taken away one by one from the beginning. What was expected decides how many runs it takes, and no verdict.
"""

import asyncio
import logging
from collections.abc import Collection, Iterable, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from typing import Final

from tests.playground.mutation.fields import Mutant
from tests.playground.mutation.runs import SCRIPTS, complaints

PROCESSES: Final = 2
GROUP: Final = 16

Verdicts = dict[Mutant, str | None]


async def client_verdicts(
    mutants: Collection[Mutant], kinds: Mapping[str, Collection[str]], survivors: Collection[Mutant] = ()
) -> Verdicts:
    """Return which library complains without each field first, None where neither does.

    `kinds` are the kinds of message that each library gets, `survivors` those fields that neither is expected to miss.
    """
    together = groups_of(one for one in mutants if one in survivors)
    alone = [[one] for one in mutants if one not in survivors]
    with ProcessPoolExecutor(PROCESSES, get_context("spawn")) as pool:
        court = _Court(pool, kinds)
        await asyncio.gather(*map(court.judge, (*together, *alone)))
    return court.verdicts


def groups_of(mutants: Iterable[Mutant], size: int = GROUP) -> list[list[Mutant]]:
    """Return groups of fields with the same names as far as possible, none of which lies in another of its group."""
    found: list[list[Mutant]] = []
    for one in sorted(mutants, key=lambda one: (one.field, one)):
        room = (
            group
            for group in found
            if len(group) < size and not any(two.is_above(one) or one.is_above(two) for two in group)
        )
        group = next(room, None)
        if group is None:
            found.append([one])
        else:
            group.append(one)
    return found


class _Court:
    """Runs scripts in other processes, as many at once as the pool has."""

    def __init__(self, pool: ProcessPoolExecutor, kinds: Mapping[str, Collection[str]]) -> None:
        self._pool = pool
        self._kinds = kinds
        self.verdicts: Verdicts = {}

    async def judge(self, group: Sequence[Mutant]) -> None:
        """Find a verdict for every field of a group."""
        complaining = await self._first_to_complain(group)
        if complaining is None or len(group) == 1:
            self.verdicts |= dict.fromkeys(group, complaining)
            return
        middle = len(group) // 2
        await asyncio.gather(self.judge(group[:middle]), self.judge(group[middle:]))

    async def _first_to_complain(self, group: Sequence[Mutant]) -> str | None:
        loop = asyncio.get_running_loop()
        for library in SCRIPTS:
            heard = [one for one in group if one.kind in self._kinds[library]]
            if not heard:
                continue
            complains = await loop.run_in_executor(self._pool, _complains, library, heard)
            if complains:
                return library
        return None


def _complains(library: str, mutants: Sequence[Mutant]) -> bool:
    """Say, in a process of its own, whether a library complains."""
    logging.getLogger("aiohttp").setLevel(logging.CRITICAL)
    return bool(asyncio.run(complaints(library, mutants)))
