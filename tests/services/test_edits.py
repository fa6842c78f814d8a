"""An edited picture: what was asked for changes, all else stays as it was."""

from dataclasses import replace

import pytest

from db.jobs import job_queries
from services.asks import EditAsk
from services.errors import UserError
from services.features import load_feature_file
from services.models import MAX_SEED
from services.prompts import write_prompt
from services.reruns import edit
from tests.services.finished import (
    EYE_COLOR,
    HAIR_COLOR,
    changed_features,
    counted_seeds,
    edited,
    finish,
    ordered,
    painted,
    recipe_of,
    seedless,
    values_of,
    with_model,
)
from tests.services.studio import ADA, FEATURE_FILE, Studio, caller

pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)

BRIEF_FILE = FEATURE_FILE.parent / "tests" / "data" / "brief_features.json"


def with_the_briefs_file(studio: Studio) -> None:
    studio.context = replace(studio.context, features=load_feature_file(BRIEF_FILE))


async def test_an_edit_of_nothing_is_the_same_picture(studio: Studio) -> None:
    drawn = await painted(studio, seed=7, prompt_seed=5, options="format=png", aspect="16:9")
    said = await ordered(studio, seed=7, aspect="1:1")
    for picture in (drawn, said):
        assert await edited(studio, picture.job_id) == replace(picture.recipe, parent=picture.code)


async def test_an_edit_changes_the_image_seed_only(studio: Studio) -> None:
    picture = await painted(studio, seed=7, prompt_seed=5)
    recipe = await edited(studio, picture.job_id, seed=0)

    assert recipe == replace(picture.recipe, image_seed=0, parent=picture.code)


async def test_an_edit_changes_the_named_feature_only(studio: Studio) -> None:
    picture = await painted(studio, features="eye color=green", aspect="16:9")
    recipe = await edited(studio, picture.job_id, features="eye color=violet")

    assert changed_features(picture.recipe, recipe) == {EYE_COLOR: "violet"}
    assert recipe.prompt == write_prompt(recipe.features, aspect="16:9")
    assert replace(recipe, features=picture.recipe.features, prompt=picture.recipe.prompt) == replace(
        picture.recipe, parent=picture.code
    )


async def test_a_new_prompt_seed_draws_all_that_the_edit_does_not_choose(studio: Studio) -> None:
    picture = await painted(studio, prompt_seed=5, features="nose=snub")
    drawn = await recipe_of(studio, await studio.portrait(prompt_seed=900, features="eye color=violet"))
    recipe = await edited(studio, picture.job_id, prompt_seed=900, features="eye color=violet")

    assert recipe.features == drawn.features
    assert (recipe.prompt_seed, recipe.image_seed) == (900, picture.recipe.image_seed)


async def test_the_prompt_seed_that_a_picture_has_draws_nothing_anew(studio: Studio) -> None:
    picture = await painted(studio, prompt_seed=5, features="nose=snub; eye color=violet")
    recipe = await edited(studio, picture.job_id, prompt_seed=5)

    assert recipe.features == picture.recipe.features


async def test_an_edit_of_own_words_finds_their_features_and_keeps_the_seed(studio: Studio) -> None:
    picture = await ordered(studio, seed=7)
    recipe = await edited(studio, picture.job_id, prompt="a keeper\u200b with green eyes")

    assert (recipe.prompt, recipe.image_seed) == ("a keeper with green eyes", 7)
    assert values_of(recipe) == {EYE_COLOR: "green"}


async def test_an_edit_gives_the_parameters_that_it_names_and_the_aspect_of_before(studio: Studio) -> None:
    picture = await painted(studio, aspect="16:9", options="format=png")
    recipe = await edited(studio, picture.job_id, options="format=webp steps=3")
    wide = studio.context.catalog.find("sketch").aspects["16:9"]

    assert dict(recipe.parameters) == {**wide, "format": "webp"}
    assert [dropped.name for dropped in recipe.dropped] == ["steps"]
    assert recipe.image_seed == picture.recipe.image_seed


async def test_an_edit_takes_the_picture_to_another_model_with_its_seed(studio: Studio) -> None:
    picture = await painted(studio, seed=7)
    recipe = await edited(studio, picture.job_id, model="quick")

    assert (recipe.provider, recipe.model, recipe.model_version) == ("scripted", "scripted/quick", "1")
    assert (recipe.image_seed, dict(recipe.parameters)) == (7, {"aspect_ratio": "1:1"})
    assert (recipe.features, recipe.prompt) == (picture.recipe.features, picture.recipe.prompt)
    spent = await studio.context.database.read(job_queries.read_spending, ADA)
    assert spent.user_micro_usd == 40_000


async def test_an_edit_drops_the_seed_on_a_model_without_and_draws_one_on_the_way_back(
    studio: Studio,
) -> None:
    studio.context = with_model(studio.context, seedless(studio.context.catalog.find("scripted/quick")))
    picture = await painted(studio, seed=7)
    ask = EditAsk(caller(), picture.job_id, model="scripted/seedless")
    (without,) = await finish(studio, await edit(studio.context, ask))
    studio.context = replace(studio.context, random_seed=counted_seeds(100))
    back = await edited(studio, without.job_id, model="sketch")

    assert (without.recipe.image_seed, back.image_seed) == (None, 100)


@pytest.mark.parametrize(
    ("changes", "code", "field"),
    [
        ({"seed": MAX_SEED + 1}, "seed_out_of_range", "seed"),
        ({"prompt_seed": -1}, "seed_out_of_range", "prompt_seed"),
        ({"features": "wings=large"}, "unknown_feature", "features"),
        ({"model": "no such model"}, "unknown_model", "model"),
        ({"options": "format=gif"}, "bad_option", "format"),
    ],
)
async def test_an_edit_refuses_what_does_not_fit(
    studio: Studio, changes: dict[str, object], code: str, field: str
) -> None:
    picture = await painted(studio)
    with pytest.raises(UserError) as caught:
        await edited(studio, picture.job_id, None, **changes)

    assert (caught.value.code, caught.value.fields["field"]) == (code, field)


async def test_an_edit_refuses_words_in_which_nothing_can_be_seen(studio: Studio) -> None:
    picture = await ordered(studio)

    with pytest.raises(UserError, match="empty_prompt"):
        await edited(studio, picture.job_id, prompt="\u200b")


async def test_an_edit_leaves_face_and_words_alone_when_the_feature_file_has_changed(studio: Studio) -> None:
    drawn = await painted(studio)
    said = await finish(studio, await studio.order())
    with_the_briefs_file(studio)
    for picture in (drawn, *said):
        recipe = await edited(studio, picture.job_id, seed=1)
        assert recipe == replace(picture.recipe, image_seed=1, parent=picture.code)


async def test_an_edit_names_the_file_in_which_new_words_were_looked_up(studio: Studio) -> None:
    picture = await ordered(studio)
    with_the_briefs_file(studio)
    recipe = await edited(studio, picture.job_id, prompt="a fox")

    assert recipe.feature_file == studio.context.features.digest != picture.recipe.feature_file


async def test_an_edit_adds_a_feature_that_the_file_of_the_picture_lacked(studio: Studio) -> None:
    ours = studio.context.features
    with_the_briefs_file(studio)
    picture = await painted(studio)
    assert HAIR_COLOR not in values_of(picture.recipe)
    studio.context = replace(studio.context, features=ours)
    recipe = await edited(studio, picture.job_id, features="hair color=red")

    assert values_of(recipe) == {**values_of(picture.recipe), HAIR_COLOR: "red"}
    assert recipe.prompt == write_prompt(recipe.features) != picture.recipe.prompt
