"""Faults that are switched on for a number of times or a span of time."""

import time
from collections import Counter
from dataclasses import dataclass, field

KINDS = (
    "drop", "zombie", "op7", "op9", "close", "429_user", "429_global", "429_shared", "429_cloudflare",
    "500", "accept_then_500", "cdn_slow", "cdn_cut", "cdn_expired", "deny",
)  # fmt: skip
GATEWAY_KINDS = frozenset({"drop", "zombie", "op7", "op9", "close"})


@dataclass(slots=True)
class Fault:
    """One fault: `count` times, until `ends_s` (real seconds, monotonic), or whichever of both comes first.

    `route` and `user_id` narrow it down; of what is left each `every`-th is struck.
    """

    kind: str
    count: int | None = 1
    ends_s: float | None = None
    route: str | None = None
    user_id: str | None = None
    every: int = 1
    passed: int = 0
    """How many fitting requests came since the last one that it struck."""

    def fits(self, kinds: tuple[str, ...], route: str, users: frozenset[str]) -> bool:
        """Say whether this fault strikes there."""
        return (
            self.kind in kinds
            and (self.route is None or self.route in route)
            and (self.user_id is None or self.user_id in users)
        )

    def is_its_turn(self) -> bool:
        """Count a fitting request, and say whether it is struck."""
        self.passed = (self.passed + 1) % self.every
        return self.passed == 0

    def is_over(self, now_s: float) -> bool:
        """Say whether it has struck often or long enough."""
        return (self.count is not None and self.count <= 0) or (
            self.ends_s is not None and self.ends_s <= now_s
        )


@dataclass(slots=True)
class Chaos:
    """The faults that are switched on."""

    faults: list[Fault] = field(default_factory=list)
    struck: Counter[str] = field(default_factory=Counter)
    """How often each kind has struck since the start."""
    asked: int = 0
    """How many requests came while something was switched on."""

    def add(
        self,
        kind: str,
        *,
        count: int | None,
        for_s: float | None,
        route: str | None,
        user_id: str | None,
        every: int | None = None,
    ) -> None:
        """Switch a fault on: `count` times, for `for_s` seconds at most, or once when neither is given.

        With `every` it strikes each so-many-th request that fits, without an end where none is given.
        """
        ends_s = None if for_s is None else time.monotonic() + for_s
        if count is None and for_s is None and every is None:
            count = 1
        self.faults.append(Fault(kind, count, ends_s, route, user_id, every or 1))

    def active(self) -> list[Fault]:
        """Return the faults that may still strike, and forget the others."""
        now_s = time.monotonic()
        self.faults = [fault for fault in self.faults if not fault.is_over(now_s)]
        return self.faults

    def strike(self, *kinds: str, route: str = "", users: frozenset[str] = frozenset()) -> str | None:
        """Return the kind of the first fault that strikes here, and count it; `users` are whom the request is for."""
        self.asked += bool(self.faults)
        for fault in self.active() if self.faults else ():
            if fault.fits(kinds, route, users) and fault.is_its_turn():
                if fault.count is not None:
                    fault.count -= 1
                self.struck[fault.kind] += 1
                return fault.kind
        return None

    def reset(self) -> None:
        """Switch everything off."""
        self.faults.clear()
