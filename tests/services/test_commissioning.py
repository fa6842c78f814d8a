"""A request is accepted, or kept as a draft with what could be done instead; nothing is painted by another model."""

from collections.abc import Awaitable
from dataclasses import replace

import pytest

from db.jobs import job_queries, jobs
from db.people.provider_keys import KeyEntry
from services import drafts
from services.accounts import AccountBook
from services.asks import Accepted, ImagineAsk, PairAsk, PortraitAsk
from services.errors import NotFoundError, UserError
from services.failed_offers import failed_offers
from services.imagine import create_imagine, plan_imagine
from services.jobs.courier import FailedResult
from services.models import Payer, Visibility
from services.offers import ModelUnavailable
from services.pairs import create_pair, plan_pair
from services.portraits import create_portrait, plan_portrait
from services.providers.parameters import Parameter, ParameterType
from services.reruns import on_another_model
from services.standing import Standing
from tests.in_words import in_words
from tests.services.finished import draft_of, recipe_of, recipes_of, seedless, with_model
from tests.services.studio import ADA, BEN, GUILD, Studio, caller

pytestmark = pytest.mark.parametrize("database_url", ["sqlite", "postgresql"], indirect=True)

QUICK = "scripted/quick"


async def unavailable(start: Awaitable[object]) -> ModelUnavailable:
    with pytest.raises(ModelUnavailable) as caught:
        await start
    return caught.value


def offered(error: ModelUnavailable) -> list[str]:
    return [offer.model_id for offer in error.offers]


async def imagined(studio: Studio, **options: object) -> Accepted:
    ask = ImagineAsk(caller(), "a lighthouse keeper", **{"model": QUICK, **options})  # type: ignore[arg-type] # by name
    return await create_imagine(studio.context, plan_imagine(studio.context, ask))


def paused(studio: Studio) -> None:
    studio.context = replace(studio.context, standing=Standing({QUICK: "Back on Monday."}))


def keyless(studio: Studio) -> None:
    studio.context = replace(studio.context, registry=studio.context.registry.changed(keys={}))


def with_another_model(studio: Studio, **changes: object) -> None:
    """Let the scripted provider have a second model, the equivalent of the first."""
    quick = studio.context.catalog.find(QUICK)
    other = replace(quick, id="scripted/other", title="Other", endpoint="other", equivalents=(QUICK,))
    other = replace(other, **changes)  # type: ignore[arg-type] # fields by name
    studio.context = with_model(studio.context, other)
    first = replace(quick, equivalents=("scripted/other", "sketch"))
    studio.context = with_model(studio.context, first)


async def test_nothing_is_accepted_while_a_model_cannot_paint(studio: Studio) -> None:
    paused(studio)
    error = await unavailable(imagined(studio, count=2))

    assert error.code == "model_paused"
    assert await studio.context.database.read(job_queries.list_open_jobs, ADA, 1) == []
    draft = await drafts.read_draft(studio.context, ADA, draft_of(error))
    assert [recipe.model for recipe in draft.recipes] == [QUICK, QUICK]


async def test_a_missing_key_names_the_provider_that_needs_one(studio: Studio) -> None:
    keyless(studio)

    assert (await unavailable(imagined(studio))).key_provider == "scripted"


async def test_a_pause_is_not_mended_by_a_key(studio: Studio) -> None:
    paused(studio)

    assert (await unavailable(imagined(studio))).key_provider == ""


async def test_equivalents_are_offered_with_the_price_of_the_whole_request_and_who_pays(
    studio: Studio,
) -> None:
    with_another_model(studio)
    paused(studio)
    error = await unavailable(imagined(studio, count=3))

    assert offered(error) == ["scripted/other", "sketch"]
    assert [(each.price_micro_usd, each.payer) for each in error.offers] == [
        (120_000, Payer.OPERATOR),
        (0, Payer.NOBODY),
    ]


async def test_what_cannot_paint_either_is_not_offered(studio: Studio) -> None:
    with_another_model(studio, price=None)
    paused(studio)

    assert offered(await unavailable(imagined(studio))) == ["sketch"]


async def test_a_seed_is_named_as_dropped_by_an_offer_that_takes_none(studio: Studio) -> None:
    can = studio.context.catalog.find(QUICK).capabilities
    with_another_model(studio, capabilities=replace(can, seed=False, is_deterministic=False))
    paused(studio)
    error = await unavailable(imagined(studio, seed=7))
    painted = await recipe_of(
        studio, await drafts.paint_draft(studio.context, caller(), draft_of(error), "scripted/other")
    )

    assert painted.image_seed is None
    assert in_words(painted.dropped) == [("seed", "Other takes none: the same words give a new picture")]


async def test_a_draft_painted_on_an_offer_keeps_words_and_seed_and_says_what_is_dropped(
    studio: Studio,
) -> None:
    quick = studio.context.catalog.find(QUICK)
    knob = Parameter("strength", ParameterType.FLOAT, "How strong", low=0, high=2)
    with_another_model(studio)
    studio.context = with_model(
        studio.context,
        replace(studio.context.catalog.find(QUICK), parameters={**quick.parameters, "strength": knob}),
    )
    paused(studio)
    error = await unavailable(imagined(studio, seed=7, options="strength=1.5"))
    painted = await recipe_of(
        studio, await drafts.paint_draft(studio.context, caller(), draft_of(error), "scripted/other")
    )

    assert (painted.model, painted.prompt, painted.image_seed) == ("scripted/other", "a lighthouse keeper", 7)
    assert [dropped.name for dropped in painted.dropped] == ["strength"]


async def test_a_value_out_of_the_other_models_range_is_dropped_with_that_range(studio: Studio) -> None:
    wide = Parameter("steps", ParameterType.INT, "Steps", low=1, high=50)
    with_another_model(studio, parameters={"steps": replace(wide, high=12)})
    studio.context = with_model(
        studio.context, replace(studio.context.catalog.find(QUICK), parameters={"steps": wide})
    )
    paused(studio)
    error = await unavailable(imagined(studio, options="steps=40"))
    painted = await recipe_of(
        studio, await drafts.paint_draft(studio.context, caller(), draft_of(error), "scripted/other")
    )

    assert "steps" not in painted.parameters
    assert in_words(painted.dropped) == [("steps", "Other takes 1..12")]


async def test_the_asked_seed_survives_in_the_draft_of_a_model_that_takes_none(studio: Studio) -> None:
    studio.context = with_model(
        studio.context, replace(seedless(studio.context.catalog.find(QUICK)), equivalents=(QUICK, "sketch"))
    )
    error = await unavailable(imagined(studio, model="scripted/seedless", seed=7))

    assert offered(error) == ["scripted/seedless", QUICK, "sketch"]
    on_quick = await drafts.paint_draft(studio.context, caller(), draft_of(error), QUICK)
    without = await drafts.paint_draft(studio.context, caller(), draft_of(error), "scripted/seedless")
    assert (await recipe_of(studio, on_quick)).image_seed == 7
    assert (await recipe_of(studio, without)).image_seed is None


async def test_a_portrait_and_a_pair_of_one_seed_say_it_too(studio: Studio) -> None:
    studio.context = with_model(studio.context, seedless(studio.context.catalog.find(QUICK)))
    portrait = PortraitAsk(caller(), model="scripted/seedless")
    asks = (
        create_portrait(studio.context, plan_portrait(studio.context, replace(portrait, seed=1))),
        create_pair(studio.context, plan_pair(studio.context, PairAsk(portrait, same_seed=True))),
        create_pair(studio.context, plan_pair(studio.context, PairAsk(portrait, differ="nose"))),
    )
    for start in asks:
        assert (await unavailable(start)).code == "model_takes_no_seed"
    pair = await create_pair(studio.context, plan_pair(studio.context, PairAsk(portrait)))
    assert [recipe.image_seed for recipe in await recipes_of(studio, pair)] == [None, None]


async def test_a_draft_is_painted_as_it_is_once_the_key_is_there(studio: Studio) -> None:
    keyless(studio)
    error = await unavailable(imagined(studio))
    again = await unavailable(drafts.paint_draft(studio.context, caller(), draft_of(error)))
    assert again.code == "model_needs_key"


async def test_the_same_press_on_a_draft_is_accepted_once(studio: Studio) -> None:
    with_another_model(studio)
    paused(studio)
    error, who = await unavailable(imagined(studio)), caller()
    first = await drafts.paint_draft(studio.context, who, draft_of(error), "sketch")
    second = await drafts.paint_draft(studio.context, who, draft_of(error), "sketch")

    assert (first.is_new, second.is_new, first.job_ids) == (True, False, second.job_ids)


async def test_another_persons_draft_is_none(studio: Studio) -> None:
    paused(studio)
    error = await unavailable(imagined(studio))
    for start in (
        drafts.read_draft(studio.context, BEN, draft_of(error)),
        drafts.paint_draft(studio.context, caller(BEN), draft_of(error), "sketch"),
        drafts.set_parameter(studio.context, BEN, draft_of(error), "format", "png"),
    ):
        with pytest.raises(NotFoundError, match="draft"):
            await start


async def test_a_job_remembers_whose_account_pays(studio: Studio) -> None:
    accepted = await imagined(studio)
    free = await studio.portrait()
    job = await studio.context.database.read(jobs.read_job, accepted.job_ids[0])
    sketch = await studio.context.database.read(jobs.read_job, free.job_ids[0])

    assert job is not None
    assert sketch is not None
    assert (job.account.payer, job.account.key_id) == (Payer.OPERATOR, None)
    assert sketch.account.payer is Payer.NOBODY


async def test_a_key_that_is_gone_since_the_price_was_said_starts_nothing(studio: Studio) -> None:
    entry = KeyEntry(77, "scripted", Payer.USER, ADA, "aaaa")
    studio.context = replace(studio.context, accounts=AccountBook([entry]))
    with pytest.raises(UserError, match="removed"):
        await imagined(studio)

    assert await studio.context.database.read(job_queries.list_open_jobs, ADA, 1) == []


async def test_parameters_of_a_draft_are_set_and_left_to_the_model_again(studio: Studio) -> None:
    steps = Parameter("steps", ParameterType.INT, "Steps", low=1, high=50)
    quick = replace(studio.context.catalog.find(QUICK), parameters={"steps": steps})
    studio.context = with_model(studio.context, quick)
    paused(studio)
    draft_id = draft_of(await unavailable(imagined(studio)))

    async def sent() -> dict[str, object]:
        return dict((await drafts.read_draft(studio.context, ADA, draft_id)).recipes[0].parameters)

    await drafts.set_parameter(studio.context, ADA, draft_id, "steps", "40")
    assert await sent() == {"steps": 40}
    with pytest.raises(UserError, match=r"1\.\.50"):
        await drafts.set_parameter(studio.context, ADA, draft_id, "steps", "900")
    assert await sent() == {"steps": 40}
    await drafts.set_parameter(studio.context, ADA, draft_id, "steps", " ")
    assert await sent() == {}


async def test_a_failed_job_is_offered_on_other_models_to_its_owner(studio: Studio) -> None:
    with_another_model(studio)
    accepted = await imagined(studio, seed=7)
    failure = FailedResult(accepted.job_ids[0], "provider_model_gone", "failed", {}, "", 40_000)
    offers = await failed_offers(studio.context, caller().origin, Visibility.PUBLIC, [failure])
    moved = await on_another_model(studio.context, caller(), accepted.job_ids[0], offers[0].model_id)

    assert [offer.model_id for offer in offers] == ["scripted/other", "sketch"]
    assert (await recipe_of(studio, moved)).image_seed == 7
    with pytest.raises(NotFoundError):
        await on_another_model(studio.context, caller(BEN), accepted.job_ids[0], "sketch")


@pytest.mark.parametrize("code", ["provider_moderated_input", "provider_bad_option", "canceled"])
async def test_what_was_refused_for_its_words_is_not_offered_elsewhere(studio: Studio, code: str) -> None:
    accepted = await imagined(studio)
    failure = FailedResult(accepted.job_ids[0], code, "failed", {}, "", 40_000)

    assert await failed_offers(studio.context, caller().origin, Visibility.PUBLIC, [failure]) == ()


async def test_the_servers_list_does_not_matter_for_what_is_free(studio: Studio) -> None:
    asked = ImagineAsk(caller(guild_id=GUILD + 1), "a fox", model=QUICK)
    error = await unavailable(create_imagine(studio.context, plan_imagine(studio.context, asked)))
    painted = await drafts.paint_draft(studio.context, caller(guild_id=GUILD + 1), draft_of(error), "sketch")

    assert (error.code, error.key_provider) == ("server_not_listed", "scripted")
    assert (await recipe_of(studio, painted)).model == "sketch"
