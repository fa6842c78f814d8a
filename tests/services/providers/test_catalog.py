"""The catalogue that comes with Limner, and what people may ask of it."""

import math
from pathlib import Path

import pytest

from services.errors import UserError
from services.models import Parameters
from services.prompts import SIZE_WORDS
from services.providers.catalog import ASPECTS, Catalog, Model, load_catalog, price_words
from services.providers.model import Price, PriceUnit
from services.providers.models_page import PAGE_PATH, write_page

CATALOG = load_catalog()
EVERY_MODEL = pytest.mark.parametrize("model", CATALOG.models, ids=lambda model: model.id)


def test_the_sketch_painter_comes_first_and_costs_nothing() -> None:
    sketch = CATALOG.models[0]

    assert sketch.id == "sketch"
    assert sketch.price_micro_usd({}) == 0
    assert sketch.capabilities.is_deterministic


@EVERY_MODEL
def test_every_model_paints_every_aspect(model: Model) -> None:
    assert tuple(model.aspects) == ASPECTS


@EVERY_MODEL
def test_the_sizes_of_a_model_have_the_ratio_of_their_aspect(model: Model) -> None:
    for aspect, parameters in model.aspects.items():
        size = model.size_px(parameters)
        if size is not None:
            width, height = (int(side) for side in aspect.split(":"))
            assert math.isclose(size[0] / size[1], width / height, rel_tol=0.01), (aspect, size)


def test_the_sketch_is_as_large_as_the_prompt_says() -> None:
    sketch = CATALOG.find("sketch")

    sizes = {aspect: sketch.size_px(parameters) for aspect, parameters in sketch.aspects.items()}
    assert sizes == {aspect: tuple(map(int, SIZE_WORDS[aspect].split("x"))) for aspect in ASPECTS}


@EVERY_MODEL
def test_a_default_is_a_value_that_can_be_typed(model: Model) -> None:
    for parameter in model.parameters.values():
        if parameter.default is not None:
            asked = {parameter.name: parameter.default}
            assert model.fit(asked).parameters == asked


@pytest.mark.parametrize(
    ("text", "model_id"),
    [
        ("sketch", "sketch"),
        ("  SKETCH ", "sketch"),
        ("fal/flux-dev", "fal/flux-dev"),
        ("FAL/Flux-Dev", "fal/flux-dev"),
        ("flux-schnell", "fal/flux-schnell"),
        ("flux1.1 [pro]", "bfl/flux-pro-1.1"),
        ("FLUX1.1  [pro]  ultra", "fal/flux-pro-v1.1-ultra"),
        ("fal-ai/flux/dev", "fal/flux-dev"),
    ],
)
def test_finds_a_model_by_what_people_call_it(text: str, model_id: str) -> None:
    assert CATALOG.find(text).id == model_id


def test_names_both_models_when_an_end_of_an_id_is_shared() -> None:
    with pytest.raises(UserError) as caught:
        CATALOG.find("flux-dev")

    assert caught.value.code == "ambiguous_model"
    assert caught.value.fields["suggestion"] == "fal/flux-dev, bfl/flux-dev"


@pytest.mark.parametrize(
    ("text", "suggestion"),
    [
        ("flux-shnell", "fal/flux-schnell"),
        ("skech", "sketch"),
        ("../../x", ""),
        ("", ""),
        ("' OR 1=1 --", ""),
    ],
)
def test_suggests_the_nearest_model_for_an_unknown_one(text: str, suggestion: str) -> None:
    with pytest.raises(UserError) as caught:
        CATALOG.find(text)

    assert caught.value.code == "unknown_model"
    assert dict(caught.value.fields) == {"field": "model", "found": text, "suggestion": suggestion}


def test_repeats_only_the_beginning_of_an_enormous_name() -> None:
    with pytest.raises(UserError) as caught:
        CATALOG.find("x" * 1_000_000)

    assert caught.value.fields["found"] == "x" * 100


def test_suggests_models_that_begin_with_what_was_typed_first() -> None:
    ids = [model_id for _, model_id in CATALOG.suggest_models("flux-dev")]

    assert ids == ["fal/flux-dev", "bfl/flux-dev"]
    assert CATALOG.suggest_models("ultra") == [
        ("FLUX1.1 [pro] ultra · fal · $0.06", "fal/flux-pro-v1.1-ultra")
    ]


@pytest.mark.parametrize("partial", ["", "%_'\";--", "x" * 500, "\x00", "[", "flux"])
def test_suggestions_keep_the_limits_of_an_autocomplete(partial: str) -> None:
    pairs = CATALOG.suggest_models(partial)

    assert len(pairs) <= 25
    assert all(0 < len(label) <= 100 and len(model_id) <= 100 for label, model_id in pairs)


def test_one_word_for_steps_fits_every_model_that_takes_them() -> None:
    sent = {model.id: dict(model.fit({"steps": "8"}).parameters) for model in CATALOG.models}

    assert sent["fal/flux-dev"] == {"num_inference_steps": 8}
    assert sent["bfl/flux-dev"] == {"steps": 8}
    assert sent["sketch"] == {}


@pytest.mark.parametrize("name", ["guidance", "guidance_scale", "CFG", "guidance-scale"])
def test_synonyms_case_and_dashes_do_not_matter(name: str) -> None:
    assert CATALOG.find("fal/flux-dev").fit({name: "3,5"}).parameters == {"guidance_scale": 3.5}


def test_names_what_a_model_does_not_take_and_why() -> None:
    fitted = CATALOG.find("sketch").fit(
        {"steps": "28", "negative_prompt": "hats", "seed": "5", "num_images": "4", "formt": "png"}, "1:1"
    )

    assert fitted.parameters == {"width": 1024, "height": 1024}
    assert dict(fitted.dropped) == {
        "steps": "not taken by Sketch painter",
        "negative_prompt": "not taken by Sketch painter",
        "seed": "a command has its own option for the seed",
        "num_images": "every picture is a job of its own; ask with `count`",
        "formt": "not taken by Sketch painter; did you mean format?",
    }


@pytest.mark.parametrize(
    ("model_id", "name", "value", "allowed"),
    [
        ("fal/flux-dev", "steps", "0", "1..50"),
        ("fal/flux-dev", "steps", "51", "1..50"),
        ("fal/flux-dev", "steps", "-8", "1..50"),
        ("fal/flux-dev", "steps", "2.5", "1..50"),
        ("fal/flux-dev", "steps", "1_0", "1..50"),
        ("fal/flux-dev", "steps", "٣", "1..50"),
        ("fal/flux-dev", "steps", "9" * 5000, "1..50"),
        ("fal/flux-dev", "steps", "", "1..50"),
        ("fal/flux-dev", "guidance", "nan", "1..20"),
        ("fal/flux-dev", "guidance", "inf", "1..20"),
        ("fal/flux-dev", "guidance", "1e1", "1..20"),
        ("bfl/flux-dev", "width", "0", "256..1440 in steps of 32"),
        ("bfl/flux-dev", "width", "-8", "256..1440 in steps of 32"),
        ("bfl/flux-dev", "width", "63", "256..1440 in steps of 32"),
        ("bfl/flux-dev", "width", "300", "256..1440 in steps of 32"),
        ("bfl/flux-dev", "width", "100000", "256..1440 in steps of 32"),
        ("fal/flux-dev", "enable_safety_checker", "maybe", "true or false"),
        ("sketch", "format", "gif", "jpeg, png, webp"),
        ("modelslab/flux-headshot", "negative_prompt", "x" * 2001, "1..2000 characters"),
        ("modelslab/flux-headshot", "negative_prompt", "\u200b", "1..2000 characters"),
        ("modelslab/flux-headshot", "negative_prompt", "a\x00b", "1..2000 characters"),
    ],
)
def test_refuses_a_value_out_of_range(model_id: str, name: str, value: str, allowed: str) -> None:
    with pytest.raises(UserError) as caught:
        CATALOG.find(model_id).fit({name: value})

    assert caught.value.code == "bad_option"
    assert (caught.value.fields["allowed"], caught.value.fields["found"]) == (allowed, value[:100])


@pytest.mark.parametrize("value", ["1", "50", "+8", " 8 "])
def test_takes_the_ends_of_a_range_and_how_people_write_numbers(value: str) -> None:
    assert CATALOG.find("fal/flux-dev").fit({"steps": value}).parameters == {
        "num_inference_steps": int(value)
    }


def test_refuses_two_names_of_one_parameter() -> None:
    with pytest.raises(UserError) as caught:
        CATALOG.find("fal/flux-dev").fit({"steps": "8", "num_inference_steps": "9"})

    assert (caught.value.code, caught.value.fields["field"]) == ("duplicate_option", "num_inference_steps")


def test_what_was_asked_for_wins_over_the_aspect() -> None:
    fitted = CATALOG.find("bfl/flux-dev").fit({"width": "512"}, "1:1")

    assert fitted.parameters == {"width": 512, "height": 1024}


def test_leaves_the_size_to_the_vendor_without_an_aspect() -> None:
    assert CATALOG.find("fal/flux-dev").fit({}).parameters == {}


@pytest.mark.parametrize("aspect", ["16:0", "a:b", "1e9:1", "2:1", "16:9" * 100, "1:1:1"])
def test_refuses_an_aspect_that_is_not_in_the_list(aspect: str) -> None:
    with pytest.raises(UserError) as caught:
        CATALOG.find("sketch").fit({}, aspect)

    assert caught.value.code == "bad_aspect"
    assert caught.value.fields["allowed"] == "21:9, 16:9, 4:3, 3:2, 1:1, 2:3, 3:4, 9:16, 9:21"
    assert len(str(caught.value.fields["found"])) <= 100


@pytest.mark.parametrize(
    ("model_id", "aspect", "micro_usd"),
    [
        ("sketch", "1:1", 0),
        ("fal/flux-pro-v1.1-ultra", "21:9", 60_000),
        ("fal/flux-dev", "1:1", 25_000),
        ("fal/flux-dev", "", 25_000),
        ("fal/flux-schnell", "9:16", 3_000),
        ("bfl/flux-pro-1.1", "16:9", 40_000),
        ("bfl/flux-dev", "1:1", None),
        ("fal/flux-realism", "1:1", None),
        ("openai/gpt-image-2.5-flare", "1:1", None),
    ],
)
def test_prices_one_picture(model_id: str, aspect: str, micro_usd: int | None) -> None:
    model = CATALOG.find(model_id)

    assert model.price_micro_usd(model.fit({}, aspect).parameters) == micro_usd


@pytest.mark.parametrize(("side", "megapixels"), [(1024, 1), (1025, 2), (2048, 4), (512, 1)], ids=str)
def test_bills_every_started_megapixel(side: int, megapixels: int) -> None:
    size: Parameters = {"image_size": {"width": side, "height": side}}

    assert CATALOG.find("fal/flux-dev").price_micro_usd(size) == 25_000 * megapixels


@pytest.mark.parametrize(
    ("price", "words"),
    [
        (None, "no price set"),
        (Price(0), "free"),
        (Price(60_000), "$0.06"),
        (Price(500_000), "$0.50"),
        (Price(1_000_000), "$1.00"),
        (Price(3_000, PriceUnit.MEGAPIXEL), "$0.003 a megapixel"),
    ],
)
def test_says_a_price_in_dollars(price: Price | None, words: str) -> None:
    assert price_words(price) == words


def test_the_page_of_models_is_current() -> None:
    assert Path(PAGE_PATH).read_text(encoding="utf-8") == write_page(CATALOG), (
        "run `python -m services.providers.models_page`"
    )


def test_the_page_names_every_model_parameter_and_provider_key() -> None:
    page = write_page(CATALOG)

    for model in CATALOG.models:
        assert f"\n## {model.id}\n" in page
        assert all(f"| `{name}` |" in page for name in model.parameters)
    assert all(f"`{entry.key_setting}`" in page for entry in CATALOG.providers.values() if entry.key_setting)


def test_catalogues_of_one_file_are_equal() -> None:
    other: Catalog = load_catalog()

    assert other == CATALOG
