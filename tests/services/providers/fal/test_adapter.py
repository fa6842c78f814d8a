"""The adapter orders, follows, cancels and reports over its stand-in."""

import asyncio
import io

import aiohttp
import pytest
from PIL import Image

from services.errors import ProviderRejected, ProviderUnknown
from services.images.pixels import PixelWork
from services.models import JsonValue, Parameters
from services.providers.base import Finished, Handle, Reference
from services.providers.catalog import load_catalog
from services.providers.fal.adapter import FalProvider
from services.providers.fal.orders import INLINE_BYTES
from services.providers.registry import open_registry
from services.settings import Settings
from tests.services.providers.fal.conftest import Shop
from tests.services.providers.fal.member import CATALOG, ORDER
from tests.services.providers.references import picture

MODELS = [model for model in CATALOG.models if model.provider == "fal"]


async def test_a_picture_comes_with_its_seed_and_what_it_cost(shop: Shop) -> None:
    outcome = await shop.end_of(shop.order("fal/flux-dev"))

    assert isinstance(outcome, Finished)
    assert (outcome.seed, outcome.cost_micro_usd) == (42, 25_000)
    with Image.open(io.BytesIO(await shop.fetch(outcome))) as image:
        assert (image.size, image.format) == ((256, 256), "JPEG")


async def test_the_same_seed_gives_the_same_picture_and_another_seed_another(shop: Shop) -> None:
    first, second, other = [await shop.picture_of(shop.order(image_seed=seed)) for seed in (42, 42, 43)]

    assert first == second
    assert first != other


@pytest.mark.parametrize("model", MODELS, ids=lambda model: model.id)
async def test_every_model_of_the_catalogue_takes_every_parameter_of_its_own(
    shop: Shop, model: object
) -> None:
    found = next(each for each in MODELS if each is model)
    given: Parameters = {name: value for name, value in found.defaults.items() if value is not None}
    if found.aspects:
        given = {**given, **found.aspects["1:1"]}
    references = (picture(),) * max(
        found.capabilities.references_needed, min(found.capabilities.references, 1)
    )
    outcome = await shop.end_of(shop.order(found.id, parameters=given, references=references))

    assert isinstance(outcome, Finished), outcome
    assert outcome.seed == 42
    assert set(given) <= set(shop.submits()[0]["body"])
    assert ("prompt" in shop.submits()[0]["body"]) is found.capabilities.takes_prompt


async def test_every_parameter_of_the_brief_is_taken_by_ultra(shop: Shop) -> None:
    parameters: dict[str, JsonValue] = {
        "aspect_ratio": "3:4",
        "output_format": "png",
        "safety_tolerance": "5",
        "raw": True,
        "enhance_prompt": True,
        "image_prompt_strength": 0.3,
    }
    order = shop.order("fal/flux-pro-v1.1-ultra", parameters=parameters, references=(picture(),))

    assert (await shop.picture_of(order))[:4] == b"\x89PNG"
    sent = shop.submits()[0]["body"]
    assert sent.pop("image_url").startswith("data:image/png;base64,")
    assert sent == {**parameters, "prompt": "a face", "seed": 42}


async def test_references_change_the_picture(shop: Shop) -> None:
    pictures = [
        await shop.picture_of(shop.order("fal/flux-2-pro-edit", references=references))
        for references in (
            (picture("red"),),
            (picture("red"), picture("blue")),
            (picture("blue"), picture("red")),
        )
    ]
    assert len(set(pictures)) == 3


@pytest.mark.parametrize(
    "body",
    [
        {"status": "IN_QUEUE"},
        {"request_id": None},
        {"request_id": "../../admin"},
        {"request_id": 7},
        [],
        "<html>ok</html>",
    ],
)
async def test_an_order_whose_id_was_not_told_may_have_been_accepted(shop: Shop, body: object) -> None:
    shop.script({"status": 200, "body": body}, "^/fal/queue/", "POST")
    with pytest.raises(ProviderUnknown):
        await shop.provider.submit(shop.order())


async def test_a_refused_submit_that_repeats_its_pictures_is_read_all_the_same(shop: Shop) -> None:
    large = Reference(b"x" * (INLINE_BYTES - 1), "image/png", 64, 64)
    entry = {
        "loc": ["body", "image_urls", 0],
        "msg": "bad",
        "type": "image_load_error",
        "input": "x" * 2_500_000,
    }
    shop.script({"status": 422, "body": {"detail": [entry]}}, "^/fal/queue/", "POST")
    with pytest.raises(ProviderRejected) as caught:
        await shop.provider.submit(shop.order("fal/flux-2-pro-edit", references=(large, large)))

    assert caught.value.code == "provider_bad_reference"


async def test_an_answer_without_addresses_is_enough(shop: Shop) -> None:
    shop.script({"status": 200, "body": {"request_id": "id-1"}}, "^/fal/queue/", "POST")

    assert await shop.submit(shop.order()) == Handle("id-1", {}, ORDER.model, {"endpoint": ORDER.endpoint})


async def test_forty_orders_at_once_keep_their_pictures_apart(shop: Shop) -> None:
    orders = [shop.order(image_seed=seed) for seed in range(40)]
    outcomes = await asyncio.gather(*map(shop.end_of, orders))

    assert [outcome.seed for outcome in outcomes if isinstance(outcome, Finished)] == list(range(40))
    assert sum(call["paid"] for call in shop.stand_ins.calls("fal")) == 40


async def test_the_registry_opens_fal_and_all_its_keys_share_the_webhook_keys(
    session: aiohttp.ClientSession,
) -> None:
    settings = Settings(fal_queue_url="http://127.0.0.1:1/queue", fal_rest_url="http://127.0.0.1:1/rest")
    registry = open_registry(settings, load_catalog(), PixelWork(), session)
    first, second = registry.open("fal", "id:one"), registry.open("fal", "id:two")

    assert isinstance(first, FalProvider)
    assert isinstance(second, FalProvider)
    assert first._webhook_keys is second._webhook_keys
