"""Contact sheets for the manual: `python -m services.providers.sketch.contact` paints every value into docs/sketch.

One sheet a feature, `<category>-<feature>.jpg`, each value under its name, and `random.jpg` with twelve whole faces.
"""

import io
import random
import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Final

from PIL import Image, ImageDraw, ImageFont

from services.models import DrawnFeature, Face, FeatureKey
from services.providers.sketch.known import KNOWN
from services.providers.sketch.raster import encode
from services.providers.sketch.regions import REGIONS, Box
from services.providers.sketch.svg import draw_sketch

_FOLDER: Final = Path(__file__).parents[3] / "docs" / "sketch"
_TILE_WIDTH_PX: Final = 190
_LABEL_HEIGHT_PX: Final = 26
_COLUMNS: Final = 6
_QUALITY: Final = 82
_SEED: Final = 7
_PLAIN: Final[Mapping[FeatureKey, str]] = {
    FeatureKey("Shape", "Hairline"): "rounded",
    FeatureKey("Color", "Eye"): "hazel",
    FeatureKey("Color", "Skin Tone"): "light",
    FeatureKey("Hair", "Hair Length"): "short",
    FeatureKey("Hair", "Hair Texture"): "straight",
    FeatureKey("Hair", "Hair Color"): "chestnut",
    FeatureKey("Person", "Age"): "late twenties",
}
_LONGER_HAIR: Final = {FeatureKey("Hair", "Hair Length"): "shoulder-length"}
_SHOWN_ON: Final[Mapping[FeatureKey, Mapping[FeatureKey, str]]] = {
    FeatureKey("Hair", "Hair Texture"): _LONGER_HAIR,
    FeatureKey("Hair", "Hair Color"): {**_LONGER_HAIR, FeatureKey("Hair", "Hair Texture"): "wavy"},
    FeatureKey("Hair", "Hair Length"): {FeatureKey("Hair", "Hair Texture"): "wavy"},
    FeatureKey("Color", "Skin Tone"): {FeatureKey("Hair", "Hair Color"): "black"},
}
_WHOLE: Final = Box(100, 0, 924, 1024)
_HEADS: Final = Box(180, 60, 844, 820)


def _slug(key: FeatureKey) -> str:
    return re.sub(r"[^a-z]+", "-", f"{key.category} {key.name}".lower()).strip("-")


def _write(path: Path, sheet: Image.Image) -> Path:
    sheet.save(path, quality=_QUALITY, optimize=True)
    return path


def _sheet(key: FeatureKey) -> Image.Image:
    tiles = [
        _tile(_face({**_PLAIN, **_SHOWN_ON.get(key, {}), key: value}), _frame(key)) for value in KNOWN[key]
    ]
    return _arrange(tiles, KNOWN[key], _COLUMNS)


def _frame(key: FeatureKey) -> Box:
    """Return what of the picture a sheet shows: the feature's box with some air, or the whole head."""
    box = REGIONS[key]
    if key.category == "Hair":
        return _WHOLE
    if box.right - box.left > 380:
        return _HEADS
    return Box(box.left - 40, box.top - 30, box.right + 40, box.bottom + 30)


def _face(values: Mapping[FeatureKey, str]) -> Face:
    return tuple(DrawnFeature(key.category, key.name, values[key]) for key in KNOWN if key in values)


def _tile(face: Face, frame: Box, seed: int = _SEED, width_px: int = _TILE_WIDTH_PX) -> Image.Image:
    side = round(width_px * 1024 / (frame.right - frame.left))
    data = encode(draw_sketch(face, seed).svg, image_format="png", width=side, height=side)
    scale = side / 1024
    with Image.open(io.BytesIO(data), formats=["PNG"]) as image:
        return image.convert("RGB").crop(tuple(round(edge * scale) for edge in frame))  # type: ignore[arg-type]  # four edges


def _arrange(tiles: Sequence[Image.Image], labels: Sequence[str], columns: int) -> Image.Image:
    wide, tall = tiles[0].width, tiles[0].height + (_LABEL_HEIGHT_PX if labels else 0)
    rows = -(-len(tiles) // columns)
    sheet = Image.new("RGB", (wide * columns, tall * rows), "white")
    pen, font = ImageDraw.Draw(sheet), ImageFont.load_default(size=15)
    for k, tile in enumerate(tiles):
        left, top = k % columns * wide, k // columns * tall
        sheet.paste(tile, (left, top))
        if labels:
            place = (left + wide / 2, top + tile.height + _LABEL_HEIGHT_PX / 2)
            pen.text(place, labels[k], fill="#333333", font=font, anchor="mm")
    return sheet


def _random_sheet() -> Image.Image:
    """Return twelve faces with every feature drawn at random, as `/portrait` does."""
    source = random.Random(_SEED)  # noqa: S311 - it chooses examples for the manual
    faces = [_face({key: _draw(source, key, values) for key, values in KNOWN.items()}) for _ in range(12)]
    tiles = [_tile(face, _WHOLE, seed=k, width_px=300) for k, face in enumerate(faces)]
    return _arrange(tiles, (), 4)


def _draw(source: random.Random, key: FeatureKey, values: tuple[str, ...]) -> str:
    bare = key.name == "Facial Hair" and source.random() < 0.55
    return values[0] if bare else values[int(source.random() * len(values))]


def paint_sheets(folder: Path) -> list[Path]:
    """Write all sheets into `folder` and return their paths."""
    folder.mkdir(parents=True, exist_ok=True)
    paths = [_write(folder / f"{_slug(key)}.jpg", _sheet(key)) for key in KNOWN]
    return [*paths, _write(folder / "random.jpg", _random_sheet())]


if __name__ == "__main__":
    paint_sheets(_FOLDER)
