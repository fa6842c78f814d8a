"""A provider that does not answer, one whose model is gone, and what was paused while jobs stood in line."""

from dataclasses import dataclass, replace

import pytest

from db.jobs import jobs
from services import keys, pausing
from services.circuit import TRIAL_EVERY_S, Call
from services.errors import ProviderBroken
from services.jobs import recovery
from services.jobs.down import DOWN_AT_MOST_S
from services.keys import KeyOwner
from services.models import JobState, Payer
from services.offers import ModelUnavailable
from services.standing import Standing
from tests.services.providers.stand_in import Fault, Stage
from tests.services.studio import ADA, BEN, OPERATOR, Studio, caller
from tests.waiting import until

pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)

QUICK = "scripted/quick"


@dataclass
class Clock:
    """A clock that a test moves."""

    now_s: float = 1_000.0


def with_clock(studio: Studio) -> Clock:
    clock = Clock()
    studio.context = replace(studio.context, standing=Standing(now_s=lambda: clock.now_s))
    return clock


def knock_out(studio: Studio) -> None:
    for _ in range(5):
        studio.context.standing.record("scripted", Call.SUBMIT, ProviderBroken("provider_unreachable"))


async def make_due(studio: Studio, *job_ids: int) -> None:
    """Let put-back jobs be due at once, as time would."""
    for job_id in job_ids:
        await studio.context.database.write(jobs.set_job, job_id, JobState.QUEUED, not_before_ms=0)


async def tries(studio: Studio, job_id: int) -> int:
    row = await studio.context.database.read(jobs.read_job, job_id)
    assert row is not None
    return row.submit_tries


async def test_nothing_is_sent_to_a_provider_that_is_down(studio: Studio) -> None:
    with_clock(studio)
    accepted = await studio.order()
    knock_out(studio)
    async with studio.engine():
        await studio.portrait(caller(BEN))
        await studio.until_delivered()

    assert studio.server.submits == 0
    assert await studio.states(accepted) == ["queued"]


async def test_one_order_is_the_trial_and_the_others_go_on_after_it(studio: Studio) -> None:
    clock = with_clock(studio)
    studio.server.may_answer.clear()
    accepted = await studio.order(count=2)
    knock_out(studio)
    clock.now_s += TRIAL_EVERY_S
    async with studio.engine():
        await until(lambda: studio.server.submits == 1)
        await studio.portrait(caller(BEN))
        await studio.until_delivered()
        assert studio.server.submits == 1
        studio.server.may_answer.set()
        await studio.until_states(accepted, "stored", "stored")

    assert not studio.context.standing.is_down("scripted")
    assert studio.server.paid_submits == 2


async def test_a_job_that_could_not_be_sent_leaves_the_trial_to_the_next(studio: Studio) -> None:
    clock = with_clock(studio)
    refused, accepted = await studio.order(), await studio.order(caller(BEN))
    studio.context.standing.pauses = {f"person/{ADA}": "Not today."}
    knock_out(studio)
    clock.now_s += TRIAL_EVERY_S
    async with studio.engine():
        # The clock stands still: without a trial of its own the second one would wait for good.
        await studio.until_states(accepted, "stored")

    assert await studio.states(refused) == ["failed"]
    assert studio.server.submits == 1
    assert not studio.context.standing.is_down("scripted")


async def test_a_trial_whose_words_are_refused_shows_that_the_provider_answers(studio: Studio) -> None:
    clock = with_clock(studio)
    refused, accepted = await studio.order(), await studio.order(caller(BEN))
    knock_out(studio)
    clock.now_s += TRIAL_EVERY_S
    studio.server.script(Stage.SUBMIT, Fault.MODERATED)
    async with studio.engine():
        await studio.until_states(accepted, "stored")

    assert await studio.states(refused) == ["failed"]
    assert studio.server.submits == 2


async def test_a_job_whose_try_showed_that_the_provider_is_down_loses_no_try(studio: Studio) -> None:
    clock = with_clock(studio)
    accepted = await studio.order()
    knock_out(studio)
    for _ in range(5):
        clock.now_s += TRIAL_EVERY_S
        studio.server.script(Stage.SUBMIT, Fault.REFUSED)
        submits = studio.server.submits
        async with studio.engine():
            await until(lambda: studio.server.submits > submits)  # noqa: B023 - awaited in this round
            await studio.until_states(accepted, "queued")
        await make_due(studio, *accepted.job_ids)

    assert await tries(studio, accepted.job_ids[0]) == 0
    clock.now_s += TRIAL_EVERY_S
    async with studio.engine():
        await studio.until_states(accepted, "stored")
    assert studio.server.paid_submits == 1


async def test_failures_of_a_provider_open_its_circuit_and_new_requests_are_offered_others(
    studio: Studio,
) -> None:
    with_clock(studio)
    studio.server.script(Stage.SUBMIT, *[Fault.REFUSED] * 6)
    async with studio.engine():
        for who in (caller(), caller(BEN), caller(3), caller(4), caller(5)):
            submits = studio.server.submits
            await studio.order(who)
            await until(lambda: studio.server.submits > submits)  # noqa: B023 - awaited in this round
        await until(lambda: studio.context.standing.is_down("scripted"))

    with pytest.raises(ModelUnavailable) as caught:
        await studio.order(caller(BEN))
    assert caught.value.code == "provider_down"


async def test_after_ten_minutes_the_jobs_in_line_are_let_go_and_cost_nothing(studio: Studio) -> None:
    clock = with_clock(studio)
    accepted = await studio.order()
    knock_out(studio)
    clock.now_s += DOWN_AT_MOST_S - 1
    await recovery.recover(studio.context)
    assert await studio.states(accepted) == ["queued"]
    clock.now_s += 1
    studio.context.standing.begin_submit("scripted", 1)
    await recovery.recover(studio.context)
    async with studio.engine():
        result = await studio.until_delivered()

    assert studio.server.submits == 0
    assert [(failure.code, failure.is_charged) for failure in result.failures] == [("provider_down", False)]


async def test_a_model_that_its_provider_does_not_know_is_not_asked_for_again(studio: Studio) -> None:
    studio.server.script(Stage.SUBMIT, Fault.GONE)
    async with studio.engine():
        await studio.order()
        result = await studio.until_delivered()

    assert [failure.code for failure in result.failures] == ["provider_model_gone"]
    with pytest.raises(ModelUnavailable) as caught:
        await studio.order(caller(BEN))
    assert caught.value.code == "model_gone"


async def test_a_model_that_somebodys_own_key_may_not_use_is_not_gone_for_the_others(studio: Studio) -> None:
    await keys.add_key(
        studio.context, KeyOwner(Payer.USER, BEN), "scripted", "bens-own-scripted-key", added_by=BEN
    )
    studio.server.script(Stage.SUBMIT, Fault.GONE)
    async with studio.engine():
        await studio.order(caller(BEN))
        await studio.until_delivered()
        await studio.order()
        result = await studio.until_delivered(2)

    assert len(result.pictures) == 1


async def test_a_pause_ends_what_stands_in_line_and_lets_run_what_was_sent(studio: Studio) -> None:
    studio.server.polls_until_done = 10_000
    accepted = await studio.order(count=3)
    async with studio.engine():
        await studio.until_states(accepted, "waiting", "waiting", "queued")
        paused = await pausing.pause(studio.context, OPERATOR, QUICK, "Back on Monday.")
        assert await studio.states(accepted) == ["waiting", "waiting", "failed"]
        studio.server.polls_until_done = 0
        result = await studio.until_delivered()

    assert (paused.title, paused.ended) == ("Quick", 1)
    assert (len(result.pictures), [failure.code for failure in result.failures]) == (2, ["model_paused"])
    assert result.failures[0].fields["sentence"] == "Back on Monday."


async def test_a_job_that_slipped_into_the_line_beside_a_pause_is_not_sent(studio: Studio) -> None:
    await pausing.pause(studio.context, OPERATOR, QUICK, "Back on Monday.")
    pauses, studio.context.standing.pauses = studio.context.standing.pauses, {}
    await studio.order()
    studio.context.standing.pauses = pauses
    async with studio.engine():
        result = await studio.until_delivered()

    assert studio.server.submits == 0
    assert [failure.code for failure in result.failures] == ["model_paused"]
