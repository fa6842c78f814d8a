"""fal's queue: submit, status, stream, result, cancel."""

import json
from collections.abc import Iterator
from typing import Any

import pytest
from aiohttp.test_utils import make_mocked_request

from playground.providers.fal_models import MODELS, trimmed
from playground.providers.fal_orders import Order, Orders, ended
from tests.playground.providers.fal_bench import DEV, SMALL, ULTRA, Fal, Said, data_uri, picture

ADDRESSES = ("response_url", "status_url", "cancel_url")


async def test_a_submit_is_answered_with_an_id_and_three_addresses(fal: Fal) -> None:
    said = await fal.submit(endpoint=ULTRA)
    base = f"{fal.queue}/fal-ai/flux-pro/requests/{said.body['request_id']}"
    assert said.status == 200
    assert said.body == {
        "status": "IN_QUEUE",
        "request_id": said.body["request_id"],
        "gateway_request_id": said.body["request_id"],
        "response_url": base,
        "status_url": f"{base}/status",
        "cancel_url": f"{base}/cancel",
        "queue_position": 0,
    }
    assert said.headers["x-fal-request-id"] == said.body["request_id"]


@pytest.mark.parametrize(
    ("endpoint", "application"),
    [
        (ULTRA, "fal-ai/flux-pro"),
        ("fal-ai/flux/dev/image-to-image", "fal-ai/flux"),
        ("fal-ai/codeformer", "fal-ai/codeformer"),
        ("workflows/somebody/flow/step", "workflows/somebody/flow"),
        ("comfy/somebody/flow/step", "comfy/somebody/flow"),
    ],
)
def test_an_endpoint_is_trimmed_to_owner_and_application(endpoint: str, application: str) -> None:
    assert trimmed(endpoint) == application


async def test_an_order_waits_runs_and_ends(fal: Fal) -> None:
    fal.stand_ins.hold(0.0)
    submitted = await fal.submit()
    assert submitted.body["queue_position"] == 2
    waiting = await fal.status(submitted, logs="1")
    assert (waiting.status, waiting.body["status"]) == (202, "IN_QUEUE")
    assert waiting.body["queue_position"] == 2
    assert "logs" not in waiting.body
    fal.stand_ins.hold(0.65)
    running = await fal.status(submitted, logs="1")
    assert (running.status, running.body["status"]) == (202, "IN_PROGRESS")
    messages = [line["message"] for line in running.body["logs"]]
    assert messages[0] == "Loading the model"
    assert "14/28" in messages[-1]
    assert set(running.body["logs"][0]) == {"message", "level", "source", "timestamp"}
    fal.stand_ins.hold(None)
    await fal.result(submitted)
    done = await fal.status(submitted, logs="true")
    assert (done.status, done.body["status"]) == (200, "COMPLETED")
    assert "28/28" in done.body["logs"][-1]["message"]
    assert done.body["metrics"] == {"inference_time": 0.0}
    assert "error" not in done.body
    for said in (waiting, running, done):
        assert {name: said.body[name] for name in ADDRESSES} == {n: submitted.body[n] for n in ADDRESSES}


async def test_without_logs_they_are_there_as_null(fal: Fal) -> None:
    fal.stand_ins.hold(0.5)
    submitted = await fal.submit()
    assert (await fal.status(submitted)).body["logs"] is None
    assert (await fal.status(submitted, logs="0")).body["logs"] is None


async def test_the_line_grows_shorter(fal: Fal) -> None:
    fal.stand_ins.hold(0.0)
    submitted = await fal.submit()
    places = []
    for at in (0.0, 0.15, 0.29):
        fal.stand_ins.hold(at)
        places.append((await fal.status(submitted)).body["queue_position"])
    assert places == [2, 1, 0]


async def test_a_result_has_pictures_that_need_no_key(fal: Fal) -> None:
    said = await fal.painted({"prompt": "a face", "seed": 7, "image_size": SMALL, "num_images": 2})
    assert said.status == 200
    assert said.headers["X-Fal-Billable-Units"] == "2"
    assert said.headers["x-fal-request-id"]
    assert {name: said.body[name] for name in ("seed", "has_nsfw_concepts", "prompt")} == {
        "seed": 7,
        "has_nsfw_concepts": [False, False],
        "prompt": "a face",
    }
    images = said.body["images"]
    assert [(one["width"], one["height"], one["content_type"]) for one in images] == [
        (128, 128, "image/jpeg")
    ] * 2
    data = [await fal.fetched(one["url"]) for one in images]
    assert all(one.startswith(b"\xff\xd8\xff") for one in data)
    assert data[0] != data[1]
    assert [len(one) for one in data] == [one["file_size"] for one in images]


async def test_the_same_seed_gives_the_same_picture(fal: Fal) -> None:
    given = {"prompt": "a face", "image_size": SMALL}
    data = []
    for seed in (7, 7, 8):
        said = await fal.painted(given | {"seed": seed})
        data.append(await fal.fetched(said.body["images"][0]["url"]))
    assert data[0] == data[1] != data[2]


async def test_without_a_seed_one_is_drawn_and_told(fal: Fal) -> None:
    given = {"prompt": "a face", "image_size": SMALL}
    first, second = [await fal.painted(given) for _ in range(2)]
    assert first.body["seed"] != second.body["seed"]
    again = await fal.painted(given | {"seed": first.body["seed"]})
    assert await fal.fetched(again.body["images"][0]["url"]) == await fal.fetched(
        first.body["images"][0]["url"]
    )


async def test_a_result_that_is_not_there_yet_is_400(fal: Fal) -> None:
    fal.stand_ins.hold(0.5)
    submitted = await fal.submit()
    said = await fal.ask("GET", submitted.body["response_url"])
    assert (said.status, said.body) == (400, {"detail": "Request is still in progress"})


@pytest.mark.parametrize("suffix", ["", "/response"])
async def test_the_untrimmed_addresses_work_too(fal: Fal, suffix: str) -> None:
    submitted = await fal.submit()
    await fal.result(submitted)
    said = await fal.ask("GET", f"{fal.queue}/{DEV}/requests/{submitted.body['request_id']}{suffix}")
    assert said.status == 200


async def test_another_application_does_not_know_the_order(fal: Fal) -> None:
    submitted = await fal.submit()
    said = await fal.ask(
        "GET", f"{fal.queue}/fal-ai/codeformer/requests/{submitted.body['request_id']}/status"
    )
    assert (said.status, said.body) == (404, {"status": "NOT_FOUND"})


async def test_another_account_does_not_know_the_order(fal: Fal) -> None:
    fal.stand_ins.add_key("fal", "somebody:else")
    submitted = await fal.submit()
    headers = {"Authorization": "Key somebody:else"}
    assert (await fal.ask("GET", submitted.body["status_url"], headers=headers)).status == 404


@pytest.mark.parametrize(
    ("is_large", "lives_s"), [(False, 3600), (True, 360)], ids=["small", "10 KB and more"]
)
async def test_a_result_is_forgotten_in_time(fal: Fal, lives_s: float, *, is_large: bool) -> None:
    submitted = await fal.submit({"prompt": "a face", "image_size": "square", "sync_mode": is_large})
    await fal.result(submitted)
    fal.stand_ins.advance_clock(lives_s - 5)
    assert (await fal.ask("GET", submitted.body["response_url"])).status == 200
    fal.stand_ins.advance_clock(10)
    assert (await fal.ask("GET", submitted.body["response_url"])).status == 404


async def test_sync_mode_gives_data_uris(fal: Fal) -> None:
    said = await fal.painted({"prompt": "a face", "image_size": SMALL, "sync_mode": True})
    assert said.body["images"][0]["url"].startswith("data:image/jpeg;base64,")


async def test_media_live_as_long_as_the_order_wants(fal: Fal) -> None:
    headers = {"X-Fal-Object-Lifecycle-Preference": json.dumps({"expiration_duration_seconds": 60})}
    said = await fal.result(await fal.submit(headers=headers))
    url = said.body["images"][0]["url"]
    await fal.fetched(url)
    fal.stand_ins.advance_clock(61)
    assert (await fal.ask("GET", url)).status == 404


async def test_the_stream_tells_every_change_and_ends(fal: Fal) -> None:
    fal.stand_ins.hold(0.0)
    submitted = await fal.submit()
    url = f"{submitted.body['status_url']}/stream"
    async with fal.session.get(url, headers=fal.key, params={"logs": "1"}) as answer:
        assert answer.content_type == "text/event-stream"
        lines = []
        async for line in answer.content:
            if line.startswith(b"data: "):
                lines.append(json.loads(line[6:]))
                fal.stand_ins.hold({1: 0.5, 2: None}.get(len(lines)))
    assert [line["status"] for line in lines][:2] == ["IN_QUEUE", "IN_PROGRESS"]
    assert lines[-1]["status"] == "COMPLETED"
    assert [line["status"] for line in lines].count("COMPLETED") == 1


async def cancelled(fal: Fal, submitted: Said) -> Said:
    return await fal.ask("PUT", submitted.body["cancel_url"])


@pytest.mark.parametrize("at", [0.0, 0.5], ids=["in the queue", "running"])
async def test_a_cancelled_order_ends_unpaid(fal: Fal, at: float) -> None:
    fal.stand_ins.hold(at)
    submitted = await fal.submit()
    said = await cancelled(fal, submitted)
    assert (said.status, said.body) == (202, {"status": "CANCELLATION_REQUESTED"})
    status = (await fal.status(submitted)).body
    assert (status["status"], status["error_type"]) == ("COMPLETED", "client_cancelled")
    assert status["error"]
    result = await fal.result(submitted)
    assert (result.status, result.headers["X-Fal-Error-Type"]) == (499, "client_cancelled")
    fal.stand_ins.hold(None)
    assert not any(call["paid"] for call in fal.stand_ins.calls())


async def test_an_order_that_is_almost_done_is_finished_although_cancelled(fal: Fal) -> None:
    fal.stand_ins.hold(0.9)
    submitted = await fal.submit()
    assert (await cancelled(fal, submitted)).status == 202
    assert (await fal.status(submitted)).body["status"] == "IN_PROGRESS"
    fal.stand_ins.hold(None)
    assert (await fal.result(submitted)).status == 200
    assert fal.stand_ins.calls()[0]["paid"]


async def test_what_has_ended_cannot_be_cancelled(fal: Fal) -> None:
    submitted = await fal.submit()
    await fal.result(submitted)
    said = await cancelled(fal, submitted)
    assert (said.status, said.body) == (400, {"status": "ALREADY_COMPLETED"})


async def test_an_unknown_order_cannot_be_cancelled(fal: Fal) -> None:
    said = await fal.ask("PUT", f"{fal.queue}/fal-ai/flux/requests/nothing/cancel")
    assert (said.status, said.body) == (404, {"status": "NOT_FOUND"})


async def test_an_order_that_starts_too_late_times_out(fal: Fal) -> None:
    fal.stand_ins.hold(0.0)
    submitted = await fal.submit(headers={"X-Fal-Request-Timeout": "0.2"})
    said = await fal.result(submitted)
    assert (said.status, said.headers["X-Fal-Request-Timeout-Type"]) == (504, "user")
    assert said.headers["X-Fal-Error-Type"] == said.body["error_type"] == "request_timeout"
    assert (await fal.status(submitted)).body["error_type"] == "request_timeout"


async def test_an_order_that_starts_in_time_is_not_hurried(fal: Fal) -> None:
    fal.stand_ins.hold(0.5)
    submitted = await fal.submit(headers={"X-Fal-Request-Timeout": "0.2"})
    fal.stand_ins.hold(None)
    assert (await fal.result(submitted)).status == 200


async def test_a_long_line_refuses_who_does_not_want_it(fal: Fal) -> None:
    fal.stand_ins.hold(0.0)
    assert (await fal.submit(fal_max_queue_length="1")).status == 200
    assert (await fal.submit(fal_max_queue_length="1")).status == 429
    assert (await fal.submit(endpoint="fal-ai/flux/schnell", fal_max_queue_length="1")).status == 200


async def test_a_direct_call_answers_with_the_result(fal: Fal) -> None:
    url = f"{fal.stand_ins.origin}/fal/run/{DEV}"
    said = await fal.ask("POST", url, json={"prompt": "a face", "seed": 7, "image_size": SMALL})
    assert (said.status, said.body["seed"]) == (200, 7)
    assert (await fal.ask("POST", url, headers={}, json={})).status == 401
    assert (await fal.ask("POST", f"{fal.stand_ins.origin}/fal/run/nobody/nothing", json={})).status == 404


REFERENCES = {
    "picture": data_uri(picture()),
    "pictures": [data_uri(picture()), data_uri(picture((9, 9, 200)))],
}


@pytest.mark.parametrize("endpoint", sorted(MODELS))
async def test_every_model_of_the_catalogue_paints(fal: Fal, endpoint: str) -> None:
    given: dict[str, Any] = {"seed": 7}
    fields = MODELS[endpoint].fields
    given |= {name: REFERENCES[field.kind] for name, field in fields.items() if field.kind in REFERENCES}
    given |= {"prompt": "a face"} if "prompt" in fields else {}
    given |= {"image_size": SMALL} if "image_size" in fields else {}
    given |= {"aspect_ratio": "1:1"} if "aspect_ratio" in fields else {}
    said = await fal.painted(given, endpoint)
    assert said.status == 200
    images = said.body.get("images") or [said.body["image"]]
    assert ("image" in said.body) is MODELS[endpoint].enlarges
    data = await fal.fetched(images[0]["url"])
    assert len(data) == images[0]["file_size"]
    assert int(said.headers["X-Fal-Billable-Units"]) >= 1


async def test_an_upscaler_makes_its_picture_larger(fal: Fal) -> None:
    given = {"image_url": data_uri(picture(size=(80, 60))), "upscale_factor": 3}
    said = await fal.painted(given, "fal-ai/codeformer")
    assert (said.body["image"]["width"], said.body["image"]["height"]) == (240, 180)


@pytest.mark.parametrize(
    ("given", "endpoint", "size", "units"),
    [
        ({"aspect_ratio": "1:1"}, ULTRA, (2048, 2048), "1"),
        ({"image_size": "square_hd"}, DEV, (1024, 1024), "1"),
        ({"image_size": {"width": 1344, "height": 1024}}, DEV, (1344, 1024), "2"),
        ({"image_size": {"width": 256}}, DEV, (256, 512), "1"),
        ({}, DEV, (1024, 768), "1"),
    ],
)
async def test_sizes_and_billed_units(
    fal: Fal, given: dict[str, Any], endpoint: str, size: tuple[int, int], units: str
) -> None:
    said = await fal.painted({"prompt": "a face", **given}, endpoint)
    image = said.body["images"][0]
    assert (image["width"], image["height"]) == size
    assert said.headers["X-Fal-Billable-Units"] == units


async def test_an_edit_keeps_the_shape_of_its_reference(fal: Fal) -> None:
    given = {"prompt": "older", "image_url": data_uri(picture(size=(64, 128)))}
    image = (await fal.painted(given, "fal-ai/flux-pro/kontext")).body["images"][0]
    assert image["height"] == pytest.approx(2 * image["width"], rel=0.05)


class Unreadable(dict[str, Any]):
    """An input that breaks whoever looks into it."""

    def __iter__(self) -> Iterator[str]:
        raise LookupError("unreadable")


async def test_an_order_that_breaks_the_stand_in_ends_as_a_failure(fal: Fal) -> None:
    desk = fal.stand_ins.desk("fal")
    orders = Orders(desk)
    request = make_mocked_request("POST", "/")
    work = desk.begin()
    order = Order("id", DEV, desk.key, Unreadable(prompt="x"), "", request, work, None, None)
    orders.add(order)
    await ended(order)
    assert order.outcome is not None
    assert (order.outcome.status, order.outcome.error_type) == (500, "internal_error")


async def test_a_prompt_with_half_a_character_is_painted(fal: Fal) -> None:
    assert (await fal.painted({"prompt": "a face \ud800", "image_size": SMALL})).status == 200
