"""OpenAI's adapter before its stand-in."""

import base64
import io
import random
from collections.abc import AsyncIterator
from dataclasses import dataclass, replace
from typing import Any

import pytest
from PIL import Image

from playground.providers import openai_errors
from playground.providers.app import StandIns, open_stand_ins
from services.errors import (
    ProviderBroken,
    ProviderBusy,
    ProviderRefusedKey,
    ProviderRejected,
    ProviderUnknown,
)
from services.models import JsonValue
from services.providers.base import CancelAnswer, Failed, Finished, Handle, PaintOrder
from services.providers.catalog import Model, load_catalog
from services.providers.openai.adapter import MAX_PICTURE_ANSWER_BYTES, SUBMIT_TIMEOUTS, OpenAIProvider
from services.sayings import said
from tests.services.providers.openai.member import CATALOG, ORDER, open_provider, step_of
from tests.services.providers.references import picture
from tests.services.sessions import local_session

MODELS = [model for model in CATALOG.models if model.provider == "openai"]
GENERATIONS = {"path_regex": "generations$"}


@dataclass(frozen=True)
class Studio:
    """The adapter, and the other side."""

    stand_ins: StandIns
    provider: OpenAIProvider

    def answer_with(self, body: object, status: int = 200) -> None:
        """Let the next order be answered with this body instead of a picture."""
        self.stand_ins.script("openai", [{"after": True, "status": status, "body": body}], GENERATIONS)

    @property
    def paid(self) -> list[bool]:
        """Return for each call whether it was charged."""
        return [call["paid"] for call in self.stand_ins.calls("openai")]


@pytest.fixture
async def studio() -> AsyncIterator[Studio]:
    async with open_stand_ins() as stand_ins, local_session() as session:
        yield Studio(stand_ins, open_provider(stand_ins, session))


def read(finished: Finished) -> Image.Image:
    """Return the picture, decoded."""
    assert finished.picture.data is not None
    image = Image.open(io.BytesIO(finished.picture.data))
    image.load()
    return image


def order_of(model: Model, **parameters: JsonValue) -> PaintOrder:
    """Return an order for a model of the catalogue."""
    return PaintOrder(model.id, model.endpoint, "a face", None, parameters)


@pytest.mark.parametrize("model", MODELS, ids=lambda model: model.id)
async def test_every_model_of_the_catalogue_paints_with_and_without_references(
    studio: Studio, model: Model
) -> None:
    order = order_of(model, output_format="webp", quality="low")
    plain = await studio.provider.submit(order)
    edited = await studio.provider.submit(
        replace(order, references=(picture("red"), picture("blue", "jpeg")))
    )

    assert read(plain).format == read(edited).format == "WEBP"
    # Without the vendor's prices for tokens nothing is made up: what references cost is not known.
    is_known = model.token_prices is not None
    assert ((edited.cost_micro_usd or 0) > (plain.cost_micro_usd or 0)) is is_known
    assert plain.cost_micro_usd
    assert [call["path"] for call in studio.stand_ins.calls("openai")] == [
        "/openai/v1/images/generations",
        "/openai/v1/images/edits",
    ]


@pytest.mark.parametrize("model", MODELS, ids=lambda model: model.id)
async def test_every_aspect_of_the_catalogue_is_painted_in_its_size(studio: Studio, model: Model) -> None:
    for aspect in model.aspects:
        fitted = model.fit({"output_format": "jpeg"}, aspect).parameters
        finished = await studio.provider.submit(order_of(model, **fitted))

        assert read(finished).size == model.size_px(fitted)


@pytest.mark.parametrize(
    ("painted", "cost"),
    [
        pytest.param({"quality": "medium", "size": "1024x1024"}, 34_000, id="a row"),
        pytest.param({"quality": "low", "size": "1536x1024"}, 13_000, id="a row of one quality"),
        pytest.param({"quality": "high", "size": "1024x1536"}, 200_000, id="the dearest"),
        pytest.param({"quality": "auto", "size": "1024x1024"}, None, id="not told"),
        pytest.param({"quality": "medium"}, None, id="half of it"),
        pytest.param({"quality": 3, "size": "9x9"}, None, id="nonsense"),
    ],
)
async def test_a_price_by_quality_and_size_is_that_of_what_was_painted(
    studio: Studio, painted: dict[str, JsonValue], cost: int | None
) -> None:
    studio.answer_with({"created": 1, "data": [{"b64_json": _png()}], **painted})

    finished = await studio.provider.submit(order_of(CATALOG.by_id["openai/gpt-image-1.5"]))

    assert finished.cost_micro_usd == cost


async def test_the_operators_estimate_is_no_price_of_the_vendors(studio: Studio) -> None:
    catalog = load_catalog(prices={"openai/gpt-image-1.5": 70_000})
    provider = replace(studio.provider, catalog=catalog)
    finished = await provider.submit(order_of(catalog.by_id["openai/gpt-image-1.5"], quality="low"))

    assert finished.cost_micro_usd is None


@pytest.mark.parametrize("model", MODELS, ids=lambda model: model.id)
def test_an_order_is_not_given_up_before_its_call_has_ended(model: Model) -> None:
    assert model.outcome_known_after_s > SUBMIT_TIMEOUTS.total_s


async def test_the_cost_is_what_the_answer_says_was_used(studio: Studio) -> None:
    usage = {
        "input_tokens": 30,
        "output_tokens": 2000,
        "total_tokens": 2030,
        "input_tokens_details": {"text_tokens": 20, "image_tokens": 10},
    }
    studio.answer_with({"created": 1, "data": [{"b64_json": _png()}], "usage": usage})
    model = CATALOG.by_id["openai/gpt-image-2.5-flare"]

    finished = await studio.provider.submit(order_of(model))
    assert finished.cost_micro_usd == 20 * 5 + 10 * 8 + 2000 * 30


async def test_the_same_words_give_another_picture_and_no_seed(studio: Studio) -> None:
    order = replace(ORDER, image_seed=7)
    first, second = await studio.provider.submit(order), await studio.provider.submit(order)

    assert first.picture.data != second.picture.data
    assert first.seed is None


async def test_what_was_not_sent_is_said(studio: Studio) -> None:
    order = replace(ORDER, parameters={"input_fidelity": "high"})
    plain = await studio.provider.submit(order)
    edited = await studio.provider.submit(replace(order, references=(picture("red"),)))

    assert [said("en", note) for note in plain.notes] == [
        "input_fidelity was not used: it is about references, and there were none."
    ]
    assert edited.notes == ()


async def test_a_transparent_background_comes_through(studio: Studio) -> None:
    finished = await studio.provider.submit(replace(ORDER, parameters={"background": "transparent"}))

    image = read(finished)
    assert (image.format, image.mode) == ("PNG", "RGBA")
    assert image.getchannel("A").getextrema() == (0, 255)


@pytest.mark.parametrize(
    "body",
    [
        pytest.param({"created": 1}, id="no data"),
        pytest.param({"created": 1, "data": []}, id="empty data"),
        pytest.param({"created": 1, "data": ["text"]}, id="no objects"),
        pytest.param({"created": 1, "data": [{"url": "https://example.com/a.png"}]}, id="an address"),
        pytest.param({"created": 1, "data": [{"b64_json": "no base64!"}]}, id="no base64"),
        pytest.param({"created": 1, "data": [{"b64_json": ""}]}, id="nothing"),
        pytest.param([], id="a list"),
    ],
)
async def test_a_success_without_a_picture_is_paid_and_never_sent_again(studio: Studio, body: object) -> None:
    studio.answer_with(body)
    with pytest.raises(ProviderUnknown):
        await studio.provider.submit(ORDER)

    assert studio.paid == [True]


@pytest.mark.parametrize("form", ["data:image/png;base64,{}", "{}\n", "{}"])
async def test_a_picture_that_is_paid_for_is_read_in_every_form_of_base64(studio: Studio, form: str) -> None:
    wrapped = "\n".join(_png()[place : place + 76] for place in range(0, len(_png()), 76))
    studio.answer_with({"created": 1, "data": [{"b64_json": form.format(wrapped)}]})

    finished = await studio.provider.submit(ORDER)

    assert finished.picture.data == base64.b64decode(_png())


async def test_a_picture_of_many_megabytes_comes_through(studio: Studio) -> None:
    data = random.Random(1).randbytes(12 * 1024 * 1024)
    studio.answer_with({"created": 1, "data": [{"b64_json": base64.b64encode(data).decode()}]})

    assert (await studio.provider.submit(ORDER)).picture.data == data


async def test_an_answer_is_read_up_to_its_cap_and_no_further(studio: Studio) -> None:
    step = {"after": True, "status": 200, "filler_bytes": MAX_PICTURE_ANSWER_BYTES + 1}
    studio.stand_ins.script("openai", [step])
    with pytest.raises(ProviderUnknown, match="more than"):
        await studio.provider.submit(ORDER)


async def test_a_redirect_is_not_followed(studio: Studio) -> None:
    step = {"status": 307, "headers": {"Location": f"{studio.provider.url}/images/generations"}}
    studio.stand_ins.script("openai", [step])
    with pytest.raises(ProviderUnknown):
        await studio.provider.submit(ORDER)

    assert studio.paid == [False]


async def test_an_order_cannot_be_looked_up_canceled_or_called_back(studio: Studio) -> None:
    handle = Handle("any", {})
    result = await studio.provider.poll(handle)
    with pytest.raises(ProviderRejected) as caught:
        await studio.provider.parse_webhook(b"{}", {})

    assert isinstance(result, Failed)
    assert result.error.code == "provider_lost_order"
    assert await studio.provider.cancel(handle) is CancelAnswer.NOT_SUPPORTED
    assert caught.value.code == "bad_webhook"
    assert not studio.provider.may_fetch(f"{studio.provider.url}/pictures/a.png")


async def test_a_good_key_is_known_by_a_free_call(studio: Studio) -> None:
    assert (await studio.provider.check_key()).balance is None
    assert studio.paid == [False]


async def test_a_bad_key_is_refused(studio: Studio) -> None:
    studio.stand_ins.desk("openai").keys.clear()
    with pytest.raises(ProviderRefusedKey) as caught:
        await studio.provider.check_key()

    assert caught.value.code == "provider_refused_key"


async def test_a_restricted_key_is_good_for_pictures(studio: Studio) -> None:
    refusal = openai_errors.RefusedError(403, "Missing scopes: api.model.read.")
    studio.stand_ins.script("openai", [step_of(refusal)], {"path_regex": "models$"})

    assert (await studio.provider.check_key()).balance is None
    assert (await studio.provider.submit(ORDER)).picture.data


@pytest.mark.parametrize("step", [{"status": 200, "body": "<html>"}, {"status": 200, "body": {"data": 1}}])
async def test_a_page_in_front_of_the_service_says_nothing_about_a_key(
    studio: Studio, step: dict[str, Any]
) -> None:
    studio.stand_ins.script("openai", [step])
    with pytest.raises(ProviderBusy):
        await studio.provider.check_key()


async def test_an_address_without_models_is_no_verdict_on_the_key(studio: Studio) -> None:
    studio.stand_ins.script("openai", [{"status": 404, "body": "<html>"}])
    with pytest.raises(ProviderBroken):
        await studio.provider.check_key()


async def test_no_text_of_an_error_or_of_the_provider_holds_the_key(studio: Studio) -> None:
    studio.stand_ins.desk("openai").keys.clear()
    with pytest.raises(ProviderRefusedKey) as caught:
        await studio.provider.submit(ORDER)

    shown = f"{studio.provider!r} {caught.value!r} {caught.value.vendor_text} {dict(caught.value.fields)}"
    assert studio.provider.key not in shown


def _png() -> str:
    return base64.b64encode(picture("green").data).decode()
