"""What came of the check, as `docs/playground-fields.md`."""

from collections import defaultdict
from pathlib import Path
from typing import Final

from tests.playground.mutation.check import WITNESSES, Outcome
from tests.playground.mutation.fields import Mutant
from tests.playground.mutation.reasons import reason_for

REPORT: Final = Path(__file__).parents[3] / "docs" / "playground-fields.md"
SURVIVORS: Final = "## Fields that nobody misses"

HEAD: Final = """# Which fields of the local Discord somebody would miss

Two client libraries live through their scripts (`tests/playground/clients`), and everything that the local Discord
sends them is recorded: gateway frames by their event, answers by operation and status. Each field of each of these
kinds of message, at any depth, is then taken away, one at a time and wherever its path leads (`*` is every element of
a list, `{id}` every value of a map by ids). Somebody has to notice: Discord's own schemas; SimCord, by sending that
field in that kind of object; discord.py or disnake, by complaining in their scripts.

This file is written by `python -m tests.playground.mutation` (DISCORD_SPECS names the folder with Discord's schemas),
and a test compares it with what is found. The witness who is missing is the real Discord.

"""


def report_of(outcome: Outcome) -> str:
    """Return the document's text."""
    counts = "".join(f"| {one} | {outcome.count(one):,} |\n" for one in WITNESSES)
    return (
        f"{HEAD}## Who misses them first\n\n"
        f"{outcome.killed:,} of {len(outcome.first):,} fields are missed: {100 * outcome.kill_rate:.1f} %.\n\n"
        f"| witness | fields |\n|---|---:|\n{counts}| nobody | {len(outcome.survivors):,} |\n\n"
        "The comparison with SimCord lets it have some fields alone, each with its reason; such a field stands "
        "in a row of its\nown and does not count as missed.\n\n"
        f"{SURVIVORS}\n\n{_survivors(outcome.survivors)}"
    )


def survivors_in(report: str) -> list[str]:
    """Return the names of the survivors in a document."""
    below = report.partition(SURVIVORS)[2]
    return sorted(line.split("`")[1] for line in below.splitlines() if line.startswith("- `"))


def _survivors(survivors: list[Mutant]) -> str:
    by_reason: defaultdict[str, list[Mutant]] = defaultdict(list)
    for one in survivors:
        by_reason[reason_for(one) or "No reason is written down yet."].append(one)
    return "\n".join(
        f"{why} ({len(found)})\n\n" + "".join(f"- `{one}`\n" for one in found)
        for why, found in sorted(by_reason.items(), key=lambda each: -len(each[1]))
    )
