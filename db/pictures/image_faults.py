"""The table `image_faults`: pictures whose file is missing or holds other bytes, until it is whole again."""

from collections.abc import Collection
from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from db.tables.schema import image_faults, images, uploads
from db.tables.types import database_now_ms

MISSING = "missing"
DAMAGED = "damaged"


@dataclass(frozen=True, slots=True)
class FaultyImage:
    """A picture whose file is not as it should be: whose, of which job, what is wrong ("missing", "damaged")."""

    job_id: int
    user_id: int
    digest: str
    fault: str
    found_at_ms: int


def note(conn: Connection, digests: Collection[str], fault: str) -> int:
    """Note a fault of these files; return how many were not known to have one."""
    if not digests:
        return 0
    known = set(
        conn.execute(sa.select(image_faults.c.digest).where(image_faults.c.digest.in_(digests))).scalars()
    )
    conn.execute(sa.update(image_faults).where(image_faults.c.digest.in_(digests)).values(fault=fault))
    new = sorted(set(digests) - known)
    now_ms = conn.execute(sa.select(database_now_ms())).scalar_one()
    if new:
        rows = [{"digest": digest, "fault": fault, "found_at_ms": now_ms} for digest in new]
        conn.execute(sa.insert(image_faults), rows)
    return len(new)


def clear(conn: Connection, digests: Collection[str], fault: str | None = None) -> None:
    """Forget the faults of these files, those of one kind only where `fault` is given."""
    if digests:
        is_meant = image_faults.c.digest.in_(digests)
        conn.execute(
            sa.delete(image_faults).where(
                is_meant if fault is None else is_meant & (image_faults.c.fault == fault)
            )
        )


def of(conn: Connection, digests: Collection[str]) -> list[str]:
    """Return those of these files that are noted to have a fault, in order."""
    if not digests:
        return []
    statement = sa.select(image_faults.c.digest).where(image_faults.c.digest.in_(digests))
    return sorted(conn.execute(statement).scalars())


def forget_deleted(conn: Connection) -> None:
    """Forget the faults of files that no picture has any more."""
    made = sa.exists().where(images.c.digest == image_faults.c.digest)
    brought = sa.exists().where(uploads.c.stored_digest == image_faults.c.digest)
    conn.execute(sa.delete(image_faults).where(~made, ~brought))


def list_faulty(conn: Connection, limit: int) -> list[FaultyImage]:
    """Return the pictures whose file is missing or damaged, newest first, at most `limit`."""
    statement = (
        sa.select(
            images.c.job_id,
            images.c.user_id,
            images.c.digest,
            image_faults.c.fault,
            image_faults.c.found_at_ms,
        )
        .join(image_faults, image_faults.c.digest == images.c.digest)
        .order_by(images.c.job_id.desc())
        .limit(limit)
    )
    return [FaultyImage(*row) for row in conn.execute(statement)]
