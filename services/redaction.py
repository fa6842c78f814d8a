"""Removes secrets from text: those that were registered, by value, and everything that has the shape of one.

Used by every line that the log writes (`services/logs.py`) and by whatever shows a vendor's raw text to somebody.
"""

import re
import threading
from collections import Counter
from typing import Final, NamedTuple
from urllib.parse import quote

MASK: Final = "[secret]"

SHORTEST_SECRET: Final = 6
"""Shorter values are not masked by value: they would blot out ordinary words."""


class Shape(NamedTuple):
    """How a kind of secret looks, and what stays of it in the log."""

    name: str
    pattern: str
    stays: str


SHAPES: Final = (
    # An interaction token is base64 of "interaction:<id>:<random>" wherever it stands.
    Shape("interaction token", r"aW50ZXJhY3Rpb24[\w-]{20,}", MASK),
    # Source: Discord's documentation, "Execute Webhook" and "Create Interaction Response": the token is in the path.
    Shape("webhook address", r"(/(?:webhooks|interactions)/\d+/)[\w.~%-]+", r"\g<1>" + MASK),
    Shape("our webhook address", r"(/hooks/[a-z0-9]+/\d+\.)[\w-]+", r"\g<1>" + MASK),
    # Three parts of base64url: application id, time, signature.
    Shape("Discord token", r"\b[\w-]{18,40}\.[\w-]{6,7}\.[\w-]{27,}", MASK),
    Shape("fal key", r"\b[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}:[0-9a-f]{16,}", MASK),
    Shape("OpenAI key", r"\bsk-[\w-]{12,}", MASK),
    Shape("Fernet token", r"\bgAAAA[\w=-]{20,}", MASK),
    Shape(
        "header", r"(?i)\b((?:authorization|x-key|x-api-key)['\"]?\s*[:=]\s*)[^\r\n,}]{4,}", r"\g<1>" + MASK
    ),
    Shape("credential", r"\b((?:Bearer|Key|Bot|Basic) )[\w.~+/:=-]{12,}", r"\g<1>" + MASK),
    Shape(
        "field",
        r"(?i)(['\"](?:key|api_key|token|password|secret|client_secret|webhook_secret)['\"]\s*:\s*['\"])[^'\"]+",
        r"\g<1>" + MASK,
    ),
    # Signed addresses: Discord's CDN (ex, is, hm), S3 (X-Amz-*), Azure (sig, se, ...) and plain tokens in a query.
    Shape(
        "signed query",
        r"(?i)([?&](?:ex|is|hm|x-amz-[a-z-]+|awsaccesskeyid|signature|sig|se|sp|sv|sr|token|access_token|key)=)"
        r"[^&\s\"'<>]+",
        r"\g<1>" + MASK,
    ),
    Shape("password in an address", r"(\w://[^/\s:@]{0,100}:)[^/\s@]{1,200}(?=@)", r"\g<1>" + MASK),
    Shape("e-mail address", r"\b[\w.+-]{1,64}@[\w-]{1,63}(?:\.[\w-]{1,63}){1,4}\b", "[e-mail]"),
)

_COMPILED: Final = tuple((re.compile(shape.pattern), shape.stays) for shape in SHAPES)
_NOTHING: Final = re.compile(r"(?!)")


class Redactor:
    """Knows the live secrets. Safe to use from several threads."""

    def __init__(self) -> None:
        self._values: Counter[str] = Counter()
        self._known = _NOTHING
        self._lock = threading.Lock()

    def register(self, value: str | None) -> None:
        """Mask `value` from now on, also in its percent-encoded and backslash-escaped forms."""
        if value is None or len(value.strip()) < SHORTEST_SECRET:
            return
        with self._lock:
            before = len(self._values)
            self._values.update(_forms(value.strip()))
            if len(self._values) != before:
                self._compile()

    def forget(self, value: str) -> None:
        """Stop masking `value` (a person's key that was deleted), once for each time that it was registered."""
        with self._lock:
            before = len(self._values)
            self._values -= Counter(_forms(value.strip()))
            if len(self._values) != before:
                self._compile()

    def redact(self, text: str) -> str:
        """Return `text` without secrets."""
        text = self._known.sub(MASK, text)
        for pattern, stays in _COMPILED:
            text = pattern.sub(stays, text)
        return text

    def _compile(self) -> None:
        # The longest first, or the beginning of a longer secret would be masked and its rest left standing.
        longest_first = sorted(self._values, key=len, reverse=True)
        self._known = re.compile("|".join(map(re.escape, longest_first))) if longest_first else _NOTHING


def _forms(value: str) -> set[str]:
    return {value, quote(value, safe=""), quote(value), repr(value)[1:-1]}


_REDACTOR: Final = Redactor()


def register_secret(value: str | None) -> None:
    """Mask `value` in every text from now on; None and very short values are ignored."""
    _REDACTOR.register(value)


def forget_secret(value: str) -> None:
    """Stop masking `value`."""
    _REDACTOR.forget(value)


def redact(text: str) -> str:
    """Return `text` without the registered secrets and without anything shaped like a secret."""
    return _REDACTOR.redact(text)
