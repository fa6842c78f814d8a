"""Thumbnails of pictures, made when somebody first looks at them in a list, and kept beside the pictures."""

import asyncio
import logging
from collections.abc import Sequence

from db.pictures import image_removals
from services.context import Context
from services.errors import StorageError
from services.images import webp
from services.images.formats import MalformedImage
from services.images.thumbnails import thumbnail
from services.jobs.mending import FAULTS, picture_bytes

log = logging.getLogger(__name__)


async def thumbnails_of(context: Context, digests: Sequence[str]) -> list[bytes | None]:
    """Return the thumbnails (WebP, 512 px at most) of stored pictures, in order.

    None stands for a picture whose file is missing or damaged. Raises StorageError where the store does not answer.
    """
    return list(await asyncio.gather(*(_thumbnail_of(context, digest) for digest in digests)))


async def _thumbnail_of(context: Context, digest: str) -> bytes | None:
    kept = await context.store.get_thumbnail(digest)
    if kept is not None and _is_whole(kept):
        return kept
    try:
        picture = await picture_bytes(context, digest)
        made = await context.pixels.run(thumbnail, picture)
    except StorageError as error:
        if error.code not in {*FAULTS, "bad_image"}:
            raise
        return None
    await _keep(context, digest, made)
    return made


def _is_whole(data: bytes) -> bool:
    try:
        webp.measure(data)
    except MalformedImage:
        return False
    return True


async def _keep(context: Context, digest: str, made: bytes) -> None:
    """Keep a thumbnail; where there is no room for it, it is made again the next time.

    Its picture may have been deleted since it was read. The deletion takes the row away first and the files after it,
    so a row that is still there now means that the thumbnail goes with them; without one it has to go here, and only
    it: somebody may be about to keep the very bytes of the picture again.
    """
    try:
        await context.store.put_thumbnail(digest, made)
        if not await context.database.read(image_removals.used, [digest]):
            await context.store.delete_thumbnail(digest)
    except StorageError as error:
        log.warning("a thumbnail was not kept: %s", error)
