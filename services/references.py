"""Reference pictures, for models that look at some: finished ones by their codes, and brought ones by their digests."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from db.engine import Connection
from db.pictures import uploads
from services import history
from services.asks import Viewer
from services.context import Context
from services.errors import NotAllowedError, NotFoundError, UserError
from services.providers.catalog import Model
from services.reference_bytes import gone

MOST_REFERENCES: Final = 16
"""Source: OpenAI, images/edits: up to 16 input images; every other model takes fewer."""

_DIGEST: Final = re.compile(r"[0-9a-f]{64}")


@dataclass(frozen=True, slots=True)
class KnownReference:
    """A stored picture: the SHA-256 of its bytes, and its size in px."""

    digest: str
    width: int
    height: int


def is_address(name: str) -> bool:
    """Return whether what stands for a reference is an address, good or bad, and no code."""
    return "://" in name


def parse_references(text: str) -> tuple[str, ...]:
    """Return the codes and addresses in `text`, which stand apart by spaces; codes by commas as well.

    Raises UserError("too_many_references").
    """
    # A comma may be part of an address, unless it stands at its end.
    codes = tuple(
        name
        for word in text.split()
        for name in ([word.rstrip(",")] if is_address(word) else word.replace(",", " ").split())
    )
    if len(codes) > MOST_REFERENCES:
        raise UserError("too_many_references", field="references", found=len(codes), maximum=MOST_REFERENCES)
    return codes


def check_references(model: Model, count: int) -> None:
    """Raise UserError where `model` takes fewer references than `count`, or needs more."""
    taken = model.capabilities
    if count > taken.references:
        code = "too_many_references" if taken.references else "model_takes_no_reference"
        raise UserError(code, field="references", model=model.title, found=count, maximum=taken.references)
    if count < taken.references_needed:
        raise UserError("model_needs_reference", field="references", model=model.title)


async def find_references(
    context: Context, viewer: Viewer, codes: Sequence[str]
) -> tuple[KnownReference, ...]:
    """Return the pictures of these codes, or of these digests of pictures that the viewer has brought, in order.

    Raises NotFoundError for one that the viewer may not see.
    """
    return tuple([await _find_one(context, viewer, code) for code in codes])


async def _find_one(context: Context, viewer: Viewer, code: str) -> KnownReference:
    if not _DIGEST.fullmatch(code):
        found = await history.find_picture(context, viewer, code)
        return KnownReference(found.digest, found.width, found.height)
    brought, _ = await context.database.read(_read_brought, viewer.user_id, [code])
    if code not in brought:
        raise NotFoundError("no_such_upload", field="references")
    return brought[code]


def _read_brought(
    conn: Connection, user_id: int, digests: Sequence[str]
) -> tuple[dict[str, KnownReference], set[str]]:
    """Return what somebody has brought of these digests, and which of them anybody has."""
    own = uploads.find_own(conn, user_id, digests)
    known = {row.place.digest: KnownReference(row.place.digest, row.width, row.height) for row in own}
    return known, uploads.existing(conn, digests)


async def known_references(
    context: Context, viewer: Viewer, digests: Sequence[str]
) -> tuple[KnownReference, ...]:
    """Return the pictures that a recipe looks at, made or brought, for whoever wants to make it again.

    Raises UserError as `reference_bytes.gone` gives where one is not there any more,
    NotAllowedError("reference_not_yours") where one is not theirs to see: a picture may be public, and what it was made
    from private. What somebody brought is theirs alone.
    """
    if not digests:
        return ()
    made, existing = await history.find_by_digest(context, viewer, digests)
    brought, brought_by_anybody = await context.database.read(_read_brought, viewer.user_id, digests)
    missing = [each for each in digests if each not in existing | brought_by_anybody]
    if missing:
        raise await gone(context, missing[0], viewer.user_id)
    seen = brought | {each: KnownReference(each, one.width, one.height) for each, one in made.items()}
    if not set(digests) <= seen.keys():
        raise NotAllowedError("reference_not_yours", field="references")
    return tuple(seen[each] for each in digests)
