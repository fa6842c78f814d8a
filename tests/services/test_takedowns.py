"""Pictures that were taken down: deleted wherever they are kept, and taken from nobody any more."""

import hashlib
from io import BytesIO

import pytest
import sqlalchemy as sa
from PIL import Image

from cogs._errors import sentence_of
from db.engine import Connection
from db.pictures import takedowns
from db.tables.schema import images
from services.character_keeping import NewCharacter, create_character, plan_character
from services.character_pictures import PictureState, view_character
from services.errors import NotFoundError, StartError, UserError
from services.history import find_picture
from services.images.cleaning import clean
from services.images.metadata import stamp
from services.jobs import noted_takedowns
from services.jobs.courier import PictureResult
from services.jobs.housekeeping import Housekeeper
from services.jobs.noted_takedowns import end_noted_takedowns
from services.models import JsonValue
from services.operator_verbs import Desk, perform
from services.settings import Settings
from services.uploads import UploadKind, list_uploads
from tests.services.brought import brought, discords_files, photo
from tests.services.finished import ordered, painted
from tests.services.kept import GIRL, OWNER
from tests.services.studio import ADA, BEN, Studio

on_sqlite = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
"""For what no SQL decides."""
FACE, PICTURE = UploadKind.FACE, UploadKind.PICTURE


async def verb(studio: Studio, name: str, **arguments: JsonValue) -> JsonValue:
    """Ask as the operator's command does."""
    return await perform(Desk(studio.context, Settings(_env_file=None)), f"takedown.{name}", arguments)


async def taken_down(studio: Studio, *named: str) -> dict[str, JsonValue]:
    answer = await verb(studio, "add", named=list(named))
    assert isinstance(answer, dict)
    return answer


async def files_of(studio: Studio) -> int:
    return len(await studio.context.store.list_files("", 100))


def file_digests(data: bytes) -> tuple[str, str]:
    """Return the digests by which the command names a file: of its clean copy, and its own."""
    return hashlib.sha256(clean(data).data).hexdigest(), hashlib.sha256(data).hexdigest()


async def test_a_picture_goes_from_everybody_who_brought_it_and_comes_back_from_nobody(
    studio: Studio,
) -> None:
    async with discords_files(studio) as shelf:
        new = NewCharacter("Mira", GIRL, "", "", (shelf.attachment(photo(1)),), is_agreed=True)
        await create_character(studio.context, OWNER, plan_character(studio.context, new))
    known = await brought(studio, photo(1), user_id=BEN)
    face = await brought(studio, photo(1), FACE)
    other = await brought(studio, photo(2))
    answer = await taken_down(studio, known.digest)
    view = await view_character(studio.context, OWNER, "Mira")

    assert face.digest == known.digest
    assert {name: answer[name] for name in ("uploads", "pictures", "people", "messages")} == {
        "uploads": 3, "pictures": 0, "people": 2, "messages": [],
    }  # fmt: skip
    assert (view.pictures[0].state, view.character.reference_numbers) == (PictureState.REMOVED, ())
    assert [each.upload for each in await list_uploads(studio.context, ADA)] == [other]
    assert await files_of(studio) == 1
    for kind, user_id in ((PICTURE, ADA), (PICTURE, BEN), (FACE, ADA)):
        with pytest.raises(UserError) as refused:
            await brought(studio, photo(1), kind, user_id)
        assert refused.value.code == "upload_taken_down"
    assert await files_of(studio) == 1


async def test_what_its_file_says_beside_the_pixels_does_not_hide_it(studio: Studio) -> None:
    await taken_down(studio, (await brought(studio, photo(1))).digest)
    data = photo(1)
    commented = data[:2] + b"\xff\xfe\x00\x09another" + data[2:]
    assert clean(commented).data == clean(data).data
    with pytest.raises(UserError, match="taken down"):
        await brought(studio, commented)


@on_sqlite
async def test_one_that_was_saved_in_another_format_is_another_picture(studio: Studio) -> None:
    buffer, again = BytesIO(), BytesIO()
    with Image.open(BytesIO(photo(1))) as picture:
        picture.save(buffer, "JPEG", subsampling="4:2:0")
    with Image.open(buffer) as picture:
        picture.save(again, "PNG")
    await taken_down(studio, (await brought(studio, buffer.getvalue())).digest)

    assert (await brought(studio, again.getvalue())).id
    with pytest.raises(UserError, match="taken down"):
        await brought(studio, buffer.getvalue())


async def test_a_result_goes_with_its_recipe_and_is_not_taken_when_somebody_brings_it(studio: Studio) -> None:
    made = await ordered(studio)
    data = await studio.context.store.get(made.digest)
    answer = await taken_down(studio, made.code)

    assert (answer["pictures"], answer["people"]) == (1, 1)
    assert answer["digests"] == [made.digest, hashlib.sha256(clean(data).data).hexdigest()]
    with pytest.raises(NotFoundError):
        await find_picture(studio.context, OWNER, made.code)
    with pytest.raises(UserError, match="taken down"):
        await brought(studio, data, user_id=BEN)
    assert await files_of(studio) == 0


async def test_a_result_goes_by_the_file_that_discord_has_of_it(studio: Studio) -> None:
    made = await ordered(studio)
    data = await studio.context.store.get(made.digest)
    copied, file = file_digests(stamp(data, recipe=made.recipe, code=made.code, made_by="ai"))
    answer = await verb(studio, "add", named=[copied, file], stamped=[made.code])
    assert isinstance(answer, dict)

    assert file != made.digest
    assert (answer["pictures"], answer["others"]) == (1, [])
    assert await files_of(studio) == 0


async def test_a_forged_stamp_deletes_nothing_of_others(studio: Studio) -> None:
    made = await ordered(studio)
    copied, file = file_digests(stamp(photo(1), recipe=None, code=made.code, made_by="ai"))
    answer = await verb(studio, "add", named=[copied, file], stamped=[made.code, "7k2m9xq4"])
    assert isinstance(answer, dict)

    assert (answer["pictures"], answer["others"]) == (0, [made.code])
    assert (await find_picture(studio.context, OWNER, made.code)).digest == made.digest


async def test_other_pictures_stay(studio: Studio) -> None:
    made = await painted(studio)
    kept = await brought(studio, photo(1))
    await taken_down(studio, "ab" * 32)

    assert (await find_picture(studio.context, OWNER, made.code)).digest == made.digest
    assert [each.upload for each in await list_uploads(studio.context, ADA)] == [kept]


async def test_the_list_has_each_picture_once_and_what_is_lifted_may_be_brought_again(studio: Studio) -> None:
    made = await ordered(studio)
    data = await studio.context.store.get(made.digest)
    digests = (await taken_down(studio, made.code))["digests"]
    assert isinstance(digests, list)
    await taken_down(studio, str(digests[1]), str(digests[0]))
    [row] = found if isinstance(found := await verb(studio, "list"), list) else []
    assert isinstance(row, dict)
    assert (row["digest"], row["digests"]) == (made.digest, 2)

    await verb(studio, "remove", digest=str(digests[1]))
    assert await verb(studio, "list") == []
    assert (await brought(studio, data)).digest == digests[1]
    with pytest.raises(StartError, match="no such picture was taken down"):
        await verb(studio, "remove", digest=str(digests[1]))


async def test_what_was_taken_down_by_its_file_and_by_its_code_is_lifted_as_one(studio: Studio) -> None:
    made = await ordered(studio)
    data = await studio.context.store.get(made.digest)
    copied, file = file_digests(stamp(data, recipe=made.recipe, code=made.code, made_by="ai"))
    await taken_down(studio, copied, file)
    answer = await taken_down(studio, made.code)
    [row] = found if isinstance(found := await verb(studio, "list"), list) else []
    assert isinstance(row, dict)

    assert answer["digests"] == [made.digest, copied, file]
    assert (row["digest"], row["digests"]) == (copied, 3)
    await verb(studio, "remove", digest=made.digest)
    assert await verb(studio, "list") == []
    assert (await brought(studio, data)).digest == copied


async def test_two_entries_become_one_where_both_turn_out_to_be_one_picture(studio: Studio) -> None:
    first, second, third = "ab" * 32, "cd" * 32, "ef" * 32
    await taken_down(studio, first)
    await taken_down(studio, second, third)
    answer = await taken_down(studio, second, first)
    assert answer["digests"] == [second, first, third]
    await verb(studio, "remove", digest=third)
    assert await verb(studio, "list") == []


async def test_what_a_stop_left_goes_by_any_digest_of_the_entry(studio: Studio) -> None:
    made = await ordered(studio)
    copy = hashlib.sha256(clean(await studio.context.store.get(made.digest)).data).hexdigest()
    await studio.context.database.write(takedowns.add, [copy, made.digest])
    assert (await taken_down(studio, copy))["pictures"] == 1
    with pytest.raises(NotFoundError):
        await find_picture(studio.context, OWNER, made.code)


@on_sqlite
@pytest.mark.parametrize(
    ("named", "words"),
    [
        (["7k2m9xq4"], "there is no such picture"),
        (["../x"], "neither a code nor a digest"),
        ([], "expected a code"),
    ],
)
async def test_what_names_no_picture_is_said_to_the_operator(
    studio: Studio, named: list[JsonValue], words: str
) -> None:
    with pytest.raises(StartError, match=words):
        await verb(studio, "add", named=named)


def test_whoever_brings_it_is_told_in_their_language() -> None:
    error = UserError("upload_taken_down")

    assert "taken that picture down" in sentence_of(error, "en")
    assert "gesperrt" in sentence_of(error, "de")


async def noted_only(studio: Studio, made: PictureResult) -> None:
    """Leave what a process leaves that dies once the take-down is noted."""
    await studio.context.database.write(takedowns.add, [made.digest])


async def test_what_a_killed_take_down_has_left_is_deleted_by_the_housekeeper(studio: Studio) -> None:
    made, other = await ordered(studio), await painted(studio)
    await noted_only(studio, made)
    assert await end_noted_takedowns(studio.context) == 1
    assert await end_noted_takedowns(studio.context) == 0

    with pytest.raises(NotFoundError):
        await find_picture(studio.context, OWNER, made.code)
    assert (await find_picture(studio.context, OWNER, other.code)).digest == other.digest
    assert await files_of(studio) == 1


@pytest.mark.parametrize("moment", ["start", "tick"])
@on_sqlite
async def test_the_housekeeper_looks_for_what_was_taken_down(studio: Studio, moment: str) -> None:
    made = await ordered(studio)
    await noted_only(studio, made)
    await getattr(Housekeeper(studio.context), moment)()

    assert await files_of(studio) == 0


async def test_what_was_painted_since_then_and_what_was_lifted_stays(studio: Studio) -> None:
    made = await ordered(studio)
    await noted_only(studio, made)

    def was_painted_since(conn: Connection) -> None:
        conn.execute(sa.update(images).values(created_at_ms=images.c.created_at_ms + 3_600_000))

    await studio.context.database.write(was_painted_since)
    assert await end_noted_takedowns(studio.context) == 0
    await verb(studio, "remove", digest=made.digest)
    assert await end_noted_takedowns(studio.context) == 0
    assert (await find_picture(studio.context, OWNER, made.code)).digest == made.digest


@on_sqlite
async def test_one_look_deletes_so_many_and_the_next_one_the_rest(
    studio: Studio, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(noted_takedowns, "AT_ONCE", 2)
    for _ in range(3):
        await noted_only(studio, await painted(studio))

    assert [await end_noted_takedowns(studio.context) for _ in range(3)] == [2, 1, 0]
