"""The errors of fal's models: entries `{loc, msg, type, ctx, input}` of `detail`, told apart by `type`.

*Source:* fal.ai, model errors. Not every endpoint follows it yet, says fal: types of pydantic are read as well.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Final

from services.errors import ProviderBroken, ProviderError, ProviderRejected
from services.models import JsonValue
from services.providers.model import Model
from services.vendor_text import vendor_text

_NO_LIMITS: Final[Mapping[str, JsonValue]] = MappingProxyType({})
_LONGEST_TYPE: Final = 60
_LONGEST_INPUT: Final = 60
# What somebody wrote is theirs to read, not for an error's fields.
_WORDS_OF_PEOPLE: Final = frozenset({"prompt", "negative_prompt"})
_OUTPUTS: Final = frozenset({"images", "image", "output", "response"})


@dataclass(frozen=True, slots=True)
class Breach:
    """One entry: its `type`, the place of the field ("image_size", "width"), limits, and the value complained of."""

    type: str
    place: tuple[str, ...] = ()
    limits: Mapping[str, JsonValue] = field(default_factory=lambda: _NO_LIMITS)
    found: str | None = None

    @property
    def field(self) -> str:
        """Return the parameter's name, "" where none is named."""
        return self.place[0] if self.place else ""

    def limit(self, name: str) -> str | None:
        """Return a limit in words, None where it is not told."""
        value = self.limits.get(name)
        if isinstance(value, list):
            return vendor_text(", ".join(str(each) for each in value[:20]))
        is_plain = isinstance(value, str | int | float) and not isinstance(value, bool)
        return vendor_text(str(value)) if is_plain else None


MakeError = Callable[[Breach, Model | None, str], ProviderError]


def find_breach(body: Mapping[str, JsonValue]) -> Breach | None:
    """Return the entry that says most, None where `detail` has none: the first of a known type, else the first."""
    detail = body.get("detail")
    entries = detail if isinstance(detail, list) else []
    breaches = [
        _read(each) for each in entries if isinstance(each, dict) and isinstance(each.get("type"), str)
    ]
    known = (each for each in breaches if each.type in MODEL_ERRORS)
    return next(known, breaches[0] if breaches else None)


def entry_error(
    breach: Breach, model: Model | None, text: str, *, is_retryable: bool | None = None
) -> ProviderError:
    """Return the error of one entry; `text` begins its words for the log.

    `is_retryable` is what fal's header says; it decides about the one type that may be either.
    """
    said = f"{text}: {vendor_text(breach.type)[:_LONGEST_TYPE]}"
    if breach.type == "downstream_service_error" and is_retryable is False:
        return ProviderRejected("provider_rejected", said)
    make = MODEL_ERRORS.get(breach.type) or (_bad_option if _is_of_pydantic(breach) else _rejected)
    return make(breach, model, said)


def _read(entry: Mapping[str, JsonValue]) -> Breach:
    loc, limits, given = entry.get("loc"), entry.get("ctx"), entry.get("input")
    names = [each for each in loc if isinstance(each, str)] if isinstance(loc, list) else []
    place = tuple(vendor_text(each)[:_LONGEST_TYPE] for each in names if each not in ("body", "query"))
    is_shown = isinstance(given, int | float) or (isinstance(given, str) and len(given) <= _LONGEST_INPUT)
    is_ours = not place or place[0] in _WORDS_OF_PEOPLE or not is_shown
    return Breach(
        str(entry.get("type")),
        place,
        limits if isinstance(limits, dict) else _NO_LIMITS,
        None if is_ours else vendor_text(str(given)),
    )


def _moderated(breach: Breach, _model: Model | None, text: str) -> ProviderError:
    """Return the error of a content filter, fal's or a partner's. It names the prompt, as a rule."""
    if _OUTPUTS & set(breach.place):
        return _withheld(breach, _model, text)
    return ProviderRejected("provider_moderated_input", text, stage="input")


def _withheld(_breach: Breach, _model: Model | None, text: str) -> ProviderError:
    return ProviderRejected("provider_moderated_output", text, stage="output")


def _bad_reference(reason: str, *, lower: str = "", most: str = "") -> MakeError:
    """Return what makes the error of a reference picture; the limits it was too small or too large for are named."""

    def make(breach: Breach, _model: Model | None, text: str) -> ProviderError:
        width, height = (breach.limit(f"{lower or most}_{side}") for side in ("width", "height"))
        sides = f": {'at least' if lower else 'at most'} {width}x{height} pixels" if width and height else ""
        return ProviderRejected("provider_bad_reference", text, reason=f"{reason}{sides}")

    return make


def _too_large_file(breach: Breach, _model: Model | None, text: str) -> ProviderError:
    most = breach.limits.get("max_size")
    is_bytes = isinstance(most, int | float) and not isinstance(most, bool) and 1024 <= most < 1e15
    limit = f": at most {most / 1024 / 1024:.3g} MiB" if is_bytes and isinstance(most, int | float) else ""
    return ProviderRejected("provider_bad_reference", text, reason=f"its file is too large{limit}")


def _wrong_format(breach: Breach, _model: Model | None, text: str) -> ProviderError:
    formats = breach.limit("supported_formats")
    known = f": {formats} are taken" if formats else ""
    return ProviderRejected("provider_bad_reference", text, reason=f"its format is not taken{known}")


def _no_face(_breach: Breach, _model: Model | None, text: str) -> ProviderError:
    return ProviderRejected("provider_no_face", text)


def _broken(_breach: Breach, _model: Model | None, text: str) -> ProviderError:
    return ProviderBroken("provider_broken", text)


def _timed_out(_breach: Breach, _model: Model | None, text: str) -> ProviderError:
    return ProviderBroken("provider_timed_out", text)


def _rejected(_breach: Breach, _model: Model | None, text: str) -> ProviderError:
    return ProviderRejected("provider_rejected", text)


def _bad_option(breach: Breach, model: Model | None, text: str) -> ProviderError:
    """Return the error of a value that is not taken; of a reference picture's field, in words about pictures."""
    if not breach.place:
        return _rejected(breach, model, text)
    if _is_reference(breach.field, model):
        reason = _REFERENCE_RULES.get(breach.type, "it cannot be read")
        return ProviderRejected("provider_bad_reference", text, reason=reason)
    return ProviderRejected(
        "provider_bad_option",
        text,
        field=".".join(breach.place),
        allowed=_allowed(breach, model),
        found=breach.found,
    )


def _is_reference(name: str, model: Model | None) -> bool:
    own = model.capabilities.reference_field if model is not None else ""
    return name == own if own else name.endswith(("image_url", "image_urls"))


def _allowed(breach: Breach, model: Model | None) -> str:
    """Return what is allowed: in fal's own words, else the catalogue's, else what the type alone says."""
    told = [words.format(limit) for name, words in _LIMITS if (limit := breach.limit(name)) is not None]
    if told:
        return " and ".join(told)
    parameter = model.parameters.get(breach.field) if model is not None else None
    return parameter.allowed if parameter is not None else _RULES.get(breach.type, "something else")


def _is_of_pydantic(breach: Breach) -> bool:
    return bool(breach.place) and _PYDANTIC.search(breach.type) is not None


_LIMITS: Final = (
    ("gt", "more than {}"),
    ("ge", "at least {}"),
    ("lt", "less than {}"),
    ("le", "at most {}"),
    ("limit_value", "{}"),
    ("multiple_of", "a multiple of {}"),
    ("expected", "{}"),
    ("permitted", "{}"),
    ("min_length", "at least {}"),
    ("max_length", "at most {}"),
)
"""The `ctx` of an entry in words. *Source:* fal.ai, model errors; pydantic, "Validation errors", 1 and 2."""

_RULES: Final[Mapping[str, str]] = {
    "missing": "something: the model needs it",
    "value_error.missing": "something: the model needs it",
    "extra_forbidden": "nothing: the model does not take it",
    "feature_not_supported": "nothing: the model does not support it",
    "bool_type": "true or false",
    "int_type": "a whole number",
    "float_type": "a number",
    "string_type": "a text",
}
_REFERENCE_RULES: Final[Mapping[str, str]] = {
    "missing": "the model needs one",
    "value_error.missing": "the model needs one",
    "sequence_too_short": "the model needs more of them",
    "sequence_too_long": "these are more than the model takes",
    "extra_forbidden": "the model takes none",
}
_PYDANTIC: Final = re.compile(
    r"_(type|parsing)$|^(value_error|type_error|literal_error|enum|extra_forbidden|too_(long|short)|"
    r"string_(too_(long|short)|pattern_mismatch)|int_from_float|finite_number)\b"
)

MODEL_ERRORS: Final[Mapping[str, MakeError]] = MappingProxyType(
    {
        "content_policy_violation": _moderated,
        "no_media_generated": _withheld,
        "image_too_small": _bad_reference("it is too small", lower="min"),
        "image_too_large": _bad_reference("it is too large", most="max"),
        "image_load_error": _bad_reference("it cannot be read"),
        "file_download_error": _bad_reference("it could not be fetched"),
        "file_too_large": _too_large_file,
        "unsupported_image_format": _wrong_format,
        "face_detection_error": _no_face,
        **dict.fromkeys(
            (
                *("missing", "value_error.missing", "greater_than", "greater_than_equal", "less_than"),
                *("less_than_equal", "multiple_of", "one_of", "sequence_too_short", "sequence_too_long"),
                "feature_not_supported",
            ),
            _bad_option,
        ),
        "internal_server_error": _broken,
        "generation_timeout": _timed_out,
        "downstream_service_error": _broken,
        "downstream_service_unavailable": _broken,
    }
)
"""fal's own types. *Source:* fal.ai, model errors."""
