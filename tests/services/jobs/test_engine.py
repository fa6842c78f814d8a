"""The way of a job from its acceptance to its delivery, over real databases and a real wire."""

from dataclasses import replace
from functools import partial

import pytest

from db.jobs import job_queries, jobs
from services import cancellation, history
from services.asks import Viewer
from services.cancellation import CancelStage
from services.context import Limits
from services.errors import LimitError, NotAllowedError, NotFoundError, StorageError
from services.jobs.courier import Rung
from services.models import JobState
from services.offers import ModelUnavailable
from tests.services.finished import soon_given_up
from tests.services.providers.scripted import IMPATIENT
from tests.services.providers.stand_in import Fault, Stage
from tests.services.studio import ADA, BEN, GUILD, Studio, caller
from tests.waiting import until


async def test_paints_stores_and_delivers_a_portrait(studio: Studio) -> None:
    async with studio.engine():
        accepted = await studio.portrait(seed=7, prompt_seed=5)
        result = await studio.until_delivered()

    rung, _ = studio.mailbox.delivered[0]
    picture = result.pictures[0]
    assert rung is Rung.ORIGINAL
    assert (picture.code, picture.recipe.image_seed, picture.recipe.prompt_seed) == (accepted.codes[0], 7, 5)
    assert (picture.width, picture.height, picture.image_format) == (1024, 1024, "jpg")
    assert len(await studio.context.store.get(picture.digest)) > 10_000
    assert result.failures == ()


async def test_gives_four_faces_with_their_own_seeds_for_a_count_of_four(studio: Studio) -> None:
    async with studio.engine():
        await studio.portrait(count=4, seed=10, prompt_seed=20)
        result = await studio.until_delivered()

    recipes = [picture.recipe for picture in result.pictures]
    assert [(recipe.image_seed, recipe.prompt_seed) for recipe in recipes] == [
        (10, 20),
        (11, 21),
        (12, 22),
        (13, 23),
    ]
    assert len({recipe.features for recipe in recipes}) == 4
    assert len({picture.code for picture in result.pictures}) == 4


async def test_delivers_a_remote_picture_with_the_cost_that_the_vendor_says(studio: Studio) -> None:
    studio.server.polls_until_done = 2
    async with studio.engine():
        await studio.order()
        result = await studio.until_delivered()

    assert result.pictures[0].cost_micro_usd == 40_000
    assert studio.server.paid_submits == 1


async def test_accepts_the_same_origin_only_once(studio: Studio) -> None:
    who = caller()
    first = await studio.portrait(who)
    second = await studio.portrait(who)

    assert first.is_new
    assert not second.is_new
    assert (first.request_id, first.job_ids, first.codes) == (second.request_id, second.job_ids, second.codes)


async def test_keeps_the_interaction_token_sealed(
    studio: Studio, tmp_path_factory: pytest.TempPathFactory
) -> None:
    who = caller()
    await studio.portrait(who)

    def dump(conn: object) -> str:
        rows = conn.exec_driver_sql("SELECT * FROM requests").all()  # type: ignore[attr-defined] # a Connection
        return repr([tuple(row) for row in rows])

    text = await studio.context.database.read(dump)
    assert who.origin.token is not None
    assert who.origin.token not in text


@pytest.mark.parametrize("fault", [Fault.BUSY, Fault.REFUSED])
async def test_tries_again_when_it_is_certain_that_nothing_was_accepted(studio: Studio, fault: Fault) -> None:
    studio.server.script(Stage.SUBMIT, fault)
    async with studio.engine():
        await studio.order()
        result = await studio.until_delivered()

    assert len(result.pictures) == 1
    assert (studio.server.submits, studio.server.paid_submits) == (2, 1)


async def test_gives_up_after_three_tries_that_were_refused(studio: Studio) -> None:
    studio.server.script(Stage.SUBMIT, Fault.REFUSED, Fault.REFUSED, Fault.REFUSED)
    async with studio.engine():
        await studio.order()
        result = await studio.until_delivered()

    assert [(failure.state, failure.code) for failure in result.failures] == [("failed", "provider_broken")]
    assert (studio.server.submits, studio.server.paid_submits) == (3, 0)


@pytest.mark.parametrize("fault", [Fault.MODERATED, Fault.REFUSED_KEY])
async def test_does_not_try_again_what_the_provider_refuses_for_good(studio: Studio, fault: Fault) -> None:
    studio.server.script(Stage.SUBMIT, fault)
    async with studio.engine():
        await studio.order()
        result = await studio.until_delivered()

    assert studio.server.submits == 1
    assert result.failures[0].reference != ""


@pytest.mark.parametrize(
    "fault",
    [Fault.ACCEPTED_THEN_500, Fault.ACCEPTED_THEN_CUT, Fault.ACCEPTED_THEN_MUTE, Fault.ACCEPTED_THEN_GARBAGE],
)
async def test_never_sends_again_what_may_have_been_accepted(studio: Studio, fault: Fault) -> None:
    studio.context = soon_given_up(studio.context)
    studio.server.script(Stage.SUBMIT, fault)
    if fault is Fault.ACCEPTED_THEN_MUTE:
        studio.scripted.timeouts = IMPATIENT
    async with studio.engine():
        accepted = await studio.order()
        result = await studio.until_delivered()

    assert (studio.server.submits, studio.server.paid_submits) == (1, 1)
    assert [failure.state for failure in result.failures] == ["unknown"]
    assert await studio.states(accepted) == ["unknown"]


async def test_an_unknown_outcome_releases_the_users_allowance_but_not_the_operators(studio: Studio) -> None:
    studio.context = soon_given_up(studio.context)
    studio.server.script(Stage.SUBMIT, Fault.ACCEPTED_THEN_500)
    async with studio.engine():
        await studio.order()
        await studio.until_delivered()

    spent = await studio.context.database.read(job_queries.read_spending, ADA)
    assert (spent.user_micro_usd, spent.total_micro_usd) == (0, 40_000)


def has_polled(studio: Studio, times: int) -> bool:
    return sum(method == "GET" for method, _ in studio.server.requests) >= times


async def test_asks_again_when_a_poll_fails(studio: Studio) -> None:
    studio.server.script(Stage.STATUS, Fault.ERROR_500, Fault.GARBAGE, Fault.CUT)
    async with studio.engine():
        accepted = await studio.order()
        await studio.until_states(accepted, "waiting")
        for polls in range(1, 5):
            await until(partial(has_polled, studio, polls))
            # As time would: the next look is due at once, not after the lease of the failed one.
            await studio.context.database.write(
                jobs.set_job, accepted.job_ids[0], JobState.WAITING, poll_at_ms=0
            )
        result = await studio.until_delivered()

    assert len(result.pictures) == 1
    assert studio.server.paid_submits == 1


async def test_ends_a_job_whose_run_failed_at_the_provider(studio: Studio) -> None:
    studio.server.script(Stage.STATUS, Fault.FAILED)
    async with studio.engine():
        await studio.order()
        result = await studio.until_delivered()

    assert [failure.code for failure in result.failures] == ["provider_broken"]


async def test_fetches_a_finished_picture_again_when_the_download_is_cut(studio: Studio) -> None:
    studio.server.script(Stage.PICTURE, Fault.CUT)
    async with studio.engine():
        await studio.order()
        result = await studio.until_delivered()

    assert len(result.pictures) == 1
    assert studio.server.paid_submits == 1


async def test_stores_nothing_that_is_not_a_picture(studio: Studio) -> None:
    studio.server.script(Stage.PICTURE, *[Fault.GARBAGE] * 3)
    async with studio.engine():
        accepted = await studio.order()
        result = await studio.until_delivered()

    assert await studio.states(accepted) == ["failed"]
    assert result.failures[0].code == "result_lost"


async def test_delivers_what_came_and_names_what_did_not(studio: Studio) -> None:
    studio.server.script(Stage.STATUS, Fault.FAILED)
    async with studio.engine():
        await studio.order(count=2)
        result = await studio.until_delivered()

    assert (len(result.pictures), len(result.failures)) == (1, 1)


async def test_runs_no_more_at_once_than_the_provider_takes(studio: Studio) -> None:
    studio.server.polls_until_done = 10_000
    async with studio.engine():
        accepted = await studio.order(count=4)
        await until(lambda: studio.server.submits >= 2)
        await studio.until_states(accepted, "waiting", "waiting", "queued", "queued")

    assert studio.server.submits == 2


async def test_cancels_what_is_still_in_line_at_once(studio: Studio) -> None:
    accepted = await studio.order()
    outcome = await cancellation.cancel(studio.context, ADA, accepted.job_ids[0])

    assert outcome.counts == {CancelStage.IN_LINE: 1}
    assert await studio.states(accepted) == ["canceled"]
    async with studio.engine():
        result = await studio.until_delivered()
    assert studio.server.submits == 0
    assert [failure.state for failure in result.failures] == ["canceled"]


async def test_passes_a_cancel_on_to_the_provider(studio: Studio) -> None:
    studio.server.polls_until_done = 10_000
    async with studio.engine():
        accepted = await studio.order()
        await studio.until_states(accepted, "waiting")
        outcome = await cancellation.cancel(studio.context, ADA, accepted.job_ids[0])
        await studio.until_states(accepted, "canceled")

    assert outcome.counts == {CancelStage.STOPPABLE: 1}
    assert next(iter(studio.server.orders.values())).is_canceled


async def test_delivers_a_picture_that_was_finished_before_the_cancel_reached_the_provider(
    studio: Studio,
) -> None:
    studio.server.polls_until_done = 10_000
    studio.server.script(Stage.CANCEL, *[Fault.FAILED] * 20)
    async with studio.engine():
        accepted = await studio.order()
        await studio.until_states(accepted, "waiting")
        await cancellation.cancel(studio.context, ADA, accepted.job_ids[0])
        studio.server.polls_until_done = 0
        result = await studio.until_delivered()

    assert len(result.pictures) == 1


async def test_lets_nobody_cancel_for_somebody_else(studio: Studio) -> None:
    accepted = await studio.order()

    with pytest.raises(NotAllowedError, match="not_yours"):
        await cancellation.cancel(studio.context, BEN, accepted.job_ids[0])
    assert await studio.states(accepted) == ["queued"]


async def test_refuses_more_than_a_person_may_have_in_the_works_and_accepts_nothing_of_it(
    studio: Studio,
) -> None:
    for _ in range(3):
        await studio.portrait(count=4)

    with pytest.raises(LimitError) as caught:
        await studio.portrait()
    assert caught.value.code == "too_many_waiting"
    await studio.portrait(caller(BEN))


async def test_refuses_what_the_users_daily_cap_does_not_cover(studio: Studio) -> None:
    for _ in range(3):
        await studio.order(count=4)
    limits = Limits(replace(studio.context.limits.caps, open_jobs_per_user=100), frozenset({GUILD}))
    studio.context = replace(studio.context, limits=limits)
    with pytest.raises(LimitError) as caught:
        await studio.order()

    assert caught.value.code == "user_daily_cap"
    assert caught.value.retry_after_s is not None
    assert (await studio.order(caller(BEN))).is_new


@pytest.mark.parametrize(("guild_id", "installation"), [(4711, "guild"), (GUILD, "user")])
async def test_does_not_let_a_server_that_is_not_listed_spend_the_operators_key(
    studio: Studio, guild_id: int, installation: str
) -> None:
    with pytest.raises(ModelUnavailable) as caught:
        await studio.order(caller(guild_id=guild_id, installation=installation))
    async with studio.engine():
        await studio.portrait()
        await studio.until_delivered()

    assert caught.value.code == "server_not_listed"
    assert studio.server.submits == 0


async def test_finds_a_picture_by_its_code_for_those_who_may_see_it(studio: Studio) -> None:
    async with studio.engine():
        await studio.portrait()
        public = (await studio.until_delivered()).pictures[0]
        await studio.portrait(caller(private=True))
        private = (await studio.until_delivered(2)).pictures[0]

    found = await history.find_picture(studio.context, Viewer(BEN, GUILD), public.code.upper())
    assert found == public
    assert await history.find_picture(studio.context, Viewer(ADA, None), private.code) == private
    for viewer, code in (
        (Viewer(BEN, GUILD), private.code),
        (Viewer(BEN, 999), public.code),
        (Viewer(BEN), public.code),
    ):
        with pytest.raises(NotFoundError):
            await history.find_picture(studio.context, viewer, code)


async def test_deletes_a_picture_with_its_recipe_and_file_for_its_owner_only(studio: Studio) -> None:
    async with studio.engine():
        accepted = await studio.portrait(count=2)
        result = await studio.until_delivered()
        await studio.until_states(accepted, "stored", "stored")
        message_id = 1000
        await until(lambda: len(studio.mailbox.delivered) == 1)
    first, second = result.pictures

    with pytest.raises(NotAllowedError):
        await history.delete_picture(studio.context, BEN, first.job_id)
    deleted = await history.delete_picture(studio.context, ADA, first.job_id)

    assert deleted.code == first.code
    assert [(place.message_id, place.job_ids) for place in deleted.places] == [(message_id, (second.job_id,))]
    with pytest.raises(NotFoundError):
        await history.find_picture(studio.context, Viewer(ADA, GUILD), first.code)
    with pytest.raises(StorageError):
        await studio.context.store.get(first.digest)
    assert await history.find_pictures_of_message(studio.context, message_id) == (second,)
