"""A picture again: with the same seed, a new one, or beside another face; and who pays for it."""

from collections.abc import Awaitable, Callable
from dataclasses import replace

import pytest

from db.jobs import job_queries
from services.asks import Accepted, Caller, EditAsk, RerunAsk, SeedChoice
from services.context import Limits
from services.errors import LimitError, NotFoundError, UserError
from services.jobs.courier import PictureResult
from services.models import Installation, JobState, Visibility
from services.offers import ModelUnavailable
from services.reruns import edit, pair_of, rerun, rerun_all
from tests.services.finished import (
    changed_features,
    counted_seeds,
    edited,
    finish,
    ordered,
    painted,
    recipe_of,
    recipes_of,
    seedless,
    with_model,
)
from tests.services.studio import ADA, BEN, GUILD, Studio, caller

pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)

SAME, NEW = SeedChoice.SAME, SeedChoice.NEW


async def again(
    studio: Studio, picture: PictureResult, choice: SeedChoice, who: Caller | None = None
) -> Accepted:
    return await rerun(studio.context, RerunAsk(who or caller(), picture.job_id, choice))


async def spent(studio: Studio, user_id: int) -> int:
    spending = await studio.context.database.read(job_queries.read_spending, user_id)
    return spending.user_micro_usd


async def test_makes_the_same_recipe_again_with_the_picture_as_its_parent(studio: Studio) -> None:
    picture = await painted(studio, seed=7, prompt_seed=5, features="eye color=violet")
    recipe = await recipe_of(studio, await again(studio, picture, SAME))

    assert recipe == replace(picture.recipe, parent=picture.code)


async def test_keeps_the_face_and_draws_the_image_seed_anew(studio: Studio) -> None:
    picture = await painted(studio, seed=7, prompt_seed=5)
    studio.context = replace(studio.context, random_seed=counted_seeds(100))
    recipe = await recipe_of(studio, await again(studio, picture, NEW))

    assert recipe == replace(picture.recipe, image_seed=100, parent=picture.code)


async def test_reruns_own_words_with_the_same_parameters(studio: Studio) -> None:
    picture = await ordered(studio, seed=7, aspect="1:1")
    recipe = await recipe_of(studio, await again(studio, picture, SAME))

    assert recipe == replace(picture.recipe, parent=picture.code)
    assert dict(recipe.parameters) == {"aspect_ratio": "1:1"}


async def test_names_the_nearest_picture_as_the_parent_of_a_rerun_of_a_rerun(studio: Studio) -> None:
    first = await painted(studio)
    (second,) = await finish(studio, await again(studio, first, NEW))
    third = await recipe_of(studio, await again(studio, second, SAME))

    assert third.parent == second.code != first.code


async def test_reruns_several_pictures_in_one_request(studio: Studio) -> None:
    pictures = await finish(studio, await studio.portrait(count=3))
    accepted = await rerun_all(studio.context, caller(), [one.job_id for one in pictures], SAME)

    recipes = await recipes_of(studio, accepted)
    assert [recipe.parent for recipe in recipes] == [one.code for one in pictures]
    assert [recipe.image_seed for recipe in recipes] == [one.recipe.image_seed for one in pictures]
    assert set(accepted.codes).isdisjoint(one.code for one in pictures)


async def test_refuses_the_same_seed_on_a_model_without_seeds_and_charges_nothing(studio: Studio) -> None:
    studio.context = with_model(studio.context, seedless(studio.context.catalog.find("scripted/quick")))
    accepted = await studio.portrait(model="scripted/seedless")
    (picture,) = await finish(studio, accepted)
    before = await spent(studio, ADA)
    with pytest.raises(UserError) as caught:
        await again(studio, picture, SAME)

    assert (caught.value.code, caught.value.fields) == (
        "model_has_no_seed",
        {"field": "seed", "model": "Seedless"},
    )
    assert await spent(studio, ADA) == before == 40_000
    assert await studio.context.database.read(job_queries.list_open_jobs, ADA, 1) == []
    assert (await recipe_of(studio, await again(studio, picture, NEW))).image_seed is None


async def test_refuses_a_whole_request_when_one_of_its_pictures_has_no_seed(studio: Studio) -> None:
    studio.context = with_model(studio.context, seedless(studio.context.catalog.find("scripted/quick")))
    (without,) = await finish(studio, await studio.portrait(model="scripted/seedless"))
    with_seed = await painted(studio)
    with pytest.raises(UserError, match="model_has_no_seed"):
        await rerun_all(studio.context, caller(), [with_seed.job_id, without.job_id], SAME)

    assert await studio.context.database.read(job_queries.list_open_jobs, ADA, 1) == []


async def test_whoever_reruns_pays_from_their_own_allowance(studio: Studio) -> None:
    picture = await ordered(studio)
    accepted = await again(studio, picture, SAME, caller(BEN))

    assert (await spent(studio, ADA), await spent(studio, BEN)) == (40_000, 40_000)
    assert accepted.price_micro_usd == 40_000


async def test_a_rerun_is_refused_by_the_allowance_of_whoever_presses_and_not_of_the_owner(
    studio: Studio,
) -> None:
    caps = replace(studio.context.limits.caps, user_daily_micro_usd=40_000)
    studio.context = replace(studio.context, limits=replace(studio.context.limits, caps=caps))
    picture = await ordered(studio)

    with pytest.raises(LimitError, match="user_daily_cap"):
        await again(studio, picture, SAME)
    assert (await again(studio, picture, SAME, caller(BEN))).is_new


@pytest.mark.parametrize(
    ("installation", "guild_id"),
    [(Installation.GUILD, 999), (Installation.GUILD, None), (Installation.USER, GUILD)],
    ids=["another server", "direct messages", "user install"],
)
async def test_a_rerun_needs_the_server_of_whoever_presses_to_be_listed(
    studio: Studio, installation: Installation, guild_id: int | None
) -> None:
    picture = await ordered(studio)
    elsewhere = caller(installation=installation, guild_id=guild_id)
    with pytest.raises(ModelUnavailable, match="server_not_listed"):
        await again(studio, picture, SAME, elsewhere)
    with pytest.raises(ModelUnavailable, match="server_not_listed"):
        await edited(studio, picture.job_id, elsewhere, seed=1)

    assert await spent(studio, ADA) == 40_000


async def test_a_rerun_is_refused_once_the_server_is_listed_no_more(studio: Studio) -> None:
    picture = await ordered(studio)
    studio.context = replace(studio.context, limits=Limits(studio.context.limits.caps, frozenset()))

    with pytest.raises(ModelUnavailable, match="server_not_listed"):
        await again(studio, picture, NEW)


async def test_a_rerun_costs_what_the_model_costs_today(studio: Studio) -> None:
    picture = await ordered(studio)
    quick = studio.context.catalog.find("scripted/quick")
    assert quick.price is not None
    studio.context = with_model(studio.context, replace(quick, price=replace(quick.price, micro_usd=70_000)))

    assert (await again(studio, picture, SAME)).price_micro_usd == 70_000


async def test_a_rerun_goes_where_it_was_asked_for(studio: Studio) -> None:
    picture = await painted(studio)
    accepted = await again(studio, picture, SAME, caller(BEN, private=True))
    (row,) = await studio.context.database.read(job_queries.picture_rows, list(accepted.job_ids))

    assert (row["user_id"], row["visibility"]) == (BEN, Visibility.PRIVATE)


@pytest.mark.parametrize("action", ["same", "new", "edit", "pair"])
@pytest.mark.parametrize(
    ("is_private", "guild_id"),
    [(True, GUILD), (False, 999), (False, None)],
    ids=["private", "elsewhere", "direct"],
)
async def test_nobody_makes_a_picture_again_that_they_may_not_see(
    studio: Studio, action: str, is_private: bool, guild_id: int | None
) -> None:
    picture = await painted(studio, caller(private=is_private))
    ben = caller(BEN, guild_id=guild_id)
    start: dict[str, Callable[[], Awaitable[Accepted]]] = {
        "same": lambda: again(studio, picture, SAME, ben),
        "new": lambda: again(studio, picture, NEW, ben),
        "edit": lambda: edit(studio.context, EditAsk(ben, picture.job_id, seed=1)),
        "pair": lambda: pair_of(studio.context, ben, picture.job_id),
    }
    with pytest.raises(NotFoundError, match="no_such_picture"):
        await start[action]()

    assert await studio.context.database.read(job_queries.list_open_jobs, BEN, 1) == []


async def test_the_owner_makes_a_private_picture_again_from_anywhere(studio: Studio) -> None:
    picture = await painted(studio, caller(private=True))

    assert (await again(studio, picture, SAME, caller(guild_id=None))).is_new


async def test_refuses_a_picture_that_is_not_painted_yet(studio: Studio) -> None:
    accepted = await studio.portrait()

    with pytest.raises(NotFoundError, match="no_such_picture"):
        await rerun(studio.context, RerunAsk(caller(), accepted.job_ids[0], SAME))
    with pytest.raises(NotFoundError, match="no_such_picture"):
        await rerun(studio.context, RerunAsk(caller(), 4711, SAME))


async def test_refuses_a_model_that_is_not_ready_any_more(studio: Studio) -> None:
    picture = await ordered(studio)
    drawn = await painted(studio, model="scripted/quick")
    studio.context = replace(studio.context, registry=studio.context.registry.changed(adapters={}))
    for start in (
        again(studio, picture, SAME),
        edit(studio.context, EditAsk(caller(), picture.job_id, prompt="a fox")),
        pair_of(studio.context, caller(), drawn.job_id),
    ):
        with pytest.raises(UserError) as caught:
            await start
        assert (caught.value.code, caught.value.fields["model"]) == ("model_not_ready", "Quick")


async def test_the_same_press_twice_is_one_rerun(studio: Studio) -> None:
    picture = await ordered(studio)
    who = caller(BEN)
    first, second = await again(studio, picture, SAME, who), await again(studio, picture, SAME, who)

    assert (first.is_new, second.is_new) == (True, False)
    assert await spent(studio, BEN) == 40_000


async def test_a_pair_shows_the_picture_beside_another_face_with_its_image_seed(studio: Studio) -> None:
    picture = await painted(studio, seed=7, prompt_seed=5, aspect="16:9")
    studio.context = replace(studio.context, random_seed=counted_seeds(900))
    first, second = await recipes_of(studio, await pair_of(studio.context, caller(), picture.job_id))
    other = await recipe_of(studio, await studio.portrait(prompt_seed=900, aspect="16:9"))

    assert first == replace(picture.recipe, parent=picture.code)
    assert (second.image_seed, second.prompt_seed, second.parent) == (7, 900, picture.code)
    assert (second.features, second.prompt) == (other.features, other.prompt)
    assert changed_features(first, second)


async def test_a_pair_of_own_words_is_refused(studio: Studio) -> None:
    picture = await ordered(studio)
    with pytest.raises(UserError) as caught:
        await pair_of(studio.context, caller(), picture.job_id)

    assert (caught.value.code, caught.value.fields) == ("pair_needs_portrait", {"field": "picture"})


async def test_both_of_a_pair_are_paid_by_whoever_presses(studio: Studio) -> None:
    picture = await painted(studio, model="scripted/quick")
    accepted = await pair_of(studio.context, caller(BEN), picture.job_id)

    assert (accepted.price_micro_usd, await spent(studio, BEN), await spent(studio, ADA)) == (
        80_000,
        80_000,
        40_000,
    )
    assert await studio.states(accepted) == [JobState.QUEUED, JobState.QUEUED]
