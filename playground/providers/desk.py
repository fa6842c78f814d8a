"""What one vendor's stand-in works with: a key, a clock, a painter, addresses for pictures, a way to call back.

A vendor is a module `playground/providers/NAME.py` with `open_NAME(desk) -> Vendor`; `app.py` has the list.
"""

import asyncio
import contextlib
import functools
import logging
import uuid
from collections.abc import Coroutine, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

import aiohttp
from aiohttp import web
from yarl import URL

from playground.discord.clock import Clock
from playground.providers.calls import CALL, Call
from playground.providers.links import Kept, Links, new_name
from playground.providers.pace import Pace, Work
from playground.providers.pictures import Picture, enlarged, paint, plain
from playground.providers.webhooks import Order, Webhooks

TRICKS = ("moderated", "nsfw", "noface", "slow", "broken", "gone")
"""Words that a prompt may hold in brackets, `[moderated]`, to see what a vendor answers; the same everywhere."""

SLOW_S = 20.0
"""How long an order with `[slow]` takes."""

LARGEST_REFERENCE = 60 * 1024 * 1024

log = logging.getLogger(__name__)


_painted = functools.lru_cache(maxsize=32)(paint)
"""Painting takes a fifth of a second, and load is the same few pictures again and again."""


def trick_in(prompt: str) -> str:
    """Return the first of `TRICKS` that stands in brackets in a prompt, "" for none."""
    return next((trick for trick in TRICKS if f"[{trick}]" in prompt.lower()), "")


class Vendor(Protocol):
    """One vendor's stand-in."""

    def routes(self) -> list[web.RouteDef]:
        """Return its routes on the front port; paths are relative to `/NAME` there ("/v1/models" for OpenAI)."""
        ...

    def apps(self) -> Mapping[str, web.Application]:
        """Return further hosts, each an application on a port of its own; {} for most."""
        ...

    def set_origins(self, origins: Mapping[str, str]) -> None:
        """Take the addresses of those hosts, "http://127.0.0.1:Q" by name; called once, after they listen."""
        ...

    def signed(self, order_id: str, body: bytes, fault: str) -> Mapping[str, str]:
        """Return a webhook's headers; `fault` is "", "forge" (bad signature), "other_key" or "stale"."""
        ...

    def reset(self) -> None:
        """Forget every order."""
        ...


@dataclass(slots=True)
class Desk:
    """What one vendor's stand-in works with; made by `app.py`, one a vendor."""

    provider: str
    key: str
    origin: str
    clock: Clock
    pace: Pace
    links: Links
    webhooks: Webhooks
    session: aiohttp.ClientSession
    keys: set[str] = field(default_factory=set)
    plain_px: int | None = None
    """Paints plain squares with sides of so many px: under load the pictures are not what is looked at."""
    _tasks: set[asyncio.Task[None]] = field(default_factory=set)
    # More threads than that only keep the loop from answering.
    _brush: asyncio.Semaphore = field(default_factory=lambda: asyncio.Semaphore(2))

    def __post_init__(self) -> None:
        self.keys.add(self.key)

    @property
    def pace_s(self) -> float:
        """Return how long an order takes, in seconds."""
        return self.pace.seconds

    def is_good_key(self, key: str) -> bool:
        """Say whether that key is the vendor's own or one that was added by the control interface."""
        return key in self.keys

    def now_s(self) -> float:
        """Return seconds since 1970 plus what the control interface advanced; links end by it."""
        return self.clock.now_s()

    def new_id(self) -> str:
        """Return a new id as text (UUID 4)."""
        return str(uuid.uuid4())

    def begin(self, prompt: str = "") -> Work:
        """Start the time of an order; it says how much of it is over, and waits for its end."""
        return Work(self.pace, SLOW_S if trick_in(prompt) == "slow" else None)

    async def paint(
        self,
        *,
        prompt: str,
        seed: int,
        references: Sequence[bytes] = (),
        width: int,
        height: int,
        file_format: str = "jpeg",
        label: str,
        shows_seed: bool = True,
    ) -> bytes:
        """Return a picture (jpeg, png, webp): same arguments, same bytes. `label` names the model.

        `shows_seed` is False for a vendor that has none.
        """
        picture = Picture(prompt, seed, tuple(references), width, height, file_format, label, shows_seed)
        if self.plain_px is not None:
            return await asyncio.to_thread(plain, picture, self.plain_px)
        return await asyncio.to_thread(_painted, picture)

    async def enlarge(
        self, data: bytes, width: int, height: int, *, file_format: str = "png", label: str
    ) -> bytes:
        """Return a picture in another size, for upscalers; with the same band as the painted ones."""
        async with self._brush:
            return await asyncio.to_thread(enlarged, data, width, height, file_format, label)

    def keep_picture(
        self,
        data: bytes,
        content_type: str,
        *,
        lives_s: float | None,
        base: str | None = None,
        path: str = "/pictures",
        name: str | None = None,
        gone_status: int = 404,
    ) -> str:
        """Keep a picture and return its address, which answers `gone_status` after `lives_s` seconds (None: never).

        On the front port (`base` None) it is served at once, below this vendor's name. On a host of the vendor's own
        (`base` is its origin) that host's application needs a route which ends in `serve_picture`. `name` is the last
        part of the address where the vendor has named it before the bytes came.
        """
        chosen = name or new_name(content_type.rpartition("/")[2])
        dies_s = None if lives_s is None else self.now_s() + lives_s
        self.links.keep(chosen, Kept(data, content_type, dies_s, gone_status))
        return f"{base or f'{self.origin}/{self.provider}'}{path}/{chosen}"

    async def serve_picture(self, request: web.Request) -> web.Response:
        """Answer a GET whose path ends with the name of a kept picture; 404 where there is none."""
        return await self.links.serve(request)

    async def fetch(self, address: str) -> bytes | None:
        """Return what lies behind an address: of our own pictures, or of this machine. None: not to be had.

        Nothing outside of this machine is asked: a stand-in works offline.
        """
        kept = self.links.data_of(address)
        if kept is not None or not _is_here(address):
            return kept
        with contextlib.suppress(aiohttp.ClientError, TimeoutError):
            async with self.session.get(address, timeout=aiohttp.ClientTimeout(total=15)) as answer:
                return await answer.content.read(LARGEST_REFERENCE) if answer.status == 200 else None
        return None

    def mark_paid(self, request: web.Request) -> None:
        """Note that this request made the vendor charge; also long after it was answered."""
        call: Call = request[CALL]
        call.paid = True

    def spawn(self, work: Coroutine[Any, Any, None]) -> asyncio.Task[None]:
        """Run something beside the requests; it ends with the stand-ins, or with a reset."""
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._ended)
        return task

    def _ended(self, task: asyncio.Task[None]) -> None:
        self._tasks.discard(task)
        if not task.cancelled() and (error := task.exception()) is not None:
            log.error("an order of the %s stand-in broke", self.provider, exc_info=error)

    def call_back(
        self, *, order_id: str, url: str, body: bytes, headers: Mapping[str, str], retries: int = 0
    ) -> None:
        """Send a webhook beside the requests, as the control interface wants it (lost, late, forged, repeated).

        `retries` is how often the vendor tries again after anything but a 2xx or 3xx.
        """
        self.webhooks.due(Order(self.provider, order_id, url, body, headers, retries))

    async def stop(self) -> None:
        """End everything that was spawned."""
        tasks = tuple(self._tasks)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


def _is_here(address: str) -> bool:
    try:
        url = URL(address)
    except ValueError:
        return False
    return url.scheme == "http" and url.host in ("127.0.0.1", "localhost", "::1")
