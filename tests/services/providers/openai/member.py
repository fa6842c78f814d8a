"""OpenAI's place in the shared contract: how each situation comes about at its stand-in.

A call is the whole order there: nothing waits, nothing is looked at, cancelled, fetched or called back, and the same
words give another picture every time. Those situations are left out.
"""

from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from typing import Final

import aiohttp

from playground.providers import openai_errors
from playground.providers.app import StandIns, open_stand_ins
from playground.providers.openai_errors import RefusedError
from services.http import Timeouts
from services.images.pixels import PixelWork
from services.providers.base import Finished, Handle, PaintOrder
from services.providers.catalog import load_catalog
from services.providers.openai.adapter import OpenAIProvider
from tests.services.providers.bench import Bench, Member, Situation
from tests.services.providers.playground_bench import AFTER_SUBMIT, BUSY, Match, Side, Step, gone_stand_ins
from tests.services.providers.scripted import IMPATIENT, PATIENT
from tests.services.sessions import local_session

SUBMIT: Final[Match] = {"method": "POST"}
NOTHING: Final[Match] = {"path_regex": "^$"}
ORDER: Final = PaintOrder("openai/gpt-image-1.5", "gpt-image-1.5", "a face", None, {"output_format": "jpeg"})
CATALOG: Final = load_catalog()


def step_of(refusal: RefusedError) -> Step:
    """Return the step that answers with one of the vendor's refusals."""
    return {"status": refusal.status, "body": refusal.body("req_1"), "headers": refusal.headers}


OWN: Final[Mapping[Situation, Sequence[tuple[Match, Step]]]] = {
    situation: ((SUBMIT, step),)
    for situation, step in {
        Situation.BROKEN_THEN_FINE: {**step_of(openai_errors.server_error()), "status": 503},
        Situation.REFUSED_KEY: step_of(openai_errors.bad_key("sk-proj-0123456789abcdef")),
        Situation.NO_BALANCE: step_of(openai_errors.no_quota()),
        Situation.MODEL_GONE: step_of(openai_errors.model_gone("gpt-image-1")),
        Situation.REJECTED: step_of(openai_errors.moderated("input")),
        Situation.BAD_OPTION: step_of(openai_errors.bad_value("quality", "Invalid value: 'hd'.")),
        Situation.MODERATED_INPUT: step_of(openai_errors.moderated("input")),
        Situation.WITHHELD: {**step_of(openai_errors.moderated("output")), "after": True},
    }.items()
}
CAN: Final = frozenset(
    {
        Situation.SUCCESS,
        Situation.LATE_CANCEL,
        Situation.LOST,
        Situation.FORGED_WEBHOOK,
        Situation.BUSY_DATE,
        *BUSY,
        *AFTER_SUBMIT,
        *OWN,
    }
)


def open_provider(
    stand_ins: StandIns, session: aiohttp.ClientSession, timeouts: Timeouts = PATIENT
) -> OpenAIProvider:
    """Return the provider over its stand-in, with the stand-in's key."""
    announced = stand_ins.announcement["openai"]
    return OpenAIProvider(session, announced["url"], announced["key"], CATALOG, PixelWork(), timeouts)


def openai_bench(stand_ins: StandIns, session: aiohttp.ClientSession) -> Bench:
    """Return the bench of the provider before its stand-in."""
    provider = open_provider(stand_ins, session)

    def lose_patience() -> None:
        # The provider is frozen: what a limit ends is the only thing that differs from one opened with it.
        object.__setattr__(provider, "submit_timeouts", IMPATIENT)

    side = Side(stand_ins, "openai", SUBMIT, NOTHING, NOTHING, OWN, lose_patience)

    async def fetch(finished: Finished) -> bytes:
        assert finished.picture.data is not None
        return finished.picture.data

    return Bench(provider, ORDER, side.arrange, fetch, _nobody_calls, side.paid)


async def _nobody_calls(_handle: Handle) -> tuple[bytes, Mapping[str, str]]:
    return b"{}", {}


@asynccontextmanager
async def open_openai() -> AsyncIterator[Bench]:
    async with open_stand_ins() as stand_ins, local_session() as session:
        yield openai_bench(stand_ins, session)


@asynccontextmanager
async def open_openai_unreachable() -> AsyncIterator[Bench]:
    """The same provider after its server has gone."""
    async with gone_stand_ins() as stand_ins, local_session() as session:
        yield openai_bench(stand_ins, session)


OPENAI_MEMBERS: Final = (
    Member("openai", open_openai, CAN),
    Member("openai, its server gone", open_openai_unreachable, frozenset({Situation.UNREACHABLE})),
)
