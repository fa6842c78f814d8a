"""Pictures whose file is missing or damaged: fetched once more from their provider, for as long as it has them."""

import asyncio
import hashlib
import logging
from contextlib import suppress
from typing import Final

from db.engine import Connection
from db.jobs import attempts, jobs
from db.jobs.moves import Claim
from db.pictures import image_faults, images
from services.context import Context
from services.errors import LimnerError, StorageError
from services.images.whole import unwrapped
from services.jobs import fetching, putting, removing
from services.jobs.putting import Put

log = logging.getLogger(__name__)

FAULTS: Final = {"image_missing": image_faults.MISSING, "image_damaged": image_faults.DAMAGED}
"""What the store says of a file that is not as it should be, and how that is noted."""
MOST_JOBS: Final = 3
"""So many of the jobs that gave the same bytes are asked for them."""


def _claim(conn: Connection, job_id: int) -> Claim | None:
    job, attempt = jobs.read_job(conn, job_id), attempts.attempt_to_fetch(conn, job_id)
    return None if job is None or attempt is None else Claim(job, attempt)


def _settle(conn: Connection, put: Put) -> list[removing.Begun] | None:
    """Note that a file is whole again; one that nobody needs any more is to go again. None where it may be gone."""
    digest = put.stored.digest
    if not images.jobs_of_digests(conn, [digest]):
        return removing.begin(conn, [digest])
    if not putting.is_safe(conn, put):
        return None
    image_faults.clear(conn, [digest])
    return []


async def _keep(context: Context, data: bytes) -> None:
    put = await putting.put(context, data)
    while (unneeded := await context.database.write(_settle, put)) is None:
        put = await putting.put_again(context, data, put)
    for begun in unneeded:
        await removing.finish(context, begun)


async def _fetched(context: Context, digest: str, job_id: int) -> bytes | None:
    """Return the very bytes that a job's picture had, None where its provider does not give them any more."""
    claim = await context.database.read(_claim, job_id)
    if claim is None:
        return None
    try:
        content = await fetching.fetch_again(context, claim)
    except StorageError:
        raise
    except LimnerError as error:
        log.info("the picture of job %d is not to be had again: %s", job_id, error, extra={"job": job_id})
        return None
    data = unwrapped(content)
    return data if await asyncio.to_thread(_digest_of, data) == digest else None


def _digest_of(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


async def mend(context: Context, digest: str) -> bytes | None:
    """Return the bytes of a file that is missing or damaged, stored anew; None where nobody has them any more.

    Costs nothing: what was paid for is only fetched. Raises StorageError where they cannot be stored.
    """
    for job_id in (await context.database.read(images.jobs_of_digests, [digest]))[:MOST_JOBS]:
        data = await _fetched(context, digest, job_id)
        if data is not None:
            await _keep(context, data)
            log.warning(
                "the picture of job %d was fetched again: its file was lost", job_id, extra={"job": job_id}
            )
            return data
    return None


async def picture_bytes(context: Context, digest: str) -> bytes:
    """Return a picture's bytes; where its file is missing or damaged, from its provider once more.

    Raises StorageError "image_missing" or "image_damaged" where nobody has them any more: operators see a list of
    those, and people are told.
    """
    try:
        return await context.store.get(digest)
    except StorageError as error:
        fault = FAULTS.get(error.code)
        mended = None if fault is None else await mend(context, digest)
        if mended is not None:
            return mended
        if fault is not None:
            log.warning("a picture's file is lost: %s: %s", error.code, error)
            with suppress(StorageError):
                await context.database.write(image_faults.note, [digest], fault)
        raise
