"""The only place that says an error in words: by code, else by class, in the language of whoever reads it.

The sentences stand in `services/languages`: topic `errors` for what `services/` and `db/` raise, `edge_errors` for what
`cogs/` raises, `error_kinds` for classes. In a sentence `{field}` is filled in, escaped, and a `[part]` is left out
where one of its fields is not known. A sentence says what happened, whether it was charged (`{charge}`, for pictures
that did not come) and what to do next. `cogs/_reports.py` shows them.
"""

import re
from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from cogs._charges import charge_text
from cogs._text import amount, dollars, duration, escape
from services.errors import (
    BugError,
    LimitError,
    LimnerError,
    NotAllowedError,
    NotFoundError,
    ProviderBroken,
    ProviderBusy,
    ProviderError,
    ProviderRefusedKey,
    ProviderRejected,
    ProviderUnknown,
    StartError,
    StorageError,
    UserError,
)
from services.jobs.courier import FailedResult
from services.languages import ENGLISH, find_text, say
from services.models import JsonValue, Period
from services.sayings import said, saying_from_text

CODE_TOPICS: Final = ("errors", "edge_errors")
"""The topics in which a sentence is found by an error's code."""

KINDS: Final[Mapping[type[LimnerError], str]] = {
    NotFoundError: "error_kinds.not_found",
    NotAllowedError: "error_kinds.not_allowed",
    UserError: "error_kinds.user",
    LimitError: "error_kinds.limit",
    ProviderBusy: "errors.provider_busy",
    ProviderRejected: "error_kinds.provider_rejected",
    ProviderRefusedKey: "errors.provider_refused_key",
    ProviderBroken: "errors.provider_broken",
    ProviderUnknown: "errors.provider_unknown",
    ProviderError: "error_kinds.provider",
    StorageError: "error_kinds.storage",
    StartError: "error_kinds.start",
    BugError: "edge_errors.bug",
    LimnerError: "edge_errors.bug",
}
"""The sentence of a class, for codes without one."""

STATES: Final[Mapping[str, str]] = {
    "failed": "error_kinds.failed",
    "canceled": "error_kinds.canceled",
    "unknown": "errors.provider_unknown",
}
"""For pictures that did not come and whose code has no sentence of its own."""

_LONGEST_FIELD: Final = 100
_LONGER_FIELDS: Final = MappingProxyType({"sentence": 300})
"""What may be longer: an operator's sentence (`services/pausing.py`)."""

_PERIODS: Final = frozenset(Period)

_SAID: Final = frozenset({"allowed", "expected"})
"""Fields that may hold a saying (`services/sayings.py`); never `found`, which somebody has typed."""

_OPTIONAL: Final = re.compile(r"\[([^\]]*)\]")
_FIELD: Final = re.compile(r"\{(\w+)\}")


def sentence_of(error: LimnerError, language: str = ENGLISH) -> str:
    """Return what people read for `error`: escaped markdown, no internals."""
    wait_s = error.retry_after_s if isinstance(error, LimitError | ProviderBusy) else None
    fields: dict[str, JsonValue] = {**error.fields, "retry_after_s": wait_s}
    template = _sentence(language, error.code) or _template(language, _kind_of(error))
    return _filled(template, fields, language)


def failure_sentence(failure: FailedResult, language: str = ENGLISH) -> str:
    """Return what people read for a picture that did not come."""
    state = STATES.get(failure.state, STATES["failed"])
    template = _sentence(language, failure.code) or _template(language, state)
    return _filled(template, {**failure.fields, "charge": charge_text(failure, language)}, language)


def _sentence(language: str, code: str) -> str | None:
    """Return the sentence of a code, unfilled; None where it has none."""
    found = (find_text(language, f"{topic}.{code}") for topic in CODE_TOPICS)
    return next((text for text in found if isinstance(text, str)), None)


def _template(language: str, name: str) -> str:
    """Return a text that exists, unfilled."""
    return str(find_text(language, name))


def _kind_of(error: LimnerError) -> str:
    """Return the sentence's name of the nearest class that has one."""
    return next(KINDS[kind] for kind in type(error).__mro__ if kind in KINDS)


def _filled(template: str, fields: Mapping[str, JsonValue], language: str) -> str:
    """Return `template` with its {fields}; a [part] whose fields are not all known is left out."""
    known = {name: value for name, value in fields.items() if value is not None and value != ""}
    shown = dict(_shown(name, value, language) for name, value in known.items())

    def fill(text: str) -> str:
        return _FIELD.sub(lambda match: shown.get(match[1], "…"), text)

    def keep(match: re.Match[str]) -> str:
        is_known = all(name in shown for name in _FIELD.findall(match[1]))
        return match[1] if is_known else ""

    return fill(_OPTIONAL.sub(keep, template))


def _shown(name: str, value: JsonValue, language: str) -> tuple[str, str]:
    """Return a field's name and harmless text; times, money and permissions are said as people read them."""
    if name == "retry_after_s" and isinstance(value, int | float):
        return "wait", duration(value, language)
    if name == "period" and value in _PERIODS:
        return name, say(language, f"units.{value}")
    if name == "permission" and (permission := find_text(language, f"permissions.{value}")):
        return name, str(permission)
    if name.endswith("_micro_usd") and isinstance(value, int):
        price = dollars(value, language) if name == "price_micro_usd" else amount(value)
        return name.removesuffix("_micro_usd"), price
    if name in _SAID:
        value = said(language, saying_from_text(str(value)))
    return name, escape(str(value), _LONGER_FIELDS.get(name, _LONGEST_FIELD))
