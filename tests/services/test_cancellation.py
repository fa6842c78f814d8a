"""What can be stopped, and what is said of it; the stopping itself is in `jobs/test_engine.py`."""

import pytest
import sqlalchemy as sa

from db.engine import Connection
from db.jobs import line, moves
from db.tables.schema import jobs
from db.upkeep.ledger_check import check_ledger
from services.cancellation import CancelStage, cancel, list_cancelable
from services.errors import NotAllowedError, NotFoundError
from tests.services.finished import finish
from tests.services.providers.stand_in import COST_MICRO_USD
from tests.services.studio import ADA, BEN, Studio, caller

pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)


async def test_lists_ones_own_open_requests_newest_first_and_each_once(studio: Studio) -> None:
    first = await studio.portrait()
    second = await studio.order(count=3)
    await studio.portrait(caller(BEN))

    listed = await list_cancelable(studio.context, ADA)
    assert [one.job_id for one in listed] == [second.job_ids[0], first.job_ids[0]]
    assert listed[0].label == f"{second.codes[0]} · 3 pictures · scripted/quick · in line · 0 s ago"
    assert listed[1].label == f"{first.codes[0]} · sketch · in line · 0 s ago"
    german = await list_cancelable(studio.context, ADA, "de")
    assert german[0].label.startswith(
        f"{second.codes[0]} · 3 Bilder · scripted/quick · in der Warteschlange · vor "
    )


async def test_lists_nothing_that_has_ended(studio: Studio) -> None:
    await finish(studio, await studio.portrait())
    canceled = await studio.portrait()
    await cancel(studio.context, ADA, canceled.job_ids[0])

    assert await list_cancelable(studio.context, ADA) == []


async def test_stops_every_picture_of_a_request_by_any_of_its_jobs(studio: Studio) -> None:
    accepted = await studio.order(count=3)

    report = await cancel(studio.context, ADA, accepted.job_ids[1])
    assert report.counts == {CancelStage.IN_LINE: 3}
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
        assert (await cancel(studio.context, ADA, accepted.job_ids[0])).is_too_late
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


_AT: dict[CancelStage, dict[str, object]] = {
    CancelStage.IN_LINE: {"state": "queued"},
    CancelStage.ORDERING: {"state": "submitting"},
    CancelStage.STOPPABLE: {"state": "waiting"},
    CancelStage.UNSTOPPABLE: {"state": "waiting", "model": "fal/that-has-left-the-catalogue"},
    CancelStage.DOUBTFUL: {"state": "submitting", "doubt_until_ms": 2**60},
    CancelStage.PAINTED: {"state": "fetching"},
    CancelStage.STORED: {"state": "stored"},
    CancelStage.OVER: {"state": "failed"},
}


def _put(conn: Connection, job_id: int, values: dict[str, object]) -> None:
    conn.execute(sa.update(jobs).where(jobs.c.id == job_id).values(**values))


@pytest.mark.parametrize("stage", CancelStage, ids=str)
async def test_says_at_which_stage_each_picture_was(studio: Studio, stage: CancelStage) -> None:
    accepted = await studio.order(count=2)
    await studio.context.database.write(_put, accepted.job_ids[1], _AT[stage])
    report = await cancel(studio.context, ADA, accepted.job_ids[0])

    assert report.counts == (
        {CancelStage.IN_LINE: 2} if stage is CancelStage.IN_LINE else {CancelStage.IN_LINE: 1, stage: 1}
    )
    assert report.prices_micro_usd[stage] == COST_MICRO_USD * report.counts[stage]
    assert not report.is_too_late


def _take_and_cancel(conn: Connection, user_id: int, request_id: int) -> bool:
    """Let a service be busy with an order that its owner has canceled in between."""
    claim = moves.claim_submit(conn, "hand", {"scripted": 5})
    assert claim is not None
    assert claim.job.user_id == user_id
    line.cancel_request(conn, request_id)
    return moves.put_back(conn, claim, 60_000, {"code": "provider_busy"}, is_counted=False)


async def test_what_is_canceled_while_its_service_is_busy_does_not_stand_in_line_again(
    studio: Studio,
) -> None:
    accepted = await studio.order()
    await studio.context.database.write(_take_and_cancel, ADA, accepted.request_id)

    assert await studio.states(accepted) == ["canceled"]
    assert await studio.context.database.read(check_ledger) == []
