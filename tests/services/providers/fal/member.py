"""fal as a member of the contract: the adapter before the playground's stand-in."""

from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import replace

import aiohttp

from playground.providers.app import StandIns, open_stand_ins
from services.http import Timeouts
from services.models import Parameters
from services.providers.base import PaintOrder
from services.providers.catalog import load_catalog
from services.providers.fal.adapter import FalProvider
from services.providers.fal.webhook_keys import WebhookKeys
from tests.services.providers.bench import Bench, Member, Situation
from tests.services.providers.playground_bench import (
    OF_EVERY_LINE,
    Match,
    Side,
    Step,
    bench_over,
    gone_stand_ins,
    open_inbox,
)
from tests.services.providers.scripted import IMPATIENT, PATIENT
from tests.services.sessions import local_session

CATALOG = load_catalog()

SUBMIT = {"method": "POST", "path_regex": "^/fal/queue/"}
STATUS = {"method": "GET", "path_regex": r"/requests/[^/]+/status"}
RESULT = {"method": "GET", "path_regex": r"/requests/[^/]+$"}
PICTURE = {"method": "GET", "path_regex": "^/fal/cdn/files/"}

UNSTARTED = "runner_scheduling_failure"
OWN: Mapping[Situation, Sequence[tuple[Match, Step]]] = {
    Situation.BROKEN_THEN_FINE: (
        (
            SUBMIT,
            {
                "status": 503,
                "body": {"detail": "No runner", "error_type": UNSTARTED},
                "headers": {"X-Fal-Error-Type": UNSTARTED},
            },
        ),
    ),
    Situation.NO_BALANCE: (
        (
            SUBMIT,
            {
                "status": 403,
                "body": {
                    "detail": "User is locked. Reason: Exhausted balance. Top up your balance at fal.ai/dashboard"
                },
            },
        ),
    ),
    Situation.REJECTED: (
        (
            SUBMIT,
            {
                "status": 422,
                "body": {
                    "detail": [
                        {"loc": ["body", "prompt"], "msg": "flagged", "type": "content_policy_violation"}
                    ]
                },
            },
        ),
    ),
    Situation.LOST: ((STATUS, {"status": 404, "body": {"status": "NOT_FOUND"}}),),
    Situation.STRANGE_STATUS: ((STATUS, {"status": 202, "body": {"status": "DREAMING", "logs": None}}),),
}

SMALL: Parameters = {"image_size": {"width": 256, "height": 256}}
ORDER = PaintOrder("fal/flux-schnell", "fal-ai/flux/schnell", "a face", 42, SMALL)


def provider_over(
    stand_ins: StandIns, session: aiohttp.ClientSession, *, key: str = "", timeouts: Timeouts = PATIENT
) -> FalProvider:
    """Return the adapter with the stand-in's key, or another."""
    rest_url = f"{stand_ins.origin}/fal/rest"
    return FalProvider(
        session,
        f"{stand_ins.origin}/fal/queue",
        rest_url,
        key or stand_ins.desks["fal"].key,
        catalog=CATALOG,
        webhook_keys=WebhookKeys(session, rest_url, timeouts=PATIENT),
        timeouts=timeouts,
    )


@asynccontextmanager
async def open_fal(order: PaintOrder = ORDER, key: str = "") -> AsyncIterator[Bench]:
    """Open the adapter and its stand-in."""
    async with open_stand_ins() as stand_ins, local_session() as session, open_inbox() as inbox:
        provider = provider_over(stand_ins, session, key=key)

        def lose_patience() -> None:
            provider.timeouts = IMPATIENT

        side = Side(stand_ins, "fal", SUBMIT, STATUS, PICTURE, OWN, lose_patience)
        yield bench_over(side, provider, replace(order, webhook_url=inbox.url), session, inbox)


@asynccontextmanager
async def open_fal_unreachable() -> AsyncIterator[Bench]:
    """The same adapter after its stand-in has gone."""
    async with gone_stand_ins() as stand_ins, local_session() as session, open_inbox() as inbox:
        side = Side(stand_ins, "fal", SUBMIT, STATUS, PICTURE, OWN, lambda: None)
        yield bench_over(side, provider_over(stand_ins, session), ORDER, session, inbox)


def asking(prompt: str) -> AbstractAsyncContextManager[Bench]:
    """Open fal with an order whose prompt makes the stand-in play a trick."""
    return open_fal(replace(ORDER, prompt=prompt))


TOO_MANY_STEPS = replace(ORDER, parameters={**SMALL, "num_inference_steps": 999})

FAL_MEMBERS = (
    Member("fal", open_fal, OF_EVERY_LINE | frozenset(OWN) | {Situation.CANCELED, Situation.FORGED_WEBHOOK}),
    Member("fal, its server gone", open_fal_unreachable, frozenset({Situation.UNREACHABLE})),
    Member("fal, a wrong key", lambda: open_fal(key="id:wrong"), frozenset({Situation.REFUSED_KEY})),
    Member("fal, moderated", lambda: asking("a [moderated] face"), frozenset({Situation.MODERATED_INPUT})),
    Member("fal, flagged", lambda: asking("a [nsfw] face"), frozenset({Situation.WITHHELD})),
    Member("fal, broken", lambda: asking("a [broken] face"), frozenset({Situation.FAILED_RUN})),
    Member("fal, retired", lambda: asking("a [gone] face"), frozenset({Situation.MODEL_GONE})),
    Member("fal, too many steps", lambda: open_fal(TOO_MANY_STEPS), frozenset({Situation.BAD_OPTION})),
)
