"""What is sent to OpenAI, and what is refused before anything is."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

import aiohttp
import pytest
from aiohttp import web

from services.errors import ProviderError, ProviderRejected, ProviderUnknown
from services.images.pixels import PixelWork
from services.models import JsonValue
from services.providers.base import PaintOrder, Reference
from services.providers.openai.adapter import OpenAIProvider
from services.providers.openai.orders import LARGEST_REFERENCE_BYTES
from tests.services.loopback import serve
from tests.services.providers.openai.member import CATALOG, ORDER
from tests.services.providers.references import picture
from tests.services.providers.scripted import PATIENT

KEY = "sk-proj-0123456789abcdef0123456789abcdef"


@dataclass
class Sent:
    """What a server saw of one request."""

    path: str = ""
    authorization: str = ""
    json: JsonValue = None
    fields: list[tuple[str, str]] = field(default_factory=list)
    files: list[tuple[str, str, str, bytes]] = field(default_factory=list)
    """Field, file name, media type and bytes, in order."""

    async def take(self, request: web.Request) -> web.Response:
        """Keep a request, and answer something that is no picture."""
        self.path, self.authorization = request.path, request.headers["Authorization"]
        if request.content_type == "application/json":
            self.json = await request.json()
            return web.json_response({})
        for name, value in (await request.post()).items():
            if isinstance(value, web.FileField):
                self.files.append((name, value.filename, value.content_type, value.file.read()))
            else:
                assert isinstance(value, str)
                self.fields.append((name, value))
        return web.json_response({})


async def sent(order: PaintOrder) -> Sent:
    """Return what the adapter sends for an order."""
    seen = Sent()
    async with serve(seen.take) as url, aiohttp.ClientSession() as session:
        provider = OpenAIProvider(session, url, KEY, CATALOG, PixelWork(), PATIENT)
        with pytest.raises(ProviderUnknown):
            await provider.submit(order)
    return seen


async def refused(order: PaintOrder) -> ProviderError:
    """Return the error of an order that is not sent: there is nobody to send it to."""
    async with aiohttp.ClientSession() as session:
        provider = OpenAIProvider(session, "http://127.0.0.1:9", KEY, CATALOG, PixelWork(), PATIENT)
        with pytest.raises(ProviderRejected) as caught:
            await provider.submit(order)
    return caught.value


def with_parameters(**parameters: JsonValue) -> PaintOrder:
    """Return the order of the contract with these parameters alone."""
    return replace(ORDER, parameters=parameters)


async def test_without_references_an_order_is_json_and_names_its_model() -> None:
    seen = await sent(with_parameters(quality="low", output_format="jpeg", output_compression=80))

    assert seen.path == "/images/generations"
    assert seen.authorization == f"Bearer {KEY}"
    assert seen.json == {
        "model": "gpt-image-1.5",
        "prompt": "a face",
        "quality": "low",
        "output_format": "jpeg",
        "output_compression": 80,
    }


async def test_a_seed_is_never_sent_because_there_is_no_such_field() -> None:
    seen = await sent(replace(ORDER, image_seed=7))

    assert isinstance(seen.json, Mapping)
    assert "seed" not in seen.json


@pytest.mark.parametrize("count", [1, 3, 16])
async def test_references_go_into_a_form_in_their_order(count: int) -> None:
    references = tuple(picture(f"#{place:02x}4488") for place in range(count))
    seen = await sent(replace(ORDER, references=references, prompt="put image 1 beside 🙂"))

    assert seen.path == "/images/edits"
    assert seen.fields == [
        ("output_format", "jpeg"),
        ("model", "gpt-image-1.5"),
        ("prompt", "put image 1 beside 🙂"),
    ]
    assert [data for _, _, _, data in seen.files] == [each.data for each in references]
    assert {name for name, *_ in seen.files} == {"image[]"}


async def test_a_references_name_and_type_fit_its_format() -> None:
    references = tuple(picture("red", file_format) for file_format in ("png", "jpeg", "webp"))
    seen = await sent(replace(ORDER, references=references))

    assert [(name, kind) for _, name, kind, _ in seen.files] == [
        ("image-1.png", "image/png"),
        ("image-2.jpg", "image/jpeg"),
        ("image-3.webp", "image/webp"),
    ]


async def test_numbers_and_moderation_go_into_a_form_as_texts() -> None:
    order = with_parameters(moderation="low", output_format="webp", output_compression=7)
    seen = await sent(replace(order, references=(picture("red"),)))

    assert ("moderation", "low") in seen.fields
    assert ("output_compression", "7") in seen.fields


async def test_input_fidelity_is_sent_with_references_only() -> None:
    order = with_parameters(input_fidelity="high")
    without, beside = await sent(order), await sent(replace(order, references=(picture("red"),)))

    assert without.json == {"model": "gpt-image-1.5", "prompt": "a face"}
    assert ("input_fidelity", "high") in beside.fields


@pytest.mark.parametrize(
    ("parameters", "allowed", "found"),
    [
        pytest.param(
            {"background": "transparent", "output_format": "jpeg"},
            "png, webp (with background=transparent)",
            "jpeg",
            id="transparent jpeg",
        ),
        pytest.param(
            {"output_compression": 50}, "jpeg, webp (with output_compression=50)", "png", id="compressed png"
        ),
        pytest.param(
            {"output_compression": 0, "output_format": "png"},
            "jpeg, webp (with output_compression=0)",
            "png",
            id="a compression of nothing",
        ),
    ],
)
async def test_what_does_not_go_together_is_not_sent(
    parameters: dict[str, JsonValue], allowed: str, found: str
) -> None:
    error = await refused(with_parameters(**parameters))

    assert error.code == "provider_bad_option"
    assert dict(error.fields) == {"field": "output_format", "allowed": allowed, "found": found}


@pytest.mark.parametrize(
    "parameters",
    [
        pytest.param({"background": "transparent"}, id="transparent, the default format"),
        pytest.param({"background": "transparent", "output_format": "webp"}, id="transparent webp"),
        pytest.param({"background": "opaque", "output_format": "jpeg"}, id="opaque jpeg"),
        pytest.param({"output_compression": 0, "output_format": "jpeg"}, id="compressed jpeg"),
    ],
)
async def test_what_goes_together_is_sent(parameters: dict[str, JsonValue]) -> None:
    assert (await sent(with_parameters(**parameters))).path == "/images/generations"


@pytest.mark.parametrize(("length", "is_sent"), [(1, True), (32_000, True), (0, False), (32_001, False)])
async def test_a_prompt_has_up_to_32000_characters(length: int, *, is_sent: bool) -> None:
    order = replace(ORDER, prompt="p" * length)
    if is_sent:
        assert (await sent(order)).path
    else:
        error = await refused(order)
        assert (error.code, error.fields["found"]) == ("provider_bad_option", f"{length} characters")


@pytest.mark.parametrize(
    "references",
    [
        pytest.param((picture("red"),) * 17, id="seventeen"),
        pytest.param((replace(picture("red"), media_type="image/gif"),), id="a GIF"),
        pytest.param((replace(picture("red"), data=bytes(LARGEST_REFERENCE_BYTES)),), id="50 MB"),
    ],
)
async def test_references_that_are_not_taken_are_not_sent(references: tuple[Reference, ...]) -> None:
    error = await refused(replace(ORDER, references=references))

    assert error.code == "provider_bad_reference"
    assert error.fields["reason"]
