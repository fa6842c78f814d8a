"""The whole soak in small: nothing is said about time and memory, only about what became of everything."""

from pathlib import Path

import pytest

from tests.chaos.opening import open_world
from tests.chaos.processes import open_forks
from tests.soak.report import findings_of
from tests.soak.soak import Size, run_soak

SIZE = Size(jobs=40, minutes=0.1, drops=3, seed=20261)
OF_THE_MACHINE = {
    "time under load", "memory after the first third", "descriptors", "tasks", "threads", "loop lag, p99"
}  # fmt: skip


@pytest.mark.timeout(900)
async def test_under_faults_and_with_the_gateway_lost_nothing_is_lost_or_paid_twice_or_posted_twice(
    tmp_path: Path,
) -> None:
    async with open_forks(tmp_path / "forks.log") as forks, open_world(forks, tmp_path) as world:
        outcome = await run_soak(world, SIZE)

    findings = {finding.what: finding for finding in findings_of(outcome, has_file=True)}
    assert outcome.verdict.violations == []
    assert {what for what, finding in findings.items() if not finding.is_good} <= OF_THE_MACHINE
    assert findings.keys() >= OF_THE_MACHINE
    assert sum(outcome.discord["struck"].values()) > 0
    assert outcome.provider_calls[1] > 0
    assert outcome.verdict.delivered > 0
