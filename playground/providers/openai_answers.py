"""What OpenAI's stand-in paints and answers: pictures as base64, what they used, and the events of a stream.

*Source:* openai-python 3.52.0, types/images_response.py, image_gen_completed_event.py, image_gen_partial_image_event.py
and their twins for edits.
"""

import asyncio
import base64
import io
import json
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from PIL import Image, ImageDraw

from playground.providers.desk import Desk
from playground.providers.openai_checks import Order
from playground.providers.openai_errors import Json
from playground.providers.openai_models import STANDARD_SIZES, read_size
from playground.providers.pictures import READABLE
from playground.providers.references import Reference

_TOKENS: Final = {"low": 272, "medium": 1056, "high": 4160, "xhigh": 6240, "max": 8320}
"""Output tokens of a square of 1024 px. The first three are those of gpt-image-1; the vendor prints no newer ones."""

_TOKENS_A_PARTIAL: Final = 100
"""*Source:* OpenAI's guide, streaming: each partial picture costs 100 more output tokens."""

_MEGAPIXEL: Final = 1024 * 1024
_PARTIAL_PX: Final = (16, 40, 96)
"""The shorter side to which a partial picture is brought down before it is shown, the first one least clear."""


@dataclass(frozen=True, slots=True)
class Plan:
    """An order with everything settled that it left to the vendor; `size` is width and height in px."""

    order: Order
    references: tuple[Reference, ...]
    size: tuple[int, int]
    quality: str
    background: str

    @property
    def is_edit(self) -> bool:
        """Return whether it began with pictures."""
        return bool(self.references)

    @property
    def usage(self) -> dict[str, Json]:
        """Return the tokens for one picture, those of its partials included."""
        pictures = sum(_tokens(170, each.width * each.height) for each in self.references)
        words = max(len(self.order.prompt) // 4, 1) + 6
        output = _tokens(_TOKENS[self.quality], self.size[0] * self.size[1])
        if self.order.is_stream:
            output += _TOKENS_A_PARTIAL * self.order.partial_images
        return {
            "input_tokens": words + pictures,
            "output_tokens": output,
            "total_tokens": words + pictures + output,
            "input_tokens_details": {"text_tokens": words, "image_tokens": pictures},
        }

    @property
    def shown(self) -> dict[str, Json]:
        """Return what every answer repeats."""
        return {
            "background": self.background,
            "output_format": self.order.output_format,
            "quality": self.quality,
            "size": f"{self.size[0]}x{self.size[1]}",
        }


def plan_of(order: Order, references: Sequence[Reference] = ()) -> Plan:
    """Return the plan: `auto` is a medium, opaque picture, square or in the shape of its first reference."""
    size = read_size(order.size) or _nearest_standard(references)
    return Plan(
        order,
        tuple(references),
        size,
        "medium" if order.quality == "auto" else order.quality,
        "transparent" if order.background == "transparent" else "opaque",
    )


def _tokens(a_megapixel: int, pixels: int) -> int:
    return max(round(a_megapixel * pixels / _MEGAPIXEL), 1)


def _nearest_standard(references: Sequence[Reference]) -> tuple[int, int]:
    if not references:
        return STANDARD_SIZES[0]
    ratio = references[0].width / references[0].height
    return min(STANDARD_SIZES, key=lambda size: abs(size[0] / size[1] - ratio))


async def paint(desk: Desk, plan: Plan) -> bytes:
    """Return one picture. It has no seed that anybody could repeat: the same words give another picture every time."""
    order = plan.order
    is_plain = order.compression is None and plan.background == "opaque"
    data = await desk.paint(
        prompt=order.prompt,
        seed=secrets.randbits(32),
        references=[each.data for each in plan.references],
        width=plan.size[0],
        height=plan.size[1],
        file_format=order.output_format if is_plain else "png",
        label=f"OpenAI {order.model.name}",
        shows_seed=False,
    )
    return data if is_plain else await asyncio.to_thread(_finished, data, plan)


def _finished(data: bytes, plan: Plan) -> bytes:
    """Return a PNG in the format that was asked for, cut out of its background where that is to be transparent."""
    with Image.open(io.BytesIO(data), formats=READABLE) as image:
        image.load()
        if plan.background == "transparent":
            image.putalpha(_cutout(image.size))
        out = io.BytesIO()
        image.save(out, plan.order.output_format.upper(), **_options(plan.order))
    return out.getvalue()


def _options(order: Order) -> dict[str, int]:
    if order.output_format == "png":
        return {"compress_level": 3}
    return {"quality": 100 if order.compression is None else order.compression}


def _cutout(size: tuple[int, int]) -> Image.Image:
    """Return what stays: an oval, and the band along the lower edge that names the stand-in."""
    mask = Image.new("L", size)
    draw = ImageDraw.Draw(mask)
    width, height = size
    draw.ellipse((width * 0.08, height * 0.04, width * 0.92, height * 1.1), fill=255)
    draw.rectangle((0, height - min(size) * 0.043, width, height), fill=255)
    return mask


def partials(data: bytes, plan: Plan) -> list[bytes]:
    """Return the partial pictures that come before one: the same, not clear yet. Blocks: runs in a thread."""
    found = []
    with Image.open(io.BytesIO(data), formats=READABLE) as image:
        for shorter in _PARTIAL_PX[: plan.order.partial_images]:
            scale = shorter / min(image.size)
            small = (max(round(image.width * scale), 1), max(round(image.height * scale), 1))
            out = io.BytesIO()
            unclear = image.resize(small, Image.Resampling.BOX).resize(image.size, Image.Resampling.BICUBIC)
            unclear.save(out, plan.order.output_format.upper(), **_options(plan.order))
            found.append(out.getvalue())
    return found


def response_body(pictures: Sequence[bytes], plan: Plan, created_s: int) -> bytes:
    """Return the JSON of the whole answer. Blocks for the length of its pictures: runs in a thread."""
    used = plan.usage
    inputs, outputs = used["input_tokens"], used["output_tokens"] * len(pictures)
    usage = {**used, "output_tokens": outputs, "total_tokens": inputs + outputs}
    body: dict[str, Json] = {
        "created": created_s,
        **plan.shown,
        "data": [{"b64_json": base64.b64encode(data).decode()} for data in pictures],
        "usage": usage,
    }
    if plan.order.safety_identifier:
        body["safety_identifier"] = plan.order.safety_identifier
    return json.dumps(body).encode()


def events_of(data: bytes, plan: Plan, created_s: int) -> list[bytes]:
    """Return the server-sent events of one picture, its partials first. Blocks: runs in a thread."""
    kind = "image_edit" if plan.is_edit else "image_generation"
    events = [
        _event(f"{kind}.partial_image", partial, plan, created_s, {"partial_image_index": place})
        for place, partial in enumerate(partials(data, plan))
    ]
    return [*events, _event(f"{kind}.completed", data, plan, created_s, {"usage": plan.usage})]


def _event(name: str, data: bytes, plan: Plan, created_s: int, further: dict[str, Json]) -> bytes:
    body = {
        "type": name,
        "created_at": created_s,
        **plan.shown,
        "b64_json": base64.b64encode(data).decode(),
        **further,
    }
    return f"event: {name}\ndata: {json.dumps(body)}\n\n".encode()
