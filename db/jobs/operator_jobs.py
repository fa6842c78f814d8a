"""What whoever runs the service asks of jobs: lists, everything about one, and another try of what stands still."""

from collections.abc import Sequence
from typing import Any, Final

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from db.jobs import attempts as attempt_rows
from db.jobs import jobs as job_rows
from db.jobs import line, moves
from db.jobs.changes import NOW
from db.jobs.moves import Claim, ErrorJson
from db.tables.schema import attempts, deliveries, images, jobs, ledger, recipes, requests, rungs
from db.tables.types import database_now_ms
from services.models import DeliveryState, JobState, JsonValue

Row = dict[str, Any]

_JOB: Final = (
    jobs.c.id, jobs.c.request_id, jobs.c.position, jobs.c.state, jobs.c.user_id, jobs.c.guild_id, jobs.c.provider,
    jobs.c.model, jobs.c.payer, jobs.c.price_micro_usd, jobs.c.cost_micro_usd, jobs.c.submit_tries,
    jobs.c.fetch_tries, jobs.c.polls, jobs.c.worker_id, jobs.c.error, jobs.c.created_at_ms, jobs.c.started_at_ms,
    jobs.c.ended_at_ms, jobs.c.not_before_ms, jobs.c.poll_at_ms, jobs.c.doubt_until_ms, jobs.c.cancel_requested_at_ms,
)  # fmt: skip
# No handle and no outcome: they hold addresses that lead to the picture.
_ATTEMPT: Final = (
    attempts.c.id, attempts.c.number, attempts.c.state, attempts.c.opened_at_ms, attempts.c.sent_at_ms,
    attempts.c.closed_at_ms, attempts.c.remote_id, attempts.c.error,
)  # fmt: skip
_DELIVERY: Final = (
    deliveries.c.id, deliveries.c.kind, deliveries.c.state, deliveries.c.rung, deliveries.c.tries,
    deliveries.c.channel_id, deliveries.c.message_id, deliveries.c.created_at_ms, deliveries.c.ended_at_ms,
    deliveries.c.not_before_ms, deliveries.c.noticed_at_ms,
)  # fmt: skip


def _rows(conn: Connection, statement: sa.Select[*tuple[Any, ...]]) -> list[Row]:
    return [dict(values) for values in conn.execute(statement).mappings()]


def list_jobs(conn: Connection, states: Sequence[str], user_id: int | None, limit: int) -> list[Row]:
    """Return the newest jobs, of these states (of all where there are none) and of one person where one is named."""
    age_ms = (database_now_ms() - jobs.c.created_at_ms).label("age_ms")
    statement = sa.select(*_JOB, recipes.c.code, age_ms).outerjoin(recipes, recipes.c.id == jobs.c.recipe_id)
    if states:
        statement = statement.where(jobs.c.state.in_(states))
    if user_id is not None:
        statement = statement.where(jobs.c.user_id == user_id)
    return _rows(conn, statement.order_by(jobs.c.id.desc()).limit(limit))


def _deliveries(conn: Connection, request_id: int, job_id: int) -> list[Row]:
    is_of_job = deliveries.c.job_id.is_(None) | (deliveries.c.job_id == job_id)
    statement = sa.select(*_DELIVERY).where(deliveries.c.request_id == request_id, is_of_job)
    found = _rows(conn, statement.order_by(deliveries.c.id))
    for delivery in found:
        tries = sa.select(rungs.c.rung, rungs.c.tried_at_ms, rungs.c.outcome)
        delivery["rungs"] = _rows(
            conn, tries.where(rungs.c.delivery_id == delivery["id"]).order_by(rungs.c.id)
        )
    return found


def _ledger(conn: Connection, job_id: int) -> list[Row]:
    c = ledger.c
    entries = sa.select(c.book, c.kind, c.amount_micro_usd, c.at_ms).where(c.job_id == job_id)
    return _rows(conn, entries.order_by(c.id))


def read_job_in_full(conn: Connection, job_id: int) -> Row | None:
    """Return everything that is known of a job but its words and what opens its picture; None where there is none.

    Under `recipe` stands the recipe as it is stored, which the caller shows only where it was asked for.
    """
    origin = (requests.c.kind, requests.c.origin, requests.c.visibility, requests.c.channel_id)
    statement = (
        sa.select(
            *_JOB,
            recipes.c.code,
            recipes.c.body.label("recipe"),
            *origin,
            images.c.digest,
            images.c.size_bytes,
        )
        .select_from(
            jobs.join(requests, requests.c.id == jobs.c.request_id)
            .outerjoin(recipes, recipes.c.id == jobs.c.recipe_id)
            .outerjoin(images, images.c.job_id == jobs.c.id)
        )
        .where(jobs.c.id == job_id)
    )
    found = _rows(conn, statement)
    if not found:
        return None
    tries = sa.select(*_ATTEMPT).where(attempts.c.job_id == job_id).order_by(attempts.c.number)
    return {
        **found[0],
        "attempts": _rows(conn, tries),
        "deliveries": _deliveries(conn, found[0]["request_id"], job_id),
        "ledger": _ledger(conn, job_id),
    }


def has_parked(conn: Connection, request_id: int) -> bool:
    """Return whether a request has a result that could not be brought."""
    condition = (deliveries.c.request_id == request_id) & (deliveries.c.state == DeliveryState.PARKED)
    return bool(conn.execute(sa.select(sa.exists().where(condition))).scalar())


def deliver_again(conn: Connection, request_id: int) -> int:
    """Put the parked results of a request on their way once more; returns how many.

    A rung that was refused is open again: whoever asks for this has mended what refused it. A try of which nobody
    knows the end stays in doubt, and is looked for, also where there was too much to look through.
    """
    parked = (deliveries.c.request_id == request_id) & (deliveries.c.state == DeliveryState.PARKED)
    of_parked = rungs.c.delivery_id.in_(sa.select(deliveries.c.id).where(parked))
    closed = rungs.c.outcome.in_(("refused", "unseen"))
    conn.execute(sa.update(rungs).where(of_parked, closed).values(outcome=rungs.c.outcome.concat(" before")))
    values = {
        "state": DeliveryState.PENDING,
        "tries": 0,
        "ended_at_ms": None,
        "not_before_ms": database_now_ms(),
    }
    return conn.execute(sa.update(deliveries).where(parked).values(**values)).rowcount


FIRST: Final = -1
"""The priority of what whoever runs the service lets go first; that of all others is 0."""


def hurry(conn: Connection, job_id: int) -> None:
    """Let an open job that waits for its time go on at once: in line, at its next look, or at its next fetch.

    In line it goes before all that people asked for, as soon as its person and server may have one more in the works.
    Its turn is given back: one that is far behind would move the whole line on to it, and newcomers behind it.
    """
    job_rows.set_job(conn, job_id, JobState.QUEUED, not_before_ms=NOW, priority=FIRST, turn=0, user_turn=0)
    job_rows.set_job(conn, job_id, JobState.WAITING, poll_at_ms=NOW)
    job_rows.set_job(conn, job_id, JobState.FETCHING, not_before_ms=NOW)


def was_charged(conn: Connection, job_id: int) -> bool:
    """Return whether a failed job's provider took money for it."""
    error = attempt_rows.last_error(conn, job_id)
    return error is not None and error.get("charged") is True


def fail_job(
    conn: Connection, job_id: int, error: ErrorJson, *, stopped_attempt: int | None = None
) -> tuple[JobState, JobState] | None:
    """End an open job by hand and put its result on its way; returns (before, after), None where it is not open.

    An order that left may be paid and may still give its picture: it is `unknown`, which a late picture still adopts;
    unless it is that of `stopped_attempt`, which its provider has stopped for certain.
    """
    job = job_rows.read_job(conn, job_id)
    claim = moves.read_claim(conn, job_id)
    if job is None:
        return None
    if job.state is JobState.QUEUED:
        line.fail_these(conn, [job], error)
        return JobState.QUEUED, JobState.FAILED
    if claim is None:
        return None
    is_stopped = job.state is JobState.WAITING and claim.attempt.id == stopped_attempt
    has_left = claim.attempt.sent_age_s is not None and job.state is not JobState.FETCHING and not is_stopped
    after = JobState.UNKNOWN if has_left else JobState.FAILED
    befores = (JobState.SUBMITTING, JobState.WAITING, JobState.FETCHING)
    if job.state in befores and moves.end_without_picture(conn, claim, job.state, after, error):
        return job.state, after
    return None


def newest_claim(conn: Connection, job_id: int) -> Claim | None:
    """Return a job with the newest of its attempts that its provider has answered, else with its newest one."""
    claim = moves.read_claim(conn, job_id)
    if claim is None or claim.attempt.handle is not None:
        return claim
    answered = attempt_rows.attempt_to_fetch(conn, job_id)
    return claim if answered is None else Claim(claim.job, answered)


def code_of(error: JsonValue) -> str:
    """Return the code of a stored error, "" where there is none."""
    return str(error.get("code", "")) if isinstance(error, dict) else ""
