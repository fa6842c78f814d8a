"""An order as OpenAI's requests: JSON without references, a form with them. Rules are checked before anything is sent.

No `safety_identifier` is sent: it would be a hash of who asked, and an order does not say who that is.
No `n` either: a picture is a job of its own.

*Source:* openai-python 3.52.0, types/image_generate_params.py and image_edit_params.py.
"""

import io
from types import MappingProxyType
from typing import Final, NamedTuple

import aiohttp

from services.errors import ProviderRejected
from services.models import JsonValue, Saying
from services.providers.base import PaintOrder, Reference
from services.providers.parameters import LONGEST_SHOWN, written
from services.sayings import saying

GENERATIONS: Final = "images/generations"
EDITS: Final = "images/edits"

REFERENCE_FIELD: Final = "image[]"
"""Once for each picture, also for a single one. Source: openai-python sends a list of files so, of any length."""

LONGEST_PROMPT: Final = 32_000
MOST_REFERENCES: Final = 16
LARGEST_REFERENCE_BYTES: Final = 50_000_000
"""Source: `image`: each a png, webp or jpg file less than 50MB, up to 16."""

DEFAULT_FORMAT: Final = "png"

_ENDINGS: Final = MappingProxyType({"image/png": "png", "image/jpeg": "jpg", "image/webp": "webp"})

_ONLY_WITH_REFERENCES: Final = frozenset({"input_fidelity"})
"""Parameters of `images/edits` that `images/generations` refuses as unknown."""


class _FormatRule(NamedTuple):
    """A parameter (None: with any value) that only some output formats go with."""

    name: str
    value: JsonValue
    formats: tuple[str, ...]


_FORMAT_RULES: Final = (
    _FormatRule("background", "transparent", ("png", "webp")),
    _FormatRule("output_compression", None, ("jpeg", "webp")),
)
"""Source: `background` and `output_compression`. The catalogue says the same; an order may be older than it."""


def check_order(order: PaintOrder) -> None:
    """Raise ProviderRejected for what the vendor would refuse: nothing was sent, so nothing is charged."""
    if not 0 < len(order.prompt) <= LONGEST_PROMPT:
        raise _bad_option("prompt", f"1..{LONGEST_PROMPT} characters", f"{len(order.prompt)} characters")
    output_format = order.parameters.get("output_format", DEFAULT_FORMAT)
    for rule in _FORMAT_RULES:
        asked = order.parameters.get(rule.name)
        concerns = asked is not None and rule.value in (None, asked)
        if concerns and output_format not in rule.formats:
            allowed = f"{', '.join(rule.formats)} (with {rule.name}={written(asked)})"
            raise _bad_option("output_format", allowed, str(output_format)[:LONGEST_SHOWN])
    _check_references(order.references)


def _check_references(references: tuple[Reference, ...]) -> None:
    if len(references) > MOST_REFERENCES:
        raise _bad_reference(f"at most {MOST_REFERENCES} pictures can be looked at")
    for reference in references:
        if reference.media_type not in _ENDINGS:
            raise _bad_reference("it is neither PNG nor JPEG nor WebP")
        if len(reference.data) >= LARGEST_REFERENCE_BYTES:
            raise _bad_reference("its file is too large")


def _bad_option(field: str, allowed: str, found: str) -> ProviderRejected:
    return ProviderRejected(
        "provider_bad_option", f"{field}: not sent", field=field, allowed=allowed, found=found
    )


def _bad_reference(reason: str) -> ProviderRejected:
    return ProviderRejected("provider_bad_reference", f"{reason}: not sent", reason=reason)


def _sent(order: PaintOrder) -> dict[str, JsonValue]:
    """Return the parameters that go to this order's endpoint, the model always named: the vendor has no default."""
    left_out = frozenset() if order.references else _ONLY_WITH_REFERENCES
    taken = {name: value for name, value in order.parameters.items() if name not in left_out}
    return {**taken, "model": order.endpoint, "prompt": order.prompt}


def notes_on(order: PaintOrder) -> tuple[Saying, ...]:
    """Return what is said of each parameter that was not sent."""
    left_out = () if order.references else sorted(_ONLY_WITH_REFERENCES & order.parameters.keys())
    return tuple(saying("dropped.about_references", parameter=name) for name in left_out)


def generation_body(order: PaintOrder) -> JsonValue:
    """Return the JSON of an order without references."""
    return _sent(order)


def edit_form(order: PaintOrder) -> aiohttp.FormData:
    """Return the form of an order with references, in their order: the prompt may count them ("image 1").

    `moderation` goes along: the vendor's client does not know it for edits, but the endpoint takes it.
    """
    form = aiohttp.FormData()
    for name, value in _sent(order).items():
        form.add_field(name, written(value))
    for place, reference in enumerate(order.references, start=1):
        form.add_field(
            REFERENCE_FIELD,
            # As a file: aiohttp writes bytes in one piece, which stops the event loop for as long as that takes.
            io.BytesIO(reference.data),
            filename=f"image-{place}.{_ENDINGS[reference.media_type]}",
            content_type=reference.media_type,
        )
    return form
