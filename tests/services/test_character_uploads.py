"""Pictures that people bring for a character: agreed to, numbered, sent to models, and gone with it."""

from collections.abc import Sequence

import pytest

from services.asks import SceneAsk
from services.character_keeping import NewCharacter, create_character, delete_character, plan_character
from services.character_pictures import AddedPicture, add_pictures, remove_picture, view_character
from services.character_scenes import create_scene, plan_scene
from services.characters import Character, list_characters
from services.errors import NotFoundError, StorageError, UserError
from services.uploads import Brought, list_uploads
from tests.services.brought import discords_files, photo
from tests.services.finished import looking_at, painted
from tests.services.kept import GIRL, OWNER, kept
from tests.services.studio import ADA, Studio, caller

on_sqlite = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
"""For what no SQL decides."""


async def made_with(
    studio: Studio, brought: Sequence[Brought], *, references: str = "", is_agreed: bool = True
) -> Character:
    new = NewCharacter("Mira", GIRL, "", references, tuple(brought), is_agreed=is_agreed)
    return await create_character(studio.context, OWNER, plan_character(studio.context, new))


async def added(studio: Studio, *brought: Brought) -> list[AddedPicture]:
    return (await add_pictures(studio.context, OWNER, "Mira", "", brought))[1]


async def count_of_brought(studio: Studio) -> int:
    return len(await list_uploads(studio.context, ADA))


async def test_pictures_that_are_brought_count_on_after_results_and_each_is_one_picture(
    studio: Studio,
) -> None:
    result = await painted(studio)
    async with discords_files(studio) as shelf:
        same = photo(1)
        character = await made_with(
            studio, [shelf.attachment(same), shelf.attachment(same, "twin"), shelf.attachment(photo(2))],
            references=result.code,
        )  # fmt: skip
        again = await added(studio, shelf.attachment(same), shelf.attachment(photo(3)))
    view = await view_character(studio.context, OWNER, "Mira")

    assert character.reference_numbers == (0, 1, 2)
    assert [each.code for each in view.pictures] == [result.code, "", "", ""]
    assert [(each.number, each.is_new) for each in again] == [(1, False), (3, True)]


@on_sqlite
async def test_without_an_agreement_nothing_is_fetched(studio: Studio) -> None:
    async with discords_files(studio) as shelf:
        with pytest.raises(UserError, match="upload_not_agreed"):
            await made_with(studio, [shelf.attachment(photo())], is_agreed=False)
    assert shelf.asked == []


@on_sqlite
async def test_a_picture_that_cannot_be_used_leaves_no_character_and_takes_no_number(studio: Studio) -> None:
    async with discords_files(studio) as shelf:
        with pytest.raises(UserError) as caught:
            await made_with(studio, [shelf.attachment(b"<html>")])
        assert caught.value.code == "upload_not_a_picture"
        assert await list_characters(studio.context, OWNER) == []
        await kept(studio)
        with pytest.raises(UserError):
            await added(studio, shelf.attachment(b""))
    assert (await view_character(studio.context, OWNER, "Mira")).pictures == ()


@on_sqlite
async def test_a_taken_name_and_a_foreign_character_are_found_before_anything_is_fetched(
    studio: Studio,
) -> None:
    await kept(studio)
    async with discords_files(studio) as shelf:
        with pytest.raises(UserError, match="character_name_taken"):
            await made_with(studio, [shelf.attachment(photo())])
        with pytest.raises(NotFoundError, match="no_such_character"):
            await add_pictures(studio.context, OWNER, "Vera", "", [shelf.attachment(photo())])
    assert shelf.asked == []


async def test_a_brought_picture_is_sent_to_the_model_in_its_place(studio: Studio) -> None:
    looking_at(studio, 2)
    result = await painted(studio)
    async with discords_files(studio) as shelf:
        await made_with(studio, [shelf.attachment(photo(1))], references=result.code)
    ask = SceneAsk(caller(), "Mira", "on a boat", reference="1,0", model="scripted/quick")
    accepted = await create_scene(studio.context, plan_scene(studio.context, ask))
    async with studio.engine():
        await studio.until_states(accepted, "stored")
    view = await view_character(studio.context, OWNER, "Mira")
    wanted = [view.pictures[1].digest, view.pictures[0].digest]

    (order,) = studio.server.orders.values()
    assert order.body["references"] == wanted


async def test_what_was_brought_goes_with_its_number_unless_another_character_has_it(studio: Studio) -> None:
    async with discords_files(studio) as shelf:
        await made_with(studio, [shelf.attachment(photo(1)), shelf.attachment(photo(2))])
        await kept(studio, "Vera")
        await add_pictures(studio.context, OWNER, "Vera", "", [shelf.attachment(photo(2))])
    view = await view_character(studio.context, OWNER, "Mira")
    assert await count_of_brought(studio) == 2

    await remove_picture(studio.context, OWNER, "Mira", 1)
    assert await count_of_brought(studio) == 2
    await delete_character(studio.context, OWNER, "Mira")
    assert await count_of_brought(studio) == 1
    with pytest.raises(StorageError, match="No such file"):
        await studio.context.store.get(view.pictures[0].digest)
    await delete_character(studio.context, OWNER, "Vera")
    assert await count_of_brought(studio) == 0
