"""What people see when a model cannot paint what they asked for: why, and buttons for what can. Pure."""

from collections.abc import Sequence
from typing import Any, Final

from discord import ButtonStyle, ui

from cogs._draft_ids import DraftVerb, add_key_id, draft_item_id
from cogs._ids import on_id
from cogs._layout import button, row, text_view
from cogs._text import clip, dollars
from services.models import Payer
from services.offers import ModelUnavailable, Offer

PAYERS: Final = {
    Payer.NOBODY: "",
    Payer.USER: "on the asker's own account",
    Payer.SERVER: "on this server's account",
    Payer.OPERATOR: "on this bot's account",
}
"""Whose account paid, in words that are true for everybody who reads a public message."""

_WITHOUT_SEED: Final = " without a seed"
_LONGEST_LABEL: Final = 80
"""Source: Discord, Button, "label"."""


def unavailable_view(error: ModelUnavailable, text: str) -> ui.LayoutView:
    """Return the answer to a request that could not start: `text`, and what can be done with one press."""
    buttons = [] if error.draft_id is None else _draft_buttons(error, error.draft_id)
    if error.key_provider:
        key_id = (
            add_key_id(error.key_provider)
            if error.draft_id is None
            else draft_item_id(DraftVerb.KEY, error.draft_id)
        )
        buttons.insert(0, button("Add key", key_id, emoji="🔑", style=ButtonStyle.primary))
    return text_view(text, rows=[row(*buttons)] if buttons else [])


def _draft_buttons(error: ModelUnavailable, draft_id: int) -> list[ui.Button[Any]]:
    return [
        _offer_button(
            offer,
            draft_item_id(DraftVerb.ON, draft_id, offer.model_id),
            _WITHOUT_SEED if _is_without_seed(error, offer) else "",
        )
        for offer in error.offers
    ]


def offer_row(job_id: int, offers: Sequence[Offer]) -> ui.ActionRow[Any]:
    """Return the buttons that paint job `job_id`, which came to nothing, on other models.

    An offer that names a job of its own paints that one once more.
    """
    return row(
        *(
            _offer_button(offer, on_id(job_id, offer.model_id))
            if offer.again_job_id is None
            else again_button(offer.again_job_id, offer.model_id, offer.price_micro_usd)
            for offer in offers
        )
    )


def again_button(job_id: int, model_id: str, price_micro_usd: int) -> ui.Button[Any]:
    """Return the button that makes a new job of one whose outcome nobody knows: a press says that both may cost."""
    label = f"Run again (may be paid twice) · {dollars(price_micro_usd)}"
    return button(label, on_id(job_id, model_id))


def _is_without_seed(error: ModelUnavailable, offer: Offer) -> bool:
    """Return whether an offer is the very model that was named, which paints once the seed is left out."""
    return error.code == "model_takes_no_seed" and offer.title == error.fields.get("model")


def _offer_button(offer: Offer, custom_id: str, how: str = "") -> ui.Button[Any]:
    price = dollars(offer.price_micro_usd)
    about = "about " if offer.is_estimate and offer.price_micro_usd else ""
    return button(f"{clip(offer.title, _LONGEST_LABEL - 40)}{how} · {about}{price}", custom_id)
