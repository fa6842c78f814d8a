"""Autocomplete of what people type to choose features: the last part of a text is completed, the rest is kept."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import lru_cache
from itertools import chain, islice
from typing import Final, NamedTuple

from services.choices import EXPRESSION
from services.feature_names import fold, names_of
from services.features import FeatureFile
from services.models import FeatureKey

MAX_SUGGESTIONS: Final = 25
MAX_SUGGESTION_CHARACTERS: Final = 100
"""*Source:* Discord, "Application Command Option Choice": name and string value hold 100 characters; 25 choices."""

Suggestion = tuple[str, str]

GROUP_WORDS: Final = ("hair", "eyes", "eyebrows", "nose", "mouth", "cheeks", "skin", "expression")
"""Words for several features at once, as people say them."""


class _Known(NamedTuple):
    """One value in the forms that a completion compares: "hazel" and "eye color=hazel"."""

    key: FeatureKey
    folded: str
    text: str


@lru_cache(maxsize=16)
def _known(feature_file: FeatureFile) -> Mapping[FeatureKey, tuple[_Known, ...]]:
    return {
        key: tuple(_Known(key, fold(value.text), value.text) for value in values)
        for key, values in feature_file.features.items()
    }


def _split_last(partial: str) -> tuple[str, str]:
    """Return what stands before the part that is being typed, separator included, and that part."""
    cut = max(partial.rfind(";"), partial.rfind(",")) + 1
    return partial[:cut], partial[cut:]


def _first_then_inside(feature_file: FeatureFile, keys: Iterable[FeatureKey], typed: str) -> Iterator[_Known]:
    """Give the values that begin with what was typed, then those that hold it further on."""
    known = _known(feature_file)
    ordered = [known[key] for key in keys]
    for values in ordered:
        yield from (one for one in values if one.folded.startswith(typed))
    for values in ordered:
        yield from (one for one in values if one.folded.find(typed) > 0)


def _named(feature_file: FeatureFile, keys: Sequence[FeatureKey], name: str, typed: str) -> Iterator[str]:
    """Give "eye color=green" for each value that completes "name=typed"."""
    found = [key for key in names_of(feature_file).find(name) if key in keys]
    labels = names_of(feature_file).labels
    for one in _first_then_inside(feature_file, found, fold(typed)):
        yield f"{labels[one.key]}={one.text}"


def _unnamed(feature_file: FeatureFile, keys: Sequence[FeatureKey], typed: str) -> Iterator[str]:
    """Give "eye color=" for each name, and "eye color=green" for each value, that fits what was typed."""
    labels = names_of(feature_file).labels
    word = fold(typed)
    names = [labels[key] for key in keys if word in labels[key]]
    yield from (f"{name}=" for name in sorted(names, key=lambda name: not name.startswith(word)))
    if word:
        found = _first_then_inside(feature_file, keys, word)
        yield from (f"{labels[one.key]}={one.text}" for one in found)


def _complete(before: str, endings: Iterable[str]) -> list[Suggestion]:
    """Return the choices that Discord takes: those whose whole text is short enough, shown as they are."""
    space = " " if before and not before.endswith(" ") else ""
    wholes = (f"{before}{space}{ending}" for ending in endings)
    fitting = (whole for whole in dict.fromkeys(wholes) if len(whole) <= MAX_SUGGESTION_CHARACTERS)
    return [(whole, whole) for whole in islice(fitting, MAX_SUGGESTIONS)]


def suggest_choices(feature_file: FeatureFile, partial: str) -> list[Suggestion]:
    """Return at most 25 completions (label, value) of a `features` text, each of at most 100 characters."""
    before, last = _split_last(partial)
    if len(before) > MAX_SUGGESTION_CHARACTERS:
        return []
    keys = tuple(feature_file.features)
    name, equals, typed = last.partition("=")
    endings = _named(feature_file, keys, name, typed) if equals else _unnamed(feature_file, keys, last)
    return _complete(before.strip(), endings)


def suggest_expressions(feature_file: FeatureFile, partial: str) -> list[Suggestion]:
    """Return at most 25 completions (label, value) of an `expression` text: words alone, or "lips=grinning"."""
    before, last = _split_last(partial)
    if len(before) > MAX_SUGGESTION_CHARACTERS:
        return []
    keys = feature_file.keys_of(EXPRESSION)
    name, equals, typed = last.partition("=")
    if equals:
        return _complete(before.strip(), _named(feature_file, keys, name, typed))
    words = (one.text for one in _first_then_inside(feature_file, keys, fold(last)))
    return _complete(before.strip(), chain(words, _unnamed(feature_file, keys, last)))


def suggest_feature_names(feature_file: FeatureFile, partial: str) -> list[Suggestion]:
    """Return at most 25 completions (label, value) of "hair, nose shape": words for several features, then each one."""
    before, last = _split_last(partial)
    if len(before) > MAX_SUGGESTION_CHARACTERS:
        return []
    names, typed = names_of(feature_file), fold(last)
    groups = [word for word in GROUP_WORDS if len(names.find_group(word)) > 1]
    fitting = [name for name in (*groups, *names.labels.values()) if typed in name]
    return _complete(before.strip(), sorted(fitting, key=lambda name: not name.startswith(typed)))
