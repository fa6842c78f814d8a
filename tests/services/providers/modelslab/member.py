"""ModelsLab's place in the shared contract: the ordinary door, and the enterprise door with its own manners.

It cannot cancel, its webhooks are not signed and its orders are not repeatable: those situations are left out.
"""

from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import replace
from itertools import count
from typing import Final

import aiohttp

from playground.providers.app import StandIns, open_stand_ins
from services.images.pixels import PixelWork
from services.images.whole import unwrapped
from services.providers.base import Finished
from services.providers.modelslab.adapter import ModelsLabProvider
from tests.services.providers.bench import RETRY_AFTER_S, Bench, Member, Situation
from tests.services.providers.modelslab.bench import ENDPOINTS, ENTERPRISE, ORDINARY, order
from tests.services.providers.playground_bench import (
    OF_EVERY_LINE,
    Inbox,
    Match,
    Side,
    Step,
    bench_over,
    gone_stand_ins,
    open_inbox,
)
from tests.services.providers.scripted import IMPATIENT, PATIENT
from tests.services.sessions import local_session

SUBMIT: Final = {"path_regex": "(flux_headshot|make_gen)$"}
STATUS: Final = {"path_regex": "/fetch/"}
PICTURE: Final = {"path_regex": "^/modelslab/(proxy/)?temp/"}
PACE_S: Final = 0.2
"""Long enough that an order is answered with "processing", and asked after."""

_OWN: Final = frozenset(
    {
        *(Situation.BUSY_IN_BODY, Situation.BROKEN_THEN_FINE, Situation.REFUSED_KEY, Situation.NO_BALANCE),
        *(Situation.MODEL_GONE, Situation.REJECTED, Situation.BAD_OPTION, Situation.FAILED_RUN),
        *(Situation.MODERATED_INPUT, Situation.WITHHELD, Situation.LOST, Situation.STRANGE_STATUS),
    }
)


def own_answers(model: str) -> Mapping[Situation, Sequence[tuple[Match, Step]]]:
    """Return what only this vendor says; the enterprise door says errors with 200, and spells "messege"."""

    def refused(status: int, message: str, **more: object) -> tuple[Match, Step]:
        is_old = model == ENTERPRISE
        body = {"status": "error", "messege" if is_old else "message": message, **more}
        return SUBMIT, {"status": 200 if is_old else status, "body": body}

    def told(**body: object) -> tuple[Match, Step]:
        return STATUS, {"status": 200, "body": body}

    nsfw = refused(400, "NSFW content detected in prompt")
    full = "Rate limit exceeded. Maximum 5 queued requests allowed."
    flagged = told(status="success", output=["https://a.example/a.png"], nsfw_content_detected=True)
    lost = {"status": "error", "message": "The specified ID does not exist or is not queued"}
    return {
        Situation.BUSY_IN_BODY: [refused(429, full, retry_after=RETRY_AFTER_S)],
        Situation.BROKEN_THEN_FINE: [
            refused(503, "Service temporarily unavailable. Please try again later.")
        ],
        Situation.REFUSED_KEY: [refused(401, "Invalid API key")],
        Situation.NO_BALANCE: [refused(402, "Insufficient credits. Please add more credits to continue.")],
        Situation.MODEL_GONE: [refused(400, "Model not found: flux_headshot")],
        Situation.REJECTED: [nsfw],
        Situation.MODERATED_INPUT: [nsfw],
        Situation.BAD_OPTION: [refused(400, "width must be between 256 and 1024")],
        Situation.FAILED_RUN: [told(status="failed", message="Image generation failed")],
        Situation.WITHHELD: [flagged],
        Situation.LOST: [(STATUS, {"status": 404, "body": lost})],
        Situation.STRANGE_STATUS: [told(status="daydreaming")],
    }


def modelslab_bench(stand_ins: StandIns, session: aiohttp.ClientSession, inbox: Inbox, model: str) -> Bench:
    """Return the provider over its stand-in. Its clock runs fast: an order unknown at the second look is lost."""
    announced = stand_ins.announcement["modelslab"]
    provider = ModelsLabProvider(
        session,
        announced["url"],
        announced["key"],
        endpoints=ENDPOINTS,
        pixels=PixelWork(),
        now_s=count(1_800_000_000, 1000).__next__,
        submit_timeouts=PATIENT,
        call_timeouts=PATIENT,
    )

    def lose_patience() -> None:
        provider.submit_timeouts = provider.call_timeouts = IMPATIENT

    side = Side(
        stand_ins,
        "modelslab",
        SUBMIT,
        STATUS,
        PICTURE,
        own_answers(model),
        lose_patience,
        lifetime_s=25 * 3600.0,
    )
    bench = bench_over(side, provider, order(model=model, webhook_url=inbox.url), session, inbox)

    async def fetch(finished: Finished) -> bytes:
        return unwrapped(await bench.fetch(finished))

    return replace(bench, fetch=fetch)


def opener(model: str) -> Callable[[], AbstractAsyncContextManager[Bench]]:
    """Return what opens the bench of a door."""

    @asynccontextmanager
    async def open_door() -> AsyncIterator[Bench]:
        async with (
            open_stand_ins(pace_s=PACE_S) as stand_ins,
            local_session() as session,
            open_inbox() as inbox,
        ):
            yield modelslab_bench(stand_ins, session, inbox, model)

    return open_door


@asynccontextmanager
async def open_unreachable() -> AsyncIterator[Bench]:
    """The same provider after its server has gone."""
    async with gone_stand_ins() as stand_ins, local_session() as session, open_inbox() as inbox:
        yield modelslab_bench(stand_ins, session, inbox, ORDINARY)


MODELSLAB_MEMBERS: Final = (
    Member("modelslab", opener(ORDINARY), OF_EVERY_LINE | _OWN),
    Member("modelslab, enterprise", opener(ENTERPRISE), OF_EVERY_LINE | _OWN),
    Member("modelslab, its server gone", open_unreachable, frozenset({Situation.UNREACHABLE})),
)
