"""A result whose file was made while its row was committed: what is sent is what would have been made after it."""

import asyncio
import io
from dataclasses import replace

import pytest
from PIL import Image

from cogs._attachments import picture_files
from services.images.metadata import read_stamp
from services.jobs import ready_files
from services.jobs.courier import PictureResult
from services.jobs.ready_files import ReadyFile
from tests.services.images.stamps import in_encoding, with_xmp
from tests.services.providers import stand_in
from tests.services.studio import Studio

LIMIT_BYTES = 8 * 1024 * 1024


async def came(studio: Studio) -> PictureResult:
    """Return a picture that came the whole way from its provider."""
    async with studio.engine():
        await studio.order(seed=5)
        return (await studio.until_delivered()).pictures[0]


def ready_of(picture: PictureResult, **changes: object) -> ReadyFile:
    assert picture.ready is not None
    return replace(picture.ready, **changes)  # type: ignore[arg-type] # fields by name


async def sent(studio: Studio, picture: PictureResult, limit_bytes: int = LIMIT_BYTES) -> bytes:
    (attachment,) = await picture_files(studio.context, [picture], limit_bytes)
    return attachment.data


def other_bytes() -> "asyncio.Task[bytes]":
    """Return a file that nobody should be sent."""

    async def paint() -> bytes:
        file = io.BytesIO()
        Image.new("RGB", (64, 64), "red").save(file, "PNG")
        return file.getvalue()

    return asyncio.create_task(paint())


async def test_the_file_that_is_ready_is_the_one_that_would_have_been_made(studio: Studio) -> None:
    picture = await came(studio)
    ready = await ready_of(picture).stamping
    made = await sent(studio, replace(picture, ready=None))

    assert ready == made
    stamp = read_stamp(ready)
    assert stamp is not None
    assert (stamp.code, stamp.made_by, stamp.recipe) == (picture.code, "ai", picture.recipe)


async def test_the_file_of_a_large_picture_is_made_in_a_thread_and_no_other_one(
    studio: Studio, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ready_files, "SMALL_BYTES", 0)
    picture = await came(studio)

    assert isinstance(ready_of(picture).stamping, asyncio.Task)
    assert await ready_of(picture).stamping == await sent(studio, replace(picture, ready=None))


async def test_a_file_that_is_ready_is_sent_as_it_is(studio: Studio) -> None:
    picture = await came(studio)
    stamping = other_bytes()

    assert await sent(studio, replace(picture, ready=ready_of(picture, stamping=stamping))) == await stamping


async def test_a_sketch_has_its_file_ready_too(studio: Studio) -> None:
    async with studio.engine():
        await studio.portrait()
        picture = (await studio.until_delivered()).pictures[0]

    assert await ready_of(picture).stamping == await sent(studio, replace(picture, ready=None))


@pytest.mark.parametrize(
    "changes", [{"code": "0000000Z"}, {"job_id": 99}, {"made_by": "sketch"}, {"size_bytes": LIMIT_BYTES}]
)
async def test_a_file_of_something_else_or_too_large_is_not_sent(
    studio: Studio, changes: dict[str, object]
) -> None:
    picture = await came(studio)
    ready = ready_of(picture, stamping=other_bytes(), **changes)

    assert await sent(studio, replace(picture, ready=ready)) == await ready_of(picture).stamping


async def test_a_file_with_another_recipe_is_not_sent(studio: Studio) -> None:
    picture = await came(studio)
    changed = replace(picture, recipe=replace(picture.recipe, image_seed=6))
    stamp = read_stamp(await sent(studio, changed))

    assert stamp is not None
    assert stamp.recipe == changed.recipe


async def test_a_paid_picture_whose_metadata_nobody_can_read_is_kept_and_sent(
    studio: Studio, monkeypatch: pytest.MonkeyPatch
) -> None:
    paint = stand_in.picture_of
    monkeypatch.setattr(stand_in, "picture_of", lambda seed: with_xmp(paint(seed), in_encoding("x-vendor")))
    picture = await came(studio)

    stamp = read_stamp(await sent(studio, picture))
    assert stamp is not None
    assert stamp.code == picture.code
    assert studio.server.paid_submits == 1


@pytest.mark.parametrize("small_bytes", [0, ready_files.SMALL_BYTES])
async def test_a_paid_picture_that_cannot_be_stamped_is_kept_whatever_is_wrong(
    studio: Studio, monkeypatch: pytest.MonkeyPatch, small_bytes: int
) -> None:
    def fail(*_data: bytes, **_stamp: object) -> bytes:
        raise LookupError("of a kind that nobody thought of")

    monkeypatch.setattr(ready_files, "SMALL_BYTES", small_bytes)
    monkeypatch.setattr(ready_files, "stamp", fail)
    picture = await came(studio)

    with pytest.raises(LookupError):
        await sent(studio, picture)
    later = await sent(studio, replace(picture, ready=None))
    assert read_stamp(later) is not None
    assert studio.server.paid_submits == 1
