"""The command line of the harness, and that it leaves no named point out."""

from collections.abc import Sequence

import pytest

from services.crash_points import POINTS
from tests.chaos import deletion, uploads
from tests.chaos.__main__ import main, verdict_of
from tests.chaos.cases import CASES
from tests.chaos.modes import shares
from tests.chaos.rotation import MOMENTS
from tests.chaos.table import Row, table_of
from tests.chaos.verdict import Verdict

OTHER_MODES = {
    "migrate.statement",
    deletion.POINT,
    deletion.FOUND,
    deletion.NOTED,
    *(moment.partition(":")[0] for moment in MOMENTS),
    *uploads.MOMENTS,
}


def test_every_named_point_has_a_case_or_a_mode_of_its_own() -> None:
    assert {case.point for case in CASES} | OTHER_MODES == set(POINTS)


@pytest.mark.parametrize("arguments", [["nonsense"], ["points", "--count", "x"]])
def test_the_command_line_refuses_what_it_does_not_know(
    arguments: Sequence[str], capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as ended:
        main(arguments)
    assert ended.value.code == 2
    assert capsys.readouterr().err


def test_the_table_has_a_row_for_each_mode_with_its_figures() -> None:
    verdict = Verdict(kills=7, typed=9, accepted=8, delivered=5, told=3, orphans=1, violations=["lost: one"])
    head, _, row = table_of([Row("random", verdict)]).splitlines()

    assert head == "| mode | kills | typed | accepted | delivered | told | orphans | violations |"
    assert row == "| random | 7 | 9 | 8 | 5 | 3 | 1 | 1 |"


async def test_a_world_in_which_the_harness_fails_is_a_violation_and_no_end_of_the_run() -> None:
    async def fail() -> Verdict:
        raise TimeoutError("nobody answers")

    (violation,) = (await verdict_of("fleet-3", fail())).violations
    assert violation == "fleet-3: the harness failed: TimeoutError: nobody answers"


def test_what_is_asked_for_is_shared_out_among_worlds_to_the_last_kill() -> None:
    assert shares(500, 50) == [50] * 10
    assert shares(7, 5) == [5, 2]
    assert shares(0, 5) == []
