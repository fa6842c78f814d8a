import zlib

import pytest

from services.images import jpeg, png
from services.images.metadata import Stamp, read_codes, read_stamp
from services.images.xmp import NAMESPACE
from tests.services.images.pictures import FORMATS, picture_bytes, png_chunk
from tests.services.images.stamps import (
    AI,
    CODE,
    FOREIGN,
    ODD_ENCODINGS,
    RECIPE,
    descriptions,
    in_encoding,
    stamped,
    with_xmp,
    xmp_of,
)


@pytest.mark.parametrize("name", FORMATS)
def test_the_xmp_of_another_maker_is_kept_and_not_contradicted(name: str) -> None:
    copy = stamped(stamped(with_xmp(picture_bytes(name), FOREIGN)))
    theirs, ours = descriptions(copy)
    assert theirs["owner"] == "somebody"
    assert theirs["CreatorTool"] == "Theirs"
    assert "CreatorTool" not in ours
    assert ours["about"] == theirs["about"]
    assert ours["DigitalSourceType"] == AI
    assert xmp_of(copy).count(NAMESPACE) == 1
    assert read_stamp(copy) == Stamp(CODE, "ai", RECIPE)


@pytest.mark.parametrize(
    "packet",
    [
        b"",
        b"no xml",
        b"<x",
        FOREIGN.decode().encode("utf-16"),
        b"<a/>",
        b'<!DOCTYPE a [<!ENTITY b "bb">]>' + FOREIGN,
        *(in_encoding(name) for name in ODD_ENCODINGS),
    ],
    ids=["empty", "text", "cut", "UTF-16", "no RDF", "with a DTD", *ODD_ENCODINGS],
)
@pytest.mark.parametrize("name", FORMATS)
def test_xmp_that_nobody_can_read_is_replaced(name: str, packet: bytes) -> None:
    copy = stamped(with_xmp(picture_bytes(name), packet))
    assert len(descriptions(copy)) == 1
    assert read_stamp(copy) == Stamp(CODE, "ai", RECIPE)


@pytest.mark.parametrize("name", FORMATS)
@pytest.mark.parametrize("encoding", ODD_ENCODINGS)
def test_xmp_in_an_encoding_that_nobody_can_read_is_no_stamp(encoding: str, name: str) -> None:
    data = with_xmp(picture_bytes(name), in_encoding(encoding))
    assert read_stamp(data) is None
    assert read_codes(data) == ()


def test_a_compressed_xmp_chunk_in_a_png_is_read_and_kept() -> None:
    data, body = picture_bytes("PNG"), png.XMP_KEYWORD + b"\0\x01\0\0\0" + zlib.compress(FOREIGN)
    chunk = png_chunk(b"iTXt", body)
    assert len(descriptions(stamped(data[:33] + chunk + data[33:]))) == 2


@pytest.mark.parametrize("packed", [zlib.compress(bytes(2**22)), b"garbage", zlib.compress(FOREIGN)[:-4]])
def test_a_compressed_text_that_is_damaged_or_swells_is_no_text(packed: bytes) -> None:
    data, body = picture_bytes("PNG"), png.XMP_KEYWORD + b"\0\x01\0\0\0" + packed
    chunk = png_chunk(b"iTXt", body)
    assert png.read_text(data[:33] + chunk + data[33:], png.XMP_KEYWORD) is None


def test_a_foreign_packet_that_fills_a_jpeg_segment_gives_way_to_the_mark() -> None:
    full = FOREIGN.replace(b" " * 2000, b"").replace(b"somebody", b"x" * 64_950)
    copy = stamped(jpeg.with_xmp(picture_bytes("JPEG"), full))
    assert [d["DigitalSourceType"] for d in descriptions(copy)] == [AI]
    assert read_stamp(copy) == Stamp(CODE, "ai", RECIPE)


def test_values_that_another_tool_wrote_as_attributes_are_read() -> None:
    packet = FOREIGN.replace(
        b'rdf:about="uuid:1"', f'rdf:about="" xmlns:l="{NAMESPACE}" l:code="{CODE}"'.encode()
    )
    assert read_stamp(with_xmp(picture_bytes("WEBP"), packet)) == Stamp(CODE, "ai", None)
