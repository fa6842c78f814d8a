"""The stamp in a picture's file: which code, which recipe, and that a machine made it. Pixels are never touched.

The database is the truth; the stamp helps where a file travels alone. It names nobody. A file keeps everything else
that it holds; a stamp from before is replaced. Content credentials (C2PA) stay in the file, but they sign its bytes:
a stamped copy no longer matches them, the stored original does. `has_credentials` tells, so that a caller can send
the original instead.
"""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final

from services.codes import parse_code
from services.errors import StorageError, UserError
from services.images import jpeg, png, webp
from services.images.formats import ImageFormat, MalformedImage, sniff
from services.images.xmp import MadeBy, Mark, packets, read_mark
from services.models import Recipe
from services.recipes import recipe_from_bytes, recipe_to_bytes

STAMP_ROOM_BYTES: Final = 2 * 65_536
"""How much a stamp adds at most for any recipe of accepted size: what to leave free below an upload limit."""

MOST_CODES: Final = 16
"""More than any sheet of ours shows."""


@dataclass(frozen=True, slots=True)
class Stamp:
    """What a file says about itself. Anyone can write such a stamp: it is a hint, never a permission.

    `recipe` is None where it did not fit, cannot be read, or was written by a later Limner; the code still serves.
    """

    code: str
    made_by: MadeBy
    recipe: Recipe | None


def stamp(data: bytes, *, recipe: Recipe | None, code: str, made_by: MadeBy) -> bytes:
    """Return a copy of `data` (PNG, JPEG or WebP) that carries code, recipe and the machine-readable AI mark.

    PNG: iTXt chunks "limner" (JSON) and "XML:com.adobe.xmp"; JPEG: an XMP segment; WebP: an XMP chunk. A JPEG segment
    holds 64 KB: a recipe that does not fit beside what is there is left out whole. `recipe` is None for a sheet of
    several pictures, whose codes stand in `code` with hyphens between them. Raises StorageError("bad_image") when
    `data` is not a whole picture.
    """
    mark = Mark(code, made_by, None if recipe is None else recipe_to_bytes(recipe).decode())
    try:
        return _WRITERS[sniff(data)](data, mark)
    except MalformedImage as error:
        raise StorageError("bad_image", f"cannot stamp: {error}", reason=error.flaw.value) from error


def read_stamp(data: bytes) -> Stamp | None:
    """Return the stamp in `data`, None where there is none. Raises UserError("bad_image") for damaged bytes."""
    try:
        mark = _READERS[sniff(data)](data)
    except MalformedImage as error:
        raise UserError("bad_image", str(error), field="image", reason=error.flaw.value) from error
    return None if mark is None else _understood(mark)


def read_codes(data: bytes) -> tuple[str, ...]:
    """Return the codes in the stamp of `data`: one, those of a sheet in their order, () where there is no stamp.

    As `read_stamp`, a hint and never a permission. Raises UserError("bad_image") for damaged bytes.
    """
    try:
        mark = _READERS[sniff(data)](data)
        return () if mark is None else tuple(map(parse_code, mark.code.split("-")[:MOST_CODES]))
    except MalformedImage as error:
        raise UserError("bad_image", str(error), field="image", reason=error.flaw.value) from error
    except UserError:
        return ()


def has_credentials(data: bytes) -> bool:
    """Tell whether `data` holds content credentials (C2PA). Raises StorageError("bad_image") for damaged bytes."""
    try:
        return _CREDENTIALS[sniff(data)](data)
    except MalformedImage as error:
        raise StorageError("bad_image", str(error), reason=error.flaw.value) from error


def _understood(mark: Mark) -> Stamp | None:
    """Return the stamp that `mark` means; without a code that reads it is none."""
    try:
        code = parse_code(mark.code)
    except UserError:
        return None
    try:
        recipe = None if mark.recipe is None else recipe_from_bytes(mark.recipe.encode())
    except (UserError, UnicodeEncodeError):
        recipe = None
    return Stamp(code, mark.made_by, recipe)


def _write_png(data: bytes, mark: Mark) -> bytes:
    """Write both text chunks: XMP for programs that know it, plain JSON for people who look."""
    packet = next(packets(png.read_text(data, png.XMP_KEYWORD), mark))
    note = f'{{"code":"{mark.code}","made_by":"{mark.made_by}","recipe":{mark.recipe}}}'
    return png.with_texts(data, {png.XMP_KEYWORD: packet, png.STAMP_KEYWORD: note.encode()})


def _write_jpeg(data: bytes, mark: Mark) -> bytes:
    """Write the fullest XMP packet that one segment holds."""
    fitting = (p for p in packets(jpeg.read_xmp(data), mark) if len(p) <= jpeg.XMP_LIMIT_BYTES)
    return jpeg.with_xmp(data, next(fitting))


def _write_webp(data: bytes, mark: Mark) -> bytes:
    """Write the XMP chunk."""
    return webp.with_xmp(data, next(packets(webp.read_xmp(data), mark)))


def _read_png(data: bytes) -> Mark | None:
    """Read the JSON chunk, or the XMP where a program has thrown the other away."""
    note, packet = png.read_text(data, png.STAMP_KEYWORD), png.read_text(data, png.XMP_KEYWORD)
    mark = None if note is None else _read_note(note)
    return mark or (None if packet is None else read_mark(packet))


def _read_note(note: bytes) -> Mark | None:
    """Read the JSON of the "limner" chunk."""
    try:
        value = json.loads(note)
        recipe = json.dumps(value["recipe"])
        return Mark(str(value["code"]), "sketch" if value["made_by"] == "sketch" else "ai", recipe)
    except (ValueError, TypeError, KeyError, RecursionError):
        return None


def _read_jpeg(data: bytes) -> Mark | None:
    """Read the XMP segment."""
    packet = jpeg.read_xmp(data)
    return None if packet is None else read_mark(packet)


def _read_webp(data: bytes) -> Mark | None:
    """Read the XMP chunk."""
    packet = webp.read_xmp(data)
    return None if packet is None else read_mark(packet)


_WRITERS: Final[Mapping[ImageFormat, Callable[[bytes, Mark], bytes]]] = {
    ImageFormat.PNG: _write_png,
    ImageFormat.JPEG: _write_jpeg,
    ImageFormat.WEBP: _write_webp,
}
_READERS: Final[Mapping[ImageFormat, Callable[[bytes], Mark | None]]] = {
    ImageFormat.PNG: _read_png,
    ImageFormat.JPEG: _read_jpeg,
    ImageFormat.WEBP: _read_webp,
}
_CREDENTIALS: Final[Mapping[ImageFormat, Callable[[bytes], bool]]] = {
    ImageFormat.PNG: png.has_credentials,
    ImageFormat.JPEG: jpeg.has_credentials,
    ImageFormat.WEBP: webp.has_credentials,
}
