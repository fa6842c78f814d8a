"""What OpenAI's stand-in refuses, and how."""

import aiohttp
import pytest

from playground.providers.app import StandIns
from tests.playground.providers.openai_bench import FLARE, QUICK, Client, form_of, picture
from tests.playground.providers.openai_schemas import check_answer

OLD = "gpt-image-1.5"


@pytest.fixture
def client(providers: StandIns, session: aiohttp.ClientSession) -> Client:
    return Client(providers, session)


@pytest.mark.parametrize("model", [FLARE, "gpt-image-2.6-sunburst", "gpt-image-2", "gpt-image-2-2026-04-21"])
@pytest.mark.parametrize(
    ("size", "is_taken"),
    [
        ("1536x864", True),
        ("3072x1024", True),
        ("816x816", True),
        ("800x800", False),
        ("1030x1024", False),
        ("3088x1024", False),
        ("3856x2048", False),
        ("3840x2176", False),
        ("1024", False),
        ("large", False),
        ("", False),
    ],
)
async def test_newer_models_take_any_size_within_the_rules(
    client: Client, model: str, size: str, *, is_taken: bool
) -> None:
    # A broken prompt: what was taken fails there, before anything is painted.
    expected = (500, None, None) if is_taken else (400, "invalid_value", "size")

    assert await client.refused(model=model, size=size, prompt="[broken]") == expected


@pytest.mark.parametrize("model", [OLD, "gpt-image-1-mini", "chatgpt-image-latest"])
async def test_older_models_take_three_sizes(client: Client, model: str) -> None:
    assert await client.refused(model=model, size="1536x864") == (400, "invalid_value", "size")
    assert await client.refused(model=model, size="1536x1024", prompt="[broken]") == (500, None, None)


@pytest.mark.parametrize(
    ("model", "quality", "is_taken"),
    [
        (FLARE, "max", True),
        ("gpt-image-2.6-flare", "xhigh", True),
        ("gpt-image-2", "xhigh", False),
        (OLD, "max", False),
        (OLD, "high", True),
        (FLARE, "hd", False),
        (FLARE, "standard", False),
    ],
)
async def test_qualities_depend_on_the_model(
    client: Client, model: str, quality: str, *, is_taken: bool
) -> None:
    expected = (500, None, None) if is_taken else (400, "invalid_value", "quality")

    assert await client.refused(model=model, quality=quality, prompt="[broken]") == expected


@pytest.mark.parametrize("model", ["dall-e-2", "dall-e-3", "gpt-image-1", "gpt-image-2.5", "gpt-5"])
async def test_models_that_are_gone_or_never_were_are_not_found(client: Client, model: str) -> None:
    assert await client.refused(model=model) == (404, "model_not_found", "model")
    assert client.paid == [False]


@pytest.mark.parametrize(
    ("field", "value", "code"),
    [
        ("seed", 5, "unknown_parameter"),
        ("steps", 28, "unknown_parameter"),
        ("negative_prompt", "x", "unknown_parameter"),
        ("response_format", "url", "unknown_parameter"),
        ("style", "vivid", "unknown_parameter"),
        ("input_fidelity", "high", "unknown_parameter"),
        ("prompt", 7, "invalid_type"),
        ("prompt", "", "missing_required_parameter"),
        ("prompt", "p" * 32_001, "string_above_max_length"),
        ("model", ["a"], "invalid_type"),
        ("n", 0, "integer_below_min_value"),
        ("n", 11, "integer_above_max_value"),
        ("n", "2", "invalid_type"),
        ("n", True, "invalid_type"),
        ("n", 1.5, "invalid_type"),
        ("background", "blue", "invalid_value"),
        ("background", "transparent", "invalid_value"),
        ("output_format", "bmp", "invalid_value"),
        ("output_format", "gif", "invalid_value"),
        ("output_format", "svg", "invalid_value"),
        ("output_compression", 101, "integer_above_max_value"),
        ("moderation", "off", "invalid_value"),
        ("stream", "true", "invalid_type"),
        ("partial_images", 4, "integer_above_max_value"),
        ("safety_identifier", "s" * 65, "string_above_max_length"),
    ],
)
async def test_a_bad_field_is_refused_with_its_name(
    client: Client, field: str, value: object, code: str
) -> None:
    assert await client.refused(**{field: value}) == (400, code, field)
    assert client.paid == [False]


async def test_compression_of_a_png_is_refused(client: Client) -> None:
    refused = await client.refused(output_format="png", output_compression=50)

    assert refused == (400, "invalid_value", "output_compression")


@pytest.mark.parametrize("field", ["prompt", "model"])
async def test_prompt_and_model_have_to_be_there(client: Client, field: str) -> None:
    assert await client.refused(**{field: None}) == (400, "missing_required_parameter", field)


@pytest.mark.parametrize(
    ("data", "kind"), [(b"{", "application/json"), (b"[]", "application/json"), (b"{}", "text/plain")]
)
async def test_what_is_no_json_object_is_refused(client: Client, data: bytes, kind: str) -> None:
    headers = {"Authorization": f"Bearer {client.key}", "Content-Type": kind}
    async with client.session.post(f"{client.url}/images/generations", data=data, headers=headers) as answer:
        check_answer("error", await answer.json())
        assert answer.status == 400


@pytest.mark.parametrize("path", ["/images/generations", "/images/edits", "/models", "/models/x"])
@pytest.mark.parametrize(("key", "code"), [(None, None), ("sk-wrong", "invalid_api_key")])
async def test_without_the_key_nothing_is_answered(
    client: Client, path: str, key: str | None, code: str | None
) -> None:
    method = "GET" if "models" in path else "POST"
    status, error = await client.refusal(method, path, key=key)

    assert (status, error["code"]) == (401, code)
    assert "sk-wrong" not in error["message"]


@pytest.mark.parametrize(
    ("files", "fields", "code", "param"),
    [
        pytest.param([], {}, "missing_required_parameter", "image", id="no picture"),
        pytest.param(["image[]"] * 17, {}, "array_above_max_length", "image", id="seventeen pictures"),
        pytest.param(["image", "image"], {}, None, "image", id="one name for two"),
        pytest.param(["image"], {"seed": 5}, "unknown_parameter", "seed", id="a seed"),
        pytest.param(["image"], {"n": "two"}, "invalid_type", "n", id="a number in words"),
        pytest.param(["image"], {"n": 11}, "integer_above_max_value", "n", id="too many"),
        pytest.param(["image"], {"stream": "yes"}, "invalid_type", "stream", id="yes for true"),
        pytest.param(["image"], {"input_fidelity": "high"}, "invalid_value", "input_fidelity", id="fidelity"),
        pytest.param(
            ["image"],
            {"input_fidelity": "high", "model": "gpt-image-1-mini"},
            "invalid_value",
            "input_fidelity",
            id="fidelity of the small one",
        ),
        pytest.param(["image"], {"model": None}, "missing_required_parameter", "model", id="no model"),
        pytest.param(["image", "mask", "markup"], {}, "invalid_value", "markup", id="mask and markup"),
        pytest.param(
            ["image", "markup"], {"model": OLD}, "unknown_parameter", "markup", id="markup of an old model"
        ),
    ],
)
async def test_a_bad_form_is_refused_with_the_field(
    client: Client, files: list[str], fields: dict[str, object], code: str | None, param: str
) -> None:
    form = form_of(*((name, picture()) for name in files), fields=fields)

    assert await client.refused_edit(form) == (code, param)
    assert client.paid == [False]


@pytest.mark.parametrize(
    ("data", "kind", "code"),
    [
        pytest.param(b"no picture", "image/png", "invalid_image_file", id="no picture"),
        pytest.param(picture()[:60], "image/png", "invalid_image_file", id="half a picture"),
        pytest.param(picture(file_format="gif"), "image/gif", "invalid_image_file", id="a GIF"),
        pytest.param(picture(), "application/octet-stream", "unsupported_file_mimetype", id="no type"),
        pytest.param(bytes(50_000_000), "image/png", "image_too_large", id="50 MB"),
    ],
)
async def test_a_file_that_is_no_picture_is_refused(
    client: Client, data: bytes, kind: str, code: str
) -> None:
    assert await client.refused_edit(form_of(("image", data), kind=kind)) == (code, "image")


@pytest.mark.parametrize(
    "mask",
    [
        pytest.param(picture(file_format="jpeg"), id="a JPEG"),
        pytest.param(picture(32, 32), id="another size"),
        pytest.param(picture() + bytes(4_000_000), id="4 MB"),
    ],
)
async def test_a_mask_that_does_not_fit_is_refused(client: Client, mask: bytes) -> None:
    assert await client.refused_edit(form_of(("image", picture()), ("mask", mask))) == (
        "invalid_value",
        "mask",
    )


@pytest.mark.parametrize(
    ("images", "code", "param"),
    [
        ("text", "invalid_type", "images"),
        ([], "missing_required_parameter", "images"),
        (["text"], "invalid_type", "images[0]"),
        ([{"url": "x"}], "unknown_parameter", "images[0].url"),
        ([{"image_url": "x", "file_id": "y"}], "invalid_value", "images[0]"),
        ([{"file_id": "file-1"}], "invalid_value", "images[0].file_id"),
        ([{"image_url": 5}], "invalid_type", "images[0].image_url"),
        ([{"image_url": "ftp://x/y"}], "invalid_value", "images[0].image_url"),
        ([{"image_url": "https://example.com/a.png"}], "invalid_image_url", "images[0].image_url"),
        ([{"image_url": "data:image/png;base64,AAAA"}], "invalid_image_file", "image"),
    ],
)
async def test_a_bad_address_is_refused(client: Client, images: object, code: str, param: str) -> None:
    assert await client.refused_edit({**QUICK, "images": images}) == (code, param)


@pytest.mark.parametrize(
    ("word", "status", "code", "is_paid"),
    [
        ("[moderated]", 400, "moderation_blocked", False),
        ("[nsfw]", 400, "moderation_blocked", True),
        ("[broken]", 500, None, False),
        ("[gone]", 404, "model_not_found", False),
        ("[busy]", 429, "rate_limit_exceeded", False),
        ("[unpaid]", 429, "insufficient_quota", False),
        ("[limit]", 400, "billing_hard_limit_reached", False),
        ("[unverified]", 403, None, False),
    ],
)
async def test_a_word_in_the_prompt_shows_what_the_vendor_answers(
    client: Client, word: str, status: int, code: str | None, *, is_paid: bool
) -> None:
    refused = await client.refused(prompt=f"a face {word}")

    assert refused[:2] == (status, code)
    assert client.paid == [is_paid]


@pytest.mark.parametrize(("word", "stage"), [("[moderated]", "input"), ("[nsfw]", "output")])
async def test_moderation_says_its_stage_and_the_id_of_the_request(
    client: Client, word: str, stage: str
) -> None:
    _, error = await client.refusal("POST", "/images/generations", {**QUICK, "prompt": word})

    assert error["moderation_details"]["moderation_stage"] == stage
    assert "request ID req_" in error["message"]


async def test_only_the_busy_one_of_both_429_says_how_long(client: Client) -> None:
    headers = {"Authorization": f"Bearer {client.key}"}
    waits = []
    for word in ("[busy]", "[unpaid]"):
        body = {**QUICK, "prompt": word}
        async with client.session.post(
            f"{client.url}/images/generations", json=body, headers=headers
        ) as answer:
            waits.append(answer.headers.get("Retry-After"))

    assert waits == ["12", None]


@pytest.mark.parametrize(
    ("method", "path"), [("POST", "/images/variations"), ("GET", "/images/edits"), ("GET", "/x")]
)
async def test_other_addresses_are_refused(client: Client, method: str, path: str) -> None:
    status, error = await client.refusal(method, path)

    assert (status, error["message"]) == (404, f"Invalid URL ({method} /v1{path})")
