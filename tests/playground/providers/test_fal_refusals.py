"""What fal refuses, and with which body."""

from typing import Any

import pytest

from tests.playground.providers.fal_bench import DEV, SMALL, ULTRA, Fal, data_uri, picture

EDIT = "fal-ai/flux-2-pro/edit"
PULID = "fal-ai/flux-pulid"


@pytest.mark.parametrize(
    ("headers", "words"),
    [
        ({}, "Authentication is required"),
        ({"Authorization": "Bearer one:two"}, "Invalid Key Authorization header format"),
        ({"Authorization": "Key onlyone"}, "Expected '<key_id>:<key_secret>'"),
        ({"Authorization": "Key one:two"}, "No user found for Key ID and Secret"),
    ],
    ids=["no key", "bearer", "no secret", "unknown"],
)
async def test_a_request_without_a_good_key_is_401(fal: Fal, headers: dict[str, str], words: str) -> None:
    submitted = await fal.submit()
    for method, url in (
        ("POST", f"{fal.queue}/{DEV}"),
        ("GET", submitted.body["status_url"]),
        ("PUT", submitted.body["cancel_url"]),
        ("POST", f"{fal.rest}/storage/auth/token?storage_type=fal-cdn-v3"),
        ("POST", f"{fal.rest}/storage/upload/initiate?storage_type=gcs"),
    ):
        said = await fal.ask(method, url, headers=headers)
        assert said.status == 401
        assert words in said.body["detail"]


async def test_an_unknown_application_is_404_at_once(fal: Fal) -> None:
    said = await fal.submit(endpoint="fal-ai/retired/v1")
    assert (said.status, said.body) == (404, {"detail": "Application 'retired' not found"})
    assert said.headers["x-fal-request-id"]


async def test_an_unknown_path_is_404_in_the_result(fal: Fal) -> None:
    submitted = await fal.submit(endpoint="fal-ai/flux/nothing")
    assert submitted.status == 200
    said = await fal.result(submitted)
    assert (said.status, said.body) == (404, {"detail": "Path /nothing not found"})


@pytest.mark.parametrize(
    ("prompt", "status", "kind", "retryable"),
    [
        ("[moderated] x", 422, "content_policy_violation", "false"),
        ("a [BROKEN] face", 500, "downstream_service_unavailable", "true"),
        ("[noface]", 422, "face_detection_error", "false"),
    ],
)
async def test_words_in_brackets_end_an_order(
    fal: Fal, prompt: str, status: int, kind: str, retryable: str
) -> None:
    submitted = await fal.submit({"prompt": prompt, "image_size": SMALL})
    said = await fal.result(submitted)
    assert (said.status, said.body["detail"][0]["type"]) == (status, kind)
    assert said.headers["X-Fal-Retryable"] == retryable
    assert said.headers["X-Fal-Billable-Units"] == "0"
    told = (await fal.status(submitted)).body
    assert told["status"] == "COMPLETED"
    assert "error" not in told
    assert not any(call["paid"] for call in fal.stand_ins.calls())


async def test_gone_is_404_at_once(fal: Fal) -> None:
    assert (await fal.submit({"prompt": "[gone]"})).status == 404


@pytest.mark.parametrize(("checker", "flags"), [(True, [True]), (False, [False])])
async def test_nsfw_is_flagged_unless_the_checker_is_off(
    fal: Fal, flags: list[bool], *, checker: bool
) -> None:
    given = {"prompt": "[nsfw]", "image_size": SMALL, "enable_safety_checker": checker}
    said = await fal.painted(given)
    assert (said.status, said.body["has_nsfw_concepts"]) == (200, flags)


async def test_slow_takes_its_time(fal: Fal) -> None:
    submitted = await fal.submit({"prompt": "[slow]", "image_size": SMALL})
    assert (await fal.status(submitted)).body["status"] == "IN_QUEUE"


PICTURE = data_uri(picture())


@pytest.mark.parametrize(
    ("endpoint", "given", "loc", "rule"),
    [
        (DEV, {}, ["prompt"], ("missing", None)),
        (DEV, {"prompt": 1}, ["prompt"], ("string_type", None)),
        (DEV, {"prompt": "x", "colour": "red"}, ["colour"], ("extra_forbidden", None)),
        (DEV, {"prompt": "x", "seed": "7"}, ["seed"], ("int_type", None)),
        (DEV, {"prompt": "x", "seed": True}, ["seed"], ("int_type", None)),
        (DEV, {"prompt": "x", "num_images": 5}, ["num_images"], ("less_than_equal", {"le": 4})),
        (
            DEV,
            {"prompt": "x", "num_inference_steps": 0},
            ["num_inference_steps"],
            ("greater_than_equal", {"ge": 1}),
        ),
        (DEV, {"prompt": "x", "guidance_scale": "3"}, ["guidance_scale"], ("float_type", None)),
        (DEV, {"prompt": "x", "enable_safety_checker": 1}, ["enable_safety_checker"], ("bool_type", None)),
        (
            DEV,
            {"prompt": "x", "output_format": "webp"},
            ["output_format"],
            ("one_of", {"expected": ["jpeg", "png"]}),
        ),
        (DEV, {"prompt": "x", "image_size": "huge"}, ["image_size"], ("one_of", None)),
        (DEV, {"prompt": "x", "image_size": 3}, ["image_size"], ("model_type", None)),
        (
            DEV,
            {"prompt": "x", "image_size": {"width": 9000}},
            ["image_size", "width"],
            ("less_than_equal", {"le": 4096}),
        ),
        (
            DEV,
            {"prompt": "x", "image_size": {"depth": 9}},
            ["image_size", "depth"],
            ("extra_forbidden", None),
        ),
        (ULTRA, {"prompt": "x", "aspect_ratio": "wide"}, ["aspect_ratio"], ("one_of", None)),
        (ULTRA, {"prompt": "x", "safety_tolerance": 2}, ["safety_tolerance"], ("one_of", None)),
        (
            ULTRA,
            {"prompt": "x", "image_prompt_strength": 2},
            ["image_prompt_strength"],
            ("less_than_equal", {"le": 1}),
        ),
        (EDIT, {"prompt": "x", "image_urls": PICTURE}, ["image_urls"], ("list_type", None)),
        (EDIT, {"prompt": "x", "image_urls": []}, ["image_urls"], ("sequence_too_short", {"min_length": 1})),
        (
            EDIT,
            {"prompt": "x", "image_urls": [PICTURE] * 10},
            ["image_urls"],
            ("sequence_too_long", {"max_length": 9}),
        ),
        (EDIT, {"prompt": "x", "image_urls": [3]}, ["image_urls", 0], ("string_type", None)),
        (
            EDIT,
            {"prompt": "x", "image_urls": [PICTURE], "num_images": 2},
            ["num_images"],
            ("extra_forbidden", None),
        ),
        (
            EDIT,
            {"prompt": "x", "image_urls": [PICTURE], "guidance_scale": 3},
            ["guidance_scale"],
            ("extra_forbidden", None),
        ),
        (PULID, {"prompt": "x"}, ["reference_image_url"], ("missing", None)),
        ("fal-ai/codeformer", {"prompt": "x", "image_url": PICTURE}, ["prompt"], ("extra_forbidden", None)),
    ],
)
async def test_a_wrong_field_is_named_with_its_rule(
    fal: Fal, endpoint: str, given: dict[str, Any], loc: list[object], rule: tuple[str, object]
) -> None:
    kind, context = rule
    said = await fal.painted(given, endpoint)
    assert said.status == 422
    assert len(said.body["detail"]) == 1
    wrong = said.body["detail"][0]
    assert (wrong["loc"], wrong["type"]) == (["body", *loc], kind)
    assert wrong["url"] == f"https://docs.fal.ai/errors#{kind}"
    assert wrong["msg"]
    assert context is None or wrong["ctx"] == context


async def test_every_wrong_field_is_named(fal: Fal) -> None:
    said = await fal.painted({"seed": "x", "num_images": 9})
    assert {wrong["loc"][1] for wrong in said.body["detail"]} == {"prompt", "seed", "num_images"}


async def test_null_stands_for_the_default(fal: Fal) -> None:
    assert (await fal.painted({"prompt": "x", "seed": None, "image_size": SMALL})).status == 200


async def test_the_examples_of_the_documentation_are_taken(fal: Fal) -> None:
    ultra = {
        "prompt": "x",
        "num_images": 1,
        "enable_safety_checker": True,
        "safety_tolerance": "2",
        "output_format": "jpeg",
        "aspect_ratio": "16:9",
    }
    realism = {
        "prompt": "x",
        "image_size": "landscape_4_3",
        "num_inference_steps": 28,
        "guidance_scale": 3.5,
        "num_images": 1,
        "enable_safety_checker": True,
        "strength": 1,
        "output_format": "jpeg",
    }
    assert (await fal.painted(ultra, ULTRA)).status == 200
    assert (await fal.painted(realism, "fal-ai/flux-realism")).status == 200


@pytest.mark.parametrize(
    ("url", "kind"),
    [
        ("data:image/png;base64,???", "image_load_error"),
        ("data:image/png,plain", "image_load_error"),
        (data_uri(b"no picture"), "image_load_error"),
        (data_uri(picture()[:-40]), "image_load_error"),
        (data_uri(picture(name="BMP")), "unsupported_image_format"),
        (data_uri(picture(size=(8, 200))), "image_too_small"),
        ("https://example.com/face.png", "file_download_error"),
    ],
)
async def test_a_reference_that_cannot_be_used_is_refused(fal: Fal, url: str, kind: str) -> None:
    said = await fal.painted({"prompt": "x", "image_url": url, "aspect_ratio": "1:1"}, ULTRA)
    assert said.status == 422
    assert said.body["detail"][0]["type"] == kind
    assert said.body["detail"][0]["loc"] == ["body", "image_url"]


async def test_a_reference_of_a_list_is_named_by_its_place(fal: Fal) -> None:
    said = await fal.painted({"prompt": "x", "image_urls": [PICTURE, data_uri(b"no")]}, EDIT)
    assert said.body["detail"][0]["loc"] == ["body", "image_urls", 1]


async def test_an_upscale_beyond_the_limit_is_refused(fal: Fal) -> None:
    given = {"image_url": data_uri(picture(size=(2000, 40), name="JPEG")), "upscale_factor": 4}
    said = await fal.painted(given, "fal-ai/codeformer")
    assert said.body["detail"][0]["type"] == "image_too_large"
    assert said.body["detail"][0]["ctx"] == {"max_height": 4096, "max_width": 4096}


@pytest.mark.parametrize(
    "headers",
    [
        {"X-Fal-Queue-Priority": "high"},
        {"X-Fal-Request-Timeout": "0.1"},
        {"X-Fal-Request-Timeout": "soon"},
        {"X-Fal-Object-Lifecycle-Preference": "{"},
        {"X-Fal-Object-Lifecycle-Preference": "[]"},
    ],
    ids=str,
)
async def test_a_header_that_cannot_be_read_is_a_bad_request(fal: Fal, headers: dict[str, str]) -> None:
    said = await fal.submit(headers=headers)
    assert (said.status, said.headers["X-Fal-Error-Type"]) == (400, "bad_request")
    assert said.body["error_type"] == "bad_request"


@pytest.mark.parametrize("priority", ["low", "normal"])
async def test_both_priorities_are_taken(fal: Fal, priority: str) -> None:
    assert (await fal.submit(headers={"X-Fal-Queue-Priority": priority})).status == 200


async def test_a_webhook_that_is_no_address_is_a_bad_request(fal: Fal) -> None:
    assert (await fal.submit(fal_webhook="ftp://x")).status == 400


@pytest.mark.parametrize("data", [b"", b"{", b"[]", b'"x"', b"[" * 100_000], ids=lambda data: data[:3])
async def test_a_body_that_is_no_object_is_a_bad_request(fal: Fal, data: bytes) -> None:
    assert (await fal.ask("POST", f"{fal.queue}/{DEV}", data=data)).status == 400


async def test_a_wrong_method_is_405(fal: Fal) -> None:
    submitted = await fal.submit()
    assert (await fal.ask("GET", f"{fal.queue}/{DEV}")).status == 405
    assert (await fal.ask("POST", submitted.body["cancel_url"])).status == 405
