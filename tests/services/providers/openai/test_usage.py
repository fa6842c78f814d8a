"""What a picture cost, by the tokens that OpenAI says it used."""

import pytest

from services.models import JsonValue
from services.providers.model import TokenPrices
from services.providers.openai.usage import cost_micro_usd
from tests.services.providers.openai.member import CATALOG

PRICES = TokenPrices(
    text_in=5_000_000,
    image_in=8_000_000,
    image_out=30_000_000,
    cached_text_in=1_250_000,
    cached_image_in=2_000_000,
)


def cost(usage: dict[str, JsonValue], *, has_references: bool = False) -> int | None:
    """Return the cost at today's prices, in micro-dollars."""
    return cost_micro_usd(usage, PRICES, has_references=has_references)


def used(output: JsonValue = 1000, **details: JsonValue) -> dict[str, JsonValue]:
    """Return a usage with these details of 100 tokens of input."""
    return {"input_tokens": 100, "output_tokens": output, "input_tokens_details": details}


def test_every_kind_of_token_has_its_own_price() -> None:
    # 40 * $5 + 60 * $8 + 1000 * $30, each for a million
    assert cost(used(text_tokens=40, image_tokens=60)) == 200 + 480 + 30_000


@pytest.mark.parametrize(
    ("details", "expected"),
    [
        pytest.param(
            {"cached_tokens_details": {"text_tokens": 10, "image_tokens": 20}},
            (30 * 5 + 10 * 1.25 + 40 * 8 + 20 * 2),
            id="split",
        ),
        pytest.param(
            {"cached_tokens": 50},
            (40 * 1.25 + 50 * 8 + 10 * 2),
            id="in one number: words first, they save less",
        ),
        pytest.param({"cached_tokens": 1_000_000}, (40 * 1.25 + 60 * 2), id="more than there were"),
        pytest.param({"cached_tokens": -3, "cached_tokens_details": None}, (40 * 5 + 60 * 8), id="nonsense"),
    ],
)
def test_cached_input_is_cheaper(details: dict[str, JsonValue], expected: float) -> None:
    assert cost(used(0, text_tokens=40, image_tokens=60, **details)) == round(expected)


@pytest.mark.parametrize(
    ("details", "has_references", "expected"),
    [
        pytest.param({}, False, 500, id="none: only words without references"),
        pytest.param({}, True, 800, id="none: the dearer kind with references"),
        pytest.param({"text_tokens": 40}, True, 200 + 480, id="words: the rest is pictures"),
        pytest.param({"image_tokens": 60}, True, 200 + 480, id="pictures: the rest is words"),
        pytest.param({"text_tokens": "40", "image_tokens": True}, False, 500, id="other types"),
    ],
)
def test_missing_details_are_filled_in(
    details: dict[str, JsonValue], expected: int, *, has_references: bool
) -> None:
    assert cost(used(0, **details), has_references=has_references) == expected


@pytest.mark.parametrize(
    "usage",
    [
        pytest.param({}, id="nothing"),
        pytest.param({"input_tokens": 5}, id="no output"),
        pytest.param({"output_tokens": 5}, id="no input"),
        pytest.param({"input_tokens": 5, "output_tokens": -1}, id="negative"),
        pytest.param({"input_tokens": 5, "output_tokens": "5"}, id="a text"),
        pytest.param({"input_tokens": 5, "output_tokens": True}, id="true"),
        pytest.param({"input_tokens": 5, "output_tokens": 10**18}, id="more than anything costs"),
        pytest.param({"input_tokens": 10**400, "output_tokens": 5}, id="beyond floating point"),
    ],
)
def test_without_numbers_the_cost_is_not_known(usage: dict[str, JsonValue]) -> None:
    assert cost(usage) is None


def test_without_prices_the_cost_is_not_known() -> None:
    assert cost_micro_usd(used(), None, has_references=False) is None


@pytest.mark.parametrize(
    "model", [each for each in CATALOG.models if each.provider == "openai"], ids=lambda model: model.id
)
def test_cached_input_is_never_dearer_in_the_catalogue(model: object) -> None:
    prices = getattr(model, "token_prices", None)
    if prices is not None:
        assert prices.cached_text_in <= prices.text_in
        assert prices.cached_image_in <= prices.image_in
