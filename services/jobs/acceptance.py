"""Accept a request: recipes get their codes, the interaction token is sealed, and one transaction writes it all."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass

from db import acceptance
from db.engine import ConflictError
from services.asks import Accepted, Caller
from services.codes import new_code
from services.context import Context
from services.models import OPERATORS_ACCOUNT, Account, Recipe
from services.recipes import recipe_to_json

TOKEN_LABEL = "interaction-token"  # noqa: S105 - a key derivation label, not a secret
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


def _new_picture(commission: Commission) -> acceptance.NewPicture:
    recipe = commission.recipe
    return acceptance.NewPicture(
        code=new_code(),
        body=recipe_to_json(recipe),
        parent_code=recipe.parent,
        provider=recipe.provider,
        model=recipe.model,
        price_micro_usd=commission.price_micro_usd,
        account=commission.account,
    )


async def accept(context: Context, caller: Caller, kind: str, commissions: Sequence[Commission]) -> Accepted:
    """Accept a request for these pictures and wake the workers; an origin that was accepted before is not again.

    Raises LimitError where a cap is reached, UserError("key_removed") where the key that was to pay is gone,
    StorageError where nothing could be written.
    """
    # The first sealing imports the cipher, which takes long enough to hold up other people's acknowledgements.
    sealed_token = await asyncio.to_thread(_seal_token, context, caller)
    for tries_left in range(_CODE_TRIES, 0, -1):
        new = acceptance.NewRequest(
            kind=kind,
            origin=caller.origin,
            visibility=caller.visibility,
            upload_limit_bytes=caller.upload_limit_bytes,
            sealed_token=sealed_token,
            pictures=[_new_picture(commission) for commission in commissions],
        )
        try:
            rows = await context.database.write(acceptance.accept, new, context.limits.caps)
            break
        except ConflictError:
            # Two codes of 40 random bits met, or another process accepted this origin just now: look again.
            if tries_left == 1:
                raise
    context.jobs_bell.ring()
    return Accepted(
        request_id=rows.request_id,
        job_ids=rows.job_ids,
        codes=rows.codes,
        model=commissions[0].recipe.model,
        price_micro_usd=sum(commission.price_micro_usd for commission in commissions),
        is_new=rows.is_new,
    )
