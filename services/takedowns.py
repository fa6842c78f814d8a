"""`bot.py takedown`: pictures that nobody may bring any more, and that are deleted wherever they are kept.

A picture is known by the digest of its clean copy, which is the same whatever its file says beside the picture itself,
and by that of a result's file. One that was scaled, cut or saved anew is another one, with the same pixels too where
its format stores colours otherwise: the clean copy of a JPEG with one colour for four pixels is written so as well,
that of the same pixels as PNG is not. Nothing here compares what pictures show.
"""

import hashlib
import re
from collections.abc import Sequence
from typing import Final

from db.engine import Connection
from db.jobs import job_queries, recipes
from db.pictures import images, takedowns, upload_uses, uploads
from services import history
from services.character_pictures import take_out_of_all
from services.codes import parse_code
from services.context import Context
from services.crash_points import crash_point
from services.errors import StartError, StorageError, UserError
from services.jobs import removing
from services.jobs.courier import MessagePlace
from services.jobs.removing import Begun
from services.models import JsonValue
from services.uploads import cleaned

_DIGEST: Final = re.compile(r"[0-9a-f]{64}")


def is_digest(text: str) -> bool:
    """Return whether a text is the digest of a picture."""
    return _DIGEST.fullmatch(text) is not None


async def take_down(context: Context, named: Sequence[str], stamped: Sequence[str] = ()) -> JsonValue:
    """Take one picture down, by its code or its digests, and delete what is kept of it; return what that was.

    `stamped` are the codes in the stamp of a file that was named: anybody can write one, so a result goes by it only
    where its pixels are those of the file; the codes of "others" are returned. The messages that show a deleted
    picture are named for the operator; the job engine takes it out of those that it can change. What a killed process
    leaves is deleted by the next one that looks (`services/jobs/noted_takedowns.py`). Raises
    StartError("no_such_picture").
    """
    digests = await _digests_of(context, named)
    results, others = await _stamped_results(context, stamped, digests)
    digests, (kept, people), unneeded = await context.database.write(_take_down, [*digests, *results])
    crash_point("takedown.noted")
    await removing.finish_each(context, unneeded)
    jobs = await context.database.read(_jobs_of, digests)
    places: list[MessagePlace] = []
    for owner_id, job_id in jobs:
        places += (await history.delete_picture(context, owner_id, job_id)).places
    return {
        "digests": list(digests),
        "uploads": kept,
        "pictures": len(jobs),
        "people": len(people | {owner_id for owner_id, _ in jobs}),
        "others": list[JsonValue](others),
        "messages": [[place.channel_id, place.message_id] for place in places],
    }


async def _digests_of(context: Context, named: Sequence[str]) -> tuple[str, ...]:
    """Return all digests by which a picture is known; that of its clean copy where its file is here."""
    digests = [each if is_digest(each) else await _digest_of_code(context, each) for each in named]
    copies = [copy for each in digests if (copy := await _clean_copy(context, each)) is not None]
    return tuple(dict.fromkeys([*digests, *copies]))


async def _digest_of_code(context: Context, text: str) -> str:
    try:
        found = await context.database.read(_digest_by_code, parse_code(text))
    except UserError as error:
        raise StartError("bad_code", f"{text!r} is neither a code nor a digest of 64 characters.") from error
    if found is None:
        raise StartError("no_such_picture", f"{text}: there is no such picture.")
    return found


async def _stamped_results(
    context: Context, codes: Sequence[str], digests: Sequence[str]
) -> tuple[list[str], list[str]]:
    """Return the digests of the results of these codes that are the picture, and the codes of those that are not."""
    results, others = list[str](), list[str]()
    for code in codes:
        digest = await context.database.read(_digest_by_code, code)
        if digest is not None and await _clean_copy(context, digest) in digests:
            results.append(digest)
        elif digest is not None:
            others.append(code)
    return results, others


async def _clean_copy(context: Context, digest: str) -> str | None:
    """Return the digest that a stored picture has when somebody brings it; None for one that is not stored."""
    try:
        copy = await cleaned(context, await context.store.get(digest))
    except (StorageError, UserError):
        return None
    return hashlib.sha256(copy.data).hexdigest()


def _digest_by_code(conn: Connection, code: str) -> str | None:
    recipe = recipes.find_recipe(conn, code)
    return None if recipe is None else images.digest_of_job(conn, recipe.job_id)


def _take_down(
    conn: Connection, named: Sequence[str]
) -> tuple[tuple[str, ...], tuple[int, set[int]], list[Begun]]:
    """Note that a picture is taken down, and delete what people have brought of it.

    Returns all digests by which it is known, how many brought pictures those were, and whose.

    In one transaction: whoever brings it at this moment comes before, and it is deleted, or after, and is refused.
    """
    digests = takedowns.add(conn, named)
    kept = takedowns.uploads_of(conn, digests)
    take_out_of_all(conn, upload_uses.characters_of(conn, [each.id for each in kept]))
    for each in kept:
        uploads.delete(conn, each.user_id, each.id)
    people = {each.user_id for each in kept}
    return digests, (len(kept), people), removing.begin(conn, [each.stored_digest for each in kept])


def _jobs_of(conn: Connection, digests: Sequence[str]) -> list[tuple[int, int]]:
    """Return the results that are these very files: whose each is, and its job."""
    found = ((job_queries.owner_of_job(conn, each), each) for each in images.jobs_of_digests(conn, digests))
    return [(owner[0], job_id) for owner, job_id in found if owner is not None]


async def list_takedowns(context: Context) -> JsonValue:
    """Return what was taken down: the digest that names it, how many it has, and since when."""
    found = await context.database.read(takedowns.listed)
    return [
        {"digest": each.entry, "digests": each.digests, "added_at_ms": each.added_at_ms} for each in found
    ]


async def lift(context: Context, digest: str) -> JsonValue:
    """Let a picture be brought again. Raises StartError("no_such_picture") for one that was not taken down."""
    if not await context.database.write(takedowns.remove, digest):
        raise StartError("no_such_picture", f"{digest}: no such picture was taken down.")
    return {"digest": digest}
