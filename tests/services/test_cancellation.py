"""What can be stopped, and what is said of it; the stopping itself is in `jobs/test_engine.py`."""

import pytest

from services.cancellation import CancelOutcome, cancel, list_cancelable
from services.errors import NotAllowedError, NotFoundError
from tests.services.finished import finish
from tests.services.studio import ADA, BEN, Studio, caller

pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)


async def test_lists_ones_own_open_requests_newest_first_and_each_once(studio: Studio) -> None:
    first = await studio.portrait()
    second = await studio.order(count=3)
    await studio.portrait(caller(BEN))

    listed = await list_cancelable(studio.context, ADA)
    assert [one.job_id for one in listed] == [second.job_ids[0], first.job_ids[0]]
    assert listed[0].label == f"{second.codes[0]} · scripted/quick · queued · 0 s ago"


async def test_lists_nothing_that_has_ended(studio: Studio) -> None:
    await finish(studio, await studio.portrait())
    canceled = await studio.portrait()
    await cancel(studio.context, ADA, canceled.job_ids[0])

    assert await list_cancelable(studio.context, ADA) == []


async def test_stops_every_picture_of_a_request_by_any_of_its_jobs(studio: Studio) -> None:
    accepted = await studio.order(count=3)

    assert await cancel(studio.context, ADA, accepted.job_ids[1]) is CancelOutcome.CANCELED
    assert await studio.states(accepted) == ["canceled"] * 3


async def test_leaves_other_requests_in_line(studio: Studio) -> None:
    other, accepted = await studio.order(), await studio.order()
    await cancel(studio.context, ADA, accepted.job_ids[0])

    assert await studio.states(other) == ["queued"]


async def test_says_that_it_is_too_late_for_what_has_ended(studio: Studio) -> None:
    painted = await studio.portrait()
    await finish(studio, painted)
    canceled = await studio.portrait()
    await cancel(studio.context, ADA, canceled.job_ids[0])

    for accepted in (painted, canceled):
        assert await cancel(studio.context, ADA, accepted.job_ids[0]) is CancelOutcome.TOO_LATE
    assert await studio.states(painted) == ["stored"]


async def test_refuses_the_jobs_of_others_and_those_that_do_not_exist(studio: Studio) -> None:
    accepted = await studio.order()
    with pytest.raises(NotAllowedError, match="not_yours"):
        await cancel(studio.context, BEN, accepted.job_ids[0])
    with pytest.raises(NotFoundError) as caught:
        await cancel(studio.context, ADA, 4711)

    assert (caught.value.code, caught.value.fields) == ("no_such_job", {"field": "job"})
    assert await studio.states(accepted) == ["queued"]


async def test_wakes_those_who_ask_the_provider_and_those_who_deliver(studio: Studio) -> None:
    accepted = await studio.order()
    await cancel(studio.context, ADA, accepted.job_ids[0])

    assert await studio.context.polls_bell.wait(0.01)
    assert await studio.context.deliveries_bell.wait(0.01)
