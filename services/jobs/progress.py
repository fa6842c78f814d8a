"""Show people how far their pictures are: one ticker looks at all running requests, and edits are spread.

A request is edited at most every 2 s, and the less often the longer it runs: each edit costs as much as a look at its
provider, and a bar that moves for a minute already is no news.
"""

import asyncio
import logging
import time
from collections.abc import Callable, Mapping
from typing import Final

from db.engine import Connection
from db.jobs import job_queries, progress_edits, requests
from db.jobs.job_queries import RunningRequest
from db.jobs.requests import RequestRow
from services.context import Context
from services.jobs import results
from services.jobs.courier import Courier, ProgressReport
from services.jobs.known_after import expected_s, line_wait_s
from services.jobs.message_turns import MessageTurns
from services.logs import about

log = logging.getLogger(__name__)

TICK_S: Final = 2.0
EDITS_A_TICK: Final = 10
SHARE_OF_AGE: Final = 1 / 6
LONGEST_PAUSE_S: Final = 30.0
BEGIN_WITHIN_S: Final = 2.5
"""An edit begins this long after its message was taken at most; with the edit's own 2 s that is within the lease."""
USUAL_KNOWN_FOR_S: Final = 60.0
"""How long a model's mean duration is taken as it was read."""


def pause_s(age_s: float) -> float:
    """Return the time until the next edit of a request of this age."""
    return min(max(age_s * SHARE_OF_AGE, TICK_S), LONGEST_PAUSE_S)


def _number(value: object) -> float | None:
    return float(value) if isinstance(value, int | float) else None


def _whole(value: object) -> int | None:
    return value if isinstance(value, int) else None


def make_report(
    context: Context, running: RunningRequest, request: RequestRow, usual_s: float | None
) -> ProgressReport:
    """Return what the progress message of a running request says."""
    log_line = running.progress.get("log_line")
    expected = usual_s or expected_s(context, running.model)
    return ProgressReport(
        request_id=running.request_id,
        first_job_id=running.first_job_id,
        origin=results.open_origin(context, request),
        visibility=request.visibility,
        model=running.model,
        pictures_done=running.done,
        pictures_total=running.total,
        place=running.ahead,
        fraction=_number(running.progress.get("fraction")),
        log_line=log_line if isinstance(log_line, str) else None,
        elapsed_s=running.elapsed_s,
        expected_s=expected,
        wait_s=None
        if running.ahead is None
        else line_wait_s(context, running.model, running.ahead, expected),
        doubtful_job_id=_whole(running.progress.get("doubtful_job_id")),
        price_micro_usd=_whole(running.progress.get("price_micro_usd")) or 0,
        total_micro_usd=running.price_micro_usd,
    )


class ProgressTicker:
    """Edits the messages of running requests; `now_s` is a clock that only goes forward.

    Each message is taken in the database first: the tickers of other workers leave it alone meanwhile.
    """

    def __init__(
        self,
        context: Context,
        courier: Courier,
        turns: MessageTurns,
        now_s: Callable[[], float] = time.monotonic,
        worker_id: str = "",
    ) -> None:
        self._context = context
        self._courier = courier
        self._turns = turns
        self._now_s = now_s
        self._worker_id = worker_id
        self._due_s: dict[int, float] = {}
        self._usual: dict[str, tuple[float | None, float]] = {}

    async def tick(self) -> int:
        """Edit the messages that are due, the longest due first; returns how many."""
        self._turns.begin_tick()
        ages = await self._context.database.read(job_queries.list_showable_requests, int(TICK_S * 1000))
        self._due_s = {request_id: self._due_s.get(request_id, 0.0) for request_id in ages}
        pauses_s = {request_id: pause_s(ages[request_id]) for request_id in self._choose()}
        if not pauses_s:
            return 0
        for request_id, seconds in pauses_s.items():
            self._due_s[request_id] = self._now_s() + seconds
        until_s = self._now_s() + BEGIN_WITHIN_S
        taken = await self._take(pauses_s)
        return await self._edit(taken, until_s) if taken else 0

    async def _take(self, pauses_s: Mapping[int, float]) -> list[int]:
        """Return those of these requests whose messages are ours for one edit.

        What we edited on the last tick but one is due again, although its edit took a moment: hence the half tick.
        """
        database, half_tick_s = self._context.database, TICK_S / 2
        pauses_ms = {one: int((seconds - half_tick_s) * 1000) for one, seconds in pauses_s.items()}
        return sorted(await database.write(progress_edits.take_edits, self._worker_id, pauses_ms))

    async def _edit(self, request_ids: list[int], until_s: float) -> int:
        """Edit messages that are ours, and give them back.

        An edit that was cut off counts as uncertain.
        """
        uncertain = request_ids
        try:
            reports = await self._reports(request_ids)
            shown = await asyncio.gather(*(self._show(report, until_s) for report in reports))
            uncertain = [report.request_id for report, ended in zip(reports, shown, strict=True) if not ended]
        finally:
            await self._context.database.write(
                progress_edits.end_edits, self._worker_id, request_ids, uncertain
            )
        return len(reports)

    def _choose(self) -> list[int]:
        now_s = self._now_s()
        due = [request_id for request_id, due_s in self._due_s.items() if due_s <= now_s]
        return sorted(due, key=lambda request_id: self._due_s[request_id])[:EDITS_A_TICK]

    async def _reports(self, request_ids: list[int]) -> list[ProgressReport]:
        running, rows = await self._context.database.read(_read, request_ids)
        usual = {model: await self._usual_s(model) for model in {one.model for one in running}}
        return [
            make_report(self._context, one, rows[one.request_id], usual[one.model])
            for one in running
            if one.request_id in rows
        ]

    async def _usual_s(self, model: str) -> float | None:
        """Return the mean duration of the model's last pictures, None before the first one."""
        usual_s, until_s = self._usual.get(model, (None, 0.0))
        if until_s <= self._now_s():
            usual_s = await self._context.database.read(job_queries.expected_seconds, model)
            self._usual[model] = (usual_s, self._now_s() + USUAL_KNOWN_FOR_S)
        return usual_s

    async def _show(self, report: ProgressReport, until_s: float) -> bool:
        """Make one edit, unless the result is on its way here; return whether the call ended for certain.

        Not after `until_s`: the process was stopped in between, and the message may be another worker's by now.
        """
        with about(request=report.request_id):
            async with self._turns.progress(report.request_id) as is_our_turn:
                if not is_our_turn or self._now_s() > until_s or await self._courier.show_progress(report):
                    return True
                self._turns.mark_uncertain(report.request_id)
                return False


def _read(conn: Connection, request_ids: list[int]) -> tuple[list[RunningRequest], dict[int, RequestRow]]:
    return job_queries.list_running_requests(conn, request_ids), requests.read_many(conn, request_ids)
