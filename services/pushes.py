"""Remembers which slash commands Discord was given last, so that they are pushed only when they changed."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from db.upkeep import pushes
from services.context import Context


@asynccontextmanager
async def alone(context: Context) -> AsyncIterator[None]:
    """Let no other process look and push meanwhile: of several that start with new commands, one pushes."""
    connect = context.database.connect_apart
    if connect is None:
        yield
        return
    from db.dialects.advisory import AdvisoryLock, Purpose  # noqa: PLC0415 - loads the driver of PostgreSQL

    lock = AdvisoryLock(connect, Purpose.COMMANDS)
    await lock.take()
    try:
        yield
    finally:
        await lock.release()


async def pushed_digest(context: Context, application_id: int) -> str | None:
    """Return the digest of the commands that an application was last given, None if none were."""
    return await context.database.read(pushes.read_digest, application_id)


async def record_push(context: Context, application_id: int, digest: str) -> None:
    """Remember what was pushed."""
    await context.database.write(pushes.write_digest, application_id, digest)
