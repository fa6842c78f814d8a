"""Copies of pictures for somebody else: a brought picture of their own, over the same file."""

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from db.pictures import uploads
from db.pictures.uploads import Kept, NewUpload, Room
from db.tables.schema import images
from db.tables.schema import uploads as uploads_table
from services.errors import NotFoundError
from services.models import UploadKind
from services.sealed_pictures import PicturePlace


def keep_copy_of_result(conn: Connection, user_id: int, job_id: int, room: Room) -> Kept:
    """Keep a copy of a result for somebody, and return the row of their upload.

    The file stays for as long as anybody has it. Raises NotFoundError where the result was deleted meanwhile,
    LimitError where they have no room.
    """
    return _keep_copy(conn, user_id, images, images.c.job_id == job_id, room)


def keep_copy_of_upload(conn: Connection, user_id: int, upload_id: int, room: Room) -> Kept:
    """Keep a copy of a brought picture, not of a sealed photo, for somebody else; the same otherwise."""
    is_it = (uploads_table.c.id == upload_id) & (uploads_table.c.kind == UploadKind.PICTURE)
    return _keep_copy(conn, user_id, uploads_table, is_it, room)


def _keep_copy(
    conn: Connection, user_id: int, table: sa.Table, is_it: sa.ColumnElement[bool], room: Room
) -> Kept:
    columns = (table.c.digest, table.c.size_bytes, table.c.format, table.c.width, table.c.height)
    found = conn.execute(sa.select(*columns).where(is_it)).first()
    if found is None:
        raise NotFoundError("no_such_picture", field="code")
    digest, size_bytes, image_format, width, height = found
    place = PicturePlace(user_id, UploadKind.PICTURE, digest)
    own = uploads.find_at(conn, place)
    if own is not None:
        return Kept(own, None, is_new=False)
    return uploads.keep(conn, NewUpload(place, digest, size_bytes, None, image_format, width, height), room)
