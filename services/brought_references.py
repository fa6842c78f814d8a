"""References that a command brings along: a file attached to it, and addresses between the codes."""

from dataclasses import dataclass, replace

from services.asks import Brought, ImagineAsk, viewer_of
from services.context import Context
from services.errors import UserError
from services.model_choice import default_model
from services.references import (
    MOST_REFERENCES,
    check_references,
    find_references,
    is_address,
    parse_references,
)
from services.unneeded_uploads import bring_all
from services.uploads import KnownUpload


@dataclass(frozen=True, slots=True)
class BroughtAsk:
    """An ask whose references are all kept, and what was brought for it."""

    ask: ImagineAsk
    kept: tuple[KnownUpload, ...]


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


async def bring_references(context: Context, ask: ImagineAsk) -> BroughtAsk:
    """Return the same ask with all that it brings kept: its references are codes and digests, the attached file first.

    The codes are looked at before anything is fetched. Raises UserError and LimitError as `uploads.bring` and
    `check_brought` do, NotFoundError for a code that the caller may not see; nothing that was brought is kept then.
    """
    check_brought(context, ask)
    named = parse_references(ask.references)
    codes = [each for each in named if not is_address(each)]
    await find_references(context, viewer_of(ask.caller), codes)
    attached = [] if ask.brought is None else [ask.brought]
    addresses = [Brought(each, is_attachment=False) for each in named if is_address(each)]
    kept = await bring_all(context, ask.caller.origin.user_id, [*attached, *addresses])
    digests = iter([each.digest for each in kept])
    first = [next(digests) for _ in attached]
    known = [next(digests) if is_address(each) else each for each in named]
    return BroughtAsk(replace(ask, brought=None, references=" ".join([*first, *known])), kept)
