"""`/imagine`: own words, and what of them is kept."""

from dataclasses import replace

import pytest

from services.asks import ImagineAsk
from services.errors import UserError
from services.imagine import create_imagine, plan_imagine
from services.models import MAX_SEED, Recipe, RecipeKind
from services.offers import ModelUnavailable
from tests.in_words import in_words
from tests.services.finished import (
    EYE_COLOR,
    counted_seeds,
    recipes_of,
    seedless,
    values_of,
    with_model,
)
from tests.services.studio import Studio, caller

pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)


async def imagined(studio: Studio, prompt: str = "a lighthouse", **options: object) -> list[Recipe]:
    ask = ImagineAsk(caller(), prompt, **options)  # type: ignore[arg-type] # options by name
    return await recipes_of(studio, await create_imagine(studio.context, plan_imagine(studio.context, ask)))


async def test_keeps_the_words_as_they_were_said_without_what_cannot_be_seen(studio: Studio) -> None:
    (recipe,) = await imagined(studio, "  Ein\u200b Fuchs\n\u202eim Schnee 🦊")

    assert recipe.prompt == "Ein Fuchs im Schnee 🦊"
    assert (recipe.kind, recipe.prompt_seed, recipe.parent) == (RecipeKind.IMAGINE, None, None)


async def test_keeps_the_features_that_the_words_name(studio: Studio) -> None:
    (named,) = await imagined(studio, "a sailor with green eyes")
    (plain,) = await imagined(studio, "a lighthouse")

    assert values_of(named) == {EYE_COLOR: "green"}
    assert plain.features == ()
    assert named.feature_file == studio.context.features.digest


async def test_makes_the_same_recipe_from_the_same_words_and_seed(studio: Studio) -> None:
    assert await imagined(studio, seed=7) == await imagined(studio, seed=7)


async def test_counts_the_seed_on_and_past_the_highest(studio: Studio) -> None:
    recipes = await imagined(studio, seed=MAX_SEED, count=3)

    assert [recipe.image_seed for recipe in recipes] == [MAX_SEED, 0, 1]
    assert len({recipe.prompt for recipe in recipes}) == 1


async def test_draws_a_seed_for_each_picture_where_none_is_given(studio: Studio) -> None:
    studio.context = replace(studio.context, random_seed=counted_seeds(100))

    assert [recipe.image_seed for recipe in await imagined(studio, count=2)] == [100, 101]


async def test_leaves_the_size_to_the_model_unless_asked(studio: Studio) -> None:
    (default,) = await imagined(studio, model="scripted/quick")
    (square,) = await imagined(studio, model="scripted/quick", aspect=" 1:1 ")

    assert (default.aspect, dict(default.parameters)) == ("", {})
    assert (square.aspect, dict(square.parameters)) == ("1:1", {"aspect_ratio": "1:1"})


async def test_gives_a_model_without_seeds_none(studio: Studio) -> None:
    studio.context = with_model(studio.context, seedless(studio.context.catalog.find("scripted/quick")))
    recipes = await imagined(studio, model="scripted/seedless", count=2)

    assert [recipe.image_seed for recipe in recipes] == [None, None]


async def test_names_the_options_that_the_model_does_not_take(studio: Studio) -> None:
    (recipe,) = await imagined(studio, options="steps=28 format=png")

    assert dict(recipe.parameters) == {"format": "png"}
    assert in_words(recipe.dropped) == [("steps", "not taken by Sketch painter")]


@pytest.mark.parametrize(
    ("prompt", "options", "code", "field"),
    [
        ("\u200b", {}, "empty_prompt", "prompt"),
        ("x" * 4001, {}, "prompt_too_long", "prompt"),
        ("a fox", {"seed": MAX_SEED + 1}, "seed_out_of_range", "seed"),
        ("a fox", {"count": 5}, "bad_count", "count"),
        ("a fox", {"model": "no such model"}, "unknown_model", "model"),
        ("a fox", {"aspect": "7:1"}, "bad_aspect", "aspect"),
        ("a fox", {"options": "format=gif"}, "bad_option", "format"),
    ],
)
async def test_refuses_what_does_not_fit_before_anything_is_written(
    studio: Studio, prompt: str, options: dict[str, object], code: str, field: str
) -> None:
    with pytest.raises(UserError) as caught:
        plan_imagine(studio.context, ImagineAsk(caller(), prompt, **options))  # type: ignore[arg-type] # by name

    assert (caught.value.code, caught.value.fields["field"]) == (code, field)


async def test_refuses_a_paid_model_where_the_server_is_not_listed(studio: Studio) -> None:
    with pytest.raises(ModelUnavailable, match="server_not_listed"):
        await studio.order(caller(guild_id=None))
