"""Variations: how far each way goes, what stays, what it costs, and what cannot be varied."""

from collections.abc import Mapping
from dataclasses import replace
from types import MappingProxyType

import pytest

from db.engine import Connection
from db.jobs import job_queries, recipes
from services.context import Context
from services.errors import NotFoundError, UserError
from services.models import NO_PARAMETERS, FeatureKey, Parameters, Recipe, RecipeKind
from services.offers import ModelUnavailable
from services.prompts import write_prompt
from services.providers.model import Strength, Variation, VaryBy
from services.recipes import recipe_to_json
from services.varying import WORDS, variation_of, vary
from tests.services.finished import (
    changed_features,
    counted_seeds,
    finish,
    looking_at,
    ordered,
    painted,
    recipe_of,
    seedless,
    with_model,
)
from tests.services.studio import ADA, BEN, Studio, caller

pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)

SUBTLE, STRONG = Strength.SUBTLE, Strength.STRONG
BY_DAY = frozenset(
    {FeatureKey("Shape", "Hairline")}
    | {FeatureKey("Hair", name) for name in ("Hair Length", "Hair Texture", "Hair Color")}
    | {FeatureKey("Expression", name) for name in ("Eye", "Eyebrow", "Lips")}
)
SAME_FOR_BOTH: Mapping[Strength, Parameters] = MappingProxyType(dict.fromkeys(Strength, NO_PARAMETERS))


def varied_by(
    context: Context, by: VaryBy, parameters: Mapping[Strength, Parameters] = SAME_FOR_BOTH
) -> Context:
    """Return the context with a scripted model that varies its pictures in a way."""
    model = context.catalog.find("scripted/quick")
    return with_model(context, replace(model, vary=Variation(by, model.id, parameters)))


@pytest.mark.parametrize("seed", range(1, 9))
async def test_a_subtle_sketch_has_two_other_features_of_which_one_always_shows(
    studio: Studio, seed: int
) -> None:
    picture = await painted(studio, seed=7, prompt_seed=5)
    studio.context = replace(studio.context, random_seed=counted_seeds(seed))
    recipe = await recipe_of(studio, await vary(studio.context, caller(), picture.job_id, SUBTLE))
    changed = changed_features(picture.recipe, recipe).keys()

    assert len(changed) == 2
    assert changed <= BY_DAY
    assert "Expression" in {key.category for key in changed}
    assert (recipe.image_seed, recipe.prompt_seed, recipe.parent) == (7, 5, picture.code)
    assert recipe.prompt == write_prompt(recipe.features, aspect="1:1")


async def test_a_strong_sketch_has_other_hair_and_expression_and_is_the_same_person(studio: Studio) -> None:
    picture = await painted(studio, seed=7, prompt_seed=5)
    recipe = await recipe_of(studio, await vary(studio.context, caller(), picture.job_id, STRONG))

    assert changed_features(picture.recipe, recipe).keys() == BY_DAY
    assert (recipe.image_seed, recipe.parent) == (7, picture.code)


@pytest.mark.parametrize("strength", Strength)
async def test_a_reference_counts_as_much_as_the_catalogue_says(studio: Studio, strength: Strength) -> None:
    looking_at(studio, 1)
    counts = MappingProxyType({SUBTLE: {"weight": 0.8}, STRONG: {"weight": 0.3}})
    studio.context = varied_by(studio.context, VaryBy.STRENGTH, counts)
    picture = await ordered(studio, seed=7, aspect="1:1")
    recipe = await recipe_of(studio, await vary(studio.context, caller(), picture.job_id, strength))

    assert recipe.references == (picture.digest,)
    assert dict(recipe.parameters) == {"aspect_ratio": "1:1", **counts[strength]}
    assert (recipe.prompt, recipe.kind) == (picture.recipe.prompt, RecipeKind.IMAGINE)
    assert recipe.image_seed != 7


async def test_words_say_what_stays_once_however_often_it_is_varied(studio: Studio) -> None:
    looking_at(studio, 1)
    studio.context = varied_by(studio.context, VaryBy.WORDS)
    first = await ordered(studio)
    (second,) = await finish(studio, await vary(studio.context, caller(), first.job_id, SUBTLE))
    third = await recipe_of(studio, await vary(studio.context, caller(), second.job_id, STRONG))

    assert second.recipe.prompt == f"{WORDS[SUBTLE]} The picture shows: {first.recipe.prompt}"
    assert third.prompt == f"{WORDS[STRONG]} The picture shows: {first.recipe.prompt}"
    assert (third.references, third.parent) == ((second.digest,), second.code)


async def test_another_model_of_the_family_varies_and_what_it_does_not_take_is_named(studio: Studio) -> None:
    looking_at(studio, 1, needed=1)
    varies = studio.context.catalog.find("scripted/quick")
    paints = replace(
        varies,
        id="scripted/paints",
        capabilities=replace(varies.capabilities, references=0, references_needed=0),
        vary=Variation(
            VaryBy.STRENGTH, varies.id, MappingProxyType({each: {"weight": 1} for each in Strength})
        ),
    )
    studio.context = with_model(studio.context, paints)
    picture = await painted(studio, model="scripted/paints", options="", aspect="1:1")
    recipe = await recipe_of(studio, await vary(studio.context, caller(), picture.job_id, SUBTLE))

    assert (recipe.model, recipe.references) == (varies.id, (picture.digest,))
    assert recipe.kind is RecipeKind.PORTRAIT
    assert recipe.features == picture.recipe.features


async def test_a_model_without_seeds_varies_without_one(studio: Studio) -> None:
    looking_at(studio, 1)
    quick = studio.context.catalog.find("scripted/quick")
    words = Variation(VaryBy.WORDS, "scripted/seedless", SAME_FOR_BOTH)
    studio.context = with_model(studio.context, replace(seedless(quick), vary=words))
    (picture,) = await finish(studio, await studio.portrait(model="scripted/seedless"))

    recipe = await recipe_of(studio, await vary(studio.context, caller(), picture.job_id, STRONG))
    assert recipe.image_seed is None


async def test_what_cannot_be_varied_is_refused_and_costs_nothing(studio: Studio) -> None:
    of_words = await painted(studio)
    by_script = await ordered(studio)
    own_words = replace(of_words.recipe, kind=RecipeKind.IMAGINE)
    gone = replace(of_words.recipe, model="scripted/gone")
    with pytest.raises(UserError) as caught:
        await vary(studio.context, caller(), by_script.job_id, SUBTLE)

    assert (caught.value.code, caught.value.fields["model"]) == ("cannot_vary", "Quick")
    assert [variation_of(studio.context, each) for each in (by_script.recipe, own_words, gone)] == [None] * 3
    assert await studio.context.database.read(job_queries.list_open_jobs, ADA, 1) == []


async def test_words_that_have_no_room_left_are_refused(studio: Studio) -> None:
    looking_at(studio, 1)
    studio.context = varied_by(studio.context, VaryBy.WORDS)
    accepted = await studio.order()
    (picture,) = await finish(studio, accepted)
    long = replace(picture.recipe, prompt="x" * 3999)
    await studio.context.database.write(_put_recipe, picture.code, long)
    with pytest.raises(UserError, match="prompt_too_long"):
        await vary(studio.context, caller(), picture.job_id, SUBTLE)


def _put_recipe(conn: Connection, code: str, recipe: Recipe) -> None:
    recipes.update_recipe(conn, code, recipe_to_json(recipe))


async def test_whoever_varies_pays_and_needs_to_see_it(studio: Studio) -> None:
    looking_at(studio, 1)
    studio.context = varied_by(studio.context, VaryBy.WORDS)
    open_one, private = await ordered(studio), await ordered(studio, caller(private=True))
    accepted = await vary(studio.context, caller(BEN), open_one.job_id, SUBTLE)
    with pytest.raises(NotFoundError, match="no_such_picture"):
        await vary(studio.context, caller(BEN), private.job_id, SUBTLE)
    spent = await studio.context.database.read(job_queries.read_spending, BEN)

    assert accepted.price_micro_usd == spent.user_micro_usd == 40_000


async def test_without_a_key_it_waits_as_a_draft_like_any_request(studio: Studio) -> None:
    looking_at(studio, 1)
    studio.context = varied_by(studio.context, VaryBy.WORDS)
    picture = await ordered(studio)
    with pytest.raises(ModelUnavailable, match="server_not_listed"):
        await vary(studio.context, caller(guild_id=999), picture.job_id, SUBTLE)
