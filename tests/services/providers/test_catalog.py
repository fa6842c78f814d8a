"""The catalogue that comes with Limner, and how a model is found in it."""

import math
from pathlib import Path

import pytest

from services.errors import UserError
from services.prompts import SIZE_WORDS
from services.providers.catalog import ASPECTS, Catalog, Model, load_catalog
from services.providers.models_page import PAGE_PATH, write_page

CATALOG = load_catalog()
EVERY_MODEL = pytest.mark.parametrize("model", CATALOG.models, ids=lambda model: model.id)


def test_the_sketch_painter_comes_first_and_costs_nothing() -> None:
    sketch = CATALOG.models[0]

    assert sketch.id == "sketch"
    assert sketch.price_micro_usd({}) == 0
    assert sketch.capabilities.is_deterministic


FEWER_ASPECTS = {
    "fal/flux-dev-image-to-image": (),
    "fal/codeformer": (),
    "fal/clarity-upscaler": (),
    "openai/gpt-image-1.5": ("3:2", "1:1", "2:3"),
}
"""Those that have the shape of their reference, and one that has three sizes."""


@EVERY_MODEL
def test_every_model_paints_every_aspect_that_its_vendor_has(model: Model) -> None:
    assert tuple(model.aspects) == FEWER_ASPECTS.get(model.id, ASPECTS)


@EVERY_MODEL
def test_every_model_of_a_vendor_has_somewhere_to_turn(model: Model) -> None:
    assert model.equivalents or model.provider == "sketch"
    others = [CATALOG.by_id[model_id] for model_id in model.equivalents]
    needed = model.capabilities.references_needed
    assert all(other.capabilities.references >= needed for other in others)


@EVERY_MODEL
def test_a_model_that_takes_references_says_under_which_field(model: Model) -> None:
    assert bool(model.capabilities.reference_field) == bool(model.capabilities.references)


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
        if parameter.default is not None and not parameter.needs:
            fitted = model.fit({parameter.name: parameter.default})
            assert fitted.parameters[parameter.name] == parameter.default
            assert not fitted.dropped


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

    assert ids == ["fal/flux-dev", "fal/flux-dev-image-to-image", "bfl/flux-dev"]
    assert CATALOG.suggest_models("fal/flux-pro-v1.1-u") == [
        ("FLUX1.1 [pro] ultra · fal · $0.06", "fal/flux-pro-v1.1-ultra")
    ]
    assert CATALOG.suggest_models("clarity") == [
        ("Clarity upscaler · fal · $0.03 a megapixel", "fal/clarity-upscaler")
    ]


@pytest.mark.parametrize("partial", ["", "%_'\";--", "x" * 500, "\x00", "[", "flux"])
def test_suggestions_keep_the_limits_of_an_autocomplete(partial: str) -> None:
    pairs = CATALOG.suggest_models(partial)

    assert len(pairs) <= 25
    assert all(0 < len(label) <= 100 and len(model_id) <= 100 for label, model_id in pairs)


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
