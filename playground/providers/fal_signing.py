"""Signs fal's webhooks: ED25519, with the public keys at `/.well-known/jwks.json`.

*Source:* fal.ai, webhooks: the message is request id, user id, timestamp and the SHA-256 of the raw body in hex, with
newlines between them and none at the end.
"""

import base64
import hashlib
from collections.abc import Mapping
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

USER_ID = "github|15031899"
STALE_S = 600
"""A stale stamp lies that far back; 300 s are allowed."""


class Signer:
    """The keys of a stand-in. The set that it publishes begins with one that signs nothing, so that all are tried."""

    def __init__(self) -> None:
        self._unused = Ed25519PrivateKey.generate()
        self._foreign = Ed25519PrivateKey.generate()
        self._own = Ed25519PrivateKey.generate()

    def rotate(self) -> None:
        """Sign with a new key from now on; the old one is no longer published."""
        self._own = Ed25519PrivateKey.generate()

    def jwks(self) -> dict[str, Any]:
        """Return the published keys; `x` is base64url without padding, as the standard for such keys wants it."""
        keys = [_public(self._unused), _public(self._own)]
        return {"keys": [{"kty": "OKP", "crv": "Ed25519", "x": x, "kid": x[:8]} for x in keys]}

    def headers(self, request_id: str, body: bytes, now_s: float, fault: str) -> Mapping[str, str]:
        """Return a webhook's headers; `fault` is "", "forge", "other_key" or "stale"."""
        stamp = str(int(now_s - (STALE_S if fault == "stale" else 0)))
        digest = hashlib.sha256(body).hexdigest()
        message = f"{request_id}\n{USER_ID}\n{stamp}\n{digest}".encode()
        key = self._foreign if fault == "other_key" else self._own
        signature = key.sign(message)
        if fault == "forge":
            signature = bytes(byte ^ 0xFF for byte in signature)
        return {
            "X-Fal-Webhook-Request-Id": request_id,
            "X-Fal-Webhook-User-Id": USER_ID,
            "X-Fal-Webhook-Timestamp": stamp,
            "X-Fal-Webhook-Signature": signature.hex(),
        }


def _public(key: Ed25519PrivateKey) -> str:
    return base64.urlsafe_b64encode(key.public_key().public_bytes_raw()).decode().rstrip("=")
