"""`/portrait`: what is locked, what is drawn, and what a recipe keeps of it."""

from dataclasses import replace

import pytest

from services.asks import PortraitAsk
from services.errors import LimitError, NotFoundError, UserError
from services.models import MAX_SEED, FeatureKey, RecipeKind
from services.offers import ModelUnavailable
from services.portraits import plan_portrait
from services.prompts import write_prompt
from tests.in_words import in_words
from tests.services.finished import (
    EYE_COLOR,
    HAIR_COLOR,
    NOSE_SHAPE,
    changed_features,
    counted_seeds,
    painted,
    recipe_of,
    recipes_of,
    seedless,
    values_of,
    with_model,
)
from tests.services.studio import ADA, BEN, GUILD, Studio, caller

pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)


async def test_makes_the_same_recipe_from_the_same_seeds(studio: Studio) -> None:
    first = await recipe_of(studio, await studio.portrait(seed=7, prompt_seed=5))
    second = await recipe_of(studio, await studio.portrait(caller(BEN), seed=7, prompt_seed=5))

    assert first == second
    assert (first.kind, first.image_seed, first.prompt_seed) == (RecipeKind.PORTRAIT, 7, 5)
    assert first.feature_file == studio.context.features.digest
    assert first.prompt == write_prompt(first.features)


async def test_draws_both_seeds_where_none_is_given(studio: Studio) -> None:
    studio.context = replace(studio.context, random_seed=counted_seeds(100))
    recipes = await recipes_of(studio, await studio.portrait(count=2))

    assert [(recipe.prompt_seed, recipe.image_seed) for recipe in recipes] == [(100, 101), (102, 103)]
    assert recipes[0].features != recipes[1].features


async def test_the_image_seed_does_not_change_the_face(studio: Studio) -> None:
    first = await recipe_of(studio, await studio.portrait(seed=1, prompt_seed=5))
    second = await recipe_of(studio, await studio.portrait(seed=2, prompt_seed=5))

    assert replace(second, image_seed=1) == first


async def test_counts_both_seeds_on_from_the_given_ones_and_past_the_highest(studio: Studio) -> None:
    recipes = await recipes_of(
        studio, await studio.portrait(count=3, seed=MAX_SEED - 1, prompt_seed=MAX_SEED)
    )

    assert [recipe.image_seed for recipe in recipes] == [MAX_SEED - 1, MAX_SEED, 0]
    assert [recipe.prompt_seed for recipe in recipes] == [MAX_SEED, 0, 1]


async def test_makes_the_third_of_a_count_again_by_its_own_seeds(studio: Studio) -> None:
    third = (await recipes_of(studio, await studio.portrait(count=4, seed=10, prompt_seed=20)))[2]
    alone = await recipe_of(studio, await studio.portrait(seed=12, prompt_seed=22))

    assert alone == third


async def test_locks_the_chosen_features_and_draws_the_others_as_before(studio: Studio) -> None:
    drawn = await recipe_of(studio, await studio.portrait(seed=1, prompt_seed=5))
    other = "violet" if values_of(drawn)[EYE_COLOR] != "violet" else "teal"
    locked = await recipe_of(
        studio, await studio.portrait(seed=1, prompt_seed=5, features=f"eye color={other}")
    )

    assert changed_features(drawn, locked) == {EYE_COLOR: other}


async def test_locks_the_chosen_features_in_every_picture_of_a_count(studio: Studio) -> None:
    recipes = await recipes_of(studio, await studio.portrait(count=4, features="eye color=violet; nose=snub"))

    assert {values_of(recipe)[EYE_COLOR] for recipe in recipes} == {"violet"}
    assert {values_of(recipe)[NOSE_SHAPE] for recipe in recipes} == {"snub"}


async def test_locks_an_expression_in_each_feature_that_owns_it(studio: Studio) -> None:
    recipe = await recipe_of(studio, await studio.portrait(expression="smiling", features="nose=snub"))

    values = values_of(recipe)
    assert values[FeatureKey("Expression", "Eye")] == values[FeatureKey("Expression", "Lips")] == "smiling"
    assert values[NOSE_SHAPE] == "snub"


async def test_an_expression_wins_over_the_same_feature_among_the_features(studio: Studio) -> None:
    recipe = await recipe_of(
        studio, await studio.portrait(features="expression lips=pouting", expression="lips=grinning")
    )

    assert values_of(recipe)[FeatureKey("Expression", "Lips")] == "grinning"


async def test_keeps_the_features_of_an_earlier_picture_and_names_it_as_the_parent(studio: Studio) -> None:
    earlier = await painted(studio, seed=1, prompt_seed=5)
    recipe = await recipe_of(
        studio, await studio.portrait(keep=earlier.code.upper(), seed=9, prompt_seed=900)
    )

    assert recipe.features == earlier.recipe.features
    assert recipe.prompt == earlier.recipe.prompt
    assert (recipe.parent, recipe.image_seed, recipe.prompt_seed) == (earlier.code, 9, 900)


async def test_draws_only_what_minus_takes_out_of_what_is_kept(studio: Studio) -> None:
    earlier = await painted(studio, prompt_seed=5)
    fresh = await recipe_of(studio, await studio.portrait(prompt_seed=900))
    recipe = await recipe_of(
        studio, await studio.portrait(keep=f"{earlier.code} minus hair", prompt_seed=900)
    )

    of_hair = {
        key for key in values_of(fresh) if "Hair" in key.name or key == FeatureKey("Shape", "Hairline")
    }
    expected = {key: values_of(fresh if key in of_hair else earlier.recipe)[key] for key in values_of(fresh)}
    assert len(of_hair) == 5
    assert values_of(recipe) == expected
    assert changed_features(earlier.recipe, recipe)


async def test_what_is_chosen_wins_over_what_is_kept(studio: Studio) -> None:
    earlier = await painted(studio, features="eye color=green; hair color=red")
    recipe = await recipe_of(studio, await studio.portrait(keep=earlier.code, features="eye color=violet"))

    assert changed_features(earlier.recipe, recipe) == {EYE_COLOR: "violet"}
    assert values_of(recipe)[HAIR_COLOR] == "red"


async def test_keeps_what_others_posted_openly_in_the_same_server(studio: Studio) -> None:
    earlier = await painted(studio)
    recipe = await recipe_of(studio, await studio.portrait(caller(BEN), keep=earlier.code))

    assert recipe.features == earlier.recipe.features


@pytest.mark.parametrize(
    ("is_private", "guild_id"),
    [(True, GUILD), (False, 999), (False, None)],
    ids=["private", "elsewhere", "direct"],
)
async def test_does_not_keep_what_the_asker_may_not_see(
    studio: Studio, is_private: bool, guild_id: int | None
) -> None:
    earlier = await painted(studio, caller(private=is_private))

    with pytest.raises(NotFoundError, match="no_such_picture"):
        await studio.portrait(caller(BEN, guild_id=guild_id), keep=earlier.code)


async def test_does_not_keep_a_picture_that_is_not_painted_yet_or_never_was(studio: Studio) -> None:
    waiting = await studio.portrait()
    for code in (waiting.codes[0], "zzzzzzzz"):
        with pytest.raises(NotFoundError, match="no_such_picture"):
            await studio.portrait(keep=code)


async def test_is_square_unless_asked_otherwise(studio: Studio) -> None:
    square = await recipe_of(studio, await studio.portrait())
    wide = await recipe_of(studio, await studio.portrait(aspect=" 16:9 "))

    assert (square.aspect, wide.aspect) == ("1:1", "16:9")
    assert "1024x1024 portrait" in square.prompt
    assert "1024x576 portrait" in wide.prompt


async def test_asks_every_model_for_a_square(studio: Studio) -> None:
    recipe = await recipe_of(studio, await studio.portrait(model="scripted/quick"))

    assert dict(recipe.parameters) == {"aspect_ratio": "1:1"}


async def test_has_words_for_the_size_of_every_aspect_that_a_model_takes(studio: Studio) -> None:
    aspects = {aspect for model in studio.context.catalog.models for aspect in model.aspects}

    assert len(aspects) >= 9
    assert all(" portrait" in write_prompt((), aspect=aspect) for aspect in aspects)


async def test_gives_a_model_without_seeds_none_and_keeps_the_prompt_seed(studio: Studio) -> None:
    studio.context = with_model(studio.context, seedless(studio.context.catalog.find("scripted/quick")))
    recipe = await recipe_of(studio, await studio.portrait(model="scripted/seedless", prompt_seed=5))

    assert (recipe.image_seed, recipe.prompt_seed) == (None, 5)


async def test_names_the_options_that_the_model_does_not_take(studio: Studio) -> None:
    recipe = await recipe_of(studio, await studio.portrait(options="steps=28"))

    assert in_words(recipe.dropped) == [("steps", "not taken by Sketch painter")]


async def test_prices_each_picture_and_their_sum(studio: Studio) -> None:
    assert (await studio.portrait(count=3)).price_micro_usd == 0
    assert (await studio.portrait(count=3, model="scripted/quick")).price_micro_usd == 120_000


@pytest.mark.parametrize(
    ("options", "code", "field"),
    [
        ({"seed": -1}, "seed_out_of_range", "seed"),
        ({"prompt_seed": MAX_SEED + 1}, "seed_out_of_range", "prompt_seed"),
        ({"count": 0}, "bad_count", "count"),
        ({"count": 5}, "bad_count", "count"),
        ({"features": "wings=large"}, "unknown_feature", "features"),
        ({"features": "nose=aquilin"}, "unknown_value", "features"),
        ({"expression": "bored"}, "unknown_value", "expression"),
        ({"keep": "not a code at all"}, "bad_code", "code"),
        ({"keep": "7k2m9xq4 minus wings"}, "unknown_feature", "keep"),
        ({"model": "no such model"}, "unknown_model", "model"),
        ({"aspect": "7:1"}, "bad_aspect", "aspect"),
        ({"options": "steps"}, "bad_options", "options"),
    ],
)
async def test_refuses_what_does_not_fit_before_anything_is_written(
    studio: Studio, options: dict[str, object], code: str, field: str
) -> None:
    with pytest.raises(UserError) as caught:
        plan_portrait(studio.context, PortraitAsk(caller(), **options))  # type: ignore[arg-type] # by name

    assert (caught.value.code, caught.value.fields["field"]) == (code, field)


async def test_refuses_a_paid_model_where_the_server_is_not_listed(studio: Studio) -> None:
    with pytest.raises(ModelUnavailable, match="server_not_listed"):
        await studio.portrait(caller(guild_id=999), model="scripted/quick")


async def test_refuses_a_whole_count_of_which_only_a_part_could_be_paid(studio: Studio) -> None:
    caps = replace(studio.context.limits.caps, user_daily_micro_usd=3 * 40_000)
    studio.context = replace(studio.context, limits=replace(studio.context.limits, caps=caps))
    with pytest.raises(LimitError, match="user_daily_cap"):
        await studio.portrait(count=4, model="scripted/quick")

    assert (await studio.portrait(count=3, model="scripted/quick")).price_micro_usd == 120_000


async def test_refuses_everybody_when_the_operators_cap_is_reached(studio: Studio) -> None:
    caps = replace(studio.context.limits.caps, total_daily_micro_usd=40_000)
    studio.context = replace(studio.context, limits=replace(studio.context.limits, caps=caps))
    await studio.portrait(caller(ADA), model="scripted/quick")
    with pytest.raises(LimitError, match=r"^daily_cap") as caught:
        await studio.portrait(caller(BEN), model="scripted/quick")

    assert caught.value.retry_after_s is not None
    assert (await studio.portrait(caller(BEN))).is_new
