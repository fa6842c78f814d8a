"""fal's webhooks: is it fal that calls, and what does it say.

*Source:* fal.ai, webhooks. The signature covers request id, user id, time and the SHA-256 of the body as it was sent:
a body that was read and written again has other spaces.
"""

import hashlib
import re
import time
from collections.abc import Callable, Mapping
from typing import Final

from services.errors import ProviderRejected
from services.http import object_in
from services.models import JsonValue
from services.providers.base import WebhookNotice
from services.providers.fal.addresses import is_request_id
from services.providers.fal.results import read_result
from services.providers.fal.webhook_keys import WebhookKeys

TOLERANCE_S: Final = 300
"""How far the time of a call may be from ours, either way."""

_SIGNED_HEADERS: Final = ("x-fal-webhook-request-id", "x-fal-webhook-user-id", "x-fal-webhook-timestamp")
_SIGNATURE_HEADER: Final = "x-fal-webhook-signature"
_TIMESTAMP: Final = re.compile(r"[0-9]{1,12}")
_SIGNATURE: Final = re.compile(r"[0-9a-fA-F]{128}")


async def check_signature(
    body: bytes, headers: Mapping[str, str], keys: WebhookKeys, now_s: Callable[[], float] = time.time
) -> None:
    """Raise ProviderRejected("bad_webhook") unless fal signed this call, within five minutes of now.

    Raises ProviderBusy where that cannot be told, because the keys cannot be had. Some 0.1 ms a key, no thread needed.
    """
    given = {name.lower(): value for name, value in headers.items()}
    signed, signature = [given.get(name, "") for name in _SIGNED_HEADERS], given.get(_SIGNATURE_HEADER, "")
    if not all(signed) or _SIGNATURE.fullmatch(signature) is None:
        raise ProviderRejected("bad_webhook", "unsigned")
    timestamp = signed[-1]
    if _TIMESTAMP.fullmatch(timestamp) is None or abs(now_s() - int(timestamp)) > TOLERANCE_S:
        raise ProviderRejected("bad_webhook", "not signed now")
    message = "\n".join([*signed, hashlib.sha256(body).hexdigest()])
    if not await keys.verify(message.encode(), bytes.fromhex(signature)):
        raise ProviderRejected("bad_webhook", "not signed by fal")


def read_notice(body: bytes) -> WebhookNotice:
    """Return what a signed call says. Raises ProviderRejected("bad_webhook") where it names no order.

    Only a picture is taken from the call itself. Everything else is a hint, and a poll follows: an error, because
    only the result's headers say whether it was charged, and `payload: null`, which means that the output could not
    be put into a call.
    """
    value = object_in(body)
    # `gateway_request_id` is of the last of fal's own tries; the order keeps its `request_id`.
    remote_id = value.get("request_id") or value.get("gateway_request_id")
    if not isinstance(remote_id, str) or not is_request_id(remote_id):
        raise ProviderRejected("bad_webhook", "no request id in it")
    payload: JsonValue = value.get("payload")
    is_output = value.get("status") == "OK" and isinstance(payload, dict)
    return WebhookNotice(remote_id, read_result(payload) if is_output and isinstance(payload, dict) else None)
