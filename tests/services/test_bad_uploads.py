"""Bad pictures and bad addresses that people bring: each has a clear sentence, and nothing of it is kept.

The numbers are those of the list of bad inputs; what a file may hide is in `tests/services/images/test_cleaning.py`.
"""

import asyncio
import logging
import zlib
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path

import pytest
from aiohttp import web

from cogs._errors import sentence_of
from db.pictures import uploads
from services.addresses import origins_of
from services.context import ADDRESSES_AT_ONCE
from services.errors import LimnerError, StorageError, UserError
from services.http import Timeouts
from services.images import decoders
from services.images.cleaning import MAX_UPLOAD_BYTES
from services.images.room import Room
from services.languages import find_text
from services.models import UploadKind
from services.uploads import Brought, KnownUpload, bring
from tests.services.brought import NAME, PUBLIC, Internet, discords_files, internet, photo
from tests.services.images.bad_files import refused
from tests.services.images.pictures import decode, picture_bytes
from tests.services.loopback import serve
from tests.services.studio import ADA, Studio
from tests.waiting import HANGS_AFTER_S, until

pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)

REFUSED = list(refused())
MIB = 1024 * 1024


async def refusal_of(studio: Studio, brought: Brought) -> LimnerError:
    """Return why a picture is refused, once nothing of it is left."""
    with pytest.raises(LimnerError) as caught:
        await bring(studio.context, ADA, brought, UploadKind.PICTURE)
    sentence = sentence_of(caught.value)

    assert find_text("en", f"errors.{caught.value.code}") is not None
    assert "charged" in sentence
    assert "127.0.0.1" not in sentence
    assert not list((studio.folder / "images").rglob("??/??/*"))
    assert await studio.context.database.read(uploads.list_of_user, ADA) == []
    return caught.value


def typed(address: str) -> Brought:
    return Brought(address, is_attachment=False)


@pytest.mark.parametrize(("data", "code"), [row[1:] for row in REFUSED], ids=[row[0] for row in REFUSED])
async def test_a_bad_picture_is_refused_with_a_sentence_about_it(
    studio: Studio, data: bytes, code: str
) -> None:
    async with discords_files(studio) as shelf:
        error = await refusal_of(studio, shelf.attachment(data, "face.png"))

    assert isinstance(error, UserError)
    assert error.code == code


async def test_bi_60_a_refusal_for_its_size_names_the_size_and_the_limits(studio: Studio) -> None:
    async with discords_files(studio) as shelf:
        large = sentence_of(await refusal_of(studio, shelf.attachment(picture_bytes("PNG", (8200, 64)))))
        small = sentence_of(await refusal_of(studio, shelf.attachment(picture_bytes("PNG", (63, 64)))))

    assert all(word in large for word in ("8200 x 64", "8192", "40 million"))
    assert all(word in small for word in ("63 x 64", "64 pixels"))


@asynccontextmanager
async def endless(studio: Studio, size: int, *, says_length: bool) -> AsyncIterator[tuple[str, list[int]]]:
    """Serve so many bytes without end; give the address, and how many were taken."""
    taken = [0]

    async def handler(request: web.Request) -> web.StreamResponse:
        response = web.StreamResponse()
        if says_length:
            response.content_length = size
        await response.prepare(request)
        while taken[0] < size:
            await response.write(bytes(MIB))
            taken[0] += MIB
        return response

    async with serve(handler) as url:
        hosts = origins_of([url])
        studio.context = replace(studio.context, discord_hosts=hosts)
        yield f"{url}/a.png", taken


@pytest.mark.parametrize(
    ("number", "size", "says_length"),
    [("BI-57", 50 * MIB, True), ("BI-57", 50 * MIB, False), ("BI-58", 20 * MIB + 1, True)],
)
async def test_too_many_bytes_are_refused_while_they_come(
    studio: Studio, number: str, size: int, says_length: bool
) -> None:
    async with endless(studio, size, says_length=says_length) as (url, taken):
        error = await refusal_of(studio, Brought(url, is_attachment=True))

    assert (error.code, error.fields["maximum_mb"]) == ("upload_too_large", 20), number
    assert taken[0] <= 45 * MIB  # what stands in the buffers of both ends


async def test_bi_57_what_discord_says_to_be_too_large_is_not_even_asked_for(studio: Studio) -> None:
    async with discords_files(studio) as shelf:
        large = replace(shelf.attachment(photo()), size_bytes=MAX_UPLOAD_BYTES + 1)
        assert (await refusal_of(studio, large)).code == "upload_too_large"

    assert shelf.asked == []


async def test_a_small_answer_that_unpacks_to_a_large_one_is_refused(studio: Studio) -> None:
    async with discords_files(studio) as shelf:
        shelf.headers["Content-Encoding"] = "deflate"
        packed = zlib.compress(bytes(60 * MIB), 9)
        assert (await refusal_of(studio, shelf.attachment(packed))).code == "upload_too_large"


@pytest.mark.parametrize("content_type", ["text/html", "", "image/gif", "image/png, text/html"])
@pytest.mark.parametrize("name", ["JPEG", "PNG", "WEBP"])
async def test_bi_71_and_72_what_a_file_is_stands_in_its_bytes_alone(
    studio: Studio, content_type: str, name: str
) -> None:
    async with discords_files(studio) as shelf:
        shelf.headers["Content-Type"] = content_type
        known = await bring(
            studio.context, ADA, shelf.attachment(picture_bytes(name), "face.gif"), UploadKind.PICTURE
        )

    assert decode(await studio.context.store.get(known.digest)).format == "JPEG"


NAMES = ("../../etc/passwd", "x" * 300, "a%00.png", "a.png.html", "\u202egnp.exe", "CON", "a b;rm -rf")


@pytest.mark.parametrize("name", NAMES)
async def test_bi_77_the_name_of_a_file_leads_nowhere(studio: Studio, name: str) -> None:
    async with discords_files(studio) as shelf:
        known = await bring(studio.context, ADA, shelf.attachment(photo(), "f"), UploadKind.PICTURE)
        shelf.files[f"/{name}"] = photo()
        # Whatever Discord makes of it in its address: it is fetched, or it is not.
        odd = Brought(f"{shelf.url}/{name}", is_attachment=True)
        try:
            assert await bring(studio.context, ADA, odd, UploadKind.PICTURE) == known
        except UserError as error:
            assert error.code in {"upload_expired"}  # noqa: PT017 - either outcome is right
    found = [path for path in studio.folder.rglob("*") if path.is_file() and "limner.db" not in path.name]

    assert {path.name for path in found} == {known.digest}


ADDRESSES: dict[str, tuple[str, ...]] = {
    "BI-81": ("http://127.0.0.1", "https://127.0.0.1/a.png", "https://127.0.0.1:443/"),
    "BI-82": ("https://2130706433/", "https://0x7f000001/", "https://0177.0.0.1/", "https://127.1/", "https://0/"),
    "BI-83": ("https://0.0.0.0/", "https://[::]/"),
    "BI-84": ("https://[::1]/", "https://[::ffff:127.0.0.1]/", "https://[::ffff:a9fe:a9fe]/"),
    "BI-85": (
        "https://[::127.0.0.1]/", "https://[64:ff9b::7f00:1]/", "https://[2002:7f00:1::]/", "https://[fec0::1]/",
        "https://[fe80::1%25eth0]/",
    ),
    "BI-87": ("https://169.254.169.254/latest/", "https://[fd00:ec2::254]/", "https://metadata.google.internal/"),
    "BI-88": (
        "https://10.0.0.1/", "https://172.16.0.1/", "https://192.168.0.1/", "https://100.64.0.1/",
        "https://192.0.0.8/", "https://198.18.0.1/", "https://224.0.0.1/", "https://240.0.0.1/",
    ),
    "BI-89": (
        "https://localhost/", "https://localhost./", "https://foo.localhost/", "https://limner.example/show",
        "https://LIMNER.example./", "https://api.provider.example/a.png",
    ),
    "BI-90": (
        "http://cdn.discordapp.com@evil.example/", "https://cdn.discordapp.com@evil.example/",
        "https://cdn.discordapp.com\\@evil.example/", "https://evil.example%2fcdn.discordapp.com/",
        "https://evil.example\t/", "https://evil.example\n/", "//cdn.discordapp.com/a.png",
    ),
    "BI-91": (
        "file:///etc/passwd", "ftp://a.example/a.png", "gopher://a.example/", "data:image/png;base64,AAAA",
        "javascript:alert(1)", "unix:/var/run/docker.sock",
    ),
    "BI-92": tuple(f"https://a.example:{port}/" for port in (22, 25, 6379, 0, 65536, 8443)),
}  # fmt: skip
OWN = ("https://api.provider.example", "http://127.0.0.1:8400")


@pytest.fixture
async def net(studio: Studio, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Internet]:
    """The internet, for a service at limner.example that asks a provider in its own network."""
    async with internet(studio, tmp_path, monkeypatch, *OWN) as opened:
        opened.names["api.provider.example"] = ["10.0.0.7"]
        studio.context = replace(
            studio.context, public_url="https://limner.example", discord_hosts=origins_of(OWN[1:])
        )
        yield opened


@pytest.mark.parametrize("number", ADDRESSES)
async def test_an_address_that_leads_inside_is_not_asked(studio: Studio, net: Internet, number: str) -> None:
    for address in ADDRESSES[number]:
        assert (await refusal_of(studio, typed(address))).code == "address_refused", address

    assert (net.asked, net.connected) == ([], [])


async def test_a_public_address_is_fetched_over_tls(studio: Studio, net: Internet) -> None:
    known = await bring(studio.context, ADA, typed(net.shelf.put(photo())), UploadKind.PICTURE)

    assert (known.width, net.asked, net.connected) == (120, [NAME], [PUBLIC])


@pytest.mark.parametrize("looked_up", ["127.0.0.1", "10.0.0.1", "169.254.169.254", "192.168.1.1"])
async def test_bi_95_a_name_that_leads_inside_is_not_connected_to(
    studio: Studio, net: Internet, looked_up: str
) -> None:
    net.names["rebinding.example"] = [looked_up]
    assert (await refusal_of(studio, typed("https://rebinding.example/a.png"))).code == "address_refused"

    assert net.connected == []


async def test_bi_95_a_name_is_looked_up_once_and_what_was_judged_is_connected_to(
    studio: Studio, net: Internet
) -> None:
    net.names[NAME] = [PUBLIC, "127.0.0.1"]
    await bring(studio.context, ADA, typed(net.shelf.put(photo())), UploadKind.PICTURE)

    assert (net.asked, net.connected) == ([NAME], [PUBLIC])


REDIRECTS = {
    "this machine": "http://127.0.0.1/",
    "an IP address": "https://10.0.0.1/",
    "a file": "file:///etc/passwd",
    "without https": f"http://{NAME}/b.png",
    "a stand-in of the settings": "http://127.0.0.1:8400/fal/a.png",
    "a provider's host in the own network": "https://api.provider.example/a.png",
    "the service itself": "https://limner.example/hooks",
    "a user": f"https://ada:word@{NAME}/b.png",
}


@pytest.mark.parametrize("to", REDIRECTS.values(), ids=REDIRECTS)
async def test_bi_96_a_redirect_to_the_inside_is_not_followed(studio: Studio, net: Internet, to: str) -> None:
    net.shelf.redirects["/a.png"] = to
    error = await refusal_of(studio, typed(f"https://{NAME}/a.png"))

    assert (error.code, net.shelf.asked, net.connected) == ("address_refused", ["/a.png"], [PUBLIC])


@pytest.mark.parametrize("length", [20, 4])
async def test_bi_96_no_more_than_three_redirects_are_followed(
    studio: Studio, net: Internet, length: int
) -> None:
    net.shelf.redirects |= {f"/{step}": f"/{step + 1}" for step in range(length)}
    net.shelf.put(photo(), str(length))
    assert (await refusal_of(studio, typed(f"https://{NAME}/0"))).code == "upload_unreachable"

    assert net.shelf.asked == ["/0", "/1", "/2", "/3"]


async def test_bi_96_a_loop_of_redirects_ends(studio: Studio, net: Internet) -> None:
    net.shelf.redirects |= {"/a": "/b", "/b": "/a"}
    assert (await refusal_of(studio, typed(f"https://{NAME}/a"))).code == "upload_unreachable"


async def test_a_redirect_to_another_public_place_is_followed(studio: Studio, net: Internet) -> None:
    net.shelf.redirects["/a"] = "https://other.example/b"
    net.shelf.put(photo(), "b")

    assert await bring(studio.context, ADA, typed(f"https://{NAME}/a"), UploadKind.PICTURE)


@pytest.mark.parametrize("status", [401, 403, 404, 410])
@pytest.mark.parametrize("is_attachment", [True, False])
async def test_bi_98_an_address_of_discords_that_is_over_asks_for_the_picture_again(
    studio: Studio, net: Internet, status: int, is_attachment: bool
) -> None:
    net.shelf.statuses["/attachments/1/2/a.png"] = status
    address = "https://cdn.discordapp.com/attachments/1/2/a.png?ex=1&is=2&hm=3"
    error = await refusal_of(studio, Brought(address, is_attachment=is_attachment))

    assert error.code == "upload_expired"
    assert "upload it again" in sentence_of(error)


@pytest.mark.parametrize(
    ("status", "code"),
    [(404, "address_gone"), (403, "address_gone"), (500, "upload_unreachable"), (429, "upload_unreachable")],
)
async def test_what_another_host_refuses_is_said_as_what_it_is(
    studio: Studio, net: Internet, status: int, code: str
) -> None:
    net.shelf.statuses["/a.png"] = status

    assert (await refusal_of(studio, typed(f"https://{NAME}/a.png"))).code == code


async def test_a_host_that_is_not_there_is_said_to_be_unreachable(studio: Studio, net: Internet) -> None:
    net.names["gone.example"] = ["93.184.215.99"]
    for name in ("gone.example", "unknown.example"):
        assert (await refusal_of(studio, typed(f"https://{name}/a.png"))).code == "upload_unreachable"


@pytest.mark.parametrize(
    "address",
    [
        f"https://{NAME}/a.png", "https://cdn.discordapp.com.evil.example/a.png", "http://cdn.discordapp.com/a.png",
        "http://127.0.0.2:8400/a.png", "https://evil.example/#cdn.discordapp.com",
    ],
)  # fmt: skip
async def test_an_attachment_lies_with_discord_and_nowhere_else(
    studio: Studio, net: Internet, address: str
) -> None:
    assert (await refusal_of(studio, Brought(address, is_attachment=True))).code == "upload_expired"

    assert (net.asked, net.connected) == ([], [])


async def test_an_attachment_that_leads_on_to_another_host_is_not_followed(
    studio: Studio, net: Internet
) -> None:
    net.shelf.redirects["/attachments/1/2/a.png"] = f"https://{NAME}/b.png"
    brought = Brought("https://cdn.discordapp.com/attachments/1/2/a.png", is_attachment=True)

    assert (await refusal_of(studio, brought)).code == "upload_expired"
    assert net.shelf.asked == ["/attachments/1/2/a.png"]


async def test_slow_hosts_of_strangers_hold_up_no_attachment(studio: Studio, net: Internet) -> None:
    released = asyncio.Event()
    net.shelf.put(photo(), "slow.jpg")
    net.shelf.put(photo(), "attachments/1/2/a.jpg")
    net.shelf.held["/slow.jpg"] = released

    def bringing(address: str, *, is_attachment: bool) -> "asyncio.Future[KnownUpload]":
        brought = Brought(address, is_attachment=is_attachment)
        return asyncio.ensure_future(bring(studio.context, ADA, brought, UploadKind.PICTURE))

    slow = [bringing(f"https://{NAME}/slow.jpg", is_attachment=False) for _ in range(ADDRESSES_AT_ONCE + 2)]
    await until(lambda: len(net.shelf.asked) == ADDRESSES_AT_ONCE)
    async with asyncio.timeout(HANGS_AFTER_S):
        known = await bringing("https://cdn.discordapp.com/attachments/1/2/a.jpg", is_attachment=True)
    assert net.shelf.asked.count("/slow.jpg") == ADDRESSES_AT_ONCE

    released.set()
    assert set(await asyncio.gather(*slow)) == {known}


async def test_a_host_that_goes_mute_is_given_up(studio: Studio, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("services.uploads.FETCH_WITHIN", Timeouts(total_s=0.3))
    mute = asyncio.Event()

    async def handler(_request: web.Request) -> web.Response:
        await mute.wait()
        return web.Response()

    async with serve(handler) as url:
        studio.context = replace(studio.context, discord_hosts=origins_of([url]))
        error = await refusal_of(studio, Brought(f"{url}/a.png", is_attachment=True))
        mute.set()

    assert error.code == "upload_unreachable"


async def test_where_no_process_for_pictures_starts_the_picture_is_not_to_blame(
    studio: Studio, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    program = tmp_path / "decode_process.py"
    program.write_text("raise SystemExit(3)")
    decoders.CLEANERS.close()
    monkeypatch.setattr(decoders, "_PROGRAM", program)
    async with discords_files(studio) as shelf:
        with pytest.raises(StorageError) as caught:
            await bring(studio.context, ADA, shelf.attachment(photo()), UploadKind.PICTURE)

    assert caught.value.code == "decoder_failed"


async def test_nothing_is_fetched_while_the_disk_is_full(studio: Studio) -> None:
    studio.context = replace(studio.context, room=Room([studio.folder], min_free_bytes=2**62))
    async with discords_files(studio) as shelf:
        with pytest.raises(StorageError) as caught:
            await bring(studio.context, ADA, shelf.attachment(photo()), UploadKind.FACE)

    assert (caught.value.code, shelf.asked) == ("disk_full", [])


async def test_no_address_and_no_word_of_the_file_stands_in_the_log(
    studio: Studio, net: Internet, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("DEBUG", logger="services")
    net.shelf.statuses["/a.png"] = 404
    brought = typed(f"https://{NAME}/a.png?signature=of-ada")
    await refusal_of(studio, brought)

    # The far side writes a log of its own in this process.
    ours = [record for record in caplog.records if record.name.startswith("services.")]
    assert ours
    assert not [text for text in map(logging.Formatter().format, ours) if "of-ada" in text]
    assert "of-ada" not in repr(brought)
