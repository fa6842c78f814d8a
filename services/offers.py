"""A model that cannot paint as it was asked: why, and what is offered instead; no other model paints silently."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

from services.errors import UserError
from services.models import Payer

NEEDS_KEY: Final = frozenset({"model_needs_key", "server_not_listed"})
"""Troubles that a key of one's own mends."""


@dataclass(frozen=True, slots=True)
class Trouble:
    """Why a model cannot paint as asked: the code of a sentence and the fields that it needs."""

    code: str
    fields: Mapping[str, str | int | float | None] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Offer:
    """A model that could paint the same request now: what all its pictures would cost together, and who pays.

    `is_estimate`: the price is what the operator expects; the vendor publishes none.
    """

    model_id: str
    title: str
    price_micro_usd: int
    payer: Payer
    is_estimate: bool = False
    again_job_id: int | None = None
    """The job that is painted once more, on its own model: nobody knows whether the provider took its order, so
    that it may be paid for twice. None for any other offer."""


class ModelUnavailable(UserError):
    """The request was not accepted and nothing is charged; draft `draft_id` waits for the person's choice.

    None for a request that is never kept (a headshot): there is nothing to press but "Add key", and to ask again.
    `offers` are what could paint it instead; `key_provider` is the provider for which a key would help, "" for none.
    """

    def __init__(
        self, trouble: Trouble, *, draft_id: int | None, offers: tuple[Offer, ...], key_provider: str = ""
    ) -> None:
        super().__init__(trouble.code, f"{trouble.code}: draft {draft_id}", **trouble.fields)
        self.draft_id = draft_id
        self.offers = offers
        self.key_provider = key_provider
