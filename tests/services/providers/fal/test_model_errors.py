"""Each type of error that fal's models know becomes the error of whoever can act."""

from typing import Any

import pytest

from services.errors import ProviderBroken, ProviderError, ProviderRejected
from services.models import JsonValue
from services.providers.fal.model_errors import MODEL_ERRORS, entry_error, find_breach
from services.providers.model import Model
from tests.services.providers.fal.member import CATALOG

DEV = CATALOG.by_id["fal/flux-dev"]
PULID = CATALOG.by_id["fal/flux-pulid"]
FAL_TYPES = (
    "content_policy_violation no_media_generated image_too_small image_too_large image_load_error "
    "file_download_error file_too_large unsupported_image_format face_detection_error missing value_error.missing "
    "greater_than greater_than_equal less_than less_than_equal multiple_of one_of sequence_too_short "
    "sequence_too_long feature_not_supported internal_server_error generation_timeout downstream_service_error "
    "downstream_service_unavailable"
)


def entry(kind: str, *loc: JsonValue, given: JsonValue = None, **ctx: JsonValue) -> dict[str, JsonValue]:
    return {"loc": ["body", *loc], "msg": "in words", "type": kind, "ctx": ctx, "input": given}


def error_of(
    *entries: JsonValue, model: Model | None = DEV, is_retryable: bool | None = None
) -> ProviderError:
    breach = find_breach({"detail": list(entries)})
    assert breach is not None
    return entry_error(breach, model, "GET there", is_retryable=is_retryable)


def fields_of(*entries: JsonValue, model: Model | None = DEV) -> dict[str, Any]:
    return dict(error_of(*entries, model=model).fields)


def test_every_type_of_fals_page_is_known() -> None:
    assert set(MODEL_ERRORS) == set(FAL_TYPES.split())


@pytest.mark.parametrize(
    ("kind", "error", "code"),
    [
        ("content_policy_violation", ProviderRejected, "provider_moderated_input"),
        ("no_media_generated", ProviderRejected, "provider_moderated_output"),
        ("image_load_error", ProviderRejected, "provider_bad_reference"),
        ("file_download_error", ProviderRejected, "provider_bad_reference"),
        ("face_detection_error", ProviderRejected, "provider_no_face"),
        ("feature_not_supported", ProviderRejected, "provider_bad_option"),
        ("internal_server_error", ProviderBroken, "provider_broken"),
        ("generation_timeout", ProviderBroken, "provider_timed_out"),
        ("downstream_service_error", ProviderBroken, "provider_broken"),
        ("downstream_service_unavailable", ProviderBroken, "provider_broken"),
        ("a_type_of_tomorrow", ProviderRejected, "provider_rejected"),
    ],
)
def test_a_type_becomes_an_error(kind: str, error: type[ProviderError], code: str) -> None:
    found = error_of(entry(kind, "prompt"))

    assert (type(found), found.code) == (error, code)


@pytest.mark.parametrize(
    ("loc", "stage"), [(("prompt",), "input"), (("image_url",), "input"), (("images", 0), "output")]
)
def test_moderation_says_its_stage(loc: tuple[JsonValue, ...], stage: str) -> None:
    error = error_of(entry("content_policy_violation", *loc))

    assert (error.code, error.fields["stage"]) == (f"provider_moderated_{stage}", stage)


@pytest.mark.parametrize(
    ("kind", "ctx", "allowed"),
    [
        ("greater_than", {"gt": 0}, "more than 0"),
        ("greater_than_equal", {"ge": 1}, "at least 1"),
        ("less_than", {"lt": 51}, "less than 51"),
        ("less_than_equal", {"le": 50}, "at most 50"),
        ("multiple_of", {"multiple_of": 16}, "a multiple of 16"),
        ("one_of", {"expected": ["jpeg", "png"]}, "jpeg, png"),
        ("sequence_too_short", {"min_length": 1}, "at least 1"),
        ("sequence_too_long", {"max_length": 9}, "at most 9"),
        ("less_than_equal", {}, "1..50"),
        ("missing", {}, "1..50"),
        ("int_parsing", {}, "1..50"),
    ],
)
def test_a_wrong_value_is_named_with_what_is_allowed(
    kind: str, ctx: dict[str, JsonValue], allowed: str
) -> None:
    fields = fields_of(entry(kind, "num_inference_steps", given=999, **ctx))

    assert fields == {"field": "num_inference_steps", "allowed": allowed, "found": "999"}


@pytest.mark.parametrize(
    ("kind", "allowed"),
    [
        ("missing", "something: the model needs it"),
        ("value_error.missing", "something: the model needs it"),
        ("extra_forbidden", "nothing: the model does not take it"),
        ("feature_not_supported", "nothing: the model does not support it"),
        ("bool_type", "true or false"),
        ("literal_error", "something else"),
    ],
)
def test_without_limits_the_type_says_what_is_allowed(kind: str, allowed: str) -> None:
    assert fields_of(entry(kind, "no_such_parameter"), model=None)["allowed"] == allowed


def test_a_side_of_a_size_is_named_in_full() -> None:
    fields = fields_of(entry("less_than_equal", "image_size", "width", given=9000, le=4096))

    assert (fields["field"], fields["allowed"]) == ("image_size.width", "at most 4096")


@pytest.mark.parametrize(
    ("kind", "ctx", "reason"),
    [
        ("image_too_small", {"min_width": 32, "min_height": 64}, "it is too small: at least 32x64 pixels"),
        ("image_too_small", {}, "it is too small"),
        (
            "image_too_large",
            {"max_width": 4096, "max_height": 4096},
            "it is too large: at most 4096x4096 pixels",
        ),
        ("file_too_large", {"max_size": 10 * 1024 * 1024}, "its file is too large: at most 10 MiB"),
        ("file_too_large", {"max_size": True}, "its file is too large"),
        pytest.param("file_too_large", {"max_size": 10**400}, "its file is too large", id="enormous"),
        (
            "unsupported_image_format",
            {"supported_formats": ["jpeg", "png"]},
            "its format is not taken: jpeg, png are taken",
        ),
        ("unsupported_image_format", {}, "its format is not taken"),
        ("image_load_error", {}, "it cannot be read"),
        ("file_download_error", {}, "it could not be fetched"),
        ("missing", {}, "the model needs one"),
        ("sequence_too_long", {"max_length": 1}, "these are more than the model takes"),
        ("string_type", {}, "it cannot be read"),
    ],
)
def test_a_bad_reference_says_why(kind: str, ctx: dict[str, JsonValue], reason: str) -> None:
    error = error_of(entry(kind, "reference_image_url", **ctx), model=PULID)

    assert (error.code, error.fields["reason"]) == ("provider_bad_reference", reason)


def test_a_reference_is_known_by_its_name_where_the_model_is_not() -> None:
    assert error_of(entry("missing", "image_urls"), model=None).code == "provider_bad_reference"


@pytest.mark.parametrize(
    ("is_retryable", "kind"), [(True, ProviderBroken), (None, ProviderBroken), (False, ProviderRejected)]
)
def test_fals_header_says_whether_a_partners_error_may_pass(
    is_retryable: bool | None, kind: type[ProviderError]
) -> None:
    assert type(error_of(entry("downstream_service_error"), is_retryable=is_retryable)) is kind


@pytest.mark.parametrize(
    ("field", "given"),
    [
        ("prompt", "a very private prompt"),
        ("negative_prompt", "private"),
        ("output_format", "x" * 61),
        ("output_format", {"a": "private"}),
        ("output_format", ["private"]),
    ],
)
def test_what_people_wrote_is_not_repeated(field: str, given: JsonValue) -> None:
    error = error_of(entry("string_too_long", field, given=given))

    assert error.fields["found"] is None
    assert "private" not in str(error)


def test_a_known_type_says_more_than_one_that_came_before() -> None:
    assert (
        error_of(entry("mystery", "seed"), entry("face_detection_error", "image_url")).code
        == "provider_no_face"
    )


@pytest.mark.parametrize(
    "detail",
    [None, "Not Found", [], [None], ["text"], [{"loc": ["body"]}], [{"type": 7}], {"type": "missing"}],
)
def test_a_detail_without_entries_names_nothing(detail: JsonValue) -> None:
    assert find_breach({"detail": detail}) is None


@pytest.mark.parametrize("loc", [None, [], ["body"], ["body", 0], "prompt"])
def test_a_wrong_value_without_a_field_is_refused_all_the_same(loc: JsonValue) -> None:
    error = error_of({"loc": loc, "msg": "x", "type": "less_than_equal", "ctx": {"le": 5}})

    assert error.code == "provider_rejected"


def test_a_vendors_strange_words_stay_short_and_in_one_line() -> None:
    text = str(error_of({"loc": ["body"], "type": "x\n" * 500, "msg": ""}))

    assert "\n" not in text
    assert len(text) < 100
