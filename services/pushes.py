"""Remembers which slash commands Discord was given last, so that they are pushed only when they changed."""

from db import pushes
from services.context import Context


async def pushed_digest(context: Context, application_id: int) -> str | None:
    """Return the digest of the commands that an application was last given, None if none were."""
    return await context.database.read(pushes.read_digest, application_id)


async def record_push(context: Context, application_id: int, digest: str) -> None:
    """Remember what was pushed."""
    await context.database.write(pushes.write_digest, application_id, digest)
