"""A character that is deleted while a picture of it is being made: nobody finds it, the picture comes, then it goes."""

import pytest
import sqlalchemy as sa

from db.engine import Connection
from db.tables.character_schema import character_pictures, character_versions, characters
from services.asks import SceneAsk
from services.character_keeping import delete_character
from services.character_scenes import create_scene, plan_scene
from services.characters import find_character
from services.errors import NotFoundError
from services.jobs.ended_characters import end_deleted_characters
from services.jobs.housekeeping import Housekeeper
from tests.services.finished import finish
from tests.services.kept import OWNER, kept
from tests.services.studio import Studio, caller

on_sqlite = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)


def _count(conn: Connection) -> list[int]:
    tables = (characters, character_versions, character_pictures)
    return [conn.execute(sa.select(sa.func.count()).select_from(table)).scalar_one() for table in tables]


async def test_the_picture_of_a_deleted_character_still_comes_and_then_nothing_is_left_of_it(
    studio: Studio,
) -> None:
    studio.server.polls_until_done = 1_000_000
    made = await kept(studio)
    ask = SceneAsk(caller(), "Mira", "on a boat", model="scripted/quick")
    accepted = await create_scene(studio.context, plan_scene(studio.context, ask))
    async with studio.engine():
        await studio.until_states(accepted, "waiting")
        deleted = await delete_character(studio.context, OWNER, "Mira")
        assert deleted.is_in_use
        with pytest.raises(NotFoundError, match="no_such_character"):
            await find_character(studio.context, OWNER, made.code)
        assert await end_deleted_characters(studio.context) == 0
        assert await studio.context.database.read(_count) == [1, 1, 1]

        studio.server.polls_until_done = 0
        result = await studio.until_delivered()
    (picture,) = result.pictures
    assert picture.character is None
    assert picture.recipe.character is not None
    assert await end_deleted_characters(studio.context) == 1
    assert await studio.context.database.read(_count) == [0, 0, 0]


@on_sqlite
async def test_housekeeping_removes_what_is_left_of_it(studio: Studio) -> None:
    await kept(studio)
    ask = SceneAsk(caller(), "Mira", "on a boat")
    accepted = await create_scene(studio.context, plan_scene(studio.context, ask))
    await delete_character(studio.context, OWNER, "Mira")
    housekeeper = Housekeeper(studio.context)
    await housekeeper.tick()
    assert await studio.context.database.read(_count) == [1, 1, 1]

    await finish(studio, accepted)
    await housekeeper.tick()
    assert await studio.context.database.read(_count) == [0, 0, 0]
