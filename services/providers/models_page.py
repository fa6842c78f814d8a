"""Writes docs/models.md from the catalogue: `python -m services.providers.models_page`."""

from collections.abc import Iterator
from pathlib import Path
from typing import Final

from services.models import Parameters
from services.providers.catalog import Catalog, Model, load_catalog, price_words
from services.providers.fitting import names_of
from services.providers.parameters import Parameter, ParameterType
from services.providers.registry import ADAPTERS

PAGE_PATH: Final = Path(__file__).parents[2] / "docs" / "models.md"

_INTRODUCTION: Final = """\
# Models

Every model in the catalogue. This page is made from `services/providers/catalog.toml`: change that file, then run
`python -m services.providers.models_page`.

Name a model by its id, by the end of its id (`ultra` is not enough, `flux-schnell` is) or by its title. Parameters are
typed into `options`, for example `options: steps=28 guidance=3.5`. What a model does not take is left out, and the
reply says so. A price is the vendor's list price for one picture; a model without a price is off until the operator
writes one into the catalogue.
"""


def write_page(catalog: Catalog) -> str:
    """Return the page as Markdown."""
    sections = ("\n".join(_section(catalog, model)) for model in catalog.models)
    return "\n".join((_INTRODUCTION, *_overview(catalog), "", "\n".join(sections)))


def _overview(catalog: Catalog) -> Iterator[str]:
    yield "| model | provider | in this version | price | key | seed | references | usually takes |"
    yield "|---|---|---|---|---|---|---|---|"
    for model in catalog.models:
        provider = catalog.providers[model.provider]
        name = f"[{provider.title}]({provider.home})" if provider.home else provider.title
        key = f"`{provider.key_setting}`" if provider.key_setting else "none"
        cells = (
            f"[`{model.id}`](#{_anchor(model)})",
            name,
            _yes(_is_reachable(model)),
            price_words(model.price),
            key,
            _yes(model.capabilities.seed),
            _references(model),
            f"{model.expected_s:g} s",
        )
        yield f"| {' | '.join(cells)} |"


def _section(catalog: Catalog, model: Model) -> Iterator[str]:
    yield f"## {model.id}"
    yield ""
    yield f"**{_escaped(model.title)}**, version {model.version}. {model.description}"
    yield ""
    yield from (f"- {fact}" for fact in _facts(catalog, model))
    yield ""
    if model.parameters:
        yield "| parameter | also called | values | default | what it does |"
        yield "|---|---|---|---|---|"
        yield from (_parameter_row(parameter) for parameter in model.parameters.values())
        yield ""
    yield "| aspect | sent as |"
    yield "|---|---|"
    yield from (f"| {aspect} | {_sent(parameters)} |" for aspect, parameters in model.aspects.items())
    yield ""


def _facts(catalog: Catalog, model: Model) -> Iterator[str]:
    can = model.capabilities
    if not _is_reachable(model):
        yield "Listed only: this version cannot reach its provider yet"
    yield f"Endpoint: `{model.endpoint}`"
    yield f"Price: {price_words(model.price)}"
    if not can.seed:
        yield "Takes no seed: a picture cannot be repeated"
    elif can.is_deterministic:
        yield "The same seed, words and parameters give the same picture"
    if can.references_needed:
        yield f"Needs {can.references_needed} reference picture"
    if model.may_be_retired:
        yield "May be retired by its vendor"
    if model.equivalents:
        yield "Offered instead when it is not available: " + ", ".join(
            f"[`{each}`](#{_anchor(catalog.by_id[each.lower()])})" for each in model.equivalents
        )


def _parameter_row(parameter: Parameter) -> str:
    others = ", ".join(f"`{name}`" for name in names_of(parameter.name)[1:])
    default = "" if parameter.default is None else f"`{_written(parameter)}`"
    return f"| `{parameter.name}` | {others} | {parameter.allowed} | {default} | {parameter.description} |"


def _written(parameter: Parameter) -> str:
    value = str(parameter.default)
    return value.lower() if parameter.type is ParameterType.BOOL else value


def _sent(parameters: Parameters) -> str:
    parts = []
    for name, value in parameters.items():
        shown = f"{value['width']}x{value['height']}" if isinstance(value, dict) else value
        parts.append(f"`{name}={shown}`")
    return " ".join(parts)


def _is_reachable(model: Model) -> bool:
    """Tell whether this version has an adapter for the model's provider."""
    return model.provider in ADAPTERS


def _references(model: Model) -> str:
    can = model.capabilities
    return f"{can.references} (needed)" if can.references_needed else str(can.references or "none")


def _anchor(model: Model) -> str:
    """Return the anchor that Markdown pages give to the model's heading."""
    return "".join(character for character in model.id.lower() if character.isalnum() or character in "-_")


def _yes(value: bool) -> str:
    return "yes" if value else "no"


def _escaped(text: str) -> str:
    return text.replace("[", "\\[").replace("]", "\\]")


if __name__ == "__main__":
    PAGE_PATH.write_text(write_page(load_catalog()), encoding="utf-8")
