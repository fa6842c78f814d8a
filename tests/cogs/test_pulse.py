"""A gateway that looks connected and does not answer: seen over the local Discord, and the end of the process."""

import asyncio
from dataclasses import replace

import pytest

from cogs._pulse import read_pulses
from playground.discord.gateway_limits import GatewayLimits
from playground.discord.local import LocalDiscord
from services.alert_desk import AlertDesk
from services.gateway_watch import DEAD_AFTER_S, GatewayWatch
from services.gauges import Gauges
from services.loop_lag import LoopLag
from services.vitals import Gateway, Vitals, open_vitals
from tests.cogs.house import House
from tests.waiting import until

LOOK_EVERY_S = 0.02


class Clock:
    """A clock that is set by hand, so that five minutes pass at once."""

    def __init__(self) -> None:
        self.now_s = 0.0

    def __call__(self) -> float:
        return self.now_s


@pytest.fixture
def local(local: LocalDiscord) -> LocalDiscord:
    """The local Discord with a heartbeat every tenth of a second."""
    local.sessions.limits = replace(local.sessions.limits, heartbeat_ms=100, given_up_after=600.0)
    assert isinstance(local.sessions.limits, GatewayLimits)
    return local


def vitals_of(house: House, gave_up: asyncio.Event, clock: Clock | None = None) -> Vitals:
    context, folder = house.studio.context, house.studio.folder
    watch = GatewayWatch(now_s=clock or Clock())
    gateway = Gateway(
        lambda: read_pulses(house.bot), house.bot.is_ready, gave_up.set, watch, look_every_s=LOOK_EVERY_S
    )
    lag = LoopLag()
    gauges = Gauges(context, folder, "run", lag=lag, watch=watch)
    return Vitals(context, gauges, lag, AlertDesk(context, folder), gateway)


async def test_a_gateway_that_answers_is_alive_and_one_that_does_not_ends_the_process(
    house: House, caplog: pytest.LogCaptureFixture
) -> None:
    gave_up, clock = asyncio.Event(), Clock()
    vitals = vitals_of(house, gave_up, clock)
    assert vitals.gateway is not None
    watch = vitals.gateway.watch
    watch.begin()
    async with open_vitals(vitals):
        for _ in range(4):
            # More than the whole patience in the end: it is the answers that keep it alive.
            clock.now_s += DEAD_AFTER_S / 2
            await until(lambda: watch.silent_s() == 0)
        assert vitals.is_gateway_alive()
        assert watch.up() == {0: True}
        await house.act("chaos", kind="zombie")

        def has_ended() -> bool:
            # An answer may still have been under way.
            clock.now_s += DEAD_AFTER_S
            return gave_up.is_set()

        await until(has_ended)
        # It looks connected all the while: only the answers tell.
        assert house.bot.is_ready()
        assert not vitals.is_gateway_alive()
    assert "has not answered for" in caplog.text
    assert "CRITICAL: Discord has not answered the gateway" in caplog.text


async def test_readiness_wants_the_login_the_schema_and_no_stop_under_way(house: House) -> None:
    vitals = vitals_of(house, asyncio.Event())
    assert await vitals.ready() == {"logged_in": True, "schema_current": True, "not_draining": True}
    vitals.is_draining = True
    assert await vitals.ready() == {"logged_in": True, "schema_current": True, "not_draining": False}
    await house.studio.context.database.close()
    assert await vitals.ready() == {"logged_in": True, "schema_current": False, "not_draining": False}


async def test_a_role_without_a_gateway_is_ready_without_a_login(house: House) -> None:
    vitals = vitals_of(house, asyncio.Event())
    vitals.gateway = None
    assert await vitals.ready() == {"schema_current": True, "not_draining": True}
    assert vitals.heartbeat_age_s() is None
    assert vitals.is_gateway_alive()
