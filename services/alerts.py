"""What those who run the bot are told: every kind of alert with its severity, what happened and what to do.

A message names image services, counts and settings; never a key, and never anything that somebody wrote.
"""

import logging
from collections.abc import Mapping
from dataclasses import dataclass
from enum import IntEnum
from types import MappingProxyType
from typing import Final

from services.metrics import count

Field = str | int | float

MOST_PENDING: Final = 200
"""Kinds and subjects that wait to be written; more than this are only counted."""


class Severity(IntEnum):
    """How much an alert matters, as the level of its line in the log."""

    INFO = logging.INFO
    WARNING = logging.WARNING
    CRITICAL = logging.CRITICAL


@dataclass(frozen=True, slots=True)
class AlertKind:
    """One kind: `what` happened (filled from the alert's fields) and what is to be done."""

    severity: Severity
    what: str
    todo: str


ALERTS: Final[Mapping[str, AlertKind]] = MappingProxyType(
    {
        "refused_key": AlertKind(
            Severity.CRITICAL,
            "{subject} refuses the bot's own key.",
            "Set a good key and restart; until then people with keys of their own go on.",
        ),
        "no_balance": AlertKind(
            Severity.CRITICAL,
            "The account behind the bot's own key at {subject} has no balance left.",
            "Top it up; nothing has to be restarted.",
        ),
        "circuit_open": AlertKind(
            Severity.WARNING,
            "{subject} does not answer; pictures in line wait for it, ten minutes at most.",
            "Look at its status page; it is tried again every 30 s by itself. /pause tells people why.",
        ),
        "circuit_open_here": AlertKind(
            Severity.WARNING,
            "{subject} answers other processes of Limner, but for ten minutes not one of them.",
            "Look at the network of the machine whose log says so; the others go on painting.",
        ),
        "circuit_closed": AlertKind(Severity.INFO, "{subject} answers again.", "Nothing is to be done."),
        "disk_low": AlertKind(
            Severity.CRITICAL,
            "Only {percent} % ({gib} GiB) of the disk with {folder} is free.",
            "Make room, or move LIMNER_DATA or the pictures to a larger disk; a full disk stops everything until there "
            "is room.",
        ),
        "decoder_failed": AlertKind(
            Severity.CRITICAL,
            "Finished pictures cannot be looked into, because the process for it does not start; they wait at their "
            "services.",
            "Run `bot.py doctor` and look in the log soon: some services keep a picture for an hour only.",
        ),
        "jobs_unknown": AlertKind(
            Severity.WARNING,
            "Of an order at {subject} nobody knows the outcome; it may have been paid without a picture.",
            "Compare `bot.py jobs list --state unknown` with the list of orders in the account there.",
        ),
        "results_parked": AlertKind(
            Severity.WARNING,
            "{parked} results of the last hour could not be brought to their owners.",
            "Look in the log for the reasons Discord gave; the owners are told at their next command.",
        ),
        "ledger_drift": AlertKind(
            Severity.CRITICAL,
            "The ledger does not fit the jobs: {found} findings.",
            "Run `bot.py doctor`, keep a backup of the database, and report it: this is a mistake of Limner's.",
        ),
        "gateway_dead": AlertKind(
            Severity.CRITICAL,
            "Discord has not answered the gateway for {minutes} minutes; the process ends with exit code 1.",
            "Whatever supervises it starts it again; if this repeats, look at Discord's status and the network.",
        ),
        "database_restored": AlertKind(
            Severity.CRITICAL,
            "The database is older than what came after it ({reason}): {ended} jobs in line were ended, {in_doubt} are "
            "in doubt, {asked_after} are asked after.",
            "Nothing is sent again. If you did not restore it, look for what did; see docs/operating.md, Backups.",
        ),
    }
)
"""Kind -> what is said of it. `docs/operating.md` has the same list."""


@dataclass(frozen=True, slots=True)
class Alert:
    """Something that was raised: `times` since the last message about this kind and subject."""

    kind: str
    subject: str
    fields: Mapping[str, Field]
    times: int = 1

    def message(self) -> str:
        """Return what is said: severity, what happened, what to do."""
        entry = ALERTS[self.kind]
        what = entry.what.format(subject=self.subject, **self.fields)
        often = f" ({self.times} times)" if self.times > 1 else ""
        return f"{entry.severity.name}: {what}{often} {entry.todo}"


class AlertBook:
    """What was raised in this process and is not written down yet."""

    def __init__(self) -> None:
        self._pending: dict[tuple[str, str], Alert] = {}

    def note(self, kind: str, subject: str = "", /, **fields: Field) -> None:
        """Raise an alert; it is written and sent within seconds, at most once an hour for a kind and subject."""
        count("limner_alerts_total", kind=kind)
        self._add(Alert(kind, subject, fields))

    def take(self) -> list[Alert]:
        """Return what was raised since the last time."""
        taken, self._pending = list(self._pending.values()), {}
        return taken

    def put_back(self, alerts: list[Alert]) -> None:
        """Keep what could not be written for the next time."""
        for alert in alerts:
            self._add(alert)

    def _add(self, alert: Alert) -> None:
        place = (alert.kind, alert.subject)
        before = self._pending.get(place)
        if before is not None or len(self._pending) < MOST_PENDING:
            times = alert.times + (0 if before is None else before.times)
            self._pending[place] = Alert(alert.kind, alert.subject, alert.fields, times)
