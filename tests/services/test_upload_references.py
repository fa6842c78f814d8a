"""Brought pictures as references, under other master keys, and in backups."""

import secrets
from dataclasses import replace

import pytest

from db.engine import Database
from services.asks import ImagineAsk, RerunAsk, SeedChoice, Viewer
from services.backups import Plan, back_up, images_of
from services.errors import NotAllowedError, NotFoundError, StartError, UserError
from services.imagine import create_imagine, plan_imagine
from services.key_rotation import check_master_key, rotate
from services.models import Recipe, UploadKind
from services.reference_bytes import reference_bytes
from services.references import KnownReference, find_references, known_references
from services.reruns import rerun
from services.secrets import MasterKey
from services.uploads import KnownUpload, forget
from tests.services.brought import DAY_MS, brought, make_older, photo
from tests.services.finished import finish, looking_at, painted, recipe_of
from tests.services.studio import ADA, BEN, GUILD, Studio, caller
from tests.services.test_key_rotation import DyingDatabase, PowerCut

FACE, PICTURE = UploadKind.FACE, UploadKind.PICTURE
HERE = Viewer(ADA, GUILD)
on_sqlite = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
both_kinds = pytest.mark.parametrize("kind", list(UploadKind))


def reference_to(known: KnownUpload) -> KnownReference:
    return KnownReference(known.digest, known.width, known.height)


async def imagined(studio: Studio, *references: str, user_id: int = ADA) -> Recipe:
    ask = ImagineAsk(caller(user_id), "a keeper", model="scripted/quick", references=" ".join(references))
    return await recipe_of(studio, await create_imagine(studio.context, plan_imagine(studio.context, ask)))


@both_kinds
async def test_its_owner_names_a_brought_picture_by_its_digest(studio: Studio, kind: UploadKind) -> None:
    known = await brought(studio, photo(), kind)

    assert await find_references(studio.context, HERE, [known.digest]) == (reference_to(known),)
    assert await known_references(studio.context, HERE, [known.digest]) == (reference_to(known),)


@both_kinds
async def test_nobody_else_names_it_however_they_know_the_digest(studio: Studio, kind: UploadKind) -> None:
    known = await brought(studio, photo(), kind)
    ben = Viewer(BEN, GUILD)
    with pytest.raises(NotFoundError) as unknown:
        await find_references(studio.context, ben, [known.digest])
    with pytest.raises(NotAllowedError) as refused:
        await known_references(studio.context, ben, [known.digest])

    assert (unknown.value.code, refused.value.code) == ("no_such_upload", "reference_not_yours")


async def test_made_and_brought_pictures_stand_in_the_order_in_which_they_were_named(studio: Studio) -> None:
    made = await painted(studio)
    face, picture = await brought(studio, photo(1), FACE), await brought(studio, photo(2))
    digests = [face.digest, made.digest, picture.digest, face.digest]

    assert [each.digest for each in await known_references(studio.context, HERE, digests)] == digests
    named = await find_references(studio.context, HERE, [face.digest, made.code, picture.digest])
    assert [each.digest for each in named] == digests[:3]


@both_kinds
async def test_what_was_forgotten_or_is_over_is_gone(studio: Studio, kind: UploadKind) -> None:
    known = await brought(studio, photo(), kind)
    if kind is FACE:
        await studio.context.database.write(make_older, 31 * DAY_MS)
    else:
        await forget(studio.context, ADA, known.id)
    # To nobody but its owner is it said that it was a photo.
    for user_id, code in (
        (ADA, "photo_expired" if kind is FACE else "reference_gone"),
        (BEN, "reference_gone"),
    ):
        with pytest.raises(UserError) as caught:
            await known_references(studio.context, Viewer(user_id, GUILD), [known.digest])
        assert caught.value.code == code
    with pytest.raises(NotFoundError):
        await find_references(studio.context, HERE, [known.digest])


@on_sqlite
@both_kinds
async def test_a_provider_gets_the_very_picture_that_was_brought(studio: Studio, kind: UploadKind) -> None:
    looking_at(studio, 2)
    known = await brought(studio, photo(), kind)
    made = await painted(studio)
    async with studio.engine():
        recipe = await imagined(studio, known.digest, made.code)
        await studio.until_delivered(2)  # with the one that was painted before
    (order,) = studio.server.orders.values()

    assert recipe.references == (known.digest, made.digest)
    assert order.body["references"] == [known.digest, made.digest]


@on_sqlite
@both_kinds
async def test_a_job_whose_brought_picture_is_forgotten_meanwhile_is_not_sent(
    studio: Studio, kind: UploadKind
) -> None:
    looking_at(studio, 1)
    known = await brought(studio, photo(), kind)
    await imagined(studio, known.digest)
    await forget(studio.context, ADA, known.id)
    async with studio.engine():
        result = await studio.until_delivered()

    assert studio.server.submits == 0
    assert [failure.code for failure in result.failures] == ["reference_gone"]


@on_sqlite
async def test_a_picture_made_from_a_brought_one_is_made_again_by_its_owner_only(studio: Studio) -> None:
    looking_at(studio, 1)
    known = await brought(studio, photo())
    ask = ImagineAsk(caller(), "a keeper", model="scripted/quick", references=known.digest)
    (made,) = await finish(studio, await create_imagine(studio.context, plan_imagine(studio.context, ask)))
    again = await rerun(studio.context, RerunAsk(caller(), made.job_id, SeedChoice.SAME))
    assert (await recipe_of(studio, again)).references == (known.digest,)

    with pytest.raises(NotAllowedError, match="reference_not_yours"):
        await rerun(studio.context, RerunAsk(caller(BEN), made.job_id, SeedChoice.SAME))
    await forget(studio.context, ADA, known.id)
    for user_id in (ADA, BEN):
        with pytest.raises(UserError, match="reference_gone"):
            await rerun(studio.context, RerunAsk(caller(user_id), made.job_id, SeedChoice.SAME))


def new_key() -> MasterKey:
    return MasterKey(secrets.token_bytes(32))


async def opens(studio: Studio, master_key: MasterKey, faces: list[KnownUpload]) -> bool:
    """Return whether every face opens with this key."""
    context = replace(studio.context, master_key=master_key)
    return all([await reference_bytes(context, each.digest, ADA) for each in faces])


async def three_faces(studio: Studio) -> list[KnownUpload]:
    return [await brought(studio, photo(seed), FACE) for seed in range(3)]


async def test_after_a_rotation_the_new_master_key_alone_opens_the_faces(studio: Studio) -> None:
    faces, old, new = await three_faces(studio), studio.context.master_key, new_key()
    await brought(studio, photo(9))
    assert await rotate(studio.context.database, old, new, at_once=2) == 3

    assert await opens(studio, new, faces)
    await check_master_key(studio.context.database, new)
    with pytest.raises(StartError, match=rf"{new.id} \(3 photos\)"):
        await check_master_key(studio.context.database, old)


@pytest.mark.parametrize("transactions", range(7))
async def test_a_rotation_that_is_killed_at_any_step_ends_well_the_second_time(
    studio: Studio, transactions: int
) -> None:
    faces, old, new = await three_faces(studio), studio.context.master_key, new_key()
    database: Database = studio.context.database
    with pytest.raises(PowerCut):
        await rotate(DyingDatabase(database, transactions), old, new, at_once=2)
    assert await opens(studio, old.beside(new), faces)

    await rotate(database, old.beside(new), new, at_once=2)
    assert await opens(studio, new, faces)


@on_sqlite
async def test_a_backup_has_the_brought_pictures_and_no_face(studio: Studio) -> None:
    picture = await brought(studio, photo(1))
    await brought(studio, photo(2), FACE)
    plan = Plan(studio.folder / "limner.db", studio.folder / "copy.db", studio.folder / "images", 0)
    made = await back_up(plan)

    assert [path.name for path in images_of(made.file).glob("??/??/*")] == [picture.digest]
    assert (made.linked, made.missing) == (1, 0)
