"""BFL's stand-in refuses what the published schemas refuse, in the words of its framework."""

import base64
import io
from typing import Any

import pytest
from PIL import Image

from playground.providers.bfl_fields import check
from playground.providers.bfl_models import MODELS, Field
from tests.playground.providers.bfl_schemas import check_answer


def picture(file_format: str = "PNG") -> str:
    file = io.BytesIO()
    Image.new("RGB", (8, 8)).save(file, file_format)
    return base64.b64encode(file.getvalue()).decode()


PICTURE = picture()
REQUIRED = {"prompt": "a face", "image": PICTURE, "finetune_id": "mine"}


def body_for(model: str, **more: object) -> dict[str, Any]:
    needed = {field.name: REQUIRED[field.name] for field in MODELS[model].fields if field.is_required}
    return {**needed, **more}


def breaches(model: str, body: dict[str, Any]) -> list[dict[str, Any]]:
    found = check(body, MODELS[model].fields).breaches
    if found:
        check_answer("HTTPValidationError", {"detail": found})
    return found


@pytest.mark.parametrize("model", sorted(MODELS))
def test_what_is_needed_is_enough(model: str) -> None:
    assert breaches(model, body_for(model)) == []


@pytest.mark.parametrize("model", sorted(MODELS))
def test_an_unknown_field_is_refused(model: str) -> None:
    (found,) = breaches(model, body_for(model, negative_prompt="none"))

    assert (found["loc"], found["type"]) == (["body", "negative_prompt"], "extra_forbidden")


@pytest.mark.parametrize(
    ("model", "field"),
    [(model.path, field.name) for model in MODELS.values() for field in model.fields if field.is_required],
)
def test_a_field_that_is_needed_is_missed(model: str, field: str) -> None:
    body = body_for(model)
    del body[field]
    (found,) = breaches(model, body)

    assert (found["loc"], found["type"], found["input"]) == (["body", field], "missing", body)


def numbers() -> list[tuple[str, Field]]:
    return [
        (model.path, field)
        for model in MODELS.values()
        for field in model.fields
        if field.kind in {"integer", "number"} and field.low is not None
    ]


@pytest.mark.parametrize(("model", "field"), numbers(), ids=lambda each: getattr(each, "name", each))
def test_the_ends_of_a_range_are_taken_and_what_lies_beyond_is_refused(model: str, field: Field) -> None:
    step = field.multiple or 1
    assert field.low is not None
    low = field.low if field.kind == "number" else int(field.low)
    assert breaches(model, body_for(model, **{field.name: low})) == []
    assert breaches(model, body_for(model, **{field.name: low - step}))[0]["type"] == "greater_than_equal"
    if field.high is None:
        return
    high = field.high if field.kind == "number" else int(field.high)
    assert breaches(model, body_for(model, **{field.name: high})) == []
    assert breaches(model, body_for(model, **{field.name: high + step}))[0]["type"] == "less_than_equal"


@pytest.mark.parametrize(
    ("model", "body", "kind", "limits"),
    [
        ("flux-dev", {"width": 1000}, "multiple_of", {"multiple_of": 32}),
        ("flux-dev", {"width": "1024"}, "int_type", None),
        ("flux-dev", {"width": 1024.0}, "int_type", None),
        ("flux-dev", {"width": True}, "int_type", None),
        ("flux-dev", {"width": None}, "int_type", None),
        ("flux-dev", {"guidance": "3"}, "float_type", None),
        ("flux-dev", {"guidance": True}, "float_type", None),
        ("flux-dev", {"guidance": 10**400}, "less_than_equal", {"le": 5}),
        ("flux-dev", {"guidance": float("inf")}, "float_type", None),
        ("flux-dev", {"prompt": 7}, "string_type", None),
        ("flux-dev", {"prompt": None}, "string_type", None),
        ("flux-dev", {"prompt_upsampling": "no"}, "bool_type", None),
        ("flux-dev", {"prompt_upsampling": 1}, "bool_type", None),
        ("flux-dev", {"output_format": "gif"}, "enum", {"expected": "'jpeg', 'png' or 'webp'"}),
        ("flux-dev", {"seed": 1.5}, "int_type", None),
        ("flux-dev", {"image_prompt": "no base64"}, "value_error", {"error": "not a valid base64 string"}),
        ("flux-dev", {"image_prompt": "AAAA"}, "value_error", {"error": "not a readable image"}),
        ("flux-dev", {"image_prompt": picture("GIF")}, "value_error", {"error": "not a readable image"}),
        (
            "flux-dev",
            {"image_prompt": f"data:image/png;base64,{PICTURE}"},
            "value_error",
            {"error": "not a valid base64 string"},
        ),
        ("flux-dev", {"image_prompt": ["a"]}, "string_type", None),
        ("flux-dev", {"webhook_url": "/hooks"}, "url_parsing", {"error": "relative URL without a base"}),
        ("flux-dev", {"webhook_url": 7}, "url_type", None),
        ("flux-dev", {"webhook_url": "https://a/".ljust(2084, "x")}, "url_too_long", {"max_length": 2083}),
        ("flux-pro-1.1-ultra", {"aspect_ratio": "30:9"}, "value_error", None),
        ("flux-pro-1.1-ultra", {"aspect_ratio": "9:30"}, "value_error", None),
        ("flux-pro-1.1-ultra", {"aspect_ratio": "wide"}, "value_error", None),
        ("flux-pro-1.1-ultra", {"aspect_ratio": 1}, "string_type", None),
        ("flux-pro-1.1-ultra", {"width": 1024}, "extra_forbidden", None),
        ("flux-pro-1.1", {"steps": 28}, "extra_forbidden", None),
        ("flux-2-pro", {"prompt_upsampling": True}, "extra_forbidden", None),
        ("flux-2-pro", {"width": 0}, "greater_than_equal", {"ge": 64}),
        ("flux-2-pro", {"width": 4096, "height": 2048}, "value_error", None),
        ("flux-2-klein-4b", {"input_image_5": PICTURE}, "extra_forbidden", None),
    ],
)
def test_a_broken_rule_is_named(
    model: str, body: dict[str, Any], kind: str, limits: dict[str, Any] | None
) -> None:
    (found,) = breaches(model, body_for(model, **body))

    assert found["type"] == kind
    assert limits is None or found["ctx"] == limits


@pytest.mark.parametrize(
    ("model", "body"),
    [
        (
            "flux-dev",
            {"seed": None, "steps": None, "guidance": None, "output_format": None, "image_prompt": None},
        ),
        ("flux-dev", {"seed": -1, "webhook_url": None, "webhook_secret": "shh", "guidance": 3}),
        ("flux-pro-1.1", {"prompt": None, "image_prompt": picture("JPEG")}),
        ("flux-pro-1.1-ultra", {"aspect_ratio": "21:9", "raw": True}),
        ("flux-pro-1.1-ultra", {"aspect_ratio": "9:21", "image_prompt_strength": 1}),
        ("flux-kontext-pro", {"aspect_ratio": None, "input_image_4": picture("WEBP")}),
        ("flux-kontext-pro", {"input_image": "https://example.com/a.png"}),
        ("flux-2-pro", {"input_image_8": PICTURE, "width": None}),
        ("flux-2-flex", {"prompt_upsampling": None, "steps": 1, "guidance": 10}),
    ],
)
def test_what_the_schemas_allow_is_taken(model: str, body: dict[str, Any]) -> None:
    assert breaches(model, body_for(model, **body)) == []


def test_all_broken_rules_are_named_at_once() -> None:
    found = breaches("flux-dev", {"width": 1, "height": "x", "more": 1})

    assert [entry["loc"][-1] for entry in found] == ["width", "height", "more"]


def test_defaults_stand_where_nothing_was_sent() -> None:
    values = check({"steps": None}, MODELS["flux-dev"].fields).values

    assert (values["width"], values["height"], values["steps"], values["guidance"]) == (1024, 768, 28, 3.0)
