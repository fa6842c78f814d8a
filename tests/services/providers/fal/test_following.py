"""The adapter asks after its orders: where, how far they are, and what came of them."""

from dataclasses import replace

import pytest

from services.errors import (
    ProviderBroken,
    ProviderBusy,
    ProviderError,
    ProviderRefusedKey,
    ProviderRejected,
)
from services.providers.base import Failed, Finished, Handle, Running
from tests.services.providers.fal.conftest import Shop
from tests.services.providers.fal.member import CATALOG, ORDER
from tests.services.providers.references import picture
from tests.waiting import until


async def test_the_addresses_of_the_answer_are_followed(shop: Shop) -> None:
    handle = await shop.submit(shop.order("fal/flux-pro-v1.1-ultra", parameters={}))
    await shop.wait_for(handle)

    base = f"{shop.stand_ins.origin}/fal/queue/fal-ai/flux-pro/requests/{handle.remote_id}"
    assert handle.addresses == {"status": f"{base}/status", "response": base, "cancel": f"{base}/cancel"}
    assert shop.calls(f"{handle.remote_id}/status")[0]["path"].endswith("/status?logs=1")


@pytest.mark.parametrize(
    "addresses", [{}, {"status": "https://evil.example/s", "response": "https://evil.example/r"}]
)
async def test_an_order_that_only_its_webhook_named_is_found(shop: Shop, addresses: dict[str, str]) -> None:
    handle = await shop.submit(shop.order())
    found = await shop.wait_for(Handle(handle.remote_id, addresses, handle.model))

    assert isinstance(found, Finished)


async def test_nothing_is_asked_about_an_order_of_which_nothing_is_known(shop: Shop) -> None:
    with pytest.raises(ProviderBusy):
        await shop.provider.poll(Handle("id-1", {}, "no/such-model"))

    assert not shop.calls("/fal/")


async def test_the_place_in_the_line_and_the_log_are_told(shop: Shop) -> None:
    shop.stand_ins.hold(0.0)
    handle = await shop.submit(shop.order())
    waiting = await shop.provider.poll(handle)
    shop.stand_ins.hold(0.7)
    await until(lambda: shop.stand_ins.desks["fal"].pace.held_at == 0.7)
    painting = await shop.provider.poll(handle)
    shop.stand_ins.hold(None)

    assert isinstance(waiting, Running)
    assert waiting.place is not None
    assert isinstance(painting, Running)
    assert painting.fraction is not None
    assert painting.log_line is not None


@pytest.mark.parametrize(
    ("prompt", "kind", "code", "charged"),
    [
        ("a [moderated] face", ProviderRejected, "provider_moderated_input", False),
        ("a [nsfw] face", ProviderRejected, "provider_moderated_output", True),
        ("a [noface] face", ProviderRejected, "provider_no_face", False),
        ("a [broken] face", ProviderBroken, "provider_broken", False),
    ],
)
async def test_an_order_that_ends_without_a_picture_says_why(
    shop: Shop, prompt: str, kind: type[ProviderError], code: str, charged: bool
) -> None:
    order = shop.order("fal/flux-pulid", prompt=prompt, parameters=ORDER.parameters, references=(picture(),))
    outcome = await shop.end_of(order)

    assert isinstance(outcome, Failed)
    assert (type(outcome.error), outcome.error.code, outcome.error.charged) == (kind, code, charged)
    assert "face]" not in str(outcome.error)


async def test_a_retired_model_is_named_while_submitting(shop: Shop) -> None:
    with pytest.raises(ProviderRefusedKey) as caught:
        await shop.provider.submit(shop.order("fal/flux-realism", prompt="[gone]"))

    assert (caught.value.code, caught.value.fields["model"]) == (
        "provider_model_gone",
        CATALOG.by_id["fal/flux-realism"].title,
    )


async def test_a_path_that_is_gone_shows_in_the_result(shop: Shop) -> None:
    outcome = await shop.end_of(replace(shop.order(), endpoint="fal-ai/flux/no-such-path"))

    assert isinstance(outcome, Failed)
    assert outcome.error.code == "provider_model_gone"


async def test_a_value_out_of_range_is_named_with_its_range(shop: Shop) -> None:
    outcome = await shop.end_of(shop.order("fal/flux-dev", parameters={"num_inference_steps": 999}))

    assert isinstance(outcome, Failed)
    assert dict(outcome.error.fields) == {
        "field": "num_inference_steps",
        "allowed": "at most 50",
        "found": "999",
    }


async def test_a_reference_that_is_too_small_is_named_with_its_limit(shop: Shop) -> None:
    outcome = await shop.end_of(
        shop.order("fal/flux-pro-kontext", parameters={}, references=(picture(side=16),))
    )

    assert isinstance(outcome, Failed)
    assert outcome.error.fields["reason"] == "it is too small: at least 32x32 pixels"


async def test_an_order_that_waits_too_long_has_timed_out(shop: Shop) -> None:
    shop.script(
        {"status": 200, "body": {"status": "COMPLETED", "error": "late", "error_type": "request_timeout"}},
        "/status",
    )
    outcome = await shop.end_of(shop.order())

    assert isinstance(outcome, Failed)
    assert (type(outcome.error), outcome.error.code) == (ProviderBroken, "provider_timed_out")
    assert not outcome.error.charged


@pytest.mark.parametrize(
    "step",
    [
        {"status": 400, "body": {"detail": "Request is still in progress"}},
        {"status": 404, "body": "<html>"},
        {"status": 502, "body": "<html>nginx</html>"},
        {"status": 200, "body": "<html>"},
        {"status": 429, "body": {}},
        {"after": True, "cut_after": 5},
    ],
)
async def test_a_result_that_cannot_be_had_now_is_asked_for_again(
    shop: Shop, step: dict[str, object]
) -> None:
    handle = await shop.submit(shop.order())
    shop.script(step, r"/requests/[^/]+$")
    with pytest.raises(ProviderBusy):
        await shop.wait_for(handle)

    assert isinstance(await shop.wait_for(handle), Finished)


@pytest.mark.parametrize("word", ["IN_QUEUE", "IN_PROGRESS"])
async def test_a_result_that_says_it_is_not_there_yet_is_waited_for(shop: Shop, word: str) -> None:
    handle = await shop.submit(shop.order())
    shop.script({"status": 202, "body": {"status": word, "logs": None}}, r"/requests/[^/]+$")

    assert isinstance(await shop.wait_for(handle), Finished)


async def test_a_page_of_a_gateway_does_not_lose_an_order(shop: Shop) -> None:
    handle = await shop.submit(shop.order())
    shop.script({"status": 404, "body": "<html>Not Found</html>"}, "/status")
    with pytest.raises(ProviderBusy):
        await shop.provider.poll(handle)

    assert isinstance(await shop.wait_for(handle), Finished)


async def test_an_order_is_lost_when_its_result_has_gone(shop: Shop) -> None:
    handle = await shop.submit(shop.order())
    await shop.wait_for(handle)
    shop.stand_ins.advance_clock(3601)
    outcome = await shop.provider.poll(handle)

    assert isinstance(outcome, Failed)
    assert outcome.error.code == "provider_lost_order"


async def test_an_output_without_a_picture_was_charged(shop: Shop) -> None:
    handle = await shop.submit(shop.order())
    shop.script({"status": 200, "body": {"images": [], "seed": 1}}, r"/requests/[^/]+$")
    outcome = await shop.wait_for(handle)

    assert isinstance(outcome, Failed)
    assert (outcome.error.code, outcome.error.charged) == ("result_empty", True)


@pytest.mark.parametrize(("units", "cost"), [("2", 50_000), ("0.5", 12_500), ("x", None)])
async def test_the_billed_units_are_the_cost(shop: Shop, units: str, cost: int | None) -> None:
    handle = await shop.submit(shop.order("fal/flux-dev"))
    output = {"images": [{"url": "https://v3.fal.media/1.jpeg"}]}
    step = {"status": 200, "body": output, "headers": {"X-Fal-Billable-Units": units}}
    shop.script(step, r"/requests/[^/]+$")
    outcome = await shop.wait_for(handle)

    assert isinstance(outcome, Finished)
    assert outcome.cost_micro_usd == cost


async def test_units_of_a_price_that_has_steps_are_no_cost(shop: Shop) -> None:
    outcome = await shop.end_of(shop.order("fal/flux-2-pro"))

    assert isinstance(outcome, Finished)
    assert outcome.cost_micro_usd is None


async def test_a_refusal_that_repeats_megabytes_of_the_order_is_read_all_the_same(shop: Shop) -> None:
    handle = await shop.submit(shop.order())
    entry = {"loc": ["body", "image_url"], "msg": "bad", "type": "image_load_error", "input": "x" * 3_000_000}
    shop.script({"status": 422, "body": {"detail": [entry]}}, r"/requests/[^/]+$")
    outcome = await shop.wait_for(handle)

    assert isinstance(outcome, Failed)
    assert outcome.error.code == "provider_bad_reference"
    assert len(outcome.error.vendor_text) <= 300
