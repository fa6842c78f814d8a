"""Pictures that people bring: fetched, judged, made new, kept, and forgotten.

A brought picture is an attachment, or an address that somebody typed. Neither is kept: what is kept is a copy with
nothing but pixels, known by its digest. A photo of a face is sealed, and goes after 30 days.
"""

import asyncio
import hashlib
import logging
from collections.abc import Collection
from dataclasses import dataclass, field
from typing import Final

from db.engine import ConflictError, Connection
from db.pictures import takedowns, uploads
from db.pictures.uploads import NewUpload, Room, UploadRow
from services.addresses import Origin, origin_of
from services.asker_pauses import check_asker
from services.asks import Brought
from services.context import Context
from services.crash_points import crash_point
from services.errors import LimitError, NotFoundError, ProviderError, StorageError, UserError
from services.guarded_connections import own_hosts_of
from services.http import Timeouts, fetch_bytes
from services.images.cleaning import MAX_UPLOAD_BYTES, CleanPicture, clean
from services.images.formats import Flaw, MalformedImage
from services.images.guard import MAX_PIXELS, MAX_SIDE_PX, MIN_SIDE_PX
from services.jobs import putting, removing
from services.jobs.expired_uploads import forget_expired
from services.jobs.putting import Put
from services.models import UploadKind
from services.reference_bytes import open_upload
from services.sealed_pictures import PicturePlace, SealedDataKey, seal_picture

__all__ = [
    "Brought", "BroughtPicture", "KnownUpload", "UploadKind", "bring", "brought_picture", "fetch_brought", "forget",
    "forget_expired", "known_of", "list_uploads",
]  # fmt: skip

log = logging.getLogger(__name__)

MIB: Final = 1024 * 1024
FETCH_WITHIN: Final = Timeouts(total_s=45.0, sock_read_s=15.0)
DISCORD_HOSTS: Final = frozenset({"cdn.discordapp.com", "media.discordapp.net"})
"""Where attachments lie. *Source:* Discord's reference, "Signed Attachment CDN URLs"."""

_LIMITS: Final = {"smallest": MIN_SIDE_PX, "largest": MAX_SIDE_PX, "megapixels": MAX_PIXELS // 1_000_000}
_FLAWS: Final = {
    Flaw.EMPTY: "upload_empty",
    Flaw.FOREIGN: "upload_not_a_picture",
    Flaw.TRUNCATED: "upload_damaged",
    Flaw.CORRUPT: "upload_damaged",
    Flaw.ANIMATED: "upload_moves",
    Flaw.TOO_SMALL: "upload_too_small",
    Flaw.TOO_LARGE: "upload_too_many_pixels",
    Flaw.TOO_HEAVY: "upload_too_heavy",
}
_FETCH_FAILURES: Final = {
    "result_elsewhere": "address_refused",
    "result_too_large": "upload_too_large",
    "result_empty": "upload_empty",
    "result_expired": "address_gone",
}
"""What `fetch_bytes` says of a provider's address, said of a person's; the rest is "upload_unreachable"."""


@dataclass(frozen=True, slots=True)
class KnownUpload:
    """A brought picture that is kept: `digest` is of the copy without metadata, by which recipes name it; px."""

    id: int
    digest: str
    width: int
    height: int
    kind: UploadKind
    agreed_at_ms: int = field(default=0, compare=False)
    """When it was brought last, in UTC epoch ms."""
    is_new: bool = field(default=False, compare=False)
    """Whether its owner had no such picture before it was brought this time."""


@dataclass(frozen=True, slots=True)
class BroughtPicture:
    """A brought picture in its owner's list: what it takes up, and since and until when, in UTC epoch ms."""

    upload: KnownUpload
    size_bytes: int
    created_at_ms: int
    expires_at_ms: int | None
    """None for a picture that stays until its owner deletes it."""


def known_of(row: UploadRow, *, is_new: bool = False) -> KnownUpload:
    """Return what is known of a row."""
    place = row.place
    return KnownUpload(row.id, place.digest, row.width, row.height, place.kind, row.agreed_at_ms, is_new)


def brought_picture(row: UploadRow) -> BroughtPicture:
    """Return a row as it stands in its owner's list."""
    return BroughtPicture(known_of(row), row.size_bytes, row.created_at_ms, row.expires_at_ms)


async def bring(context: Context, user_id: int, brought: Brought, kind: UploadKind) -> KnownUpload:
    """Fetch a picture, judge it, make it new and keep it; the same picture again gives the same row.

    A photo's 30 days begin anew then. The caller has made sure that the person agreed to its use. Nothing is kept
    where this raises UserError (an address that is refused or gives nothing, what is no picture that can be used; its
    code begins with "address_" or "upload_"), NotAllowedError for somebody who is paused, LimitError("storage_full",
    "too_many_uploads") or StorageError.
    """
    check_asker(context.standing.pauses, user_id)
    await context.room.check()
    return await bring_bytes(context, user_id, await fetch_brought(context, brought), kind)


async def cleaned(context: Context, data: bytes) -> CleanPicture:
    """Judge a picture and make it new; nothing is kept. Raises UserError as `bring` does, StorageError."""
    try:
        return await context.pixels.run(clean, data)
    except MalformedImage as error:
        log.info("a brought picture of %d bytes is refused: %s: %s", len(data), error.flaw, error)
        found = str(error) if error.flaw in {Flaw.TOO_SMALL, Flaw.TOO_LARGE} else None
        raise UserError(_FLAWS[error.flaw], f"{error.flaw}: {error}", found=found, **_LIMITS) from error


async def bring_bytes(context: Context, user_id: int, data: bytes, kind: UploadKind) -> KnownUpload:
    """Keep a picture whose bytes are here. Raises as `bring` does."""
    return await keep_clean(context, user_id, await cleaned(context, data), kind)


async def keep_clean(context: Context, user_id: int, picture: CleanPicture, kind: UploadKind) -> KnownUpload:
    """Keep a picture that was made new. Raises LimitError, StorageError."""
    digest = await asyncio.to_thread(_digest_of, picture.data)
    return await _kept(context, PicturePlace(user_id, kind, digest), picture)


def _digest_of(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


async def fetch_brought(context: Context, brought: Brought) -> bytes:
    """Return what lies at an address, of which nothing is kept.

    Raises UserError with a code that begins with "address_" or "upload_".
    """
    if (brought.size_bytes or 0) > MAX_UPLOAD_BYTES:
        raise _too_large()
    own = context.discord_hosts if brought.is_attachment else frozenset[Origin]()
    slots = context.attachment_slots if brought.is_attachment else context.address_slots
    closed = frozenset() if brought.is_attachment else _hosts_of_ours(context)

    def may_fetch(url: str) -> bool:
        origin = origin_of(url)
        if origin is None:
            return False
        is_discord = origin.host in DISCORD_HOSTS or origin in context.discord_hosts
        return is_discord if brought.is_attachment else origin.host not in closed

    try:
        async with slots:
            return await fetch_bytes(
                context.session,
                brought.address,
                may_fetch,
                own=own,
                max_bytes=MAX_UPLOAD_BYTES,
                timeouts=FETCH_WITHIN,
            )
    except ProviderError as error:
        log.info("a brought picture cannot be fetched: %s: %s", error.code, error)
        raise _fetch_failure(error, brought) from error


def _hosts_of_ours(context: Context) -> Collection[str]:
    """Return the hosts that nobody may send us to: those of the settings, which may lie anywhere, and our own."""
    own = {each.host for each in own_hosts_of(context.session)}
    public = None if context.public_url is None else origin_of(context.public_url)
    return own if public is None else own | {public.host}


def _fetch_failure(error: ProviderError, brought: Brought) -> UserError:
    origin = origin_of(brought.address)
    is_discord = brought.is_attachment or (origin is not None and origin.host in DISCORD_HOSTS)
    code = _FETCH_FAILURES.get(error.code, "upload_unreachable")
    if code == "upload_too_large":
        return _too_large()
    if is_discord and code in {"address_gone", "address_refused"}:
        return UserError("upload_expired")
    return UserError(code)


def _too_large() -> UserError:
    return UserError("upload_too_large", maximum_mb=MAX_UPLOAD_BYTES // MIB)


async def _kept(context: Context, place: PicturePlace, picture: CleanPicture) -> KnownUpload:
    """Return a picture whose row is written and whose bytes are safe. Raises LimitError, StorageError."""
    room = Room(context.limits.caps.user_uploads, context.limits.caps.user_storage_bytes)
    known = await context.database.read(uploads.find_at, place)
    if known is None:
        await context.database.read(_check_new, place, room)
    elif await _is_whole(context, known):
        renewed = await context.database.write(uploads.renew, known)
        if renewed is not None:
            return known_of(renewed)
    content, key = await asyncio.to_thread(_sealed, context, picture.data, place)
    put = await putting.put(context, content)
    crash_point("upload.put")
    try:
        while (kept := await _row_written(context, _row_of(place, picture, key, put), put, room)) is None:
            put = await putting.put_again(context, content, put)
    except (LimitError, UserError):
        await removing.finish_each(context, await context.database.write(removing.begin, [put.stored.digest]))
        raise
    crash_point("upload.kept")
    known_now, unneeded = kept
    await removing.finish_each(context, unneeded)
    return known_now


def _check_new(conn: Connection, place: PicturePlace, room: Room) -> None:
    """Raise UserError or LimitError for a picture that cannot be kept, before its bytes are put anywhere."""
    takedowns.check(conn, place.digest)
    uploads.check_room(conn, place.user_id, room)


async def _is_whole(context: Context, row: UploadRow) -> bool:
    """Return whether a picture's file can be read and opened. Raises StorageError where that cannot be told now."""
    try:
        await open_upload(context, row)
    except StorageError as error:
        if error.code not in {"image_missing", "image_damaged"}:
            raise
        return False
    return True


def _sealed(context: Context, data: bytes, place: PicturePlace) -> tuple[bytes, SealedDataKey | None]:
    """Return the content of a picture's file, and the key that opens it where it is sealed."""
    return seal_picture(context.master_key, data, place) if place.kind is UploadKind.FACE else (data, None)


def _row_of(place: PicturePlace, picture: CleanPicture, key: SealedDataKey | None, put: Put) -> NewUpload:
    facts, stored = picture.facts, put.stored
    return NewUpload(
        place, stored.digest, stored.size_bytes, key, facts.format.value, facts.width, facts.height
    )


async def _row_written(
    context: Context, new: NewUpload, put: Put, room: Room
) -> tuple[KnownUpload, list[removing.Begun]] | None:
    try:
        return await context.database.write(_keep, new, put, room)
    except ConflictError:
        # Another process has written the same row in this moment: now it is found.
        return await context.database.write(_keep, new, put, room)


def _keep(
    conn: Connection, new: NewUpload, put: Put, room: Room
) -> tuple[KnownUpload, list[removing.Begun]] | None:
    """Write the row of bytes that were put; None where they may have been removed since."""
    if not putting.is_safe(conn, put):
        return None
    kept = uploads.keep(conn, new, room)
    unneeded = removing.begin(conn, [] if kept.replaced is None else [kept.replaced])
    return known_of(kept.row, is_new=kept.is_new), unneeded


async def forget(context: Context, user_id: int, upload_id: int) -> None:
    """Delete a picture that somebody brought: its row, and its file where nobody else needs it.

    Where the store is away, the file goes as soon as it is back; nobody finds the picture meanwhile. Raises
    NotFoundError("no_such_upload") for anybody but its owner, StorageError where nothing was deleted.
    """
    unneeded = await context.database.write(_delete, user_id, upload_id)
    if unneeded is None:
        raise NotFoundError("no_such_upload")
    await removing.finish_each(context, unneeded)


def _delete(conn: Connection, user_id: int, upload_id: int) -> list[removing.Begun] | None:
    digest = uploads.delete(conn, user_id, upload_id)
    return None if digest is None else removing.begin(conn, [digest])


async def list_uploads(context: Context, user_id: int) -> tuple[BroughtPicture, ...]:
    """Return the pictures that somebody has brought, newest first; they alone may see the list."""
    rows = await context.database.read(uploads.list_of_user, user_id)
    return tuple(map(brought_picture, rows))
