"""Every metric that Limner gives out: its kind, its labels, its buckets and what it says, in one table.

Names follow Prometheus' conventions: base units (seconds, bytes, dollars), `_total` for what only grows. Labels take
few values: states, kinds, names of image services; never ids of people, servers or pictures, never anybody's words.
*Source:* prometheus.io/docs/practices/naming.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType
from typing import Final


class Kind(StrEnum):
    """What a metric's value means."""

    COUNTER = "counter"
    GAUGE = "gauge"
    HISTOGRAM = "histogram"


@dataclass(frozen=True, slots=True)
class Metric:
    """One metric. `buckets` are upper bounds of a histogram, ascending, in its unit; the last one is +Inf by itself."""

    kind: Kind
    text: str
    labels: tuple[str, ...] = ()
    buckets: tuple[float, ...] = ()


_ACKNOWLEDGEMENT_S: Final = (0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.0, 3.0)
_TRANSACTION_S: Final = (0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.5, 1.0, 5.0)
_LAG_S: Final = (0.001, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 5.0)
_CALL_S: Final = (0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 60.0, 180.0)
_STAGE_S: Final = (0.01, 0.05, 0.1, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 60.0, 180.0, 600.0, 1800.0, 7200.0)


def _counter(text: str, *labels: str) -> Metric:
    return Metric(Kind.COUNTER, text, labels)


def _gauge(text: str, *labels: str) -> Metric:
    return Metric(Kind.GAUGE, text, labels)


def _histogram(text: str, buckets: tuple[float, ...], *labels: str) -> Metric:
    return Metric(Kind.HISTOGRAM, text, labels, buckets)


METRICS: Final[Mapping[str, Metric]] = MappingProxyType(
    {
        "limner_build_info": _gauge("Always 1; the labels say what runs.", "version", "python", "role"),
        # Jobs and their messages.
        "limner_jobs": _gauge("Jobs in the database by state.", "state"),
        "limner_job_moves_total": _counter("Moves of jobs from a state to another.", "before", "after", "provider"),
        "limner_job_seconds": _histogram(
            "How long jobs took: in line, at the image service, fetching, and until the result was delivered.",
            _STAGE_S, "stage", "provider",
        ),
        "limner_result_seconds": _histogram(
            "Results brought: since the last picture was there (delivery), and since they were asked for (whole).",
            _STAGE_S, "span",
        ),
        "limner_deliveries": _gauge("Results by state: pending, trying, parked.", "state"),
        "limner_delivery_tries_total": _counter("Tries to bring a result, by way and outcome.", "rung", "outcome"),
        "limner_parked_total": _counter("Results that could not be brought and are kept for the next command."),
        # Discord.
        "limner_acknowledgement_seconds": _histogram(
            "From an interaction's arrival to its acknowledgement; Discord forgets it after 3 s.", _ACKNOWLEDGEMENT_S
        ),
        "limner_acknowledgements_total": _counter("First answers to interactions by outcome.", "outcome"),
        "limner_gateway_heartbeat_age_seconds": _gauge("Since Discord last answered a heartbeat.", "shard"),
        "limner_gateway_shard_up": _gauge("1 while a shard is connected and answered.", "shard"),
        # Image services.
        "limner_provider_calls_total": _counter(
            "Calls to image services by what they were for and how they ended.", "provider", "call", "outcome"
        ),
        "limner_provider_call_seconds": _histogram("How long such a call took.", _CALL_S, "provider", "call"),
        "limner_provider_circuit_open": _gauge("1 while a service is taken for down.", "provider"),
        "limner_webhooks_total": _counter("Calls of image services by how they were answered.", "provider", "outcome"),
        # Money.
        "limner_ledger_usd": _gauge(
            "Sums of all ledger entries, in dollars: hold + settle + release is what users were charged.",
            "book", "kind", "payer", "provider",
        ),
        "limner_held_usd": _gauge("Prices of the jobs that are under way, in dollars."),
        # The database, the pictures, the disk.
        "limner_database_transaction_seconds": _histogram("How long transactions took.", _TRANSACTION_S, "kind"),
        "limner_database_errors_total": _counter("Transactions that failed, by code.", "kind", "code"),
        "limner_database_retries_total": _counter("Transactions that were run once more.", "reason"),
        "limner_workers": _gauge("Processes of any role whose heartbeat is young."),
        "limner_stored_images": _gauge("Pictures that are kept."),
        "limner_stored_images_bytes": _gauge("Bytes of the pictures that are kept."),
        "limner_disk_free_bytes": _gauge("Free bytes of the disk with the data folder."),
        "limner_disk_free_ratio": _gauge("Free share of that disk, 0..1."),
        # The process.
        "limner_event_loop_lag_seconds": _histogram("How late the event loop runs what is due.", _LAG_S),
        "limner_event_loop_lag_worst_seconds": _gauge("The worst lag of the last minute."),
        "limner_tasks": _gauge("Tasks of the event loop."),
        "limner_alerts_total": _counter("Alerts by kind, those that were held back included.", "kind"),
    }
)  # fmt: skip
"""Name -> metric. `docs/operating.md` has the same list with what to do."""
