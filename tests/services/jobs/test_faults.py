"""What is kept of a job's failure: the provider's words, without those of the person who asked."""

import logging

import pytest

from db.jobs import jobs
from db.jobs.jobs import JobRow
from services.errors import ProviderRejected
from services.jobs import faults
from tests.services.studio import Studio

pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)


async def job_of(studio: Studio) -> JobRow:
    accepted = await studio.order()
    job = await studio.context.database.read(jobs.read_job, accepted.job_ids[0])
    assert job is not None
    return job


async def test_a_prompt_that_the_provider_repeats_is_neither_kept_nor_logged(
    studio: Studio, caplog: pytest.LogCaptureFixture
) -> None:
    error = ProviderRejected("provider_rejected", vendor_text="bad input: a lighthouse keeper, code 17")
    with caplog.at_level(logging.WARNING):
        stored = faults.record(error, await job_of(studio))

    assert "code 17" in str(stored["vendor_text"])
    assert "lighthouse" not in str(stored)
    assert "lighthouse" not in caplog.text


async def test_a_charged_failure_keeps_what_it_cost(studio: Studio) -> None:
    error = ProviderRejected("provider_moderated_output", charged=True, cost_micro_usd=40_000)
    stored = faults.record(error, await job_of(studio))

    assert (stored["charged"], stored["cost_micro_usd"]) == (True, 40_000)
