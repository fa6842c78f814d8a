"""The whole check: every field that the local Discord sends to two clients, and the first witness to miss it."""

import asyncio
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from tests.playground.mutation.by_clients import client_verdicts
from tests.playground.mutation.by_schemas import Schemas
from tests.playground.mutation.by_simcord import seen_by_simcord
from tests.playground.mutation.fields import Mutant
from tests.playground.mutation.messages import mutants_of, sent_in
from tests.playground.mutation.reasons import is_by_chance
from tests.playground.mutation.runs import SCRIPTS, recorded

SCHEMAS, SIMCORD, SIMCORD_EXCUSED = "Discord's schemas", "SimCord", "SimCord, where the comparison excuses it"
WITNESSES: Final = (SCHEMAS, SIMCORD, *SCRIPTS, SIMCORD_EXCUSED)


@dataclass(frozen=True, slots=True)
class Outcome:
    """The first witness to miss each field, None where nobody does."""

    first: Mapping[Mutant, str | None]

    @property
    def survivors(self) -> list[Mutant]:
        """Return the fields that nobody misses."""
        return sorted(one for one, witness in self.first.items() if witness is None)

    @property
    def killed(self) -> int:
        """Return how many fields somebody misses; what the comparison with SimCord excuses does not count."""
        return len(self.first) - len(self.survivors) - self.count(SIMCORD_EXCUSED)

    @property
    def kill_rate(self) -> float:
        """Return which part of the fields somebody misses, 0 to 1."""
        return self.killed / len(self.first)

    def count(self, witness: str) -> int:
        """Return how many fields a witness is the first to miss."""
        return sum(one == witness for one in self.first.values())


def missed_in_some_run(mutant: Mutant, runs: int) -> set[bool]:
    """Return whether a library misses the field: both, where it is so in some of the runs only."""
    kinds = {library: {mutant.kind} for library in SCRIPTS}
    return {asyncio.run(client_verdicts([mutant], kinds))[mutant] is not None for _ in range(runs)}


def checked(specs: Path, survivors: Collection[str] = ()) -> Outcome:
    """Return the outcome; `specs` is the folder with Discord's schemas. Not for use in a running event loop.

    `survivors` are the names of those fields that nobody is expected to miss: it is soon over where that is so.
    """
    sent = {library: list(sent_in(asyncio.run(recorded(library)))) for library in SCRIPTS}
    everything = [one for found in sent.values() for one in found]
    mutants = mutants_of(everything)
    schemas = Schemas(specs, everything)
    by_schemas = {one for one in mutants if schemas.sees(one)}
    by_simcord, excused = seen_by_simcord(everything)
    seen = by_schemas | by_simcord
    left = [one for one in mutants if one not in seen]
    kinds = {library: {one.kind for one in found} for library, found in sent.items()}
    first: dict[Mutant, str | None] = dict.fromkeys(left)
    certain = [one for one in left if not is_by_chance(one)]
    expected = {one for one in certain if str(one) in survivors or one in excused}
    first |= asyncio.run(client_verdicts(certain, kinds, expected))
    first |= {one: SIMCORD_EXCUSED for one in excused if first.get(one, SCHEMAS) is None}
    return Outcome(first | dict.fromkeys(by_simcord, SIMCORD) | dict.fromkeys(by_schemas, SCHEMAS))
