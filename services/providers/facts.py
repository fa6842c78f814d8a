"""What the catalogue says about a model, in sentences: for docs/models.md and for `/models`."""

from collections.abc import Iterator
from types import MappingProxyType
from typing import Final

from services.providers.model import Model, VaryBy
from services.providers.parameters import Parameter, written
from services.providers.price_words import price_sentence

_LONGEST_DEFAULT: Final = 60
_VARY_WORDS: Final = MappingProxyType(
    {
        VaryBy.STRENGTH: "with the picture as a reference that counts more or less",
        VaryBy.WORDS: "with the picture as a reference and words about what shall stay",
        VaryBy.FEATURES: "by drawing some features of hair and expression anew",
    }
)


def facts_of(model: Model) -> Iterator[str]:
    """Yield what a model costs, takes and can do, a line each."""
    can = model.capabilities
    yield f"Price: {price_sentence(model)}"
    yield _seed_fact(model)
    yield f"Reference pictures: {reference_words(model)}"
    if can.keeps_face:
        yield "Keeps a face: `/headshot` paints with it"
    if not can.takes_prompt:
        yield "Takes no prompt: it works on its reference picture alone"
    yield f"Aspects: {', '.join(model.aspects) or 'that of its reference picture'}"
    if can.keeps_size and model.aspects and can.references:
        yield "Without an aspect the picture has the shape of its first reference"
    yield _vary_fact(model)
    if can.upscales:
        yield f"Offered under every picture to make it larger, up to {can.largest_side_px} px a side"
    yield f"Negative prompt: {_yes(can.negative_prompt)}"
    yield f"Can be cancelled once it is ordered: {_yes(can.cancel)}"
    yield f"Calls back when a picture is ready: {_yes(can.webhook)}"
    yield f"Usually takes {model.expected_s:g} s"
    if model.may_be_retired:
        yield "Its image service may take it away without notice"


def reference_words(model: Model) -> str:
    """Return how many reference pictures a model takes in a few words: "none", "up to 4", "1 (needed)"."""
    can = model.capabilities
    if not can.references:
        return "none"
    number = str(can.references) if can.references == 1 else f"up to {can.references}"
    return number + (" (needed)" if can.references_needed else "")


def default_words(parameter: Parameter) -> str:
    """Return a parameter's default as people type it, "" where it is not known; a long one is cut."""
    if parameter.default is None:
        return ""
    text = written(parameter.default)
    return text if len(text) <= _LONGEST_DEFAULT else f"{text[: _LONGEST_DEFAULT - 1].rstrip()}…"


def parameter_notes(parameter: Parameter) -> Iterator[str]:
    """Yield what has to be known of a parameter beside its values."""
    yield parameter.description
    # What one value of several needs stands in the description already.
    yield from (
        f"needs {each.of}={' or '.join(each.among)}" for each in parameter.needs if each.value is None
    )
    if parameter.is_default_sent:
        yield "always sent"
    if parameter.is_clamped:
        yield "out of range, the nearest value is sent and named"


def _seed_fact(model: Model) -> str:
    if not model.capabilities.seed:
        return "Takes no seed: the same words give a new picture every time, none can be repeated"
    if model.capabilities.is_deterministic:
        return "Takes a seed: the same seed, words and parameters give the same picture"
    return "Takes a seed"


def _vary_fact(model: Model) -> str:
    vary = model.vary
    if vary is None:
        return "Variations: no"
    by = f" by {vary.model_id}" if vary.model_id != model.id else ""
    return f"Variations: subtle and strong{by}, {_VARY_WORDS[vary.by]}"


def _yes(value: bool) -> str:
    return "yes" if value else "no"
