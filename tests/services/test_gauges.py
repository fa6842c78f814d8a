"""What /metrics shows of the database, on both databases, and how often it is asked."""

import asyncio
from collections.abc import Iterator

import pytest

from db.upkeep import figures
from services import metrics
from services.circuit import FAILURES_THAT_OPEN, Call
from services.errors import ProviderBroken
from services.gateway_watch import GatewayWatch, ShardPulse
from services.gauges import QUICK_FOR_S, SLOW_FOR_S, Gauges, limner_version
from services.loop_lag import LoopLag
from services.metrics import Labels
from tests.services.studio import Studio


class Clock:
    def __init__(self) -> None:
        self.now_s = 100.0

    def __call__(self) -> float:
        return self.now_s


@pytest.fixture(autouse=True)
def _nothing_counted(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    # Entries count at once here: nobody else writes.
    monkeypatch.setattr(figures, "SETTLED_FOR_MS", -60_000)
    metrics.forget_all()
    yield
    metrics.forget_all()


def gauges_of(studio: Studio, clock: Clock, watch: GatewayWatch | None = None) -> Gauges:
    lag = LoopLag(clock)
    return Gauges(studio.context, studio.folder, "run", lag=lag, watch=watch, now_s=clock)


def series(name: str) -> dict[Labels, float]:
    return next((dict(found) for each, _, found in metrics.snapshot().numbers if each == name), {})


async def test_shows_jobs_results_pictures_and_money(studio: Studio) -> None:
    clock = Clock()
    gauges = gauges_of(studio, clock)
    async with studio.engine():
        await studio.order()
        await studio.until_delivered()
        await gauges.refresh()
    waiting = await studio.order()
    clock.now_s += SLOW_FOR_S
    await gauges.refresh()
    jobs = {labels[0]: many for labels, many in series("limner_jobs").items()}
    assert jobs == {
        "queued": 1, "submitting": 0, "waiting": 0, "fetching": 0, "stored": 1, "failed": 0, "canceled": 0,
        "unknown": 0,
    }  # fmt: skip
    assert metrics.number("limner_stored_images") == 1
    assert metrics.number("limner_stored_images_bytes") > 0
    price = waiting.price_micro_usd / 1_000_000
    assert metrics.number("limner_held_usd") == pytest.approx(price)
    books = {labels[:2]: amount for labels, amount in series("limner_ledger_usd").items()}
    assert books["allowance", "hold"] == pytest.approx(2 * price)
    assert books["spend", "expected"] == pytest.approx(2 * price)
    assert {labels[2:] for labels in series("limner_ledger_usd")} == {("operator", "scripted")}
    assert 0 < metrics.number("limner_disk_free_ratio") < 1


async def test_shows_how_many_tasks_the_event_loop_has(studio: Studio) -> None:
    gauges, over = gauges_of(studio, Clock()), asyncio.Event()
    await gauges.refresh()
    before = metrics.number("limner_tasks")
    waiting = [asyncio.create_task(over.wait()) for _ in range(3)]
    await gauges.refresh()
    assert metrics.number("limner_tasks") == before + 3
    over.set()
    await asyncio.gather(*waiting)


async def test_asks_the_database_every_few_seconds_and_each_entry_once(studio: Studio) -> None:
    clock = Clock()
    gauges = gauges_of(studio, clock)
    await studio.order()
    await gauges.refresh()
    reads = metrics.observations("limner_database_transaction_seconds", kind="read")
    await studio.order()
    await gauges.refresh()
    # Its own reads: `order` makes some as well, so only what is shown tells.
    assert series("limner_jobs")["queued",] == 1
    clock.now_s += QUICK_FOR_S
    await gauges.refresh()
    assert series("limner_jobs")["queued",] == 2
    assert metrics.observations("limner_database_transaction_seconds", kind="read") > reads
    clock.now_s += QUICK_FOR_S
    before = series("limner_ledger_usd")
    await gauges.refresh()
    assert series("limner_ledger_usd") == before


async def test_shows_circuits_and_shards(studio: Studio) -> None:
    clock, watch = Clock(), GatewayWatch()
    watch.begin()
    watch.look([ShardPulse(3, is_up=True, answered_at=1.0), ShardPulse(4, is_up=False, answered_at=None)])
    for _ in range(FAILURES_THAT_OPEN):
        studio.context.standing.record("scripted", Call.SUBMIT, ProviderBroken("provider_broken"))
    await gauges_of(studio, clock, watch).refresh()
    assert series("limner_provider_circuit_open")["scripted",] == 1
    assert series("limner_provider_circuit_open")["sketch",] == 0
    assert series("limner_gateway_shard_up") == {("3",): 1, ("4",): 0}
    assert set(series("limner_gateway_heartbeat_age_seconds")) == {("3",), ("4",)}


async def test_says_which_version_runs(studio: Studio) -> None:
    gauges_of(studio, Clock())
    ((labels, value),) = series("limner_build_info").items()
    assert (labels[0], labels[2], value) == (limner_version(), "run", 1)
    assert limner_version() != "unknown"
