"""`/result`: orders by the provider's own id, in every state that they can be in."""

import pytest

from db.jobs import jobs, moves
from db.jobs.moves import Claim
from services import history, task_results
from services.asks import Accepted, Caller, Viewer
from services.errors import NotFoundError
from services.jobs import fetching
from services.models import JobState
from services.task_results import TaskResult, TaskState
from tests.services.providers.stand_in import Fault, Stage
from tests.services.studio import ADA, BEN, GUILD, Studio, caller
from tests.waiting import until

pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)

NEVER = 10_000
ORDER = "order-1"


async def find(
    studio: Studio, task_id: str = ORDER, user_id: int = ADA, provider: str = "Scripted"
) -> TaskResult:
    return await task_results.find_result(studio.context, Viewer(user_id, GUILD), provider, task_id)


async def waiting(studio: Studio, who: Caller | None = None) -> Accepted:
    """Return an order that its provider has, with no engine that would look after it."""
    studio.server.polls_until_done = NEVER
    async with studio.engine():
        accepted = await studio.order(who)
        await studio.until_states(accepted, "waiting")
    return accepted


async def claim_of(studio: Studio, accepted: Accepted) -> Claim:
    claim = await studio.context.database.read(moves.read_claim, accepted.job_ids[0])
    assert claim is not None
    return claim


async def test_a_stored_picture_is_shown_to_its_owner(studio: Studio) -> None:
    async with studio.engine():
        accepted = await studio.order()
        await studio.until_delivered()
    found = await find(studio)

    assert found.state is TaskState.SHOWN
    assert found.picture is not None
    assert (found.picture.code, found.picture.provider_task) == (accepted.codes[0], ORDER)


@pytest.mark.parametrize(
    ("task_id", "user_id", "provider"),
    [(ORDER, BEN, "scripted"), ("order-2", ADA, "scripted"), (ORDER, ADA, "bfl"), (ORDER, ADA, "nobody")],
)
async def test_an_order_of_nobodys_or_somebody_elses_is_not_found(
    studio: Studio, task_id: str, user_id: int, provider: str
) -> None:
    await waiting(studio)
    asked = len(studio.server.requests)
    with pytest.raises(NotFoundError):
        await find(studio, task_id, user_id, provider)

    assert len(studio.server.requests) == asked


async def test_a_waiting_order_is_asked_after_now(studio: Studio) -> None:
    await waiting(studio)
    found = await find(studio, f" {ORDER} ")

    assert found.state is TaskState.RUNNING
    assert found.running is not None
    assert (found.running.fraction, found.running.log_line) == (0.5, "painting")


async def test_an_order_that_turns_out_to_be_finished_is_fetched_and_delivered(studio: Studio) -> None:
    accepted = await waiting(studio)
    studio.server.polls_until_done = 0
    found = await find(studio)
    assert found.state is TaskState.COMING
    async with studio.engine():
        result = await studio.until_delivered()

    assert [picture.job_id for picture in result.pictures] == list(accepted.job_ids)
    assert studio.server.paid_submits == 1


async def test_an_order_that_turns_out_to_have_failed_ends(studio: Studio) -> None:
    accepted = await waiting(studio)
    studio.server.script(Stage.STATUS, Fault.FAILED)
    found = await find(studio)

    assert (found.state, found.failure and found.failure.code) == (TaskState.FAILED, "provider_broken")
    assert await studio.states(accepted) == ["failed"]


async def test_a_provider_that_cannot_tell_now_changes_nothing(studio: Studio) -> None:
    accepted = await waiting(studio)
    studio.server.script(Stage.STATUS, Fault.ERROR_500)

    assert (await find(studio)).state is TaskState.NOT_TOLD
    assert await studio.states(accepted) == ["waiting"]


async def test_an_order_that_was_given_up_is_asked_after_once_more_and_comes_free(studio: Studio) -> None:
    accepted = await waiting(studio)
    claim = await claim_of(studio, accepted)
    await studio.context.database.write(moves.end_without_picture, claim, JobState.WAITING, JobState.UNKNOWN)
    assert (await find(studio)).state is TaskState.RUNNING
    studio.server.polls_until_done = 0
    assert (await find(studio)).state is TaskState.COMING
    async with studio.engine():
        await until(lambda: any(result.pictures for _, result in studio.mailbox.delivered))

    assert studio.server.submits == 1
    assert (await find(studio)).state is TaskState.SHOWN


async def test_a_picture_that_could_not_be_fetched_is_fetched_when_its_owner_asks_again(
    studio: Studio, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(fetching, "AGAIN_AFTER_S", 0.02)
    studio.server.script(Stage.PICTURE, *[Fault.GARBAGE] * 3)
    async with studio.engine():
        accepted = await studio.order()
        await studio.until_delivered()
        assert await studio.states(accepted) == ["failed"]
        assert (await find(studio)).state is TaskState.COMING
        await until(lambda: any(result.pictures for _, result in studio.mailbox.delivered))

    assert studio.server.submits == 1
    row = await studio.context.database.read(jobs.read_job, accepted.job_ids[0])
    assert row is not None
    assert (row.state, row.error) == (JobState.STORED, None)


async def test_a_lost_order_of_which_its_provider_knows_nothing_stays_lost(studio: Studio) -> None:
    accepted = await waiting(studio)
    claim = await claim_of(studio, accepted)
    await studio.context.database.write(moves.end_without_picture, claim, JobState.WAITING, JobState.UNKNOWN)
    studio.server.script(Stage.STATUS, Fault.GONE)

    assert (await find(studio)).state is TaskState.LOST
    assert await studio.states(accepted) == ["unknown"]


async def test_an_order_that_was_refused_for_good_is_not_asked_after_again(studio: Studio) -> None:
    studio.server.script(Stage.STATUS, Fault.MODERATED)
    async with studio.engine():
        await studio.order()
        await studio.until_delivered()
    asked = len(studio.server.requests)
    found = await find(studio)

    assert (found.state, found.failure and found.failure.code) == (
        TaskState.FAILED,
        "provider_moderated_output",
    )
    assert len(studio.server.requests) == asked


async def test_a_deleted_picture_is_neither_shown_nor_fetched_again(studio: Studio) -> None:
    async with studio.engine():
        accepted = await studio.order()
        await studio.until_delivered()
    await history.delete_picture(studio.context, ADA, accepted.job_ids[0])
    asked = len(studio.server.requests)

    assert (await find(studio)).state is TaskState.DELETED
    assert len(studio.server.requests) == asked


async def test_a_persons_own_newest_orders_are_suggested(studio: Studio) -> None:
    async with studio.engine():
        await studio.order(count=2)
        await studio.until_delivered()
        await studio.order(caller(BEN))
        await studio.until_delivered(2)

    own = await task_results.suggest_tasks(studio.context, ADA, "scripted", "")
    assert sorted(task_id for _, task_id in own) == ["order-1", "order-2"]
    assert all("scripted/quick" in label and "· came" in label for label, _ in own)
    german = await task_results.suggest_tasks(studio.context, ADA, "scripted", "", "de")
    assert [task_id for _, task_id in german] == [task_id for _, task_id in own]
    assert all(label.endswith(" · angekommen") for label, _ in german)
    assert await task_results.suggest_tasks(studio.context, ADA, "scripted", "order-2") != []
    assert await task_results.suggest_tasks(studio.context, ADA, "scripted", "%") == []
    assert await task_results.suggest_tasks(studio.context, ADA, "nobody", "") == []
