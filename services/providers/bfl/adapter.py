"""Black Forest Labs (FLUX from its makers) over its own wire.

    POST {base}/v1/{model}   -> id, polling_url, cost          an order; there is no idempotency key
    GET  {polling_url}       -> status, result.sample          at a regional host; the global one may not know the task
    GET  {result.sample}     -> the picture, for ten minutes   never with our key
    GET  {base}/v1/credits   -> credits                        free: tests a key

Money: a submit is repeated only where the answer proves that nothing was accepted: 429, 503 in the vendor's own words,
and refusals. Everything else that may have arrived is `ProviderUnknown`. Nothing can be cancelled there.

*Source:* OpenAPI of api.bfl.ai, version 0.0.1; docs.bfl.ai, errors and pricing.
"""

import asyncio
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import ClassVar, Final

import aiohttp
from yarl import URL

from services.crossing import Purpose, status_error
from services.errors import ProviderBroken, ProviderRejected
from services.http import (
    MAX_ANSWER_BYTES,
    Answer,
    HttpRequest,
    Timeouts,
    garbled,
    object_in,
    raise_for_status,
    send,
)
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
from services.providers.bfl.answers import (
    POLL_AFTER_S,
    POLLING,
    SAMPLE,
    is_task_id,
    micro_usd,
    read_accepted,
    read_task,
    status_of,
)
from services.providers.bfl.orders import encode_order
from services.providers.bfl.refusals import refusal
from services.providers.catalog import Catalog
from services.providers.model import Capabilities, Model
from services.providers.places import Places

# Source: addresses seen in answers: api.eu1.bfl.ai for polling; delivery-us1.bfl.ai and Azure's host for pictures.
API_HOSTS: Final = ("bfl.ai",)
PICTURE_HOSTS: Final = ("bfl.ai", "bfldeliveryprod.blob.core.windows.net")

LOST_AFTER_S: Final = 30.0
"""How long after its submit an unknown order is asked after again. *Source:* ComfyUI's own nodes for this vendor ask
five times more after a 404, two seconds apart; the vendor documents nothing."""
_LOST_AFTER: Final = "lost_after"
_NO_CAPABILITIES: Final = Capabilities()
_TIMEOUTS: Final = Timeouts()


@dataclass(frozen=True, slots=True)
class BflProvider:
    """Black Forest Labs with one key. `url` is the base address without a slash at its end.

    `now_s` gives seconds since 1970.
    """

    name: ClassVar[str] = "bfl"
    is_repeatable: ClassVar[bool] = False

    session: aiohttp.ClientSession
    url: str
    key: str = field(repr=False)
    catalog: Catalog = field(repr=False)
    timeouts: Timeouts = _TIMEOUTS
    now_s: Callable[[], float] = time.time

    async def submit(self, order: PaintOrder) -> Waiting:
        """Hand in an order. Raises ProviderError; ProviderUnknown where it may have been accepted."""
        model = self._model(order.model)
        capabilities = model.capabilities if model else _NO_CAPABILITIES
        content = await _encoded(order, capabilities)
        request = HttpRequest(
            "POST",
            f"{self.url}/v1/{order.endpoint}",
            Purpose.SUBMIT,
            headers={"x-key": self.key, "Content-Type": "application/json"},
            content=content,
            timeouts=self.timeouts,
            # A refusal repeats what was sent, pictures included. Source: FastAPI, `input` of a validation error.
            max_bytes=MAX_ANSWER_BYTES + 2 * len(content),
        )
        answer = await send(self.session, request)
        if not answer.is_success:
            raise await asyncio.to_thread(refusal, answer, order, model, self.key)
        handle = read_accepted(answer.json_object(), order.model)
        if handle is None:
            raise garbled(request, "accepted without an id")
        facts = {**handle.facts, _LOST_AFTER: str(int(self.now_s() + LOST_AFTER_S))}
        return Waiting(replace(handle, facts=facts), POLL_AFTER_S)

    async def poll(self, handle: Handle) -> Running | Finished | Failed:
        """Return how far the order is. Raises ProviderError when that cannot be told now."""
        given = handle.addresses.get(POLLING, "")
        is_given = self._may_ask(given)
        answer = await self._get(
            _with_id(given if is_given else f"{self.url}/v1/get_result", handle.remote_id)
        )
        outcome = _read_poll(answer, handle)
        is_lost = isinstance(outcome, Failed) and outcome.error.code == "provider_lost_order"
        if is_lost and not is_given:
            return self._not_found_here(handle)
        return Running(poll_after_s=POLL_AFTER_S) if is_lost and self._may_still_come(handle) else outcome

    async def cancel(self, handle: Handle) -> CancelAnswer:  # noqa: ARG002 - the contract's signature
        """Return NOT_SUPPORTED: the vendor has no such call, and the picture is paid for."""
        return CancelAnswer.NOT_SUPPORTED

    async def parse_webhook(self, body: bytes, headers: Mapping[str, str]) -> WebhookNotice:  # noqa: ARG002 - as above
        """Return a hint: which order to ask after. Raises ProviderRejected("bad_webhook") where it names none.

        No signature is asked for: none is documented, and the address that was called bears our own MAC. Payloads
        are known from hearsay: `id`, by others `task_id`, and on success `result.sample`, which is used only where
        the order has no polling address and `get_result` does not know it.
        """
        value = object_in(body)
        remote_id = value.get("id") or value.get("task_id")
        if not is_task_id(remote_id):
            raise ProviderRejected("bad_webhook", "no task id in it")
        result = value.get("result")
        sample = result.get("sample") if isinstance(result, dict) and status_of(value) == "ready" else None
        is_sample = isinstance(sample, str) and self.may_fetch(sample)
        return WebhookNotice(remote_id, addresses={SAMPLE: str(sample)} if is_sample else None)

    async def check_key(self) -> KeyReport:
        """Return what is left on the key's account.

        Raises ProviderRefusedKey for a bad key, ProviderBusy or ProviderBroken where that cannot be told now.
        """
        answer = await self._get(f"{self.url}/v1/credits")
        if not answer.is_success:
            text = f"{answer.request}: status {answer.status}"
            error = status_error(Purpose.POLL, answer.status, answer.headers.get("retry-after"), text)
            # The table's words for a poll speak of an order; here there is none.
            is_about_order = isinstance(error, ProviderBroken | ProviderRejected)
            raise ProviderBroken("provider_broken", text) if is_about_order else error
        left = micro_usd(answer.json_object().get("credits"))
        return KeyReport(None if left is None else f"${left // 10_000 / 100:.2f}")

    def may_fetch(self, url: str) -> bool:
        """Tell whether `url` can be where pictures are delivered. No key is ever sent there."""
        return Places(self.url, PICTURE_HOSTS).allows(url)

    def _may_ask(self, url: str) -> bool:
        """Tell whether our key may be sent to `url`: to the hosts of the API, not to those of the pictures."""
        if not Places(self.url, API_HOSTS).allows(url):
            return False
        host = URL(url).host or ""
        # "delivery-us1.bfl.ai" lies under "bfl.ai" as well.
        return host.startswith("api.") or host == URL(self.url).host

    def _may_still_come(self, handle: Handle) -> bool:
        """Tell whether an order is so new that the host of its polling address may not know it yet."""
        lost_after = handle.facts.get(_LOST_AFTER, "")
        return lost_after.isdigit() and self.now_s() < int(lost_after)

    def _not_found_here(self, handle: Handle) -> Running | Finished:
        """Return what an unknown task means where we had to ask at the global host.

        It is no proof: tasks of other regions are unknown there. The picture may come by the webhook's address;
        without one the engine's own deadline ends the order, as one whose fate is not known.
        """
        sample = handle.addresses.get(SAMPLE, "")
        return Finished(Picture(url=sample)) if self.may_fetch(sample) else Running(poll_after_s=POLL_AFTER_S)

    def _model(self, model_id: str) -> Model | None:
        return self.catalog.by_id.get(model_id.lower())

    async def _get(self, url: str) -> Answer:
        request = HttpRequest("GET", url, Purpose.POLL, headers={"x-key": self.key}, timeouts=self.timeouts)
        return await send(self.session, request)


async def _encoded(order: PaintOrder, capabilities: Capabilities) -> bytes:
    """Return an order's body. One of words alone is some hundred bytes: the way into a thread would take longer."""
    if not order.references:
        return encode_order(order, capabilities)
    return await asyncio.to_thread(encode_order, order, capabilities)


def _with_id(url: str, remote_id: str) -> str:
    """Return a polling address with the task's id: whether the given one has it already is not documented."""
    address = URL(url)
    return url if "id" in address.query else str(address.extend_query(id=remote_id))


def _read_poll(answer: Answer, handle: Handle) -> Running | Finished | Failed:
    """Return what a poll's answer says about the order. Raises ProviderError where it says nothing about it."""
    task = object_in(answer.body)
    # An unknown task is a status of its own; a 404 in FastAPI's words is taken alike, one of a gateway is not.
    if answer.status == 404 and not status_of(task) and "detail" in task:
        task = {"status": "Task not found"}
    elif not answer.is_success and answer.status != 404:
        raise_for_status(answer)
    outcome = read_task(task, handle) if status_of(task) else None
    if outcome is None:
        raise_for_status(answer)
        raise garbled(answer.request, "no status, or ready without a picture")
    return outcome
