"""Faces and pictures that the sketch tests share."""

from collections.abc import Mapping
from typing import Final

import pyvips

from services.models import DrawnFeature, Face, FeatureKey
from services.providers.sketch.known import KNOWN
from services.providers.sketch.regions import Box
from services.providers.sketch.svg import draw_sketch

SIZE_PX: Final = 512
VISIBLE: Final = 12
"""A channel that moves by more than this, of 255, is seen side by side."""

PLAIN: Final[Mapping[FeatureKey, str]] = {
    FeatureKey("Shape", "Hairline"): "rounded",
    FeatureKey("Color", "Eye"): "brown",
    FeatureKey("Color", "Skin Tone"): "light",
    FeatureKey("Hair", "Hair Length"): "shoulder-length",
    FeatureKey("Hair", "Hair Texture"): "straight",
    FeatureKey("Hair", "Hair Color"): "chestnut",
    FeatureKey("Hair", "Facial Hair"): "clean-shaven",
    FeatureKey("Person", "Age"): "late twenties",
}


def face_with(changes: Mapping[FeatureKey, str]) -> Face:
    """Return a plain face with some values changed, in the order of the feature file."""
    values = {**PLAIN, **changes}
    return tuple(DrawnFeature(key.category, key.name, values[key]) for key in KNOWN if key in values)


def paint(face: Face, seed: int = 11, size_px: int = SIZE_PX) -> pyvips.Image:
    """Return the rasterised sketch as an RGB image of `size_px` squared, in memory."""
    svg = draw_sketch(face, seed).svg
    image = pyvips.Image.svgload_buffer(svg.encode(), scale=size_px / 1024)
    return image.flatten(background=[255, 255, 255]).copy_memory()


def cut(image: pyvips.Image, box: Box) -> pyvips.Image:
    """Return the part of a picture that lies in a box of the 1024 px frame."""
    scale = image.width / 1024
    left, top, right, bottom = (round(edge * scale) for edge in box)
    return image.crop(left, top, right - left, bottom - top)


def changed_share(one: pyvips.Image, other: pyvips.Image, box: Box, step: int = VISIBLE) -> float:
    """Return the share (0..1) of the box's pixels that differ by more than `step` in any channel."""
    difference = (cut(one, box).cast("short") - cut(other, box).cast("short")).abs()
    return float((difference > step).bandor().avg()) / 255
