"""Tokens and keys of applications."""

import base64
import secrets


def bot_token(application_id: str) -> str:
    """Return a token whose first segment is the id in base64; client libraries read the id from there."""
    first = base64.urlsafe_b64encode(application_id.encode()).decode().rstrip("=")
    return f"{first}.{secrets.token_urlsafe(4)}.{secrets.token_urlsafe(28)}"


def key_pair() -> tuple[str, str]:
    """Return a new Ed25519 key as (private, public) hex."""
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey  # noqa: PLC0415 (slow import)

    key = Ed25519PrivateKey.generate()
    return key.private_bytes_raw().hex(), key.public_key().public_bytes_raw().hex()
