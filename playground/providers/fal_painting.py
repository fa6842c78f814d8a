"""Carries a fal order out: reads its references, paints, and makes the body of the result."""

import base64
import math
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from playground.providers.desk import Desk, trick_in
from playground.providers.fal_checks import checked
from playground.providers.fal_errors import FLAGGED, ModelError, Outcome, entry
from playground.providers.fal_models import IMAGE_SIZES, MODELS, Model
from playground.providers.references import BadReferenceError, Reference, read_reference

MEDIA_PATH = "/cdn/files/b"
SUPPORTED_FORMATS = ("JPEG", "PNG", "WEBP")
SMALLEST_REFERENCE_PX = 32
LARGEST_SIDE_PX = 4096
_MEGAPIXEL = 1024 * 1024

_REFERENCE_ERRORS: Mapping[str, tuple[str, str, dict[str, Any]]] = {
    "download": (
        "file_download_error",
        "Failed to download the file. Please check if the URL is accessible and try again.",
        {},
    ),
    "large": ("file_too_large", "The file is too large.", {"max_size": 60 * 1024 * 1024}),
    "broken": ("image_load_error", "The image could not be loaded.", {}),
}
"""Reason -> type, text and `ctx`. *Source:* fal.ai, model errors; texts as seen in the field."""


@dataclass(frozen=True, slots=True)
class Result:
    """What came of an order: the body, and the units that it costs."""

    body: Mapping[str, Any]
    units: int

    @property
    def outcome(self) -> Outcome:
        """Return it as the result's address answers it."""
        headers = {"X-Fal-Billable-Units": str(self.units), "X-Fal-Served-From": "stand-in"}
        return Outcome(200, self.body, headers)


async def carried_out(
    desk: Desk, endpoint: str, given: Mapping[str, Any], media_lives_s: float | None
) -> Outcome:
    """Return how an order ends, with the pictures kept for so many seconds. Raises `ModelError` for a refusal."""
    model = MODELS[endpoint]
    values = checked(model, given)
    _trick(values)
    references = await _references(desk, model, values)
    if trick_in(str(values.get("prompt", ""))) == "noface":
        loc = next(
            (name for name, field in model.fields.items() if field.kind in ("picture", "pictures")), "prompt"
        )
        raise ModelError(entry((loc,), "face_detection_error", "Could not detect a face in the image."))
    seed = secrets.randbelow(2**32) if values.get("seed") is None else int(values["seed"])
    painter = _Painter(desk, endpoint, model, values, references, seed, media_lives_s)
    result = await (painter.enlarged() if model.enlarges else painter.painted())
    return result.outcome


def _trick(values: Mapping[str, Any]) -> None:
    """End an order whose prompt asks for it. Raises `ModelError`."""
    trick = trick_in(str(values.get("prompt", "")))
    if trick == "moderated":
        raise ModelError(entry(("prompt",), "content_policy_violation", FLAGGED, given=dict(values)))
    if trick == "broken":
        unavailable = entry((), "downstream_service_unavailable", "The downstream service is not available.")
        raise ModelError(unavailable, status=500, is_retryable=True)


async def _references(desk: Desk, model: Model, values: Mapping[str, Any]) -> list[Reference]:
    """Return the reference pictures in the order of the fields. Raises `ModelError`."""
    places: list[tuple[tuple[str | int, ...], str]] = []
    for name, field in model.fields.items():
        if field.kind == "picture" and values.get(name) is not None:
            places.append(((name,), values[name]))
        elif field.kind == "pictures":
            places += [((name, index), one) for index, one in enumerate(values.get(name) or ())]
    return [await _reference(desk, loc, text) for loc, text in places]


async def _reference(desk: Desk, loc: tuple[str | int, ...], text: str) -> Reference:
    try:
        reference = await read_reference(desk, text)
    except BadReferenceError as error:
        kind, message, context = _REFERENCE_ERRORS[error.reason]
        raise ModelError(entry(loc, kind, message, given=text[:200], **context)) from error
    if reference.image_format not in SUPPORTED_FORMATS:
        names = [name.lower() for name in SUPPORTED_FORMATS]
        raise ModelError(
            entry(loc, "unsupported_image_format", "Unsupported image format.", supported_formats=names)
        )
    if min(reference.width, reference.height) < SMALLEST_REFERENCE_PX:
        least = {"min_height": SMALLEST_REFERENCE_PX, "min_width": SMALLEST_REFERENCE_PX}
        raise ModelError(entry(loc, "image_too_small", "The image is too small.", **least))
    return reference


@dataclass(frozen=True, slots=True)
class _Painter:
    desk: Desk
    endpoint: str
    model: Model
    values: Mapping[str, Any]
    references: list[Reference]
    seed: int
    media_lives_s: float | None

    async def painted(self) -> Result:
        """Return the pictures of a model that paints."""
        width, height = self._size()
        count = int(self.values.get("num_images", 1))
        images = [await self._image(self.seed + index, width, height) for index in range(count)]
        each = 1 if self.model.bills == "picture" else math.ceil(width * height / _MEGAPIXEL)
        prompt = str(self.values["prompt"])
        is_flagged = trick_in(prompt) == "nsfw" and self.values.get("enable_safety_checker") is not False
        body = {
            "images": images,
            "timings": {"inference": round(self.desk.pace_s, 3)},
            "seed": self.seed,
            "has_nsfw_concepts": [is_flagged] * count,
            "prompt": prompt,
        }
        return Result(body, each * count)

    async def _image(self, seed: int, width: int, height: int) -> dict[str, Any]:
        file_format = str(self.values.get("output_format", "jpeg"))
        data = await self.desk.paint(
            prompt=str(self.values["prompt"]),
            seed=seed,
            references=[reference.data for reference in self.references],
            width=width,
            height=height,
            file_format=file_format,
            label=self.endpoint,
        )
        return self._described(data, f"image/{file_format}", width, height)

    async def enlarged(self) -> Result:
        """Return the one picture of an upscaler: its reference, larger."""
        reference = self.references[0]
        factor = float(self.values["upscale_factor"])
        width, height = round(reference.width * factor), round(reference.height * factor)
        if max(width, height) > LARGEST_SIDE_PX:
            most = {"max_height": LARGEST_SIDE_PX, "max_width": LARGEST_SIDE_PX}
            raise ModelError(entry(("image_url",), "image_too_large", "The image is too large.", **most))
        data = await self.desk.enlarge(reference.data, width, height, file_format="png", label=self.endpoint)
        image = self._described(data, "image/png", width, height)
        return Result({"image": image, "seed": self.seed}, math.ceil(width * height / _MEGAPIXEL))

    def _described(self, data: bytes, content_type: str, width: int, height: int) -> dict[str, Any]:
        if self.values.get("sync_mode"):
            url = f"data:{content_type};base64,{base64.b64encode(data).decode()}"
        else:
            url = self.desk.keep_picture(data, content_type, lives_s=self.media_lives_s, path=MEDIA_PATH)
        described = {"url": url, "width": width, "height": height, "content_type": content_type}
        if not self.values.get("sync_mode"):
            described |= {"file_name": url.rpartition("/")[2], "file_size": len(data)}
        return described

    def _size(self) -> tuple[int, int]:
        """Return width and height in px: the size that was asked for, an aspect's, or the reference's own shape."""
        size = self.values.get("image_size")
        if isinstance(size, dict):
            return int(size.get("width", 512)), int(size.get("height", 512))
        if size in IMAGE_SIZES:
            return IMAGE_SIZES[str(size)]
        aspect = self.values.get("aspect_ratio")
        if aspect is not None:
            across, down = (int(part) for part in str(aspect).split(":"))
        else:
            across, down = self.references[0].width, self.references[0].height
        return _of_area(across, down, self.model.area_px)


def _of_area(across: int, down: int, area_px: int) -> tuple[int, int]:
    """Return a size of that shape and about that area, sides multiples of 32."""
    scale = math.sqrt(area_px / (across * down))
    return max(round(across * scale / 32), 1) * 32, max(round(down * scale / 32), 1) * 32
