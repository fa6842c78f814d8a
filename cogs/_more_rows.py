"""The rows under "More" that make something new of a picture, or show where it comes from. Pure."""

from collections.abc import Iterator
from itertools import islice
from types import MappingProxyType
from typing import Any, Final

from discord import SelectOption, ui

from cogs._ids import Verb, job_item_id, up_id
from cogs._layout import button, row, select_row
from cogs._text import clip, dollars, escape
from services.from_picture import StepPrice
from services.jobs.courier import PictureResult
from services.languages import say
from services.models import RecipeKind
from services.next_steps import ModelStep, NextSteps
from services.providers.model import Strength

_MOST_IN_A_ROW: Final = 5
"""Source: Discord, Action Row: up to five buttons."""

_LONGEST_LABEL: Final = 80
"""Source: Discord, Button, "label"."""

_VARIES: Final = MappingProxyType(
    {
        Strength.SUBTLE: (Verb.VARY_SUBTLE, "reruns.vary_subtle", "🌗"),
        Strength.STRONG: (Verb.VARY_STRONG, "reruns.vary_strong", "🌕"),
    }
)


def again_rows(picture: PictureResult, steps: NextSteps, language: str) -> list[ui.ActionRow[Any]]:
    """Return the rows of what can be painted after a picture, with prices; only what fits the picture."""
    buttons = iter([*_family_buttons(picture, language), *_painting_buttons(picture, steps, language)])
    rows = []
    while part := list(islice(buttons, _MOST_IN_A_ROW)):
        rows.append(row(*part))
    if steps.models:
        options = [_option(step, language) for step in steps.models]
        custom_id = job_item_id(Verb.MODEL, picture.job_id)
        rows.append(select_row(custom_id, say(language, "reruns.other_model"), options))
    return rows


def step_notes(steps: NextSteps, language: str) -> list[str]:
    """Return what has to be said of what is not offered."""
    if not steps.keys_for_upscaling:
        return []
    providers = ", ".join(escape(each) for each in steps.keys_for_upscaling)
    return [f"-# {say(language, 'reruns.upscale_needs_key', providers=providers)}"]


def _family_buttons(picture: PictureResult, language: str) -> Iterator[ui.Button[Any]]:
    parent = picture.recipe.parent
    if parent is not None:
        label = say(language, "compare.button", code=parent)
        yield button(label, job_item_id(Verb.COMPARE, picture.job_id), emoji="⚖️")
    yield button(say(language, "lineage.button"), job_item_id(Verb.FAMILY, picture.job_id), emoji="🌳")


def _painting_buttons(picture: PictureResult, steps: NextSteps, language: str) -> Iterator[ui.Button[Any]]:
    if picture.recipe.kind is RecipeKind.PORTRAIT:
        price = StepPrice(picture.price_micro_usd)
        label = _priced(say(language, "reruns.reroll_button"), price, language)
        yield button(label, job_item_id(Verb.FEATURES, picture.job_id), emoji="🎯")
    for strength, price in steps.variations.items():
        verb, name, emoji = _VARIES[strength]
        label = _priced(say(language, name), price, language)
        yield button(label, job_item_id(verb, picture.job_id), emoji=emoji)
    for step in steps.upscales:
        name = say(language, "reruns.upscale", model=clip(step.title, _LONGEST_LABEL - 40))
        label = _priced(name, step.price, language)
        yield button(label, up_id(picture.job_id, step.model_id), emoji="🔍")


def _option(step: ModelStep, language: str) -> SelectOption:
    price = _price(step.price, language)
    return SelectOption(
        label=clip(step.title, 100), value=step.model_id, description=clip(f"{step.provider} · {price}", 100)
    )


def _priced(label: str, price: StepPrice, language: str) -> str:
    """Return the label with what a press costs, where it costs anything."""
    return f"{label} · {_price(price, language)}" if price.micro_usd else label


def _price(price: StepPrice, language: str) -> str:
    said = dollars(price.micro_usd, language)
    is_about = price.is_estimate and price.micro_usd
    return say(language, "reruns.estimate", price=said) if is_about else said
