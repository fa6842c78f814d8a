"""Reference pictures on their way to a provider."""

import pytest

from services import history
from tests.services.finished import looking_at, painted, park_all
from tests.services.studio import ADA, Studio

pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)


def sent(studio: Studio) -> object:
    (order,) = studio.server.orders.values()
    return order.body["references"]


async def test_the_bytes_of_the_pictures_are_sent_in_the_order_asked_for(studio: Studio) -> None:
    looking_at(studio, 3)
    first, second = await painted(studio), await painted(studio)
    await park_all(studio)
    async with studio.engine():
        await studio.order(references=f"{second.code} {first.code}")
        await studio.until_delivered()

    assert sent(studio) == [second.digest, first.digest]


async def test_an_order_whose_reference_was_deleted_meanwhile_is_not_sent(studio: Studio) -> None:
    looking_at(studio, 1)
    picture = await painted(studio)
    await park_all(studio)
    accepted = await studio.order(references=picture.code)
    await history.delete_picture(studio.context, ADA, picture.job_id)
    async with studio.engine():
        result = await studio.until_delivered()

    assert studio.server.submits == 0
    assert await studio.states(accepted) == ["failed"]
    assert [failure.code for failure in result.failures] == ["reference_gone"]


async def test_an_order_whose_references_file_is_damaged_is_not_sent(studio: Studio) -> None:
    looking_at(studio, 1)
    picture = await painted(studio)
    await park_all(studio)
    digest = picture.digest
    (studio.folder / "images" / digest[:2] / digest[2:4] / digest).write_bytes(b"something else")
    await studio.order(references=picture.code)
    async with studio.engine():
        result = await studio.until_delivered()

    assert studio.server.submits == 0
    assert [failure.code for failure in result.failures] == ["reference_gone"]
