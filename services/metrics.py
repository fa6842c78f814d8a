"""Counting: plain functions over the metrics of `services/metric_table.py`, for the whole process.

    count("limner_provider_calls_total", provider="fal", call="submit", outcome="ok")
    observe("limner_database_transaction_seconds", 0.002, kind="write")
    set_gauge("limner_jobs", 12, state="queued")

A call costs a microsecond and never waits. Everything is counted in the event loop's thread, so nothing is locked. What
is kept here becomes Prometheus' text only where somebody asks for it (`services/metrics_text.py`).
"""

from bisect import bisect_left
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

from services.metric_table import METRICS, Metric

Labels = tuple[str, ...]

MOST_SERIES: Final = 500
"""Sets of labels that one metric may have: a mistake in a label must not fill the memory of a scraper."""
OTHER: Final = "other"


@dataclass(slots=True)
class Histogram:
    """One series of a histogram: how many fell into each bucket (not summed up), the last one without a bound."""

    counts: list[int]
    total: float = 0.0


@dataclass(slots=True)
class _Store:
    """Every value of the process."""

    numbers: dict[str, dict[Labels, float]] = field(default_factory=dict)
    histograms: dict[str, dict[Labels, Histogram]] = field(default_factory=dict)


_store: Final = _Store()


def _labels(metric: Metric, given: Mapping[str, str], known: Mapping[Labels, object]) -> Labels:
    """Return the values in the table's order; raises KeyError for a label that is missing."""
    values = tuple(given[name] for name in metric.labels)
    if values in known or len(known) < MOST_SERIES:
        return values
    return tuple(OTHER for _ in values)


def count(name: str, amount: float = 1, /, **labels: str) -> None:
    """Add to a counter."""
    series = _store.numbers.setdefault(name, {})
    key = _labels(METRICS[name], labels, series)
    series[key] = series.get(key, 0) + amount


def set_gauge(name: str, value: float, /, **labels: str) -> None:
    """Say what a gauge shows from now on."""
    series = _store.numbers.setdefault(name, {})
    series[_labels(METRICS[name], labels, series)] = value


def set_gauges(name: str, values: Mapping[Labels, float]) -> None:
    """Say everything that a gauge shows; what it showed before and is not named any more is gone."""
    _store.numbers[name] = dict(values)


def observe(name: str, value: float, /, **labels: str) -> None:
    """Add a value to a histogram, in the metric's unit."""
    metric = METRICS[name]
    series = _store.histograms.setdefault(name, {})
    key = _labels(metric, labels, series)
    found = series.get(key)
    if found is None:
        found = series[key] = Histogram([0] * (len(metric.buckets) + 1))
    found.counts[bisect_left(metric.buckets, value)] += 1
    found.total += value


def number(name: str, /, **labels: str) -> float:
    """Return what a counter or gauge shows, 0 where nothing was said yet."""
    series = _store.numbers.get(name, {})
    return series.get(tuple(labels[label] for label in METRICS[name].labels), 0)


def observations(name: str, /, **labels: str) -> int:
    """Return how many values a histogram has got."""
    found = _store.histograms.get(name, {}).get(tuple(labels[label] for label in METRICS[name].labels))
    return 0 if found is None else sum(found.counts)


@dataclass(frozen=True, slots=True)
class Snapshot:
    """Everything that was counted at one moment; nothing changes it any more."""

    numbers: tuple[tuple[str, Metric, Mapping[Labels, float]], ...]
    histograms: tuple[tuple[str, Metric, Mapping[Labels, Histogram]], ...]


def _copied(series: Mapping[Labels, Histogram]) -> dict[Labels, Histogram]:
    return {labels: Histogram(list(found.counts), found.total) for labels, found in series.items()}


def snapshot() -> Snapshot:
    """Return everything that has a value."""
    return Snapshot(
        tuple((name, METRICS[name], dict(series)) for name, series in _store.numbers.items()),
        tuple((name, METRICS[name], _copied(series)) for name, series in _store.histograms.items()),
    )


def forget_all() -> None:
    """Begin anew, for tests: the values belong to the whole process."""
    _store.numbers.clear()
    _store.histograms.clear()
