import asyncio
import json

import pytest
from aiohttp import web

from services.errors import StorageError
from services.web import health
from services.web.health import Probes, health_routes
from tests.services.web.edges import Surroundings, open_edge
from tests.waiting import HANGS_AFTER_S


async def test_says_ok_when_every_part_works() -> None:
    async with open_edge(Surroundings()) as client, client.get("/healthz") as answer:
        assert answer.status == 200
        assert await answer.json() == {
            "status": "ok", "gateway": "up", "database": "up", "event_loop": "up", "loop_lag_s": 0.0,
        }  # fmt: skip


@pytest.mark.parametrize(("gateway", "database"), [(False, True), (True, False), (False, False)])
async def test_answers_503_when_a_part_is_down(gateway: bool, database: bool) -> None:
    here = Surroundings(is_gateway_up=gateway, database=lambda: database)
    async with open_edge(here) as client, client.get("/healthz") as answer:
        assert answer.status == 503
        assert await answer.json() == {
            "status": "degraded",
            "gateway": "up" if gateway else "down",
            "database": "up" if database else "down",
            "event_loop": "up",
            "loop_lag_s": 0.0,
        }


async def answer_of(probes: Probes, path: str) -> tuple[int, dict[str, object]]:
    route = next(each for each in health_routes(probes) if each.path == path)
    answer = await route.handler(None)  # type: ignore[arg-type] # no route looks at its request
    assert isinstance(answer, web.Response)
    assert answer.text is not None
    return answer.status, json.loads(answer.text)


async def yes() -> bool:
    return True


async def test_a_role_without_a_gateway_reports_none() -> None:
    status, said = await answer_of(Probes(None, yes), "/healthz")
    assert status == 200
    assert "gateway" not in said
    assert "heartbeat_age_s" not in said


async def test_an_event_loop_that_lets_acknowledgements_expire_is_down() -> None:
    status, said = await answer_of(Probes(None, yes, loop_lag_s=lambda: 5.1), "/healthz")
    assert (status, said["event_loop"], said["loop_lag_s"]) == (503, "down", 5.1)


async def test_says_since_when_the_gateway_is_silent() -> None:
    status, said = await answer_of(Probes(lambda: True, yes, lambda: 12.34), "/healthz")
    assert (status, said["heartbeat_age_s"]) == (200, 12.3)


@pytest.mark.parametrize("missing", ["logged_in", "schema_current", "not_draining", None])
async def test_is_ready_when_nothing_is_missing(missing: str | None) -> None:
    async def ready() -> dict[str, bool]:
        return {name: name != missing for name in ("logged_in", "schema_current", "not_draining")}

    status, said = await answer_of(Probes(lambda: True, yes, ready=ready), "/readyz")
    assert status == (200 if missing is None else 503)
    assert said["status"] == ("ready" if missing is None else "not ready")
    assert [name for name, word in said.items() if word == "no"] == ([] if missing is None else [missing])


async def test_is_not_ready_while_the_database_hangs(monkeypatch: pytest.MonkeyPatch) -> None:
    async def hang() -> dict[str, bool]:
        await asyncio.Event().wait()
        return {}

    monkeypatch.setattr(health, "PROBE_DEADLINE_S", 0.05)
    assert (await answer_of(Probes(None, yes, ready=hang), "/readyz"))[0] == 503


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
    async with asyncio.timeout(HANGS_AFTER_S):
        assert (await answer_of(Probes(lambda: True, hang), "/healthz"))[0] == 503
