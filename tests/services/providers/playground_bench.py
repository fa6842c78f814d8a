"""Members of the contract over the playground's stand-ins: what all of them script alike.

    async with open_stand_ins() as stand_ins, aiohttp.ClientSession() as session, open_inbox() as inbox:
        provider = FalProvider(...)
        order = replace(ORDER, webhook_url=inbox.url)
        yield bench_over(Side(stand_ins, "fal", ...), provider, order, session, inbox)

A `Side` says which requests are submits, looks at the status and fetches of pictures, and what only its vendor can be
scripted to say.
"""

from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from typing import Any

import aiohttp
from aiohttp import web

from playground.providers.app import StandIns, open_stand_ins
from services.http import fetch_bytes
from services.providers.base import Finished, Handle, PaintOrder, Provider
from tests.services.loopback import nobody_at, serve
from tests.services.providers.bench import MOST_FETCHED_BYTES, RETRY_AFTER_S, Bench, Situation
from tests.waiting import until

Match = Mapping[str, str]
Step = Mapping[str, Any]

HALFWAY = 0.5
HUGE: Step = {"filler_bytes": MOST_FETCHED_BYTES + 1024 * 1024}
HTML: Step = {"status": 200, "body": "<html><h1>Bad gateway</h1></html>", "headers": {}}

BUSY: Mapping[Situation, Mapping[str, str]] = {
    Situation.BUSY: {"Retry-After": str(RETRY_AFTER_S)},
    Situation.BUSY_SILENT: {},
    Situation.BUSY_FOREVER: {"Retry-After": "86400"},
}
AFTER_SUBMIT: Mapping[Situation, Step] = {
    Situation.SUBMIT_500: {"status": 500, "body": {"detail": "Internal Server Error"}},
    Situation.GARBAGE: {"status": 200, "body": '{"id": "half of'},
    Situation.HTML: HTML,
    Situation.CUT: {"cut_after": 10},
    Situation.OVERSIZE: HUGE,
    Situation.UNKNOWN: {"never": True},
}
AT_STATUS: Mapping[Situation, Step] = {
    Situation.STATUS_BROKEN_THEN_FINE: {"status": 500, "body": {"detail": "Internal Server Error"}},
    Situation.STATUS_BUSY: {"status": 429, "body": {"detail": "busy"}},
    Situation.STATUS_HTML: HTML,
    Situation.STATUS_CUT: {"after": True, "cut_after": 10},
    Situation.STATUS_OVERSIZE: HUGE,
    Situation.STATUS_NEVER: {"never": True},
}
AT_PICTURE: Mapping[Situation, Step] = {
    Situation.PICTURE_CUT: {"after": True, "cut_after": 100},
    Situation.PICTURE_OVERSIZE: HUGE,
}
NEEDS_A_LIMIT = frozenset({Situation.UNKNOWN, Situation.STATUS_NEVER})
"""What only a limit of ours ends. Elsewhere there is none: a slow machine would pass for a slow vendor."""

OF_EVERY_LINE = frozenset(
    {
        *(
            Situation.SUCCESS,
            Situation.SLOW,
            Situation.LATE_CANCEL,
            Situation.WEBHOOK,
            Situation.EXPIRED_LINK,
        ),
        *(*BUSY, Situation.BUSY_DATE, *AFTER_SUBMIT, *AT_STATUS, *AT_PICTURE),
    }
)
"""Every situation that needs no word of the vendor's own, for a vendor with a line, webhooks and links."""


@dataclass(slots=True)
class Inbox:
    """Where the stand-ins call back, and what came: bodies and headers."""

    url: str = ""
    calls: list[tuple[bytes, Mapping[str, str]]] = field(default_factory=list)

    async def take(self, request: web.Request) -> web.StreamResponse:
        """Keep one call."""
        self.calls.append(
            (await request.read(), {name.lower(): text for name, text in request.headers.items()})
        )
        return web.Response()

    async def call_of(self, handle: Handle) -> tuple[bytes, Mapping[str, str]]:
        """Wait for the call about an order."""
        remote_id = handle.remote_id.encode()
        await until(lambda: any(remote_id in body for body, _ in self.calls))
        return next((body, headers) for body, headers in self.calls if remote_id in body)


@asynccontextmanager
async def gone_stand_ins() -> AsyncIterator[StandIns]:
    """Give stand-ins that have gone: whoever calls them is refused."""
    async with open_stand_ins() as stand_ins:
        pass
    with nobody_at(stand_ins.origin):
        yield stand_ins


@asynccontextmanager
async def open_inbox() -> AsyncIterator[Inbox]:
    """Serve an inbox on this machine for as long as the block runs."""
    inbox = Inbox()
    async with serve(inbox.take) as url:
        inbox.url = f"{url}/hooks/any/1.mac"
        yield inbox


@dataclass(frozen=True, slots=True)
class Side:
    """The other side. `own` are the vendor's own answers; `lose_patience` gives the adapter short time limits.

    `lifetime_s` is after how many seconds a picture's link has certainly ended.
    """

    stand_ins: StandIns
    name: str
    submit: Match
    status: Match
    picture: Match
    own: Mapping[Situation, Sequence[tuple[Match, Step]]]
    lose_patience: Callable[[], None]
    lifetime_s: float = 30 * 86_400.0

    def arrange(self, situation: Situation) -> None:
        """Bring a situation about."""
        if situation in NEEDS_A_LIMIT:
            self.lose_patience()
        if situation is Situation.SLOW:
            self.stand_ins.hold(HALFWAY, self.name)
        if situation is Situation.EXPIRED_LINK:
            self.stand_ins.advance_clock(self.lifetime_s)
        for match, step in self.own.get(situation) or self._usual(situation):
            self.stand_ins.script(self.name, [step], match)

    def _usual(self, situation: Situation) -> Sequence[tuple[Match, Step]]:
        if situation in AFTER_SUBMIT:
            return ((self.submit, {**AFTER_SUBMIT[situation], "after": True}),)
        if situation in AT_STATUS:
            return ((self.status, AT_STATUS[situation]),)
        if situation in AT_PICTURE:
            return ((self.picture, AT_PICTURE[situation]),)
        headers = _retry_after(situation)
        return () if headers is None else ((self.submit, {"status": 429, "body": {}, "headers": headers}),)

    def paid(self) -> int:
        """Return how many orders were charged."""
        return sum(call["paid"] for call in self.stand_ins.calls(self.name))

    def release(self) -> None:
        """Let go of what was held back."""
        self.stand_ins.hold(None, self.name)


def _retry_after(situation: Situation) -> Mapping[str, str] | None:
    """Return the headers of a busy answer, None for a situation that has none."""
    if situation is Situation.BUSY_DATE:
        return {"Retry-After": format_datetime(datetime.now(UTC) + timedelta(seconds=90), usegmt=True)}
    return BUSY.get(situation)


def bench_over(
    side: Side, provider: Provider, order: PaintOrder, session: aiohttp.ClientSession, inbox: Inbox
) -> Bench:
    """Return the bench of an adapter before its stand-in; `order` names the inbox as its webhook."""

    async def fetch(finished: Finished) -> bytes:
        picture = finished.picture
        if picture.data is not None:
            return picture.data
        assert picture.url is not None
        return await fetch_bytes(session, picture.url, provider.may_fetch, max_bytes=MOST_FETCHED_BYTES)

    return Bench(provider, order, side.arrange, fetch, inbox.call_of, side.paid, side.release)
