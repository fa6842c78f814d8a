"""How long a busy service asks us to wait."""

import math
import re
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Final

from services.models import JsonValue

SHORTEST_WAIT_S: Final = 1.0
LONGEST_WAIT_S: Final = 120.0
DEFAULT_WAIT_S: Final = 5.0

# Fractions and exponents are not in RFC 9110, section 10.2.3, but vendors send them.
_NUMBER: Final = re.compile(r"[+-]?[0-9]{1,20}(\.[0-9]{1,20})?([eE][+-]?[0-9]{1,3})?")


def clamp_wait_s(wait_s: float) -> float:
    """Return `wait_s` within 1..120 s; the default for what is no number."""
    if isinstance(wait_s, float) and math.isnan(wait_s):
        return DEFAULT_WAIT_S
    return min(max(wait_s, SHORTEST_WAIT_S), LONGEST_WAIT_S)


def read_told_wait_s(told: JsonValue) -> float:
    """Return the seconds (1..120) that a field of a body asks for: a number, or a text as in the header.

    For anything else: 5.
    """
    if isinstance(told, int | float) and not isinstance(told, bool):
        return clamp_wait_s(told)
    return read_retry_after_s(told if isinstance(told, str) else None)


def read_retry_after_s(header: str | None, now: datetime | None = None) -> float:
    """Return the seconds that a Retry-After header (seconds or an HTTP date) asks for, within 1..120.

    Without a header, or with one that cannot be read: 5. *Source:* RFC 9110, section 10.2.3.
    """
    text = (header or "").strip()
    if _NUMBER.fullmatch(text):
        return clamp_wait_s(float(text))
    try:
        moment = parsedate_to_datetime(text)
    except ValueError:
        return DEFAULT_WAIT_S
    # "-0000" parses to a time without a zone; HTTP dates are always UTC.
    moment = moment if moment.tzinfo is not None else moment.replace(tzinfo=UTC)
    return clamp_wait_s((moment - (now or datetime.now(UTC))).total_seconds())
