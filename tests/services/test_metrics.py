"""Counting, the table of metrics, and that the code counts nothing that the table does not have."""

import ast
from collections.abc import Iterator

import pytest
from prometheus_client.parser import text_string_to_metric_families

from services import metrics
from services.metric_table import METRICS, Kind
from services.metrics_text import render
from tests.architecture_rules import ROOT, Source, read_sources

SOURCES = read_sources()
NAMES_NOBODY = {
    "after", "before", "book", "call", "code", "kind", "outcome", "payer", "provider", "python", "reason", "role",
    "rung", "shard", "span", "stage", "state", "version",
}  # fmt: skip
FUNCTIONS = {"count", "observe", "set_gauge", "set_gauges"}


@pytest.fixture(autouse=True)
def _nothing_counted() -> Iterator[None]:
    metrics.forget_all()
    yield
    metrics.forget_all()


def families() -> dict[str, dict[tuple[str, tuple[tuple[str, str], ...]], float]]:
    text, _ = render(metrics.snapshot())
    return {
        family.name: {
            (sample.name, tuple(sorted(sample.labels.items()))): sample.value for sample in family.samples
        }
        for family in text_string_to_metric_families(text.decode())
    }


def test_a_counter_grows_by_its_labels() -> None:
    for _ in range(3):
        metrics.count("limner_provider_calls_total", provider="fal", call="submit", outcome="ok")
    metrics.count("limner_provider_calls_total", 2, provider="fal", call="poll", outcome="busy")
    found = families()["limner_provider_calls"]
    ok = (("call", "submit"), ("outcome", "ok"), ("provider", "fal"))
    busy = (("call", "poll"), ("outcome", "busy"), ("provider", "fal"))
    assert found == {
        ("limner_provider_calls_total", ok): 3,
        ("limner_provider_calls_total", busy): 2,
    }


def test_a_histogram_sums_up_its_buckets_and_a_bound_belongs_to_its_bucket() -> None:
    for seconds in (0.0005, 0.004, 70.0):
        metrics.observe("limner_database_transaction_seconds", seconds, kind="write")
    found = families()["limner_database_transaction_seconds"]
    by_bound = {
        dict(labels)["le"]: value for (name, labels), value in found.items() if name.endswith("bucket")
    }
    assert (by_bound["0.0005"], by_bound["0.0025"], by_bound["0.005"]) == (1, 1, 2)
    assert (by_bound["5.0"], by_bound["+Inf"]) == (2, 3)
    kind = (("kind", "write"),)
    assert found["limner_database_transaction_seconds_count", kind] == 3
    assert found["limner_database_transaction_seconds_sum", kind] == pytest.approx(70.0045)


def test_a_gauge_forgets_what_is_not_named_any_more() -> None:
    metrics.set_gauges("limner_provider_circuit_open", {("fal",): 1, ("bfl",): 0})
    metrics.set_gauges("limner_provider_circuit_open", {("bfl",): 0})
    assert families()["limner_provider_circuit_open"] == {
        ("limner_provider_circuit_open", (("provider", "bfl"),)): 0
    }


def test_a_label_that_goes_wild_ends_in_one_series() -> None:
    for number in range(metrics.MOST_SERIES + 50):
        metrics.count("limner_database_errors_total", kind="write", code=f"code_{number}")
    found = families()["limner_database_errors"]
    assert len(found) == metrics.MOST_SERIES + 1
    other = (("code", metrics.OTHER), ("kind", metrics.OTHER))
    assert found["limner_database_errors_total", other] == 50


def test_the_text_also_tells_of_the_process() -> None:
    assert "process_resident_memory_bytes" in families()


def test_openmetrics_is_spoken_to_who_asks_for_it() -> None:
    text, content_type = render(metrics.snapshot(), "application/openmetrics-text; version=1.0.0")
    assert content_type.startswith("application/openmetrics-text")
    assert text.endswith(b"# EOF\n")


def test_a_snapshot_does_not_change_any_more() -> None:
    metrics.observe("limner_event_loop_lag_seconds", 0.002)
    taken = metrics.snapshot()
    metrics.observe("limner_event_loop_lag_seconds", 0.002)
    ((_, _, series),) = taken.histograms
    assert sum(series[()].counts) == 1


@pytest.mark.parametrize("name", METRICS)
def test_names_and_labels_follow_the_conventions(name: str) -> None:
    metric = METRICS[name]
    assert name.startswith("limner_")
    assert name.endswith("_total") == (metric.kind is Kind.COUNTER)
    assert not name.endswith(("_ms", "_milliseconds", "_mib", "_percent", "_micro_usd", "_count", "_sum"))
    assert (metric.kind is Kind.HISTOGRAM) == bool(metric.buckets)
    assert list(metric.buckets) == sorted(set(metric.buckets))
    if metric.kind is Kind.HISTOGRAM:
        assert name.endswith("_seconds")
    assert set(metric.labels) <= NAMES_NOBODY
    assert metric.text.endswith(".")


def calls() -> Iterator[tuple[Source, ast.Call, str]]:
    for source in SOURCES:
        if source.path == "services/metrics.py":
            continue
        for node in ast.walk(source.tree):
            if not isinstance(node, ast.Call) or not node.args:
                continue
            function = ast.unparse(node.func).rpartition(".")[2]
            first = node.args[0]
            if (
                function in FUNCTIONS
                and isinstance(first, ast.Constant)
                and str(first.value)[:7] == "limner_"
            ):
                yield source, node, function


def test_the_code_counts_only_what_the_table_has_and_with_its_labels() -> None:
    wrong = []
    for source, node, function in calls():
        name = str(node.args[0].value)  # type: ignore[attr-defined] # a constant, see `calls`
        metric = METRICS.get(name)
        given = {keyword.arg for keyword in node.keywords}
        fits = metric is not None and (function == "set_gauges" or given == set(metric.labels))
        kinds = {"count": Kind.COUNTER, "observe": Kind.HISTOGRAM}
        if not fits or metric is None or metric.kind is not kinds.get(function, Kind.GAUGE):
            wrong.append(f"{source.path}:{node.lineno} {name}")
    assert not wrong, wrong


def test_every_metric_of_the_table_is_counted_somewhere() -> None:
    used = {str(node.args[0].value) for _, node, _ in calls()}  # type: ignore[attr-defined] # as above
    assert used == set(METRICS)


def test_the_operators_page_has_every_metric() -> None:
    text = (ROOT / "docs" / "operating.md").read_text("utf-8")
    missing = [name for name in METRICS if f"`{name}`" not in text]
    assert not missing, missing
