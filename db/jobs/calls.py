"""What a provider's call moves: each kind is one transaction, and the same call again changes nothing.

A call names one of our attempts. It is taken up at any time: before the submit's answer, late, and after the outcome
was given up.
"""

from dataclasses import dataclass, replace
from enum import Enum, auto

from sqlalchemy.engine import Connection

from db.jobs import attempts, jobs, moves
from db.jobs.changes import NOW
from db.jobs.moves import Claim, ErrorJson
from services.models import JobState, JsonValue


class Called(Enum):
    """What a call did."""

    NOTHING = auto()
    """It came too late or twice."""
    MOVED = auto()
    ASK = auto()
    """It was a hint about an order that was given up: only the provider itself can say more."""


@dataclass(frozen=True, slots=True)
class Effect:
    """What a call did, and to what."""

    called: Called
    claim: Claim


def find_claim(conn: Connection, attempt_id: int, provider: str, *, is_locked: bool = False) -> Claim | None:
    """Return the attempt that a call names with its job, None where that provider has none of this id."""
    found = attempts.read_with_job(conn, attempt_id, is_locked=is_locked)
    if found is None or found[1].provider != provider:
        return None
    return Claim(found[1], found[0])


def finished(
    conn: Connection,
    attempt_id: int,
    provider: str,
    handle: dict[str, JsonValue],
    outcome: dict[str, JsonValue],
    *,
    worker_id: str = "",
) -> Effect | None:
    """Keep that the picture exists, claimed for a worker where one is named; None where there is no such attempt."""
    claim = find_claim(conn, attempt_id, provider, is_locked=True)
    if claim is None:
        return None
    to_fetch = moves.keep_outcome(conn, claim, outcome, worker_id)
    if to_fetch is None:
        return Effect(Called.NOTHING, claim)
    if claim.attempt.handle is not None:
        return Effect(Called.MOVED, to_fetch)
    # The submit was not answered yet: only the call says how to ask for a fresh address.
    heard = _of_its_model(handle, claim)
    attempts.keep_handle(conn, claim.attempt, heard, is_hearsay=True)
    return Effect(Called.MOVED, Claim(to_fetch.job, replace(to_fetch.attempt, handle=heard)))


def _of_its_model(handle: dict[str, JsonValue], claim: Claim) -> dict[str, JsonValue]:
    """Return what a call says of its order, with the model: some providers have their orders under its name."""
    return {**handle, "model": claim.job.model}


def failed(conn: Connection, attempt_id: int, provider: str, error: ErrorJson) -> Effect | None:
    """End a job whose order failed; None where there is no such attempt.

    A word about an earlier attempt says nothing of the newest one. Of an order that was given up, it says what was
    paid.
    """
    claim = find_claim(conn, attempt_id, provider)
    if claim is None:
        return None
    if not _is_newest(conn, claim):
        return Effect(Called.NOTHING, claim)
    has_moved = any(
        moves.end_without_picture(conn, claim, before, JobState.FAILED, error)
        for before in (JobState.WAITING, JobState.SUBMITTING)
    )
    has_moved = has_moved or moves.settle_unknown(conn, claim, error)
    return Effect(Called.MOVED if has_moved else Called.NOTHING, claim)


def _is_newest(conn: Connection, claim: Claim) -> bool:
    newest = attempts.last_attempt(conn, claim.job.id)
    return newest is not None and newest.id == claim.attempt.id


def hinted(conn: Connection, attempt_id: int, provider: str, handle: dict[str, JsonValue]) -> Effect | None:
    """Make the job due for a look, also one whose submit had no answer; None where there is no such attempt."""
    claim = find_claim(conn, attempt_id, provider)
    if claim is None:
        return None
    job = claim.job
    if job.state not in {JobState.SUBMITTING, JobState.WAITING, JobState.UNKNOWN}:
        return Effect(Called.NOTHING, claim)
    if job.state is JobState.SUBMITTING and not _is_newest(conn, claim):
        return Effect(Called.NOTHING, claim)  # of the order that is being sent it says nothing
    attempts.keep_handle(conn, claim.attempt, _of_its_model(handle, claim), is_hearsay=True)
    if job.state is JobState.SUBMITTING:
        jobs.move_job(
            conn, job.id, JobState.SUBMITTING, JobState.WAITING, poll_at_ms=NOW, doubt_until_ms=None
        )
    elif job.state is JobState.WAITING:
        jobs.set_job(conn, job.id, JobState.WAITING, poll_at_ms=NOW)
    attempt = attempts.read_attempt(conn, attempt_id)
    called = Called.ASK if job.state is JobState.UNKNOWN else Called.MOVED
    return Effect(called, claim if attempt is None else Claim(job, attempt))
