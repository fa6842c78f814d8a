import os
import subprocess
import sys
from pathlib import Path

import pytest
from PIL import Image

from services.errors import StorageError
from services.images.sheets import contact_sheet, labelled_sheet, side_by_side
from tests.services.images.pictures import FORMATS, decode, encode, picture_bytes

RED, GREEN, BLUE = ((200, 0, 0), (0, 160, 0), (0, 0, 200))
WHITE = (255, 255, 255)


def plain(colour: tuple[int, int, int], size: tuple[int, int] = (256, 256), name: str = "PNG") -> bytes:
    return encode(Image.new("RGB", size, colour), name)


def is_near(found: object, wanted: tuple[int, int, int]) -> bool:
    assert isinstance(found, tuple)
    return all(abs(a - b) < 12 for a, b in zip(found, wanted, strict=True))


def ink(sheet: Image.Image, box: tuple[int, int, int, int]) -> int:
    """Count the dark pixels in `box`."""
    return sum(value < 128 for value in sheet.crop(box).convert("L").tobytes())


def test_puts_pictures_in_a_row_with_their_labels_below() -> None:
    sheet = decode(side_by_side([plain(RED), plain(BLUE)], ["A", "B"]))
    assert (sheet.format, sheet.size) == ("JPEG", (768 * 2 + 8, 768 + 56))
    assert is_near(sheet.getpixel((384, 384)), RED)
    assert is_near(sheet.getpixel((1160, 384)), BLUE)
    assert ink(sheet, (360, 768, 408, 824)) > 50
    assert ink(sheet, (776 + 360, 768, 776 + 408, 824)) > 50


def test_brings_pictures_of_any_format_and_shape_to_one_height() -> None:
    pictures = [
        picture_bytes(name, size)
        for name, size in zip(FORMATS, ((300, 600), (640, 640), (128, 64)), strict=True)
    ]
    sheet = decode(side_by_side(pictures, ["tall", "square", "wide"]))
    assert sheet.height == 824


def test_a_narrow_picture_stands_in_the_middle_of_its_column() -> None:
    sheet = decode(side_by_side([plain(RED, (128, 256)), plain(BLUE)], ["", ""]))
    assert is_near(sheet.getpixel((100, 384)), WHITE)
    assert is_near(sheet.getpixel((384, 384)), RED)
    assert is_near(sheet.getpixel((668, 384)), WHITE)


def test_a_very_wide_picture_is_centred_and_not_cut() -> None:
    sheet = decode(side_by_side([plain(RED, (8000, 100))], [""]))
    assert sheet.size == (3072, 824)
    assert is_near(sheet.getpixel((5, 384)), RED)
    assert is_near(sheet.getpixel((5, 10)), WHITE)


def test_lays_transparency_on_white() -> None:
    clear = encode(Image.new("RGBA", (256, 256), (0, 0, 0, 0)), "PNG")
    assert is_near(decode(contact_sheet([clear])).getpixel((256, 256)), WHITE)


def test_puts_four_pictures_two_by_two() -> None:
    sheet = decode(contact_sheet([plain(colour) for colour in (RED, GREEN, BLUE, (0, 0, 0))]))
    assert sheet.size == (1032, 1032)
    corners = [sheet.getpixel(point) for point in ((256, 256), (776, 256), (256, 776), (776, 776))]
    assert all(map(is_near, corners, (RED, GREEN, BLUE, (0, 0, 0))))


@pytest.mark.parametrize(
    ("count", "size"), [(1, (512, 512)), (2, (1032, 512)), (3, (1032, 1032)), (5, (1552, 1032))]
)
def test_a_grid_is_as_square_as_can_be(count: int, size: tuple[int, int]) -> None:
    assert decode(contact_sheet([plain(RED, (300, 200))] * count)).size == size


def test_a_grid_has_each_label_below_its_picture() -> None:
    sheet = decode(contact_sheet([plain(RED), plain(GREEN), plain(BLUE)], ["0", "1", "2"]))
    assert sheet.size == (512 * 2 + 8, (512 + 56) * 2 + 8)
    for left, top in ((0, 512), (520, 512), (0, 576 + 512)):
        assert ink(sheet, (left, top, left + 512, top + 56)) > 30
    assert is_near(sheet.getpixel((256, 576 + 256)), BLUE)


def test_a_cell_shows_its_picture_whole() -> None:
    sheet = decode(contact_sheet([plain(RED, (512, 256))]))
    assert is_near(sheet.getpixel((256, 256)), RED)
    assert is_near(sheet.getpixel((256, 60)), WHITE)


def test_a_sheet_carries_no_metadata_of_its_pictures() -> None:
    exif = Image.Exif()
    exif[0x010E] = "somewhere private"
    assert b"private" not in contact_sheet([picture_bytes("JPEG", exif=exif)])


def test_refuses_no_pictures_and_a_wrong_number_of_labels() -> None:
    with pytest.raises(ValueError, match="of 0 pictures"):
        contact_sheet([])
    with pytest.raises(ValueError, match="2 pictures with 1 labels"):
        contact_sheet([plain(RED), plain(RED)], ["0"])
    for pictures, labels in (([], []), ([plain(RED)], []), ([plain(RED)], ["A", "B"])):
        with pytest.raises(ValueError, match="labels"):
            side_by_side(pictures, labels)


@pytest.mark.parametrize(
    "data", [b"", b"no picture", picture_bytes("PNG")[:3000], picture_bytes("JPEG")[:3000]]
)
def test_says_that_damaged_bytes_cannot_be_shown(data: bytes) -> None:
    with pytest.raises(StorageError) as grid:
        contact_sheet([picture_bytes(), data])
    with pytest.raises(StorageError) as row:
        side_by_side([picture_bytes(), data], ["A", "B"])
    assert grid.value.code == row.value.code == "bad_image"


def test_labels_look_the_same_on_a_machine_without_fonts(tmp_path: Path) -> None:
    config = tmp_path / "fonts.conf"
    config.write_text(
        f"<fontconfig><dir>{tmp_path}/none</dir><cachedir>{tmp_path}/cache</cachedir></fontconfig>"
    )
    source = encode(Image.new("RGB", (64, 64), RED), "PNG")
    (tmp_path / "red.png").write_bytes(source)
    program = (
        "import sys, pathlib; from services.images.sheets import side_by_side;"
        "data = pathlib.Path(sys.argv[1]).read_bytes(); sys.stdout.buffer.write(side_by_side([data], ['Nose: snub']))"
    )
    done = subprocess.run(
        [sys.executable, "-c", program, str(tmp_path / "red.png")],
        check=True,
        capture_output=True,
        env={**os.environ, "FONTCONFIG_FILE": str(config)},
    )
    assert done.stdout == side_by_side([source], ["Nose: snub"])


def test_small_pictures_stand_in_rows_of_five_with_their_labels_below() -> None:
    sheet = decode(labelled_sheet([plain(RED)] * 5 + [plain(BLUE, (640, 320))], ["A"] * 6))
    assert (sheet.format, sheet.size) == ("JPEG", (5 * 320 + 4 * 8, 2 * (320 + 56) + 8))
    assert is_near(sheet.getpixel((160, 160)), RED)
    assert is_near(sheet.getpixel((160, 376 + 8 + 160)), BLUE)
    assert ink(sheet, (140, 376 + 8 + 320, 180, 376 + 8 + 376)) > 30


def test_refuses_small_pictures_without_labels() -> None:
    with pytest.raises(ValueError, match="labels"):
        labelled_sheet([plain(RED)], [])
