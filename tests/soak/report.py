"""What a run is judged by, and the table that it prints."""

from tests.soak.judging import (
    Finding,
    judge_flat,
    judge_growth,
    judge_lag,
    judge_least,
    judge_none,
    judge_time,
    judge_wal,
)
from tests.soak.soak import Outcome


def _load(outcome: Outcome) -> list[Finding]:
    verdict, size = outcome.verdict, outcome.size
    calls, struck = outcome.provider_calls
    asked, hit = outcome.discord["asked"], sum(outcome.discord["struck"].values())
    return [
        judge_time(outcome.took_s / 60, size.minutes),
        judge_least("jobs accepted", verdict.accepted, size.jobs),
        judge_least("webhooks taken", outcome.webhooks, 2 * size.jobs),
        judge_least("of them repeats", outcome.repeated, size.jobs),
        judge_least("times the gateway was lost", outcome.drops, size.drops),
        Finding("faults at image services", f"{struck:,} of {calls:,} calls ({100 * struck / max(calls, 1):.1f} %)"),
        Finding("faults at Discord", f"{hit:,} of {asked:,} calls ({100 * hit / max(asked, 1):.1f} %)"),
    ]  # fmt: skip


def _use(outcome: Outcome, *, has_file: bool) -> list[Finding]:
    meter = outcome.meter
    busiest = max((sum(sample.jobs.values()) for sample in meter.samples), default=0)
    return [
        judge_growth("memory after the first third", meter.points("resident_mib"), "MiB"),
        *(judge_flat(name, meter.points(name)) for name in ("descriptors", "tasks", "threads")),
        judge_lag(meter.lag_buckets()),
        *([judge_wal(meter.wal_mib)] if has_file else []),
        Finding("database at the end", f"{meter.samples[-1].database_mib:.0f} MiB") if has_file else
        Finding("database", "PostgreSQL"),
        Finding("open jobs, most in a sample", f"{busiest:,}"),
    ]  # fmt: skip


def _books(outcome: Outcome) -> list[Finding]:
    verdict = outcome.verdict
    ends = f"{verdict.delivered:,} delivered, {verdict.told:,} told of an end without a picture"
    return [
        judge_none("stuck", outcome.stuck),
        Finding("in doubt, until their time had passed", f"{outcome.doubtful:,}"),
        Finding("ends", f"{ends}, {verdict.orphans:,} orphans"),
        judge_none("lost, paid twice, posted twice, damaged, ledger drift", len(verdict.violations)),
    ]


def findings_of(outcome: Outcome, *, has_file: bool) -> list[Finding]:
    """Return every row; `has_file`: the database is a SQLite file."""
    return [*_load(outcome), *_use(outcome, has_file=has_file), *_books(outcome)]
