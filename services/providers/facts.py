"""What the catalogue says about a model, in sentences: for docs/models.md and for `/models`."""

from collections.abc import Iterator
from typing import Final

from services.languages import ENGLISH, say
from services.languages.catalog import catalog_text
from services.providers.model import Model
from services.providers.parameters import Parameter, written
from services.providers.price_words import price_sentence
from services.sayings import said

_LONGEST_DEFAULT: Final = 60


def facts_of(model: Model, language: str = ENGLISH) -> Iterator[str]:
    """Yield what a model costs, takes and can do, a line each."""
    can = model.capabilities
    yield say(language, "facts.price", price=price_sentence(model, language))
    yield _seed_fact(model, language)
    yield say(language, "facts.references", number=reference_words(model, language))
    if can.keeps_face:
        yield say(language, "facts.keeps_face")
    if not can.takes_prompt:
        yield say(language, "facts.no_prompt")
    yield _aspect_fact(model, language)
    if can.keeps_size and model.aspects and can.references:
        yield say(language, "facts.shape_kept")
    yield _vary_fact(model, language)
    if can.upscales:
        yield say(language, "facts.upscales", side=can.largest_side_px)
    yield say(language, "facts.negative_prompt", answer=_yes(can.negative_prompt, language))
    yield say(language, "facts.cancel", answer=_yes(can.cancel, language))
    yield say(language, "facts.webhook", answer=_yes(can.webhook, language))
    yield say(language, "facts.usually", seconds=f"{model.expected_s:g}")
    if model.may_be_retired:
        yield say(language, "facts.may_be_retired")


def reference_words(model: Model, language: str = ENGLISH) -> str:
    """Return how many reference pictures a model takes in a few words: "none", "up to 4", "1 (needed)"."""
    can = model.capabilities
    if not can.references:
        return say(language, "facts.references_none")
    number = str(can.references)
    if can.references > 1:
        number = say(language, "facts.references_most", number=number)
    return say(language, "facts.references_needed", number=number) if can.references_needed else number


def default_words(parameter: Parameter) -> str:
    """Return a parameter's default as people type it, "" where it is not known; a long one is cut."""
    if parameter.default is None:
        return ""
    text = written(parameter.default)
    return text if len(text) <= _LONGEST_DEFAULT else f"{text[: _LONGEST_DEFAULT - 1].rstrip()}…"


def allowed_words(parameter: Parameter, language: str) -> str:
    """Return the values that a parameter may have."""
    return said(language, parameter.values)


def description_words(described: Model | Parameter, language: str) -> str:
    """Return what a model, or a parameter, is."""
    return catalog_text(language, described.description)


def parameter_notes(parameter: Parameter, language: str = ENGLISH) -> Iterator[str]:
    """Yield what has to be known of a parameter beside its values."""
    yield description_words(parameter, language)
    # What one value of several needs stands in the description already.
    yield from (
        say(language, "dropped.needs", of=each.of, among=said(language, each.values))
        for each in parameter.needs
        if each.value is None
    )
    if parameter.is_default_sent:
        yield say(language, "facts.always_sent")
    if parameter.is_clamped:
        yield say(language, "facts.clamped")


def _seed_fact(model: Model, language: str) -> str:
    if not model.capabilities.seed:
        return say(language, "facts.no_seed")
    return say(language, "facts.same_seed" if model.capabilities.is_deterministic else "facts.seed")


def _aspect_fact(model: Model, language: str) -> str:
    if not model.aspects:
        return say(language, "facts.aspect_kept")
    return say(language, "facts.aspects", aspects=", ".join(model.aspects))


def _vary_fact(model: Model, language: str) -> str:
    vary = model.vary
    if vary is None:
        return say(language, "facts.no_variations")
    how = say(language, f"facts.vary_{vary.by}")
    if vary.model_id == model.id:
        return say(language, "facts.variations", how=how)
    return say(language, "facts.variations_by", model=vary.model_id, how=how)


def _yes(value: bool, language: str) -> str:
    return say(language, "facts.yes" if value else "facts.no")
