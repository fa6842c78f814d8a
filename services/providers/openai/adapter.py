"""OpenAI's images over its own wire.

    POST {base}/images/generations   JSON                 -> the picture as base64, and what it used
    POST {base}/images/edits         a form with pictures -> the same
    GET  {base}/models               free: tests a key

A call is the whole order: there is no id, no status, no cancel and no webhook, and what was answered into a broken
connection is paid for and gone. So everything that may have arrived and was not answered by the vendor itself is
`ProviderUnknown`, and is never sent again.

There is no seed: the same words give another picture every time. `Finished.seed` is always None; that is said before
charging, from the catalogue's `seed = false`.

*Source:* openai-python 3.52.0, types/image_generate_params.py, image_edit_params.py, images_response.py.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import ClassVar, Final

import aiohttp

from services.crossing import Purpose
from services.errors import ProviderBroken, ProviderRejected
from services.http import HttpRequest, Timeouts, garbled, send
from services.images.pixels import PixelWork
from services.providers.base import (
    CancelAnswer,
    Failed,
    Finished,
    Handle,
    KeyReport,
    PaintOrder,
    Picture,
    WebhookNotice,
)
from services.providers.catalog import Catalog
from services.providers.openai.answers import read_made
from services.providers.openai.orders import (
    EDITS,
    GENERATIONS,
    check_order,
    edit_form,
    generation_body,
    notes_on,
)
from services.providers.openai.refusals import key_refusal, refusal
from services.providers.openai.usage import spent_micro_usd

MAX_PICTURE_ANSWER_BYTES: Final = 64 * 1024 * 1024
"""Base64 of 48 MiB: more than the 40 MiB that count as a picture anywhere here."""

SUBMIT_TIMEOUTS: Final = Timeouts(total_s=600.0, sock_read_s=600.0)
"""Nothing comes before the picture is made, and giving up early pays for it all the same.

*Source:* openai-python 3.52.0: 600 s, after up to two minutes of work.
"""

CALL_TIMEOUTS: Final = Timeouts()


@dataclass(frozen=True, slots=True)
class OpenAIProvider:
    """OpenAI with one key. `url` is the base address ("https://api.openai.com/v1"); base64 is read in `pixels`."""

    name: ClassVar[str] = "openai"
    is_repeatable: ClassVar[bool] = False

    session: aiohttp.ClientSession
    url: str
    key: str = field(repr=False)
    catalog: Catalog = field(repr=False)
    pixels: PixelWork = field(repr=False)
    submit_timeouts: Timeouts = SUBMIT_TIMEOUTS

    async def submit(self, order: PaintOrder) -> Finished:
        """Make one picture; waits for all of it. Raises ProviderError, ProviderUnknown where it may be paid for."""
        check_order(order)
        model = self.catalog.by_id.get(order.model.lower())
        request = self._paint_request(order)
        answer = await send(self.session, request)
        if not answer.is_success:
            raise await self.pixels.run(refusal, answer, order, model, self.key)
        made = await self.pixels.run(read_made, answer)
        cost = spent_micro_usd(made, order, model) if model else None
        return Finished(Picture(data=made.data), cost_micro_usd=cost, notes=notes_on(order))

    async def poll(self, handle: Handle) -> Failed:  # noqa: ARG002 - the contract's signature
        """Return that the order is lost: nothing can be asked after here."""
        return Failed(ProviderBroken("provider_lost_order", "openai: finished orders cannot be looked up"))

    async def cancel(self, handle: Handle) -> CancelAnswer:  # noqa: ARG002 - the contract's signature
        """Return NOT_SUPPORTED: leaving the call would lose a picture that is paid for."""
        return CancelAnswer.NOT_SUPPORTED

    async def parse_webhook(self, body: bytes, headers: Mapping[str, str]) -> WebhookNotice:  # noqa: ARG002 - as above
        """Raise ProviderRejected("bad_webhook"): this vendor calls nobody about pictures."""
        raise ProviderRejected("bad_webhook", "openai sends no webhooks for pictures")

    async def check_key(self) -> KeyReport:
        """Ask for the list of models, which is free; how much is left cannot be asked.

        Raises ProviderRefusedKey for a bad key, ProviderBusy or ProviderBroken where that cannot be told now.
        """
        request = HttpRequest(
            "GET", f"{self.url}/models", Purpose.POLL, headers=self._headers, timeouts=CALL_TIMEOUTS
        )
        answer = await send(self.session, request)
        if answer.is_success and not isinstance(answer.json_object().get("data"), list):
            raise garbled(request, "no list of models")
        if not answer.is_success and (error := key_refusal(answer, self.key)) is not None:
            raise error
        return KeyReport()

    def may_fetch(self, url: str) -> bool:  # noqa: ARG002 - the contract's signature
        """Return False: pictures come in the answer, and nowhere else."""
        return False

    @property
    def _headers(self) -> Mapping[str, str]:
        return {"Authorization": f"Bearer {self.key}"}

    def _paint_request(self, order: PaintOrder) -> HttpRequest:
        is_edit = bool(order.references)
        return HttpRequest(
            "POST",
            f"{self.url}/{EDITS if is_edit else GENERATIONS}",
            Purpose.SUBMIT,
            headers=self._headers,
            json=None if is_edit else generation_body(order),
            form=edit_form(order) if is_edit else None,
            timeouts=self.submit_timeouts,
            max_bytes=MAX_PICTURE_ANSWER_BYTES,
        )
