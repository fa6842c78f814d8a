"""Who may read what a provider said: the owner of the key that was to pay, and nobody else."""

import pytest

from db.jobs import jobs
from services import keys
from services.asks import ImagineAsk, Viewer
from services.errors import NotAllowedError, NotFoundError
from services.imagine import create_imagine, plan_imagine
from services.keys import KeyOwner
from services.models import Payer
from services.vendor_details import vendor_details
from tests.services.providers.stand_in import SAID, Fault, Stage
from tests.services.studio import ADA, BEN, GUILD, OPERATOR, Studio, caller

pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)


async def failed_job(studio: Studio, *, owner: KeyOwner | None = None) -> int:
    """Return a job of Ada's that failed with words of the provider, on the operator's key or on another one."""
    if owner is not None:
        key = "a-scripted-key-of-somebody"
        await keys.add_key(studio.context, owner, "scripted", key, added_by=ADA)
    studio.server.script(Stage.STATUS, Fault.FAILED)
    async with studio.engine():
        accepted = await studio.order()
        result = await studio.until_delivered()
    assert result.failures[0].has_details
    return accepted.job_ids[0]


async def test_the_operators_read_what_was_said_on_their_key(studio: Studio) -> None:
    job_id = await failed_job(studio)

    assert await vendor_details(studio.context, Viewer(OPERATOR), job_id, is_manager=False) == SAID
    for viewer in (Viewer(ADA, GUILD), Viewer(BEN, GUILD)):
        with pytest.raises(NotAllowedError):
            await vendor_details(studio.context, viewer, job_id, is_manager=True)


async def test_a_person_reads_what_was_said_on_their_own_key(studio: Studio) -> None:
    job_id = await failed_job(studio, owner=KeyOwner(Payer.USER, ADA))

    assert await vendor_details(studio.context, Viewer(ADA), job_id, is_manager=False) == SAID
    for viewer in (Viewer(BEN, GUILD), Viewer(OPERATOR, GUILD)):
        with pytest.raises(NotAllowedError):
            await vendor_details(studio.context, viewer, job_id, is_manager=True)


async def test_those_who_manage_a_server_read_what_was_said_on_its_key(studio: Studio) -> None:
    job_id = await failed_job(studio, owner=KeyOwner(Payer.SERVER, GUILD))

    assert await vendor_details(studio.context, Viewer(BEN, GUILD), job_id, is_manager=True) == SAID
    for viewer, is_manager in (
        (Viewer(BEN, GUILD), False),
        (Viewer(ADA, GUILD), False),
        (Viewer(BEN, 4711), True),
        (Viewer(BEN), True),
        (Viewer(OPERATOR, GUILD), False),
    ):
        with pytest.raises(NotAllowedError):
            await vendor_details(studio.context, viewer, job_id, is_manager=is_manager)


async def test_there_is_nothing_to_read_where_the_provider_said_nothing(studio: Studio) -> None:
    studio.server.script(Stage.SUBMIT, Fault.REFUSED_KEY)
    async with studio.engine():
        accepted = await studio.order()
        result = await studio.until_delivered()

    assert not result.failures[0].has_details
    with pytest.raises(NotFoundError, match="job"):
        await vendor_details(studio.context, Viewer(OPERATOR), accepted.job_ids[0], is_manager=False)
    with pytest.raises(NotFoundError):
        await vendor_details(studio.context, Viewer(OPERATOR), 4711, is_manager=False)


async def test_what_was_said_is_not_in_what_people_see_of_the_job(studio: Studio) -> None:
    job_id = await failed_job(studio)
    row = await studio.context.database.read(jobs.read_job, job_id)

    assert row is not None
    assert SAID not in repr(row.error)


async def test_what_was_said_comes_without_what_somebody_wrote(studio: Studio) -> None:
    studio.server.script(Stage.STATUS, Fault.FAILED)
    ask = ImagineAsk(caller(), f"{SAID}, in oil", model="scripted/quick")
    async with studio.engine():
        accepted = await create_imagine(studio.context, plan_imagine(studio.context, ask))
        await studio.until_delivered()
    said = await vendor_details(studio.context, Viewer(OPERATOR), accepted.job_ids[0], is_manager=False)

    assert said == "[...]"
