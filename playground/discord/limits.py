"""Rate limits as Discord announces them: a bucket a route and major parameter, and 50 requests a second a bot.

Figures are what client libraries observe; Discord does not publish them and tells clients to read the headers.
Interaction callbacks carry no bucket headers and count towards nothing.
*Source:* Discord's "Rate Limits", also for the ban after too many invalid requests.
"""

import hashlib
import math
import time
from collections.abc import Mapping
from dataclasses import dataclass, field

from playground.discord.errors import Json

GLOBAL_PER_S = 50
SWEEP_AT = 1_000
INVALID_STATUSES = frozenset({401, 403, 429})
INVALID_PER_WINDOW = 10_000
INVALID_WINDOW_S = 600.0

# route name: (requests, window in seconds); the rest goes by DEFAULT
BUCKETS: Mapping[str, tuple[int, float]] = {
    "create_message": (5, 5.0),
    "edit_message": (5, 5.0),
    "delete_message": (5, 1.0),
    "react": (1, 0.25),
    "webhook": (5, 2.0),
    "commands": (20, 20.0),
}
DEFAULT = (50, 1.0)


MESSAGES = {"shared": "The resource is being rate limited."}


class RateLimitedError(Exception):
    """Too many requests: answer 429 with these headers and this body; `scope` is user, global or shared."""

    def __init__(self, retry_after_s: float, scope: str, headers: Mapping[str, str] | None = None) -> None:
        self.body: Json = {
            "message": MESSAGES.get(scope, "You are being rate limited."),
            "retry_after": round(retry_after_s, 3),
            "global": scope == "global",
        }
        # without Via, discord.py takes a 429 for a ban by Cloudflare and does not retry
        self.headers = {
            **(headers or {}),
            "Via": "1.1 local",
            "Retry-After": str(math.ceil(retry_after_s)),
            "X-RateLimit-Scope": scope,
        }
        if scope == "global":
            self.headers["X-RateLimit-Global"] = "true"
        super().__init__(scope)


class BannedError(Exception):
    """The address is shut out: answer 429 as Cloudflare does, before Discord hears of the request."""

    def __init__(self, ban_s: float) -> None:
        self.text = "error code: 1015"
        self.headers = {"Retry-After": str(math.ceil(ban_s))}
        super().__init__(self.text)


@dataclass(slots=True)
class Window:
    """Requests counted since `start_s` (monotonic) for `span_s` seconds."""

    start_s: float
    span_s: float
    used: int = 0


@dataclass(slots=True)
class Limits:
    """All buckets; from `sweep_at` on, those whose window is over are forgotten once a second."""

    sweep_at: int = SWEEP_AT

    windows: dict[tuple[str, str], Window] = field(default_factory=dict)
    swept_s: float = 0.0
    invalid: Window = field(default_factory=lambda: Window(time.monotonic(), INVALID_WINDOW_S))

    def take(self, who: str, method: str, bucket: str, major: str) -> dict[str, str]:
        """Count a request and return the headers; raises `RateLimitedError`."""
        most, span_s = BUCKETS.get(bucket, DEFAULT)
        window, now_s = self._window((f"{method} {bucket}", f"{who}:{major}"), span_s)
        window.used += 1
        headers = _headers(
            f"{method} {bucket}", most, max(0, most - window.used), window.start_s + span_s - now_s
        )
        if window.used > most:
            raise RateLimitedError(window.start_s + span_s - now_s, "user", headers)
        return headers

    def take_global(self, who: str) -> None:
        """Count a request of a bot towards its 50 a second; raises `RateLimitedError`."""
        window, now_s = self._window(("global", who), 1.0)
        window.used += 1
        if window.used > GLOBAL_PER_S:
            raise RateLimitedError(window.start_s + 1.0 - now_s, "global")

    def note_answer(self, status: int, scope: str | None) -> None:
        """Count an answer that Discord holds against an address: 401, 403, and 429 unless it is shared."""
        if status in INVALID_STATUSES and scope != "shared":
            self._invalid().used += 1

    def ban_s(self) -> float:
        """Return for how many seconds the address is shut out, 0 when it is not."""
        window = self._invalid()
        over_s = window.start_s + INVALID_WINDOW_S - time.monotonic()
        return over_s if window.used >= INVALID_PER_WINDOW else 0.0

    def _invalid(self) -> Window:
        if time.monotonic() - self.invalid.start_s >= INVALID_WINDOW_S:
            self.invalid = Window(time.monotonic(), INVALID_WINDOW_S)
        return self.invalid

    def _window(self, key: tuple[str, str], span_s: float) -> tuple[Window, float]:
        now_s = time.monotonic()
        window = self.windows.get(key)
        if window is None or now_s - window.start_s >= span_s:
            if len(self.windows) >= self.sweep_at and now_s - self.swept_s > 1.0:
                self._sweep(now_s)
            window = self.windows[key] = Window(now_s, span_s)
        return window, now_s

    def _sweep(self, now_s: float) -> None:
        self.swept_s = now_s
        self.windows = {key: one for key, one in self.windows.items() if now_s - one.start_s < one.span_s}


def _headers(bucket: str, most: int, left: int, reset_after_s: float) -> dict[str, str]:
    return {
        "X-RateLimit-Limit": str(most),
        "X-RateLimit-Remaining": str(left),
        "X-RateLimit-Reset": f"{time.time() + reset_after_s:.3f}",
        "X-RateLimit-Reset-After": f"{reset_after_s:.3f}",
        "X-RateLimit-Bucket": hashlib.md5(bucket.encode(), usedforsecurity=False).hexdigest(),
    }
