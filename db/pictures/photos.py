"""Photos of faces among what people brought: their end on request, and those that a picture resembles."""

from collections.abc import Sequence, Set
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from db.pictures.upload_uses import names_digest
from db.pictures.uploads import FACE_DAYS
from db.tables.schema import jobs, recipes, requests, uploads
from db.tables.types import DAY_MS, database_now_ms
from services.models import RequestKind, UploadKind


def delete(conn: Connection, user_id: int, upload_id: int) -> str | None:
    """Delete one photo of a face of a person's; return the digest of its file, None where there is no such photo."""
    statement = sa.delete(uploads).where(
        uploads.c.id == upload_id, uploads.c.user_id == user_id, uploads.c.kind == UploadKind.FACE
    )
    digest = conn.execute(statement.returning(uploads.c.stored_digest)).scalar()
    return None if digest is None else str(digest)


def delete_all(conn: Connection, user_id: int) -> list[str]:
    """Delete all photos of faces of a person; return the digests of their files."""
    statement = sa.delete(uploads).where(uploads.c.user_id == user_id, uploads.c.kind == UploadKind.FACE)
    return [str(digest) for digest in conn.execute(statement.returning(uploads.c.stored_digest)).scalars()]


def add_kept_until(conn: Connection, rows: Sequence[dict[str, Any]]) -> None:
    """Say in each row of a picture until when the photo is kept that it resembles: "photo_until_ms", UTC epoch ms.

    Rows have the owner under "user_id" and the recipe under "body". What resembles no photo, or one that is kept no
    more, gets nothing.
    """
    named = [(row, references) for row in rows if (references := (row["body"] or {}).get("references"))]
    if not named:
        return
    until_ms = _kept_until_ms(
        conn, {row["user_id"] for row, _ in named}, {digest for _, digests in named for digest in digests}
    )
    for row, digests in named:
        row["photo_until_ms"] = min(
            (until_ms[row["user_id"], each] for each in digests if (row["user_id"], each) in until_ms),
            default=None,
        )


def _kept_until_ms(conn: Connection, owners: Set[int], digests: Set[str]) -> dict[tuple[int, str], int]:
    """Return until when photos are kept, by owner and digest."""
    statement = sa.select(uploads.c.user_id, uploads.c.digest, uploads.c.expires_at_ms).where(
        uploads.c.user_id.in_(owners),
        uploads.c.digest.in_(digests),
        uploads.c.kind == UploadKind.FACE,
        uploads.c.expires_at_ms > database_now_ms(),
    )
    return {(row[0], row[1]): row[2] for row in conn.execute(statement)}


def is_over(conn: Connection, user_id: int, digest: str) -> bool:
    """Return whether a digest is of a photo of somebody's whose 30 days are over; False where that cannot be known.

    The row goes within a minute of its end, and nothing is kept of it then. What tells later is the last headshot that
    looks at it: since that was asked for, the photo has been kept for 30 days at most.
    """
    row_is_over = sa.exists().where(
        uploads.c.user_id == user_id, uploads.c.digest == digest, uploads.c.expires_at_ms <= database_now_ms()
    )
    last_asked_ms = (
        sa.select(sa.func.max(requests.c.created_at_ms))
        .select_from(requests.join(jobs).join(recipes))
        .where(requests.c.user_id == user_id, requests.c.kind == RequestKind.HEADSHOT)
        .where(names_digest(recipes.c.body, digest))
        .scalar_subquery()
    )
    is_long_ago = last_asked_ms <= database_now_ms() - FACE_DAYS * DAY_MS
    return bool(conn.execute(sa.select(row_is_over | sa.func.coalesce(is_long_ago, sa.false()))).scalar_one())
