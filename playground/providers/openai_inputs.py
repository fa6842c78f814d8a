"""Reads what came to OpenAI's stand-in: JSON, or a form with pictures, a mask and an overlay.

*Source:* openai-python 3.52.0, types/image_edit_params.py; the JSON form of edits: openapi.yaml of openai-openapi,
`EditImageBodyJsonParam`.
"""

import asyncio
import json
from collections.abc import Mapping
from dataclasses import dataclass, field

from aiohttp import web

from playground.providers.calls import CALL
from playground.providers.desk import Desk
from playground.providers.forms import Part, listed_parts, read_form
from playground.providers.openai_errors import (
    Json,
    RefusedError,
    bad_image,
    bad_value,
    missing,
    unknown_parameter,
    wrong_type,
)
from playground.providers.openai_models import Model
from playground.providers.references import BadReferenceError, Reference, looked_at, read_reference

MOST_PICTURES = 16
PICTURE_BELOW_BYTES = 50_000_000
MASK_BELOW_BYTES = 4_000_000
LONGEST_ADDRESS = 20_971_520
_KINDS = ("PNG", "JPEG", "WEBP")
_OVERLAYS = ("mask", "markup")


@dataclass(slots=True)
class Asked:
    """A request for an edit: plain fields (texts where `is_form`), pictures in order, and mask and markup by name."""

    values: dict[str, Json] = field(default_factory=dict)
    pictures: list[Reference] = field(default_factory=list)
    overlays: dict[str, Reference] = field(default_factory=dict)
    is_form: bool = False


async def read_json(request: web.Request) -> dict[str, Json]:
    """Return the body as an object. Raises RefusedError."""
    if request.content_type != "application/json":
        message = f"Unsupported content type: '{request.content_type}'. This API method only accepts JSON."
        raise RefusedError(400, message, code="unsupported_content_type")
    try:
        body = json.loads(await request.read())
    except (ValueError, RecursionError):
        body = None
    if not isinstance(body, dict):
        message = "We could not parse the JSON body of your request."
        raise RefusedError(400, message)
    return body


async def read_edit(desk: Desk, request: web.Request) -> Asked:
    """Return what an edit asks for, with every picture decoded. Raises RefusedError."""
    if request.content_type == "multipart/form-data":
        asked = await _read_parts(request)
    else:
        asked = await _read_references(desk, await read_json(request))
    if not asked.pictures:
        raise missing("image" if asked.is_form else "images")
    if len(asked.pictures) > MOST_PICTURES:
        message = f"Too many images: expected at most {MOST_PICTURES}, but got {len(asked.pictures)}."
        raise RefusedError(400, message, param="image", code="array_above_max_length")
    return asked


async def _read_parts(request: web.Request) -> Asked:
    try:
        parts = await read_form(request)
    except (ValueError, TypeError) as error:
        raise RefusedError(400, "We could not parse the multipart form of your request.") from error
    request[CALL].body = await asyncio.to_thread(listed_parts, parts)
    asked = Asked(is_form=True)
    for part in parts:
        await _take_part(asked, part)
    return asked


async def _take_part(asked: Asked, part: Part) -> None:
    """Put a part where it belongs: a single picture is called `image`, one of several `image[]`."""
    if part.name in ("image", "image[]"):
        if part.name == "image" and asked.pictures:
            raise RefusedError(400, "Duplicate parameter: 'image'. Use 'image[]' for several.", param="image")
        place = len(asked.pictures) + 1
        asked.pictures.append(await _picture(part.data, place, part.content_type))
    elif part.name in _OVERLAYS:
        asked.overlays[part.name] = await _picture(part.data, 1)
    elif part.name in asked.values:
        raise RefusedError(400, f"Duplicate parameter: '{part.name}'.", param=part.name)
    else:
        asked.values[part.name] = part.data.decode("utf-8", "replace")


async def _picture(data: bytes, place: int, content_type: str = "") -> Reference:
    if len(data) >= PICTURE_BELOW_BYTES:
        raise RefusedError(400, f"Image {place} is larger than 50MB.", param="image", code="image_too_large")
    if content_type == "application/octet-stream":
        message = (
            f"Invalid file 'image[{place - 1}]': unsupported mimetype ('application/octet-stream'). "
            "Supported file formats are 'image/jpeg', 'image/png', and 'image/webp'."
        )
        raise RefusedError(400, message, param="image", code="unsupported_file_mimetype")
    try:
        picture = await asyncio.to_thread(looked_at, data)
    except BadReferenceError as error:
        raise bad_image(place) from error
    if picture.image_format not in _KINDS:
        raise bad_image(place)
    return picture


async def _read_references(desk: Desk, body: dict[str, Json]) -> Asked:
    images = body.pop("images", None) or []
    if not isinstance(images, list):
        raise wrong_type("images", "an array of objects", images)
    mask = body.pop("mask", None)
    asked = Asked(values=body)
    for place, each in enumerate(images, start=1):
        asked.pictures.append(await _referenced(desk, f"images[{place - 1}]", each, place))
    if mask is not None:
        asked.overlays["mask"] = await _referenced(desk, "mask", mask, 1)
    return asked


async def _referenced(desk: Desk, name: str, value: Json, place: int) -> Reference:
    """Return the picture of `{"image_url": ...}`; there are no uploaded files here, so no `file_id` is known."""
    if not isinstance(value, Mapping):
        raise wrong_type(name, "an object", value)
    if unknown := sorted(set(value) - {"image_url", "file_id"}):
        raise unknown_parameter(f"{name}.{unknown[0]}")
    if len(value) != 1:
        raise bad_value(name, f"Provide exactly one of '{name}.image_url' and '{name}.file_id'.")
    address = value.get("image_url")
    if address is None:
        raise bad_value(f"{name}.file_id", f"No such file: '{value['file_id']}'.")
    if not isinstance(address, str) or len(address) > LONGEST_ADDRESS:
        raise wrong_type(f"{name}.image_url", "a string", address)
    if not address.startswith(("http://", "https://", "data:image/")):
        raise bad_value(f"{name}.image_url", "Expected an https address or a data URL.")
    try:
        return await read_reference(desk, address)
    except BadReferenceError as error:
        if error.reason == "download":
            message = f"Error while downloading {address[:200]}."
            raise RefusedError(400, message, param=f"{name}.image_url", code="invalid_image_url") from error
        raise bad_image(place) from error


def check_overlays(asked: Asked, model: Model) -> None:
    """Refuse a mask or an overlay that does not fit the first picture. Raises RefusedError."""
    if len(asked.overlays) == len(_OVERLAYS):
        raise bad_value("markup", "'markup' cannot be combined with 'mask'.")
    if "markup" in asked.overlays and not model.takes_markup:
        raise unknown_parameter("markup")
    first = asked.pictures[0]
    for name, overlay in asked.overlays.items():
        if overlay.image_format != "PNG":
            raise bad_value(name, f"'{name}' must be a PNG file.")
        if name == "mask" and len(overlay.data) >= MASK_BELOW_BYTES:
            raise bad_value(name, "'mask' must be less than 4MB.")
        if (overlay.width, overlay.height) != (first.width, first.height):
            raise bad_value(name, f"'{name}' must have the same dimensions as the first image.")
