"""What ModelsLab's answers say, in each of the forms in which they were seen or documented."""

import json
from typing import Any

import pytest

from services.models import JsonValue
from services.providers.modelslab import wire
from tests.services.providers.modelslab.bench import FACE, order


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (123, "123"),
        ("123", "123"),
        (" abc123-def456 ", "abc123-def456"),
        (0, "0"),
        (True, None),
        (None, None),
        (1.5, None),
        ("", None),
        ("../../v1/enterprise/clear_queue", None),
        ("a?b", None),
        ("x" * 65, None),
        ([1], None),
    ],
)
def test_an_id_is_a_text_that_cannot_leave_its_path(value: JsonValue, text: str | None) -> None:
    assert wire.id_of(value) == text


def test_an_id_is_learnt_from_fetch_result_where_it_stands_nowhere_else() -> None:
    told = {"status": "processing", "fetch_result": "https://elsewhere.example/api/v3/fetch/77/"}

    assert wire.read_reply(200, told).remote_id == "77"
    assert wire.read_reply(200, {**told, "id": 5}).remote_id == "5"


@pytest.mark.parametrize(
    ("body", "message"),
    [
        ({"message": "no"}, "no"),
        ({"messege": "no"}, "no"),
        ({"message": ["a", "b"]}, "a; b"),
        ({"message": {"width": ["too large", "not even"]}}, "width too large; width not even"),
        ({"message": 7}, "7"),
        ({"message": None, "error": "no"}, "no"),
        ({"message": "invalid", "errors": {"seed": ["missing"]}}, "invalid; seed missing"),
        ({"message": [[[[["too deep"]]]]]}, ""),
        ({}, ""),
    ],
)
def test_a_message_is_read_in_any_spelling_and_shape(body: dict[str, JsonValue], message: str) -> None:
    assert wire.read_reply(200, {"status": "error", **body}).message == message


@pytest.mark.parametrize(
    ("output", "texts"),
    [
        (["https://a", "https://b"], ("https://a", "https://b")),
        ("https://a", ("https://a",)),
        ("", ()),
        ([], ()),
        ([""], ()),
        ([None, 3, " https://a "], ("https://a",)),
        ({"url": "https://a"}, ()),
        (None, ()),
    ],
)
def test_an_output_is_a_text_or_a_list_of_texts(output: JsonValue, texts: tuple[str, ...]) -> None:
    assert wire.read_reply(200, {"status": "success", "output": output}).output == texts


@pytest.mark.parametrize(
    ("http_status", "body", "status"),
    [
        (200, {"status": "success"}, "success"),
        (200, {"status": " Processing "}, "processing"),
        (200, {"status": "failed"}, "failed"),
        (500, {"status": "error"}, "error"),
        (201, {"status": "queued"}, "queued"),
        (200, {}, ""),
        (429, {"message": "Too Many Attempts."}, "error"),
        (401, {"status": "unauthorized"}, "error"),
        (500, {"status": 500}, "error"),
        (402, {"status": "success"}, "success"),
    ],
)
def test_the_bodys_status_comes_before_the_http_status(
    http_status: int, body: dict[str, JsonValue], status: str
) -> None:
    assert wire.read_reply(http_status, body).status == status


@pytest.mark.parametrize(
    ("seed", "read"),
    [(0, 0), (2**32 - 1, 2**32 - 1), ("17", 17), (2**32, None), (-1, None), (True, None), (None, None)],
)
def test_the_seed_of_an_answer_counts_where_it_is_one(seed: JsonValue, read: int | None) -> None:
    assert wire.read_reply(200, {"meta": {"seed": seed}}).seed == read


@pytest.mark.parametrize("eta", ["soon", True, pytest.param(10**400, id="enormous")])
def test_a_meta_or_eta_that_cannot_be_one_counts_as_none(eta: JsonValue) -> None:
    reply = wire.read_reply(200, {"status": "processing", "meta": [], "eta": eta, "id": 1})

    assert (reply.seed, reply.eta_s) == (None, None)


def body_of(**changes: object) -> dict[str, Any]:
    body: dict[str, Any] = json.loads(wire.order_body(order(**changes), FACE, "the-key", 42))
    return body


def test_an_order_has_numbers_as_numbers_its_seed_and_the_photo_as_base64() -> None:
    body = body_of()

    assert (body["width"], body["num_inference_steps"], body["guidance_scale"]) == (512, 21, 7.5)
    assert (body["key"], body["prompt"], body["seed"], body["base64"]) == ("the-key", "a face", 42, True)
    assert body["face_image"].startswith("iVBORw0KGgo")
    assert not {"webhook", "track_id"} & set(body)


def test_no_parameter_takes_the_place_of_what_the_order_needs() -> None:
    body = body_of(parameters={"key": "x", "seed": 1, "base64": False, "face_image": "x", "prompt": "x"})

    assert (body["key"], body["seed"], body["base64"], body["prompt"]) == ("the-key", 42, True, "a face")


@pytest.mark.parametrize(
    ("address", "track_id"),
    [("https://limner.example/hooks/modelslab/41.m-a_c", 41), ("https://limner.example/hooks", None)],
)
def test_a_webhook_goes_with_our_attempts_number(address: str, track_id: int | None) -> None:
    body = body_of(webhook_url=address)

    assert (body["webhook"], body.get("track_id")) == (address, track_id)


@pytest.mark.parametrize(
    "content", [b"", b"\xff", b"[]", b"{}", b'{"id": null}', b'{"id": "a/b"}', b"[" * 100_000]
)
def test_a_webhook_without_a_usable_id_is_none(content: bytes) -> None:
    with pytest.raises(ValueError, match=r"no JSON|no usable id|nested"):
        wire.webhook_id(content)


@pytest.mark.parametrize(("endpoint", "path"), [
    ("v6/image_editing/flux_headshot", "v6/image_editing/fetch/9"),
    ("v1/enterprise/flux_headshot/make_gen", "v1/enterprise/flux_headshot/fetch/9"),
])  # fmt: skip
def test_each_door_has_its_own_fetch(endpoint: str, path: str) -> None:
    assert wire.fetch_path(wire.door_of(endpoint), "9") == path
