"""Brought pictures for something that was refused then: they are forgotten again, unless they were known before.

kept = await bring_all(context, user_id, brought)
async with forgotten_if_refused(context, user_id, kept):
    ...  # the order, or the character, that they were brought for
"""

import logging
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager

from db.engine import Connection
from db.pictures import unneeded_uploads
from db.pictures.unneeded_uploads import Left
from services.asks import Brought
from services.context import Context
from services.errors import StorageError
from services.jobs import removing
from services.jobs.removing import Begun
from services.models import UploadKind
from services.uploads import KnownUpload, bring

log = logging.getLogger(__name__)


@asynccontextmanager
async def forgotten_if_refused(
    context: Context, user_id: int, kept: Sequence[KnownUpload]
) -> AsyncIterator[None]:
    """Forget what was new among `kept` where the block raises, unless something has come to need it meanwhile.

    What is kept as a draft needs its pictures. A block that is cancelled, as by the end of the process, leaves them:
    they go with what nothing needs after a day (`jobs/left_uploads.py`).
    """
    try:
        yield
    except Exception:
        await _forget_new(context, user_id, [each for each in kept if each.is_new])
        raise


async def bring_all(
    context: Context, user_id: int, brought: Sequence[Brought], kind: UploadKind = UploadKind.PICTURE
) -> tuple[KnownUpload, ...]:
    """Keep what somebody brings, one after the other. Raises as `uploads.bring` does: nothing of it is kept then."""
    kept: list[KnownUpload] = []
    async with forgotten_if_refused(context, user_id, kept):
        for each in brought:
            kept.append(await bring(context, user_id, each, kind))  # noqa: PERF401 - known before the next one fails
    return tuple(kept)


async def _forget_new(context: Context, user_id: int, new: Sequence[KnownUpload]) -> None:
    """Delete what was brought a moment ago; where the database or the store is away, it goes later."""
    if not new:
        return
    try:
        for begun in await context.database.write(_delete, user_id, new):
            await removing.finish(context, begun)
    except StorageError as error:
        # The refusal is what the person has to hear.
        log.warning("what was brought for something that was refused is still there: %s", error)


def _delete(conn: Connection, user_id: int, new: Sequence[KnownUpload]) -> list[Begun]:
    left = [Left(each.id, each.digest, each.agreed_at_ms) for each in new]
    return removing.begin(conn, unneeded_uploads.delete_brought_now(conn, user_id, left))
