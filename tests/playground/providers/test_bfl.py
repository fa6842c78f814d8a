"""BFL's stand-in answers as the published schemas say, paints, charges, forgets and refuses."""

import base64
import hashlib
import hmac
import io
from typing import Any

import aiohttp
import pytest
from aiohttp import web
from PIL import Image

from playground.providers.app import StandIns
from playground.providers.bfl_models import MODELS
from tests.playground.providers.bfl_client import SMALL, Client
from tests.playground.providers.bfl_schemas import check_answer
from tests.services.loopback import serve
from tests.waiting import until


@pytest.fixture
def client(providers: StandIns, session: aiohttp.ClientSession) -> Client:
    return Client(providers, session)


def png(colour: str = "red", size: tuple[int, int] = (320, 192)) -> str:
    file = io.BytesIO()
    Image.new("RGB", size, colour).save(file, "PNG")
    return base64.b64encode(file.getvalue()).decode()


async def test_an_order_is_polled_at_a_host_of_its_own_and_delivered_at_another(client: Client) -> None:
    accepted = await client.submit()
    task = await client.end_of(accepted)
    front, region, delivery = (
        address.split("/")[2]
        for address in (client.stand_ins.origin, accepted["polling_url"], task["result"]["sample"])
    )

    assert len({front, region, delivery}) == 3
    assert task["status"] == "Ready"
    assert set(task["result"]) == {"sample", "prompt", "seed", "start_time", "end_time", "duration"}
    assert (task["result"]["seed"], task["result"]["prompt"], task["cost"]) == (7, "a face", 4)


async def test_a_task_goes_from_pending_to_ready_with_progress(client: Client) -> None:
    client.stand_ins.hold(0.25, "bfl")
    accepted = await client.submit()
    first = await client.look(accepted["polling_url"])
    client.stand_ins.hold(None, "bfl")
    last = await client.end_of(accepted)

    assert (first["status"], first["progress"], first["result"]) == ("Pending", 0.25, None)
    assert (last["status"], last["progress"]) == ("Ready", None)


@pytest.mark.parametrize(("held_at", "status"), [(0.1, "Pending"), (0.4, "Reasoning"), (0.8, "Generating")])
async def test_the_newer_statuses_can_be_turned_on(client: Client, held_at: float, status: str) -> None:
    client.vendor.switches["says_reasoning"] = True
    client.stand_ins.hold(held_at, "bfl")
    accepted = await client.submit()

    assert (await client.call("GET", accepted["polling_url"]))[1]["status"] == status


async def test_the_same_order_gives_the_same_picture_and_another_seed_or_prompt_another(
    client: Client,
) -> None:
    orders: list[dict[str, Any]] = [{}, {}, {"seed": 8}, {"prompt": "another face"}]
    first, again, *others = [(await client.picture(**order))[1] for order in orders]

    assert first == again
    assert len({first, *others}) == 3


async def test_a_reference_changes_the_picture(client: Client) -> None:
    pictures = [
        (await client.picture(**order))[1]
        for order in ({}, {"image_prompt": png()}, {"image_prompt": png("blue")})
    ]

    assert len(set(pictures)) == 3


@pytest.mark.parametrize("file_format", ["jpeg", "png", "webp"])
async def test_a_picture_has_the_format_and_size_that_were_asked_for(
    client: Client, file_format: str
) -> None:
    status, data = await client.picture(output_format=file_format, width=512, height=288)

    assert status == 200
    with Image.open(io.BytesIO(data)) as image:
        assert (image.format, image.size) == (file_format.upper(), (512, 288))


@pytest.mark.parametrize(
    ("model", "body", "size"),
    [
        ("flux-dev", {}, (1024, 768)),
        ("flux-kontext-pro", {"aspect_ratio": "1:1"}, (1024, 1024)),
        ("flux-kontext-pro", {"input_image": png()}, (1312, 784)),
        ("flux-2-pro", {}, (1024, 1024)),
        ("flux-2-pro", {"input_image": png()}, (320, 192)),
        ("flux-2-pro", {"width": 512}, (512, 1024)),
        ("flux-pro-1.0-fill", {"image": png(), "mask": png("white")}, (320, 192)),
        ("flux-pro-1.0-expand", {"image": png(), "left": 64, "top": 32}, (384, 224)),
    ],
)
async def test_each_kind_of_model_chooses_its_size(
    client: Client, model: str, body: dict[str, Any], size: tuple[int, int]
) -> None:
    status, accepted = await client.call("POST", f"/v1/{model}", body={"prompt": "a face", **body})
    assert status == 200, accepted
    _, data = await client.download((await client.end_of(accepted))["result"]["sample"])

    with Image.open(io.BytesIO(data)) as image:
        assert image.size == size
    assert accepted["output_mp"] == round(size[0] * size[1] / 1e6, 2)


@pytest.mark.parametrize(
    ("model", "body", "cost"),
    [
        ("flux-pro-1.1", {}, 4),
        ("flux-kontext-max", {"aspect_ratio": "1:1"}, 8),
        ("flux-2-pro", {}, 3),
        ("flux-2-pro", {"width": 2048, "height": 1024}, 4.5),
        ("flux-2-pro", {"input_image": png()}, 4.5),
        ("flux-2-klein-4b", {}, 1.4),
    ],
)
async def test_the_submit_names_its_cost_and_the_credits_go_down_by_it(
    client: Client, model: str, body: dict[str, Any], cost: float
) -> None:
    _, accepted = await client.call("POST", f"/v1/{model}", body={"prompt": "a face", **body})
    _, left = await client.call("GET", "/v1/credits")

    check_answer("CreditsResponse", left)
    assert (accepted["cost"], left["credits"]) == (cost, 10_000 - cost)


@pytest.mark.parametrize(
    ("word", "status", "details", "is_paid"),
    [
        ("[moderated]", "Request Moderated", {"Moderation Reasons": ["Sexual Content"]}, False),
        ("[nsfw]", "Content Moderated", {"Moderation Reasons": ["Sexual Content"]}, True),
        ("[broken]", "Error", {"error": "Generation failed"}, False),
    ],
)
async def test_words_in_brackets_bring_the_other_endings_about(
    client: Client, word: str, status: str, details: dict[str, Any], is_paid: bool
) -> None:
    task = await client.end_of(await client.submit(prompt=f"a face {word}"))
    paid = [call["path"] for call in client.stand_ins.calls("bfl") if call["paid"]]

    assert (task["status"], task["details"], task["result"]) == (status, details, None)
    assert len(paid) == is_paid


async def test_a_link_dies_after_ten_minutes_and_the_task_stays(client: Client) -> None:
    accepted = await client.submit()
    sample = (await client.end_of(accepted))["result"]["sample"]
    before, _ = await client.download(sample)
    client.stand_ins.advance_clock(600)
    after, _ = await client.download(sample)

    assert (before, after) == (200, 403)
    assert (await client.look(accepted["polling_url"]))["status"] == "Ready"


async def test_delivery_refuses_a_wrong_signature_and_whoever_sends_a_key(client: Client) -> None:
    sample = (await client.end_of(await client.submit()))["result"]["sample"]
    answers = [
        (await client.download(sample.partition("?")[0]))[0],
        (await client.download(f"{sample}0"))[0],
        (await client.download(sample, **{"X-Key": "anything"}))[0],
    ]
    client.vendor.switches["delivery_refuses_keys"] = False
    answers.append((await client.download(sample, **{"X-Key": "anything"}))[0])

    assert answers == [403, 403, 400, 200]


async def test_the_front_address_does_not_know_the_tasks_of_a_region(client: Client) -> None:
    task_id = (await client.submit())["id"]
    before = await client.look(f"/v1/get_result?id={task_id}")
    client.vendor.switches["knows_regional_tasks"] = True
    after = await client.look(f"/v1/get_result?id={task_id}")

    assert before["status"] == "Task not found"
    assert after["status"] != "Task not found"


async def test_another_accounts_task_and_an_unknown_one_are_not_found(client: Client) -> None:
    polling_url = (await client.submit())["polling_url"]
    client.stand_ins.add_key("bfl", "another")
    _, foreign = await client.call("GET", polling_url, key="another")
    unknown = await client.look(polling_url.partition("?")[0] + "?id=nobody")

    assert (foreign["status"], unknown["status"]) == ("Task not found", "Task not found")


async def test_a_polling_address_may_lack_the_id(client: Client) -> None:
    client.vendor.switches["id_in_polling_url"] = False
    accepted = await client.submit()
    status, detail = await client.refusal("GET", accepted["polling_url"])

    assert (status, detail[0]["loc"]) == (422, ["query", "id"])
    assert (await client.look(f"{accepted['polling_url']}?id={accepted['id']}"))["id"] == accepted["id"]


async def test_an_order_with_a_webhook_has_no_polling_address_unless_turned(client: Client) -> None:
    url = "http://127.0.0.1:9/hooks/bfl/1.mac"
    accepted = await client.submit(webhook_url=url)
    client.vendor.switches["webhook_answer_has_polling_url"] = True
    _, turned = await client.call("POST", "/v1/flux-pro-1.1", body={**SMALL, "webhook_url": url})

    assert (accepted["status"], accepted["webhook_url"]) == ("Pending", url)
    assert (await client.end_of(accepted))["status"] == "Ready"
    assert "polling_url" in turned


async def test_a_webhook_is_sent_and_signed_with_the_orders_secret(client: Client) -> None:
    calls: list[tuple[dict[str, Any], bytes, str | None]] = []

    async def take(request: web.Request) -> web.Response:
        calls.append((await request.json(), await request.read(), request.headers.get("X-BFL-Signature")))
        return web.Response()

    async with serve(take) as url:
        await client.submit(webhook_url=url, webhook_secret="shh")
        await until(lambda: len(calls) == 1)
        await client.submit(prompt="a face [nsfw]", webhook_url=url)
        await until(lambda: len(calls) == 2)
    (ready, body, signature), (moderated, _, no_signature) = calls

    assert ready["status"] == "Ready"
    assert set(ready["result"]) == {"sample", "prompt", "seed"}
    assert signature == "sha256=" + hmac.new(b"shh", body, hashlib.sha256).hexdigest()
    assert (moderated["status"], no_signature) == ("Content Moderated", None)
    assert moderated["message"]


async def test_a_forged_webhook_claims_a_picture_that_is_not_there(client: Client) -> None:
    calls: list[dict[str, Any]] = []

    async def take(request: web.Request) -> web.Response:
        calls.append(await request.json())
        return web.Response()

    async with serve(take) as url:
        client.stand_ins.webhook("bfl", "*", "forge")
        accepted = await client.submit(webhook_url=url)
        await until(lambda: calls)

    assert calls[0]["id"] == accepted["id"]
    assert (await client.download(calls[0]["result"]["sample"]))[0] == 403


async def test_the_25th_unfinished_task_is_refused_and_the_7th_of_kontext_max(client: Client) -> None:
    client.stand_ins.hold(0.5, "bfl")
    kontext = {"prompt": "a face"}
    statuses = [(await client.call("POST", "/v1/flux-kontext-max", body=kontext))[0] for _ in range(7)]
    statuses += [(await client.call("POST", "/v1/flux-pro-1.1", body=SMALL))[0] for _ in range(19)]

    assert statuses == [200] * 6 + [429] + [200] * 18 + [429]
    assert (await client.refusal("POST", "/v1/flux-pro-1.1", body=SMALL))[0] == 429


async def test_without_credits_nothing_is_accepted(client: Client) -> None:
    client.vendor.credits[client.stand_ins.desk("bfl").key] = 3.99

    assert await client.refusal("POST", "/v1/flux-pro-1.1", body=SMALL) == (402, "Insufficient credits")
    assert not [call for call in client.stand_ins.calls("bfl") if call["paid"]]


async def test_the_control_interface_turns_switches(client: Client) -> None:
    control = client.stand_ins.announcement["control"]

    async def turn(**switches: object) -> tuple[int, Any]:
        return await client.call("POST", f"{control}/switches", body={"provider": "bfl", **switches})

    status, switches = await turn(says_reasoning=True)
    refused, error = await turn(says_reasoning="yes")
    unknown, _ = await turn(nothing=True)

    assert (status, switches["says_reasoning"]) == (200, True)
    assert (refused, unknown, error["error"]["code"]) == (400, 400, "bad_switch")
    assert client.vendor.switches == switches


async def test_a_reset_forgets_tasks_spendings_and_switches(client: Client) -> None:
    client.vendor.switches["says_reasoning"] = True
    polling_url = (await client.submit())["polling_url"]
    await client.stand_ins.reset()

    assert (await client.look(polling_url))["status"] == "Task not found"
    assert (await client.call("GET", "/v1/credits"))[1] == {"credits": 10_000}
    assert not client.vendor.switches["says_reasoning"]


def test_every_model_of_the_vendor_is_there() -> None:
    assert {"flux-dev", "flux-pro-1.1", "flux-pro-1.1-ultra", "flux-kontext-pro", "flux-2-pro"} <= set(MODELS)
