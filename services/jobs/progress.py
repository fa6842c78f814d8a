"""Show people how far their pictures are: one ticker looks at all running requests, and edits are spread."""

import asyncio
import logging
from typing import Final

from db import job_queries, requests
from db.engine import Connection
from db.job_queries import RunningRequest
from db.requests import RequestRow
from services.context import Context
from services.jobs import results
from services.jobs.courier import Courier, ProgressReport
from services.jobs.message_turns import MessageTurns

log = logging.getLogger(__name__)

TICK_S: Final = 2.0
"""At most one edit per 2 s a request."""
EDITS_A_TICK: Final = 40


def _read(conn: Connection) -> list[tuple[RunningRequest, RequestRow, float | None]]:
    running = job_queries.list_running_requests(conn, int(TICK_S * 1000), EDITS_A_TICK * 4)[:EDITS_A_TICK]
    rows = requests.read_many(conn, [one.request_id for one in running])
    expected = {model: job_queries.expected_seconds(conn, model) for model in {one.model for one in running}}
    return [(one, rows[one.request_id], expected[one.model]) for one in running if one.request_id in rows]


def _number(value: object) -> float | None:
    return float(value) if isinstance(value, int | float) else None


def make_report(
    context: Context, running: RunningRequest, request: RequestRow, expected_s: float | None
) -> ProgressReport:
    """Return what the progress message of a running request says."""
    log_line = running.progress.get("log_line")
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
        expected_s=expected_s or context.catalog.find(running.model).expected_s,
    )


async def _show(courier: Courier, turns: MessageTurns, report: ProgressReport) -> None:
    async with turns.progress(report.request_id) as is_our_turn:
        if is_our_turn and not await courier.show_progress(report):
            turns.mark_uncertain(report.request_id)


async def show_all(context: Context, courier: Courier, turns: MessageTurns) -> int:
    """Edit the progress message of every running request once; returns how many there were."""
    turns.begin_tick()
    found = await context.database.read(_read)
    reports = [make_report(context, running, request, expected_s) for running, request, expected_s in found]
    await asyncio.gather(*(_show(courier, turns, report) for report in reports))
    return len(reports)
