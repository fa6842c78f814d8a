"""Pictures that exist: who finds them, what is suggested, what is told once, and what a deletion leaves."""

import pytest
import sqlalchemy as sa

from db.engine import Connection
from db.tables.schema import requests
from services import history
from services.asks import Viewer
from services.errors import NotAllowedError, NotFoundError, UserError
from services.history import SeenPicture, may_see
from services.jobs.courier import PictureResult
from services.models import Visibility
from services.parked import mark_told, parked_results
from tests.services.finished import finish, ordered, painted, park_all
from tests.services.studio import ADA, BEN, CHANNEL, GUILD, Studio, caller

on_sqlite = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
"""For what no SQL decides."""

OWNER, NEIGHBOUR = Viewer(ADA, GUILD), Viewer(BEN, GUILD)
STRANGERS = (Viewer(BEN, 999), Viewer(BEN))
PUBLIC, PRIVATE = Visibility.PUBLIC, Visibility.PRIVATE


async def codes_for(studio: Studio, user_id: int = ADA, partial: str = "") -> list[str]:
    return [code for _, code in await history.suggest_codes(studio.context, user_id, partial)]


@on_sqlite
@pytest.mark.parametrize(
    ("viewer", "guild_id", "visibility", "sees"),
    [
        (OWNER, GUILD, PUBLIC, True),
        (OWNER, GUILD, PRIVATE, True),
        (Viewer(ADA), GUILD, PRIVATE, True),
        (Viewer(ADA, 999), GUILD, PUBLIC, True),
        (OWNER, None, PUBLIC, True),
        (NEIGHBOUR, GUILD, PUBLIC, True),
        (NEIGHBOUR, GUILD, PRIVATE, False),
        (NEIGHBOUR, None, PUBLIC, False),
        (Viewer(BEN, 999), GUILD, PUBLIC, False),
        (Viewer(BEN), GUILD, PUBLIC, False),
        (Viewer(BEN), None, PUBLIC, False),
        (Viewer(BEN), None, PRIVATE, False),
    ],
)
async def test_shows_a_picture_to_its_owner_and_an_open_one_to_its_server(
    studio: Studio, viewer: Viewer, guild_id: int | None, visibility: Visibility, sees: bool
) -> None:
    picture = await painted(studio, caller(guild_id=guild_id, private=visibility is PRIVATE))

    assert may_see(viewer, SeenPicture(picture, ADA, guild_id, visibility)) is sees
    if sees:
        assert await history.find_picture(studio.context, viewer, picture.code) == picture
        return
    for find in (
        lambda: history.find_picture(studio.context, viewer, picture.code),
        lambda: history.find_picture_of_job(studio.context, viewer, picture.job_id),
        lambda: history.find_pictures_of_job(studio.context, viewer, picture.job_id),
    ):
        with pytest.raises(NotFoundError, match="no_such_picture"):
            await find()


@on_sqlite
@pytest.mark.parametrize("form", ["{}", " {} ", "{}\n"], ids=["plain", "blanks", "line end"])
async def test_finds_a_picture_by_its_code_as_people_type_it(studio: Studio, form: str) -> None:
    picture = await painted(studio)
    typed = form.format(f"{picture.code[:4]}-{picture.code[4:]}".upper())

    assert await history.find_picture(studio.context, OWNER, typed) == picture


@on_sqlite
async def test_says_which_text_is_no_code_and_which_code_is_no_picture(studio: Studio) -> None:
    with pytest.raises(UserError, match="no code in") as caught:
        await history.find_picture(studio.context, OWNER, "hello")
    assert caught.value.code == "bad_code"
    waiting = await studio.portrait()
    for code in ("zzzzzzzz", waiting.codes[0]):
        with pytest.raises(NotFoundError, match="no_such_picture"):
            await history.find_picture(studio.context, OWNER, code)


async def test_finds_all_pictures_of_a_request_by_any_of_its_jobs(studio: Studio) -> None:
    pictures = await finish(studio, await studio.portrait(count=3))
    await painted(studio)
    for picture in pictures:
        found = await history.find_pictures_of_job(studio.context, NEIGHBOUR, picture.job_id)
        assert found == tuple(pictures)
        assert await history.find_picture_of_job(studio.context, NEIGHBOUR, picture.job_id) == picture


@on_sqlite
async def test_knows_whose_job_it_is_before_there_is_a_picture(studio: Studio) -> None:
    accepted = await studio.portrait(caller(BEN))

    assert await history.owner_of_job(studio.context, accepted.job_ids[0]) == BEN
    with pytest.raises(NotFoundError, match="no_such_picture"):
        await history.owner_of_job(studio.context, 4711)


async def test_finds_a_picture_that_was_shown_again_by_its_new_message(studio: Studio) -> None:
    first, second = await finish(studio, await studio.portrait(count=2))
    await history.record_shown(studio.context, second, CHANNEL, 555)

    assert await history.find_pictures_of_message(studio.context, 555) == (second,)
    assert await history.find_pictures_of_message(studio.context, 556) == ()
    assert first != second


async def test_suggests_the_codes_of_ones_own_pictures_newest_first(studio: Studio) -> None:
    mine = [(await painted(studio)).code for _ in range(3)]
    await painted(studio, caller(BEN))
    private = (await painted(studio, caller(private=True))).code
    await studio.portrait()

    assert await codes_for(studio) == [private, *reversed(mine)]


async def test_suggests_the_codes_that_begin_as_typed(studio: Studio) -> None:
    codes = [(await painted(studio)).code for _ in range(6)]
    wanted = codes[2]
    for typed in (wanted[:5], wanted[:5].upper(), f" {wanted[:4]}-{wanted[4]}", wanted, f"{wanted}zzz"):
        assert await codes_for(studio, partial=typed) == [wanted]
    beginning = [code for code in reversed(codes) if code[0] == wanted[0]]
    assert await codes_for(studio, partial=wanted[0]) == beginning


@on_sqlite
@pytest.mark.parametrize("typed", ["%", "_", "\0", "'; --", "\ud800", "🎨"])
async def test_takes_what_is_typed_for_a_code_as_letters_and_never_as_a_pattern(
    studio: Studio, typed: str
) -> None:
    picture = await painted(studio)

    assert await codes_for(studio, partial=typed) == [picture.code]
    assert await codes_for(studio, partial=f"{typed}uuuu") == []


async def test_suggests_what_discord_takes_and_no_more(studio: Studio) -> None:
    for _ in range(9):
        await finish(studio, await studio.portrait(count=3))

    suggested = await history.suggest_codes(studio.context, ADA, "")
    assert len(suggested) == 25
    assert all(label.startswith(f"{code} · ") and len(label) <= 100 for label, code in suggested)
    assert len({code for _, code in suggested}) == 25


async def test_suggests_no_code_of_a_deleted_picture(studio: Studio) -> None:
    kept, gone = await painted(studio), await painted(studio)
    await history.delete_picture(studio.context, ADA, gone.job_id)

    assert await codes_for(studio) == [kept.code]


async def told(studio: Studio, user_id: int = ADA) -> tuple[PictureResult, ...]:
    """Return the pictures that a user is told of, and mark them as told."""
    parked = await parked_results(studio.context, user_id)
    if parked is None:
        return ()
    await mark_told(studio.context, parked)
    return parked.pictures


async def test_tells_of_parked_results_once_and_only_their_owner(studio: Studio) -> None:
    pictures = await finish(studio, await studio.portrait(count=2))
    await park_all(studio)

    assert await told(studio, BEN) == ()
    assert await told(studio) == tuple(pictures)
    assert await told(studio) == ()


async def test_tells_again_of_what_it_could_not_tell(studio: Studio) -> None:
    picture = await painted(studio)
    await park_all(studio)

    for _ in range(2):
        parked = await parked_results(studio.context, ADA)
        assert parked is not None
        assert parked.pictures == (picture,)


async def test_tells_of_many_parked_results_ten_requests_at_a_time_oldest_first(studio: Studio) -> None:
    pictures = [await painted(studio) for _ in range(12)]
    await park_all(studio)

    assert [await told(studio) for _ in range(3)] == [tuple(pictures[:10]), tuple(pictures[10:]), ()]


async def test_tells_nothing_of_what_was_delivered_or_deleted(studio: Studio) -> None:
    deleted = await painted(studio)
    await park_all(studio)
    await painted(studio)
    await history.delete_picture(studio.context, ADA, deleted.job_id)

    assert await told(studio) == ()


@on_sqlite
async def test_only_the_owner_deletes_a_picture(studio: Studio) -> None:
    picture = await painted(studio)

    with pytest.raises(NotAllowedError, match="not_yours"):
        await history.delete_picture(studio.context, BEN, picture.job_id)
    assert await history.find_picture(studio.context, OWNER, picture.code) == picture
    with pytest.raises(NotFoundError, match="no_such_picture"):
        await history.delete_picture(studio.context, ADA, 4711)


async def test_a_deleted_picture_is_gone_for_all_but_its_owner_who_may_delete_it_again(
    studio: Studio,
) -> None:
    picture = await painted(studio)
    deleted = await history.delete_picture(studio.context, ADA, picture.job_id)
    again = await history.delete_picture(studio.context, ADA, picture.job_id)

    assert (deleted.code, deleted.places) == (picture.code, ())
    assert (again.code, again.places) == ("", ())
    with pytest.raises(NotFoundError, match="no_such_picture"):
        await history.delete_picture(studio.context, BEN, picture.job_id)


async def test_names_every_message_that_showed_a_deleted_picture(studio: Studio) -> None:
    first, second = await finish(studio, await studio.portrait(count=2))
    await history.record_shown(studio.context, first, CHANNEL, 555)
    await history.record_shown(studio.context, second, CHANNEL, 556)

    deleted = await history.delete_picture(studio.context, ADA, first.job_id)
    assert [(place.message_id, place.job_ids) for place in deleted.places] == [(555, ())]
    assert await history.find_pictures_of_message(studio.context, 555) == ()
    assert await history.find_pictures_of_message(studio.context, 556) == (second,)


async def test_keeps_the_file_that_another_picture_has_too(studio: Studio) -> None:
    one, other = await finish(studio, await studio.order(count=2))
    assert one.digest == other.digest
    await history.delete_picture(studio.context, ADA, one.job_id)

    assert await studio.context.store.get(other.digest)


def _visibility(conn: Connection, request_id: int) -> str:
    statement = sa.select(requests.c.visibility).where(requests.c.id == request_id)
    return str(conn.execute(statement).scalar_one())


@on_sqlite
async def test_keeps_how_visible_a_request_was_asked_to_be(studio: Studio) -> None:
    accepted = await studio.portrait(caller(private=True))

    assert await studio.context.database.read(_visibility, accepted.request_id) == PRIVATE


@on_sqlite
async def test_a_remote_picture_is_found_with_what_it_was_to_cost(studio: Studio) -> None:
    picture: PictureResult = await ordered(studio)

    found = await history.find_picture(studio.context, NEIGHBOUR, picture.code)
    assert (found.price_micro_usd, found.recipe.model) == (40_000, "scripted/quick")
