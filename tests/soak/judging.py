"""The figures of a run and their bounds: plain functions over what was measured."""

import itertools
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from statistics import median
from typing import Final

MOST_GROWTH_PERCENT: Final = 2.0
MOST_LAG_S: Final = 0.05
LAG_QUANTILE: Final = 0.99
MOST_WAL_MIB: Final = 64.0
MOST_TIMES_PLANNED: Final = 1.2
SLACK: Final[Mapping[str, int]] = {"descriptors": 8, "tasks": 8, "threads": 4}
"""By how much the median of the last third may be over that of the middle one: what a moment of load makes of it."""

Point = tuple[float, float]
"""When, in seconds, and how much."""


@dataclass(frozen=True, slots=True)
class Finding:
    """One row of the result: a figure, its bound ("" for none), and whether it is within."""

    what: str
    figure: str
    bound: str = ""
    is_good: bool = True


def growth_percent(points: Sequence[Point]) -> float:
    """Return by how many percent of its median a series grows from its first point to its last.

    The growth is the slope of Theil and Sen, the median of the slopes of all pairs of points, times the time in
    between: a single spike moves it little. 0 for fewer than two points.
    """
    slopes = [
        (right[1] - left[1]) / (right[0] - left[0])
        for left, right in itertools.combinations(points, 2)
        if right[0] > left[0]
    ]
    if not slopes:
        return 0.0
    return 100 * median(slopes) * (points[-1][0] - points[0][0]) / median(value for _, value in points)


def thirds(points: Sequence[Point]) -> tuple[list[Point], list[Point], list[Point]]:
    """Return the points of each third of the time that they span."""
    if not points:
        return [], [], []
    start_s, span_s = points[0][0], points[-1][0] - points[0][0]
    parts: tuple[list[Point], list[Point], list[Point]] = ([], [], [])
    for point in points:
        place = 3 * (point[0] - start_s) / span_s if span_s else 0.0
        parts[min(int(place), 2)].append(point)
    return parts


def judge_growth(what: str, points: Sequence[Point], unit: str) -> Finding:
    """Judge that a series has stopped to grow: at most 2 % from the end of the first third, its warm-up, to the end."""
    _, middle, last = thirds(points)
    rest = [*middle, *last]
    grown = growth_percent(rest)
    figure = f"{grown:+.1f} %"
    if rest:
        figure += f", {rest[0][1]:.0f} to {rest[-1][1]:.0f} {unit}"
    is_good = len(rest) > 1 and grown <= MOST_GROWTH_PERCENT
    return Finding(what, figure, f"at most +{MOST_GROWTH_PERCENT:g} %", is_good)


def judge_flat(what: str, points: Sequence[Point]) -> Finding:
    """Judge that a series is no higher in the last third of the time than in the middle one, by its medians."""
    _, middle, last = thirds(points)
    slack = SLACK[what]
    bound = f"at most {slack} more"
    if not middle or not last:
        return Finding(what, "not measured", bound, is_good=False)
    before, after = (median(value for _, value in part) for part in (middle, last))
    return Finding(what, f"{before:.0f} to {after:.0f}", bound, after <= before + slack)


def quantile_of(buckets: Mapping[float, float], share: float) -> float:
    """Return under which value that share of all observations lies, from a histogram's buckets by upper bound.

    The buckets are summed up, as Prometheus gives them, and observations spread evenly within one. Infinity where it
    lies in the last bucket; 0 for an empty histogram. *Source:* prometheus.io, `histogram_quantile`.
    """
    bounds = sorted(buckets)
    if not bounds or buckets[bounds[-1]] == 0:
        return 0.0
    wanted = share * buckets[bounds[-1]]
    lower, below = 0.0, 0.0
    for bound in bounds:
        if buckets[bound] >= wanted:
            break
        lower, below = bound, buckets[bound]
    if bound == float("inf"):
        return bound
    return lower + (bound - lower) * (wanted - below) / (buckets[bound] - below)


def judge_lag(buckets: Mapping[float, float]) -> Finding:
    """Judge the event loop's lag, from the buckets of its histogram in seconds."""
    lag_s = quantile_of(buckets, LAG_QUANTILE)
    bound = f"under {MOST_LAG_S * 1000:.0f} ms"
    if not any(buckets.values()):
        return Finding("loop lag, p99", "not measured", bound, is_good=False)
    return Finding("loop lag, p99", f"{lag_s * 1000:.1f} ms", bound, lag_s < MOST_LAG_S)


def judge_wal(most_mib: float) -> Finding:
    """Judge the largest size that the write-ahead log had."""
    return Finding(
        "write-ahead log, largest",
        f"{most_mib:.1f} MiB",
        f"under {MOST_WAL_MIB:.0f} MiB",
        most_mib < MOST_WAL_MIB,
    )


def judge_time(minutes: float, planned: float) -> Finding:
    """Judge that the load was over about when it was to be: the service kept up with it."""
    most = MOST_TIMES_PLANNED * planned
    return Finding("time under load", f"{minutes:.1f} min", f"at most {most:.1f} min", minutes <= most)


def judge_least(what: str, count: int, least: int) -> Finding:
    """Judge that there was as much of something as there was to be."""
    return Finding(what, f"{count:,}", f"at least {least:,}", count >= least)


def judge_none(what: str, count: int) -> Finding:
    """Judge that there was nothing of something."""
    return Finding(what, f"{count:,}", "0", count == 0)


def table_of(findings: Sequence[Finding]) -> str:
    """Return the findings as a table of Markdown."""
    rows = [
        (each.what, each.figure, each.bound, ("good" if each.is_good else "**failed**") if each.bound else "")
        for each in findings
    ]
    lines = [("what", "figure", "bound", ""), ("---",) * 4, *rows]
    return "\n".join("| " + " | ".join(cells) + " |" for cells in lines)
