"""The provider orders, follows, fetches and reports over its stand-in."""

import io
from dataclasses import replace

import pytest
from PIL import Image

from services.errors import (
    ProviderBroken,
    ProviderBusy,
    ProviderRefusedKey,
    ProviderRejected,
)
from services.images.pixels import PixelWork
from services.models import JsonValue
from services.providers.base import CancelAnswer, Failed, Finished, Handle, KeyReport, Reference, Running
from services.providers.bfl.adapter import BflProvider
from services.providers.catalog import load_catalog
from services.providers.registry import open_registry
from services.settings import Settings
from tests.services.providers.bfl.conftest import Shop
from tests.services.providers.references import noise, picture
from tests.waiting import until


async def test_a_picture_comes_with_its_seed_and_what_it_cost(shop: Shop) -> None:
    outcome = await shop.end_of(shop.order())

    assert isinstance(outcome, Finished)
    assert (outcome.seed, outcome.cost_micro_usd) == (42, 40_000)
    with Image.open(io.BytesIO(await shop.fetch(outcome))) as image:
        assert (image.size, image.format) == ((256, 256), "JPEG")


async def test_the_same_seed_gives_the_same_picture_and_another_seed_another(shop: Shop) -> None:
    first, second, other = [await shop.picture_of(shop.order(image_seed=seed)) for seed in (42, 42, 43)]

    assert first == second
    assert first != other


async def test_every_parameter_of_the_vendors_first_page_is_taken(shop: Shop) -> None:
    parameters: dict[str, JsonValue] = {
        "width": 1024,
        "height": 768,
        "steps": 28,
        "prompt_upsampling": False,
        "guidance": 3,
        "safety_tolerance": 2,
        "output_format": "png",
    }
    order = replace(shop.order(), model="bfl/flux-dev", endpoint="flux-dev", parameters=parameters)

    assert (await shop.picture_of(order))[:4] == b"\x89PNG"
    assert shop.calls("/v1/flux-dev")[0]["body"] == {**parameters, "prompt": "a face", "seed": 42}


async def test_references_change_the_picture_in_their_order(shop: Shop) -> None:
    order = replace(
        shop.order(),
        model="bfl/flux-kontext-pro",
        endpoint="flux-kontext-pro",
        parameters={"aspect_ratio": "1:1"},
    )
    red, blue = picture("red"), picture("blue")
    without, one_way, other_way = [
        await shop.picture_of(replace(order, references=references))
        for references in ((), (red, blue), (blue, red))
    ]

    assert len({without, one_way, other_way}) == 3


async def test_references_of_megabytes_arrive(shop: Shop) -> None:
    order = shop.order(references=(noise(),))

    assert isinstance(await shop.end_of(order), Finished)
    assert shop.calls("/v1/flux-pro-1.1")[0]["size"] > 4_000_000


async def test_a_refusal_that_repeats_megabytes_is_still_read(shop: Shop) -> None:
    with pytest.raises(ProviderRejected) as caught:
        await shop.provider.submit(shop.order(parameters={"width": 100}, references=(noise(),)))

    assert caught.value.fields["field"] == "width"

    unreadable = Reference(b"no picture" * 500_000, "image/png", 1, 1)
    with pytest.raises(ProviderRejected) as caught:
        await shop.provider.submit(shop.order(references=(unreadable,)))

    assert caught.value.code == "provider_bad_reference"
    assert shop.paid() == 0


async def test_the_polling_address_of_the_answer_is_followed(shop: Shop) -> None:
    handle = (await shop.provider.submit(shop.order())).handle
    await shop.wait_for(handle)

    assert handle.addresses["polling"].endswith(f"/v1/get_result?id={handle.remote_id}")
    assert not shop.calls("/bfl/v1/get_result")


async def test_the_id_is_put_into_a_polling_address_that_lacks_it(shop: Shop) -> None:
    shop.turn(id_in_polling_url=False)
    handle = (await shop.provider.submit(shop.order())).handle

    assert handle.addresses["polling"].endswith("/v1/get_result")
    assert isinstance(await shop.wait_for(handle), Finished)


async def test_an_order_with_a_webhook_is_asked_after_at_the_front_address(shop: Shop) -> None:
    order = shop.order(webhook_url="http://127.0.0.1:9/hooks/bfl/1.mac")
    handle = (await shop.provider.submit(order)).handle

    assert handle.addresses == {}
    assert isinstance(await shop.wait_for(handle), Finished)
    assert shop.calls("/bfl/v1/get_result")


async def test_a_task_that_the_front_address_does_not_know_is_not_given_up(shop: Shop) -> None:
    shop.turn(webhook_tasks_are_regional=True)
    order = shop.order(webhook_url="http://127.0.0.1:9/hooks/bfl/1.mac")
    handle = (await shop.provider.submit(order)).handle

    assert isinstance(await shop.provider.poll(handle), Running)


async def test_the_webhooks_address_brings_a_picture_that_the_front_address_does_not_know(shop: Shop) -> None:
    shop.turn(webhook_tasks_are_regional=True)
    order = shop.order(webhook_url="http://127.0.0.1:9/hooks/bfl/1.mac")
    handle = (await shop.provider.submit(order)).handle
    due = shop.stand_ins.webhooks._orders
    await until(lambda: ("bfl", handle.remote_id) in due)
    notice = await shop.provider.parse_webhook(due["bfl", handle.remote_id].body, {})
    outcome = await shop.provider.poll(replace(handle, addresses=notice.addresses or {}))

    assert notice.result is None
    assert isinstance(outcome, Finished)
    assert len(await shop.fetch(outcome)) > 100


async def test_the_picture_is_fetched_without_the_key(shop: Shop) -> None:
    await shop.picture_of(shop.order())
    (delivered,) = shop.calls("/results/")

    assert delivered["status"] == 200
    assert shop.provider.key not in str(delivered)


async def test_a_picture_is_gone_after_ten_minutes(shop: Shop) -> None:
    outcome = await shop.end_of(shop.order())
    assert isinstance(outcome, Finished)
    shop.stand_ins.advance_clock(601)

    with pytest.raises(ProviderBroken) as caught:
        await shop.fetch(outcome)
    assert caught.value.code == "result_expired"


@pytest.mark.parametrize(
    ("word", "code", "charged"),
    [
        ("[moderated]", "provider_moderated_input", False),
        ("[nsfw]", "provider_moderated_output", True),
        ("[broken]", "provider_broken", False),
    ],
)
async def test_an_order_that_ends_without_a_picture_says_why(
    shop: Shop, word: str, code: str, charged: bool
) -> None:
    outcome = await shop.end_of(shop.order(f"a face {word}"))

    assert isinstance(outcome, Failed)
    assert (outcome.error.code, outcome.error.charged) == (code, charged)
    assert shop.paid() == charged


async def test_a_slow_task_is_running_with_its_fraction_and_status(shop: Shop) -> None:
    shop.stand_ins.hold(0.5)
    shop.turn(says_reasoning=True)
    handle = (await shop.provider.submit(shop.order())).handle

    assert await shop.provider.poll(handle) == Running(fraction=0.5, log_line="reasoning", poll_after_s=1.0)
    shop.stand_ins.hold(None)
    assert isinstance(await shop.wait_for(handle), Finished)


async def test_a_task_that_is_not_known_right_after_its_order_is_waited_for(shop: Shop) -> None:
    clock = [1_800_000_000.0]
    provider = replace(shop.provider, now_s=lambda: clock[0])
    handle = Handle.from_json((await provider.submit(shop.order())).handle.to_json())
    missing = {"status": 200, "body": {"id": "x", "status": "Task not found", "result": None}}
    shop.stand_ins.script("bfl", [missing, missing], {"path_regex": "get_result"})

    assert isinstance(await provider.poll(handle), Running)
    clock[0] += 31
    lost = await provider.poll(handle)
    assert isinstance(lost, Failed)
    assert lost.error.code == "provider_lost_order"


async def test_a_lost_task_has_ended(shop: Shop) -> None:
    handle = (await shop.provider.submit(shop.order())).handle
    await shop.wait_for(handle)
    await shop.stand_ins.reset()
    outcome = await shop.provider.poll(handle)

    assert isinstance(outcome, Failed)
    assert outcome.error.code == "provider_lost_order"


async def test_a_retired_model_is_the_owners_to_mend(shop: Shop) -> None:
    with pytest.raises(ProviderRefusedKey) as caught:
        await shop.provider.submit(replace(shop.order(), endpoint="flux-pro"))

    assert (caught.value.code, caught.value.fields["model"]) == ("provider_model_gone", "FLUX-PRO-1.1")


async def test_the_25th_task_at_once_is_busy_and_free(shop: Shop) -> None:
    shop.stand_ins.hold(0.5)
    for _ in range(24):
        await shop.provider.submit(shop.order())

    with pytest.raises(ProviderBusy):
        await shop.provider.submit(shop.order())
    assert shop.paid() == 24


async def test_an_account_without_credits_is_the_owners_to_mend(shop: Shop) -> None:
    shop.vendor.credits[shop.provider.key] = 3.0
    with pytest.raises(ProviderRefusedKey) as caught:
        await shop.provider.submit(shop.order())

    assert caught.value.code == "provider_no_balance"
    assert await shop.provider.check_key() == KeyReport("$0.03")


async def test_a_key_is_tested_by_its_credits(shop: Shop) -> None:
    assert await shop.provider.check_key() == KeyReport("$100.00")
    await shop.end_of(shop.order())
    assert await shop.provider.check_key() == KeyReport("$99.96")
    assert shop.paid() == 1


@pytest.mark.parametrize("key", ["", "another", "kéy"])
async def test_a_wrong_key_is_refused_for_orders_and_tests(shop: Shop, key: str) -> None:
    wrong = replace(shop.provider, key=key)
    with pytest.raises(ProviderRefusedKey):
        await wrong.submit(shop.order())
    with pytest.raises(ProviderRefusedKey):
        await wrong.check_key()


@pytest.mark.parametrize(
    ("step", "kind", "code"),
    [
        (
            {"status": 401, "body": {"detail": "Not authenticated"}},
            ProviderRefusedKey,
            "provider_refused_key",
        ),
        ({"status": 429, "body": {"detail": "Slow down"}}, ProviderBusy, "provider_busy"),
        ({"status": 500, "body": "oops"}, ProviderBusy, "provider_unreachable"),
        ({"status": 404, "body": {"detail": "Not Found"}}, ProviderBroken, "provider_broken"),
        ({"status": 400, "body": {"detail": "No"}}, ProviderBroken, "provider_broken"),
        ({"status": 200, "body": "<html>"}, ProviderBusy, "provider_unreachable"),
    ],
)
async def test_a_key_that_cannot_be_tested_now_is_told_apart_from_a_bad_one(
    shop: Shop, step: dict[str, object], kind: type[Exception], code: str
) -> None:
    shop.stand_ins.script("bfl", [step], {"path_regex": "/v1/credits"})
    with pytest.raises(kind) as caught:
        await shop.provider.check_key()

    assert getattr(caught.value, "code", None) == code


async def test_credits_that_are_no_number_leave_the_balance_out(shop: Shop) -> None:
    shop.stand_ins.script("bfl", [{"status": 200, "body": {"credits": None}}], {"path_regex": "/v1/credits"})

    assert await shop.provider.check_key() == KeyReport(None)


async def test_nothing_can_be_cancelled(shop: Shop) -> None:
    handle = (await shop.provider.submit(shop.order())).handle

    assert await shop.provider.cancel(handle) is CancelAnswer.NOT_SUPPORTED
    assert isinstance(await shop.wait_for(handle), Finished)


async def test_neither_key_nor_prompt_stands_in_an_error_or_in_the_providers_text(shop: Shop) -> None:
    order = shop.order("a very private prompt", {"unknown": 1})
    with pytest.raises(ProviderRejected) as caught:
        await shop.provider.submit(order)
    said = f"{caught.value!r} {caught.value.vendor_text} {dict(caught.value.fields)} {shop.provider!r}"

    assert shop.provider.key not in said
    assert "very private" not in said


async def test_a_model_that_left_the_catalogue_is_still_asked_after(shop: Shop) -> None:
    handle = (await shop.provider.submit(replace(shop.order(), model="bfl/gone"))).handle

    assert isinstance(await shop.wait_for(Handle.from_json(handle.to_json())), Finished)


async def test_the_registry_opens_the_provider_for_each_key(shop: Shop) -> None:
    settings = Settings(_env_file=None, bfl_url=shop.provider.url)
    registry = open_registry(settings, load_catalog(), PixelWork(), shop.session)
    good, wrong = registry.open("bfl", shop.provider.key), registry.open("bfl", "wrong")

    assert await good.check_key() == KeyReport("$100.00")
    with pytest.raises(ProviderRefusedKey):
        await wrong.check_key()


def test_the_provider_is_never_repeated_by_itself() -> None:
    assert (BflProvider.name, BflProvider.is_repeatable) == ("bfl", False)
