"""The judging of figures: it lets pass what stays, and finds what grows, is late or is too large."""

import math

import pytest

from tests.soak.judging import (
    MOST_WAL_MIB,
    SLACK,
    Finding,
    Point,
    growth_percent,
    judge_flat,
    judge_growth,
    judge_lag,
    judge_least,
    judge_none,
    judge_time,
    judge_wal,
    quantile_of,
    table_of,
    thirds,
)

LAGS = {0.01: 900.0, 0.05: 995.0, 0.1: 1000.0, math.inf: 1000.0}


def series(*values: float) -> list[Point]:
    return [(100.0 + 5 * number, value) for number, value in enumerate(values)]


def test_what_stays_grows_by_nothing_and_what_rises_by_the_share_that_it_rose() -> None:
    assert growth_percent(series(100, 100, 100)) == 0
    assert growth_percent(series(99, 100, 101)) == pytest.approx(2)
    assert growth_percent(series(101, 100, 99)) == pytest.approx(-2)
    assert growth_percent(series(7)) == growth_percent([]) == 0


def test_one_spike_is_no_growth() -> None:
    assert growth_percent(series(*[100] * 20, 300)) == 0


def test_memory_that_is_taken_while_it_warms_up_is_forgiven_and_a_leak_is_not() -> None:
    warm = judge_growth("memory", series(*range(50, 100, 5), *[100] * 20), "MiB")
    leak = judge_growth("memory", series(*[100 + number / 4 for number in range(30)]), "MiB")

    assert (warm.is_good, warm.figure) == (True, "+0.0 %, 100 to 100 MiB")
    assert not leak.is_good
    assert leak.figure.startswith("+4.")


def test_memory_that_was_hardly_measured_is_no_proof() -> None:
    assert not judge_growth("memory", [], "MiB").is_good
    assert not judge_growth("memory", series(100), "MiB").is_good


def test_thirds_are_of_the_time_and_not_of_the_points() -> None:
    first, middle, last = thirds([(0.0, 1.0), (1.0, 2.0), (2.0, 3.0), (50.0, 4.0), (90.0, 5.0)])

    assert [value for _, value in first] == [1, 2, 3]
    assert [value for _, value in middle] == [4]
    assert [value for _, value in last] == [5]


@pytest.mark.parametrize("what", SLACK)
def test_a_count_may_be_a_little_higher_at_the_end_and_no_more(what: str) -> None:
    def after(more: int) -> Finding:
        return judge_flat(what, series(*[1] * 10, *[20] * 10, *[20 + more] * 10))

    assert after(SLACK[what]).is_good
    assert not after(SLACK[what] + 1).is_good
    assert after(-5).is_good


def test_a_count_that_was_never_taken_is_no_proof() -> None:
    assert not judge_flat("tasks", []).is_good


def test_a_quantile_lies_within_its_bucket() -> None:
    assert quantile_of(LAGS, 0.45) == pytest.approx(0.005)
    assert quantile_of(LAGS, 0.9) == pytest.approx(0.01)
    assert quantile_of(LAGS, 0.9975) == pytest.approx(0.075)
    assert quantile_of({0.1: 1.0, math.inf: 10.0}, 0.5) == math.inf
    assert quantile_of({0.1: 0.0, math.inf: 0.0}, 0.5) == 0
    assert quantile_of({}, 0.5) == 0


def test_the_lag_is_good_where_99_of_100_are_under_50_ms_and_bad_where_they_are_not() -> None:
    assert judge_lag(LAGS).is_good
    assert not judge_lag(LAGS | {0.05: 989.0}).is_good
    assert not judge_lag({0.05: 0.0, math.inf: 100.0}).is_good
    assert not judge_lag({0.05: 0.0, math.inf: 0.0}).is_good


def test_sizes_and_counts_are_held_against_their_bounds() -> None:
    assert judge_wal(MOST_WAL_MIB - 1).is_good
    assert not judge_wal(MOST_WAL_MIB).is_good
    assert judge_least("jobs", 5_000, 5_000).is_good
    assert not judge_least("jobs", 4_999, 5_000).is_good
    assert judge_none("stuck", 0).is_good
    assert not judge_none("stuck", 1).is_good
    assert judge_time(18, planned=15).is_good
    assert not judge_time(18.1, planned=15).is_good


def test_the_table_has_a_row_for_each_figure_and_says_which_failed() -> None:
    findings = [Finding("time", "15 min"), judge_least("jobs", 9, 9), judge_none("stuck", 2)]

    assert table_of(findings).splitlines()[2:] == [
        "| time | 15 min |  |  |",
        "| jobs | 9 | at least 9 | good |",
        "| stuck | 2 | 0 | **failed** |",
    ]
