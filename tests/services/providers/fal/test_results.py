"""What fal says of an order that it took."""

import logging
from typing import Any

import pytest

from services.errors import ProviderBroken, ProviderRejected
from services.models import JsonValue
from services.providers.base import Failed, Finished, Running
from services.providers.fal.results import empty_result, read_result, read_running

URL = "https://v3.fal.media/files/b/1.jpeg"


def log(*lines: JsonValue) -> list[JsonValue]:
    return [{"message": line, "level": "INFO", "source": "USER", "timestamp": "now"} for line in lines]


def progress(*lines: JsonValue) -> Running:
    return read_running({"status": "IN_PROGRESS", "logs": log(*lines)})


@pytest.mark.parametrize(
    ("position", "place"),
    [(0, 0), (3, 3), (None, None), (-1, None), (True, None), ("2", None), (10**300, None)],
)
def test_the_place_in_the_line_is_told(position: JsonValue, place: int | None) -> None:
    assert read_running({"status": "IN_QUEUE", "queue_position": position}).place == place


@pytest.mark.parametrize(
    ("lines", "fraction"),
    [
        ((" 25%|##   | 7/28 [00:01<00:03]",), 0.25),
        (("step 7/28",), 0.25),
        (("Generating 50.5 % done",), 0.505),
        ((" 25%|#", "50%|##", "saving"), 0.5),
        (("100%|####| 28/28",), 1.0),
        (("Loading pipeline components: 100%|####| 7/7",), None),
        (("30%|#", "Fetching 5 files: 100%"), 0.3),
        (("see https://example.com/12/5",), None),
        (("3/0",), None),
        (("420%",), None),
        (("painting",), None),
        ((), None),
    ],
)
def test_the_log_says_how_much_is_painted(lines: tuple[str, ...], fraction: float | None) -> None:
    assert progress(*lines).fraction == fraction


def test_the_last_line_of_the_log_is_shown_harmless_and_short() -> None:
    line = progress("first", "Authorization: Key 0123-secret\n" + "x" * 1000).log_line

    assert line is not None
    assert line.startswith("Authorization: ")
    assert "secret\n" not in line
    assert "0123-secret" not in line
    assert len(line) <= 300


@pytest.mark.parametrize("logs", [None, "text", [None], [{"message": None}], [{}], log("  ")])
def test_a_log_that_is_none_says_nothing(logs: JsonValue) -> None:
    assert read_running({"status": "IN_PROGRESS", "logs": logs}).log_line is None


@pytest.mark.parametrize("status", [{}, {"status": None}, {"status": "DREAMING"}, {"status": "FAILED"}])
def test_an_unknown_status_is_running(status: dict[str, JsonValue]) -> None:
    assert isinstance(read_running(status), Running)


def test_an_unknown_status_is_logged_once(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.WARNING):
        for _ in range(3):
            read_running({"status": "A_WORD_OF_THIS_TEST"})

    assert caplog.text.count("A_WORD_OF_THIS_TEST") == 1


@pytest.mark.parametrize(
    "output",
    [
        {"images": [{"url": URL, "width": 1024}]},
        {"image": {"url": URL}},
        {"images": [URL]},
        {"image": URL},
        {"images": [{"url": URL}, {"url": "https://v3.fal.media/2"}]},
    ],
)
def test_the_picture_is_found_under_each_name(output: dict[str, JsonValue]) -> None:
    result = read_result({**output, "seed": 42}, 25_000)

    assert isinstance(result, Finished)
    assert (result.picture.url, result.seed, result.cost_micro_usd) == (URL, 42, 25_000)


@pytest.mark.parametrize("seed", [None, "42", True, 4.2])
def test_a_seed_that_is_no_whole_number_is_not_known(seed: Any) -> None:  # noqa: ANN401
    result = read_result({"image": URL, "seed": seed})

    assert isinstance(result, Finished)
    assert result.seed is None


@pytest.mark.parametrize(
    "output",
    [{}, {"images": []}, {"images": None}, {"images": [{}]}, {"image": None}, {"image": {"url": ""}}],
)
def test_an_output_without_a_picture_is_none_and_was_charged(output: dict[str, JsonValue]) -> None:
    assert read_result(output) is None
    error = empty_result("GET somewhere").error
    assert (type(error), error.code, error.charged) == (ProviderBroken, "result_empty", True)


def test_a_flagged_picture_is_withheld_and_was_charged() -> None:
    result = read_result({"images": [{"url": URL}], "has_nsfw_concepts": [True]}, 25_000)

    assert isinstance(result, Failed)
    error = result.error
    assert (type(error), error.code, error.charged) == (ProviderRejected, "provider_moderated_output", True)
    assert dict(error.fields) == {"stage": "output", "cost_micro_usd": 25_000}


@pytest.mark.parametrize("flags", [None, [], [False], [False, True], "true", [None]])
def test_only_the_flag_of_our_own_picture_withholds_it(flags: JsonValue) -> None:
    assert isinstance(read_result({"images": [{"url": URL}], "has_nsfw_concepts": flags}), Finished)
