"""Whole transactions of the job engine: each moves one job together with everything that must move with it.

Every function is handed to `Database.write`, `claim_submit` and `claim_fetch` to `Database.take`; `keep_waiting`,
`keep_outcome` and `keep_picture` may be handed to `Database.move`. A False or None means that somebody else was faster;
nothing changed then.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from types import MappingProxyType
from typing import Any, Final

from sqlalchemy.engine import Connection

from db.characters import character_pictures
from db.dialects import notes
from db.dialects.together import Part, together
from db.jobs import abandoned, attempts, claims, ended_results, jobs, recipes
from db.jobs.attempts import AttemptRow
from db.jobs.changes import NOW, After, AfterUnlessCanceled, FirstSaid
from db.jobs.claims import NO_SHARE_CAPS, ShareCaps
from db.jobs.deliveries import DeliveryRow
from db.jobs.failures import close_books, cost_of, is_charged, shown_error
from db.jobs.jobs import JobRow
from db.money import ledger
from db.pictures import images
from db.pictures.image_removals import Removal
from db.pictures.images import ImageRow
from services.crash_points import crash_point
from services.job_moves import JobMove
from services.models import AttemptState, JobState, JsonValue

ErrorJson = dict[str, JsonValue]

_CERTAIN: Final[Mapping[str, Any]] = MappingProxyType({"doubt_until_ms": None, "progress": None})
"""Of an order that certainly was not accepted: another worker may have left it in doubt."""

LOST: Final = frozenset({"provider_lost_order", "result_lost"})
"""Codes of failures after which the picture may still lie at its provider."""


@dataclass(frozen=True, slots=True)
class Claim:
    """A job in the hands of one worker, with the attempt it works on.

    `is_last`: when it was taken out of the line, nobody else stood there.
    """

    job: JobRow
    attempt: AttemptRow
    is_last: bool = False


@dataclass(frozen=True, slots=True)
class Kept:
    """Whether a picture's row was written, and the result that is in the worker's hands by it.

    `removal` is the one that is noted for its file.
    """

    has_moved: bool
    delivery: DeliveryRow | None = None
    removal: Removal | None = None


def claim_submit(
    conn: Connection, worker_id: str, caps: Mapping[str, int], share_caps: ShareCaps = NO_SHARE_CAPS
) -> Claim | None:
    """Take the next job in line and open its attempt."""
    taken = claims.claim_queued(conn, worker_id, caps, share_caps, attempt=attempts.OPENING)
    if taken is None:
        return None
    job = taken.job
    claim = Claim(job, attempts.opened(taken.rows["attempt"] or (), job), is_last=taken.is_last)
    stayed_s = None if job.stayed_ms is None else job.stayed_ms / 1000
    move = (job.id, job.request_id, job.provider, JobState.QUEUED, JobState.SUBMITTING, stayed_s)
    notes.note(conn, JobMove(*move, attempt_id=claim.attempt.id))
    return claim


def claim_fetch(conn: Connection, worker_id: str) -> Claim | None:
    """Take a job whose picture is ready at its provider."""
    job = jobs.claim_fetching(conn, worker_id)
    if job is None:
        return None
    attempt = attempts.attempt_to_fetch(conn, job.id) or attempts.last_attempt(conn, job.id)
    return None if attempt is None else Claim(job, attempt)


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
        jobs.move_job(conn, job.id, JobState.SUBMITTING, JobState.CANCELED)
        ledger.release(conn, job.id)
    else:
        tries = job.submit_tries - (0 if is_counted else 1)
        values: dict[str, Any] = {"submit_tries": tries, **_CERTAIN}
        jobs.move_job(conn, job.id, JobState.SUBMITTING, JobState.QUEUED, not_before_ms=NOW, **values)
    ended_results.put_on_its_way(conn, job.request_id)


def keep_waiting(conn: Connection, claim: Claim, handle: dict[str, JsonValue], poll_after_ms: int) -> bool:
    """Keep the provider's answer to a submit; a cancel that came meanwhile makes the first poll due at once."""
    has_moved, done = jobs.move_job_with(
        conn,
        claim.job.id,
        JobState.SUBMITTING,
        JobState.WAITING,
        {"handle": attempts.first_handle(claim.attempt.id, handle)},
        fence=claim.job.fence,
        poll_at_ms=AfterUnlessCanceled(poll_after_ms),
        doubt_until_ms=None,
    )
    if done["handle"] is None:
        attempts.keep_handle(conn, attempts.lock_attempt(conn, claim.attempt.id) or claim.attempt, handle)
    return has_moved


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
    # Only with the move: what comes twice must not bring back addresses that were deleted with their picture.
    job = _hand_to_fetch(conn, claim.job, worker_id, attempts.outcome_of_moved(claim.attempt.id, outcome))
    if job is None:
        return None
    if handle is not None:
        attempts.keep_handle(conn, claim.attempt, handle)
    return Claim(job, replace(claim.attempt, outcome=outcome, handle=handle or claim.attempt.handle))


def _hand_to_fetch(conn: Connection, job: JobRow, worker_id: str, outcome: Part) -> JobRow | None:
    """Move a job to fetching from wherever it is, with its outcome; None where somebody else was faster."""
    befores = (JobState.WAITING, JobState.SUBMITTING, JobState.UNKNOWN)
    values = {"doubt_until_ms": None, "not_before_ms": NOW, "fetch_tries": 1 if worker_id else 0}
    for before in (*befores, JobState.FAILED) if _is_lost(job) else befores:
        moved = jobs.hand_job(
            conn,
            job.id,
            before,
            JobState.FETCHING,
            claims_for=worker_id,
            beside={"outcome": outcome},
            **values,
        )
        if moved is not None:
            return moved
    return None


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
        digest=image.digest,
        cost_micro_usd=FirstSaid(cost_micro_usd),
        error=None,
    )
    if not moved:
        return Kept(has_moved=False)
    crash_point("settle.half_done")
    painted = (
        {} if painted_body is None else {"recipe": recipes.repainting(claim.job.recipe_code, painted_body)}
    )
    done = together(
        conn,
        settle=ledger.settling(claim.job.id, cost_micro_usd),
        **painted,
        image=images.inserting(image),
        attempt=attempts.closing(claim.attempt.id, AttemptState.ENDED),
        **ended_results.on_its_way(claim.job.request_id, worker_id),
    )
    if claim.job.recipe_body.get("character") is not None:
        character_pictures.number_made(conn, claim.job.id)
    return Kept(
        has_moved=True,
        delivery=ended_results.in_hands(conn, claim.job, done, worker_id),
        removal=images.removal_beside(image, done["image"] or ()),
    )


def _cost_of(claim: Claim, error: ErrorJson | None) -> int:
    return cost_of(error, claim.attempt.outcome, claim.job.price_micro_usd)


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

    The user gets the price back unless the provider charged for what it withheld. The paying account's book keeps what
    was paid: a charged refusal, and a finished picture that could not be fetched or used (`is_paid`). Of an unknown
    outcome and of an order that its provider lost nobody knows: that stays open. What the provider said itself stays
    with the attempt.
    """
    is_paid = is_paid or is_charged(error) or before is JobState.FETCHING
    cost = _cost_of(claim, error) if is_paid else None
    values: dict[str, Any] = {"error": shown_error(error), "cost_micro_usd": FirstSaid(cost)}
    fence = claim.job.fence
    if not jobs.move_job(conn, claim.job.id, before, after, fence=fence, doubt_until_ms=None, **values):
        return False
    is_open = after is JobState.UNKNOWN or (error or {}).get("code") in LOST
    close_books(conn, claim.job.id, error, cost, is_open=is_open)
    crash_point("refund.half_done")
    state = AttemptState.DOUBTFUL if after is JobState.UNKNOWN else AttemptState.ENDED
    attempts.close_attempt(conn, claim.attempt.id, state, error)
    ended_results.put_on_its_way(conn, claim.job.request_id)
    return True


def put_back(conn: Connection, claim: Claim, delay_ms: int, error: ErrorJson, *, is_counted: bool) -> bool:
    """Put a job back in line after a try of which it is certain that nothing was accepted.

    `is_counted` False gives the try back: being busy is not a failure. One that was canceled meanwhile ends.
    """
    job = jobs.read_job(conn, claim.job.id)
    if job is not None and job.is_cancel_requested and job.fence == claim.job.fence:
        return end_without_picture(conn, claim, JobState.SUBMITTING, JobState.CANCELED)
    attempts.close_attempt(conn, claim.attempt.id, AttemptState.ENDED, error)
    return jobs.move_job(
        conn,
        claim.job.id,
        JobState.SUBMITTING,
        JobState.QUEUED,
        fence=claim.job.fence,
        not_before_ms=After(delay_ms),
        submit_tries=claim.job.submit_tries - (0 if is_counted else 1),
        **_CERTAIN,
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
        progress={
            "doubtful_job_id": claim.job.id,
            "price_micro_usd": claim.job.price_micro_usd,
        },
        doubt_until_ms=After(known_after_ms),
    )


def postpone_fetch(conn: Connection, claim: Claim, delay_ms: int, *, is_counted: bool = True) -> bool:
    """Let go of a fetch for another try later; `is_counted` False gives the try back: a full disk is no failure."""
    return jobs.set_job(
        conn,
        claim.job.id,
        JobState.FETCHING,
        worker_id=None,
        not_before_ms=After(delay_ms),
        fetch_tries=claim.job.fetch_tries - (0 if is_counted else 1),
    )


def settle_unknown(conn: Connection, claim: Claim, error: ErrorJson) -> bool:
    """Write what an order cost that was given up and of which its provider says now that it gave no picture.

    False where that was known already.
    """
    job = jobs.read_job(conn, claim.job.id)
    if job is None or job.state is not JobState.UNKNOWN:
        return False
    cost = _cost_of(claim, error) if is_charged(error) else 0
    # The job first: where its picture comes at this moment, the books are closed by that.
    has_set = jobs.set_job(conn, job.id, JobState.UNKNOWN, cost_micro_usd=FirstSaid(cost))
    return has_set and ledger.pay(conn, job.id, cost)


def abandoned_claims(conn: Connection) -> list[Claim]:
    """Return the jobs of dead workers with their attempts."""
    claims = (read_claim(conn, job.id) for job in abandoned.abandoned_jobs(conn))
    return [claim for claim in claims if claim is not None]


def claims_past_doubt(conn: Connection) -> list[Claim]:
    """Return the jobs in doubt for which no word can come any more."""
    claims = (read_claim(conn, job.id) for job in abandoned.jobs_past_doubt(conn))
    return [claim for claim in claims if claim is not None]
