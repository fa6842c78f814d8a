"""What people type to choose features, read against the feature file: `features` (values to
choose, or names to draw anew), `expression` and `keep`.

Codes of the `UserError`s raised here, each with `field`; `found` and `suggestion` are ready to be shown once escaped:
"text_too_long" (`maximum`), "unknown_feature", "unknown_value" (`feature`), "ambiguous_value", "repeated_feature"
(`feature`), "empty_value" (`feature`), "no_feature", "bad_keep" and, from the code itself, "bad_code".
"""

import difflib
import re
from collections.abc import Iterable, Iterator, Sequence
from functools import lru_cache
from types import MappingProxyType
from typing import Final, NamedTuple

from services.codes import parse_code
from services.errors import UserError
from services.feature_names import fold, names_of
from services.features import FeatureFile
from services.models import Face, FeatureKey

MAX_TEXT_CHARACTERS: Final = 4000
EXPRESSION: Final = "Expression"
"""The category of what changes from picture to picture of one face."""

_PREFERRED_CATEGORY: Final = "Shape"
_LONGEST_SHOWN: Final = 60
_MOST_OFFERED: Final = 4
_MOST_COMPARED: Final = 1000
_CLOSE: Final = 0.6
_SEPARATOR: Final = re.compile(r"[;,\n]")
# Where the operator's values hold commas, one parts two choices only if a name and "=" follow.
_CAREFUL_SEPARATOR: Final = re.compile(r";|\n|,(?=[^,;=:\n]*[=:])")
_EQUALS: Final = re.compile(r"[=:]")
_MINUS: Final = re.compile(r"\s(?:minus|without|except|but)(?:\s+(?:the|not)\b)?(?:\s|$)", re.I)
_GROUP_SEPARATOR: Final = re.compile(r"[;,+&]|\sand\s", re.I)

Owned = tuple[FeatureKey, str]


class Keep(NamedTuple):
    """Take over the features of the result `code`, except those in `minus`."""

    code: str
    minus: frozenset[FeatureKey]


class _Words(NamedTuple):
    """One file's values by what is typed for them (folded)."""

    separator: re.Pattern[str]
    owners: MappingProxyType[str, tuple[Owned, ...]]
    of_feature: MappingProxyType[FeatureKey, MappingProxyType[str, str]]


@lru_cache(maxsize=16)
def _words(feature_file: FeatureFile) -> _Words:
    owners: dict[str, list[Owned]] = {}
    of_feature = {}
    for key, values in feature_file.features.items():
        of_feature[key] = MappingProxyType({fold(value.text): value.text for value in values})
        for folded, text in of_feature[key].items():
            owners.setdefault(folded, []).append((key, text))
    frozen = MappingProxyType({folded: tuple(owned) for folded, owned in owners.items()})
    separator = _CAREFUL_SEPARATOR if any("," in folded for folded in owners) else _SEPARATOR
    return _Words(separator, frozen, MappingProxyType(of_feature))


def _shown(text: str) -> str:
    """Return typed text as it may be shown in a message: clipped, without what cannot be printed."""
    clean = "".join(c for c in " ".join(text.split()) if c.isprintable())
    return clean if len(clean) <= _LONGEST_SHOWN else clean[: _LONGEST_SHOWN - 1] + "…"


def _close(typed: str, known: Iterable[str]) -> str:
    """Return the known word nearest to what was typed, "" if none is near."""
    candidates = [word for word, _ in zip(known, range(_MOST_COMPARED), strict=False)]
    found = difflib.get_close_matches(fold(typed)[:_LONGEST_SHOWN], candidates, n=1, cutoff=_CLOSE)
    return found[0] if found else ""


def _check_length(text: str, field: str) -> None:
    if len(text) > MAX_TEXT_CHARACTERS:
        raise UserError("text_too_long", field=field, found=len(text), maximum=MAX_TEXT_CHARACTERS)


def _unknown_feature(
    feature_file: FeatureFile, keys: Sequence[FeatureKey], typed: str, field: str
) -> UserError:
    labels = names_of(feature_file).labels
    near = _close(typed, [*(labels[key] for key in keys), *(fold(key.name) for key in keys)])
    return UserError("unknown_feature", field=field, found=_shown(typed), suggestion=near)


def _unknown_value(
    feature_file: FeatureFile, keys: Sequence[FeatureKey], feature: str, typed: str, field: str
) -> UserError:
    words = _words(feature_file).of_feature
    known = {folded: text for key in keys for folded, text in words[key].items()}
    near = known.get(_close(typed, known), "")
    return UserError("unknown_value", field=field, feature=feature, found=_shown(typed), suggestion=near)


def _ambiguous(feature_file: FeatureFile, owned: Sequence[Owned], typed: str, field: str) -> UserError:
    labels = names_of(feature_file).labels
    offers = " or ".join(f"{labels[key]}={text}" for key, text in owned[:_MOST_OFFERED])
    return UserError("ambiguous_value", field=field, found=_shown(typed), suggestion=offers)


def _owners(feature_file: FeatureFile, keys: Sequence[FeatureKey], typed: str) -> list[Owned]:
    words = _words(feature_file).of_feature
    folded = fold(typed)
    return [(key, words[key][folded]) for key in keys if folded in words[key]]


def _resolve_named(
    feature_file: FeatureFile, keys: Sequence[FeatureKey], name: str, typed: str, field: str
) -> Owned:
    """Return the one feature and value that "name=typed" means; among several owners, Shape comes first."""
    found = names_of(feature_file).find(name)
    candidates = [key for key in found if key in keys]
    if not candidates:
        raise _unknown_feature(feature_file, keys, name, field)
    if not fold(typed):
        raise UserError("empty_value", field=field, feature=_shown(name))
    owned = _owners(feature_file, candidates, typed)
    if len(owned) > 1:
        owned = [one for one in owned if one[0].category == _PREFERRED_CATEGORY] or owned
    if not owned:
        raise _unknown_value(feature_file, candidates, _shown(name), typed, field)
    if len(owned) > 1:
        raise _ambiguous(feature_file, owned, typed, field)
    return owned[0]


def _resolve_bare(feature_file: FeatureFile, typed: str, field: str) -> Owned:
    """Return the one feature that owns a value typed without a name."""
    owned = _words(feature_file).owners.get(fold(typed), ())
    if not owned:
        raise _unknown_value(feature_file, tuple(feature_file.features), "", typed, field)
    if len(owned) > 1:
        raise _ambiguous(feature_file, owned, typed, field)
    return owned[0]


def _parts(feature_file: FeatureFile, text: str) -> Iterator[tuple[str, str | None]]:
    """Give (name, value) of each part that is not blank, (word, None) of one without "="."""
    for part in _words(feature_file).separator.split(text):
        if part.strip(" ,"):
            name, *value = _EQUALS.split(part, maxsplit=1)
            yield name.strip(), value[0].strip() if value else None


def _once(feature_file: FeatureFile, owned: Iterable[Owned], field: str) -> dict[FeatureKey, str]:
    """Return the choices as a mapping; two different values for one feature are an error."""
    chosen: dict[FeatureKey, str] = {}
    for key, text in owned:
        if chosen.setdefault(key, text) != text:
            label = names_of(feature_file).labels[key]
            raise UserError("repeated_feature", field=field, feature=label, found=f"{chosen[key]}, {text}")
    return chosen


def parse_choices(feature_file: FeatureFile, text: str) -> dict[FeatureKey, str]:
    """Return the features chosen by "eye color=green; nose=aquiline"; {} for a blank text.

    Parts are separated by semicolons, commas or line ends, name and value by "=" or ":". Names are forgiving ("color
    eye", "Color/Eye", "brows", "beard"); a name of several features means the one that owns the value, and where
    several do, the one in Shape. A value alone will do if one feature only owns it. Only values of the file are taken.
    Raises `UserError`.
    """
    _check_length(text, "features")
    keys = tuple(feature_file.features)
    owned = (
        _resolve_bare(feature_file, name, "features")
        if value is None
        else _resolve_named(feature_file, keys, name, value, "features")
        for name, value in _parts(feature_file, text)
    )
    return _once(feature_file, owned, "features")


def parse_expression(feature_file: FeatureFile, text: str) -> dict[FeatureKey, str]:
    """Return the features of Expression chosen by "smiling" or "eyes=bright, lips=grinning"; {} for a blank text.

    A word alone sets each feature of Expression that owns it, unless that one is named beside it. Raises `UserError`.
    """
    field = "expression"
    _check_length(text, field)
    keys = feature_file.keys_of(EXPRESSION)
    named: list[Owned] = []
    bare: list[Owned] = []
    for name, value in _parts(feature_file, text):
        if value is not None:
            named.append(_resolve_named(feature_file, keys, name, value, field))
            continue
        owned = _owners(feature_file, keys, name)
        if not owned:
            raise _unknown_value(feature_file, keys, "expression", name, field)
        bare += owned
    chosen = _once(feature_file, named, field)
    return chosen | _once(feature_file, (one for one in bare if one[0] not in chosen), field)


def parse_keep(feature_file: FeatureFile, text: str) -> Keep:
    """Return what "CODE minus hair, nose" keeps; the code in its one written form.

    A group word ("hair", "eyes", "mouth", "skin", "expression") is every feature whose name or category has it.
    Raises `UserError`.
    """
    _check_length(text, "keep")
    code, *groups = _MINUS.split(f"{text} ", maxsplit=1)
    if groups and not groups[0].strip():
        raise UserError("bad_keep", field="keep", found=_shown(text))
    minus = _grouped(feature_file, groups[0], "keep") if groups else frozenset()
    return Keep(parse_code(code), minus)


def parse_features(feature_file: FeatureFile, text: str) -> frozenset[FeatureKey]:
    """Return the features that "hair, nose shape" names, group words as `parse_keep` reads them.

    Raises `UserError`, also "no_feature" for a blank text.
    """
    _check_length(text, "features")
    keys = _grouped(feature_file, text, "features")
    if not keys:
        raise UserError("no_feature", field="features")
    return keys


def _grouped(feature_file: FeatureFile, text: str, field: str) -> frozenset[FeatureKey]:
    """Return every feature of the groups in a text, which stand apart by commas, "+" or "and"."""
    found: set[FeatureKey] = set()
    for group in filter(str.strip, _GROUP_SEPARATOR.split(text)):
        keys = names_of(feature_file).find_group(group)
        if not keys:
            raise _unknown_feature(feature_file, tuple(feature_file.features), group, field)
        found.update(keys)
    return frozenset(found)


def lasting(face: Face) -> Face:
    """Return what of a face stays from picture to picture: all but its expressions."""
    return tuple(drawn for drawn in face if drawn.category != EXPRESSION)
