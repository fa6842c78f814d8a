"""Accept a request: recipes get their codes, the interaction token is sealed, and one transaction writes it all."""

import asyncio
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass

from db.engine import CommitUnknownError, ConflictError
from db.jobs import acceptance
from services.asks import Accepted, Caller
from services.codes import new_code
from services.context import Context
from services.crash_points import crash_point
from services.errors import UserError
from services.jobs.persisting import persist
from services.models import OPERATORS_ACCOUNT, Account, Recipe
from services.providers.safety import safety_of
from services.recipes import recipe_to_json
from services.secrets import is_cipher_loaded, load_cipher

TOKEN_LABEL = "interaction-token"  # noqa: S105 - a key derivation label, not a secret
FIND_OUT_S = 30.0
"""How long the database is asked whether a request was accepted whose COMMIT it was lost in."""
_CODE_TRIES = 3


@dataclass(frozen=True, slots=True)
class Commission:
    """One picture to make: its recipe, what it may cost in micro-dollars, and whose account pays."""

    recipe: Recipe
    price_micro_usd: int = 0
    account: Account = OPERATORS_ACCOUNT


def token_context(origin_id: str) -> bytes:
    """Return what a sealed token is bound to: a token moved to another row does not open."""
    return f"v1|requests|{origin_id}".encode()


def _seal_token(context: Context, caller: Caller) -> bytes | None:
    token = caller.origin.token
    if token is None:
        return None
    return context.master_key.seal(TOKEN_LABEL, token.encode(), token_context(caller.origin.id))


def _new_picture(context: Context, commission: Commission) -> acceptance.NewPicture:
    recipe = commission.recipe
    model = context.catalog.by_id.get(recipe.model.lower())
    return acceptance.NewPicture(
        code=new_code(),
        body=recipe_to_json(recipe),
        parent_code=recipe.parent,
        provider=recipe.provider,
        model=recipe.model,
        price_micro_usd=commission.price_micro_usd,
        account=commission.account,
        safety={} if model is None else safety_of(model, recipe.parameters),
        character_code="" if recipe.character is None else recipe.character.code,
    )


async def _write(context: Context, new: acceptance.NewRequest, open_in_all: int) -> acceptance.AcceptedRows:
    """Accept in one transaction.

    On PostgreSQL the line is looked at before, outside of any transaction: in the same one, acceptances conflict with
    one another and claims (measured, eight at once beside a claimer: 31 a second, and every second one started over; so
    it is 89, and 5 of 400 did). In this process each still sees the one before; of two processes, two may share a turn,
    and then the older id goes first.
    """
    try:
        return await _write_once(context, new, open_in_all)
    except UserError:
        # A key that is gone or a rule that this process has not heard of: the next try is planned with it.
        context.reload_bell.ring()
        raise
    except CommitUnknownError:
        # Whoever is told to ask again pays twice where it was committed after all: the origin says which it was.
        caps = context.limits.caps
        with suppress(TimeoutError):
            async with asyncio.timeout(FIND_OUT_S):
                return await persist(context.database, acceptance.accept, new, caps, open_in_all=open_in_all)
        raise


async def _write_once(
    context: Context, new: acceptance.NewRequest, open_in_all: int
) -> acceptance.AcceptedRows:
    database, caps = context.database, context.limits.caps
    if database.dialect == "sqlite":
        return await database.write(acceptance.accept, new, caps, open_in_all=open_in_all)
    async with context.accepting:
        seen = await database.glance(acceptance.look, new)
        return await database.write(acceptance.accept, new, caps, open_in_all=open_in_all, seen=seen)


async def accept(context: Context, caller: Caller, kind: str, commissions: Sequence[Commission]) -> Accepted:
    """Accept a request for these pictures and wake the workers; an origin that was accepted before is not again.

    Raises LimitError where a cap is reached, UserError("key_removed") where the key that was to pay is gone,
    NotAllowedError("rules_changed") where the server has forbidden it a moment ago, StorageError where nothing could be
    written, or there is no room for what would come of it.
    """
    await context.room.check()
    if not is_cipher_loaded():
        await asyncio.to_thread(load_cipher)
    sealed_token = _seal_token(context, caller)
    open_in_all = await context.line_length.count(context.database)
    for tries_left in range(_CODE_TRIES, 0, -1):
        new = acceptance.NewRequest(
            kind=kind,
            origin=caller.origin,
            visibility=caller.visibility,
            upload_limit_bytes=caller.upload_limit_bytes,
            sealed_token=sealed_token,
            pictures=[_new_picture(context, commission) for commission in commissions],
            role_ids=caller.role_ids,
        )
        try:
            crash_point("accept.before_row")
            rows = await _write(context, new, open_in_all)
            break
        except ConflictError:
            # Two codes of 40 random bits met, or another process accepted this origin just now: look again.
            if tries_left == 1:
                raise
    crash_point("accept.after_row")
    if rows.is_new:
        context.line_length.add(len(commissions))
    context.jobs_bell.ring()
    return Accepted(
        request_id=rows.request_id,
        job_ids=rows.job_ids,
        codes=rows.codes,
        model=commissions[0].recipe.model,
        price_micro_usd=sum(commission.price_micro_usd for commission in commissions),
        is_new=rows.is_new,
    )
