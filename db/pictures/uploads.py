"""The table `uploads`: the pictures that people brought, one row a person, kind and picture."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Any, Final

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from db.people.people import remember_person
from db.pictures.storage_use import check_storage
from db.pictures.takedowns import check as check_takedown
from db.tables.schema import image_faults, uploads
from db.tables.types import DAY_MS, database_now_ms
from services.errors import LimitError
from services.models import UploadKind
from services.sealed_pictures import PicturePlace, SealedDataKey

FACE_DAYS: Final = 30
_KEPT_MS: Final = {UploadKind.FACE: FACE_DAYS * DAY_MS, UploadKind.PICTURE: None}


@dataclass(frozen=True, slots=True)
class UploadRow:
    """A brought picture: size in px, the size of its file in bytes, times in UTC epoch milliseconds.

    `place.digest` is of the picture itself, `stored_digest` of its file, which is another one where `key` is not None.
    """

    id: int
    place: PicturePlace
    stored_digest: str
    key: SealedDataKey | None
    image_format: str
    width: int
    height: int
    size_bytes: int
    created_at_ms: int
    expires_at_ms: int | None
    agreed_at_ms: int
    """When it was brought last: another number each time, so that it tells one time from another."""


@dataclass(frozen=True, slots=True)
class Kept:
    """A row after its picture was kept. `replaced` is the digest of the file that it had before, if that was another.

    `is_new`: it was written now; its owner had no such picture.
    """

    row: UploadRow
    replaced: str | None
    is_new: bool


@dataclass(frozen=True, slots=True)
class NewUpload:
    """A picture to keep, whose file is there: all but its times."""

    place: PicturePlace
    stored_digest: str
    size_bytes: int
    key: SealedDataKey | None
    image_format: str
    width: int
    height: int


@dataclass(frozen=True, slots=True)
class Room:
    """How much one person may keep: rows, and bytes together with their other pictures (0: no bound)."""

    most_rows: int
    most_bytes: int


@dataclass(frozen=True, slots=True)
class FaceCount:
    """How many photos of faces one master key seals."""

    master_key_id: str
    count: int


_COLUMNS: Final = (
    uploads.c.id, uploads.c.user_id, uploads.c.kind, uploads.c.digest, uploads.c.stored_digest,
    uploads.c.sealed_data_key, uploads.c.master_key_id, uploads.c.format, uploads.c.width, uploads.c.height,
    uploads.c.size_bytes, uploads.c.created_at_ms, uploads.c.expires_at_ms, uploads.c.agreed_at_ms,
)  # fmt: skip


def _row(row: Sequence[Any]) -> UploadRow:
    place = PicturePlace(row[1], UploadKind(row[2]), row[3])
    key = None if row[5] is None else SealedDataKey(bytes(row[5]), row[6])
    return UploadRow(row[0], place, row[4], key, *row[7:])


def _is_kept() -> sa.ColumnElement[bool]:
    """Return the condition that a picture's time is not over: the row may stand a minute longer."""
    return uploads.c.expires_at_ms.is_(None) | (uploads.c.expires_at_ms > database_now_ms())


def _is_at(place: PicturePlace) -> sa.ColumnElement[bool]:
    return sa.and_(
        uploads.c.user_id == place.user_id, uploads.c.kind == place.kind, uploads.c.digest == place.digest
    )


def find_at(conn: Connection, place: PicturePlace) -> UploadRow | None:
    """Return what a person has kept of this kind and digest, also where its time is over; None for nothing."""
    row = conn.execute(sa.select(*_COLUMNS).where(_is_at(place))).first()
    return None if row is None else _row(row)


def list_of_user(conn: Connection, user_id: int) -> list[UploadRow]:
    """Return all that a person has brought, newest first, without what is over."""
    statement = sa.select(*_COLUMNS).where(uploads.c.user_id == user_id, _is_kept())
    return [_row(row) for row in conn.execute(statement.order_by(uploads.c.id.desc()))]


def find_own(conn: Connection, user_id: int, digests: Collection[str]) -> list[UploadRow]:
    """Return what a person has brought of these digests, sealed ones last, so that the others are looked at first."""
    statement = sa.select(*_COLUMNS).where(
        uploads.c.user_id == user_id, uploads.c.digest.in_(digests), _is_kept()
    )
    return sorted((_row(row) for row in conn.execute(statement)), key=lambda one: one.key is not None)


def digests_of(conn: Connection, upload_ids: Collection[int]) -> dict[int, str]:
    """Return by which digests recipes name these rows, by row id; those that are there."""
    statement = sa.select(uploads.c.id, uploads.c.digest).where(uploads.c.id.in_(upload_ids))
    return {row.id: row.digest for row in conn.execute(statement)}


def existing(conn: Connection, digests: Collection[str]) -> set[str]:
    """Return those of the digests that anybody has brought and kept."""
    statement = sa.select(uploads.c.digest).where(uploads.c.digest.in_(digests), _is_kept())
    return set(conn.execute(statement).scalars())


def check_room(conn: Connection, user_id: int, room: Room) -> None:
    """Raise LimitError where a person has as many brought pictures as they may, or all their pictures' room is used."""
    count = conn.execute(
        sa.select(sa.func.count()).select_from(uploads).where(uploads.c.user_id == user_id)
    ).scalar_one()
    if count >= room.most_rows:
        raise LimitError("too_many_uploads", waiting=count, allowed=room.most_rows)
    check_storage(conn, user_id, room.most_bytes)


_AGREED_AGAIN_AT_MS: Final = sa.case(
    (uploads.c.agreed_at_ms < database_now_ms(), database_now_ms()), else_=uploads.c.agreed_at_ms + 1
)
"""Twice in one millisecond, or after a clock that was set back, is another time all the same."""


def _times(kind: UploadKind, agreed_at_ms: sa.ColumnElement[int]) -> dict[str, Any]:
    kept_ms = _KEPT_MS[kind]
    return {
        "agreed_at_ms": agreed_at_ms,
        "expires_at_ms": None if kept_ms is None else database_now_ms() + kept_ms,
    }


def renew(conn: Connection, row: UploadRow) -> UploadRow | None:
    """Let a picture's time begin anew, as its owner has brought it again; return its row, None where it is gone."""
    times = _times(row.place.kind, _AGREED_AGAIN_AT_MS)
    renewed = sa.update(uploads).where(uploads.c.id == row.id).values(**times).returning(*_COLUMNS)
    found = conn.execute(renewed).first()
    return None if found is None else _row(found)


def keep(conn: Connection, new: NewUpload, room: Room) -> Kept:
    """Write a picture's row, or give the one that its owner has already the new file, and let its time begin anew.

    Raises LimitError where there is no room, UserError("upload_taken_down").
    """
    values = {
        "stored_digest": new.stored_digest,
        "size_bytes": new.size_bytes,
        "sealed_data_key": None if new.key is None else new.key.data_key,
        "master_key_id": None if new.key is None else new.key.master_key_id,
    }
    before = find_at(conn, new.place)
    if before is None:
        check_takedown(conn, new.place.digest)
        check_room(conn, new.place.user_id, room)
        remember_person(conn, new.place.user_id, None)
        _insert(conn, new, {**values, **_times(new.place.kind, database_now_ms())})
    else:
        again = _times(new.place.kind, _AGREED_AGAIN_AT_MS)
        conn.execute(sa.update(uploads).where(uploads.c.id == before.id).values(**values, **again))
    row = find_at(conn, new.place)
    assert row is not None  # noqa: S101 - written in this transaction
    has_changed = before is not None and before.stored_digest != row.stored_digest
    replaced = before.stored_digest if before is not None and has_changed else None
    return Kept(row, replaced, is_new=before is None)


def _insert(conn: Connection, new: NewUpload, values: dict[str, Any]) -> None:
    conn.execute(
        sa.insert(uploads).values(
            user_id=new.place.user_id,
            kind=new.place.kind,
            digest=new.place.digest,
            format=new.image_format,
            width=new.width,
            height=new.height,
            created_at_ms=database_now_ms(),
            **values,
        )
    )


def delete(conn: Connection, user_id: int, upload_id: int) -> str | None:
    """Delete a person's own row; return the digest of its file, None where there is no such row."""
    statement = sa.delete(uploads).where(uploads.c.id == upload_id, uploads.c.user_id == user_id)
    digest = conn.execute(statement.returning(uploads.c.stored_digest)).scalar()
    return None if digest is None else str(digest)


def delete_expired(conn: Connection, most: int) -> list[str]:
    """Delete up to `most` rows whose time is over; return the digests of their files."""
    over = (
        sa.select(uploads.c.id)
        .where(uploads.c.expires_at_ms.is_not(None), uploads.c.expires_at_ms <= database_now_ms())
        .order_by(uploads.c.id)
        .limit(most)
    )
    statement = sa.delete(uploads).where(uploads.c.id.in_(over)).returning(uploads.c.stored_digest)
    return [str(digest) for digest in conn.execute(statement).scalars()]


def count_faces(conn: Connection) -> list[FaceCount]:
    """Return how many photos of faces there are, by the master key that seals them."""
    statement = (
        sa.select(uploads.c.master_key_id, sa.func.count())
        .where(uploads.c.master_key_id.is_not(None))
        .group_by(uploads.c.master_key_id)
        .order_by(uploads.c.master_key_id)
    )
    return [FaceCount(row[0], row[1]) for row in conn.execute(statement)]


def faces_under_others(conn: Connection, master_key_id: str, most: int) -> list[UploadRow]:
    """Return up to `most` photos whose key another master key than this one seals."""
    statement = sa.select(*_COLUMNS).where(
        uploads.c.master_key_id.is_not(None), uploads.c.master_key_id != master_key_id
    )
    return [_row(row) for row in conn.execute(statement.order_by(uploads.c.id).limit(most))]


def replace_data_keys(conn: Connection, renewed: Sequence[tuple[UploadRow, SealedDataKey]]) -> int:
    """Keep keys that were sealed anew; return how many, without those of photos that have another key by now."""
    return sum(_replace_data_key(conn, row, key) for row, key in renewed)


def _replace_data_key(conn: Connection, row: UploadRow, key: SealedDataKey) -> int:
    # By the file as well: one that was sealed again meanwhile has a key of its own.
    is_as_it_was = sa.and_(
        uploads.c.stored_digest == row.stored_digest,
        uploads.c.master_key_id == (row.key and row.key.master_key_id),
    )
    statement = (
        sa.update(uploads)
        .where(uploads.c.id == row.id, is_as_it_was)
        .values(sealed_data_key=key.data_key, master_key_id=key.master_key_id)
    )
    return conn.execute(statement).rowcount


@dataclass(frozen=True, slots=True)
class Survey:
    """How many pictures people have brought, of what kind, and what is wrong with them."""

    pictures: int
    faces: int
    overdue: int
    faulty: int


def survey(conn: Connection, overdue_ms: int) -> Survey:
    """Return what there is: `overdue` are photos whose time has been over for more than `overdue_ms`."""

    def count(*conditions: sa.ColumnElement[bool]) -> int:
        return int(
            conn.execute(sa.select(sa.func.count()).select_from(uploads).where(*conditions)).scalar_one()
        )

    has_fault = sa.exists().where(image_faults.c.digest == uploads.c.stored_digest)
    return Survey(
        pictures=count(uploads.c.kind == UploadKind.PICTURE),
        faces=count(uploads.c.kind == UploadKind.FACE),
        overdue=count(uploads.c.expires_at_ms < database_now_ms() - overdue_ms),
        faulty=count(has_fault),
    )
