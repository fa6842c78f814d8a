"""Tokens and keys of applications, and how secrets are compared and kept out of what is written down."""

import base64
import hmac
import secrets
from collections.abc import Mapping
from typing import Any

HIDDEN = "hidden"
SECRETS = frozenset({"token", "access_token", "refresh_token", "client_secret", "code", "code_verifier"})


def bot_token(application_id: str) -> str:
    """Return a token whose first segment is the id in base64; client libraries read the id from there."""
    first = base64.urlsafe_b64encode(application_id.encode()).decode().rstrip("=")
    return f"{first}.{secrets.token_urlsafe(4)}.{secrets.token_urlsafe(28)}"


def key_pair() -> tuple[str, str]:
    """Return a new Ed25519 key as (private, public) hex."""
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey  # noqa: PLC0415 (slow import)

    key = Ed25519PrivateKey.generate()
    return key.private_bytes_raw().hex(), key.public_key().public_bytes_raw().hex()


def is_same(given: str, expected: str) -> bool:
    """Compare secrets in a time that does not tell how much fits; whatever a header holds may be given."""
    return hmac.compare_digest(given.encode(errors="replace"), expected.encode())


def without_secrets(fields: Mapping[str, Any]) -> dict[str, Any]:
    """Return fields as the transcript shows them."""
    return {name: HIDDEN if name in SECRETS else value for name, value in fields.items()}
