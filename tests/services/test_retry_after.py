"""How Retry-After is read."""

from datetime import UTC, datetime

import pytest

from services.models import JsonValue
from services.retry_after import clamp_wait_s, read_retry_after_s, read_told_wait_s

NOW = datetime(2026, 11, 21, 12, 0, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("header", "wait_s"),
    [
        pytest.param("7", 7.0, id="seconds"),
        pytest.param("2.5", 2.5, id="fraction of seconds"),
        pytest.param("0", 1.0, id="zero"),
        pytest.param("-30", 1.0, id="negative"),
        pytest.param("1e9", 120.0, id="enormous"),
        pytest.param("9" * 20, 120.0, id="twenty digits"),
        pytest.param("1e999", 120.0, id="beyond floating point"),
        pytest.param("Sat, 21 Nov 2026 12:00:40 GMT", 40.0, id="date ahead"),
        pytest.param("Sat, 21 Nov 2026 12:00:40 -0000", 40.0, id="date without a zone"),
        pytest.param("Sat, 21 Nov 2026 11:00:00 GMT", 1.0, id="date behind"),
        pytest.param("Sat, 21 Nov 2099 12:00:00 GMT", 120.0, id="date far ahead"),
        pytest.param("soon", 5.0, id="word"),
        pytest.param("nan", 5.0, id="not a number"),
        pytest.param("٣", 5.0, id="digits of another script"),
        pytest.param("9" * 400, 5.0, id="four hundred digits"),
        pytest.param("", 5.0, id="empty"),
        pytest.param(None, 5.0, id="absent"),
    ],
)
def test_reads_the_wait_within_its_bounds(header: str | None, wait_s: float) -> None:
    assert read_retry_after_s(header, NOW) == wait_s


def test_a_wait_that_is_no_number_becomes_the_default() -> None:
    assert clamp_wait_s(float("nan")) == 5.0


@pytest.mark.parametrize(
    ("told", "wait_s"),
    [
        pytest.param(30, 30.0, id="whole number"),
        pytest.param(2.5, 2.5, id="fraction"),
        pytest.param("12", 12.0, id="text"),
        pytest.param(10**400, 120.0, id="beyond floating point"),
        pytest.param(-(10**400), 1.0, id="beyond floating point, negative"),
        pytest.param(float("nan"), 5.0, id="not a number"),
        pytest.param(True, 5.0, id="true"),
        pytest.param([3], 5.0, id="list"),
        pytest.param(None, 5.0, id="nothing"),
    ],
)
def test_a_body_may_name_the_wait_as_a_number_or_as_a_text(told: JsonValue, wait_s: float) -> None:
    assert read_told_wait_s(told) == wait_s
