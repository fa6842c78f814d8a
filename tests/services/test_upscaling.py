"""Pictures made larger: by which models, up to which size, for whose money; and what is offered after a picture."""

from dataclasses import replace
from typing import Final

import pytest

from services.context import Context
from services.errors import NotFoundError, UserError
from services.models import RecipeKind
from services.next_steps import next_steps
from services.providers.model import Strength
from services.providers.parameters import Parameter, ParameterType
from services.reruns import move_picture
from services.server_settings import ServerSettingsAsk, keep_server_settings, plan_server_settings
from services.upscaling import check_room, upscale, upscalers
from tests.services.finished import finish, painted, recipe_of, with_model
from tests.services.studio import BEN, GUILD, Studio, caller

pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)

LARGER: Final = "scripted/larger"
FACTOR: Final = Parameter(
    name="upscale_factor", type=ParameterType.FLOAT, low=1, high=4, default=2, description="Factor"
)


def with_upscaler(context: Context, *, largest_side_px: int = 4096) -> Context:
    """Return the context with a scripted model that makes pictures larger; the catalogue's own cost a key here."""
    quick = context.catalog.find("scripted/quick")
    can = replace(
        quick.capabilities,
        references=1,
        references_needed=1,
        takes_prompt=False,
        keeps_size=True,
        scaled_by="upscale_factor",
        upscales=True,
        largest_side_px=largest_side_px,
    )
    model = replace(
        quick, id=LARGER, title="Larger", parameters={"upscale_factor": FACTOR}, aspects={}, capabilities=can
    )
    return with_model(context, model)


async def test_the_larger_picture_names_the_one_that_it_was_made_from(studio: Studio) -> None:
    studio.context = with_upscaler(studio.context)
    picture = await painted(studio, seed=7, prompt_seed=5)
    accepted = await upscale(studio.context, caller(BEN), picture.job_id, LARGER)
    recipe = await recipe_of(studio, accepted)

    assert (recipe.parent, recipe.references, recipe.model) == (picture.code, (picture.digest,), LARGER)
    assert (recipe.features, recipe.prompt_seed, recipe.kind) == (
        picture.recipe.features,
        5,
        RecipeKind.PORTRAIT,
    )
    assert [dropped.name for dropped in recipe.dropped] == ["prompt"]
    assert accepted.price_micro_usd == 40_000


async def test_a_larger_one_of_a_larger_one_ends_at_the_models_limit(studio: Studio) -> None:
    # Pictures are 96 px here, and the model doubles them.
    studio.context = with_upscaler(studio.context, largest_side_px=192)
    first = await painted(studio)
    (second,) = await finish(studio, await upscale(studio.context, caller(), first.job_id, LARGER))
    check_room(studio.context.catalog.find(LARGER), second)
    large = replace(second, width=97, height=20)
    with pytest.raises(UserError) as caught:
        check_room(studio.context.catalog.find(LARGER), large)

    assert (caught.value.code, dict(caught.value.fields)) == (
        "too_large_to_upscale",
        {"field": "picture", "model": "Larger", "found": "194x40", "maximum": 192},
    )


async def test_a_picture_that_is_too_large_is_refused_and_not_offered(studio: Studio) -> None:
    studio.context = with_upscaler(studio.context, largest_side_px=100)
    picture = await painted(studio)
    with pytest.raises(UserError, match="too_large_to_upscale"):
        await upscale(studio.context, caller(), picture.job_id, LARGER)

    steps = await next_steps(studio.context, caller(), picture)
    assert LARGER not in [step.model_id for step in steps.upscales]


async def test_refuses_a_model_that_does_something_else_and_a_picture_of_somebody_elses(
    studio: Studio,
) -> None:
    picture = await painted(studio, caller(private=True))
    with pytest.raises(UserError, match="not_an_upscaler"):
        await upscale(studio.context, caller(), picture.job_id, "scripted/quick")
    with pytest.raises(NotFoundError, match="no_such_picture"):
        await upscale(studio.context, caller(BEN), picture.job_id, "fal/clarity-upscaler")


async def test_the_catalogue_has_upscalers_with_a_limit_and_a_price(studio: Studio) -> None:
    found = upscalers(studio.context)

    assert {"fal/clarity-upscaler", "fal/codeformer"} <= {model.id for model in found}
    assert all(model.price is not None and model.capabilities.largest_side_px for model in found)


async def test_offers_what_can_be_painted_after_a_picture_with_prices(studio: Studio) -> None:
    studio.context = with_upscaler(studio.context)
    picture = await painted(studio, aspect="1:1")
    steps = await next_steps(studio.context, caller(), picture)

    assert [(step.model_id, step.price.micro_usd) for step in steps.upscales] == [(LARGER, 40_000)]
    assert [(step.model_id, step.price.micro_usd) for step in steps.models] == [("scripted/quick", 40_000)]
    assert {strength: price.micro_usd for strength, price in steps.variations.items()} == dict.fromkeys(
        Strength, 0
    )
    assert steps.keys_for_upscaling == ()


async def test_says_which_key_would_pay_for_enlarging_where_nobodys_does(studio: Studio) -> None:
    picture = await painted(studio)
    steps = await next_steps(studio.context, caller(), picture)

    assert (steps.upscales, steps.keys_for_upscaling) == ((), ("fal",))


async def test_what_the_server_does_not_allow_is_not_offered(studio: Studio) -> None:
    studio.context = with_upscaler(studio.context)
    picture = await painted(studio)
    ask = ServerSettingsAsk(GUILD, allow="scripted/quick")
    await keep_server_settings(studio.context, ask, plan_server_settings(studio.context, ask))
    steps = await next_steps(studio.context, caller(), picture)

    assert [step.model_id for step in steps.models] == ["scripted/quick"]
    assert (dict(steps.variations), steps.upscales) == ({}, ())


async def test_those_offered_instead_come_first_among_the_other_models(studio: Studio) -> None:
    quick = studio.context.catalog.find("scripted/quick")
    paints = replace(quick, id="scripted/paints", title="Paints", equivalents=("scripted/near", "sketch"))
    for model in (replace(quick, id="scripted/far"), replace(quick, id="scripted/near"), paints):
        studio.context = with_model(studio.context, model)
    picture = await painted(studio, model="scripted/paints")
    offered = [step.model_id for step in (await next_steps(studio.context, caller(), picture)).models]

    assert offered[:2] == ["scripted/near", "sketch"]
    assert set(offered) == {"scripted/near", "sketch", "scripted/far", "scripted/quick"}


async def test_a_model_that_would_not_look_at_the_references_is_not_offered(studio: Studio) -> None:
    studio.context = with_upscaler(studio.context)
    first = await painted(studio)
    (second,) = await finish(studio, await upscale(studio.context, caller(), first.job_id, LARGER))

    assert (await next_steps(studio.context, caller(), second)).models == ()


async def test_anybody_who_sees_a_picture_moves_it_to_another_model_at_their_own_cost(
    studio: Studio,
) -> None:
    picture = await painted(studio, seed=7, prompt_seed=5)
    accepted = await move_picture(studio.context, caller(BEN), picture.job_id, "scripted/quick")
    recipe = await recipe_of(studio, accepted)

    assert (recipe.model, recipe.parent, recipe.image_seed) == ("scripted/quick", picture.code, 7)
    assert (recipe.prompt, recipe.features) == (picture.recipe.prompt, picture.recipe.features)
    assert accepted.price_micro_usd == 40_000
    private = await painted(studio, caller(private=True))
    with pytest.raises(NotFoundError, match="no_such_picture"):
        await move_picture(studio.context, caller(BEN), private.job_id, "scripted/quick")
