"""Reference pictures: finished pictures of our own, named by their codes, for models that look at some."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from services import history
from services.asks import Viewer
from services.context import Context
from services.errors import NotAllowedError, UserError
from services.providers.catalog import Model

MOST_REFERENCES: Final = 16
"""Source: OpenAI, images/edits: up to 16 input images; every other model takes fewer."""


@dataclass(frozen=True, slots=True)
class KnownReference:
    """A stored picture: the SHA-256 of its bytes, and its size in px."""

    digest: str
    width: int
    height: int


def parse_references(text: str) -> tuple[str, ...]:
    """Return the codes in `text`, which stand apart by spaces or commas. Raises UserError("too_many_references")."""
    codes = tuple(text.replace(",", " ").split())
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
    """Return the pictures of these codes, in order. Raises NotFoundError for one that the viewer may not see."""
    found = [await history.find_picture(context, viewer, code) for code in codes]
    return tuple(KnownReference(each.digest, each.width, each.height) for each in found)


async def known_references(
    context: Context, viewer: Viewer, digests: Sequence[str]
) -> tuple[KnownReference, ...]:
    """Return the stored pictures that a recipe looks at, for whoever wants to make it again.

    Raises UserError("reference_gone") where one was deleted, NotAllowedError("reference_not_yours") where one is not
    theirs to see: a picture may be public, and what it was made from private.
    """
    if not digests:
        return ()
    seen, existing = await history.find_by_digest(context, viewer, digests)
    if any(digest not in existing for digest in digests):
        raise UserError("reference_gone", field="references")
    if any(digest not in seen for digest in digests):
        raise NotAllowedError("reference_not_yours", field="references")
    return tuple(KnownReference(each, seen[each].width, seen[each].height) for each in digests)
