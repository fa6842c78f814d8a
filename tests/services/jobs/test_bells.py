"""Whatever lets work in line go on rings its bell: nothing stands there until the next look, a second later."""

import pytest

from db.jobs import attempts, late_pictures, moves
from db.jobs.moves import Claim
from services import operator_fail
from services.bell import Bell
from services.circuit import FAILURES_THAT_OPEN, Call
from services.errors import ProviderBroken
from services.jobs import delivering, handing_over, submitting
from services.jobs.ending import end_without_picture
from services.jobs.message_turns import MessageTurns
from services.models import JobState
from services.providers.base import Finished, Picture
from tests.services.finished import CAPS, WORKER
from tests.services.providers.stand_in import Fault, Stage
from tests.services.studio import Studio, caller

ON_SQLITE = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)


async def is_rung(bell: Bell) -> bool:
    return await bell.wait(0)


async def claimed(studio: Studio) -> Claim:
    """Return the job in line in a worker's hands, while all bells are silent."""
    claim = await studio.context.database.write(moves.claim_submit, WORKER, CAPS)
    assert claim is not None
    for bell in (studio.context.jobs_bell, studio.context.deliveries_bell):
        await is_rung(bell)
    return claim


@ON_SQLITE
@pytest.mark.parametrize("fault", [Fault.BUSY, Fault.REFUSED, Fault.ACCEPTED_THEN_500])
async def test_an_order_that_was_put_back_or_is_in_doubt_leaves_its_room_to_the_next_one(
    studio: Studio, fault: Fault
) -> None:
    studio.server.script(Stage.SUBMIT, fault)
    await studio.order()
    await submitting.submit(studio.context, await claimed(studio))

    assert await is_rung(studio.context.jobs_bell)


@ON_SQLITE
async def test_an_order_whose_picture_is_there_leaves_its_room_to_the_next_one(studio: Studio) -> None:
    await studio.order()
    await handing_over.keep_outcome(
        studio.context, await claimed(studio), Finished(Picture(url="https://example.com/1.png"))
    )

    assert await is_rung(studio.context.jobs_bell)


@ON_SQLITE
async def test_an_order_that_failed_leaves_its_room_to_the_next_one(studio: Studio) -> None:
    await studio.order()
    failed = ProviderBroken("provider_error", "it said so")
    await end_without_picture(
        studio.context, await claimed(studio), JobState.SUBMITTING, JobState.FAILED, failed
    )

    assert await is_rung(studio.context.jobs_bell)


@ON_SQLITE
async def test_a_picture_painted_here_leaves_its_room_to_the_next_one(studio: Studio) -> None:
    await studio.portrait()
    await submitting.submit(studio.context, await claimed(studio))

    assert await is_rung(studio.context.jobs_bell)


@ON_SQLITE
async def test_a_provider_that_answers_again_lets_its_line_go_on(studio: Studio) -> None:
    await studio.order()
    claim = await claimed(studio)
    for _ in range(FAILURES_THAT_OPEN):
        error = ProviderBroken("provider_unreachable", "no way there")
        studio.context.standing.record("scripted", Call.SUBMIT, error)
    await submitting.submit(studio.context, claim)

    assert not studio.context.standing.is_down("scripted")
    assert await is_rung(studio.context.jobs_bell)


@ON_SQLITE
async def test_an_order_that_is_ended_by_hand_leaves_its_room_to_the_next_one(studio: Studio) -> None:
    await studio.order()
    claim = await claimed(studio)
    assert await studio.context.database.write(attempts.mark_sent, claim.attempt.id)
    await operator_fail.fail_job(studio.context, claim.job.id, "by hand")

    assert await is_rung(studio.context.jobs_bell)


@ON_SQLITE
@pytest.mark.parametrize("private_token_life_s", [900.0, 0.0])
async def test_a_late_picture_goes_as_soon_as_its_requests_result_was_brought_or_parked(
    studio: Studio, private_token_life_s: float
) -> None:
    await studio.order(caller(private=True, token_life_s=private_token_life_s))
    claim = await claimed(studio)
    database = studio.context.database
    assert await database.write(moves.end_without_picture, claim, JobState.SUBMITTING, JobState.UNKNOWN)
    begun = await database.write(delivering.claim, WORKER)
    assert begun is not None
    await database.write(late_pictures.put_late_on_its_way, claim.job.request_id, claim.job.id)
    await delivering.deliver(studio.context, studio.mailbox, MessageTurns(), begun)

    assert await is_rung(studio.context.deliveries_bell)
