"""References that a command brings along: a file attached to it, and addresses between the codes."""

from dataclasses import replace

from services.asks import Brought, ImagineAsk, viewer_of
from services.context import Context
from services.errors import UserError
from services.model_choice import default_model
from services.models import UploadKind
from services.references import (
    MOST_REFERENCES,
    check_references,
    find_references,
    is_address,
    parse_references,
)
from services.uploads import bring


def brings(ask: ImagineAsk) -> bool:
    """Return whether something has to be fetched for what was asked. Raises UserError for too many references."""
    return ask.brought is not None or any(map(is_address, parse_references(ask.references)))


def check_brought(context: Context, ask: ImagineAsk) -> None:
    """Check, without waiting, what can be told before anything is fetched; nothing where nothing is brought.

    Raises UserError("upload_not_agreed") where nobody said that everybody in the pictures agreed, and for more
    references than the model takes, where that one is known already.
    """
    if not brings(ask):
        return
    if not ask.has_agreed:
        raise UserError("upload_not_agreed", field="agreed")
    count = len(parse_references(ask.references)) + (ask.brought is not None)
    if count > MOST_REFERENCES:
        raise UserError("too_many_references", field="references", found=count, maximum=MOST_REFERENCES)
    named = ask.model.strip()
    if not named and (ask.saved.strip() or ask.preset.strip()):
        return  # what is kept under that name may name one
    check_references(context.catalog.find(named) if named else default_model(context, ask.caller), count)


async def bring_references(context: Context, ask: ImagineAsk) -> ImagineAsk:
    """Return the same ask with all that it brings kept: its references are codes and digests, the attached file first.

    The codes are looked at before anything is fetched. Raises UserError and LimitError as `uploads.bring` and
    `check_brought` do, NotFoundError for a code that the caller may not see.
    """
    check_brought(context, ask)
    named = parse_references(ask.references)
    codes = [each for each in named if not is_address(each)]
    await find_references(context, viewer_of(ask.caller), codes)
    attached = [] if ask.brought is None else [await _digest_of(context, ask, ask.brought)]
    known = [await _named(context, ask, each) for each in named]
    return replace(ask, brought=None, references=" ".join([*attached, *known]))


async def _named(context: Context, ask: ImagineAsk, name: str) -> str:
    """Return a code as it is, and the digest of what lies at an address."""
    if not is_address(name):
        return name
    return await _digest_of(context, ask, Brought(name, is_attachment=False))


async def _digest_of(context: Context, ask: ImagineAsk, brought: Brought) -> str:
    return (await bring(context, ask.caller.origin.user_id, brought, UploadKind.PICTURE)).digest
