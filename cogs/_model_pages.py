"""The answers to `/models`: every model on one page, and one model with everything about it. Pure."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Final

from discord import ui

from cogs._layout import MOST_TEXT, text_view
from cogs._text import clip, clip_lines, code, escape
from services.languages import ENGLISH, say
from services.providers.catalog import Model, Parameter
from services.providers.facts import (
    allowed_words,
    default_words,
    description_words,
    facts_of,
    parameter_notes,
)
from services.providers.price_words import price_words

_MOST_MODELS: Final = MOST_TEXT - 250
_MOST_PAGE: Final = MOST_TEXT - 100
_LONGEST_VALUES: Final = 110
_LONGEST_NOTES: Final = 110


@dataclass(frozen=True, slots=True)
class ModelLine:
    """One row of the list of models: `provider` in words; `note` is what stands in its way, "" where nothing does."""

    model: Model
    provider: str
    note: str = ""
    is_default: bool = False


def models_view(lines: Iterable[ModelLine], language: str = ENGLISH) -> ui.LayoutView:
    """Return the list of models, a heading a provider. What stands in the way of all of a provider's is said once."""
    groups = (list(group) for _, group in groupby(lines, key=lambda line: line.provider))
    texts = [text for group in groups for text in _group_lines(group, language)]
    listed = clip_lines(texts, _MOST_MODELS, language)
    return text_view(f"## {say(language, 'models.title')}\n{listed}\n-# {say(language, 'models.footer')}")


def model_view(
    line: ModelLine, standing: str, equivalents: Sequence[Model], language: str = ENGLISH
) -> ui.LayoutView:
    """Return the page of one model; `standing` says whether it can be used, and who pays."""
    return text_view(clip_lines(_page_lines(line, standing, equivalents, language), _MOST_PAGE, language))


def _group_lines(group: Sequence[ModelLine], language: str) -> Iterator[str]:
    """Yield one provider's models; what stands in the way of most of them is said once, where none can be used."""
    notes = [line.note for line in group]
    shared = max(notes, key=notes.count) if all(notes) else ""
    yield f"### {escape(group[0].provider)}"
    if shared:
        yield f"-# {say(language, 'models.not_available', why=escape(shared, 300))}"
    yield from (_model_text(line, "" if line.note == shared else line.note, language) for line in group)


def _model_text(line: ModelLine, note: str, language: str) -> str:
    """Return one model in one line: what it is called in a command, its price, and what is special about it."""
    model = line.model
    can = model.capabilities
    special = {
        "models.no_seed": not can.seed,
        "models.needs_reference": can.references_needed,
        "models.keeps_face": can.keeps_face,
        "models.may_be_gone": model.may_be_retired,
    }
    parts = [f"**{escape(model.title)}** {code(model.id)}", price_words(model.price, language)]
    parts += [say(language, name) for name, is_so in special.items() if is_so]
    parts += [f"**{say(language, 'models.default')}**"] if line.is_default else []
    parts += [f"*{escape(note, 120)}*"] if note else []
    return "- " + " · ".join(parts)


def _page_lines(line: ModelLine, standing: str, equivalents: Sequence[Model], language: str) -> Iterator[str]:
    model = line.model
    yield f"## {escape(model.title)}"
    yield f"{code(model.id)} · {escape(line.provider)}"
    yield escape(description_words(model, language), 300)
    yield f"**{standing}**"
    yield from (f"- {escape(fact, 300)}" for fact in facts_of(model, language))
    if equivalents:
        names = ", ".join(code(each.id) for each in equivalents)
        yield f"- {say(language, 'models.instead', models=names)}"
    if model.parameters:
        yield f"### {say(language, 'models.parameters')}"
    yield from (_parameter_text(parameter, language) for parameter in model.parameters.values())


def _parameter_text(parameter: Parameter, language: str) -> str:
    default = default_words(parameter)
    allowed = code(clip(allowed_words(parameter, language), _LONGEST_VALUES))
    notes = escape("; ".join(parameter_notes(parameter, language)), _LONGEST_NOTES)
    name = "models.parameter_usually" if default else "models.parameter"
    said = say(language, name, name=code(parameter.name), allowed=allowed, value=code(default), notes=notes)
    return f"- {said}"
