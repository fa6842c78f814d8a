"""What pictures cost before they are painted, and how that is said."""

import pytest

from services.models import Parameters
from services.providers.catalog import load_catalog
from services.providers.price import Price, PriceRow, PriceUnit, started_megapixels
from services.providers.price_words import price_sentence, price_words

CATALOG = load_catalog()
SQUARE = (1024, 1024)
LARGE = (2048, 2048)


@pytest.mark.parametrize(
    ("model_id", "aspect", "micro_usd"),
    [
        ("sketch", "1:1", 0),
        ("fal/flux-pro-v1.1-ultra", "21:9", 60_000),
        ("fal/flux-dev", "1:1", 25_000),
        ("fal/flux-dev", "", 25_000),
        ("fal/flux-schnell", "9:16", 3_000),
        ("fal/flux-2-pro", "1:1", 30_000),
        ("bfl/flux-pro-1.1", "16:9", 40_000),
        ("bfl/flux-pro-1.1-ultra", "16:9", 60_000),
        ("bfl/flux-kontext-max", "1:1", 80_000),
        ("bfl/flux-2-pro", "1:1", 30_000),
        ("bfl/flux-dev", "1:1", None),
        ("fal/flux-realism", "1:1", None),
        ("modelslab/flux-headshot", "1:1", None),
        ("openai/gpt-image-2.5-flare", "1:1", None),
    ],
)
def test_prices_one_picture(model_id: str, aspect: str, micro_usd: int | None) -> None:
    model = CATALOG.find(model_id)

    assert model.price_micro_usd(model.fit({}, aspect).parameters) == micro_usd


@pytest.mark.parametrize(("side", "megapixels"), [(1024, 1), (1025, 2), (2048, 4), (512, 1)], ids=str)
def test_bills_every_started_megapixel(side: int, megapixels: int) -> None:
    size: Parameters = {"image_size": {"width": side, "height": side}}

    assert started_megapixels((side, side)) == megapixels
    assert CATALOG.find("fal/flux-dev").price_micro_usd(size) == 25_000 * megapixels


@pytest.mark.parametrize(
    ("size", "micro_usd"), [("1024x1024", 30_000), ("1536x1024", 45_000), ("2048x2048", 75_000)]
)
def test_the_second_megapixel_is_cheaper_than_the_first(size: str, micro_usd: int) -> None:
    model = CATALOG.find("fal/flux-2-pro")

    assert model.price_micro_usd(model.fit({"image_size": size}).parameters) == micro_usd


def test_every_megapixel_of_every_reference_counts() -> None:
    model = CATALOG.find("fal/flux-2-pro-edit")

    assert model.price_micro_usd({"image_size": "square_hd"}, [SQUARE]) == 45_000
    assert model.price_micro_usd({"image_size": "square_hd"}, [SQUARE, LARGE]) == 30_000 + 15_000 + 60_000


def test_without_a_size_the_first_references_size_is_priced() -> None:
    model = CATALOG.find("fal/flux-2-pro-edit")

    assert model.size_px({}, [LARGE, SQUARE]) == LARGE
    assert model.price_micro_usd({}, [LARGE]) == 75_000 + 60_000


def test_the_most_is_held_where_only_the_vendor_knows_the_size() -> None:
    model = CATALOG.find("bfl/flux-2-pro")

    assert model.size_px({}) is None
    assert model.price_micro_usd({}) == 75_000
    assert model.price_micro_usd({}, [SQUARE]) == 45_000


@pytest.mark.parametrize(
    ("factor", "size", "micro_usd"),
    [(None, (2048, 2048), 8_400), (1, SQUARE, 2_100), (1.5, (1536, 1536), 6_300)],
)
def test_an_upscaler_is_priced_by_what_comes_out(
    factor: float | None, size: tuple[int, int], micro_usd: int
) -> None:
    model = CATALOG.find("fal/codeformer")
    parameters: Parameters = {} if factor is None else {"upscale_factor": factor}

    assert model.size_px(parameters, [SQUARE]) == size
    assert model.price_micro_usd(parameters, [SQUARE]) == micro_usd


@pytest.mark.parametrize(
    ("asked", "aspect", "micro_usd"),
    [
        ({"quality": "low"}, "1:1", 9_000),
        ({"quality": "low"}, "2:3", 13_000),
        ({"quality": "medium"}, "1:1", 34_000),
        ({"quality": "medium"}, "", 50_000),
        ({"quality": "high"}, "1:1", 133_000),
        ({"quality": "high"}, "3:2", 200_000),
        ({}, "1:1", 133_000),
        ({}, "", 200_000),
    ],
)
def test_gpt_image_one_point_five_is_priced_by_quality_and_shape(
    asked: dict[str, str], aspect: str, micro_usd: int
) -> None:
    model = CATALOG.find("gpt-image-1.5")

    assert model.price_micro_usd(model.fit(asked, aspect).parameters) == micro_usd


def test_a_price_by_size_is_unknown_where_the_size_is() -> None:
    assert Price(5, PriceUnit.MEGAPIXEL).of({}, None) is None
    assert Price(5, PriceUnit.MEGAPIXEL, most_megapixels=3).of({}, None) == 15


def test_units_that_a_vendor_billed_are_priced_only_where_they_are_ours() -> None:
    assert Price(25_000, PriceUnit.MEGAPIXEL).of_units(2) == 50_000
    assert Price(2_100, PriceUnit.MEGAPIXEL).of_units(1.5) == 3_150
    assert Price(30_000, PriceUnit.MEGAPIXEL, further_micro_usd=15_000).of_units(2) is None
    assert Price(30_000, PriceUnit.MEGAPIXEL, reference_micro_usd=1).of_units(2) is None
    assert Price(9, is_estimate=True).of_units(2) is None


def test_the_models_that_are_billed_by_tokens_say_what_these_cost() -> None:
    flare = CATALOG.find("gpt-image-2.6-flare").token_prices

    assert flare is not None
    assert (flare.text_in, flare.image_in, flare.image_out) == (5_000_000, 8_000_000, 30_000_000)
    assert (flare.cached_text_in, flare.cached_image_in) == (1_250_000, 2_000_000)
    assert CATALOG.find("gpt-image-1.5").token_prices is None


@pytest.mark.parametrize(
    ("price", "words"),
    [
        (None, "no price set"),
        (Price(0), "free"),
        (Price(60_000), "$0.06"),
        (Price(500_000), "$0.50"),
        (Price(1_000_000), "$1.00"),
        (Price(3_000, PriceUnit.MEGAPIXEL), "$0.003 a megapixel"),
        (Price(30_000, PriceUnit.MEGAPIXEL, further_micro_usd=15_000), "from $0.03"),
        (Price(200_000, rows=(PriceRow({"quality": "low"}, 9_000),)), "$0.009 to $0.20"),
        (Price(50_000, is_estimate=True), "about $0.05"),
        (Price(0, is_estimate=True), "free"),
    ],
)
def test_says_a_price_in_dollars(price: Price | None, words: str) -> None:
    assert price_words(price) == words


@pytest.mark.parametrize(
    ("model_id", "sentence"),
    [
        ("sketch", "free"),
        ("bfl/flux-pro-1.1", "$0.04 a picture"),
        ("fal/flux-dev", "$0.025 for each started megapixel"),
        ("fal/codeformer", "$0.0021 for each started megapixel, counted after enlarging"),
        (
            "bfl/flux-2-pro",
            (
                "$0.03 for the first megapixel, $0.015 for each further one, "
                "$0.015 for each megapixel of a reference picture"
            ),
        ),
        ("openai/gpt-image-1.5", "$0.009 to $0.20 a picture, by quality and size"),
        ("bfl/flux-dev", "none is published; off until whoever runs this bot writes an estimate"),
    ],
)
def test_says_how_pictures_are_priced(model_id: str, sentence: str) -> None:
    assert price_sentence(CATALOG.find(model_id)) == sentence


def test_an_estimate_is_said_to_be_one() -> None:
    catalog = load_catalog(prices={"modelslab/flux-headshot": 50_000, "fal/flux-dev": 30_000})

    for model_id, words in (("modelslab/flux-headshot", "about $0.05"), ("fal/flux-dev", "about $0.03")):
        model = catalog.find(model_id)
        assert price_sentence(model) == f"{words} a picture, estimated by whoever runs this bot"
        assert catalog.suggest_models(model_id)[0][0].endswith(words)
