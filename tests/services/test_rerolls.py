"""Some features of a face anew: which change, what stays, and what is refused."""

from dataclasses import replace

import pytest
import pyvips

from db.jobs import job_queries
from services.asks import Accepted, Caller
from services.errors import NotFoundError, UserError
from services.feature_names import names_of
from services.features import draw_other_value
from services.jobs.courier import PictureResult
from services.models import DrawnFeature, FeatureKey
from services.prompts import write_prompt
from services.rerolls import create_reroll, features_to_reroll, plan_reroll, reroll
from tests.services.finished import (
    EYE_COLOR,
    HAIR_COLOR,
    NOSE_SHAPE,
    changed_features,
    counted_seeds,
    finish,
    ordered,
    painted,
    recipe_of,
    seedless,
    with_model,
)
from tests.services.providers.sketch.hair_mask import hair_mask
from tests.services.studio import ADA, BEN, Studio, caller

pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)

HAIR = frozenset(
    {FeatureKey("Shape", "Hairline"), HAIR_COLOR}
    | {FeatureKey("Hair", name) for name in ("Hair Length", "Hair Texture", "Facial Hair")}
)


async def typed(studio: Studio, picture: PictureResult, features: str, who: Caller | None = None) -> Accepted:
    return await create_reroll(
        studio.context, plan_reroll(studio.context, who or caller(), picture.code, features)
    )


async def test_only_the_named_feature_has_another_value_and_everything_else_stays(studio: Studio) -> None:
    picture = await painted(studio, seed=7, prompt_seed=5, features="eye color=violet")
    recipe = await recipe_of(studio, await reroll(studio.context, caller(), picture.job_id, [EYE_COLOR]))

    assert list(changed_features(picture.recipe, recipe)) == [EYE_COLOR]
    assert recipe == replace(
        picture.recipe,
        features=recipe.features,
        prompt=write_prompt(recipe.features, aspect="1:1"),
        parent=picture.code,
    )


async def test_a_word_for_several_features_changes_each_of_them(studio: Studio) -> None:
    picture = await painted(studio, prompt_seed=5)
    recipe = await recipe_of(studio, await typed(studio, picture, "hair, nose shape"))

    assert changed_features(picture.recipe, recipe).keys() == HAIR | {NOSE_SHAPE}
    assert (recipe.image_seed, recipe.prompt_seed) == (picture.recipe.image_seed, 5)


async def test_every_value_but_the_one_of_now_can_come(studio: Studio) -> None:
    values = studio.context.features.features[EYE_COLOR]
    now = DrawnFeature(*EYE_COLOR, values[0].text)
    drawn = {draw_other_value(studio.context.features, seed, now) for seed in range(500)}

    assert drawn == {value.text for value in values[1:]}


async def test_the_hair_changes_and_not_one_pixel_elsewhere(studio: Studio) -> None:
    studio.context = replace(studio.context, random_seed=counted_seeds(3))
    first, second = await painted_for_real(studio, "hair")
    before, after = await pixels_of(studio, first), await pixels_of(studio, second)
    hair = hair_mask(first.recipe.features, 7, before.width) | hair_mask(
        second.recipe.features, 7, before.width
    )
    changed = (before != after).bandor()

    assert changed_features(first.recipe, second.recipe).keys() == HAIR
    assert (changed & (hair ^ 255)).max() == 0
    assert changed.max() == 255
    # The mask says something: most of the picture is not hair.
    assert hair.avg() < 0.5 * 255


async def painted_for_real(studio: Studio, features: str) -> list[PictureResult]:
    """Return a sketch and the one after it with other features, both painted by a worker, as PNG."""
    results = []
    async with studio.engine():
        await studio.portrait(seed=7, prompt_seed=5, options="format=png")
        results.append((await studio.until_delivered(1)).pictures[0])
        await typed(studio, results[0], features)
        results.append((await studio.until_delivered(2)).pictures[0])
    return results


async def pixels_of(studio: Studio, picture: PictureResult) -> pyvips.Image:
    data = await studio.context.store.get(picture.digest)
    return pyvips.Image.new_from_buffer(data, "").copy_memory()


async def test_a_model_without_seeds_gets_the_other_words(studio: Studio) -> None:
    studio.context = with_model(studio.context, seedless(studio.context.catalog.find("scripted/quick")))
    (picture,) = await finish(studio, await studio.portrait(model="scripted/seedless"))
    recipe = await recipe_of(studio, await typed(studio, picture, "nose shape"))

    assert list(changed_features(picture.recipe, recipe)) == [NOSE_SHAPE]
    assert recipe.image_seed is None


async def test_whoever_rerolls_pays(studio: Studio) -> None:
    picture = await painted(studio, model="scripted/quick")
    await typed(studio, picture, "hair color", caller(BEN))
    spent = [await studio.context.database.read(job_queries.read_spending, who) for who in (ADA, BEN)]

    assert [each.user_micro_usd for each in spent] == [40_000, 40_000]


@pytest.mark.parametrize(
    ("features", "code", "found"),
    [
        ("", "no_feature", None),
        (" , ; ", "no_feature", None),
        ("tail", "unknown_feature", "tail"),
        ("hair, tail", "unknown_feature", "tail"),
        ("x" * 5000, "text_too_long", 5000),
    ],
    ids=["nothing", "blanks", "an unknown one", "one of two unknown", "too long"],
)
async def test_refuses_what_names_no_feature(studio: Studio, features: str, code: str, found: object) -> None:
    with pytest.raises(UserError) as caught:
        plan_reroll(studio.context, caller(), "7k2m9xq4", features)

    assert (caught.value.code, caught.value.fields.get("found")) == (code, found)


async def test_refuses_own_words(studio: Studio) -> None:
    picture = await ordered(studio)
    with pytest.raises(UserError, match="reroll_needs_portrait"):
        await typed(studio, picture, "hair")

    assert features_to_reroll(studio.context, picture.recipe) == ()


async def test_refuses_a_feature_that_the_face_lacks_or_the_file_has_one_value_of(studio: Studio) -> None:
    picture = await painted(studio, prompt_seed=5)
    values = studio.context.features.features
    only_one = replace(
        studio.context.features, features={**values, EYE_COLOR: values[EYE_COLOR][:1]}, digest="0" * 64
    )
    studio.context = replace(studio.context, features=only_one)
    labels = names_of(only_one).labels
    with pytest.raises(UserError) as caught:
        await reroll(studio.context, caller(), picture.job_id, [EYE_COLOR])

    assert (caught.value.code, caught.value.fields["found"]) == ("nothing_to_reroll", labels[EYE_COLOR])
    assert EYE_COLOR not in features_to_reroll(studio.context, picture.recipe)


async def test_nobody_rerolls_a_picture_that_they_may_not_see(studio: Studio) -> None:
    picture = await painted(studio, caller(private=True))
    for start in (
        typed(studio, picture, "hair", caller(BEN)),
        reroll(studio.context, caller(BEN), picture.job_id, [EYE_COLOR]),
    ):
        with pytest.raises(NotFoundError, match="no_such_picture"):
            await start

    assert await studio.context.database.read(job_queries.list_open_jobs, BEN, 1) == []
