"""`/uploads`: what somebody has brought and what needs it, and its end on request."""

import pytest

from cogs._upload_words import shown_text
from db.characters.character_shares import ShareTarget
from db.engine import Connection
from db.tables.schema import recipes
from services.asks import ImagineAsk, SceneAsk
from services.character_keeping import NewCharacter, create_character, plan_character
from services.character_pictures import PictureState, view_character
from services.character_scenes import create_scene, plan_scene
from services.character_sharing import share_character
from services.characters import find_character
from services.errors import NotFoundError, StorageError, UserError
from services.images.store import ImageStore
from services.imagine import create_imagine, plan_imagine
from services.offers import ModelUnavailable
from services.own_uploads import (
    PAGE,
    ForgottenUploads,
    forget_all_uploads,
    forget_upload,
    list_own_uploads,
    suggest_uploads,
    view_upload,
)
from services.pausing import pause
from services.thumbnails import thumbnails_of
from services.uploads import KnownUpload, UploadKind, list_uploads
from tests.services.brought import DAY_MS, brought, discords_files, photo
from tests.services.finished import finish, looking_at
from tests.services.kept import GIRL, OWNER
from tests.services.studio import ADA, BEN, OPERATOR, Studio, caller

on_sqlite = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
"""For what no SQL decides."""


async def character_with(studio: Studio, name: str, *seeds: int) -> None:
    """Let Ada have a character with pictures that she brings."""
    async with discords_files(studio) as shelf:
        files = tuple(shelf.attachment(photo(seed)) for seed in seeds)
        new = NewCharacter(name, GIRL, "", "", files, is_agreed=True)
        await create_character(studio.context, OWNER, plan_character(studio.context, new))


async def ordered(studio: Studio, known: KnownUpload, user_id: int = ADA) -> tuple[int, ...]:
    """Order a picture that looks at a brought one, and return its jobs."""
    ask = ImagineAsk(caller(user_id), "a keeper", model="scripted/quick", references=known.digest)
    return (await create_imagine(studio.context, plan_imagine(studio.context, ask))).job_ids


async def painted_from(studio: Studio, known: KnownUpload) -> str:
    """Let a picture be finished that looks at a brought one, and return its code."""
    ask = ImagineAsk(caller(), "a keeper", model="scripted/quick", references=known.digest)
    (made,) = await finish(studio, await create_imagine(studio.context, plan_imagine(studio.context, ask)))
    return made.code


async def files_of(studio: Studio) -> int:
    return len(await studio.context.store.list_files("", 100))


async def test_the_list_says_of_each_picture_which_characters_recipes_and_jobs_need_it(
    studio: Studio,
) -> None:
    looking_at(studio, 1)
    await character_with(studio, "Mira", 1, 2)
    await character_with(studio, "Vera", 2)
    third = await brought(studio, photo(3))
    code = await painted_from(studio, third)
    await ordered(studio, third)
    await brought(studio, photo(4))
    page = await list_own_uploads(studio.context, ADA)
    fourth, third_seen, second, first = page.items

    assert (page.page, page.pages, page.total) == (1, 1, 4)
    assert page.total_bytes == sum(each.brought.size_bytes for each in page.items)
    assert [each.names for each in page.items] == [(), (), ("Mira", "Vera"), ("Mira",)]
    assert [(use.name, use.number) for use in second.characters] == [("Mira", 1), ("Vera", 0)]
    assert [(use.code == code, use.is_made) for use in third_seen.recipes] == [(False, False), (True, True)]
    assert [each.open_jobs for each in page.items] == [0, 1, 0, 0]
    assert [each.is_needed for each in (fourth, third_seen, second, first)] == [False, True, True, True]
    assert await view_upload(studio.context, ADA, third.id) == third_seen


async def test_one_that_was_forgotten_and_brought_again_is_needed_by_the_recipe_from_before(
    studio: Studio,
) -> None:
    looking_at(studio, 1)
    first = await brought(studio, photo())
    code = await painted_from(studio, first)
    await studio.context.database.write(_make_recipes_older)
    await forget_upload(studio.context, ADA, first.id, also_from_characters=False)
    again = await brought(studio, photo())

    seen = await view_upload(studio.context, ADA, again.id)
    assert ([each.code for each in seen.recipes], seen.is_needed) == ([code], True)


def _make_recipes_older(conn: Connection) -> None:
    conn.execute(recipes.update().values(created_at_ms=recipes.c.created_at_ms - DAY_MS))


async def test_one_that_waits_with_a_draft_is_needed(studio: Studio) -> None:
    looking_at(studio, 1)
    known, other = await brought(studio, photo(1)), await brought(studio, photo(2))
    await pause(studio.context, OPERATOR, "scripted/quick", "Back at noon.")
    with pytest.raises(ModelUnavailable):
        await ordered(studio, known)

    seen = [await view_upload(studio.context, ADA, each.id) for each in (known, other)]
    assert [(each.is_drafted, each.is_needed) for each in seen] == [(True, True), (False, False)]
    said = [shown_text(seen[0], language, is_lost=False) for language in ("en", "de")]
    assert "waits with it, for a day" in said[0]
    assert "wartet damit" in said[1]


async def test_photos_of_faces_and_other_peoples_pictures_do_not_stand_in_it(studio: Studio) -> None:
    face = await brought(studio, photo(1), UploadKind.FACE)
    bens = await brought(studio, photo(2), user_id=BEN)
    own = await brought(studio, photo(3))

    assert [each.brought.upload for each in (await list_own_uploads(studio.context, ADA)).items] == [own]
    assert [each.upload for each in await suggest_uploads(studio.context, ADA)] == [own]
    for number in (face.id, bens.id, 10**17):
        for doing in (
            view_upload(studio.context, ADA, number),
            forget_upload(studio.context, ADA, number, also_from_characters=True),
        ):
            with pytest.raises(NotFoundError) as refused:
                await doing
            assert refused.value.code == "no_such_upload"
    await forget_all_uploads(studio.context, ADA, also_from_characters=True)
    assert [each.upload for each in await list_uploads(studio.context, ADA)] == [face]
    assert await files_of(studio) == 2


@on_sqlite
async def test_a_long_list_has_pages_and_a_page_behind_the_last_one_is_the_last_one(studio: Studio) -> None:
    known = [await brought(studio, photo(seed, (64, 64))) for seed in range(PAGE + 2)]
    first, second = [await list_own_uploads(studio.context, ADA, page) for page in (1, 2)]

    seen = [each.brought.upload for page in (first, second) for each in page.items]
    assert seen == known[::-1]
    assert (len(first.items), first.pages, first.total) == (PAGE, 2, PAGE + 2)
    assert await list_own_uploads(studio.context, ADA, 99) == second


async def test_a_picture_is_forgotten_with_its_file_and_thumbnail(studio: Studio) -> None:
    first, second = await brought(studio, photo(1)), await brought(studio, photo(2))
    await thumbnails_of(studio.context, [first.digest, second.digest])
    assert await studio.context.store.get_thumbnail(first.digest) is not None
    assert await forget_upload(studio.context, ADA, first.id, also_from_characters=False) == ForgottenUploads(
        1
    )

    assert [each.upload for each in await list_uploads(studio.context, ADA)] == [second]
    assert await files_of(studio) == 1
    assert await studio.context.store.get_thumbnail(first.digest) is None
    assert await studio.context.store.get_thumbnail(second.digest) is not None


async def test_one_that_characters_have_is_deleted_there_only_where_that_was_said(studio: Studio) -> None:
    await character_with(studio, "Mira", 1, 2)
    await character_with(studio, "Vera", 2)
    second, _ = (await list_own_uploads(studio.context, ADA)).items
    with pytest.raises(UserError) as refused:
        await forget_upload(studio.context, ADA, second.number, also_from_characters=False)
    assert (refused.value.code, refused.value.fields["names"]) == ("upload_of_character", "Mira, Vera")
    assert await files_of(studio) == 2

    forgotten = await forget_upload(studio.context, ADA, second.number, also_from_characters=True)
    mira = await view_character(studio.context, OWNER, "Mira")
    vera = await view_character(studio.context, OWNER, "Vera")
    assert forgotten == ForgottenUploads(1, taken_from=("Mira", "Vera"))
    assert [each.state for each in mira.pictures] == [PictureState.HERE, PictureState.REMOVED]
    assert (mira.character.reference_numbers, mira.character.version) == ((0,), 2)
    assert (vera.character.reference_numbers, vera.pictures[0].state) == ((), PictureState.REMOVED)
    assert await files_of(studio) == 1


async def test_all_leaves_those_of_characters_unless_that_was_said(studio: Studio) -> None:
    await character_with(studio, "Mira", 1)
    await brought(studio, photo(2))
    assert await forget_all_uploads(studio.context, ADA, also_from_characters=False) == ForgottenUploads(
        1, kept=1, kept_by=("Mira",)
    )
    assert await files_of(studio) == 1

    forgotten = await forget_all_uploads(studio.context, ADA, also_from_characters=True)
    assert forgotten == ForgottenUploads(1, taken_from=("Mira",))
    assert await files_of(studio) == 0
    assert await forget_all_uploads(studio.context, ADA, also_from_characters=False) == ForgottenUploads(0)


async def test_pictures_in_line_that_look_at_it_are_told_and_not_sent(studio: Studio) -> None:
    looking_at(studio, 1)
    known = await brought(studio, photo())
    await ordered(studio, known)
    await ordered(studio, known)
    forgotten = await forget_upload(studio.context, ADA, known.id, also_from_characters=False)
    async with studio.engine():
        result = await studio.until_delivered(2)

    assert forgotten.open_jobs == 2
    assert studio.server.submits == 0
    assert [failure.code for failure in result.failures] == ["reference_gone"]


async def test_of_the_same_picture_that_somebody_else_brought_nothing_is_said(studio: Studio) -> None:
    looking_at(studio, 1)
    known, bens = await brought(studio, photo()), await brought(studio, photo(), user_id=BEN)
    await ordered(studio, bens, BEN)
    assert known.digest == bens.digest
    assert (await view_upload(studio.context, ADA, known.id)).open_jobs == 0

    forgotten = await forget_upload(studio.context, ADA, known.id, also_from_characters=False)
    assert forgotten == ForgottenUploads(1)
    async with studio.engine():
        result = await studio.until_delivered(1)
    assert (studio.server.submits, len(result.pictures)) == (1, 1)


async def test_somebody_elses_picture_of_a_shared_character_is_counted(studio: Studio) -> None:
    looking_at(studio, 1)
    await character_with(studio, "Mira", 1)
    mira = await find_character(studio.context, OWNER, "Mira")
    await share_character(studio.context, OWNER, "Mira", ShareTarget(is_server=False, id=BEN))
    ask = SceneAsk(caller(BEN), mira.code, "on a boat", model="scripted/quick")
    await create_scene(studio.context, plan_scene(studio.context, ask))
    [seen] = (await list_own_uploads(studio.context, ADA)).items
    forgotten = await forget_all_uploads(studio.context, ADA, also_from_characters=True)

    assert seen.open_jobs == 1
    assert forgotten == ForgottenUploads(1, taken_from=("Mira",), open_jobs=1)


async def test_a_picture_under_way_that_has_it_from_elsewhere_is_not_said_to_stop(studio: Studio) -> None:
    looking_at(studio, 1)
    known = await brought(studio, photo())
    await brought(studio, photo(), UploadKind.FACE)
    await ordered(studio, known)
    assert (await view_upload(studio.context, ADA, known.id)).open_jobs == 1

    forgotten = await forget_upload(studio.context, ADA, known.id, also_from_characters=False)
    assert forgotten == ForgottenUploads(1)


@on_sqlite
async def test_where_the_store_is_away_the_picture_is_forgotten_and_its_file_goes_later(
    studio: Studio, monkeypatch: pytest.MonkeyPatch
) -> None:
    await brought(studio, photo())

    async def away(_store: ImageStore, _digest: str) -> None:
        raise StorageError("image_store_failed", "away")

    monkeypatch.setattr(type(studio.context.store), "delete", away)
    forgotten = await forget_all_uploads(studio.context, ADA, also_from_characters=False)

    assert forgotten == ForgottenUploads(1, are_files_gone=False)
    assert await list_uploads(studio.context, ADA) == ()
