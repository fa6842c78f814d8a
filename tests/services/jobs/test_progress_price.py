"""What a progress report says of money: the price of the whole request, on both databases."""

from db.jobs.job_queries import list_running_requests
from db.jobs.requests import read_request
from services.asks import Accepted
from services.jobs.courier import ProgressReport
from services.jobs.progress import make_report
from tests.services.providers.stand_in import COST_MICRO_USD
from tests.services.studio import Studio


async def report_of(studio: Studio, accepted: Accepted) -> ProgressReport:
    """Return what is said of a request now."""
    database = studio.context.database
    (running,) = await database.read(list_running_requests, [accepted.request_id])
    request = await database.read(read_request, accepted.request_id)
    assert request is not None
    return make_report(studio.context, running, request, None)


async def test_the_price_is_that_of_all_pictures_also_of_those_that_are_done(studio: Studio) -> None:
    accepted = await studio.order(count=3)
    before = await report_of(studio, accepted)
    async with studio.engine():
        await studio.until_states(accepted, *["stored"] * 3)
    after = await report_of(studio, accepted)

    assert COST_MICRO_USD > 0
    assert before.total_micro_usd == after.total_micro_usd == accepted.price_micro_usd == 3 * COST_MICRO_USD


async def test_the_free_sketch_has_none(studio: Studio) -> None:
    assert (await report_of(studio, await studio.portrait())).total_micro_usd == 0
