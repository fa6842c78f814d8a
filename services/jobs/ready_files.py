"""A picture's file for its message, stamped before or while its row is committed: the result is sent right after."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Final

from db.jobs.jobs import JobRow
from services.asks import DEFAULT_UPLOAD_LIMIT_BYTES
from services.context import Context
from services.images.metadata import STAMP_ROOM_BYTES, stamp
from services.images.xmp import MadeBy
from services.jobs.arriving import Arrived
from services.jobs.courier import PictureResult, RequestResult
from services.models import Recipe

SMALL_BYTES: Final = 128 * 1024
"""Up to here a picture is stamped where it stands: that takes 0.1 ms, less than the way into a thread and back."""


@dataclass(frozen=True, slots=True)
class ReadyFile:
    """The stamped copy of a job's picture, and what it was stamped with; `size_bytes` is without the stamp."""

    job_id: int
    recipe: Recipe
    code: str
    made_by: MadeBy
    size_bytes: int
    stamping: asyncio.Future[bytes] = field(repr=False)

    def fits(self, picture: PictureResult, made_by: MadeBy, limit_bytes: int) -> bool:
        """Return whether this is the file that `picture` has in a message with this limit."""
        is_it = (self.job_id, self.code, self.recipe) == (picture.job_id, picture.code, picture.recipe)
        return is_it and self.made_by == made_by and self.size_bytes <= limit_bytes - STAMP_ROOM_BYTES


def begin(context: Context, job: JobRow, arrived: Arrived, recipe: Recipe) -> ReadyFile | None:
    """Begin to stamp a job's picture, painted by `recipe`; None where it is too large to be sent as it is."""
    if len(arrived.data) > DEFAULT_UPLOAD_LIMIT_BYTES - STAMP_ROOM_BYTES:
        return None
    made_by: MadeBy = "sketch" if arrived.is_own else "ai"
    write = partial(stamp, arrived.data, recipe=recipe, code=job.recipe_code, made_by=made_by)
    if len(arrived.data) <= SMALL_BYTES:
        stamping = _done_here(write)
    else:
        stamping = asyncio.create_task(context.pixels.run(write), name="stamp")
    stamping.add_done_callback(_look_at)
    return ReadyFile(job.id, recipe, job.recipe_code, made_by, len(arrived.data), stamping)


def _done_here(write: Callable[[], bytes]) -> asyncio.Future[bytes]:
    """Return what `write` has returned or raised: a picture that cannot be stamped is stored all the same."""
    done: asyncio.Future[bytes] = asyncio.get_running_loop().create_future()
    try:
        done.set_result(write())
    except Exception as error:  # noqa: BLE001 - whatever it is: it is for whoever sends the file
        done.set_exception(error)
    return done


def with_ready(result: RequestResult, ready: ReadyFile | None) -> RequestResult:
    """Return a result whose picture has its file already."""
    if ready is None:
        return result
    pictures = (
        replace(each, ready=ready) if each.job_id == ready.job_id else each for each in result.pictures
    )
    return replace(result, pictures=tuple(pictures))


def _look_at(stamping: "asyncio.Future[bytes]") -> None:
    if not stamping.cancelled():
        stamping.exception()  # or asyncio would report one that nobody needed
