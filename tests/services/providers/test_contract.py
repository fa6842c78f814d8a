"""Every provider passes the same contract."""

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path

import aiohttp
import pytest

from services.errors import ProviderUnknown
from services.features import draw_face, load_feature_file
from services.http import Timeouts, fetch_bytes
from services.images.pixels import PixelWork
from services.providers.base import Finished, Handle, PaintOrder
from services.providers.sketch.adapter import SketchProvider
from tests.services.loopback import nobody_at
from tests.services.providers import contract_troubles  # noqa: F401 - registers its checks
from tests.services.providers.bench import MOST_FETCHED_BYTES, Bench, Member, Situation
from tests.services.providers.bfl.member import BFL_MEMBERS
from tests.services.providers.contract import CHECKS
from tests.services.providers.fal.member import FAL_MEMBERS
from tests.services.providers.modelslab.member import MODELSLAB_MEMBERS
from tests.services.providers.openai.member import OPENAI_MEMBERS
from tests.services.providers.scripted import (
    IMPATIENT,
    PATIENT,
    Fault,
    ScriptedProvider,
    Stage,
    StandIn,
    stand_in,
)
from tests.services.sessions import local_session

FEATURE_FILE = Path(__file__).parents[3] / "face_features.json"

SKETCH_CAN = frozenset(
    {
        Situation.SUCCESS,
        Situation.DETERMINISM,
        Situation.LATE_CANCEL,
        Situation.LOST,
        Situation.FORGED_WEBHOOK,
    }
)

SCRIPTS: Mapping[Situation, tuple[Stage, Fault]] = {
    Situation.SLOW: (Stage.STATUS, Fault.RUNNING),
    Situation.BUSY: (Stage.SUBMIT, Fault.BUSY),
    Situation.BUSY_DATE: (Stage.SUBMIT, Fault.BUSY_DATE),
    Situation.BUSY_SILENT: (Stage.SUBMIT, Fault.BUSY_SILENT),
    Situation.BUSY_FOREVER: (Stage.SUBMIT, Fault.BUSY_FOREVER),
    Situation.BUSY_IN_BODY: (Stage.SUBMIT, Fault.BUSY_IN_BODY),
    Situation.BROKEN_THEN_FINE: (Stage.SUBMIT, Fault.REFUSED),
    Situation.REFUSED_KEY: (Stage.SUBMIT, Fault.REFUSED_KEY),
    Situation.NO_BALANCE: (Stage.SUBMIT, Fault.NO_BALANCE),
    Situation.MODEL_GONE: (Stage.SUBMIT, Fault.GONE),
    Situation.REJECTED: (Stage.SUBMIT, Fault.MODERATED),
    Situation.BAD_OPTION: (Stage.SUBMIT, Fault.BAD_OPTION),
    Situation.SUBMIT_500: (Stage.SUBMIT, Fault.ACCEPTED_THEN_500),
    Situation.GARBAGE: (Stage.SUBMIT, Fault.ACCEPTED_THEN_HALF),
    Situation.HTML: (Stage.SUBMIT, Fault.ACCEPTED_THEN_GARBAGE),
    Situation.CUT: (Stage.SUBMIT, Fault.ACCEPTED_THEN_CUT),
    Situation.OVERSIZE: (Stage.SUBMIT, Fault.ACCEPTED_THEN_HUGE),
    Situation.UNKNOWN: (Stage.SUBMIT, Fault.ACCEPTED_THEN_MUTE),
    Situation.LATE_CANCEL: (Stage.CANCEL, Fault.FAILED),
    Situation.FAILED_RUN: (Stage.STATUS, Fault.FAILED),
    Situation.MODERATED_INPUT: (Stage.SUBMIT, Fault.MODERATED),
    Situation.WITHHELD: (Stage.STATUS, Fault.MODERATED),
    Situation.LOST: (Stage.STATUS, Fault.GONE),
    Situation.STRANGE_STATUS: (Stage.STATUS, Fault.STRANGE),
    Situation.STATUS_BROKEN_THEN_FINE: (Stage.STATUS, Fault.ERROR_500),
    Situation.STATUS_BUSY: (Stage.STATUS, Fault.BUSY),
    Situation.STATUS_HTML: (Stage.STATUS, Fault.GARBAGE),
    Situation.STATUS_CUT: (Stage.STATUS, Fault.CUT_BODY),
    Situation.STATUS_OVERSIZE: (Stage.STATUS, Fault.HUGE),
    Situation.STATUS_NEVER: (Stage.STATUS, Fault.MUTE),
    Situation.EXPIRED_LINK: (Stage.PICTURE, Fault.GONE),
    Situation.PICTURE_CUT: (Stage.PICTURE, Fault.CUT_BODY),
    Situation.PICTURE_OVERSIZE: (Stage.PICTURE, Fault.HUGE),
}

NEEDS_A_LIMIT = frozenset({Situation.UNKNOWN, Situation.STATUS_NEVER})
"""What only a limit of ours ends. Elsewhere there is none: a slow machine would pass for a slow vendor."""


async def nobody_calls(_handle: Handle) -> tuple[bytes, Mapping[str, str]]:
    return b"{}", {}


@asynccontextmanager
async def open_sketch() -> AsyncIterator[Bench]:
    face = draw_face(load_feature_file(FEATURE_FILE), 7)
    order = PaintOrder("sketch", "sketch", "", 42, {"format": "jpeg"}, features=face)

    async def fetch(result: Finished) -> bytes:
        assert result.picture.data is not None
        return result.picture.data

    yield Bench(
        SketchProvider(PixelWork()),
        order,
        arrange=lambda _: None,
        fetch=fetch,
        call_back=nobody_calls,
        paid=lambda: 0,
    )


@asynccontextmanager
async def open_scripted() -> AsyncIterator[Bench]:
    async with stand_in() as server, local_session() as session:
        yield scripted_bench(server, session)


@asynccontextmanager
async def open_unreachable() -> AsyncIterator[Bench]:
    """The same client after its server has gone."""
    async with stand_in() as server:
        pass
    with nobody_at(server.url):
        async with local_session() as session:
            yield scripted_bench(server, session)


def scripted_bench(server: StandIn, session: aiohttp.ClientSession, timeouts: Timeouts = PATIENT) -> Bench:
    provider = ScriptedProvider(session, server.url, timeouts)

    def arrange(situation: Situation) -> None:
        if situation in NEEDS_A_LIMIT:
            provider.timeouts = IMPATIENT
        if situation in SCRIPTS:
            server.script(*SCRIPTS[situation])

    async def fetch(result: Finished) -> bytes:
        assert result.picture.url is not None
        return await fetch_bytes(
            session, result.picture.url, provider.may_fetch, max_bytes=MOST_FETCHED_BYTES
        )

    async def call_back(handle: Handle) -> tuple[bytes, Mapping[str, str]]:
        return server.webhook(handle.remote_id)

    order = PaintOrder("scripted/one", "one", "a face", 42)
    return Bench(provider, order, arrange, fetch, call_back, lambda: server.paid_submits)


MEMBERS = (
    Member("sketch", open_sketch, SKETCH_CAN),
    Member("scripted", open_scripted, frozenset(Situation) - {Situation.DETERMINISM, Situation.UNREACHABLE}),
    Member("scripted, its server gone", open_unreachable, frozenset({Situation.UNREACHABLE})),
    *FAL_MEMBERS,
    *BFL_MEMBERS,
    *MODELSLAB_MEMBERS,
    *OPENAI_MEMBERS,
)


@pytest.mark.parametrize(
    ("member", "situation"),
    [
        pytest.param(member, situation, id=f"{member.name}: {situation}")
        for member in MEMBERS
        for situation in Situation
        if situation in member.can
    ],
)
async def test_keeps_the_contract(member: Member, situation: Situation) -> None:
    async with member.open() as bench:
        await CHECKS[situation](bench)


def test_every_situation_has_a_check_and_a_member_that_can_be_in_it() -> None:
    assert set(CHECKS) == set(Situation)
    assert frozenset().union(*(member.can for member in MEMBERS)) == set(Situation)


@pytest.mark.parametrize(
    "fault",
    [Fault.ACCEPTED_THEN_500, Fault.ACCEPTED_THEN_CUT, Fault.ACCEPTED_THEN_GARBAGE, Fault.ACCEPTED_THEN_MUTE],
)
async def test_the_stand_in_charges_whatever_it_accepts(fault: Fault) -> None:
    async with stand_in() as server, local_session() as session:
        server.script(Stage.SUBMIT, fault)
        is_mute = fault is Fault.ACCEPTED_THEN_MUTE
        bench = scripted_bench(server, session, IMPATIENT if is_mute else PATIENT)
        with pytest.raises(ProviderUnknown):
            await bench.provider.submit(bench.order)

        assert (server.paid_submits, server.submits) == (1, 1)


async def test_the_stand_in_calls_back_where_the_order_says() -> None:
    async with stand_in() as server, stand_in() as other, local_session() as session:
        provider = ScriptedProvider(session, server.url)
        await provider.submit(PaintOrder("scripted/one", "one", "", 1, webhook_url=f"{other.url}/orders"))

        assert await server.call_back(session, "order-1") == 200
        assert other.submits == 1
