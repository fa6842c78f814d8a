"""`/show` on Discord: by the link of a message, by a saved file, and what it says where neither helps."""

import asyncio
import base64

import pytest

from services import history
from tests.cogs.house import House, Json, ids, said
from tests.cogs.test_lists import newest_codes
from tests.services.brought import photo
from tests.services.images.stamps import in_encoding, with_xmp
from tests.waiting import HANGS_AFTER_S


async def file_of(house: House, message: Json) -> bytes:
    async with house.session.get(message["attachments"][0]["url"]) as response:
        return await response.read()


async def link_to(house: House, message: Json, host: str = "discord.com") -> str:
    """Return the link of a message that shows pictures, once it is written down that it does."""
    async with asyncio.timeout(HANGS_AFTER_S):
        while not await history.find_pictures_of_message(house.studio.context, int(message["id"])):
            await asyncio.sleep(0.02)
    return f"https://{host}/channels/@me/{message['channel_id']}/{message['id']}"


async def show_file(house: House, data: bytes, name: str, *, user: str = "ada") -> Json:
    """Type the command with a file, and return the message that it ends in."""
    file = {"filename": name, "base64": base64.b64encode(data).decode()}
    answer: Json = await house.act(
        "slash?wait=done", user=user, channel="portraits", name="show", options={}, files={"file": file}
    )
    message: Json = answer["message"] or answer["messages"][-1]
    return message


async def test_the_link_of_a_result_brings_it_back_with_live_buttons(house: House) -> None:
    message = (await house.slash("portrait", count=2))["message"]
    where = await link_to(house, message, "canary.discord.com")
    again = (await house.slash("show", code=where, user="ben", channel="lounge"))["message"]

    assert newest_codes(again) == newest_codes(message)
    assert any(each.startswith("v1:jobs:same:") for each in ids(again))
    once_more = await link_to(house, again)
    assert newest_codes((await house.slash("show", code=once_more))["message"]) == newest_codes(message)


async def test_a_saved_file_brings_its_picture_back(house: House) -> None:
    message = (await house.slash("portrait"))["message"]
    shown = await show_file(house, await file_of(house, message), "photo.png", user="ben")

    assert newest_codes(shown) == newest_codes(message)
    assert any(each.startswith("v1:job:same:") for each in ids(shown))


async def test_the_file_of_a_pair_brings_both_pictures_back(house: House) -> None:
    message = (await house.slash("pair"))["message"]
    shown = await show_file(house, await file_of(house, message), "both.png")

    assert len(shown["attachments"]) == 2
    assert all(code in message["attachments"][0]["filename"] for code in newest_codes(shown))


async def test_a_thumbnail_of_the_history_brings_its_picture_back(house: House) -> None:
    message = (await house.slash("portrait"))["message"]
    listed = (await house.slash("history"))["message"]

    assert newest_codes(await show_file(house, await file_of(house, listed), "x.webp")) == newest_codes(
        message
    )


async def test_a_private_picture_stays_private_by_link_and_by_file(house: House) -> None:
    message = (await house.slash("portrait", private=True))["message"]
    data = await file_of(house, message)

    assert "not yours to see" in said(await show_file(house, data, "photo.png", user="ben"))
    own = await show_file(house, data, "photo.png")
    assert own["flags"] & 64
    assert newest_codes(own) == newest_codes(message)


async def test_the_family_of_a_file_is_shown_too(house: House) -> None:
    message = (await house.slash("portrait"))["message"]
    link = await link_to(house, message)
    family = (await house.slash("show", code=link, lineage=True))["message"]

    assert family["flags"] & 64
    assert newest_codes(message)[0] in said(family)


async def test_a_file_without_a_code_says_to_type_it(house: House) -> None:
    told = await show_file(house, photo(), "IMG_2041.jpg")

    assert told["flags"] & 64
    assert "I find no code in that file" in said(told)


async def test_a_file_whose_metadata_nobody_can_read_is_one_without_a_code(house: House) -> None:
    told = await show_file(house, with_xmp(photo(), in_encoding("x-vendor")), "IMG_2041.jpg")

    assert "I find no code in that file" in said(told)


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        ({}, "Tell me which picture"),
        ({"code": "   "}, "Tell me which picture"),
    ],
)
async def test_says_what_it_needs(house: House, options: dict[str, str], sentence: str) -> None:
    answer = await house.first_answer("show", **options)

    assert answer["message"]["flags"] & 64
    assert sentence in said(answer["message"])


async def test_a_message_of_somebody_else_is_no_picture(house: House) -> None:
    answer = await house.slash("show", code="https://discord.com/channels/1/2/3")
    told = answer["message"] or answer["messages"][-1]

    assert "shows no picture of mine" in said(told)
