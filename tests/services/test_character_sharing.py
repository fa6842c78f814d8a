"""Characters that others may use: who finds them, which pictures go along, copies, and the end of it."""

import pytest

from db.characters.character_shares import ShareTarget
from services.asks import RerunAsk, SceneAsk, SeedChoice, Viewer
from services.character_keeping import CharacterChange, delete_character, edit_character, rename_character
from services.character_pictures import PictureState, add_pictures, view_character
from services.character_scenes import create_scene, plan_scene
from services.character_sharing import (
    MOST_SHARES,
    copy_character,
    end_sharing,
    list_shares,
    share_character,
)
from services.characters import find_character, list_characters, suggest_characters
from services.errors import LimitError, NotAllowedError, NotFoundError, UserError
from services.history import delete_picture
from services.jobs.courier import CharacterTag, PictureResult
from services.reruns import rerun
from services.uploads import list_uploads
from tests.services.brought import discords_files, photo
from tests.services.finished import finish, looking_at, painted, recipe_of
from tests.services.kept import NEIGHBOUR, OWNER, kept, with_most
from tests.services.studio import ADA, BEN, GUILD, Studio, caller

on_sqlite = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
"""For what no SQL decides."""

QUICK = "scripted/quick"
HERE_SERVER, TO_BEN = ShareTarget(is_server=True, id=GUILD), ShareTarget(is_server=False, id=BEN)
ELSEWHERE, DIRECT = Viewer(BEN, 999), Viewer(BEN)
HIDDEN, HERE = PictureState.HIDDEN, PictureState.HERE


async def scene_by(studio: Studio, user_id: int, *, private: bool = False, **options: str) -> PictureResult:
    asked = {"character": "Mira", "scene": "on a boat"} | options
    ask = SceneAsk(caller(user_id, private=private), **asked)  # type: ignore[arg-type] # options by name
    (made,) = await finish(studio, await create_scene(studio.context, plan_scene(studio.context, ask)))
    return made


async def names_for(studio: Studio, viewer: Viewer) -> list[str]:
    return [each.name for each in await suggest_characters(studio.context, viewer, "")]


async def test_a_shared_character_is_found_where_it_is_shared_and_nowhere_else(studio: Studio) -> None:
    made = await kept(studio)
    await share_character(studio.context, OWNER, "Mira", HERE_SERVER)
    assert await names_for(studio, NEIGHBOUR) == ["Mira"]
    assert await names_for(studio, ELSEWHERE) == await names_for(studio, DIRECT) == []
    with pytest.raises(NotFoundError, match="no_such_character"):
        await find_character(studio.context, ELSEWHERE, made.code)

    await end_sharing(studio.context, OWNER, "Mira", HERE_SERVER)
    await share_character(studio.context, OWNER, "Mira", TO_BEN)
    await share_character(studio.context, OWNER, "Mira", TO_BEN)
    for viewer in (NEIGHBOUR, ELSEWHERE, DIRECT):
        found = await find_character(studio.context, viewer, "mira")
        assert (found.id, found.is_own) == (made.id, False)
    assert await list_shares(studio.context, OWNER, made) == [TO_BEN]
    assert await list_shares(studio.context, NEIGHBOUR, made) == []


@on_sqlite
async def test_own_characters_come_first_and_win_over_shared_ones_of_that_name(studio: Studio) -> None:
    await kept(studio)
    await share_character(studio.context, OWNER, "Mira", HERE_SERVER)
    own = await kept(studio, viewer=NEIGHBOUR)
    await kept(studio, "Vera", viewer=NEIGHBOUR)

    assert (await find_character(studio.context, NEIGHBOUR, "Mira")).id == own.id
    assert await names_for(studio, NEIGHBOUR) == ["Vera", "Mira", "Mira"]
    listed = [each.character.is_own for each in await list_characters(studio.context, NEIGHBOUR)]
    assert listed == [True, True, False]


@on_sqlite
async def test_of_two_shared_ones_of_a_name_the_code_says_which(studio: Studio) -> None:
    made = [await kept(studio, viewer=Viewer(user_id, GUILD)) for user_id in (ADA, 3)]
    for each, user_id in zip(made, (ADA, 3), strict=True):
        await share_character(studio.context, Viewer(user_id, GUILD), each.code, HERE_SERVER)
    with pytest.raises(UserError, match="ambiguous_character"):
        await find_character(studio.context, NEIGHBOUR, "Mira")
    assert (await find_character(studio.context, NEIGHBOUR, made[1].code)).id == made[1].id


@on_sqlite
async def test_only_its_owner_changes_a_shared_character(studio: Studio) -> None:
    picture = await painted(studio, caller(BEN))
    await kept(studio)
    await share_character(studio.context, OWNER, "Mira", TO_BEN)
    for change in (
        lambda: edit_character(studio.context, NEIGHBOUR, "Mira", CharacterChange("taken over")),
        lambda: rename_character(studio.context, NEIGHBOUR, "Mira", "Vera"),
        lambda: delete_character(studio.context, NEIGHBOUR, "Mira"),
        lambda: add_pictures(studio.context, NEIGHBOUR, "Mira", picture.code),
        lambda: share_character(studio.context, NEIGHBOUR, "Mira", HERE_SERVER),
    ):
        with pytest.raises(NotAllowedError, match="character_not_yours"):
            await change()


async def test_what_its_owner_gave_it_goes_along_and_private_scenes_do_not(studio: Studio) -> None:
    given = await painted(studio, caller(private=True))
    async with discords_files(studio) as shelf:
        await kept(studio, references=given.code)
        await add_pictures(studio.context, OWNER, "Mira", "", [shelf.attachment(photo())])
    await scene_by(studio, ADA, private=True)
    await scene_by(studio, ADA)
    await share_character(studio.context, OWNER, "Mira", TO_BEN)

    seen = [each.state for each in (await view_character(studio.context, NEIGHBOUR, "Mira")).pictures]
    assert seen == [HERE, HERE, HIDDEN, HERE]
    away = [each.state for each in (await view_character(studio.context, DIRECT, "Mira")).pictures]
    assert away == [HERE, HERE, HIDDEN, HIDDEN]
    await edit_character(studio.context, OWNER, "Mira", CharacterChange(references="2"))
    after = [each.state for each in (await view_character(studio.context, DIRECT, "Mira")).pictures]
    assert after == [HERE, HERE, HERE, HIDDEN], "its owner let the private scene stand for it"


async def test_whoever_may_use_it_makes_scenes_with_its_pictures_that_count_on(studio: Studio) -> None:
    looking_at(studio, 2)
    given = await painted(studio, caller(private=True))
    async with discords_files(studio) as shelf:
        await kept(studio, references=given.code)
        await add_pictures(studio.context, OWNER, "Mira", "", [shelf.attachment(photo())])
    await share_character(studio.context, OWNER, "Mira", HERE_SERVER)
    ask = SceneAsk(caller(BEN), "Mira", "on a boat", reference="1,0", model=QUICK)
    accepted = await create_scene(studio.context, plan_scene(studio.context, ask))
    async with studio.engine():
        await studio.until_states(accepted, "stored")
    recipe = await recipe_of(studio, accepted)

    (order,) = studio.server.orders.values()
    assert order.body["references"] == list(recipe.references)
    assert recipe.references[1] == given.digest
    view = await view_character(studio.context, NEIGHBOUR, "Mira")
    assert [each.number for each in view.pictures] == [0, 1, 2]
    again = RerunAsk(caller(BEN), accepted.job_ids[0], SeedChoice.NEW)
    assert (await recipe_of(studio, await rerun(studio.context, again))).references == recipe.references


@on_sqlite
async def test_the_owner_does_not_see_what_somebody_else_made_privately(studio: Studio) -> None:
    await kept(studio)
    await share_character(studio.context, OWNER, "Mira", HERE_SERVER)
    private = await scene_by(studio, BEN, private=True)
    assert private.character == CharacterTag("Mira", 1, 0)

    view = await view_character(studio.context, OWNER, "Mira")
    assert [each.state for each in view.pictures] == [HIDDEN]
    with pytest.raises(UserError) as caught:
        await scene_by(studio, ADA, reference="0")
    assert caught.value.code == "character_picture_hidden"


async def test_after_its_end_a_rerun_of_a_lent_picture_is_refused_and_the_picture_stays(
    studio: Studio,
) -> None:
    looking_at(studio, 1)
    given = await painted(studio, caller(private=True))
    await kept(studio, references=given.code)
    await share_character(studio.context, OWNER, "Mira", TO_BEN)
    made = await scene_by(studio, BEN, model=QUICK)
    await end_sharing(studio.context, OWNER, "Mira", TO_BEN)
    with pytest.raises(NotAllowedError, match="reference_not_yours"):
        await rerun(studio.context, RerunAsk(caller(BEN), made.job_id, SeedChoice.NEW))
    with pytest.raises(NotFoundError, match="not_shared"):
        await end_sharing(studio.context, OWNER, "Mira", TO_BEN)


@on_sqlite
async def test_a_person_may_decline_what_is_shared_with_them_and_not_with_their_server(
    studio: Studio,
) -> None:
    await kept(studio)
    await share_character(studio.context, OWNER, "Mira", TO_BEN)
    await end_sharing(studio.context, NEIGHBOUR, "Mira", HERE_SERVER)
    assert await names_for(studio, NEIGHBOUR) == []

    await share_character(studio.context, OWNER, "Mira", HERE_SERVER)
    with pytest.raises(NotFoundError, match="not_shared"):
        await end_sharing(studio.context, NEIGHBOUR, "Mira", HERE_SERVER)


@on_sqlite
async def test_it_is_shared_with_somebody_else_and_with_so_many_at_most(studio: Studio) -> None:
    await kept(studio)
    with pytest.raises(UserError, match="share_with_oneself"):
        await share_character(studio.context, OWNER, "Mira", ShareTarget(is_server=False, id=ADA))
    for user_id in range(100, 100 + MOST_SHARES):
        await share_character(studio.context, OWNER, "Mira", ShareTarget(is_server=False, id=user_id))
    with pytest.raises(LimitError, match="too_many_shares"):
        await share_character(studio.context, OWNER, "Mira", HERE_SERVER)


async def test_a_copy_is_ones_own_with_the_pictures_that_one_may_see(studio: Studio) -> None:
    given, second = await painted(studio, caller(private=True)), await painted(studio)
    async with discords_files(studio) as shelf:
        await kept(studio, features="eye color=green", references=f"{given.code} {second.code}")
        await add_pictures(studio.context, OWNER, "Mira", "", [shelf.attachment(photo())])
    await scene_by(studio, ADA, private=True)
    await edit_character(studio.context, OWNER, "Mira", CharacterChange(references="2,0"))
    await share_character(studio.context, OWNER, "Mira", TO_BEN)
    copied = await copy_character(studio.context, NEIGHBOUR, "Mira", "")
    original = await view_character(studio.context, OWNER, "Mira")
    await delete_picture(studio.context, ADA, given.job_id)
    await delete_character(studio.context, OWNER, "Mira")

    view = await view_character(studio.context, NEIGHBOUR, "Mira")
    assert (copied.is_own, copied.version, copied.features) == (True, 1, original.character.features)
    assert copied.reference_numbers == (2, 0)
    assert [each.digest for each in view.pictures] == [each.digest for each in original.pictures[:3]]
    assert len(await list_uploads(studio.context, BEN)) == 3
    for each in view.pictures:
        assert await studio.context.store.get(each.digest)


@on_sqlite
async def test_a_copy_of_ones_own_takes_another_name_and_the_same_pictures(studio: Studio) -> None:
    given = await painted(studio)
    await kept(studio, references=given.code)
    with pytest.raises(UserError, match="character_name_taken"):
        await copy_character(studio.context, OWNER, "Mira", "")
    await copy_character(studio.context, OWNER, "Mira", "Vera")
    view = await view_character(studio.context, OWNER, "Vera")

    assert [each.code for each in view.pictures] == [given.code]
    assert await list_uploads(studio.context, ADA) == ()


@on_sqlite
async def test_without_room_nothing_is_copied(studio: Studio) -> None:
    await kept(studio)
    await share_character(studio.context, OWNER, "Mira", TO_BEN)
    with_most(studio, 0)
    with pytest.raises(LimitError, match="too_many_characters"):
        await copy_character(studio.context, NEIGHBOUR, "Mira", "")
    assert await names_for(studio, NEIGHBOUR) == ["Mira"]
