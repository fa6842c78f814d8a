"""Writes docs/models.md from the catalogue: `python -m services.providers.models_page`."""

from collections.abc import Iterator
from pathlib import Path
from typing import Final

from services.models import Parameters
from services.providers.catalog import Catalog, Model, load_catalog
from services.providers.facts import default_words, facts_of, parameter_notes, reference_words
from services.providers.fitting import names_of
from services.providers.parameters import Parameter, written
from services.providers.price_words import price_words

PAGE_PATH: Final = Path(__file__).parents[2] / "docs" / "models.md"

_INTRODUCTION: Final = """\
# Models

Every model in the catalogue. This page is made from `services/providers/catalog.toml`: change that file, then run
`python -m services.providers.models_page`. In Discord `/models` shows the same, and what stands in the way of a model.

Name a model by its id, by the end of its id (`ultra` is not enough, `flux-schnell` is) or by its title. Parameters are
typed into `options`, for example `options: steps=28 guidance=3.5`. What a model does not take is left out, and the
reply says so.

A price is the vendor's list price for one picture; where the vendor says afterwards what it took, that is what counts.
A model without a price is off until whoever runs the bot writes an estimate into `LIMNER_PRICES`
([configuration.md](configuration.md)); it is then shown as an estimate.
"""


def write_page(catalog: Catalog) -> str:
    """Return the page as Markdown."""
    sections = ("\n".join(_section(catalog, model)) for model in catalog.models)
    return "\n".join((_INTRODUCTION, *_overview(catalog), "", "\n".join(sections)))


def _overview(catalog: Catalog) -> Iterator[str]:
    yield "| model | provider | price | key | seed | references | usually takes |"
    yield "|---|---|---|---|---|---|---|"
    for model in catalog.models:
        provider = catalog.providers[model.provider]
        cells = (
            f"[`{model.id}`](#{_anchor(model)})",
            f"[{provider.title}]({provider.home})" if provider.home else provider.title,
            price_words(model.price),
            f"`{provider.key_setting}`" if provider.key_setting else "none",
            "yes" if model.capabilities.seed else "no",
            reference_words(model),
            f"{model.expected_s:g} s",
        )
        yield f"| {' | '.join(cells)} |"


def _section(catalog: Catalog, model: Model) -> Iterator[str]:
    yield f"## {model.id}"
    yield ""
    yield f"**{_escaped(model.title)}**, version {model.version}. {model.description}"
    yield ""
    yield f"- Endpoint: `{model.endpoint}`"
    yield from (f"- {fact}" for fact in facts_of(model))
    if model.equivalents:
        yield "- Offered instead when it is not available: " + ", ".join(
            f"[`{each}`](#{_anchor(catalog.by_id[each.lower()])})" for each in model.equivalents
        )
    yield ""
    if model.parameters:
        yield "| parameter | also called | values | default | what it does |"
        yield "|---|---|---|---|---|"
        yield from (_parameter_row(parameter) for parameter in model.parameters.values())
        yield ""
    if model.aspects:
        yield "| aspect | sent as |"
        yield "|---|---|"
        yield from (f"| {aspect} | {_sent(parameters)} |" for aspect, parameters in model.aspects.items())
        yield ""


def _parameter_row(parameter: Parameter) -> str:
    others = ", ".join(f"`{name}`" for name in names_of(parameter.name)[1:])
    default = default_words(parameter)
    notes = "; ".join(parameter_notes(parameter))
    return f"| `{parameter.name}` | {others} | {parameter.allowed} | {f'`{default}`' if default else ''} | {notes} |"


def _sent(parameters: Parameters) -> str:
    return " ".join(f"`{name}={written(value)}`" for name, value in parameters.items())


def _anchor(model: Model) -> str:
    """Return the anchor that Markdown pages give to the model's heading."""
    return "".join(character for character in model.id.lower() if character.isalnum() or character in "-_")


def _escaped(text: str) -> str:
    return text.replace("[", "\\[").replace("]", "\\]")


if __name__ == "__main__":
    PAGE_PATH.write_text(write_page(load_catalog()), encoding="utf-8")
