"""The picture file of a drawing."""

from typing import Any, Final, Literal

ImageFormat = Literal["jpeg", "png", "webp"]

DRAWING_SIZE_PX: Final = 1024
_OPTIONS: Final[dict[ImageFormat, tuple[str, dict[str, Any]]]] = {
    "jpeg": (".jpg", {"Q": 88, "optimize_coding": False}),
    "png": (".png", {"compression": 3}),
    "webp": (".webp", {"Q": 86, "effort": 2}),
}


def encode(svg: str, *, image_format: ImageFormat, width: int = 1024, height: int = 1024) -> bytes:
    """Return the drawing as an image file of `width` x `height` px, sRGB, centred on white.

    The square portrait fills the shorter side. Blocks for some 0.1 s: call it in a thread.
    """
    # Loading libvips takes 0.1 s and 20 MB: a bot that never sketches does not pay for it.
    import pyvips  # noqa: PLC0415

    side = min(width, height)
    picture = pyvips.Image.svgload_buffer(svg.encode(), scale=side / DRAWING_SIZE_PX)
    picture = picture.flatten(background=[255, 255, 255])
    if (picture.width, picture.height) != (width, height):
        left, top = (width - picture.width) // 2, (height - picture.height) // 2
        picture = picture.embed(left, top, width, height, extend="white")
    suffix, options = _OPTIONS[image_format]
    encoded: bytes = picture.write_to_buffer(suffix, **options)
    return encoded
