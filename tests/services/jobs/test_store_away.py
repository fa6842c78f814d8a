"""Row I2 of the fault matrix, the whole way: while the store fails, is slow, refuses or is full, jobs wait."""

from dataclasses import replace

import pytest

from services.images.store import key_of
from services.jobs import fetching, storing
from tests.services.images.fake_s3 import Fault, fake_s3
from tests.services.images.test_object_store import HASTY
from tests.services.images.test_store import PREFIX, object_store
from tests.services.providers.stand_in import picture_of
from tests.services.studio import Studio
from tests.waiting import until

pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)


@pytest.fixture(autouse=True)
def _stores_again_soon(monkeypatch: pytest.MonkeyPatch) -> None:
    """Look for the store again after a moment: how long that takes is nothing that these tests are about."""
    monkeypatch.setattr(storing, "STORE_AGAIN_AFTER_S", 0.02)


@pytest.mark.parametrize(
    "fault",
    [Fault.FAILED, Fault.BUSY, Fault.REFUSED, Fault.NO_ROOM, Fault.NEVER],
    ids=lambda fault: fault.name,
)
async def test_i2_a_job_waits_for_the_store_and_is_paid_once(studio: Studio, fault: Fault) -> None:
    tries = fetching.FETCH_TRIES + 2
    async with fake_s3() as server:
        store = object_store(server, replace(HASTY, request_s=0.1))
        studio.context = replace(studio.context, store=store)
        server.script("PUT", *[fault] * 1000)
        async with studio.engine():
            accepted = await studio.order(seed=5)
            await until(lambda: server.count("PUT") > tries * (1 + HASTY.retries))
            assert await studio.states(accepted) == ["fetching"]
            assert studio.mailbox.delivered == []
            server.faults.clear()
            result = await studio.until_delivered()
        await store.close()

    assert studio.server.paid_submits == 1
    assert server.objects[f"{PREFIX}/{key_of(result.pictures[0].digest)}"].data == picture_of(5)


async def test_i2_a_sketch_waits_in_line_for_the_store(studio: Studio) -> None:
    async with fake_s3() as server:
        store = object_store(server, HASTY)
        studio.context = replace(studio.context, store=store)
        server.is_away = True
        async with studio.engine():
            accepted = await studio.portrait()
            await until(lambda: server.count("PUT") > 2 * (1 + HASTY.retries))
            assert (await studio.states(accepted))[0] in {"queued", "submitting"}
            server.is_away = False
            result = await studio.until_delivered()
        await store.close()

    assert len(result.pictures) == 1
    assert len(server.objects) == 1
