"""What is said later, in the language of whoever reads it: the name of a text with its fields, as data.

Recipes keep such sayings for good: why something was not done as asked. So the texts that may be kept stand in a table,
with their fields; one that stands there keeps its name, its fields and their meaning.
"""

import json
from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from services.languages import say
from services.models import JsonValue, Saying

_TEXT: Final = "say"
"""The key of a text's name in the written form, beside its fields."""

_DEEPEST: Final = 16
"""How deep sayings stand in sayings: ours two or three. An import may hold anything."""

_FIELDS: Final[Mapping[str, str]] = {
    "dropped.own_option": "option",
    "dropped.own_count": "",
    "dropped.own_waiting": "",
    "dropped.own_words": "",
    "dropped.not_taken": "model",
    "dropped.not_taken_near": "model near",
    "dropped.takes": "model allowed",
    "dropped.takes_none": "model",
    "dropped.takes_no_seed": "model",
    "dropped.most": "nearest asked",
    "dropped.least": "nearest asked",
    "dropped.nearest_step": "nearest step asked",
    "dropped.needs": "of among",
    "dropped.server_allows": "nearest asked",
    "dropped.keeps_shape": "model",
    "dropped.reference_alone": "model",
    "dropped.looks_at": "model count",
    "dropped.looks_at_none": "model",
    "dropped.not_drawn": "features",
    "dropped.about_references": "parameter",
    "dropped.came_as": "width height asked_width asked_height",
    "values.truth": "",
    "values.characters": "most",
    "values.steps": "low high step",
    "values.size": "sides ratio",
    "values.size_of_pixels": "sides ratio fewest most",
    "values.beside": "first others",
    "values.either": "first other",
    "expected.closing": "quote",
    "expected.value_after": "name",
    "expected.visible": "",
    "expected.key_length": "least most",
    "expected.key_two_parts": "",
    "expected.key_sk": "",
    "expected.key_word": "",
    "settings.passed_over_person": "model why",
    "settings.passed_over_server": "model why",
    "settings.obstacle_gone": "",
    "settings.obstacle_needs_picture": "",
    "settings.obstacle_reads_no_words": "",
    "settings.obstacle_no_key": "",
    "settings.obstacle_not_allowed": "",
    "settings.obstacle_not_ready": "",
    "characters.described": "model name",
    "characters.too_many": "model count sent left",
    "characters.lock_holds": "name held said",
    "characters.features_unused": "name",
}

KEPT: Final[Mapping[str, frozenset[str]]] = MappingProxyType(
    {text: frozenset(fields.split()) for text, fields in _FIELDS.items()}
)
"""The texts of `services/languages` that a recipe, or an error, may keep, with the names of their fields."""


def saying(text: str, /, **fields: str | int | Saying) -> Saying:
    """Return the saying of a text of `KEPT`; a field may be a saying itself.

    Raises KeyError for another text and ValueError for other fields: both are mistakes of ours.
    """
    if KEPT[text] != fields.keys():
        raise ValueError(f"{text} takes {sorted(KEPT[text])}, not {sorted(fields)}")
    return Saying(text, tuple(sorted(fields.items())))


def said(language: str, what: Saying | str) -> str:
    """Return a saying in a language, not escaped; words of before come back as they are."""
    if isinstance(what, str):
        return what
    fields = {name: each if isinstance(each, int) else said(language, each) for name, each in what.fields}
    return say(language, what.text, **fields)


def saying_to_text(what: Saying | str) -> str:
    """Return the form that is kept: one line of JSON with the text's name under "say" beside its fields.

    A text, because versions before this one read a reason as a text and show it.
    """
    return what if isinstance(what, str) else json.dumps(_to_json(what), ensure_ascii=False, sort_keys=True)


def saying_from_text(text: str) -> Saying | str:
    """Return the saying that was written by `saying_to_text`; anything else is words, and comes back as it is."""
    if not text.startswith("{"):
        return text
    try:
        return _from_json(json.loads(text)) or text
    except (ValueError, RecursionError):
        return text


def _to_json(what: Saying) -> dict[str, JsonValue]:
    fields = {name: _to_json(each) if isinstance(each, Saying) else each for name, each in what.fields}
    return {_TEXT: what.text, **fields}


def _from_json(value: JsonValue, depth: int = 0) -> Saying | None:
    """Return a saying, None for what is none."""
    if not isinstance(value, dict) or depth == _DEEPEST:
        return None
    text = value.get(_TEXT)
    fields = {name: _field(each, depth) for name, each in value.items() if name != _TEXT}
    if not isinstance(text, str) or KEPT.get(text) != fields.keys():
        return None
    known = {name: each for name, each in fields.items() if each is not None}
    return saying(text, **known) if len(known) == len(fields) else None


def _field(value: JsonValue, depth: int) -> str | int | Saying | None:
    if isinstance(value, str) or (isinstance(value, int) and not isinstance(value, bool)):
        return value
    return _from_json(value, depth + 1)
