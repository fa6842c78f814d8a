"""`/imagine reference_file`: a picture that is attached to the command, from the person's hands to the provider."""

import base64
from dataclasses import replace
from types import SimpleNamespace
from typing import Any

import discord
import pytest

from cogs._brought import brought_address, brought_attachment
from services import history
from services.addresses import origins_of
from services.asks import Viewer
from services.context import ATTACHMENTS_AT_ONCE
from services.uploads import list_uploads
from tests.cogs.house import House, Json, said
from tests.services.brought import photo
from tests.services.finished import looking_at
from tests.services.studio import Studio
from tests.waiting import until


@pytest.fixture
async def studio(studio: Studio) -> Studio:
    """A studio whose model looks at two pictures, and whose Discord keeps its files on this machine."""
    looking_at(studio, 2)
    studio.context = replace(studio.context, discord_hosts=origins_of(["http://127.0.0.1"]))
    return studio


def file(data: bytes, name: str = "face.jpg") -> Json:
    return {"reference_file": {"filename": name, "base64": base64.b64encode(data).decode()}}


async def imagine(house: House, data: bytes, *, wait: str = "", **options: object) -> Json:
    """Type `/imagine` with a file attached."""
    options = {"prompt": "a keeper", "model": "scripted/quick", **options}
    body: dict[str, Any] = {"user": "ada", "channel": "portraits", "name": "imagine", "options": options}
    answer: Json = await house.act(f"slash{wait}", **body, files=file(data))
    return answer


async def test_a_picture_is_painted_from_the_file_and_the_codes_beside_it(house: House) -> None:
    context = house.studio.context
    ada = next(int(each.id) for each in house.local.world.users.values() if each.name == "ada")
    await house.slash("portrait", model="sketch")
    [(_, code)] = await history.suggest_codes(context, ada, "")
    made = await history.find_picture(context, Viewer(ada), code)
    await imagine(house, photo(), wait="?wait=done", agreed=True, references=code)
    [kept] = await list_uploads(context, ada)
    (order,) = house.studio.server.orders.values()

    assert order.body["references"] == [kept.upload.digest, made.digest]


async def test_discord_is_answered_before_the_file_is_fetched(house: House) -> None:
    slots = house.studio.context.attachment_slots
    for _ in range(ATTACHMENTS_AT_ONCE):
        await slots.acquire()
    answer = await imagine(house, photo(), agreed=True)
    assert (answer["callback"], house.studio.server.submits) == (5, 0)

    for _ in range(ATTACHMENTS_AT_ONCE):
        slots.release()
    await until(lambda: house.studio.server.submits == 1)


async def test_without_the_persons_word_nothing_is_fetched_and_only_they_are_told(house: House) -> None:
    answer = await imagine(house, photo())

    assert answer["callback"] == 4
    assert "I need your word" in said(answer["message"])
    assert answer["message"]["flags"] & 64
    assert not [
        each for each in await house.requests_seen() if each["path"].startswith("/ephemeral-attachments")
    ]


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"<svg/>", "no PNG, JPEG or WebP"),
        (b"", "no bytes"),
        (photo()[:400], "damaged"),
        (photo(size=(80, 20)), "80 x 20"),
    ],
    ids=["SVG", "nothing", "cut", "small"],
)
async def test_a_bad_file_is_refused_to_its_person_alone_and_nothing_is_ordered(
    house: House, data: bytes, words: str
) -> None:
    await imagine(house, data, agreed=True)
    await house.until_anything_said(words)

    [message] = [each for each in await house.messages() if words in said(each)]
    assert message["flags"] & 64
    assert await house.messages(user="ben") == []
    assert house.studio.server.submits == 0


async def test_a_file_whose_download_is_cut_off_is_not_taken_for_whole(house: House) -> None:
    await house.act("chaos", kind="cdn_cut")
    await imagine(house, photo(), agreed=True)
    await house.until_anything_said("I could not fetch that picture")

    assert house.studio.server.submits == 0


async def test_bi_98_a_file_that_discord_gives_no_more_has_to_be_uploaded_again(house: House) -> None:
    await house.act("chaos", kind="cdn_expired")
    await imagine(house, photo(), agreed=True)
    await house.until_anything_said("Please upload it again")

    assert house.studio.server.submits == 0


@pytest.mark.parametrize("name", ["../../etc/passwd", "x" * 300, "a\0.png", "a.png.html", "\u202egnp.exe"])
def test_bi_77_what_a_file_is_called_and_claims_to_be_is_not_looked_at(name: str) -> None:
    wire: Any = {
        "id": "1", "filename": name, "size": 7, "content_type": "text/html", "proxy_url": "https://evil.example/",
        "url": "https://cdn.discordapp.com/attachments/1/2/a?ex=1",
    }  # fmt: skip
    nobody: Any = SimpleNamespace(http=None)
    brought = brought_attachment(discord.Attachment(data=wire, state=nobody))

    assert (brought.address, brought.size_bytes, brought.is_attachment) == (wire["url"], 7, True)
    assert wire["url"] not in repr(brought)
    assert not brought_address(" https://a.example ").is_attachment
