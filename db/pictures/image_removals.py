"""The table `image_removals`: files of pictures that are being removed, or were a short while ago.

Two pictures may be one file, byte by byte, and two processes may keep the one and delete the other at the same time. So
a removal is written in the transaction that finds that no picture needs the file, before the file goes; and the
transaction that keeps a picture's row looks for one. The two may miss each other; so before the file goes, whoever
removes it looks once more, after everybody who has not seen the removal (`give_up_if_used`). Whatever the order, either
the row is there in time to keep the file, or whoever keeps the row learns that the file may be gone and puts it again
(`services/jobs/putting.py`).
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from db.dialects.prepared import Prepared
from db.dialects.row_locks import file_lock_alone, number_of_file
from db.tables.schema import image_removals, images, uploads
from db.tables.types import database_now_ms


@dataclass(frozen=True, slots=True)
class Removal:
    """One file's removal. `has_ended`: the file is gone, for as long as nobody puts it again."""

    id: int
    digest: str
    has_ended: bool
    started_at_ms: int


def used(conn: Connection, digests: Collection[str]) -> set[str]:
    """Return those of the files that a picture needs, one that was made or one that was brought."""
    columns = (images.c.digest, uploads.c.stored_digest)
    found = [conn.execute(sa.select(column).where(column.in_(digests))).scalars() for column in columns]
    return set().union(*found)


def _read(conn: Connection, digests: Collection[str]) -> list[Removal]:
    statement = sa.select(*_COLUMNS).where(image_removals.c.digest.in_(digests))
    return [_removal(row) for row in conn.execute(statement.order_by(image_removals.c.id)).mappings()]


_COLUMNS = (
    image_removals.c.id,
    image_removals.c.digest,
    image_removals.c.ended_at_ms,
    image_removals.c.started_at_ms,
)


_OF_FILE: Final = Prepared(
    sa.select(*_COLUMNS)
    .where(image_removals.c.digest == sa.bindparam("digest"))
    .order_by(image_removals.c.id)
    .limit(1)
)


def _removal(row: Mapping[Any, Any]) -> Removal:
    return Removal(row["id"], row["digest"], row["ended_at_ms"] is not None, row["started_at_ms"])


def begin(conn: Connection, digests: Sequence[str]) -> list[Removal]:
    """Note that the files of these digests are being removed, as far as no picture has them; return those.

    What somebody else is removing at this moment is left to them.
    """
    if not digests:
        return []
    removing = {each.digest for each in _read(conn, digests) if not each.has_ended}
    unused = sorted(set(digests) - used(conn, digests) - removing)
    if not unused:
        return []
    # A new row has a new id: whoever has seen the old one put the file again does not take this one for it.
    conn.execute(sa.delete(image_removals).where(image_removals.c.digest.in_(unused)))
    now_ms = conn.execute(sa.select(database_now_ms())).scalar_one()
    rows = [{"digest": digest, "started_at_ms": now_ms} for digest in unused]
    conn.execute(sa.insert(image_removals), rows)
    return _read(conn, unused)


_LOCK_FILE: Final = Prepared(sa.select(file_lock_alone(sa.bindparam("file_number", type_=sa.Integer))))


def give_up_if_used(conn: Connection, removal: Removal) -> bool:
    """Give a removal up where a picture has the file after all; return whether that is so.

    For `Database.move`: who keeps a picture's row holds the file's lock, and whoever comes after this sees the removal.
    """
    _LOCK_FILE.first(conn, {"file_number": number_of_file(removal.digest)})
    if removal.digest not in used(conn, [removal.digest]):
        return False
    given_up = image_removals.c.id == removal.id
    conn.execute(sa.delete(image_removals).where(given_up, image_removals.c.ended_at_ms.is_(None)))
    return True


def find(conn: Connection, digest: str) -> Removal | None:
    """Return the removal that is noted for a file, None where there is none."""
    row = _OF_FILE.named(conn, {"digest": digest})
    return None if row is None else _removal(row)


def end(conn: Connection, removal_id: int) -> None:
    """Note that the file is gone."""
    conn.execute(
        sa.update(image_removals)
        .where(image_removals.c.id == removal_id, image_removals.c.ended_at_ms.is_(None))
        .values(ended_at_ms=database_now_ms())
    )


def take_over(conn: Connection, older_than_ms: int, limit: int) -> list[Removal]:
    """Take removals that were begun and not ended for so long; each is given to one caller."""
    late = (
        sa.select(image_removals.c.id)
        .where(
            image_removals.c.ended_at_ms.is_(None),
            image_removals.c.started_at_ms <= database_now_ms() - older_than_ms,
        )
        .order_by(image_removals.c.id)
        .limit(limit)
    )
    taken = conn.execute(
        sa.update(image_removals)
        .where(image_removals.c.id.in_(late))
        .values(started_at_ms=database_now_ms())
        .returning(*_COLUMNS)
    )
    return [_removal(row) for row in taken.mappings()]


def renew(conn: Connection, removal: Removal) -> Removal | None:
    """Take a removal that took long once more; None where somebody else has taken it over, or ended it."""
    renewed = (
        conn.execute(
            sa.update(image_removals)
            .where(
                image_removals.c.id == removal.id,
                image_removals.c.started_at_ms == removal.started_at_ms,
                image_removals.c.ended_at_ms.is_(None),
            )
            .values(started_at_ms=database_now_ms())
            .returning(*_COLUMNS)
        )
        .mappings()
        .first()
    )
    return None if renewed is None else _removal(renewed)


def forget_ended(conn: Connection, older_than_ms: int) -> None:
    """Delete the notes of files that went long ago: nobody who has put one before that is still about to keep it."""
    conn.execute(
        sa.delete(image_removals).where(
            image_removals.c.ended_at_ms.is_not(None),
            image_removals.c.ended_at_ms < database_now_ms() - older_than_ms,
        )
    )
