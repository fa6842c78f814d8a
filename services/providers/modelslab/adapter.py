"""ModelsLab's flux_headshot as a provider: one face photo in, one portrait of that face out.

Money: an order is sent once. What proves that nothing was accepted is a refused connection, a refusal in the vendor's
own words, 429 and 503; an answer that cannot be read, a failure inside the service (500) and silence are unknown.
"""

import secrets
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from typing import ClassVar, Final

import aiohttp

from services.crossing import Fate, Purpose, failure_of
from services.errors import ProviderBroken, ProviderError, ProviderRefusedKey, ProviderRejected
from services.http import MAX_PICTURE_BYTES, Answer, HttpRequest, Timeouts, garbled, raise_for_status, send
from services.images.pixels import PixelWork
from services.models import MAX_SEED, JsonValue
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
from services.providers.modelslab import places, wire
from services.providers.modelslab.errors import (
    LOST,
    Refusal,
    call_error,
    poll_failure,
    submit_error,
    withheld,
)
from services.providers.modelslab.pictures import picture_of
from services.providers.modelslab.wire import Reply

SUBMIT_TIMEOUTS: Final = Timeouts(total_s=200.0, sock_read_s=180.0)
"""A quick order is answered with its picture: nothing comes before that, and giving up early loses the answer."""

CALL_TIMEOUTS: Final = Timeouts()
MAX_TEXT_BYTES: Final = MAX_PICTURE_BYTES * 4 // 3 + 64 * 1024
"""An answer may hold the largest picture as base64."""

SOONEST_LOOK_S: Final = 3.0
LATEST_LOOK_S: Final = 60.0
LOOK_EVERY_S: Final = 5.0
"""Between looks; the engine stretches it to 15 s."""
LOST_AFTER_S: Final = 30.0
"""How long after its first look an order may still be unknown to `fetch` without being lost."""

_LARGE_BYTES: Final = 256 * 1024


class ModelsLabProvider:
    """Both doors of flux_headshot with one key.

    `url` is the setting MODELSLAB_URL. `endpoints` maps the catalogue's model ids to endpoints: an order that was
    found again by its webhook has nothing else that names its door. `pixels` is where base64 and large JSON are read
    and written. `now_s` gives seconds since 1970.
    """

    name: ClassVar[str] = "modelslab"
    is_repeatable: ClassVar[bool] = False

    def __init__(
        self,
        session: aiohttp.ClientSession,
        url: str,
        key: str,
        *,
        endpoints: Mapping[str, str],
        pixels: PixelWork,
        now_s: Callable[[], float] = time.time,
        submit_timeouts: Timeouts = SUBMIT_TIMEOUTS,
        call_timeouts: Timeouts = CALL_TIMEOUTS,
    ) -> None:
        self._session = session
        self._url = url
        self._key = key
        self._endpoints = endpoints
        self._pixels = pixels
        self._now_s = now_s
        self.submit_timeouts = submit_timeouts
        self.call_timeouts = call_timeouts

    async def submit(self, order: PaintOrder) -> Waiting | Finished:
        """Hand in an order with its one face photo, and always with a seed."""
        if not order.references:
            raise ProviderRejected("model_needs_reference", "no face photo: not sent", model=order.model)
        seed = secrets.randbelow(MAX_SEED + 1) if order.image_seed is None else order.image_seed
        body = await self._pixels.run(wire.order_body, order, order.references[0], self._key, seed)
        request = self._request(order.endpoint, Purpose.SUBMIT, body)
        reply = await self._ask(request)
        if reply.status == "error":
            raise submit_error(self._refusal(request, reply, order.words), order.parameters)
        if reply.is_flagged:
            raise withheld(self._refusal(request, reply, order.words))
        return await self._accepted(order, request, reply, seed)

    async def _accepted(
        self, order: PaintOrder, request: HttpRequest, reply: Reply, seed: int
    ) -> Waiting | Finished:
        """Return what an answer that took the order says: its picture, or how to ask after it."""
        seed = seed if reply.seed is None else reply.seed
        first_look_s = _first_look_s(reply.eta_s)
        handle = self._handle_of(order, reply, seed, first_look_s)
        if reply.status == "success" and reply.output:
            # An answer that took the order must never look like one that did not.
            with suppress(ProviderError):
                picture = await picture_of(reply, reply.future_links[:1], self._pixels)
                return Finished(picture, seed=seed, handle=handle)
        if handle is None:
            raise garbled(
                request, f"{reply.http_status} {reply.status[:40]!r} without a usable id or picture"
            )
        return Waiting(handle, first_look_s)

    def _handle_of(self, order: PaintOrder, reply: Reply, seed: int, first_look_s: float) -> Handle | None:
        """Return how to ask after an order that was taken, None where the answer has no usable id."""
        if reply.remote_id is None:
            return None
        facts = {
            "door": wire.door_of(order.endpoint),
            "seed": str(seed),
            "lost_after": str(int(self._now_s() + first_look_s + LOST_AFTER_S)),
        }
        guesses = {"proxy": reply.proxy_links[:1], "future": reply.future_links[:1]}
        addresses = {name: links[0] for name, links in guesses.items() if links}
        return Handle(reply.remote_id, addresses, order.model, facts)

    async def poll(self, handle: Handle) -> Running | Finished | Failed:
        """Ask after an order. Where its picture may lie besides is what the first answer guessed."""
        request = self._request(
            wire.fetch_path(self._door_of(handle), handle.remote_id), Purpose.POLL, wire.key_body(self._key)
        )
        reply = await self._ask(request)
        if reply.status in ("error", "failed"):
            return self._unfinished(handle, request, reply)
        if reply.is_flagged:
            return Failed(withheld(self._refusal(request, reply)))
        # A success without an output is not ready (unverified: never seen, but `fetch` has "" while it waits).
        if reply.status != "success" or not reply.output:
            return Running(poll_after_s=LOOK_EVERY_S)
        try:
            picture = await picture_of(reply, handle.addresses.values(), self._pixels)
        except ProviderBroken as error:
            raise garbled(request, f"output: {error}") from None
        return Finished(picture, seed=_seed_of(handle))

    def _unfinished(self, handle: Handle, request: HttpRequest, reply: Reply) -> Running | Failed:
        """Return what an error of `fetch` means for its order; raises what is no word about the order."""
        if reply.http_status != 404 and not (reply.status == "error" and LOST.search(reply.message)):
            return poll_failure(self._refusal(request, reply))
        if self._may_still_come(handle):
            return Running(poll_after_s=LOOK_EVERY_S)
        return Failed(self._refusal(request, reply).error(ProviderBroken, "provider_lost_order"))

    def _may_still_come(self, handle: Handle) -> bool:
        """Tell whether an order that `fetch` does not know may be there all the same; the engine's deadline ends it."""
        lost_after = handle.facts.get("lost_after", "")
        # Without that time the order was found by its webhook, so it exists.
        return not lost_after.isdigit() or self._now_s() < int(lost_after)

    async def cancel(self, handle: Handle) -> CancelAnswer:  # noqa: ARG002 - the contract's signature
        """Return NOT_SUPPORTED: there is no such call for one order (`clear_queue` empties the whole server)."""
        return CancelAnswer.NOT_SUPPORTED

    async def parse_webhook(self, body: bytes, headers: Mapping[str, str]) -> WebhookNotice:  # noqa: ARG002 - as above
        """Return a hint: nobody signs these calls, so the order is asked after with our key before it counts."""
        try:
            remote_id = wire.webhook_id(body)
        except ValueError as error:
            raise ProviderRejected("bad_webhook", f"modelslab: {error}") from None
        return WebhookNotice(remote_id)

    async def check_key(self) -> KeyReport:
        """Ask for the number of orders in the works, and with a refused key the enterprise server for its state.

        That an enterprise key is known at its own server only is unverified; a key that either takes is good.
        """
        request = self._request(wire.COUNT_PATH, Purpose.POLL, wire.key_body(self._key))
        reply = await self._ask(request)
        if reply.status not in ("error", "failed"):
            return KeyReport()
        refusal = call_error(self._refusal(request, reply))
        if isinstance(refusal, ProviderRefusedKey):
            request = self._request(wire.ENTERPRISE_DETAILS_PATH, Purpose.POLL, wire.key_body(self._key))
            if (await self._ask(request)).status in ("ok", "success"):
                return KeyReport()
        raise refusal

    def may_fetch(self, url: str) -> bool:
        """Tell whether a picture may lie at `url`."""
        return places.may_fetch(url, self._url)

    def _request(self, path: str, purpose: Purpose, body: bytes) -> HttpRequest:
        return HttpRequest(
            "POST",
            wire.api_address(self._url, path),
            purpose,
            headers=wire.JSON_HEADERS,
            content=body,
            timeouts=self.submit_timeouts if purpose is Purpose.SUBMIT else self.call_timeouts,
            max_bytes=MAX_TEXT_BYTES,
        )

    async def _ask(self, request: HttpRequest) -> Reply:
        """Return the answer to a request. Raises ProviderError for one that is not the vendor's JSON."""
        answer = await send(self._session, request)
        try:
            body = await self._json(answer)
        except ProviderError:
            _raise_for_foreign(answer)
            raise
        return wire.read_reply(answer.status, body, answer.headers.get("retry-after"))

    async def _json(self, answer: Answer) -> dict[str, JsonValue]:
        is_large = len(answer.body) > _LARGE_BYTES
        return await self._pixels.run(answer.json_object) if is_large else answer.json_object()

    def _door_of(self, handle: Handle) -> str:
        endpoint = self._endpoints.get(handle.model, wire.ORDINARY_ENDPOINT)
        return handle.facts.get("door") or wire.door_of(endpoint)

    def _refusal(self, request: HttpRequest, reply: Reply, words: tuple[str, ...] = ()) -> Refusal:
        text = f"{request}: {reply.http_status} {reply.status[:40]!r}"
        return Refusal(reply, text, (*words, self._key))


def _raise_for_foreign(answer: Answer) -> None:
    """Raise what a failure means that is not the vendor's own JSON: the page of whatever stands in front of it."""
    if answer.status == 403:
        raise failure_of(
            answer.request.purpose, Fate.NOT_SENT, f"{answer.request}: 403 in front of the service"
        )
    raise_for_status(answer)


def _first_look_s(eta_s: float | None) -> float:
    return min(max(eta_s or LOOK_EVERY_S, SOONEST_LOOK_S), LATEST_LOOK_S)


def _seed_of(handle: Handle) -> int | None:
    seed = handle.facts.get("seed", "")
    return int(seed) if seed.isdigit() else None
