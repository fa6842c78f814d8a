"""Whole transactions of the job engine: each moves one job together with everything that must move with it.

Every function is handed to `Database.write`. A False or None means that somebody else was faster; nothing changed then.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy.engine import Connection

from db import abandoned, attempts, deliveries, images, jobs, recipes, requests
from db.attempts import AttemptRow
from db.images import ImageRow
from db.jobs import JobRow
from db.types import database_now_ms
from services.models import AttemptState, DeliveryKind, JobState, JsonValue

ErrorJson = dict[str, JsonValue]

IN_DOUBT = "no certain answer yet: it may have been accepted, so it is not sent again"
"""What the progress message says while nobody knows whether the provider has the order."""


@dataclass(frozen=True, slots=True)
class Claim:
    """A job in the hands of one worker, with the attempt it works on."""

    job: JobRow
    attempt: AttemptRow


def _finish(conn: Connection, request_id: int, *, late_job_id: int | None = None) -> None:
    """Put the request's result on its way when this was its last job; a picture that comes later goes alone."""
    if requests.end_if_done(conn, request_id):
        deliveries.insert_delivery(conn, request_id, DeliveryKind.RESULT)
    elif late_job_id is not None and requests.is_ended(conn, request_id):
        deliveries.insert_delivery(conn, request_id, DeliveryKind.LATE, job_id=late_job_id)


def claim_submit(conn: Connection, worker_id: str, caps: Mapping[str, int]) -> Claim | None:
    """Take the next job in line and open its attempt."""
    job_id = jobs.claim_queued(conn, worker_id, caps)
    if job_id is None:
        return None
    job = jobs.read_job(conn, job_id)
    if job is None:
        return None
    return Claim(job, attempts.open_attempt(conn, job_id, job.fence))


def claim_fetch(conn: Connection, worker_id: str) -> Claim | None:
    """Take a job whose picture is ready at its provider."""
    job_id = jobs.claim_fetching(conn, worker_id)
    if job_id is None:
        return None
    job = jobs.read_job(conn, job_id)
    attempt = attempts.attempt_to_fetch(conn, job_id) or attempts.last_attempt(conn, job_id)
    return None if job is None or attempt is None else Claim(job, attempt)


def read_claim(conn: Connection, job_id: int) -> Claim | None:
    """Return a job with its newest attempt, None where it has none."""
    job, attempt = jobs.read_job(conn, job_id), attempts.last_attempt(conn, job_id)
    return None if job is None or attempt is None else Claim(job, attempt)


def claim_poll(conn: Connection, lease_ms: int) -> Claim | None:
    """Take a waiting job that is due to be asked after."""
    job_id = jobs.claim_due_poll(conn, lease_ms)
    return None if job_id is None else read_claim(conn, job_id)


def close_unsent(conn: Connection, claim: Claim, *, is_counted: bool = True) -> None:
    """Close an attempt of which nothing left: its job goes back to the line, or ends where it was canceled.

    `is_counted` False gives the try back.
    """
    attempts.close_attempt(conn, claim.attempt.id, AttemptState.NOT_SENT)
    job = jobs.read_job(conn, claim.job.id)
    if job is None or job.state is not JobState.SUBMITTING or job.fence != claim.job.fence:
        return
    if job.is_cancel_requested:
        jobs.move_job(conn, job.id, JobState.SUBMITTING, JobState.CANCELED, released_at_ms=database_now_ms())
    else:
        tries = job.submit_tries - (0 if is_counted else 1)
        now = database_now_ms()
        jobs.move_job(
            conn, job.id, JobState.SUBMITTING, JobState.QUEUED, not_before_ms=now, submit_tries=tries
        )
    _finish(conn, job.request_id)


def keep_waiting(
    conn: Connection, claim: Claim, remote_id: str, handle: dict[str, JsonValue], poll_after_ms: int
) -> bool:
    """Keep the provider's answer to a submit; a cancel that came meanwhile makes the first poll due at once."""
    attempts.keep_handle(conn, claim.attempt.id, remote_id, handle)
    job = jobs.read_job(conn, claim.job.id)
    delay_ms = 0 if job is not None and job.is_cancel_requested else poll_after_ms
    return jobs.move_job(
        conn,
        claim.job.id,
        JobState.SUBMITTING,
        JobState.WAITING,
        fence=claim.job.fence,
        poll_at_ms=database_now_ms() + delay_ms,
        doubt_until_ms=None,
    )


def keep_outcome(conn: Connection, claim: Claim, outcome: dict[str, JsonValue]) -> bool:
    """Keep that the picture exists at the provider: the job is to be fetched, whoever noticed it first."""
    attempts.keep_outcome(conn, claim.attempt.id, outcome)
    return any(
        jobs.move_job(
            conn,
            claim.job.id,
            before,
            JobState.FETCHING,
            doubt_until_ms=None,
            not_before_ms=database_now_ms(),
        )
        for before in (JobState.WAITING, JobState.SUBMITTING, JobState.UNKNOWN)
    )


def keep_picture(
    conn: Connection,
    claim: Claim,
    before: JobState,
    image: ImageRow,
    *,
    cost_micro_usd: int | None,
    painted_body: dict[str, JsonValue] | None = None,
) -> bool:
    """Store the row of a picture whose bytes are safe, settle its cost and put the result on its way.

    `painted_body` replaces the recipe where the provider painted something else than was asked for.
    """
    moved = jobs.move_job(
        conn,
        claim.job.id,
        before,
        JobState.STORED,
        fence=claim.job.fence,
        cost_micro_usd=cost_micro_usd,
        error=None,
    )
    if not moved:
        return False
    if painted_body is not None:
        recipes.update_recipe(conn, claim.job.recipe_code, painted_body)
    images.insert_image(conn, image)
    attempts.close_attempt(conn, claim.attempt.id, AttemptState.ENDED)
    _finish(conn, claim.job.request_id, late_job_id=claim.job.id)
    return True


def end_without_picture(
    conn: Connection, claim: Claim, before: JobState, after: JobState, error: ErrorJson | None = None
) -> bool:
    """End a job as failed, canceled or unknown, close its attempt and put the result on its way.

    The user gets the price back unless the provider charged for what it withheld. The operator's book keeps what was
    paid: a charged refusal, and a finished picture that could not be fetched.
    """
    is_charged = error is not None and error.get("charged") is True
    is_paid = is_charged or before is JobState.FETCHING
    values: dict[str, Any] = {} if is_charged else {"released_at_ms": database_now_ms()}
    if is_paid:
        values["cost_micro_usd"] = jobs.price_of(claim.job.id)
    if not jobs.move_job(conn, claim.job.id, before, after, error=error, doubt_until_ms=None, **values):
        return False
    state = AttemptState.DOUBTFUL if after is JobState.UNKNOWN else AttemptState.ENDED
    attempts.close_attempt(conn, claim.attempt.id, state, error)
    _finish(conn, claim.job.request_id)
    return True


def put_back(conn: Connection, claim: Claim, delay_ms: int, error: ErrorJson, *, is_counted: bool) -> bool:
    """Put a job back in line after a try of which it is certain that nothing was accepted.

    `is_counted` False gives the try back: being busy is not a failure.
    """
    attempts.close_attempt(conn, claim.attempt.id, AttemptState.ENDED, error)
    return jobs.move_job(
        conn,
        claim.job.id,
        JobState.SUBMITTING,
        JobState.QUEUED,
        fence=claim.job.fence,
        not_before_ms=database_now_ms() + delay_ms,
        submit_tries=claim.job.submit_tries - (0 if is_counted else 1),
    )


def doubt(conn: Connection, claim: Claim, known_after_ms: int, error: ErrorJson) -> bool:
    """Leave a job whose submit has no certain answer to the provider's call, for as long as one may come."""
    attempts.close_attempt(conn, claim.attempt.id, AttemptState.DOUBTFUL, error)
    return jobs.set_job(
        conn,
        claim.job.id,
        JobState.SUBMITTING,
        worker_id=None,
        error=error,
        progress={"log_line": IN_DOUBT},
        doubt_until_ms=database_now_ms() + known_after_ms,
    )


def postpone_fetch(conn: Connection, claim: Claim, delay_ms: int, *, is_counted: bool = True) -> bool:
    """Let go of a fetch for another try later; `is_counted` False gives the try back: a full disk is no failure."""
    return jobs.set_job(
        conn,
        claim.job.id,
        JobState.FETCHING,
        worker_id=None,
        not_before_ms=database_now_ms() + delay_ms,
        fetch_tries=claim.job.fetch_tries - (0 if is_counted else 1),
    )


def adopt(conn: Connection, claim: Claim, remote_id: str, handle: dict[str, JsonValue]) -> bool:
    """Take up a job whose submit had no answer, from a call that names it: it is asked after from now on."""
    if claim.attempt.handle is None:
        attempts.keep_handle(conn, claim.attempt.id, remote_id, handle)
        due: dict[str, Any] = {"poll_at_ms": database_now_ms(), "doubt_until_ms": None}
        return jobs.move_job(conn, claim.job.id, JobState.SUBMITTING, JobState.WAITING, **due)
    return jobs.set_job(conn, claim.job.id, JobState.WAITING, poll_at_ms=database_now_ms())


def keep_progress(conn: Connection, claim: Claim, progress: dict[str, JsonValue], poll_after_ms: int) -> bool:
    """Keep how far a waiting job is, and when to ask next."""
    return jobs.set_job(
        conn, claim.job.id, JobState.WAITING, progress=progress, poll_at_ms=database_now_ms() + poll_after_ms
    )


def abandoned_claims(conn: Connection) -> list[Claim]:
    """Return the jobs of dead workers with their attempts."""
    claims = (read_claim(conn, job.id) for job in abandoned.abandoned_jobs(conn))
    return [claim for claim in claims if claim is not None]


def claims_past_doubt(conn: Connection) -> list[Claim]:
    """Return the jobs in doubt for which no word can come any more."""
    claims = (read_claim(conn, job.id) for job in abandoned.jobs_past_doubt(conn))
    return [claim for claim in claims if claim is not None]


def expire_queued(conn: Connection, age_ms: int, error: ErrorJson) -> int:
    """End the jobs that stand in line for longer than `age_ms`; returns how many."""
    found: Sequence[JobRow] = abandoned.jobs_too_old(conn, age_ms)
    for job in found:
        now = database_now_ms()
        if jobs.move_job(conn, job.id, JobState.QUEUED, JobState.FAILED, error=error, released_at_ms=now):
            _finish(conn, job.request_id)
    return len(found)


def cancel_request(conn: Connection, request_id: int) -> list[JobRow]:
    """Stop a request: what is in line ends here, what runs is asked to. Returns its jobs as they were before."""
    before = jobs.request_cancel(conn, request_id)
    if any(job.state is JobState.QUEUED for job in before):
        _finish(conn, request_id)
    return before
