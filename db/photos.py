"""Photos of faces among what people brought: those that a picture resembles, and those that came to nothing."""

from collections.abc import Mapping, Sequence
from typing import Any, Final

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from db.schema import uploads
from db.types import database_now_ms
from services.models import UploadKind

BROUGHT_ONCE_MS: Final = 1_000
"""A row's two times are looked up one after the other: so far apart, at most, are those of a photo brought once."""


def delete_if_brought_once(conn: Connection, user_id: int, upload_id: int) -> str | None:
    """Delete a person's photo unless they have brought it again since: then another picture of theirs may need it.

    Returns the digest of its file, None where it stays or is gone.
    """
    is_brought_once = uploads.c.agreed_at_ms - uploads.c.created_at_ms < BROUGHT_ONCE_MS
    statement = sa.delete(uploads).where(
        uploads.c.id == upload_id,
        uploads.c.user_id == user_id,
        uploads.c.kind == UploadKind.FACE,
        is_brought_once,
    )
    digest = conn.execute(statement.returning(uploads.c.stored_digest)).scalar()
    return None if digest is None else str(digest)


def delete_all(conn: Connection, user_id: int) -> list[str]:
    """Delete all photos of faces of a person; return the digests of their files."""
    statement = sa.delete(uploads).where(uploads.c.user_id == user_id, uploads.c.kind == UploadKind.FACE)
    return [str(digest) for digest in conn.execute(statement.returning(uploads.c.stored_digest)).scalars()]


def kept_until_ms(
    conn: Connection, wanted: Sequence[tuple[int, Sequence[str]]]
) -> Mapping[tuple[int, str], int]:
    """Return until when (UTC epoch ms) photos are kept, by owner and digest.

    `wanted` are owners with digests that their recipes name; what is no photo, or is kept no more, is left out.
    """
    digests = {digest for _, named in wanted for digest in named}
    if not digests:
        return {}
    owners = {user_id for user_id, _ in wanted}
    statement = sa.select(uploads.c.user_id, uploads.c.digest, uploads.c.expires_at_ms).where(
        uploads.c.user_id.in_(owners),
        uploads.c.digest.in_(digests),
        uploads.c.kind == UploadKind.FACE,
        uploads.c.expires_at_ms > database_now_ms(),
    )
    rows: Sequence[Any] = conn.execute(statement).all()
    return {(row[0], row[1]): row[2] for row in rows}
