import asyncio

import pytest

from services.errors import StorageError
from services.web import health
from services.web.health import Probes, health_routes
from tests.services.web.edges import Surroundings, open_edge
from tests.waiting import HANGS_AFTER_S


async def test_says_ok_when_every_part_works() -> None:
    async with open_edge(Surroundings()) as client, client.get("/healthz") as answer:
        assert answer.status == 200
        assert await answer.json() == {"status": "ok", "gateway": "up", "database": "up"}


@pytest.mark.parametrize(("gateway", "database"), [(False, True), (True, False), (False, False)])
async def test_answers_503_when_a_part_is_down(gateway: bool, database: bool) -> None:
    here = Surroundings(is_gateway_up=gateway, database=lambda: database)
    async with open_edge(here) as client, client.get("/healthz") as answer:
        assert answer.status == 503
        assert await answer.json() == {
            "status": "degraded",
            "gateway": "up" if gateway else "down",
            "database": "up" if database else "down",
        }


async def test_answers_503_with_a_reference_when_the_probe_itself_fails(
    caplog: pytest.LogCaptureFixture,
) -> None:
    def fail() -> bool:
        raise StorageError("database_broken", "disk image is malformed at /secret/path")

    async with open_edge(Surroundings(database=fail)) as client, client.get("/healthz") as answer:
        assert answer.status == 503
        problem = await answer.json(content_type=None)
    assert "malformed" not in str(problem)
    assert problem["reference"] in [getattr(record, "reference", None) for record in caplog.records]


async def test_does_not_wait_for_a_database_that_hangs(monkeypatch: pytest.MonkeyPatch) -> None:
    async def hang() -> bool:
        await asyncio.Event().wait()
        return True

    monkeypatch.setattr(health, "PROBE_DEADLINE_S", 0.05)
    (route,) = health_routes(Probes(lambda: True, hang))
    async with asyncio.timeout(HANGS_AFTER_S):
        answer = await route.handler(None)  # type: ignore[arg-type] # the route does not look at its request
    assert answer.status == 503
