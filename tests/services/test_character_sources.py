"""A picture that somebody sees becomes a character, or one more picture of theirs."""

import pytest

from services.asks import Viewer
from services.character_keeping import NewCharacter, plan_character
from services.character_pictures import view_character
from services.character_sources import PictureSource, save_as_character, use_as_reference
from services.characters import Character, list_characters
from services.errors import NotFoundError, UserError
from services.history import delete_picture
from services.uploads import list_uploads
from tests.services.brought import discords_files, photo
from tests.services.finished import painted
from tests.services.kept import GIRL, NEIGHBOUR, OWNER, kept
from tests.services.studio import ADA, BEN, Studio, caller

on_sqlite = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
"""For what no SQL decides."""


async def saved(
    studio: Studio, source: PictureSource, viewer: Viewer = OWNER, *, is_agreed: bool = False
) -> Character:
    plan = plan_character(studio.context, NewCharacter("Mira", GIRL))
    return await save_as_character(studio.context, viewer, plan, source, is_agreed=is_agreed)


@on_sqlite
async def test_ones_own_result_becomes_picture_0_as_it_is(studio: Studio) -> None:
    picture = await painted(studio)
    made = await saved(studio, PictureSource(picture.job_id))
    view = await view_character(studio.context, OWNER, "Mira")

    assert made.reference_numbers == (0,)
    assert [each.code for each in view.pictures] == [picture.code]
    assert await list_uploads(studio.context, ADA) == ()


async def test_somebody_elses_open_result_is_kept_as_a_copy_once_it_is_agreed_to(studio: Studio) -> None:
    picture = await painted(studio, caller(ADA))
    source = PictureSource(picture.job_id)
    with pytest.raises(UserError, match="upload_not_agreed"):
        await saved(studio, source, NEIGHBOUR)
    await saved(studio, source, NEIGHBOUR, is_agreed=True)
    await delete_picture(studio.context, ADA, picture.job_id)

    (copied,) = (await view_character(studio.context, NEIGHBOUR, "Mira")).pictures
    assert (copied.code, copied.digest) == ("", picture.digest)
    assert await studio.context.store.get(copied.digest)
    with pytest.raises(NotFoundError, match="no_such_picture"):
        await use_as_reference(studio.context, NEIGHBOUR, 1, source, is_agreed=True)


@on_sqlite
async def test_what_one_may_not_see_is_no_source(studio: Studio) -> None:
    private = await painted(studio, caller(ADA, private=True))
    with pytest.raises(NotFoundError, match="no_such_picture"):
        await saved(studio, PictureSource(private.job_id), NEIGHBOUR, is_agreed=True)
    assert await list_characters(studio.context, NEIGHBOUR) == []


@on_sqlite
async def test_a_picture_of_a_message_is_fetched_only_once_it_is_agreed_to(studio: Studio) -> None:
    async with discords_files(studio) as shelf:
        source = PictureSource(brought=shelf.attachment(photo()))
        with pytest.raises(UserError, match="upload_not_agreed"):
            await saved(studio, source)
        assert shelf.asked == []
        made = await saved(studio, source, is_agreed=True)
        found, added = await use_as_reference(studio.context, OWNER, made.id, source, is_agreed=True)
    assert (found.id, added.number, added.is_new) == (made.id, 0, False)


@on_sqlite
async def test_only_ones_own_character_takes_a_picture(studio: Studio) -> None:
    made = await kept(studio)
    theirs = await painted(studio, caller(BEN))
    with pytest.raises(NotFoundError, match="no_such_character"):
        await use_as_reference(
            studio.context, NEIGHBOUR, made.id, PictureSource(theirs.job_id), is_agreed=True
        )
    mine = await painted(studio)
    numbers = [
        (await use_as_reference(studio.context, OWNER, made.id, PictureSource(mine.job_id), is_agreed=False))[
            1
        ]
        for _ in range(2)
    ]
    assert [(each.number, each.is_new) for each in numbers] == [(0, True), (0, False)]
