"""A picture's file for its message, stamped while its row is committed, so that the result is sent right after."""

import asyncio
from dataclasses import dataclass, field, replace

from db.jobs import JobRow
from services.asks import DEFAULT_UPLOAD_LIMIT_BYTES
from services.context import Context
from services.images.metadata import STAMP_ROOM_BYTES, stamp
from services.images.xmp import MadeBy
from services.jobs.arriving import Arrived
from services.jobs.courier import PictureResult, RequestResult
from services.models import JsonValue, Recipe
from services.recipes import recipe_from_json


@dataclass(frozen=True, slots=True)
class ReadyFile:
    """The stamped copy of a job's picture, and what it was stamped with; `size_bytes` is without the stamp."""

    job_id: int
    recipe: Recipe
    code: str
    made_by: MadeBy
    size_bytes: int
    stamping: asyncio.Task[bytes] = field(repr=False)

    def fits(self, picture: PictureResult, made_by: MadeBy, limit_bytes: int) -> bool:
        """Return whether this is the file that `picture` has in a message with this limit."""
        is_it = (self.job_id, self.code, self.recipe) == (picture.job_id, picture.code, picture.recipe)
        return is_it and self.made_by == made_by and self.size_bytes <= limit_bytes - STAMP_ROOM_BYTES


def begin(
    context: Context, job: JobRow, arrived: Arrived, painted: dict[str, JsonValue] | None
) -> ReadyFile | None:
    """Begin to stamp a job's picture, in a thread; None where it is too large to be sent as it is.

    `painted` is the recipe where it is not the one that was asked for.
    """
    if len(arrived.data) > DEFAULT_UPLOAD_LIMIT_BYTES - STAMP_ROOM_BYTES:
        return None
    recipe, code = recipe_from_json(painted or job.recipe_body), job.recipe_code
    made_by: MadeBy = "sketch" if arrived.is_own else "ai"
    stamped = context.pixels.run(stamp, arrived.data, recipe=recipe, code=code, made_by=made_by)
    stamping = asyncio.create_task(stamped, name="stamp")
    stamping.add_done_callback(_look_at)
    return ReadyFile(job.id, recipe, code, made_by, len(arrived.data), stamping)


def with_ready(result: RequestResult, ready: ReadyFile | None) -> RequestResult:
    """Return a result whose picture has its file already."""
    if ready is None:
        return result
    pictures = (
        replace(each, ready=ready) if each.job_id == ready.job_id else each for each in result.pictures
    )
    return replace(result, pictures=tuple(pictures))


def _look_at(stamping: "asyncio.Task[bytes]") -> None:
    if not stamping.cancelled():
        stamping.exception()  # or asyncio would report one that nobody needed
