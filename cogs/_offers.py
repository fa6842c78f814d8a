"""What people see when a model cannot paint what they asked for: why, and buttons for what can. Pure."""

from collections.abc import Sequence
from typing import Any, Final

from discord import ButtonStyle, ui

from cogs._draft_ids import DraftVerb, add_key_id, draft_item_id
from cogs._ids import on_id
from cogs._layout import button, row, text_view
from cogs._text import clip, dollars
from services.languages import ENGLISH, say
from services.offers import ModelUnavailable, Offer

_LONGEST_LABEL: Final = 80
"""Source: Discord, Button, "label"."""


def unavailable_view(error: ModelUnavailable, text: str, language: str = ENGLISH) -> ui.LayoutView:
    """Return the answer to a request that could not start: `text`, and what can be done with one press."""
    buttons = [] if error.draft_id is None else _draft_buttons(error, error.draft_id, language)
    if error.key_provider:
        key_id = (
            add_key_id(error.key_provider)
            if error.draft_id is None
            else draft_item_id(DraftVerb.KEY, error.draft_id)
        )
        label = say(language, "offers.add_key")
        buttons.insert(0, button(label, key_id, emoji="🔑", style=ButtonStyle.primary))
    return text_view(text, rows=[row(*buttons)] if buttons else [])


def _draft_buttons(error: ModelUnavailable, draft_id: int, language: str) -> list[ui.Button[Any]]:
    return [
        _offer_button(
            offer,
            draft_item_id(DraftVerb.ON, draft_id, offer.model_id),
            language,
            "offers.without_seed" if _is_without_seed(error, offer) else "offers.button",
        )
        for offer in error.offers
    ]


def offer_row(job_id: int, offers: Sequence[Offer], language: str = ENGLISH) -> ui.ActionRow[Any]:
    """Return the buttons that paint job `job_id`, which came to nothing, on other models.

    An offer that names a job of its own paints that one once more.
    """
    return row(
        *(
            _offer_button(offer, on_id(job_id, offer.model_id), language)
            if offer.again_job_id is None
            else again_button(offer.again_job_id, offer.model_id, offer.price_micro_usd, language)
            for offer in offers
        )
    )


def again_button(job_id: int, model_id: str, price_micro_usd: int, language: str = ENGLISH) -> ui.Button[Any]:
    """Return the button that makes a new job of one whose outcome nobody knows: a press says that both may cost."""
    label = say(language, "offers.again", price=dollars(price_micro_usd, language))
    return button(label, on_id(job_id, model_id))


def _is_without_seed(error: ModelUnavailable, offer: Offer) -> bool:
    """Return whether an offer is the very model that was named, which paints once the seed is left out."""
    return error.code == "model_takes_no_seed" and offer.title == error.fields.get("model")


def _offer_button(offer: Offer, custom_id: str, language: str, name: str = "offers.button") -> ui.Button[Any]:
    price = dollars(offer.price_micro_usd, language)
    if offer.is_estimate and offer.price_micro_usd:
        price = say(language, "reruns.estimate", price=price)
    label = say(language, name, model=clip(offer.title, _LONGEST_LABEL - 40), price=price)
    return button(label, custom_id)
