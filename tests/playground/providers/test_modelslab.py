"""ModelsLab's stand-in keeps to the vendor's documents."""

import base64
from collections.abc import AsyncIterator
from typing import Any

import pytest
from aiohttp import web

from playground.providers.modelslab import ADMIN_CALLS, LINKS_LIVE_S
from tests.playground.providers.modelslab_bench import (
    CLIENTS,
    ENTERPRISE,
    GENERATE,
    Lab,
    face_png,
    open_lab,
    size_of,
)
from tests.services.loopback import serve
from tests.waiting import until

DOORS = (GENERATE, ENTERPRISE, CLIENTS)


@pytest.fixture
async def lab() -> AsyncIterator[Lab]:
    async with open_lab() as opened:
        yield opened


def fetch_of(generate: str, order_id: object) -> str:
    return f"{generate.rpartition('/')[0]}/fetch/{order_id}"


async def wait_for(lab: Lab, generate: str, order_id: object) -> dict[str, Any]:
    """Ask until an order has ended."""
    answers: list[dict[str, Any]] = []
    path = fetch_of(generate, order_id)
    while not answers or answers[-1]["status"] == "processing":
        answers.append((await lab.post(path, {"key": lab.key}))[1])
    return answers[-1]


@pytest.mark.parametrize("generate", DOORS)
async def test_a_quick_order_is_answered_with_its_picture(lab: Lab, generate: str) -> None:
    changes = {"width": "512", "height": 256, "negative_prompt": "fat", "base64": False}
    async with serve(_picture) as url:
        status, answer = await lab.post(generate, lab.order(face_image=f"{url}/face.png", **changes))
    (link,), (proxy_link,) = answer["output"], answer["proxy_links"]

    assert (status, answer["status"], lab.paid()) == (200, "success", 1)
    assert link.endswith("-0.png")
    assert (await lab.get(link))[1] == (await lab.get(proxy_link))[1]
    assert size_of((await lab.get(link))[1]) == (512, 256)
    meta = {name: answer["meta"][name] for name in ("seed", "width", "height", "base64", "negative_prompt")}
    assert meta == {"seed": 7, "width": 512, "height": 256, "base64": "no", "negative_prompt": "fat"}
    assert lab.key not in str(answer)


async def _picture(_request: web.Request) -> web.Response:
    return web.Response(body=face_png(), content_type="image/png")


async def test_base64_is_answered_with_the_address_of_a_text(lab: Lab) -> None:
    _, answer = await lab.post(GENERATE, lab.order())
    _, text = await lab.get(answer["output"][0])

    assert answer["output"][0].endswith("-0.base64")
    assert size_of(base64.b64decode(text.removeprefix(b"data:image/png;base64,"), validate=True)) == (
        256,
        256,
    )


@pytest.mark.parametrize(("generate", "id_type"), [(GENERATE, int), (ENTERPRISE, str), (CLIENTS, int)])
async def test_a_slow_order_is_asked_after_until_it_is_done(generate: str, id_type: type) -> None:
    async with open_lab(pace_s=20) as lab:
        _, answer = await lab.post(generate, lab.order())
        path = fetch_of(generate, answer["id"])
        _, waiting = await lab.post(path, {"key": lab.key})
        early = await lab.get(answer["future_links"][0])
        lab.stand_ins.set_pace(0)
        done = await wait_for(lab, generate, answer["id"])

    assert (answer["status"], answer["eta"], answer["output"]) == ("processing", 20, [])
    assert isinstance(answer["id"], id_type)
    assert answer["fetch_result"] == f"https://modelslab.com/api/{path}"
    assert answer["meta"]["seed"] == 7
    assert (waiting["status"], waiting["output"]) == ("processing", "")
    assert early[0] == 404
    assert (set(done), done["output"]) == ({"status", "id", "output"}, answer["future_links"])


async def test_the_same_order_gives_the_same_picture_and_another_seed_or_face_another(lab: Lab) -> None:
    other_face = base64.b64encode(face_png((10, 20, 30))).decode()
    orders = [lab.order(), lab.order(), lab.order(seed=8), lab.order(face_image=other_face)]
    links = [(await lab.post(GENERATE, order))[1]["output"][0] for order in orders]
    first, again, other_seed, other = [(await lab.get(link))[1] for link in links]

    assert first == again
    assert len({first, other_seed, other}) == 3


async def test_a_null_seed_is_drawn_and_told_in_the_first_answer(lab: Lab) -> None:
    seeds = {(await lab.post(GENERATE, lab.order(seed=None)))[1]["meta"]["seed"] for _ in range(3)}

    assert len(seeds) > 1


async def test_a_picture_can_be_smaller_than_asked_for(lab: Lab) -> None:
    _, answer = await lab.post(GENERATE, lab.order(prompt="[small] face", width=1024, height=1024))

    assert (answer["meta"]["width"], answer["meta"]["height"]) == (512, 512)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"prompt": ...}, "prompt is required"),
        ({"prompt": 7}, "prompt must be a string"),
        ({"face_image": ...}, "face_image is required"),
        ({"face_image": "aGVsbG8="}, "face_image must be a valid image"),
        ({"face_image": "http://127.0.0.1:9/none.png"}, "Unable to fetch image from provided URL"),
        ({"base64": False}, "face_image must be a valid URL, or base64 must be true"),
        ({"base64": 3}, "base64 must be a boolean"),
        ({"width": 1032}, "width must be between 256 and 1024"),
        ({"height": 260}, "height must be divisible by 8"),
        ({"height": "tall"}, "height must be a number"),
        ({"height": 512.5}, "height must be an integer"),
        ({"num_inference_steps": 27}, "num_inference_steps must be between 1 and 26"),
        ({"num_inference_steps": "20.5"}, "num_inference_steps must be an integer"),
        ({"guidance_scale": 0.5}, "guidance_scale must be between 1 and 10"),
        ({"guidance_scale": 10**400}, "guidance_scale must be between 1 and 10"),
        ({"seed": "red"}, "seed must be an integer"),
        ({"seed": "\u00b2"}, "seed must be an integer"),
        ({"seed": "9" * 5000}, "seed must be an integer"),
        ({"seed": 2**32}, "seed must be an integer"),
        ({"seed": -1}, "seed must be an integer"),
        ({"seed": 1.0}, "seed must be an integer"),
        ({"seed": True}, "seed must be an integer"),
        ({"webhook": "ftp://x"}, "webhook must be a valid https URL"),
        ({"track_id": [1]}, "track_id must be an integer"),
        ({"num_images": 2}, "num_images is not a valid parameter"),
        ({"prompt": "a [moderated] face"}, "NSFW content detected in prompt"),
        ({"prompt": "a [noface]"}, "No face detected in face_image"),
        ({"prompt": "a [gone] face"}, "Model not found: flux_headshot"),
    ],
)
async def test_a_broken_rule_is_refused_in_words_and_costs_nothing(
    lab: Lab, changes: dict[str, Any], message: str
) -> None:
    assert await lab.post(GENERATE, lab.order(**changes)) == (400, {"status": "error", "message": message})
    assert lab.paid() == 0


async def test_the_old_door_refuses_with_200_and_its_own_spelling(lab: Lab) -> None:
    status, answer = await lab.post(ENTERPRISE, lab.order(prompt=...))

    assert (status, answer) == (200, {"status": "error", "messege": "prompt is required"})
    assert (await lab.post(ENTERPRISE, lab.order(width=2048)))[1]["status"] == "success"


@pytest.mark.parametrize("body", ["text", [1], None])
async def test_a_body_that_is_no_object_is_refused(lab: Lab, body: object) -> None:
    assert (await lab.post(GENERATE, body))[0] == 400


@pytest.mark.parametrize("path", [*DOORS, fetch_of(GENERATE, 1), "v6/processing/request_count"])
async def test_every_call_needs_the_key_in_its_body(lab: Lab, path: str) -> None:
    for key, message in (("", "API key required"), (7, "API key required"), ("wrong", "Invalid API key")):
        status, answer = await lab.post(path, lab.order(key=key))
        assert (status, answer.get("message") or answer.get("messege")) == (401, message)
    assert lab.paid() == 0


@pytest.mark.parametrize("seed", [0, 2**32 - 1, "7"])
async def test_a_seed_is_a_whole_number_or_its_text(lab: Lab, seed: object) -> None:
    _, answer = await lab.post(GENERATE, lab.order(seed=seed))

    assert answer["meta"]["seed"] == int(str(seed))


async def test_an_enterprise_key_is_good_at_the_enterprise_doors_only(lab: Lab) -> None:
    lab.stand_ins.add_key("modelslab", "ent-1234567890")
    details = "v1/enterprise/flux_headshot/system_details"

    assert (await lab.post(GENERATE, lab.order(key="ent-1234567890")))[0] == 401
    assert (await lab.post(ENTERPRISE, lab.order(key="ent-1234567890")))[1]["status"] == "success"
    assert (await lab.post(details, {"key": "ent-1234567890"}))[1]["status"] == "ok"


@pytest.mark.parametrize("call", ADMIN_CALLS)
async def test_what_would_touch_the_whole_server_is_refused(lab: Lab, call: str) -> None:
    assert (await lab.post(f"v1/enterprise/image_editing/{call}", {"key": lab.key}))[0] == 403


async def test_an_order_is_known_to_its_own_key_and_door(lab: Lab) -> None:
    lab.stand_ins.add_key("modelslab", "somebody-else")
    order_id = (await lab.post(GENERATE, lab.order()))[1]["id"]

    assert (await lab.post(fetch_of(GENERATE, order_id), {"key": lab.key}))[1]["status"] == "success"
    assert (await lab.post(fetch_of(GENERATE, order_id), {"key": "somebody-else"}))[0] == 404
    assert (await lab.post(fetch_of(CLIENTS, order_id), {"key": lab.key}))[0] == 404
    lab.stand_ins.vendors["modelslab"].reset()
    status, answer = await lab.post(fetch_of(GENERATE, order_id), {"key": lab.key})
    assert (status, answer["message"]) == (404, "The specified ID does not exist or is not queued")


async def test_the_sixth_order_in_line_is_refused_with_its_wait_in_the_body() -> None:
    async with open_lab(pace_s=3600) as lab:
        taken = [(await lab.post(GENERATE, lab.order()))[0] for _ in range(5)]
        refused = await lab.post(GENERATE, lab.order())
        _, count = await lab.post("v6/processing/request_count", {"key": lab.key})
        on_the_own_server = [(await lab.post(ENTERPRISE, lab.order()))[0] for _ in range(6)]

    message = "Rate limit exceeded. Maximum 5 queued requests allowed."
    assert refused == (429, {"status": "error", "message": message, "retry_after": 30})
    assert (taken, count["processing_count"], on_the_own_server) == ([200] * 5, 5, [200] * 6)


async def test_links_live_for_a_day(lab: Lab) -> None:
    _, answer = await lab.post(GENERATE, lab.order())
    lab.stand_ins.advance_clock(LINKS_LIVE_S - 60)
    before = await lab.get(answer["output"][0])
    lab.stand_ins.advance_clock(120)

    assert (before[0], (await lab.get(answer["output"][0]))[0]) == (200, 404)
    assert (await lab.get(answer["proxy_links"][0]))[0] == 404


@pytest.mark.parametrize(
    ("prompt", "status", "fields"),
    [
        ("a face", "success", {"id", "track_id", "output", "generationTime", "meta"}),
        ("a [broken] face", "failed", {"id", "track_id", "message"}),
    ],
)
async def test_a_webhook_says_how_an_order_ended(
    lab: Lab, prompt: str, status: str, fields: set[str]
) -> None:
    calls: list[dict[str, Any]] = []

    async def listen(request: web.Request) -> web.Response:
        calls.append(await request.json())
        return web.Response()

    async with serve(listen) as url:
        _, answer = await lab.post(GENERATE, lab.order(prompt=prompt, webhook=f"{url}/hooks", track_id=41))
        await until(lambda: calls)

    assert (calls[0]["status"], calls[0]["track_id"]) == (status, 41)
    assert calls[0]["id"] == str(answer["id"])
    assert set(calls[0]) == fields | {"status"}


async def test_a_forged_webhook_looks_like_any_other_and_leads_nowhere(lab: Lab) -> None:
    calls: list[dict[str, Any]] = []

    async def listen(request: web.Request) -> web.Response:
        calls.append(await request.json())
        return web.Response()

    lab.stand_ins.webhook("modelslab", "*", "forge")
    async with serve(listen) as url:
        await lab.post(GENERATE, lab.order(webhook=f"{url}/hooks"))
        await until(lambda: calls)

    assert calls[0]["status"] == "success"
    assert (await lab.get(calls[0]["output"][0]))[0] == 404


async def test_a_run_that_fails_or_is_flagged_says_so_in_every_answer(lab: Lab) -> None:
    _, failed = await lab.post(GENERATE, lab.order(prompt="[broken]"))
    _, flagged = await lab.post(GENERATE, lab.order(prompt="[nsfw]"))

    assert (failed["status"], flagged["nsfw_content_detected"]) == ("failed", True)
    assert (await wait_for(lab, GENERATE, failed["id"]))["message"] == "Image generation failed"
    assert (await wait_for(lab, GENERATE, flagged["id"]))["nsfw_content_detected"] is True
