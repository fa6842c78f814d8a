"""OpenAI's own errors: what the vendor said, and what its words mean whatever was asked.

    {"error": {"message", "type", "param", "code", "moderation_details"?: {"moderation_stage", "categories"}}}

Codes count before statuses, which mislead: an empty account is 429 like a busy service, a spending limit is 400.
*Source:* openapi.yaml of openai-openapi, `Error`; the codes as many clients have met them.
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final

from services.errors import ProviderBusy, ProviderError, ProviderRefusedKey
from services.http import Answer, object_in
from services.models import JsonValue
from services.retry_after import clamp_wait_s, read_retry_after_s
from services.vendor_text import vendor_text

Verdict = tuple[type[ProviderError], str]
"""The class and the code of an error."""

NO_BALANCE: Final[Verdict] = (ProviderRefusedKey, "provider_no_balance")
BAD_KEY: Final[Verdict] = (ProviderRefusedKey, "provider_refused_key")
GONE: Final[Verdict] = (ProviderRefusedKey, "provider_model_gone")
NOT_PERMITTED: Final[Verdict] = (ProviderRefusedKey, "provider_not_permitted")
BUSY: Final[Verdict] = (ProviderBusy, "provider_busy")

CODES: Final[Mapping[str, Verdict]] = MappingProxyType(
    {
        "insufficient_quota": NO_BALANCE,
        "billing_not_active": NO_BALANCE,
        "billing_hard_limit_reached": NO_BALANCE,
        "billing_limit_user_error": NO_BALANCE,
        "organization_spend_limit_exceeded": NO_BALANCE,
        "project_spend_limit_exceeded": NO_BALANCE,
        "invalid_api_key": BAD_KEY,
        "account_deactivated": BAD_KEY,
        "model_not_found": GONE,
        "unsupported_country_region_territory": NOT_PERMITTED,
        "rate_limit_exceeded": BUSY,
    }
)
"""The `code` of an error, or its `type`."""

STATUSES: Final[Mapping[int, Verdict]] = MappingProxyType(
    {401: BAD_KEY, 403: NOT_PERMITTED, 404: GONE, 410: GONE, 429: BUSY}
)
"""What a status means that comes with the vendor's own error, where that has no code of the table above.

403 is an organisation that is not verified, or a project that may not use the model; its bodies are not documented.
"""

_MODERATED: Final = frozenset({"moderation_blocked", "content_policy_violation"})
_SAFETY_WORDS: Final = re.compile(r"\bsafety system\b|\bcontent policy\b", re.IGNORECASE)
_VIOLATIONS: Final = re.compile(r"\s*safety_violations=\[[^\]]*\]\.?", re.IGNORECASE)
_MILLISECONDS: Final = re.compile(r"[0-9]{1,12}", re.ASCII)


@dataclass(frozen=True, slots=True)
class Said:
    """The vendor's own error; "" for what it leaves out. `stage` is where moderation refused: "input", "output"."""

    message: str
    type: str
    param: str
    code: str
    stage: str

    @property
    def is_moderation(self) -> bool:
        """Tell whether moderation refused; there are answers without a code for it."""
        has_words = not self.code and _SAFETY_WORDS.search(self.message) is not None
        return self.code in _MODERATED or bool(self.stage) or has_words

    @property
    def verdict(self) -> Verdict | None:
        """Return what the code or the type means, None where neither is known."""
        return CODES.get(self.code) or CODES.get(self.type)


def read_said(body: bytes) -> Said | None:
    """Return the vendor's own error in a body, None where it is somebody else's page."""
    error = object_in(body).get("error")
    if not isinstance(error, dict):
        return None
    details = error.get("moderation_details")
    return Said(
        message=_text(error, "message"),
        type=_text(error, "type"),
        param=_text(error, "param"),
        code=_text(error, "code"),
        stage=_text(details, "moderation_stage") if isinstance(details, dict) else "",
    )


def wait_s(answer: Answer) -> float:
    """Return how long a busy vendor asks to wait, 1..120 s.

    *Source:* openai-python 3.52.0, _base_client.py: `retry-after-ms` counts before `retry-after`.
    """
    milliseconds = answer.headers.get("retry-after-ms", "")
    if _MILLISECONDS.fullmatch(milliseconds):
        return clamp_wait_s(int(milliseconds) / 1000)
    return read_retry_after_s(answer.headers.get("retry-after"))


def log_text(answer: Answer, said: Said | None) -> str:
    """Return the call, its status, the vendor's code and its id of the request, for the log."""
    named = (said.code or said.type) if said else ""
    parts = (str(answer.status), named, answer.headers.get("x-request-id", ""))
    return f"{answer.request}: status {' '.join(vendor_text(part)[:60] for part in parts if part)}"


def words(said: Said | None, private: Iterable[str]) -> str:
    """Return what the vendor says, without the order's words, the key, and what moderation found in them."""
    return vendor_text(_VIOLATIONS.sub("", said.message) if said else "", private)


def _text(value: Mapping[str, JsonValue], name: str) -> str:
    found = value.get(name)
    return found if isinstance(found, str) else ""
