"""fal's own Python client, unmodified, against the stand-in: what it reads is what was sent.

The client fixes https and fal's hosts in module-level names that it reads at each call; those are what is changed here.
"""

import hashlib
from collections.abc import AsyncIterator
from typing import Any, Literal

import fal_client
import fal_client.client
import pytest
from fal_client import AsyncClient, Completed, InProgress, Queued
from fal_client.client import AsyncMultipartUpload, FalClientHTTPError

from playground.providers.app import StandIns
from tests.playground.providers.fal_bench import DEV, SMALL, ULTRA, Fal, data_uri, picture
from tests.waiting import until

GIVEN: dict[str, Any] = {"prompt": "a face", "seed": 7, "image_size": SMALL}


@pytest.fixture
async def client(providers: StandIns, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[AsyncClient]:
    about = providers.announcement["fal"]
    monkeypatch.setattr(fal_client.client, "QUEUE_URL_FORMAT", f"{about['queue']}/")
    monkeypatch.setattr(fal_client.client, "RUN_URL_FORMAT", f"{providers.origin}/fal/run/")
    monkeypatch.setattr(fal_client.client, "REST_URL", about["rest"])
    monkeypatch.setattr(fal_client.client, "CDN_URL", about["cdn"])
    client = AsyncClient(key=about["key"])
    yield client
    # It has no way of closing its pool, and a pool that is left to the collector is a warning here.
    await (await client._client).aclose()


async def test_submit_reads_the_id_and_the_addresses(client: AsyncClient, fal: Fal) -> None:
    handle = await client.submit(ULTRA, GIVEN | {"image_size": None}, priority="low", start_timeout=30)
    base = f"{fal.queue}/fal-ai/flux-pro/requests/{handle.request_id}"
    assert (handle.response_url, handle.status_url, handle.cancel_url) == (
        base,
        f"{base}/status",
        f"{base}/cancel",
    )
    headers = {name.lower(): text for name, text in fal.stand_ins.calls("fal")[0]["headers"].items()}
    assert headers["x-fal-queue-priority"] == "low"
    assert float(headers["x-fal-request-timeout"]) == 30


async def test_status_reads_places_logs_and_the_end(client: AsyncClient, fal: Fal) -> None:
    fal.stand_ins.hold(0.0)
    handle = await client.submit(DEV, GIVEN)
    assert await handle.status(with_logs=True) == Queued(position=2)
    fal.stand_ins.hold(0.65)
    running = await client.status(DEV, handle.request_id, with_logs=True)
    assert isinstance(running, InProgress)
    assert running.logs is not None
    assert running.logs[0]["message"] == "Loading the model"
    assert await handle.status() == InProgress(logs=None)
    fal.stand_ins.hold(None)
    await handle.get()
    done = await handle.status(with_logs=True)
    assert isinstance(done, Completed)
    assert (done.metrics, done.error, done.error_type) == ({"inference_time": 0.0}, None, None)


async def test_events_are_followed_to_the_end(client: AsyncClient, fal: Fal) -> None:
    fal.stand_ins.hold(0.0)
    handle = await client.submit(DEV, GIVEN)
    seen = []
    async for event in handle.iter_events(with_logs=True, interval=0.01):
        seen.append(type(event))
        fal.stand_ins.hold(0.5 if seen == [Queued] else None)
    assert seen[:2] == [Queued, InProgress]
    assert seen[-1] is Completed


async def test_get_reads_the_result_that_was_sent(client: AsyncClient, fal: Fal) -> None:
    handle = await client.submit(DEV, GIVEN)
    result = await handle.get(interval=0.01)
    assert result == await client.result(DEV, handle.request_id)
    assert result == (await fal.ask("GET", handle.response_url)).body
    assert (result["seed"], result["has_nsfw_concepts"]) == (7, [False])
    again = await client.subscribe(DEV, GIVEN, interval=0.01)
    pictures = [await fal.fetched(one["images"][0]["url"]) for one in (result, again)]
    assert hashlib.sha256(pictures[0]).digest() == hashlib.sha256(pictures[1]).digest()


async def test_subscribe_reports_its_id_and_every_update(client: AsyncClient, fal: Fal) -> None:
    ids: list[str] = []
    updates: list[object] = []
    result = await client.subscribe(
        DEV, GIVEN, with_logs=True, interval=0.01, on_enqueue=ids.append, on_queue_update=updates.append
    )
    assert result["prompt"] == "a face"
    assert len(ids) == 1
    assert isinstance(updates[-1], Completed)


async def test_run_waits_for_the_result(client: AsyncClient) -> None:
    assert (await client.run(DEV, GIVEN))["seed"] == 7


async def test_cancel_is_taken_while_it_runs_and_refused_afterwards(client: AsyncClient, fal: Fal) -> None:
    fal.stand_ins.hold(0.0)
    handle = await client.submit(DEV, GIVEN)
    await handle.cancel()
    status = await handle.status()
    assert isinstance(status, Completed)
    assert status.error_type == "client_cancelled"
    with pytest.raises(FalClientHTTPError) as refused:
        await handle.cancel()
    assert refused.value.status_code == 400
    with pytest.raises(FalClientHTTPError) as cancelled:
        await handle.get()
    assert (cancelled.value.status_code, cancelled.value.error_type) == (499, "client_cancelled")


@pytest.mark.parametrize("repository", ["fal_v3", "fal"])
async def test_uploads_of_every_repository_lie_where_they_say(
    client: AsyncClient, fal: Fal, repository: Literal["fal_v3", "fal"]
) -> None:
    url = await client.upload(
        picture(), "image/png", "face.png", repository=repository, fallback_repository=[]
    )
    assert await fal.fetched(url) == picture()
    result = await client.subscribe(ULTRA, {"prompt": "x", "aspect_ratio": "1:1", "image_url": url})
    assert result["images"]


async def test_an_upload_falls_back_when_the_first_repository_fails(client: AsyncClient, fal: Fal) -> None:
    fal.stand_ins.script("fal", [{"status": 500}], {"path_regex": "/cdn/files/upload"})
    url = await client.upload(picture(), "image/png", "face.png")
    assert await fal.fetched(url) == picture()
    assert [call["path"] for call in fal.stand_ins.calls("fal") if call["method"] == "PUT"]


async def test_a_large_file_is_uploaded_in_parts(client: AsyncClient, fal: Fal) -> None:
    data = bytes(range(256)) * 400
    url = await AsyncMultipartUpload.save(
        client=await client._client,
        token_manager=await client._token_manager,
        file_name="face.png",
        data=data,
        content_type="image/png",
        chunk_size=40_000,
        max_concurrency=2,
    )
    assert await fal.fetched(url) == data


@pytest.mark.parametrize(
    ("given", "status", "kind"),
    [
        (GIVEN | {"num_images": 9}, 422, "less_than_equal"),
        (GIVEN | {"prompt": "[moderated]"}, 422, "content_policy_violation"),
        (GIVEN | {"prompt": "[broken]"}, 500, "downstream_service_unavailable"),
    ],
)
async def test_a_models_refusal_is_read_from_the_result(
    client: AsyncClient, given: dict[str, Any], status: int, kind: str
) -> None:
    with pytest.raises(FalClientHTTPError) as refused:
        await client.subscribe(DEV, given, interval=0.01)
    assert refused.value.status_code == status
    detail: Any = refused.value.message
    assert detail[0]["type"] == kind


async def test_a_late_start_is_read_as_a_time_out_of_the_user(client: AsyncClient, fal: Fal) -> None:
    fal.stand_ins.hold(0.0)
    with pytest.raises(FalClientHTTPError) as refused:
        await client.subscribe(DEV, GIVEN, interval=0.01, start_timeout=1.1)
    assert (refused.value.status_code, refused.value.error_type) == (504, "request_timeout")
    assert refused.value.response_headers["x-fal-request-timeout-type"] == "user"


async def test_a_wrong_key_and_an_unknown_model_are_errors_of_the_submit(client: AsyncClient) -> None:
    with pytest.raises(FalClientHTTPError) as unknown:
        await client.submit("fal-ai/retired", GIVEN)
    assert unknown.value.status_code == 404
    stranger = AsyncClient(key="some:body")
    with pytest.raises(FalClientHTTPError) as refused:
        await stranger.submit(DEV, GIVEN)
    assert refused.value.message == "No user found for Key ID and Secret"
    await (await stranger._client).aclose()


async def test_a_webhook_address_is_passed_on(client: AsyncClient, fal: Fal) -> None:
    url = "http://127.0.0.1:1/hooks/fal/a.b?x=1&y=2"
    await (await client.submit(DEV, GIVEN, webhook_url=url)).get(interval=0.01)
    await until(lambda: fal.stand_ins.webhooks.deliveries)
    assert fal.stand_ins.webhooks.deliveries[0]["url"] == url


async def test_the_client_of_the_vendor_repeats_a_submit_whose_answer_was_lost(
    client: AsyncClient, fal: Fal
) -> None:
    """This is why the bot does not use it: the same picture is made twice."""
    fal.stand_ins.script("fal", [{"after": True, "reset": True}])
    await (await client.submit(DEV, GIVEN)).get(interval=0.01)
    await until(lambda: sum(call["paid"] for call in fal.stand_ins.calls("fal")) == 2)


async def test_a_picture_as_data_uri_is_taken(client: AsyncClient) -> None:
    given = {"prompt": "older", "image_url": data_uri(picture())}
    assert (await client.subscribe("fal-ai/flux-pro/kontext", given, interval=0.01))["images"]
