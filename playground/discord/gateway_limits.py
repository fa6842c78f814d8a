"""The gateway's figures, and the counting of IDENTIFYs: at most so many a day, and one a shard at a time.

*Source:* Discord's "Gateway", sections "Identifying", "Sharding", "Max Concurrency" and "Rate Limiting". Not
published and therefore ours: how long a late heartbeat is waited for, the replay's length, how long a session waits to
be resumed ("a few minutes"), the backlog.
"""

from dataclasses import dataclass

DAY_S = 86_400.0
LENIENT_CONCURRENCY = 16
GUILDS_PER_ADVISED_SHARD = 1_000  # Discord does not say how it counts; large bots report about this


@dataclass(frozen=True, slots=True)
class GatewayLimits:
    """What a gateway allows. A heartbeat that is late by so many intervals is asked for, and then given up.

    `max_concurrency` None announces 16 and lets every IDENTIFY in at once: with the real rule, one IDENTIFY in
    `identify_window_s` for each `shard_id % max_concurrency`, a bot that was killed and started again would
    wait five seconds, and so would every test that does that. A number (Discord gives most bots 1) applies the rule.
    """

    heartbeat_ms: int = 41_250
    asked_after: float = 1.5
    given_up_after: float = 2.0
    max_concurrency: int | None = None
    identify_window_s: float = 5.0
    identifies_per_day: int = 1_000
    guilds_per_shard: int = 2_500
    sends_per_minute: int = 120
    replay_events: int = 1_000
    resumable_s: float = 180.0
    backlog_bytes: int = 32 * 1024 * 1024


@dataclass(slots=True)
class _Day:
    start_s: float
    used: int = 0


class SessionStarts:
    """Counts the IDENTIFYs that started a session, in days of the clock that begin with the first one."""

    def __init__(self) -> None:
        self._days: dict[str, _Day] = {}
        self._latest_s: dict[tuple[str, int], float] = {}

    def used(self, application_id: str, now_s: float) -> tuple[int, float]:
        """Return how many sessions were started in this day, and in how many seconds it ends (0 before the first)."""
        day = self._days.get(application_id)
        if day is None or now_s - day.start_s >= DAY_S:
            return 0, 0.0
        return day.used, day.start_s + DAY_S - now_s

    def is_too_soon(self, application_id: str, shard_id: int, now_s: float, limits: GatewayLimits) -> bool:
        """Say whether the shard's bucket (`shard_id % max_concurrency`) was used within the window."""
        if limits.max_concurrency is None:
            return False
        latest_s = self._latest_s.get((application_id, shard_id % limits.max_concurrency))
        return latest_s is not None and now_s - latest_s < limits.identify_window_s

    def count(self, application_id: str, shard_id: int, now_s: float, limits: GatewayLimits) -> None:
        """Note the start of a session."""
        if self.used(application_id, now_s)[0] == 0:
            self._days[application_id] = _Day(now_s)
        self._days[application_id].used += 1
        self._latest_s[application_id, shard_id % (limits.max_concurrency or LENIENT_CONCURRENCY)] = now_s
