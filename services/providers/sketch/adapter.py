"""The sketch painter as a provider: it paints inside `submit`, for free, on this machine."""

from collections.abc import Mapping
from typing import ClassVar, Final, cast

from services.errors import ProviderBroken, ProviderRejected
from services.images.pixels import PixelWork
from services.models import Face, Parameters
from services.providers.base import (
    CancelAnswer,
    Failed,
    Finished,
    Handle,
    KeyReport,
    PaintOrder,
    Picture,
    Running,
    Waiting,
    WebhookNotice,
)
from services.providers.sketch.raster import DRAWING_SIZE_PX, ImageFormat, encode
from services.sayings import saying

_DEFAULT_FORMAT: Final[ImageFormat] = "jpeg"


class SketchProvider:
    """Draws an order's features; its prompt is not read. `pixels` is where drawing and encoding run."""

    name: ClassVar[str] = "sketch"
    is_repeatable: ClassVar[bool] = True

    def __init__(self, pixels: PixelWork) -> None:
        self._pixels = pixels

    async def submit(self, order: PaintOrder) -> Waiting | Finished:
        """Return the finished drawing. Values that it could not draw are named in the notes."""
        seed = order.image_seed or 0
        data, not_drawn = await self._pixels.run(_paint, order.features, seed, order.parameters)
        notes = (saying("dropped.not_drawn", features=", ".join(not_drawn)),) if not_drawn else ()
        return Finished(Picture(data=data), seed=seed, cost_micro_usd=0, notes=notes)

    async def poll(self, handle: Handle) -> Running | Finished | Failed:
        """Return Failed: a sketch is finished when it is submitted, so nothing waits under any handle."""
        return Failed(
            ProviderBroken("provider_lost_order", f"the sketch painter has no order {handle.remote_id!r}")
        )

    async def cancel(self, handle: Handle) -> CancelAnswer:  # noqa: ARG002 - the contract's signature
        """Return TOO_LATE: whatever was submitted has ended."""
        return CancelAnswer.TOO_LATE

    async def parse_webhook(self, body: bytes, headers: Mapping[str, str]) -> WebhookNotice:  # noqa: ARG002 - as above
        """Raise ProviderRejected: nobody calls back for a sketch."""
        raise ProviderRejected("bad_webhook", "the sketch painter sends no webhooks")

    async def check_key(self) -> KeyReport:
        """Return a report: there is no key that could be wrong."""
        return KeyReport()

    def may_fetch(self, url: str) -> bool:  # noqa: ARG002 - as above
        """Return False: its pictures come with the answer."""
        return False


def _paint(face: Face, seed: int, parameters: Parameters) -> tuple[bytes, tuple[str, ...]]:
    """Return the picture file and what could not be drawn. Blocks for some 0.1 s: runs in a thread."""
    # 40 modules and their tables: loaded by the first sketch, here in its thread, and not by every start.
    from services.providers.sketch.svg import draw_sketch  # noqa: PLC0415

    drawing = draw_sketch(face, seed)
    data = encode(
        drawing.svg,
        image_format=cast("ImageFormat", parameters.get("format", _DEFAULT_FORMAT)),
        width=_side_px(parameters, "width"),
        height=_side_px(parameters, "height"),
    )
    return data, drawing.not_drawn


def _side_px(parameters: Parameters, name: str) -> int:
    side = parameters.get(name)
    return side if isinstance(side, int) else DRAWING_SIZE_PX
