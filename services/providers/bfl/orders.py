"""An order as Black Forest Labs' JSON. The catalogue's parameters bear the vendor's own names.

*Source:* OpenAPI of api.bfl.ai, version 0.0.1.
"""

import base64
import json
from collections.abc import Iterator, Sequence
from typing import Final

from services.models import JsonValue
from services.providers.base import PaintOrder, Reference
from services.providers.model import Capabilities, ReferenceForm

LONGEST_WEBHOOK_URL: Final = 2_083
"""Source: OpenAPI, `webhook_url` (pydantic's HttpUrl)."""


def reference_fields(capabilities: Capabilities, count: int) -> tuple[str, ...]:
    """Return the names of the fields for `count` reference pictures: `input_image`, `input_image_2`, ..."""
    first = capabilities.reference_field
    if capabilities.reference_form is not ReferenceForm.NUMBERED:
        return (first,)[:count]
    return tuple(first if place == 1 else f"{first}_{place}" for place in range(1, count + 1))


def _encoded(fields: Sequence[str], references: Sequence[Reference]) -> Iterator[tuple[str, JsonValue]]:
    for field, reference in zip(fields, references, strict=False):
        # Plain base64: whether the vendor takes "data:" addresses is not documented.
        yield field, base64.b64encode(reference.data).decode("ascii")


def encode_order(order: PaintOrder, capabilities: Capabilities) -> bytes:
    """Return the body of a submit as JSON. Blocks for the length of its pictures: runs in a thread where it has any.

    No `webhook_secret` is sent: how the vendor signs with it is not documented, and a call of its webhook is only
    a hint here. The address that it calls carries a MAC of ours, and what it says is asked for again.
    """
    body: dict[str, JsonValue] = {**order.parameters, "prompt": order.prompt}
    if order.image_seed is not None and capabilities.seed:
        body["seed"] = order.image_seed
    if order.webhook_url is not None and len(order.webhook_url) <= LONGEST_WEBHOOK_URL:
        body["webhook_url"] = order.webhook_url
    if capabilities.reference_field:
        fields = reference_fields(capabilities, len(order.references))
        body.update(_encoded(fields, order.references))
    return json.dumps(body).encode()
