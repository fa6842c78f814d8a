"""The table `character_pictures`: the pictures of a character, each under a number that is never given out twice."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from db.tables.character_schema import character_pictures as pictures
from db.tables.character_schema import characters
from db.tables.schema import images, jobs, recipes, requests, uploads
from db.tables.types import database_now_ms
from services.models import UploadKind, Visibility


@dataclass(frozen=True, slots=True)
class PictureRow:
    """A picture that has a number. `digest` is "" where it was removed or deleted.

    `code`, `owner_id`, `guild_id` and `visibility` are those of a result; a picture that was brought has none.
    """

    number: int
    is_made: bool
    is_removed: bool
    digest: str = ""
    width: int = 0
    height: int = 0
    job_id: int | None = None
    upload_id: int | None = None
    code: str = ""
    owner_id: int | None = None
    guild_id: int | None = None
    visibility: Visibility | None = None


@dataclass(frozen=True, slots=True)
class Tag:
    """Of which character a picture is, and its number; None while it has none, or where it was removed."""

    code: str
    name: str
    number: int | None


_C, _P = characters.c, pictures.c


def _take_number(conn: Connection, character_id: int) -> int:
    """Return the next number of a character, which from now on is given out."""
    statement = (
        sa.update(characters)
        .where(_C.id == character_id)
        .values(next_number=_C.next_number + 1)
        .returning(_C.next_number)
    )
    return int(conn.execute(statement).scalar_one()) - 1


def _add(conn: Connection, character_id: int, **leads_to: int) -> int:
    number = _take_number(conn, character_id)
    values = {"character_id": character_id, "number": number, **leads_to}
    conn.execute(sa.insert(pictures).values(**values, created_at_ms=database_now_ms()))
    return number


def add_result(conn: Connection, character_id: int, job_id: int) -> int:
    """Take an earlier result over and return its number. Raises ConflictError where it is the character's already."""
    return _add(conn, character_id, job_id=job_id)


def add_upload(conn: Connection, character_id: int, upload_id: int) -> int:
    """Take a picture that was brought, and return its number; one that is the character's already keeps its own."""
    statement = sa.select(_P.number).where(_P.character_id == character_id, _P.upload_id == upload_id)
    number = conn.execute(statement).scalar()
    return _add(conn, character_id, upload_id=upload_id) if number is None else int(number)


_USE: Final = (
    sa.update(characters)
    .where(_C.code == sa.bindparam("used"), _C.deleted_at_ms.is_(None))
    .values(used_at_ms=database_now_ms(), next_number=_C.next_number + sa.bindparam("reserved"))
    .returning(_C.id, _C.next_number)
)


def await_pictures(conn: Connection, code: str, job_ids: Sequence[int]) -> None:
    """Note that these jobs make pictures of a character, which get their numbers with their files.

    Of several, each has its number reserved in their order; one that never comes leaves its number unused. One alone
    gets the next number when it comes. Where the character was deleted in the meantime nothing is noted: they are
    pictures without a number then.
    """
    reserved = len(job_ids) if len(job_ids) > 1 else 0
    used = conn.execute(_USE, {"used": code, "reserved": reserved}).first()
    if used is None:
        return
    character_id, next_number = used
    numbers = range(next_number - reserved, next_number) if reserved else [None] * len(job_ids)
    now_ms = conn.execute(sa.select(database_now_ms())).scalar_one()
    same = {"character_id": character_id, "is_made": True, "created_at_ms": now_ms}
    rows = [
        {**same, "job_id": job_id, "reserved_number": number}
        for job_id, number in zip(job_ids, numbers, strict=True)
    ]
    conn.execute(sa.insert(pictures), rows)


_IS_AWAITED: Final = (_P.job_id == sa.bindparam("made")) & _P.number.is_(None)
_KEEP_RESERVED: Final = (
    sa.update(pictures)
    .where(_IS_AWAITED, _P.reserved_number.is_not(None))
    .values(number=_P.reserved_number)
    .returning(_P.number)
)
_AWAITED: Final = sa.select(_P.character_id).where(_IS_AWAITED)
_NUMBER: Final = (
    sa.update(characters)
    .where(_C.id.in_(_AWAITED))
    .values(next_number=_C.next_number + 1)
    .returning(_C.id, _C.next_number)
)
_KEEP_NUMBER: Final = (
    sa.update(pictures)
    .where(_P.job_id == sa.bindparam("made"), _P.character_id == sa.bindparam("of"))
    .values(number=sa.bindparam("next") - 1)
)


def number_made(conn: Connection, job_id: int) -> None:
    """Give the picture that a job has made its reserved number, else the next one, where it is of a character."""
    if conn.execute(_KEEP_RESERVED, {"made": job_id}).first() is not None:
        return
    row = conn.execute(_NUMBER, {"made": job_id}).first()
    if row is not None:
        conn.execute(_KEEP_NUMBER, {"made": job_id, "of": row[0], "next": row[1]})


_NUMBERED: Final = (
    sa.select(
        _P.number, _P.is_made, _P.removed_at_ms, _P.job_id, _P.upload_id, jobs.c.user_id.label("owner_id"),
        requests.c.guild_id, requests.c.visibility, recipes.c.code, images.c.digest, images.c.width,
        images.c.height, uploads.c.digest.label("upload_digest"), uploads.c.width.label("upload_width"),
        uploads.c.height.label("upload_height"),
    )
    .select_from(
        pictures.outerjoin(jobs, jobs.c.id == _P.job_id)
        .outerjoin(requests, requests.c.id == jobs.c.request_id)
        .outerjoin(recipes, recipes.c.id == jobs.c.recipe_id)
        .outerjoin(images, images.c.job_id == jobs.c.id)
        .outerjoin(uploads, uploads.c.id == _P.upload_id)
    )
    .where(_P.character_id == sa.bindparam("of"), _P.number.is_not(None))
    .order_by(_P.number)
)  # fmt: skip


def list_pictures(conn: Connection, character_id: int) -> list[PictureRow]:
    """Return every picture of a character that has a number, in their order; those that are gone as well."""
    return [_picture(row) for row in conn.execute(_NUMBERED, {"of": character_id}).mappings()]


def _picture(row: sa.RowMapping) -> PictureRow:
    is_removed = row["removed_at_ms"] is not None
    if row["upload_digest"] is not None:
        return PictureRow(
            row["number"], row["is_made"], is_removed, row["upload_digest"], row["upload_width"],
            row["upload_height"], upload_id=row["upload_id"],
        )  # fmt: skip
    # A picture is deleted with its recipe, and either is enough to know of it.
    if row["digest"] is None or row["code"] is None:
        return PictureRow(row["number"], row["is_made"], is_removed)
    return PictureRow(
        row["number"], row["is_made"], is_removed, row["digest"], row["width"], row["height"], row["job_id"],
        code=row["code"], owner_id=row["owner_id"], guild_id=row["guild_id"],
        visibility=Visibility(row["visibility"]),
    )  # fmt: skip


def has_upload(conn: Connection, code: str, digest: str) -> bool:
    """Return whether a picture that was brought is one of a character's, also of one that was deleted a moment ago."""
    statement = (
        sa.select(_P.id)
        .join(characters, _C.id == _P.character_id)
        .join(uploads, uploads.c.id == _P.upload_id)
        .where(_C.code == code, uploads.c.digest == digest, uploads.c.kind == UploadKind.PICTURE)
    )
    return conn.execute(statement.limit(1)).first() is not None


def unused_uploads(conn: Connection, upload_ids: Sequence[int]) -> list[int]:
    """Return those of the uploads that no character has any more."""
    used = conn.execute(sa.select(_P.upload_id).where(_P.upload_id.in_(upload_ids))).scalars()
    return sorted(set(upload_ids) - set(used))


def number_of_job(conn: Connection, character_id: int, job_id: int) -> int | None:
    """Return the number that a result has as a picture of a character, None where it is none of them."""
    statement = sa.select(_P.number).where(_P.character_id == character_id, _P.job_id == job_id)
    return conn.execute(statement).scalar()


def remove(conn: Connection, character_id: int, number: int) -> int | None:
    """Take a picture from a character: its row stays with the number, and nothing leads to the picture any more.

    Returns the row id of the upload that it was, None for a result.
    """
    is_meant = (_P.character_id == character_id) & (_P.number == number)
    upload_id = conn.execute(sa.select(_P.upload_id).where(is_meant)).scalar()
    conn.execute(
        sa.update(pictures)
        .where(is_meant, _P.removed_at_ms.is_(None))
        .values(job_id=None, upload_id=None, removed_at_ms=database_now_ms())
    )
    return upload_id


def tags_of_jobs(conn: Connection, job_ids: Sequence[int]) -> dict[int, Tag]:
    """Return of which character the pictures of these jobs were made, and their numbers, by job."""
    statement = (
        sa.select(_P.job_id, _C.code, _C.name, _P.number)
        .join(characters, _C.id == _P.character_id)
        .where(_P.job_id.in_(job_ids), _P.is_made, _C.deleted_at_ms.is_(None))
    )
    return {row[0]: Tag(row[1], row[2], row[3]) for row in conn.execute(statement)}


def count_pictures(conn: Connection, character_ids: Sequence[int]) -> dict[int, int]:
    """Return how many pictures these characters have, by id; those that were removed do not count."""
    statement = (
        sa.select(_P.character_id, sa.func.count())
        .where(_P.character_id.in_(character_ids), _P.number.is_not(None), _P.removed_at_ms.is_(None))
        .group_by(_P.character_id)
    )
    return {row[0]: row[1] for row in conn.execute(statement)}
