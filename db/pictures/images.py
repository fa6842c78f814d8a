"""The table `images`: one row for each stored picture, written after its bytes are safe."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from db.dialects.prepared import Prepared, Row
from db.dialects.together import Part
from db.pictures.image_removals import Removal
from db.tables.schema import image_removals, images, uploads
from db.tables.types import database_now_ms


@dataclass(frozen=True, slots=True)
class ImageRow:
    """A stored picture: SHA-256 of its bytes, file format, size in pixels and bytes."""

    job_id: int
    user_id: int
    digest: str
    image_format: str
    width: int
    height: int
    size_bytes: int


_R: Final = image_removals.c


def _of_removal(column: sa.Column[Any]) -> sa.Label[Any]:
    noted = sa.select(column).where(_R.digest == sa.bindparam("of_file"))
    return noted.scalar_subquery().label(f"removal_{column.key}")


_INSERT: Final = Prepared(
    sa.insert(images)
    .values(created_at_ms=database_now_ms())
    .returning(_of_removal(_R.id), _of_removal(_R.ended_at_ms), _of_removal(_R.started_at_ms))
)


def inserting(image: ImageRow) -> Part:
    """Return the change that stores the row of a picture; its row is for `removal_beside`.

    It raises ConflictError where the job has one already.
    """
    values = {
        "job_id": image.job_id,
        "user_id": image.user_id,
        "digest": image.digest,
        "format": image.image_format,
        "width": image.width,
        "height": image.height,
        "size_bytes": image.size_bytes,
        "of_file": image.digest,
    }
    return _INSERT, values


def insert_image(conn: Connection, image: ImageRow) -> None:
    """Store the row of a picture. Raises ConflictError where the job has one already."""
    statement, values = inserting(image)
    statement.first(conn, values)


def removal_beside(image: ImageRow, row: Row) -> Removal | None:
    """Return the removal that is noted for a picture's file, as its row was stored; None where there is none."""
    removal_id, ended_at_ms, started_at_ms = row
    if removal_id is None:
        return None
    return Removal(removal_id, image.digest, ended_at_ms is not None, started_at_ms)


def jobs_of_digests(conn: Connection, digests: Sequence[str]) -> list[int]:
    """Return the jobs whose stored pictures have one of these digests."""
    statement = sa.select(images.c.job_id).where(images.c.digest.in_(digests)).order_by(images.c.job_id)
    return list(conn.execute(statement).scalars())


def digest_of_job(conn: Connection, job_id: int) -> str | None:
    """Return the digest of a job's stored picture, None where there is none."""
    return conn.execute(sa.select(images.c.digest).where(images.c.job_id == job_id)).scalar()


def delete_image_of_job(conn: Connection, job_id: int) -> str | None:
    """Delete a job's picture row; returns the digest whose file nothing else uses now, None if it stays in use."""
    digest = conn.execute(
        sa.delete(images).where(images.c.job_id == job_id).returning(images.c.digest)
    ).scalar()
    if digest is None:
        return None
    uses = (
        sa.exists().where(images.c.digest == digest),
        sa.exists().where(uploads.c.stored_digest == digest),
    )
    still_used = conn.execute(sa.select(sa.or_(*uses))).scalar()
    return None if still_used else str(digest)
