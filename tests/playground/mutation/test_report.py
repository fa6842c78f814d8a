"""The document can be read back, and says of each survivor why."""

from tests.playground.mutation.check import SCHEMAS, SIMCORD, SIMCORD_EXCUSED, Outcome
from tests.playground.mutation.fields import Mutant
from tests.playground.mutation.reasons import reason_for
from tests.playground.mutation.report import report_of, survivors_in

TRACE, UNKNOWN = Mutant("READY", ("d", "_trace")), Mutant("READY", ("d", "castle"))
OUTCOME = Outcome(
    {
        TRACE: None,
        UNKNOWN: None,
        Mutant("READY", ("d", "v")): SCHEMAS,
        Mutant("READY", ("d", "a")): SIMCORD,
        Mutant("READY", ("d", "b")): SIMCORD_EXCUSED,
    }
)


def test_counts_who_misses_what_first_and_not_what_the_comparison_excuses() -> None:
    assert OUTCOME.kill_rate == 0.4
    assert "2 of 5 fields are missed: 40.0 %." in report_of(OUTCOME)
    assert f"| {SCHEMAS} | 1 |" in report_of(OUTCOME)


def test_names_the_survivors_so_that_they_can_be_read_back() -> None:
    assert survivors_in(report_of(OUTCOME)) == ["READY /d/_trace", "READY /d/castle"]


def test_knows_why_nobody_misses_a_field_only_where_somebody_wrote_it_down() -> None:
    assert reason_for(TRACE) is not None
    assert reason_for(UNKNOWN) is None
    assert "No reason is written down yet. (1)" in report_of(OUTCOME)
