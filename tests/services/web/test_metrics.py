"""Who may read /metrics, and who finds nothing there."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import aiohttp
import pytest

from services import metrics
from services.errors import ProviderRejected, StartError
from services.web.app import EdgeParts, WebEdge
from services.web.health import Probes
from services.web.hooks import HookDoor
from services.web.metrics import MetricsDoor
from tests.services.web.edges import MAC, Surroundings, is_ours, open_edge

TOKEN = "scrape-me-if-you-can"


@asynccontextmanager
async def edge_with(
    door: MetricsDoor, *, has_web: bool = True, public_url: str | None = None
) -> AsyncIterator[aiohttp.ClientSession]:
    here = Surroundings()
    hooks = HookDoor(is_ours, here.receive) if has_web else None
    edge = WebEdge(EdgeParts(Probes(None, here.probe_database), hooks, public_url, metrics=door))
    await edge.start("127.0.0.1", 0)
    try:
        async with aiohttp.ClientSession(f"http://127.0.0.1:{edge.port}") as session:
            yield session
    finally:
        await edge.stop()


@pytest.mark.parametrize("has_web", [True, False])
async def test_this_machine_may_read_without_a_token(has_web: bool) -> None:
    async with edge_with(MetricsDoor(), has_web=has_web) as client, client.get("/metrics") as answer:
        assert answer.status == 200
        assert answer.content_type == "text/plain"
        assert "process_resident_memory_bytes" in await answer.text()


@pytest.mark.parametrize("header", ["X-Forwarded-For", "Forwarded", "X-Real-IP", "Via"])
async def test_what_a_proxy_brings_finds_nothing_without_a_token(header: str) -> None:
    async with edge_with(MetricsDoor()) as client:
        async with client.get("/metrics", headers={header: "for=127.0.0.1"}) as answer:
            assert answer.status == 404
        async with client.get("/healthz", headers={header: "for=127.0.0.1"}) as answer:
            assert answer.status == 200


async def test_the_public_name_finds_nothing_without_a_token() -> None:
    edge = edge_with(MetricsDoor(), public_url="https://paint.example")
    async with edge as client, client.get("/metrics", headers={"Host": "paint.example"}) as answer:
        assert answer.status == 404


@pytest.mark.parametrize(
    "given", [None, "Bearer wrong", TOKEN, "Basic c2NyYXBl", f"bearer {TOKEN}", "Bearer é"]
)
async def test_with_a_token_nobody_else_may_read(given: str | None) -> None:
    headers = {} if given is None else {"Authorization": given}
    async with edge_with(MetricsDoor(TOKEN)) as client, client.get("/metrics", headers=headers) as answer:
        assert answer.status == 404
        assert "limner_" not in await answer.text()


async def test_the_token_opens_under_any_host_name_and_nothing_else_does() -> None:
    headers = {"Authorization": f"Bearer {TOKEN}", "Host": "worker-1:9100", "X-Forwarded-For": "192.0.2.7"}
    async with edge_with(MetricsDoor(TOKEN)) as client:
        async with client.get("/metrics", headers=headers) as answer:
            assert answer.status == 200
        async with client.get("/healthz", headers=headers) as answer:
            assert answer.status == 421


async def test_gauges_are_brought_up_to_date_for_readers_only() -> None:
    refreshed: list[bool] = []

    async def refresh() -> None:
        refreshed.append(True)

    async with edge_with(MetricsDoor(TOKEN, refresh)) as client:
        async with client.get("/metrics") as answer:
            assert answer.status == 404
        assert refreshed == []
        async with client.get("/metrics", headers={"Authorization": f"Bearer {TOKEN}"}) as answer:
            assert answer.status == 200
    assert refreshed == [True]


async def test_a_role_without_a_web_edge_has_probes_under_any_name_and_no_door_for_webhooks() -> None:
    async with edge_with(MetricsDoor(), has_web=False) as client:
        for path, status in (
            ("/healthz", 200),
            ("/readyz", 200),
            ("/metrics", 404),
            ("/hooks/fal/42.x", 404),
        ):
            async with client.get(path, headers={"Host": "worker-1"}) as answer:
                assert answer.status == status, path


async def test_a_taken_health_port_is_named_by_its_own_setting() -> None:
    async def yes() -> bool:
        return True

    edges = [WebEdge(EdgeParts(Probes(None, yes), None)) for _ in range(2)]
    await edges[0].start("127.0.0.1", 0)
    with pytest.raises(StartError, match="set LIMNER_HEALTH_PORT"):
        await edges[1].start("127.0.0.1", edges[0].port, "LIMNER_HEALTH_PORT")
    await edges[0].stop()


async def test_webhooks_are_counted_by_how_they_were_answered_and_forged_names_are_no_labels() -> None:
    metrics.forget_all()
    here = Surroundings()
    async with open_edge(here) as client:
        for address in (f"/hooks/fal/42.{MAC}", "/hooks/fal/42.wrong", "/hooks/evil/1.x"):
            async with client.post(address, data=b"{}") as answer:
                assert answer.status in {200, 404}
        here.error = ProviderRejected("bad_webhook")
        async with client.post(f"/hooks/fal/42.{MAC}", data=b"{}") as answer:
            assert answer.status == 401
        here.error = RuntimeError("boom")
        async with client.post(f"/hooks/fal/42.{MAC}", data=b"{}") as answer:
            assert answer.status == 500
    ((_, _, series),) = [each for each in metrics.snapshot().numbers if each[0] == "limner_webhooks_total"]
    assert series == {
        ("fal", "taken"): 1,
        ("unknown", "not_ours"): 2,
        ("fal", "bad_signature"): 1,
        ("fal", "failed"): 1,
    }
    metrics.forget_all()
