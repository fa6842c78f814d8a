"""OpenAI's own client against the stand-in: what it sends is understood, what it reads is what was answered."""

from collections.abc import AsyncIterator
from typing import Any

import openai
import pytest
from openai.types import ImageEditCompletedEvent, ImageGenCompletedEvent, ImagesResponse
from PIL import Image

from playground.providers.app import StandIns
from tests.playground.providers.openai_bench import FLARE, picture, read
from tests.waiting import HANGS_AFTER_S

RED, BLUE = ("red.png", picture(colour="red")), ("blue.png", picture(colour="blue"))


@pytest.fixture
async def client(providers: StandIns) -> AsyncIterator[openai.AsyncOpenAI]:
    announced = providers.announcement["openai"]
    async with openai.AsyncOpenAI(
        api_key=announced["key"], base_url=announced["url"], max_retries=0, timeout=HANGS_AFTER_S
    ) as opened:
        yield opened


def pictures(answer: ImagesResponse) -> list[Image.Image]:
    """Return the pictures of an answer, decoded."""
    return [read(each.b64_json or "") for each in answer.data or ()]


async def test_a_picture_comes_as_it_was_asked_for(client: openai.AsyncOpenAI) -> None:
    answer = await client.images.generate(
        model=FLARE,
        prompt="a woman with red hair",
        size="1536x864",
        quality="xhigh",
        background="opaque",
        output_format="webp",
        output_compression=80,
        moderation="low",
        safety_identifier="somebody",
        n=2,
    )

    assert [(image.format, image.size) for image in pictures(answer)] == [("WEBP", (1536, 864))] * 2
    assert (answer.size, answer.quality, answer.output_format) == ("1536x864", "xhigh", "webp")
    assert answer.safety_identifier == "somebody"
    assert all(each.url is None for each in answer.data or ())


async def test_the_client_reads_the_bytes_and_numbers_that_were_sent(client: openai.AsyncOpenAI) -> None:
    raw = await client.images.with_raw_response.generate(model=FLARE, prompt="a face", quality="low")
    sent: dict[str, Any] = raw.http_response.json()
    read = raw.parse()

    assert read.data is not None
    assert read.usage is not None
    assert read.data[0].b64_json == sent["data"][0]["b64_json"]
    assert read.usage.model_dump(exclude_none=True) == sent["usage"]
    assert read.usage.total_tokens == read.usage.input_tokens + read.usage.output_tokens
    # What the client does not know it keeps aside: the stand-in must not answer anything of that kind.
    assert not read.model_extra


async def test_one_file_goes_as_image_and_several_as_a_list(
    client: openai.AsyncOpenAI, providers: StandIns
) -> None:
    await client.images.edit(model=FLARE, prompt="a face", image=RED, quality="low")
    await client.images.edit(model=FLARE, prompt="a face", image=[RED, BLUE], quality="low")
    await client.images.edit(model=FLARE, prompt="a face", image=[RED], quality="low")

    assert [(call["status"], call["paid"]) for call in providers.calls("openai")] == [(200, True)] * 3


async def test_an_edit_takes_every_field_of_the_client(client: openai.AsyncOpenAI) -> None:
    answer = await client.images.edit(
        model="gpt-image-1.5",
        prompt="a face",
        image=[RED] * 16,
        mask=RED,
        input_fidelity="high",
        background="transparent",
        output_format="png",
        size="1024x1024",
        quality="low",
        n=2,
        user="somebody",
    )

    assert [image.mode for image in pictures(answer)] == ["RGBA", "RGBA"]
    assert answer.usage is not None
    assert answer.usage.input_tokens_details.image_tokens > 0


async def test_a_stream_ends_with_the_picture_and_its_usage(client: openai.AsyncOpenAI) -> None:
    stream = await client.images.generate(model=FLARE, prompt="a face", stream=True, partial_images=2)
    events = [event async for event in stream]

    assert [event.type for event in events] == [
        "image_generation.partial_image",
        "image_generation.partial_image",
        "image_generation.completed",
    ]
    last = events[-1]
    assert isinstance(last, ImageGenCompletedEvent)
    assert last.usage.output_tokens > 0


async def test_an_edit_is_streamed_as_well(client: openai.AsyncOpenAI) -> None:
    stream = await client.images.edit(model=FLARE, prompt="a face", image=RED, stream=True)
    events = [event async for event in stream]

    assert len(events) == 1
    assert isinstance(events[0], ImageEditCompletedEvent)


@pytest.mark.parametrize(
    ("prompt", "kind", "code"),
    [
        ("[moderated]", openai.BadRequestError, "moderation_blocked"),
        ("[nsfw]", openai.BadRequestError, "moderation_blocked"),
        ("[limit]", openai.BadRequestError, "billing_hard_limit_reached"),
        ("[busy]", openai.RateLimitError, "rate_limit_exceeded"),
        ("[unpaid]", openai.RateLimitError, "insufficient_quota"),
        ("[unverified]", openai.PermissionDeniedError, None),
        ("[gone]", openai.NotFoundError, "model_not_found"),
        ("[broken]", openai.InternalServerError, None),
    ],
)
async def test_the_client_knows_every_error(
    client: openai.AsyncOpenAI, prompt: str, kind: type[openai.APIStatusError], code: str | None
) -> None:
    with pytest.raises(kind) as caught:
        await client.images.generate(model=FLARE, prompt=prompt)

    assert caught.value.code == code
    assert (caught.value.request_id or "").startswith("req_")


async def test_the_client_hands_over_what_moderation_says(client: openai.AsyncOpenAI) -> None:
    with pytest.raises(openai.BadRequestError) as caught:
        await client.images.generate(model=FLARE, prompt="[nsfw]")

    assert isinstance(caught.value.body, dict)
    assert caught.value.body["moderation_details"]["moderation_stage"] == "output"
    assert caught.value.type == "image_generation_user_error"


async def test_a_bad_field_is_named(client: openai.AsyncOpenAI) -> None:
    with pytest.raises(openai.BadRequestError) as caught:
        await client.images.generate(model=FLARE, prompt="a face", extra_body={"seed": 5})

    assert (caught.value.code, caught.value.param) == ("unknown_parameter", "seed")


async def test_a_wrong_key_is_refused(client: openai.AsyncOpenAI) -> None:
    with pytest.raises(openai.AuthenticationError) as caught:
        await client.with_options(api_key="sk-wrong").images.generate(model=FLARE, prompt="a face")

    assert caught.value.code == "invalid_api_key"


async def test_a_busy_answer_is_tried_again_by_the_client_and_paid_once(
    client: openai.AsyncOpenAI, providers: StandIns
) -> None:
    """Why Limner does not use it: it repeats every 429 and 5xx by itself; here it does no harm."""
    providers.script("openai", [{"status": 429, "body": {}, "headers": {"retry-after-ms": "1"}}])
    await client.with_options(max_retries=1).images.generate(model=FLARE, prompt="a face", quality="low")

    calls = providers.calls("openai")
    assert [(call["status"], call["paid"]) for call in calls] == [(429, False), (200, True)]
    assert [call["headers"]["x-stainless-retry-count"] for call in calls] == ["0", "1"]


async def test_the_list_of_models_is_read(client: openai.AsyncOpenAI) -> None:
    models = [model async for model in client.models.list()]
    one = await client.models.retrieve(FLARE)

    assert FLARE in [model.id for model in models]
    assert (one.id, one.object) == (FLARE, "model")
