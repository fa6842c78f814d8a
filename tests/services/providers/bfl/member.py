"""Black Forest Labs' place in the shared contract: how each situation comes about at its stand-in.

It cannot cancel, it moderates after it has accepted, its webhooks are not signed and its orders are not repeatable:
those situations are left out.
"""

import json
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from itertools import count
from typing import Any, Final

import aiohttp

from playground.providers.app import StandIns, open_stand_ins
from playground.providers.bfl import Bfl
from playground.providers.bfl_fields import breach
from playground.providers.bfl_tasks import webhook_body
from services.http import fetch_bytes
from services.providers.base import Finished, Handle, PaintOrder
from services.providers.bfl.adapter import BflProvider
from tests.services.providers.bench import MOST_FETCHED_BYTES, RETRY_AFTER_S, Bench, Member, Situation
from tests.services.providers.bfl.models import CATALOG
from tests.services.providers.playground_bench import gone_stand_ins
from tests.services.providers.scripted import IMPATIENT, PATIENT
from tests.services.sessions import local_session
from tests.waiting import until

SUBMIT: Final = {"method": "POST"}
STATUS: Final = {"path_regex": "get_result"}
PICTURE: Final = {"path_regex": "^/results/"}

Step = dict[str, Any]


def _refused(status: int, detail: object, **headers: str) -> Step:
    return {"status": status, "body": {"detail": detail}, "headers": headers}


def _task(status: str, **more: object) -> Step:
    return {"status": 200, "body": {"id": "any", "status": status, "result": None, **more}}


_REASONS: Final = {"Moderation Reasons": ["Sexual Content"]}
_TOO_WIDE: Final = breach(
    "width", "less_than_equal", "Input should be less than or equal to 1440", 2000, le=1440
)

SCRIPTS: Final[Mapping[Situation, tuple[Mapping[str, str], Step]]] = {
    Situation.BUSY: (SUBMIT, _refused(429, "Too many", **{"Retry-After": str(RETRY_AFTER_S)})),
    Situation.BUSY_SILENT: (SUBMIT, _refused(429, "Too many")),
    Situation.BUSY_FOREVER: (SUBMIT, _refused(429, "Too many", **{"Retry-After": "86400"})),
    Situation.BUSY_IN_BODY: (
        SUBMIT,
        {"status": 429, "body": {"error": "busy", "retry_after": RETRY_AFTER_S}},
    ),
    Situation.BROKEN_THEN_FINE: (SUBMIT, _refused(503, "Service Unavailable")),
    Situation.MODEL_GONE: (SUBMIT, _refused(404, "Not Found")),
    Situation.BAD_OPTION: (SUBMIT, _refused(422, [_TOO_WIDE])),
    Situation.SUBMIT_500: (SUBMIT, {"after": True, **_refused(500, "Internal Server Error")}),
    Situation.GARBAGE: (SUBMIT, {"after": True, "status": 200, "body": '{"id": "ha'}),
    Situation.HTML: (SUBMIT, {"after": True, "status": 200, "body": "<html>hello</html>"}),
    Situation.CUT: (SUBMIT, {"after": True, "cut_after": 10}),
    Situation.OVERSIZE: (SUBMIT, {"after": True, "filler_bytes": 16 * 1024 * 1024}),
    Situation.UNKNOWN: (SUBMIT, {"after": True, "never": True}),
    Situation.FAILED_RUN: (STATUS, _task("Error", details={"error": "Generation failed"})),
    Situation.MODERATED_INPUT: (STATUS, _task("Request Moderated", details=_REASONS)),
    Situation.WITHHELD: (STATUS, _task("Content Moderated", details=_REASONS)),
    Situation.LOST: (STATUS, _task("Task not found")),
    Situation.STRANGE_STATUS: (STATUS, _task("Daydreaming")),
    Situation.STATUS_BROKEN_THEN_FINE: (STATUS, _refused(500, "Internal Server Error")),
    Situation.STATUS_BUSY: (STATUS, _refused(429, "Too many")),
    Situation.STATUS_HTML: (STATUS, {"status": 200, "body": "<html>hello</html>"}),
    Situation.STATUS_CUT: (STATUS, {"after": True, "cut_after": 10}),
    Situation.STATUS_OVERSIZE: (STATUS, {"filler_bytes": 16 * 1024 * 1024}),
    Situation.STATUS_NEVER: (STATUS, {"never": True}),
    Situation.PICTURE_CUT: (PICTURE, {"after": True, "cut_after": 100}),
    Situation.PICTURE_OVERSIZE: (PICTURE, {"filler_bytes": MOST_FETCHED_BYTES + 1}),
}

NEEDS_A_LIMIT: Final = frozenset({Situation.UNKNOWN, Situation.STATUS_NEVER})
ELSEWHERE: Final = frozenset(
    {
        Situation.SUCCESS,
        Situation.SLOW,
        Situation.LATE_CANCEL,
        Situation.BUSY_DATE,
        Situation.REFUSED_KEY,
        Situation.NO_BALANCE,
        Situation.EXPIRED_LINK,
        Situation.WEBHOOK,
    }
)
"""Situations that come about without a script, or with one that is made when it is needed."""


def bfl_bench(stand_ins: StandIns, session: aiohttp.ClientSession) -> Bench:
    """Return the provider over its stand-in. Its clock runs fast: an order unknown at its first look is lost."""
    announced = stand_ins.announcement["bfl"]
    now_s = count(1_800_000_000, 1_000).__next__
    provider = BflProvider(session, announced["url"], announced["key"], CATALOG, PATIENT, now_s)
    vendor = stand_ins.vendors["bfl"]
    assert isinstance(vendor, Bfl)

    def arrange(situation: Situation) -> None:
        if situation in NEEDS_A_LIMIT:
            # The provider is frozen: what a limit ends is the only thing that differs from one opened with it.
            object.__setattr__(provider, "timeouts", IMPATIENT)
        if situation in SCRIPTS:
            match, step = SCRIPTS[situation]
            stand_ins.script("bfl", [step], match)
        match situation:
            case Situation.SLOW:
                stand_ins.hold(0.5, "bfl")
            case Situation.BUSY_DATE:
                date = format_datetime(datetime.now(UTC) + timedelta(seconds=90), usegmt=True)
                stand_ins.script("bfl", [_refused(429, "Too many", **{"Retry-After": date})], SUBMIT)
            case Situation.REFUSED_KEY:
                stand_ins.desk("bfl").keys.discard(provider.key)
            case Situation.NO_BALANCE:
                vendor.credits[provider.key] = 0
            case Situation.EXPIRED_LINK:
                stand_ins.advance_clock(601)

    async def fetch(result: Finished) -> bytes:
        return await fetch_bytes(
            session, result.picture.url or "", provider.may_fetch, max_bytes=MOST_FETCHED_BYTES
        )

    async def call_back(handle: Handle) -> tuple[bytes, Mapping[str, str]]:
        task = vendor.tasks[handle.remote_id]
        await until(lambda: task.status)
        return json.dumps(webhook_body(task, stand_ins.desk("bfl").now_s())).encode(), {}

    return Bench(
        provider,
        PaintOrder("bfl/flux-pro-1.1", "flux-pro-1.1", "a face", 42, {"width": 256, "height": 256}),
        arrange,
        fetch,
        call_back,
        paid=lambda: sum(call["paid"] for call in stand_ins.calls("bfl")),
        release=lambda: stand_ins.hold(None, "bfl"),
    )


@asynccontextmanager
async def open_bfl() -> AsyncIterator[Bench]:
    async with open_stand_ins() as stand_ins, local_session() as session:
        yield bfl_bench(stand_ins, session)


@asynccontextmanager
async def open_bfl_unreachable() -> AsyncIterator[Bench]:
    """The same provider after its server has gone."""
    async with gone_stand_ins() as stand_ins, local_session() as session:
        yield bfl_bench(stand_ins, session)


BFL_MEMBERS: Final = (
    Member("bfl", open_bfl, frozenset(SCRIPTS) | ELSEWHERE),
    Member("bfl, its server gone", open_bfl_unreachable, frozenset({Situation.UNREACHABLE})),
)
