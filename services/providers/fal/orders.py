"""An order as fal's wire wants it. The catalogue's parameters bear the vendor's own names.

*Source:* fal.ai, queue and common parameters; src/types/endpoints.d.ts of @fal-ai/client 1.10.1.
"""

import base64
import json
import math
from collections.abc import Mapping, Sequence
from typing import Final

from yarl import URL

from services.models import JsonValue
from services.providers.base import PaintOrder, Reference
from services.providers.model import Capabilities, ReferenceForm

INLINE_BYTES: Final = 1_000_000
"""Reference pictures up to this size travel inside the order; larger ones are uploaded first."""

PRODUCED_LIVES_S: Final = 7 * 86_400
"""How long fal keeps what it painted: it is public there, and ours within minutes, after an outage within days."""

_SHORTEST_TIMEOUT_S: Final = 2
"""Both SDKs refuse one second and less."""


def submit_url(queue_url: str, order: PaintOrder) -> str:
    """Return the address of a submit. *Source:* fal.ai, webhooks: `fal_webhook`."""
    url = URL(f"{queue_url}/{order.endpoint}")
    return str(url if order.webhook_url is None else url.update_query(fal_webhook=order.webhook_url))


def submit_headers(order: PaintOrder) -> dict[str, str]:
    """Return the headers of a submit but for the key. *Source:* fal.ai, common parameters and queue."""
    headers = {
        "Content-Type": "application/json",
        "X-Fal-Queue-Priority": "normal",
        # The time until it starts. What waited longer ends with 504 and costs nothing.
        "X-Fal-Request-Timeout": str(max(math.ceil(order.deadline_s), _SHORTEST_TIMEOUT_S)),
        # Nobody's picture is painted by a model that nobody chose.
        "x-app-fal-disable-fallback": "true",
        "X-Fal-Object-Lifecycle-Preference": json.dumps({"expiration_duration_seconds": PRODUCED_LIVES_S}),
    }
    if order.references:
        # By default fal keeps an order's JSON for 30 days, faces inside it included. Without it a result stays one
        # hour (six minutes from 10 KB on), which is why orders of words alone are left to the default: their picture
        # survives a longer outage of ours. Source: fal.ai, queue and common parameters.
        headers["X-Fal-Store-IO"] = "0"
    return headers


def encode_order(
    order: PaintOrder, capabilities: Capabilities, uploaded: Mapping[int, str] | None = None
) -> bytes:
    """Return the body of a submit as JSON; `uploaded` are addresses of references by their place.

    Blocks for the length of its pictures: runs in a thread where it has any.
    """
    body: dict[str, JsonValue] = dict(order.parameters)
    if capabilities.takes_prompt:
        body["prompt"] = order.prompt
    if order.image_seed is not None and capabilities.seed:
        body["seed"] = order.image_seed
    urls = [
        (uploaded or {}).get(place) or _data_uri(reference)
        for place, reference in enumerate(order.references)
    ]
    body.update(_reference_fields(capabilities, urls))
    return json.dumps(body).encode()


def _reference_fields(capabilities: Capabilities, urls: Sequence[str]) -> dict[str, JsonValue]:
    name = capabilities.reference_field
    if not urls or not name:
        return {}
    match capabilities.reference_form:
        case ReferenceForm.ONE:
            return {name: urls[0]}
        case ReferenceForm.LIST:
            return {name: list(urls)}
        case ReferenceForm.NUMBERED:
            return {name if place == 1 else f"{name}_{place}": url for place, url in enumerate(urls, 1)}


def _data_uri(reference: Reference) -> str:
    """Return a picture as fal takes it in any field that wants an address."""
    return f"data:{reference.media_type};base64,{base64.b64encode(reference.data).decode('ascii')}"
