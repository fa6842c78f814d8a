"""What was brought for something that was refused then goes again; what nothing needs goes after a day."""

from collections.abc import Awaitable, Callable
from dataclasses import replace
from typing import Any

import pytest

from db.characters.character_shares import ShareTarget
from db.engine import Connection, Database
from db.pictures import image_faults
from db.tables.schema import drafts
from services import history
from services.asks import Accepted, ImagineAsk, SceneAsk
from services.brought_references import bring_references
from services.character_keeping import NewCharacter, create_character, delete_character, plan_character
from services.character_pictures import add_pictures, remove_picture
from services.character_scenes import create_scene, plan_scene
from services.character_sharing import share_character
from services.character_sources import PictureSource, save_as_character, use_as_reference
from services.characters import find_character
from services.errors import LimitError, NotFoundError, StorageError, UserError
from services.images.store import ImageStore
from services.imagine import create_imagine, plan_imagine
from services.jobs import housekeeping, left_uploads
from services.jobs.housekeeping import Housekeeper
from services.jobs.left_uploads import forget_left
from services.kept_parts import start_brought_imagine
from services.models import UploadKind
from services.offers import ModelUnavailable
from services.pausing import pause
from services.providers.price import Price
from services.uploads import Brought, KnownUpload, bring, list_uploads
from tests.services.brought import DAY_MS, Shelf, brought, discords_files, make_older, photo
from tests.services.finished import finish, looking_at, painted
from tests.services.kept import GIRL, OWNER, kept
from tests.services.studio import ADA, BEN, OPERATOR, Studio, caller

on_sqlite = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
"""For what no SQL decides."""
QUICK = "scripted/quick"
DEAR = Price(600_000)
"""More than anybody may spend in a day."""


async def uploads_and_files(studio: Studio, user_id: int = ADA) -> tuple[int, int]:
    return len(await list_uploads(studio.context, user_id)), len(
        await studio.context.store.list_files("", 100)
    )


async def imagined(studio: Studio, file: Brought, **options: str) -> Accepted:
    """Ask for a picture that looks at a file, as the command does."""
    ask = ImagineAsk(caller(), "a keeper", **{"model": QUICK, **options}, brought=file, has_agreed=True)  # type: ignore[arg-type] # options by name
    known = await bring_references(studio.context, ask)
    return await start_brought_imagine(studio.context, known)()


async def test_what_was_brought_for_a_picture_that_is_too_dear_is_forgotten_again(studio: Studio) -> None:
    looking_at(studio, 1, price=DEAR)
    async with discords_files(studio) as shelf:
        with pytest.raises(LimitError, match="user_daily_cap"):
            await imagined(studio, shelf.attachment(photo()))

    assert len(shelf.asked) == 1
    assert await uploads_and_files(studio) == (0, 0)


@on_sqlite
async def test_so_it_is_where_a_file_beside_it_is_no_picture(studio: Studio) -> None:
    looking_at(studio, 2)
    async with discords_files(studio) as shelf:
        good, bad = shelf.attachment(photo()), shelf.put(b"<html>")
        with pytest.raises(UserError):
            await imagined(studio, good, references=bad)

    assert await uploads_and_files(studio) == (0, 0)


@on_sqlite
async def test_so_it_is_where_what_is_kept_under_a_name_is_not_there(studio: Studio) -> None:
    looking_at(studio, 1)
    async with discords_files(studio) as shelf:
        with pytest.raises(NotFoundError, match="no_such_part"):
            await imagined(studio, shelf.attachment(photo()), preset="mine")

    assert await uploads_and_files(studio) == (0, 0)


async def test_what_was_known_before_stays_where_the_next_picture_is_refused(studio: Studio) -> None:
    looking_at(studio, 1, price=DEAR)
    known = await brought(studio, photo())
    async with discords_files(studio) as shelf:
        with pytest.raises(LimitError):
            await imagined(studio, shelf.attachment(photo()))

    assert [each.upload for each in await list_uploads(studio.context, ADA)] == [known]


async def test_what_waits_with_a_draft_stays(studio: Studio) -> None:
    looking_at(studio, 1)
    await pause(studio.context, OPERATOR, QUICK, "Back at noon.")
    async with discords_files(studio) as shelf:
        with pytest.raises(ModelUnavailable) as refused:
            await imagined(studio, shelf.attachment(photo()))

    assert refused.value.draft_id is not None
    assert await uploads_and_files(studio) == (1, 1)


async def test_what_another_command_has_brought_meanwhile_stays_for_it(studio: Studio) -> None:
    looking_at(studio, 1, price=DEAR)
    async with discords_files(studio) as shelf:
        ask = ImagineAsk(
            caller(), "a keeper", model=QUICK, brought=shelf.attachment(photo()), has_agreed=True
        )
        refused = await bring_references(studio.context, ask)
        again = await bring(studio.context, ADA, shelf.attachment(photo(), "again"), UploadKind.PICTURE)
        with pytest.raises(LimitError):
            await start_brought_imagine(studio.context, refused)()

    assert (refused.kept[0].is_new, again.is_new) == (True, False)
    assert again.agreed_at_ms > refused.kept[0].agreed_at_ms
    assert [each.upload for each in await list_uploads(studio.context, ADA)] == [again]


async def test_what_an_order_looks_at_that_came_meanwhile_stays(studio: Studio) -> None:
    looking_at(studio, 1)
    async with discords_files(studio) as shelf:
        ask = ImagineAsk(
            caller(), "a keeper", model=QUICK, brought=shelf.attachment(photo()), has_agreed=True
        )
        known = await bring_references(studio.context, ask)
        await start_brought_imagine(studio.context, known)()
        looking_at(studio, 1, price=DEAR)
        with pytest.raises(LimitError):
            await start_brought_imagine(
                studio.context, replace(known, ask=replace(known.ask, caller=caller()))
            )()

    assert await uploads_and_files(studio) == (1, 1)


async def new_character(studio: Studio, shelf: Shelf, *files: bytes, name: str = "Mira") -> None:
    brought_files = tuple(shelf.attachment(data, str(number)) for number, data in enumerate(files))
    new = NewCharacter(name, GIRL, "", "", brought_files, is_agreed=True)
    await create_character(studio.context, OWNER, plan_character(studio.context, new))


@on_sqlite
async def test_a_character_that_does_not_come_about_keeps_nothing_that_was_brought_for_it(
    studio: Studio,
) -> None:
    async with discords_files(studio) as shelf:
        with pytest.raises(UserError):
            await new_character(studio, shelf, photo(1), b"<html>")

    assert await uploads_and_files(studio) == (0, 0)


Doing = Callable[[Studio, Shelf, int], Awaitable[object]]


async def _create(studio: Studio, shelf: Shelf, _job_id: int) -> None:
    await new_character(studio, shelf, photo())


async def _save(studio: Studio, shelf: Shelf, _job_id: int) -> object:
    plan = plan_character(studio.context, NewCharacter("Mira", GIRL))
    source = PictureSource(brought=shelf.attachment(photo()))
    return await save_as_character(studio.context, OWNER, plan, source, is_agreed=True)


async def _save_copy(studio: Studio, _shelf: Shelf, job_id: int) -> object:
    plan = plan_character(studio.context, NewCharacter("Mira", GIRL))
    return await save_as_character(studio.context, OWNER, plan, PictureSource(job_id=job_id), is_agreed=True)


async def _add(studio: Studio, shelf: Shelf, _job_id: int) -> object:
    return await add_pictures(studio.context, OWNER, "Vera", "", [shelf.attachment(photo())])


async def _refer(studio: Studio, shelf: Shelf, _job_id: int) -> object:
    vera = await find_character(studio.context, OWNER, "Vera")
    source = PictureSource(brought=shelf.attachment(photo()))
    return await use_as_reference(studio.context, OWNER, vera.id, source, is_agreed=True)


class Meanwhile(Database):
    """The database, before one of whose writes something else happens."""

    def __init__(
        self, database: Database, happens: Callable[[], Awaitable[None]], *, before: int = 2
    ) -> None:
        super().__init__(database._backend)
        self._happens, self._left = happens, before

    async def _run(self, kind: str, transact: Any, work: Any) -> Any:  # noqa: ANN401 - as inherited
        if kind == "write":
            self._left -= 1
            if not self._left:
                await self._happens()
        return await super()._run(kind, transact, work)


@pytest.mark.parametrize("doing", [_create, _save, _save_copy, _add, _refer])
async def test_what_a_character_cannot_take_any_more_is_forgotten_again(studio: Studio, doing: Doing) -> None:
    await kept(studio, "Vera")
    made = await painted(studio, caller(BEN))
    living = studio.context

    async def the_name_is_taken_and_vera_deleted() -> None:
        plan = plan_character(living, NewCharacter("Mira", GIRL))
        await create_character(living, OWNER, plan)
        await delete_character(living, OWNER, "Vera")

    async with discords_files(studio) as shelf:
        meanwhile = Meanwhile(living.database, the_name_is_taken_and_vera_deleted)
        studio.context = replace(studio.context, database=meanwhile)
        with pytest.raises(UserError) as refused:
            await doing(studio, shelf, made.job_id)
    studio.context = living

    assert refused.value.code in {"character_name_taken", "no_such_character"}
    # What Ben's picture is stays where it is.
    assert await uploads_and_files(studio) == (0, 1)


def looked_at(studio: Studio, known: KnownUpload) -> Awaitable[Accepted]:
    """Order a picture that looks at a brought one."""
    ask = ImagineAsk(caller(), "a keeper", model=QUICK, references=known.digest)
    return create_imagine(studio.context, plan_imagine(studio.context, ask))


async def a_day_later(studio: Studio) -> int:
    """Let a day pass for what was brought, and return how many go because nothing needs them."""
    await studio.context.database.write(make_older, DAY_MS + 60_000)
    return await forget_left(studio.context)


@pytest.mark.parametrize("kind", list(UploadKind))
async def test_a_picture_that_nothing_needs_goes_after_a_day_and_not_before(
    studio: Studio, kind: UploadKind
) -> None:
    await brought(studio, photo(1), kind)
    await brought(studio, photo(2), kind, BEN)
    assert await forget_left(studio.context) == 0

    assert await a_day_later(studio) == 2
    assert (await uploads_and_files(studio), await uploads_and_files(studio, BEN)) == ((0, 0), (0, 0))


async def test_what_a_recipe_a_draft_or_a_character_needs_stays(studio: Studio) -> None:
    looking_at(studio, 1)
    by_recipe, by_draft = await brought(studio, photo(1)), await brought(studio, photo(2))
    (picture,) = await finish(studio, await looked_at(studio, by_recipe))
    async with discords_files(studio) as shelf:
        await new_character(studio, shelf, photo(3))
    await pause(studio.context, OPERATOR, QUICK, "Back at noon.")
    with pytest.raises(ModelUnavailable):
        await looked_at(studio, by_draft)
    await brought(studio, photo(4))
    assert await a_day_later(studio) == 1
    assert len(await list_uploads(studio.context, ADA)) == 3

    await history.delete_picture(studio.context, ADA, picture.job_id)
    await delete_character(studio.context, OWNER, "Mira")
    await studio.context.database.write(_forget_drafts)
    assert await a_day_later(studio) == 2
    assert (await list_uploads(studio.context, ADA)) == ()


@pytest.mark.parametrize("is_removed_alone", [True, False])
async def test_what_a_recipe_looks_at_stays_when_its_character_loses_it(
    studio: Studio, is_removed_alone: bool
) -> None:
    looking_at(studio, 1)
    known = await brought(studio, photo(1))
    await finish(studio, await looked_at(studio, known))
    async with discords_files(studio) as shelf:
        await new_character(studio, shelf, photo(1), photo(2))
    if is_removed_alone:
        for number in (0, 1):
            await remove_picture(studio.context, OWNER, "Mira", number)
    else:
        await delete_character(studio.context, OWNER, "Mira")

    assert [each.upload for each in await list_uploads(studio.context, ADA)] == [known]
    assert await a_day_later(studio) == 0


async def test_what_a_draft_waits_with_stays_when_its_character_loses_it(studio: Studio) -> None:
    looking_at(studio, 1)
    known = await brought(studio, photo())
    async with discords_files(studio) as shelf:
        await new_character(studio, shelf, photo())
    await pause(studio.context, OPERATOR, QUICK, "Back at noon.")
    with pytest.raises(ModelUnavailable):
        await looked_at(studio, known)
    await delete_character(studio.context, OWNER, "Mira")

    assert [each.upload for each in await list_uploads(studio.context, ADA)] == [known]


def _forget_drafts(conn: Connection) -> None:
    conn.execute(drafts.delete())


async def test_a_recipe_that_names_it_since_the_look_keeps_it(
    studio: Studio, monkeypatch: pytest.MonkeyPatch
) -> None:
    looking_at(studio, 1)
    known = await brought(studio, photo())
    living = studio.context

    async def it_is_ordered() -> None:
        await looked_at(studio, known)

    await living.database.write(make_older, 2 * DAY_MS)
    monkeypatch.setattr(left_uploads, "RECIPES_AT_ONCE", 1)
    happening = Meanwhile(living.database, it_is_ordered, before=1)
    assert await forget_left(replace(living, database=happening)) == 0

    assert [each.upload for each in await list_uploads(studio.context, ADA)] == [known]


async def test_what_was_brought_again_since_the_look_stays(studio: Studio) -> None:
    await brought(studio, photo())
    living = studio.context

    async def it_is_brought_again() -> None:
        async with discords_files(studio) as shelf:
            await bring(studio.context, ADA, shelf.attachment(photo()), UploadKind.PICTURE)

    await living.database.write(make_older, 2 * DAY_MS)
    happening = Meanwhile(living.database, it_is_brought_again, before=1)
    assert await forget_left(replace(living, database=happening)) == 0
    assert await uploads_and_files(studio) == (1, 1)


@on_sqlite
async def test_many_recipes_are_looked_through_a_page_at_a_time(
    studio: Studio, monkeypatch: pytest.MonkeyPatch
) -> None:
    looking_at(studio, 1)
    monkeypatch.setattr(left_uploads, "RECIPES_AT_ONCE", 1)
    monkeypatch.setattr(left_uploads, "PICTURES_AT_ONCE", 1)
    known = [await brought(studio, photo(seed)) for seed in range(4)]
    for each in known[:3]:
        await looked_at(studio, each)
    assert await a_day_later(studio) == 1

    left = {each.upload.digest for each in await list_uploads(studio.context, ADA)}
    assert left == {each.digest for each in known[:3]}


@on_sqlite
async def test_the_housekeeper_looks_once_a_day(studio: Studio) -> None:
    keeper = Housekeeper(studio.context)
    await brought(studio, photo(1))
    await studio.context.database.write(make_older, 2 * DAY_MS)
    await keeper.tick()
    assert await uploads_and_files(studio) == (0, 0)

    await brought(studio, photo(1))
    await studio.context.database.write(make_older, 2 * DAY_MS)
    await keeper.tick()
    assert await uploads_and_files(studio) == (1, 1)


@on_sqlite
async def test_while_no_file_can_be_removed_all_rows_go_and_the_rest_of_the_house_is_looked_after(
    studio: Studio, monkeypatch: pytest.MonkeyPatch
) -> None:
    await brought(studio, photo(1))
    await brought(studio, photo(2), user_id=BEN)
    made = await painted(studio)
    await studio.context.database.write(make_older, 2 * DAY_MS)
    await studio.context.store.delete(made.digest)

    async def away(_store: ImageStore, _digest: str) -> None:
        raise StorageError("image_store_failed", "away")

    monkeypatch.setattr(type(studio.context.store), "delete", away)
    monkeypatch.setattr(housekeeping, "TOO_NEW_MS", -DAY_MS)
    await Housekeeper(studio.context).tick()

    assert (await list_uploads(studio.context, ADA), await list_uploads(studio.context, BEN)) == ((), ())
    assert await studio.context.database.read(image_faults.of, {made.digest}) == [made.digest]


@on_sqlite
async def test_somebody_elses_scene_of_a_shared_character_needs_what_its_owner_brought(
    studio: Studio,
) -> None:
    looking_at(studio, 1)
    async with discords_files(studio) as shelf:
        await new_character(studio, shelf, photo())
    mira = await find_character(studio.context, OWNER, "Mira")
    await share_character(studio.context, OWNER, "Mira", ShareTarget(is_server=False, id=BEN))
    ask = SceneAsk(caller(BEN), mira.code, "on a boat", model=QUICK)
    await create_scene(studio.context, plan_scene(studio.context, ask))

    assert await a_day_later(studio) == 0
