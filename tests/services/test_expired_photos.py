"""A picture whose photo is gone says whether the photo's 30 days are over or it was deleted."""

import pytest
import sqlalchemy as sa

from cogs._errors import failure_sentence, sentence_of
from db.engine import Connection
from db.tables.schema import requests
from services.asks import RerunAsk, SeedChoice
from services.errors import UserError
from services.headshots import HeadshotAsk, create_headshot, plan_headshot
from services.jobs.courier import PictureResult
from services.jobs.expired_uploads import forget_expired
from services.reruns import rerun
from services.uploads import forget, list_uploads
from tests.services.brought import DAY_MS, discords_files, make_older, photo
from tests.services.finished import finish
from tests.services.studio import ADA, BEN, Studio, caller
from tests.services.test_headshots import keeping_faces


def _asked_earlier(conn: Connection, by_ms: int) -> None:
    conn.execute(sa.update(requests).values(created_at_ms=requests.c.created_at_ms - by_ms))


async def days_pass(studio: Studio, days: int) -> None:
    """Let everything be as it is so many days later."""
    await studio.context.database.write(make_older, days * DAY_MS)
    await studio.context.database.write(_asked_earlier, days * DAY_MS)
    await forget_expired(studio.context)


async def headshot(studio: Studio) -> PictureResult:
    keeping_faces(studio)
    async with discords_files(studio) as shelf:
        ask = HeadshotAsk(caller(), "a chef", (shelf.attachment(photo()),), agreed=True)
        (made,) = await finish(
            studio, await create_headshot(studio.context, plan_headshot(studio.context, ask))
        )
    return made


async def refused(studio: Studio, made: PictureResult, user_id: int = ADA) -> UserError:
    """Ask for the picture again and return why it is refused."""
    with pytest.raises(UserError) as caught:
        await rerun(studio.context, RerunAsk(caller(user_id), made.job_id, SeedChoice.SAME))
    return caught.value


async def test_after_30_days_it_is_said_that_they_are_over(studio: Studio) -> None:
    made = await headshot(studio)
    await days_pass(studio, 31)
    why = await refused(studio, made)

    assert why.code == "photo_expired"
    assert "30 days" in sentence_of(why, "en")
    assert "30 Tage" in sentence_of(why, "de")


async def test_a_photo_that_was_deleted_earlier_is_said_to_be_deleted(studio: Studio) -> None:
    made = await headshot(studio)
    (one,) = await list_uploads(studio.context, ADA)
    await days_pass(studio, 10)
    await forget(studio.context, ADA, one.upload.id)
    why = await refused(studio, made)

    assert why.code == "reference_gone"
    assert "was deleted" in sentence_of(why, "en")


async def test_brought_once_more_the_days_count_from_then_on(studio: Studio) -> None:
    first = await headshot(studio)
    await days_pass(studio, 20)
    await headshot(studio)
    await days_pass(studio, 20)
    (one,) = await list_uploads(studio.context, ADA)
    await forget(studio.context, ADA, one.upload.id)

    assert (await refused(studio, first)).code == "reference_gone"


async def test_nobody_else_learns_that_it_was_a_photo(studio: Studio) -> None:
    made = await headshot(studio)
    await days_pass(studio, 31)

    assert (await refused(studio, made, BEN)).code == "reference_gone"


async def test_a_picture_in_line_whose_photo_expires_says_so_and_is_not_sent(studio: Studio) -> None:
    keeping_faces(studio)
    async with discords_files(studio) as shelf:
        ask = HeadshotAsk(caller(), "a chef", (shelf.attachment(photo()),), agreed=True)
        await create_headshot(studio.context, plan_headshot(studio.context, ask))
    await studio.context.database.write(make_older, 31 * DAY_MS)
    async with studio.engine():
        result = await studio.until_delivered()
    (failure,) = result.failures

    assert (failure.code, studio.server.submits) == ("photo_expired", 0)
    assert "/headshot" in failure_sentence(failure, "en")
