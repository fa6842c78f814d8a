"""The rows under "More" that make something new of a picture, or show where it comes from. Pure."""

from typing import Any

from discord import ui

from cogs._ids import Verb, job_item_id
from cogs._layout import button, row
from cogs._text import dollars
from services.jobs.courier import PictureResult
from services.languages import say
from services.models import RecipeKind


def again_rows(picture: PictureResult, language: str) -> list[ui.ActionRow[Any]]:
    """Return the rows of what can be painted after a picture, with its price; only what fits the picture."""
    family = button(say(language, "lineage.button"), job_item_id(Verb.FAMILY, picture.job_id), emoji="🌳")
    return [row(*_reroll_button(picture, language), *_compare_button(picture, language), family)]


def _reroll_button(picture: PictureResult, language: str) -> list[ui.Button[Any]]:
    if picture.recipe.kind is not RecipeKind.PORTRAIT:
        return []
    label = _priced(say(language, "reruns.reroll_button"), picture.price_micro_usd)
    return [button(label, job_item_id(Verb.FEATURES, picture.job_id), emoji="🎯")]


def _compare_button(picture: PictureResult, language: str) -> list[ui.Button[Any]]:
    if picture.recipe.parent is None:
        return []
    label = say(language, "compare.button", code=picture.recipe.parent)
    return [button(label, job_item_id(Verb.COMPARE, picture.job_id), emoji="⚖️")]


def _priced(label: str, price_micro_usd: int) -> str:
    """Return the label with what a press costs, where it costs anything."""
    return f"{label} · {dollars(price_micro_usd)}" if price_micro_usd else label
