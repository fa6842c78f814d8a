"""The table `takedowns`: pictures that are taken from nobody any more."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from db.tables.schema import images, uploads
from db.tables.takedown_schema import takedowns
from db.tables.types import database_now_ms, insert_for
from services.errors import UserError


@dataclass(frozen=True, slots=True)
class Takedown:
    """A picture that was taken down: the digest by which it is known, how many it has, and since when (epoch ms)."""

    entry: str
    digests: int
    added_at_ms: int


@dataclass(frozen=True, slots=True)
class KeptUpload:
    """A brought picture that somebody keeps, and the digest of its file."""

    id: int
    user_id: int
    stored_digest: str


def check(conn: Connection, digest: str) -> None:
    """Raise UserError("upload_taken_down") for a picture that was taken down."""
    if conn.execute(sa.select(takedowns.c.digest).where(takedowns.c.digest == digest)).first() is not None:
        raise UserError("upload_taken_down", f"{digest[:12]} was taken down")


def add(conn: Connection, digests: Sequence[str]) -> tuple[str, ...]:
    """Take a picture down under these digests; return them, and then those by which it was known before.

    All of them are one entry then, which `remove` lifts together: the oldest one where some were taken down already.
    """
    named = list(dict.fromkeys(digests))
    known = (
        sa.select(takedowns.c.entry)
        .where(takedowns.c.digest.in_(named))
        .order_by(takedowns.c.added_at_ms, takedowns.c.entry)
    )
    touched = list(dict.fromkeys(conn.execute(known).scalars()))
    entry = touched[0] if touched else named[0]
    statement = insert_for(conn.dialect.name, takedowns).on_conflict_do_nothing()
    rows = [{"digest": digest, "entry": entry} for digest in named]
    conn.execute(statement.values(added_at_ms=database_now_ms()), rows)
    conn.execute(sa.update(takedowns).where(takedowns.c.entry.in_(touched)).values(entry=entry))
    known_as = conn.execute(sa.select(takedowns.c.digest).where(takedowns.c.entry == entry)).scalars()
    return tuple(dict.fromkeys([*named, *sorted(known_as)]))


def jobs_left(conn: Connection, limit: int) -> list[int]:
    """Return jobs whose results were stored before they were taken down and are there still, at most `limit`.

    A result that was painted anew since then, bit by bit the same, is not meant: nobody has judged that one.
    """
    statement = (
        sa.select(images.c.job_id)
        .join(takedowns, takedowns.c.digest == images.c.digest)
        .where(images.c.created_at_ms <= takedowns.c.added_at_ms)
        .order_by(images.c.job_id)
        .limit(limit)
    )
    return list(conn.execute(statement).scalars())


def listed(conn: Connection) -> list[Takedown]:
    """Return what was taken down, oldest first."""
    since = sa.func.min(takedowns.c.added_at_ms)
    statement = (
        sa.select(takedowns.c.entry, sa.func.count(), since)
        .group_by(takedowns.c.entry)
        .order_by(since, takedowns.c.entry)
    )
    return [Takedown(*row) for row in conn.execute(statement)]


def remove(conn: Connection, digest: str) -> int:
    """Let a picture be brought again that has this digest, under all of its digests; return how many those were."""
    entry = sa.select(takedowns.c.entry).where(takedowns.c.digest == digest).scalar_subquery()
    return conn.execute(sa.delete(takedowns).where(takedowns.c.entry == entry)).rowcount


def uploads_of(conn: Connection, digests: Collection[str]) -> list[KeptUpload]:
    """Return who keeps a brought picture of one of these digests, photos of faces among them."""
    statement = sa.select(uploads.c.id, uploads.c.user_id, uploads.c.stored_digest).where(
        uploads.c.digest.in_(digests)
    )
    return [KeptUpload(*row) for row in conn.execute(statement.order_by(uploads.c.id))]
