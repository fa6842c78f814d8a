"""`/pair`: two people, or one person with a single difference."""

from dataclasses import replace

import pytest

from db.jobs import job_queries
from services.asks import PairAsk, PortraitAsk
from services.errors import NotFoundError, UserError
from services.feature_names import names_of
from services.models import MAX_SEED
from services.offers import ModelUnavailable
from services.pairs import PairPlan, create_pair, plan_pair
from services.prompts import write_prompt
from tests.services.finished import (
    EYE_COLOR,
    HAIR_COLOR,
    NOSE_SHAPE,
    changed_features,
    counted_seeds,
    painted,
    pair,
    values_of,
)
from tests.services.studio import ADA, BEN, Studio, caller

pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)


def plan(studio: Studio, differ: str = "", **options: object) -> PairPlan:
    portrait = PortraitAsk(caller(), **options)  # type: ignore[arg-type] # options by name
    return plan_pair(studio.context, PairAsk(portrait, differ=differ))


def refused(studio: Studio, differ: str, **options: object) -> tuple[str, dict[str, object]]:
    with pytest.raises(UserError) as caught:
        plan(studio, differ, **options)
    return caught.value.code, dict(caught.value.fields)


async def test_draws_two_people_with_a_seed_each(studio: Studio) -> None:
    first, second = await pair(studio, seed=7, prompt_seed=5)

    assert [(one.prompt_seed, one.image_seed) for one in (first, second)] == [(5, 7), (6, 8)]
    assert first.features != second.features
    assert first.prompt != second.prompt


async def test_makes_the_same_pair_from_the_same_seeds(studio: Studio) -> None:
    assert await pair(studio, seed=7, prompt_seed=5) == await pair(studio, seed=7, prompt_seed=5)


async def test_draws_four_seeds_where_none_is_given(studio: Studio) -> None:
    studio.context = replace(studio.context, random_seed=counted_seeds(100))
    first, second = await pair(studio)

    seeds = {first.prompt_seed, second.prompt_seed, first.image_seed, second.image_seed}
    assert seeds == {100, 101, 102, 103}


async def test_same_seed_gives_two_people_one_image_seed(studio: Studio) -> None:
    first, second = await pair(studio, same_seed=True)

    assert first.image_seed == second.image_seed
    assert first.prompt_seed != second.prompt_seed
    assert first.features != second.features


async def test_counts_on_from_the_highest_seeds_at_zero(studio: Studio) -> None:
    _, second = await pair(studio, seed=MAX_SEED, prompt_seed=MAX_SEED)

    assert (second.prompt_seed, second.image_seed) == (0, 0)


async def test_differ_changes_exactly_the_one_feature_and_shares_both_seeds(studio: Studio) -> None:
    for prompt_seed in range(20):
        first, second = await pair(
            studio, caller(100 + prompt_seed), differ="eye color", prompt_seed=prompt_seed
        )
        changed = changed_features(first, second)
        assert list(changed) == [EYE_COLOR]
        assert changed[EYE_COLOR] in {value.text for value in studio.context.features.features[EYE_COLOR]}
        assert (first.image_seed, first.prompt_seed) == (second.image_seed, second.prompt_seed)
        assert second.prompt == write_prompt(second.features)


async def test_differ_works_for_every_feature_and_at_the_highest_seed(studio: Studio) -> None:
    for number, (key, label) in enumerate(names_of(studio.context.features).labels.items()):
        first, second = await pair(studio, caller(100 + number), differ=label, prompt_seed=MAX_SEED)
        assert list(changed_features(first, second)) == [key]


async def test_differ_gives_the_same_pair_again(studio: Studio) -> None:
    first = await pair(studio, differ="eye color", seed=1, prompt_seed=5)
    assert await pair(studio, differ="eye color", seed=1, prompt_seed=5) == first


async def test_differ_keeps_what_was_chosen_in_both(studio: Studio) -> None:
    first, second = await pair(studio, differ="eye color", features="nose=snub")

    assert values_of(first)[NOSE_SHAPE] == values_of(second)[NOSE_SHAPE] == "snub"
    assert list(changed_features(first, second)) == [EYE_COLOR]


async def test_gives_both_what_was_chosen_and_kept(studio: Studio) -> None:
    earlier = await painted(studio, features="hair color=red")
    first, second = await pair(studio, keep=f"{earlier.code} minus nose", features="eye color=violet")

    for recipe in (first, second):
        assert (values_of(recipe)[EYE_COLOR], values_of(recipe)[HAIR_COLOR]) == ("violet", "red")
        assert recipe.parent == earlier.code
    assert {key.name for key in changed_features(first, second)} <= {"Nose"}


async def test_differ_takes_another_value_than_the_kept_one(studio: Studio) -> None:
    earlier = await painted(studio)
    first, second = await pair(studio, keep=earlier.code, differ="eye color")

    assert first.features == earlier.recipe.features
    assert list(changed_features(first, second)) == [EYE_COLOR]


async def test_makes_a_pair_whatever_count_says(studio: Studio) -> None:
    assert len(await pair(studio, count=9)) == 2


async def test_is_one_request_of_two_jobs_that_cost_twice_as_much(studio: Studio) -> None:
    accepted = await create_pair(studio.context, plan(studio, model="scripted/quick"))
    spent = await studio.context.database.read(job_queries.read_spending, ADA)

    assert (len(accepted.job_ids), len(set(accepted.codes)), accepted.price_micro_usd) == (2, 2, 80_000)
    assert spent.user_micro_usd == 80_000


async def test_names_the_nothing_that_differ_means(studio: Studio) -> None:
    assert refused(studio, " wings ") == (
        "unknown_feature",
        {"field": "differ", "found": "wings", "suggestion": ""},
    )


async def test_names_the_features_that_differ_may_mean(studio: Studio) -> None:
    code, fields = refused(studio, "skin")

    assert (code, fields["field"], fields["found"]) == ("ambiguous_feature", "differ", "skin")
    assert fields["suggestion"] == "skin texture, skin features, skin tone, skin undertones"


async def test_takes_a_bare_name_for_the_shape_as_features_do(studio: Studio) -> None:
    assert plan(studio, "nose").differ == NOSE_SHAPE


@pytest.mark.parametrize("differ", ["eye color", "Color/Eye", " COLOR eye "])
async def test_finds_the_feature_by_any_of_its_names(studio: Studio, differ: str) -> None:
    assert plan(studio, differ).differ == EYE_COLOR


@pytest.mark.parametrize("options", [{"features": "eye color=green"}, {"expression": "grinning"}])
async def test_refuses_a_difference_in_what_was_chosen_for_both(
    studio: Studio, options: dict[str, str]
) -> None:
    differ = "eye color" if "features" in options else "expression lips"

    assert refused(studio, differ, **options)[0] == "differ_is_chosen"


async def test_refuses_a_difference_in_a_feature_of_one_value(studio: Studio) -> None:
    file = studio.context.features
    values = {**file.features, EYE_COLOR: file.features[EYE_COLOR][:1]}
    studio.context = replace(studio.context, features=replace(file, digest="0" * 64, features=values))

    assert refused(studio, "eye color") == ("only_one_value", {"field": "differ", "found": "eye color"})


async def test_refuses_what_a_portrait_refuses(studio: Studio) -> None:
    assert refused(studio, "", seed=-1)[0] == "seed_out_of_range"
    with pytest.raises(ModelUnavailable, match="server_not_listed"):
        await pair(studio, caller(guild_id=999), model="scripted/quick", differ="eye color")


async def test_does_not_keep_what_the_asker_may_not_see(studio: Studio) -> None:
    earlier = await painted(studio, caller(private=True))

    with pytest.raises(NotFoundError, match="no_such_picture"):
        await pair(studio, caller(BEN), keep=earlier.code)
