"""What somebody wants to see again: by a code, by the link of a message, or by a file that came from here."""

import hashlib
import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from services import history
from services.asks import Viewer
from services.codes import parse_code
from services.context import Context
from services.errors import NotFoundError, UserError
from services.images.formats import Flaw
from services.images.metadata import read_codes
from services.jobs.courier import PictureResult
from services.uploads import Brought, fetch_brought

# Any host: Discord has several (ptb., canary., discordapp.com), the local one is at an address of its own, and nothing
# is fetched from there. Source: Discord's clients, "Copy Message Link".
_LINK: Final = re.compile(
    r"https?://[^\s/]{1,200}/channels/(?:@me|\d{1,20})/\d{1,20}/(?P<message>\d{1,20})/?(?:[?#]\S{0,200})?",
    re.ASCII,
)
_LARGEST_ID: Final = 2**63 - 1
_IN_NAME: Final = re.compile(
    r"limner-((?:[0-9a-z]{8}-?){1,2})(?:-small)?(?:_\d+| \(\d+\))?\.\w{2,5}", re.ASCII
)
_LONGEST_NAME: Final = 200


@dataclass(frozen=True, slots=True)
class ShownBy:
    """How somebody names what they want to see: `text` is a code or a link; or a file, with its name."""

    text: str = ""
    file: Brought | None = None
    file_name: str = ""


def check_shown_by(asked: ShownBy) -> ShownBy:
    """Return what was asked for. Raises UserError("nothing_to_show", "too_much_to_show")."""
    if asked.file is not None and asked.text.strip():
        raise UserError("too_much_to_show", "a code and a file")
    if asked.file is None and not asked.text.strip():
        raise UserError("nothing_to_show", "neither a code nor a file")
    return asked


def message_in(text: str) -> int | None:
    """Return the id of the message that a link leads to, None for what is no link of a message."""
    link = _LINK.fullmatch(text.strip().removeprefix("<").removesuffix(">"))
    if link is None or int(link["message"]) > _LARGEST_ID:
        return None
    return int(link["message"])


async def find_shown(context: Context, viewer: Viewer, asked: ShownBy) -> tuple[PictureResult, ...]:
    """Return the pictures that are meant and that the viewer may see, at least one.

    Raises UserError("bad_code", "file_without_code" or one of a file that cannot be fetched or is no picture),
    NotFoundError("no_such_picture", "no_such_message"), StorageError. Nothing of a file is kept.
    """
    if asked.file is not None:
        return await _of_file(context, viewer, asked.file, asked.file_name)
    message_id = message_in(asked.text)
    if message_id is None:
        return (await history.find_picture(context, viewer, asked.text),)
    found = await history.see_pictures_of_message(context, viewer, message_id)
    if not found:
        raise NotFoundError("no_such_message", f"message {message_id}")
    return found


async def _of_file(context: Context, viewer: Viewer, file: Brought, name: str) -> tuple[PictureResult, ...]:
    """Return the pictures that a file is of: by its stamp, else by its very bytes, else by the name that we gave it.

    All three are hints that anybody can forge: who may see the picture is asked as ever.
    """
    data = await fetch_brought(context, file)
    codes, digest = await context.pixels.run(_read, data)
    if codes:
        return await _of_codes(context, viewer, codes)
    seen, existing = await history.find_by_digest(context, viewer, [digest])
    if digest in seen:
        return (seen[digest],)
    codes = () if existing else codes_in_name(name)
    if not codes and not existing:
        raise UserError("file_without_code", f"{len(data)} bytes without a stamp")
    return await _of_codes(context, viewer, codes)


def _read(data: bytes) -> tuple[tuple[str, ...], str]:
    """Return the codes in a file's stamp, and the digest of its bytes. Looks at headers only, no pixel is decoded."""
    try:
        return read_codes(data), hashlib.sha256(data).hexdigest()
    except UserError as error:
        is_picture = error.fields.get("reason") not in {Flaw.EMPTY, Flaw.FOREIGN}
        raise UserError("upload_damaged" if is_picture else "upload_not_a_picture", str(error)) from error


def codes_in_name(name: str) -> tuple[str, ...]:
    """Return the codes in the name that we give to files, "limner-7k2m9xq4.png", () for any other name."""
    found = _IN_NAME.fullmatch(name[:_LONGEST_NAME])
    try:
        return () if found is None else tuple(map(parse_code, found[1].strip("-").split("-")))
    except UserError:
        return ()


async def _of_codes(context: Context, viewer: Viewer, codes: Sequence[str]) -> tuple[PictureResult, ...]:
    """Return the pictures of these codes that may be seen. Raises NotFoundError where that is none."""
    found: list[PictureResult] = []
    for code in dict.fromkeys(codes):
        try:
            found.append(await history.find_picture(context, viewer, code))
        except NotFoundError:
            continue
    if not found:
        raise NotFoundError("no_such_picture", field="file")
    return tuple(found)
