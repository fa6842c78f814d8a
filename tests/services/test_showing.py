"""What somebody wants to see again: by code, by the link of a message, by a file; and never more than they may see."""

from dataclasses import replace

import pytest

from services import history
from services.asks import Viewer
from services.errors import NotFoundError, UserError
from services.images.metadata import read_codes, stamp
from services.jobs.courier import PictureResult
from services.showing import ShownBy, find_shown
from services.uploads import Brought
from tests.services.brought import discords_files, photo
from tests.services.finished import finish, painted
from tests.services.studio import ADA, BEN, CHANNEL, GUILD, Studio, caller

pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)

OWNER, NEIGHBOUR, STRANGER = Viewer(ADA, GUILD), Viewer(BEN, GUILD), Viewer(BEN, 999)
MESSAGE = 1234567890123456789
HOSTS = ("discord.com", "ptb.discord.com", "canary.discord.com", "discordapp.com", "127.0.0.1:8765")


def link(message_id: int = MESSAGE, host: str = "discord.com", place: str = "10/20") -> str:
    return f"https://{host}/channels/{place}/{message_id}"


async def shown(studio: Studio, viewer: Viewer, text: str) -> list[int]:
    return [picture.job_id for picture in await find_shown(studio.context, viewer, ShownBy(text))]


async def of_file(
    studio: Studio, viewer: Viewer, data: bytes, name: str = "IMG_1.png"
) -> tuple[PictureResult, ...]:
    async with discords_files(studio) as shelf:
        return await find_shown(studio.context, viewer, ShownBy(file=shelf.attachment(data), file_name=name))


async def code_of_error(studio: Studio, viewer: Viewer, data: bytes, name: str = "IMG_1.png") -> str:
    with pytest.raises((UserError, NotFoundError)) as caught:
        await of_file(studio, viewer, data, name)
    return caught.value.code


async def test_a_code_is_found_as_ever(studio: Studio) -> None:
    picture = await painted(studio)

    assert await shown(studio, OWNER, f" {picture.code.upper()} ") == [picture.job_id]
    with pytest.raises(UserError, match="no code in"):
        await shown(studio, OWNER, "https://example.com/picture.png")


@pytest.mark.parametrize("host", HOSTS)
async def test_the_link_of_a_message_brings_all_its_pictures(studio: Studio, host: str) -> None:
    pictures = await finish(studio, await studio.portrait(count=3))
    await history.record_sheet(studio.context, pictures, CHANNEL, MESSAGE)

    assert await shown(studio, NEIGHBOUR, link(host=host)) == [picture.job_id for picture in pictures]
    assert await shown(studio, NEIGHBOUR, f" <{link(host=host)}> ") == [each.job_id for each in pictures]


async def test_the_link_of_a_message_shows_nobody_what_they_may_not_see(studio: Studio) -> None:
    picture = await painted(studio, caller(private=True))
    await history.record_shown(studio.context, picture, CHANNEL, MESSAGE)

    assert await shown(studio, OWNER, link(place="@me/20")) == [picture.job_id]
    for viewer in (NEIGHBOUR, STRANGER):
        with pytest.raises(NotFoundError) as caught:
            await shown(studio, viewer, link())
        assert caught.value.code == "no_such_message"


@pytest.mark.parametrize("message_id", [1, 2**63 - 1])
async def test_a_message_that_shows_nothing_of_ours_is_no_code(studio: Studio, message_id: int) -> None:
    with pytest.raises(NotFoundError) as caught:
        await shown(studio, OWNER, link(message_id))
    assert caught.value.code == "no_such_message"


async def test_a_saved_file_is_found_by_its_stamp_whatever_it_is_called(studio: Studio) -> None:
    picture = await painted(studio)
    saved = stamp(photo(), recipe=picture.recipe, code=picture.code, made_by="sketch")

    assert await of_file(studio, NEIGHBOUR, saved) == (picture,)
    assert await of_file(studio, NEIGHBOUR, saved, "limner-zzzzzzzz.png") == (picture,)


async def test_the_file_of_a_pair_brings_both(studio: Studio) -> None:
    first, second = await finish(studio, await studio.portrait(count=2))
    sheet = stamp(photo(), recipe=None, code=f"{first.code}-{second.code}", made_by="sketch")

    assert read_codes(sheet) == (first.code, second.code)
    assert await of_file(studio, OWNER, sheet) == (first, second)
    await history.delete_picture(studio.context, ADA, first.job_id)
    assert await of_file(studio, OWNER, sheet) == (second,)


async def test_a_forged_stamp_opens_nothing(studio: Studio) -> None:
    picture = await painted(studio, caller(private=True))
    forged = stamp(photo(), recipe=picture.recipe, code=picture.code, made_by="ai")

    assert await code_of_error(studio, NEIGHBOUR, forged) == "no_such_picture"
    assert await of_file(studio, OWNER, forged) == (picture,)


async def test_the_very_bytes_that_we_keep_are_known_without_a_stamp(studio: Studio) -> None:
    picture = await painted(studio, caller(private=True))
    original = await studio.context.store.get(picture.digest)

    assert await of_file(studio, OWNER, original) == (picture,)
    assert await code_of_error(studio, NEIGHBOUR, original, f"limner-{picture.code}.png") == "no_such_picture"


async def test_a_file_whose_stamp_was_stripped_is_found_by_its_name(studio: Studio) -> None:
    picture = await painted(studio)

    assert await of_file(studio, OWNER, photo(), f"limner-{picture.code}.jpg") == (picture,)
    assert await of_file(studio, OWNER, photo(), f"limner-{picture.code} (1).jpg") == (picture,)
    assert await code_of_error(studio, STRANGER, photo(), f"limner-{picture.code}.jpg") == "no_such_picture"


async def test_a_file_that_says_nothing_says_what_to_do_instead(studio: Studio) -> None:
    assert await code_of_error(studio, OWNER, photo()) == "file_without_code"
    assert await code_of_error(studio, OWNER, photo(), "limner-.png") == "file_without_code"


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (b"just words", "upload_not_a_picture"),
        (photo()[:40], "upload_damaged"),
        (b"\x89PNG\r\n\x1a\n" + b"\x00" * 30, "upload_damaged"),
        (b"RIFF\x04\x00\x00\x00WEBP", "upload_damaged"),
    ],
)
async def test_a_file_that_is_no_picture_is_refused(studio: Studio, data: bytes, code: str) -> None:
    assert await code_of_error(studio, OWNER, data) == code


async def test_a_file_that_is_too_large_is_not_even_asked_for(studio: Studio) -> None:
    async with discords_files(studio) as shelf:
        file = replace(shelf.attachment(photo()), size_bytes=10**9)
        with pytest.raises(UserError) as caught:
            await find_shown(studio.context, OWNER, ShownBy(file=file))
    assert caught.value.code == "upload_too_large"
    assert shelf.asked == []


async def test_a_file_that_lies_elsewhere_is_not_fetched(studio: Studio) -> None:
    file = Brought("https://127.0.0.1/limner.png", is_attachment=True, size_bytes=10)
    with pytest.raises(UserError) as caught:
        await find_shown(studio.context, OWNER, ShownBy(file=file))
    assert caught.value.code == "upload_expired"


async def test_nothing_of_a_file_is_kept(studio: Studio) -> None:
    picture = await painted(studio)
    saved = stamp(photo(), recipe=None, code=picture.code, made_by="sketch")
    await of_file(studio, OWNER, saved)

    assert [each.digest for each in await studio.context.store.list_files("", 10)] == [picture.digest]
