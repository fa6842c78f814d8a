"""Rows P8 to P10: what goes wrong while a picture is fetched. Nothing broken is ever kept."""

import asyncio
import base64
import io
import struct
import subprocess
import sys
import textwrap
import zlib

import pytest
from aiohttp import web
from PIL import Image

from cogs._errors import failure_sentence
from services.images import whole
from services.images.decoders import DecodeLimits, Decoders
from tests.faults.passing_time import time_passes
from tests.faults.shop import PICTURE, Shop, Step
from tests.services.faults import endless
from tests.services.images.bombs import huge_in_work
from tests.services.loopback import serve
from tests.services.providers.stand_in import Fault, Stage
from tests.services.studio import Studio

ON_SQLITE = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
LOST = {"result_lost", "result_expired", "provider_lost_order"}


def decoded_whole(data: bytes) -> None:
    with Image.open(io.BytesIO(data)) as picture:
        picture.load()


def png(width: int, height: int, *, is_animated: bool = False) -> bytes:
    """Return a PNG of one grey level that is small as a file and huge as pixels."""
    squeeze = zlib.compressobj(9)
    line = bytes(1 + (width + 7) // 8)
    lines = [squeeze.compress(line * 1000) for _ in range(height // 1000)]
    body = b"".join([*lines, squeeze.compress(line * (height % 1000)), squeeze.flush()])
    head = struct.pack(">IIBBBBB", width, height, 1, 0, 0, 0, 0)
    animation = [(b"acTL", struct.pack(">II", 10_000, 0))] if is_animated else []
    chunks = [(b"IHDR", head), *animation, (b"IDAT", body), (b"IEND", b"")]
    return b"\x89PNG\r\n\x1a\n" + b"".join(
        struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
        for kind, data in chunks
    )


def as_base64(data: bytes) -> str:
    return base64.b64encode(data).decode()


BROKEN_ON_THE_WAY: dict[str, Step] = {
    "cut in the body": {"after": True, "cut_after": 100},
    "reset": {"after": True, "reset": True},
}


@pytest.mark.parametrize("step", BROKEN_ON_THE_WAY.values(), ids=BROKEN_ON_THE_WAY)
@pytest.mark.parametrize("times", [1, 2])
async def test_p8_a_picture_that_broke_on_the_way_is_fetched_again(
    shop: Shop, step: Step, times: int
) -> None:
    shop.script_pictures(*[step] * times)
    result = await shop.painted()

    assert len(result.pictures) == 1
    assert (shop.paid, len(shop.calls(PICTURE))) == (1, times + 1)
    [kept] = shop.pictures_kept()
    decoded_whole(kept)


@pytest.mark.parametrize("step", BROKEN_ON_THE_WAY.values(), ids=BROKEN_ON_THE_WAY)
async def test_p8_after_three_broken_pictures_nothing_is_kept_and_nobody_is_charged(
    shop: Shop, step: Step
) -> None:
    # A reset on a kept connection makes the client itself ask once more within one try.
    shop.script_pictures(*[step] * 6)
    failed = await shop.failure()

    assert (failed.code in LOST, failed.is_charged) == (True, False)
    assert (shop.submits, shop.paid) == (1, 1)
    assert 3 <= len(shop.calls(PICTURE)) <= 6
    assert shop.pictures_kept() == []
    assert (await shop.spending()).user_micro_usd == 0


@ON_SQLITE
async def test_p8_half_a_picture_that_came_without_an_error_is_fetched_again(studio: Studio) -> None:
    studio.server.script(Stage.PICTURE, Fault.TRUNCATED, Fault.TRUNCATED)
    async with studio.engine(), time_passes(studio):
        await studio.order()
        result = await studio.until_delivered()

    decoded_whole(await studio.context.store.get(result.pictures[0].digest))
    assert (studio.server.paid_submits, studio.server.requests.count(("GET", "/pictures/order-1"))) == (1, 3)


NO_PICTURES: dict[str, Step] = {
    "a page": {"status": 200, "body": "<html>not here</html>", "headers": {"Content-Type": "text/html"}},
    "an error in JSON": {"status": 200, "body": {"detail": "no"}},
    "nothing": {"status": 200, "body": ""},
    "a text that says it is a PNG": {"status": 200, "body": "PNG", "headers": {"Content-Type": "image/png"}},
}


@pytest.mark.parametrize("step", NO_PICTURES.values(), ids=NO_PICTURES)
async def test_p9_what_is_no_picture_is_asked_for_again_and_then_told(shop: Shop, step: Step) -> None:
    shop.script_pictures(*[step] * 3)
    failed = await shop.failure()

    assert failed.code in LOST
    assert "could not fetch it" in failure_sentence(failed)
    assert (shop.submits, len(shop.calls(PICTURE)), shop.pictures_kept()) == (1, 3, [])
    assert (await shop.spending()).user_micro_usd == 0


async def test_p9_a_png_by_the_name_of_a_jpeg_is_kept_as_what_it_is(shop: Shop) -> None:
    step = {"status": 200, "body_base64": as_base64(png(256, 256)), "headers": {"Content-Type": "image/jpeg"}}
    shop.script_pictures(step)
    result = await shop.painted()

    assert [picture.image_format for picture in result.pictures] == ["png"]


BOMBS: dict[str, Step] = {
    "sixty megabytes": {"filler_bytes": 60 * 1024 * 1024},
    "30000 x 30000 pixels": {"status": 200, "body_base64": as_base64(png(30_000, 30_000))},
    "an animation of ten thousand pictures": {
        "status": 200,
        "body_base64": as_base64(png(512, 512, is_animated=True)),
    },
}


@pytest.mark.parametrize("step", BOMBS.values(), ids=BOMBS)
async def test_p10_a_bomb_is_refused_and_the_next_try_brings_the_picture(shop: Shop, step: Step) -> None:
    shop.script_pictures(step)
    result = await shop.painted()

    assert [(picture.width, picture.height) for picture in result.pictures] == [(256, 256)]
    assert len(shop.pictures_kept()) == 1


async def test_p10_a_bomb_that_no_header_tells_of_is_killed_and_the_next_try_brings_the_picture(
    shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    decoders = Decoders(DecodeLimits(cpu_s=1))
    monkeypatch.setattr(whole, "DECODERS", decoders)
    shop.script_pictures({"status": 200, "body_base64": as_base64(huge_in_work())})
    result = await shop.painted()

    assert [(picture.width, picture.height) for picture in result.pictures] == [(256, 256)]
    assert (shop.paid, len(shop.pictures_kept()), len(decoders.spare_pids)) == (1, 1, 1)
    decoders.close()


MEASURE = """
    import asyncio, resource, sys
    from services.errors import ProviderBroken
    from services.http import fetch_bytes, open_session
    from services.images.vips import vips
    from services.images.whole import judge, unwrapped

    async def fetch(url):
        async with open_session([url]) as session:
            for path in ("whole", "bomb", "animated", "endless"):
                try:
                    judge(unwrapped(await fetch_bytes(session, f"{url}/{path}", lambda _: True)))
                    print(path, "taken")
                except ProviderBroken as error:
                    print(path, error.code)
                if path == "whole":
                    before_kb = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        return (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before_kb) / 1024

    print("grown", asyncio.run(fetch(sys.argv[1])))
"""


async def test_p10_no_bomb_takes_two_hundred_megabytes() -> None:
    files = {
        "/whole": png(2048, 2048),
        "/bomb": png(30_000, 30_000),
        "/animated": png(512, 512, is_animated=True),
    }

    async def answer(request: web.Request) -> web.StreamResponse:
        data = files.get(request.path)
        return await endless(request) if data is None else web.Response(body=data)

    async with serve(answer) as url:
        command = [sys.executable, "-c", textwrap.dedent(MEASURE), url]
        ran = await asyncio.to_thread(subprocess.run, command, capture_output=True, text=True, check=True)
    said = dict(line.split() for line in ran.stdout.splitlines())

    assert said["whole"] == "taken"
    assert (said["bomb"], said["animated"], said["endless"]) == ("bad_image", "bad_image", "result_too_large")
    assert float(said["grown"]) < 200
