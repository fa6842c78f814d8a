import dataclasses
import json
import struct

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from services.errors import StorageError, UserError
from services.images import png, webp
from services.images.guard import measure
from services.images.metadata import STAMP_ROOM_BYTES, Stamp, has_credentials, read_stamp
from services.images.xmp import MadeBy
from services.models import DrawnFeature
from services.recipes import recipe_to_json
from tests.services.images.pictures import FORMATS, decode, draw, encode, picture_bytes, pixels, png_chunk
from tests.services.images.stamps import AI, CODE, FOREIGN, RECIPE, descriptions, stamped, with_xmp

LONG = dataclasses.replace(RECIPE, prompt="\U0001f600<" * 20_000)
EXIF = Image.Exif()
EXIF[0x010E] = "kept description"
ALGORITHM = "http://cv.iptc.org/newscodes/digitalsourcetype/algorithmicMedia"


@pytest.mark.parametrize("name", FORMATS)
@given(
    size=st.tuples(st.integers(1, 70), st.integers(1, 70)),
    mode=st.sampled_from(["RGB", "RGBA", "L"]),
    prompt=st.text(st.characters(), max_size=50),
    made_by=st.sampled_from(["ai", "sketch"]),
)
@settings(max_examples=40)
def test_stamped_pictures_keep_their_pixels_and_read_back(
    name: str, size: tuple[int, int], mode: str, prompt: str, made_by: MadeBy
) -> None:
    picture = draw(size, "RGB" if name == "JPEG" and mode == "RGBA" else mode)
    data = encode(picture, name, lossless=size[0] % 2 == 0)  # only WebP knows that option
    recipe = dataclasses.replace(RECIPE, prompt=prompt)
    copy = stamped(data, recipe, made_by=made_by)
    assert pixels(copy) == pixels(data)
    assert read_stamp(copy) == Stamp(CODE, made_by, recipe)


@pytest.mark.parametrize(("made_by", "source"), [("ai", AI), ("sketch", ALGORITHM)])
@pytest.mark.parametrize("name", FORMATS)
def test_other_programs_read_who_made_it(name: str, made_by: MadeBy, source: str) -> None:
    (description,) = descriptions(stamped(picture_bytes(name), made_by=made_by))
    assert description["DigitalSourceType"] == source
    assert description["CreatorTool"] == "Limner"
    assert description["code"] == CODE
    assert CODE in description["description"]
    assert json.loads(description["recipe"]) == recipe_to_json(RECIPE)


def test_a_png_carries_the_stamp_as_plain_json_too() -> None:
    note = json.loads(decode(stamped(picture_bytes("PNG"))).info["limner"])
    assert note == {"code": CODE, "made_by": "ai", "recipe": recipe_to_json(RECIPE)}


def test_a_png_whose_json_was_thrown_away_is_read_by_its_xmp() -> None:
    data = stamped(picture_bytes("PNG"))
    (note,) = (c for c in png.read_chunks(data) if data[c.body_start :].startswith(png.STAMP_KEYWORD))
    assert read_stamp(data[: note.start] + data[note.end :]) == Stamp(CODE, "ai", RECIPE)


@pytest.mark.parametrize("name", FORMATS)
def test_an_older_stamp_is_replaced(name: str) -> None:
    once = stamped(picture_bytes(name))
    other = dataclasses.replace(RECIPE, prompt="new")
    again = stamped(stamped(once, other, "00000000", "sketch"), other, "00000000", "sketch")
    assert again == stamped(picture_bytes(name), other, "00000000", "sketch")
    assert read_stamp(again) == Stamp("00000000", "sketch", other)
    assert CODE.encode() not in again


@pytest.mark.parametrize("name", FORMATS)
def test_other_metadata_is_kept(name: str) -> None:
    profile = b"\0" * 36 + b"acsp" + b"\0" * 100
    data = encode(draw(), name, exif=EXIF, icc_profile=profile)
    copy = stamped(data)
    assert decode(copy).getexif()[0x010E] == "kept description"
    assert decode(copy).info["icc_profile"] == profile
    assert pixels(copy) == pixels(data)


def test_a_recipe_too_long_for_a_jpeg_segment_is_left_out_and_the_rest_stays() -> None:
    copy = stamped(picture_bytes("JPEG"), LONG)
    assert read_stamp(copy) == Stamp(CODE, "ai", None)
    assert descriptions(copy)[0]["DigitalSourceType"] == AI


@pytest.mark.parametrize("name", ["PNG", "WEBP"])
def test_png_and_webp_carry_a_recipe_of_any_length(name: str) -> None:
    assert read_stamp(stamped(picture_bytes(name), LONG)) == Stamp(CODE, "ai", LONG)


@pytest.mark.parametrize("name", FORMATS)
def test_the_longest_accepted_recipe_stays_within_the_room_for_it(name: str) -> None:
    longest = dataclasses.replace(
        RECIPE,
        prompt="\U0001f600" * 4000,
        parameters={"extra": "<" * 4000},
        references=("ab" * 32,) * 16,
        features=tuple(DrawnFeature("Texture & Features", f"Feature {i}", "value " * 10) for i in range(40)),
    )
    data = picture_bytes(name)
    copy = stamped(data, longest)
    assert len(copy) - len(data) <= STAMP_ROOM_BYTES
    assert read_stamp(copy) == Stamp(CODE, "ai", longest)


def test_an_odd_last_chunk_without_its_padding_byte_gets_one() -> None:
    data = next(d for d in map(lossless, range(200)) if webp.read_chunks(d)[-1].body_end % 2)
    bare = data[:4] + struct.pack("<I", len(data) - 9) + data[8:-1]
    copy = stamped(bare)
    assert pixels(copy) == pixels(data)
    assert read_stamp(copy) == Stamp(CODE, "ai", RECIPE)


def lossless(seed: int) -> bytes:
    return encode(draw((64, 64), seed=seed), "WEBP", lossless=True)


@pytest.mark.parametrize(("mode", "has_alpha"), [("RGB", False), ("RGBA", True)])
def test_a_simple_webp_becomes_an_extended_one_with_the_right_flags(mode: str, has_alpha: bool) -> None:
    copy = stamped(encode(draw((67, 91), mode), "WEBP", lossless=True))
    header = webp.read_chunks(copy)[0]
    body = copy[header.body_start : header.body_end]
    assert (header.kind, body[0], body[4:]) == (
        b"VP8X",
        0x14 if has_alpha else 0x04,
        bytes((66, 0, 0, 90, 0, 0)),
    )
    assert int.from_bytes(copy[4:8], "little") == len(copy) - 8


def test_what_lies_behind_a_picture_stays_there() -> None:
    for name in FORMATS:
        copy = stamped(picture_bytes(name) + b"tail")
        assert copy.endswith(b"tail")
        assert measure(copy)[1:] == (96, 80)


def test_content_credentials_are_kept_and_told() -> None:
    plain = {name: picture_bytes(name) for name in FORMATS}
    manifest = b"\0\0\0\x08jumb c2pa manifest"
    chunk = png_chunk(b"caBX", manifest)
    riff = webp.with_xmp(plain["WEBP"], FOREIGN) + b"C2PA" + struct.pack("<I", 20) + manifest[:20]
    signed = (
        plain["PNG"][:33] + chunk + plain["PNG"][33:],
        plain["JPEG"][:2] + b"\xff\xeb" + struct.pack(">H", len(manifest) + 2) + manifest + plain["JPEG"][2:],
        riff[:4] + struct.pack("<I", len(riff) - 8) + riff[8:],
    )
    for data in signed:
        assert has_credentials(data)
        assert has_credentials(stamped(data))
        assert manifest[:20] in stamped(data)
    assert not any(map(has_credentials, plain.values()))


@pytest.mark.parametrize("name", FORMATS)
def test_a_picture_without_a_stamp_has_none(name: str) -> None:
    assert read_stamp(picture_bytes(name)) is None
    assert read_stamp(with_xmp(picture_bytes(name), FOREIGN)) is None


@pytest.mark.parametrize(
    ("old", "new"),
    [(CODE.encode(), b"????????"), (b'"version":1', b'"version":9'), (b'"steps":28', b'"steps":2e')],
    ids=["no code", "later version", "no JSON"],
)
@pytest.mark.parametrize("name", ["JPEG", "WEBP"])
def test_a_stamp_that_somebody_changed_gives_what_can_still_be_read(
    name: str, old: bytes, new: bytes
) -> None:
    expected = None if new == b"????????" else Stamp(CODE, "ai", None)
    assert read_stamp(stamped(picture_bytes(name)).replace(old, new)) == expected


def test_a_note_of_another_program_under_our_keyword_is_no_stamp() -> None:
    for note in (b"hello", b"[]", b'{"code": 1}', b"[" * 100_000, b"\xff"):
        assert read_stamp(png.with_texts(picture_bytes("PNG"), {png.STAMP_KEYWORD: note})) is None


@pytest.mark.parametrize("name", FORMATS)
def test_damaged_bytes_are_refused_by_every_function(name: str) -> None:
    data = stamped(picture_bytes(name))
    for length in (0, 1, 11, 40, len(data) // 2, len(data) - 1):
        with pytest.raises(StorageError) as stamping:
            stamped(data[:length])
        with pytest.raises(UserError) as reading:
            read_stamp(data[:length])
        with pytest.raises(StorageError):
            has_credentials(data[:length])
        assert stamping.value.code == reading.value.code == "bad_image"


def test_names_nobody() -> None:
    note = json.loads(decode(stamped(picture_bytes("PNG"))).info["limner"])
    assert not any("user" in key for key in (*note, *note["recipe"]))
