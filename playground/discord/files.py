"""Attachments on disk and their signed addresses.

An address carries `ex` (expiry) and `is` (issue) in hexadecimal seconds and `hm`, an HMAC over path and both.
*Source:* Discord's reference, "Signed Attachment CDN URLs"; a day of validity.
"""

import asyncio
import hmac
import mimetypes
import re
from collections import deque
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, fields
from pathlib import Path, PurePath

from playground.discord.clock import Clock
from playground.discord.credentials import is_same
from playground.discord.errors import Json
from playground.discord.pictures import picture_size

VALID_S = 24 * 3600
HEAD_BYTES = 262_144
MOST_ASKED = 1_000
CONTENT_TYPE = re.compile(r"[\w.+-]+/[\w.+-]+( *; *[\w.+-]+=[\w.+-]+)*", re.ASCII)


@dataclass(frozen=True, slots=True)
class Upload:
    """A file as it arrived, not stored yet."""

    filename: str
    content_type: str
    content: bytes


@dataclass(frozen=True, slots=True)
class StoredFile:
    """A file on disk; `size` in bytes, width and height in pixels where it is a picture.

    `title` is the name before it was made safe, without its ending; absent where nothing had to change.
    """

    id: str
    channel_id: str
    filename: str
    content_type: str
    size: int
    width: int | None
    height: int | None
    ephemeral: bool
    description: str | None = None
    title: str | None = None

    @property
    def path(self) -> str:
        """Return the path of its address, without the signature."""
        folder = "ephemeral-attachments" if self.ephemeral else "attachments"
        return f"/{folder}/{self.channel_id}/{self.id}/{self.filename}"


_KEPT = tuple(one.name for one in fields(StoredFile))


class Files:
    """Keeps attachments in one folder, by id."""

    def __init__(self, folder: Path, clock: Clock, secret: bytes) -> None:
        self.folder = folder
        self.base = ""  # set when the server knows its port
        self.by_id: dict[str, StoredFile] = {}
        self.asked: deque[str] = deque(maxlen=MOST_ASKED)
        """The paths that were asked for last, oldest first: whoever fetches a file is seen here."""
        self._clock = clock
        self._secret = secret

    async def save(self, stored: Sequence[tuple[StoredFile, bytes]]) -> None:
        """Write contents to disk, off the event loop, and remember the files."""
        if stored:
            await asyncio.to_thread(_write, [(self.path_of(one.id), content) for one, content in stored])
            self.by_id.update((one.id, one) for one, _ in stored)

    def discard(self, ids: Iterable[str]) -> None:
        """Forget files and remove them from disk in the background."""
        paths = [self.path_of(one) for one in ids if self.by_id.pop(one, None)]
        if paths:
            asyncio.get_running_loop().run_in_executor(None, _remove, paths)

    def path_of(self, file_id: str) -> Path:
        """Return where a file lies on disk."""
        return self.folder / file_id

    def address(self, stored: StoredFile) -> str:
        """Return a signed address that is valid for a day."""
        issued = int(self._clock.now_s())
        expires = issued + VALID_S
        signature = self._signature(stored.path, f"{expires:x}", f"{issued:x}")
        return f"{self.base}{stored.path}?ex={expires:x}&is={issued:x}&hm={signature}&"

    def is_valid(self, path: str, query: Mapping[str, str]) -> bool:
        """Say whether an address was made here and is not over."""
        expires, issued = query.get("ex", ""), query.get("is", "")
        expected = self._signature(path, expires, issued)
        return is_same(query.get("hm", ""), expected) and int(expires, 16) > self._clock.now_s()

    def _signature(self, path: str, expires: str, issued: str) -> str:
        return hmac.digest(
            self._secret, f"{path}?{expires}&{issued}".encode(errors="replace"), "sha256"
        ).hex()

    def attachment_object(self, stored: StoredFile) -> Json:
        """Return the attachment as messages carry it, with a fresh address."""
        url = self.address(stored)
        shown: Json = {
            "id": stored.id,
            "filename": stored.filename,
            "size": stored.size,
            "url": url,
            "proxy_url": url,
            "content_type": stored.content_type,
            "content_scan_version": 0,
        }
        if stored.width is not None:
            shown |= {"width": stored.width, "height": stored.height}
        for name, value in (("description", stored.description), ("title", stored.title)):
            if value is not None:
                shown[name] = value
        if stored.ephemeral:
            shown["ephemeral"] = True
        return shown

    def to_json(self) -> list[Json]:
        """Return what a snapshot keeps."""
        return [{name: getattr(one, name) for name in _KEPT} for one in self.by_id.values()]

    def load(self, stored: list[Json]) -> None:
        """Take over a snapshot; files on disk that it does not know were never shown to anybody, and go."""
        self.by_id = {one["id"]: StoredFile(**one) for one in stored}
        _remove([path for path in self.folder.iterdir() if path.name not in self.by_id])


def describe(
    upload: Upload, *, file_id: str, channel_id: str, ephemeral: bool, description: str | None
) -> StoredFile:
    """Return the stored form of an upload, with the file name as Discord makes it safe."""
    filename = safe_filename(upload.filename)
    size = picture_size(upload.content[:HEAD_BYTES])
    content_type = mimetypes.guess_type(filename)[0] or upload.content_type
    if not CONTENT_TYPE.fullmatch(content_type):
        content_type = "application/octet-stream"
    return StoredFile(
        file_id,
        channel_id,
        filename,
        content_type,
        len(upload.content),
        size[0] if size else None,
        size[1] if size else None,
        ephemeral,
        description,
        None if filename == upload.filename else PurePath(upload.filename).stem,
    )


def safe_filename(name: str) -> str:
    """Return a name of ASCII letters, digits, `_`, `.` and `-`."""
    return re.sub(r"[^\w.\-]", "_", name, flags=re.ASCII).strip(".") or "unknown"


def _write(contents: list[tuple[Path, bytes]]) -> None:
    for path, content in contents:
        path.write_bytes(content)


def _remove(paths: list[Path]) -> None:
    for path in paths:
        path.unlink(missing_ok=True)
