"""fal over its own wire.

    POST {queue}/{endpoint}?fal_webhook=...   -> request_id and three addresses     an order; no idempotency key
    GET  {status_url}?logs=1                  -> place in the line, log, COMPLETED  which does not mean success
    GET  {response_url}                       -> the model's own status and body
    PUT  {cancel_url}
    POST {rest}/storage/auth/token            -> free: tests a key, and begins an upload

Money: a submit is sent once. What proves that nothing was accepted: a refused connection, a refusal (4xx), 429, and
those 5xx in fal's own words that say that no runner had the order. Every other 5xx, an answer that cannot be read and
silence are `ProviderUnknown`: the webhook finds the order then. Uploads come before the order, so their failures cost
nothing. What failed with 5xx is not charged; what the safety checker withholds is.

*Source:* fal.ai, queue, webhooks, errors and FAQ; fal-client 1.0.3.
"""

import asyncio
from collections.abc import Mapping
from dataclasses import replace
from typing import ClassVar, Final

import aiohttp

from services.crossing import Purpose
from services.errors import ProviderBroken, ProviderBusy, ProviderError
from services.http import MAX_ANSWER_BYTES, Answer, HttpRequest, Timeouts, garbled, object_in, send
from services.models import JsonValue
from services.providers.base import (
    CancelAnswer,
    Failed,
    Finished,
    Handle,
    KeyReport,
    PaintOrder,
    Running,
    Waiting,
    WebhookNotice,
)
from services.providers.catalog import Catalog
from services.providers.fal import orders, results
from services.providers.fal.addresses import CANCEL, RESPONSE, STATUS, Addresses, is_request_id, with_logs
from services.providers.fal.refusals import (
    REQUEST_ERRORS,
    Said,
    call_error,
    read_units,
    run_failure,
    submit_refusal,
)
from services.providers.fal.uploads import Storage
from services.providers.fal.webhook_keys import WebhookKeys
from services.providers.fal.webhooks import check_signature, read_notice
from services.providers.model import Capabilities, Model

_NO_CAPABILITIES: Final = Capabilities()
_ENDPOINT: Final = "endpoint"
_ENDED_STATUSES: Final = frozenset({400, 404, 409, 410})
_LARGE_BYTES: Final = 256 * 1024
MAX_RESULT_BYTES: Final = 32 * 1024 * 1024
"""Some kilobytes as a rule; a refusal may repeat what was sent, pictures included. *Source:* `input` of an entry."""


class FalProvider:
    """fal with one key. The addresses are the settings', without a slash at their end."""

    name: ClassVar[str] = "fal"
    is_repeatable: ClassVar[bool] = False

    def __init__(
        self,
        session: aiohttp.ClientSession,
        queue_url: str,
        rest_url: str,
        key: str,
        *,
        catalog: Catalog,
        webhook_keys: WebhookKeys,
        timeouts: Timeouts = Timeouts(),  # noqa: B008 - frozen
    ) -> None:
        self._session = session
        self._addresses = Addresses(queue_url, rest_url)
        # With a line break at its end fal answers a good key by "No user found".
        self._key = key.strip()
        self._catalog = catalog
        self._webhook_keys = webhook_keys
        self.timeouts = timeouts

    async def submit(self, order: PaintOrder) -> Waiting:
        """Hand in an order. Raises ProviderError; ProviderUnknown where it may have been accepted."""
        model = self._model(order.model)
        answer = await self._send_order(order, model.capabilities if model else _NO_CAPABILITIES)
        if not answer.is_success:
            raise await self._refusal(answer, order, model)
        accepted = answer.json_object()
        remote_id = accepted.get("request_id")
        if not isinstance(remote_id, str) or not is_request_id(remote_id):
            raise garbled(answer.request, "accepted without an id")
        handle = Handle(remote_id, self._addresses.given(accepted), order.model, {_ENDPOINT: order.endpoint})
        return Waiting(handle, results.POLL_AFTER_S)

    async def poll(self, handle: Handle) -> Running | Finished | Failed:
        """Return how far the order is. Raises ProviderError when that cannot be told now."""
        answer = await self._get(with_logs(self._address(STATUS, handle)))
        if not answer.is_success:
            failure = _lost(answer)
            if failure is None:
                raise call_error(answer)
            return failure
        status = answer.json_object()
        if results.status_word(status) != results.COMPLETED:
            return results.read_running(status)
        known = REQUEST_ERRORS.get(str(status.get("error_type")))
        if known is not None:
            return Failed(Said(answer.status, status, {}, str(answer.request)).error(known.kind, known.code))
        return await self._result(handle)

    async def cancel(self, handle: Handle) -> CancelAnswer:
        """Ask to stop. CANCELED is said only where the order certainly gives no picture any more.

        A running order that fal agrees to stop may finish all the same, and is charged then: it goes on being asked
        after, and ends by what fal says in the end. *Source:* fal.ai, queue cancel.
        """
        url = self._address(CANCEL, handle)
        answer = await self._send(HttpRequest("PUT", url, Purpose.POLL, headers=self._headers))
        if answer.status in _ENDED_STATUSES:
            return CancelAnswer.TOO_LATE
        if not answer.is_success:
            raise call_error(answer)
        return await self._stopped(handle)

    async def parse_webhook(self, body: bytes, headers: Mapping[str, str]) -> WebhookNotice:
        """Return what a call says whose signature fits. Raises ProviderRejected("bad_webhook") otherwise.

        Raises ProviderBusy where fal's public keys cannot be had.
        """
        await check_signature(body, headers, self._webhook_keys)
        return read_notice(body)

    async def check_key(self) -> KeyReport:
        """Ask for leave to upload, which costs nothing.

        Raises ProviderRefusedKey for a key or an account that fal does not take, else ProviderBusy.
        """
        await Storage(self._session, self._addresses, self._key).get_token()
        return KeyReport()

    def may_fetch(self, url: str) -> bool:
        """Tell whether `url` can be where fal keeps pictures. No key is ever sent there."""
        return self._addresses.may_fetch(url)

    async def _send_order(self, order: PaintOrder, capabilities: Capabilities) -> Answer:
        large = {
            place: reference
            for place, reference in enumerate(order.references)
            if len(reference.data) > orders.INLINE_BYTES
        }
        storage = Storage(self._session, self._addresses, self._key)
        uploaded = await storage.store(large) if large else {}
        content = await _encoded(order, capabilities, uploaded)
        request = HttpRequest(
            "POST",
            orders.submit_url(self._addresses.queue_url, order),
            Purpose.SUBMIT,
            headers={**self._headers, **orders.submit_headers(order)},
            content=content,
            timeouts=self.timeouts,
            max_bytes=MAX_ANSWER_BYTES + 2 * len(content),
        )
        return await send(self._session, request)

    async def _refusal(self, answer: Answer, order: PaintOrder, model: Model | None) -> ProviderError:
        body = await _read(answer)
        text = f"{answer.request}: status {answer.status}"
        private = (*order.words, self._key)
        return submit_refusal(
            Said(answer.status, body, answer.headers, text, model, order.parameters, private)
        )

    async def _result(self, handle: Handle) -> Running | Finished | Failed:
        """Return what came of an order that has ended: its result has the model's own status."""
        request = HttpRequest(
            "GET",
            self._address(RESPONSE, handle),
            Purpose.POLL,
            headers=self._headers,
            max_bytes=MAX_RESULT_BYTES,
        )
        answer = await self._send(request)
        body, model = await _read(answer), self._model(handle.model)
        if answer.is_success:
            if not body:
                raise garbled(request, "a result without a JSON object")
            if results.is_running(body):
                return results.read_running(body)
            cost = _cost(answer.headers, model)
            return results.read_result(body, cost) or results.empty_result(str(request), cost)
        text = f"{request}: status {answer.status}"
        said = Said(answer.status, body, answer.headers, text, model, private=(self._key,))
        error = run_failure(said)
        if error is None:
            raise call_error(answer)
        return Failed(error)

    async def _stopped(self, handle: Handle) -> CancelAnswer:
        """Return whether an order that fal agreed to stop is stopped already, or at least not begun."""
        answer = await self._get(with_logs(self._address(STATUS, handle)))
        status = object_in(answer.body) if answer.is_success else {}
        word = results.status_word(status)
        is_canceled = word == results.COMPLETED and status.get("error_type") == "client_cancelled"
        return CancelAnswer.CANCELED if is_canceled or word == "IN_QUEUE" else CancelAnswer.TOO_LATE

    def _address(self, name: str, handle: Handle) -> str:
        """Return an address of an order. Raises ProviderBusy where there is none: nothing is known of the order."""
        model = self._model(handle.model)
        endpoint = handle.facts.get(_ENDPOINT) or (model.endpoint if model else "")
        url = self._addresses.find(name, handle.addresses, endpoint, handle.remote_id)
        if url is None:
            raise ProviderBusy("provider_unreachable", f"no address for an order of {handle.model[:60]!r}")
        return url

    def _model(self, model_id: str) -> Model | None:
        return self._catalog.by_id.get(model_id.lower())

    @property
    def _headers(self) -> dict[str, str]:
        return {"Authorization": f"Key {self._key}"}

    async def _get(self, url: str) -> Answer:
        return await self._send(HttpRequest("GET", url, Purpose.POLL, headers=self._headers))

    async def _send(self, request: HttpRequest) -> Answer:
        return await send(self._session, replace(request, timeouts=self.timeouts))


async def _encoded(order: PaintOrder, capabilities: Capabilities, uploaded: Mapping[int, str]) -> bytes:
    """Return an order's body. One of words alone is some hundred bytes: the way into a thread would take longer."""
    if not order.references:
        return orders.encode_order(order, capabilities)
    return await asyncio.to_thread(orders.encode_order, order, capabilities, uploaded)


async def _read(answer: Answer) -> Mapping[str, JsonValue]:
    """Return an answer's body as a JSON object, an empty one for anything else; a large one is read in a thread."""
    if len(answer.body) > _LARGE_BYTES:
        return await asyncio.to_thread(object_in, answer.body)
    return object_in(answer.body)


def _lost(answer: Answer) -> Failed | None:
    """Return the end of an order that fal says it does not know. A page of some gateway's says nothing of it."""
    if answer.status != 404 or not object_in(answer.body):
        return None
    said = Said.of(answer)
    return Failed(said.error(ProviderBroken, "provider_lost_order"))


def _cost(headers: Mapping[str, str], model: Model | None) -> int | None:
    """Return what was billed, None where fal does not say it in units that the catalogue has a price for."""
    units = read_units(headers)
    price = model.price if model is not None else None
    return None if units is None or price is None else price.of_units(units)
