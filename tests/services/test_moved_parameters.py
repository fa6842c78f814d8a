"""A picture moves to another model: what was asked for goes with it, what the first model's shape gave does not."""

from services.commissioning import moved_parameters
from services.models import JsonValue, Recipe, RecipeKind
from services.providers.catalog import Model, load_catalog
from tests.in_words import in_words

CATALOG = load_catalog()
HEADSHOT = CATALOG.find("modelslab/flux-headshot")
FLUX = CATALOG.find("fal/flux-dev")
BFL = CATALOG.find("bfl/flux-dev")


def painted(model: Model, aspect: str = "1:1", **asked: JsonValue) -> Recipe:
    """Return the recipe of a picture that somebody asked for with these parameters."""
    return Recipe(
        kind=RecipeKind.IMAGINE,
        prompt="a lighthouse",
        provider=model.provider,
        model=model.id,
        model_version=model.version,
        image_seed=1,
        aspect=aspect,
        parameters=model.fit(asked, aspect).parameters,
    )


def test_what_was_asked_for_moves_under_the_other_models_name() -> None:
    parameters, dropped = moved_parameters(BFL, painted(FLUX, "16:9", steps=40, guidance=3.5), FLUX)

    assert parameters == {"width": 1376, "height": 768, "steps": 40, "guidance": 3.5}
    assert dropped == ()


def test_nobody_hears_of_defaults_that_only_we_sent() -> None:
    parameters, dropped = moved_parameters(FLUX, painted(HEADSHOT, steps=8), HEADSHOT)

    assert parameters == {"image_size": "square_hd", "num_inference_steps": 8}
    assert dropped == ()


def test_what_the_other_model_does_not_take_is_named() -> None:
    recipe = painted(HEADSHOT, negative_prompt="hats", guidance=9)
    parameters, dropped = moved_parameters(BFL, recipe, HEADSHOT)

    assert parameters == {"width": 1024, "height": 1024}
    assert sorted(in_words(dropped)) == [
        ("guidance_scale", "FLUX.1 [dev] (BFL) takes 1.5..5"),
        ("negative_prompt", "not taken by FLUX.1 [dev] (BFL)"),
    ]


def test_a_recipe_of_a_model_that_is_gone_moves_as_it_is() -> None:
    parameters, dropped = moved_parameters(FLUX, painted(BFL, steps=40), None)

    assert parameters == {"image_size": "square_hd", "num_inference_steps": 40}
    assert {each.name for each in dropped} == {"width", "height"}
