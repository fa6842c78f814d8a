"""The brake before everything that leaves for Discord: nothing is asked while Discord wants this process to be quiet.

discord.py waits bucket by bucket, and each interaction's webhook is one of its own there: a global limit, a ban of this
address or a token that was reset is met by every result that waits, five times each. An address that was answered 401,
403 or 429 too often is banned, with all its bots.
Source: Discord, "Rate Limits", "Invalid Request Limit": 10,000 such answers in 10 minutes, 429 of scope "shared" aside.
"""

import asyncio
import contextlib
import logging
import math
import time
from collections.abc import Callable
from typing import Final
from weakref import WeakKeyDictionary

import aiohttp
import discord
from yarl import URL

from cogs._once import check_once

FIRST_PAUSE_S: Final = 1.0
LONGEST_PAUSE_S: Final = 900.0
"""Pauses double from the first to the longest for as long as each request after one is refused as well."""
LONGEST_WAIT_S: Final = 5.0
"""Who asks while the brake is on waits so long at most."""
LONGEST_TRIAL_S: Final = 5.0
"""A trial that is not answered by then lets the next one try: an upload may take much longer, or hang."""
LONGEST_BELIEVED_S: Final = 24 * 3600.0
MOST_INVALID: Final = 1_000
"""A tenth of what Discord bans for, as other processes may have the same address."""
WINDOW_S: Final = 600.0

_INVALID: Final = frozenset({401, 403, 429})

_logger = logging.getLogger(__name__)


class Stop:
    """One reason to be quiet: until when, and then the request that finds out whether it is over."""

    def __init__(self, now_s: Callable[[], float]) -> None:
        self._now_s = now_s
        self._until_s = 0.0
        self._pauses = 0
        self._trials: set[object] = set()
        self._trial_until_s = 0.0
        self._over = asyncio.Event()
        self._over.set()

    @property
    def is_shut(self) -> bool:
        """Return whether a request would have to wait now."""
        return not self._over.is_set() and self._closed_s() > 0

    async def enter(self, request: object) -> None:
        """Let a request through, as the trial where one is due. Raises RateLimited where that takes too long."""
        if self._over.is_set():
            return
        loop = asyncio.get_running_loop()
        ends_s = loop.time() + LONGEST_WAIT_S
        while self.is_shut and self._left_s() <= LONGEST_WAIT_S and loop.time() < ends_s:
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout_at(min(ends_s, loop.time() + self._closed_s())):
                    await self._over.wait()
        if self.is_shut:
            raise discord.RateLimited(max(self._left_s(), FIRST_PAUSE_S))
        if not self._over.is_set():
            self._trials.add(request)
            self._trial_until_s = self._now_s() + LONGEST_TRIAL_S

    def shut(self, request: object, pause_s: float, why: str) -> None:
        """Let nobody through for a while, longer after each trial that failed; `why` is for the log, once a pause."""
        if self._over.is_set() or request in self._trials:
            pause_s = max(pause_s, min(FIRST_PAUSE_S * 2**self._pauses, LONGEST_PAUSE_S))
            self._pauses += 1
            self._trials.clear()
            self._over.clear()
            _logger.warning("Discord %s: nothing is asked of it for %.0f s", why, pause_s)
        self._until_s = max(self._until_s, self._now_s() + pause_s)

    def leave(self, request: object, *, is_answered: bool) -> None:
        """Take note of the end of a request: where a trial was answered, everybody may pass."""
        if request in self._trials:
            self._trials.remove(request)
            if is_answered:
                self._trials.clear()
                self._pauses = 0
                self._over.set()

    def _closed_s(self) -> float:
        """Return for how long nobody may try, unless the trial under way is answered before."""
        trial_s = self._trial_until_s - self._now_s() if self._trials else 0.0
        return max(self._left_s(), trial_s)

    def _left_s(self) -> float:
        return max(0.0, self._until_s - self._now_s())


class Brake:
    """What every request of a client's session goes through. `now_s` only goes forward.

    The address, the bot's token and the webhooks of interactions have a stop each: a trial of one says nothing about
    another.
    """

    def __init__(self, now_s: Callable[[], float] = time.monotonic) -> None:
        self._now_s = now_s
        self._address, self._bot, self._hooks = Stop(now_s), Stop(now_s), Stop(now_s)
        self._window_s = now_s()
        self._invalid = 0

    def is_on(self, *, is_by_token: bool) -> bool:
        """Return whether a request would have to wait now, with the bot's token or by an interaction's webhook."""
        return any(stop.is_shut for stop in self._stops(is_by_token))

    async def __call__(
        self, request: aiohttp.ClientRequest, handler: aiohttp.ClientHandlerType
    ) -> aiohttp.ClientResponse:
        """Let a request through, and read its answer.

        Raises RateLimited where nothing may be asked now, DiscordServerError as `check_once` says.
        """
        if not _is_api(request.url):
            return await handler(request)
        is_by_token = "Authorization" in request.headers
        stops = self._stops(is_by_token) if _is_braked(request.url) else ()
        is_answered = False
        try:
            for stop in stops:
                await stop.enter(request)
            answer = await handler(request)
            if answer.status in _INVALID:
                self._read(request, answer, self._stops(is_by_token)[1], is_by_token=is_by_token)
            is_answered = True
        finally:
            for stop in stops:
                stop.leave(request, is_answered=is_answered)
        check_once(answer)
        return answer

    def _stops(self, is_by_token: bool) -> tuple[Stop, Stop]:
        return self._address, self._bot if is_by_token else self._hooks

    def _read(self, request: object, answer: aiohttp.ClientResponse, own: Stop, *, is_by_token: bool) -> None:
        """Shut what an answer is about. Raises RateLimited for one that discord.py would not survive."""
        self._count(request, answer)
        pause_s = _retry_after_s(answer)
        if answer.status == 429 and answer.content_type != "application/json":
            # Cloudflare says so, and not Discord: discord.py's webhooks would look for JSON in it.
            answer.close()
            # Anything between Discord and us may say so: one request finds out after the longest pause of our own.
            pause_s = min(pause_s, LONGEST_PAUSE_S)
            self._address.shut(request, pause_s, "has banned this address")
            raise discord.RateLimited(pause_s)
        if answer.status == 429 and "X-RateLimit-Global" in answer.headers:
            own.shut(request, pause_s, "has limited this bot as a whole")
            if is_by_token:
                # discord.py would hold up every request until it has slept, for ever where that sleep is cancelled.
                answer.close()
                raise discord.RateLimited(pause_s)
        elif answer.status == 401 and is_by_token:
            own.shut(request, pause_s, "does not accept DISCORD_TOKEN (set the bot's current one)")

    def _count(self, request: object, answer: aiohttp.ClientResponse) -> None:
        """Count what Discord holds against an address, and stop far below what it bans for."""
        if answer.headers.get("X-RateLimit-Scope") == "shared":
            return
        if self._now_s() - self._window_s >= WINDOW_S:
            self._window_s, self._invalid = self._now_s(), 0
        self._invalid += 1
        if self._invalid >= MOST_INVALID:
            left_s = self._window_s + WINDOW_S - self._now_s()
            self._address.shut(request, left_s, "has refused too many requests")


_brakes: Final[WeakKeyDictionary[discord.Client, Brake]] = WeakKeyDictionary()


def fit(client: discord.Client, brake: Brake) -> None:
    """Send every request of a client that is logged in through a brake, those of its interactions as well.

    discord.py makes its session by itself, and offers only traces: they cost a quarter of a request more (measured).
    """
    session = client.http._HTTPClient__session  # type: ignore[attr-defined] # noqa: SLF001 - as discord.py's own webhooks take it
    session._middlewares = (brake,)  # noqa: SLF001
    _brakes[client] = brake


def brake_of(client: discord.Client) -> Brake | None:
    """Return the brake of a client, None for one that was made without."""
    return _brakes.get(client)


def _is_api(url: URL) -> bool:
    """Tell whether an address is Discord's API, and neither its gateway nor a file."""
    return url.path.startswith("/api/")


def _is_braked(url: URL) -> bool:
    """Tell whether a request waits: an acknowledgement is due within 3 s, and there is one for what a person does.

    Source: Discord, "Rate Limits": "Interaction endpoints are not bound to the bot's Global Rate Limit".
    """
    return _is_api(url) and not url.path.endswith("/callback")


def _retry_after_s(answer: aiohttp.ClientResponse) -> float:
    """Return how long Discord asks to wait, in seconds; 0.0 where it does not say."""
    try:
        asked_s = float(answer.headers.get("Retry-After", "0"))
    except ValueError:
        return 0.0
    return min(max(asked_s, 0.0), LONGEST_BELIEVED_S) if math.isfinite(asked_s) else 0.0
