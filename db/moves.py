"""Whole transactions of the job engine: each moves one job together with everything that must move with it.

Every function is handed to `Database.write`. A False or None means that somebody else was faster; nothing changed then.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, Final

from sqlalchemy.engine import Connection

from db import abandoned, attempts, deliveries, images, jobs, recipes, requests
from db.attempts import AttemptRow
from db.deliveries import DeliveryRow
from db.images import ImageRow
from db.jobs import JobRow
from db.types import database_now_ms
from services.models import AttemptState, DeliveryKind, JobState, JsonValue

ErrorJson = dict[str, JsonValue]

IN_DOUBT = "no certain answer yet: it may have been accepted, so it is not sent again"
"""What the progress message says while nobody knows whether the provider has the order."""


LOST: Final = frozenset({"provider_lost_order", "result_lost"})
"""Codes of failures after which the picture may still lie at its provider."""


@dataclass(frozen=True, slots=True)
class Claim:
    """A job in the hands of one worker, with the attempt it works on."""

    job: JobRow
    attempt: AttemptRow


@dataclass(frozen=True, slots=True)
class Kept:
    """Whether a picture's row was written, and the result that is in the worker's hands by it."""

    has_moved: bool
    delivery: DeliveryRow | None = None


def put_on_its_way(
    conn: Connection, request_id: int, *, late_job_id: int | None = None, worker_id: str = ""
) -> DeliveryRow | None:
    """Put the request's result on its way when this was its last job; a picture that comes later goes alone.

    With a `worker_id` it is in that worker's hands at once, and is returned.
    """
    if requests.end_if_done(conn, request_id):
        return deliveries.insert_delivery(conn, request_id, DeliveryKind.RESULT, worker_id=worker_id)
    if late_job_id is not None and requests.is_ended(conn, request_id):
        late = DeliveryKind.LATE
        return deliveries.insert_delivery(conn, request_id, late, job_id=late_job_id, worker_id=worker_id)
    return None


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
    put_on_its_way(conn, job.request_id)


def keep_waiting(conn: Connection, claim: Claim, handle: dict[str, JsonValue], poll_after_ms: int) -> bool:
    """Keep the provider's answer to a submit; a cancel that came meanwhile makes the first poll due at once."""
    attempts.keep_handle(conn, attempts.read_attempt(conn, claim.attempt.id) or claim.attempt, handle)
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


def keep_outcome(
    conn: Connection,
    claim: Claim,
    outcome: dict[str, JsonValue],
    worker_id: str = "",
    handle: dict[str, JsonValue] | None = None,
) -> Claim | None:
    """Keep that the picture exists at the provider: the job is to be fetched, whoever noticed it first.

    `handle` leads to an order whose submit was answered with the picture itself. Also a job that was given up is
    fetched: a picture that comes late, or that its owner asks for again. With a `worker_id` it is claimed for that
    worker; returns the claim, None where somebody else was faster.
    """
    befores = (JobState.WAITING, JobState.SUBMITTING, JobState.UNKNOWN, JobState.FAILED)
    if not any(
        jobs.move_job(
            conn,
            claim.job.id,
            before,
            JobState.FETCHING,
            claims_for=worker_id,
            doubt_until_ms=None,
            not_before_ms=database_now_ms(),
            fetch_tries=1 if worker_id else 0,
        )
        for before in (befores if _is_lost(claim.job) else befores[:-1])
    ):
        return None
    # Not before the move: what comes twice must not bring back addresses that were deleted with their picture.
    attempts.keep_outcome(conn, claim.attempt.id, outcome)
    if handle is not None:
        attempts.keep_handle(conn, claim.attempt, handle)
    job = jobs.read_job(conn, claim.job.id)
    attempt = replace(claim.attempt, outcome=outcome, handle=handle or claim.attempt.handle)
    return None if job is None else Claim(job, attempt)


def _is_lost(job: JobRow) -> bool:
    """Return whether a job failed although its picture was made, or may have been."""
    return job.state is JobState.FAILED and (job.error or {}).get("code") in LOST


def keep_picture(
    conn: Connection,
    claim: Claim,
    before: JobState,
    image: ImageRow,
    *,
    cost_micro_usd: int | None,
    painted_body: dict[str, JsonValue] | None = None,
    worker_id: str = "",
) -> Kept:
    """Store the row of a picture whose bytes are safe, settle its cost and put the result on its way.

    `painted_body` replaces the recipe where the provider painted something else than was asked for. With a `worker_id`
    the result is in that worker's hands at once.
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
        return Kept(has_moved=False)
    if painted_body is not None:
        recipes.update_recipe(conn, claim.job.recipe_code, painted_body)
    images.insert_image(conn, image)
    attempts.close_attempt(conn, claim.attempt.id, AttemptState.ENDED)
    late_job_id = claim.job.id
    return Kept(
        has_moved=True,
        delivery=put_on_its_way(conn, claim.job.request_id, late_job_id=late_job_id, worker_id=worker_id),
    )


def claim_cost(claim: Claim, error: ErrorJson | None) -> int:
    """Return what a job without a picture cost: what the provider said, else its price."""
    said = (error or {}).get("cost_micro_usd")
    return said if isinstance(said, int) else claim.job.price_micro_usd


def shown_error(error: ErrorJson | None) -> ErrorJson | None:
    """Return what a job keeps of an error, which people see: all but what the provider said itself."""
    if error is None:
        return None
    kept = {name: value for name, value in error.items() if name != "vendor_text"}
    return {**kept, "has_details": bool(error.get("vendor_text"))}


def end_without_picture(
    conn: Connection,
    claim: Claim,
    before: JobState,
    after: JobState,
    error: ErrorJson | None = None,
    *,
    is_paid: bool = False,
) -> bool:
    """End a job as failed, canceled or unknown, close its attempt and put the result on its way.

    The user gets the price back unless the provider charged for what it withheld. The operator's book keeps what was
    paid: a charged refusal, and a finished picture that could not be fetched or used (`is_paid`). What the provider
    said itself stays with the attempt.
    """
    is_charged = error is not None and error.get("charged") is True
    is_paid = is_paid or is_charged or before is JobState.FETCHING
    values: dict[str, Any] = {} if is_charged else {"released_at_ms": database_now_ms()}
    if is_paid:
        values["cost_micro_usd"] = claim_cost(claim, error)
    shown = shown_error(error)
    if not jobs.move_job(conn, claim.job.id, before, after, error=shown, doubt_until_ms=None, **values):
        return False
    state = AttemptState.DOUBTFUL if after is JobState.UNKNOWN else AttemptState.ENDED
    attempts.close_attempt(conn, claim.attempt.id, state, error)
    put_on_its_way(conn, claim.job.request_id)
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
        error=shown_error(error),
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


def settle_unknown(conn: Connection, claim: Claim, error: ErrorJson) -> bool:
    """Write what an order cost that was given up and of which its provider says now that it gave no picture."""
    cost = claim_cost(claim, error) if error.get("charged") is True else 0
    return jobs.set_job(conn, claim.job.id, JobState.UNKNOWN, cost_micro_usd=cost)


def abandoned_claims(conn: Connection) -> list[Claim]:
    """Return the jobs of dead workers with their attempts."""
    claims = (read_claim(conn, job.id) for job in abandoned.abandoned_jobs(conn))
    return [claim for claim in claims if claim is not None]


def claims_past_doubt(conn: Connection) -> list[Claim]:
    """Return the jobs in doubt for which no word can come any more."""
    claims = (read_claim(conn, job.id) for job in abandoned.jobs_past_doubt(conn))
    return [claim for claim in claims if claim is not None]
