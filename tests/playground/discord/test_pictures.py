"""Sizes read from real files of each kind."""

import io

import pytest
from PIL import Image

from playground.discord.pictures import picture_size


@pytest.mark.parametrize(
    ("kind", "options"),
    [
        ("PNG", {}),
        ("GIF", {}),
        ("JPEG", {}),
        ("JPEG", {"progressive": True}),
        ("WEBP", {}),
        ("WEBP", {"lossless": True}),
    ],
    ids=str,
)
def test_reads_the_size_of_a_picture(kind: str, options: dict[str, bool]) -> None:
    target = io.BytesIO()
    Image.new("RGB", (123, 45), "teal").save(target, kind, **options)
    assert picture_size(target.getvalue()) == (123, 45)


@pytest.mark.parametrize(
    "head", [b"", b"\xff\xd8\xff", b"\x89PNG\r\n\x1a\n", b"RIFF0000WEBPVP8 ", b"plain text"], ids=str
)
def test_says_nothing_about_what_is_no_picture(head: bytes) -> None:
    assert picture_size(head) is None
