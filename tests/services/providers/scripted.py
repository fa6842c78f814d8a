"""A provider over real HTTP for tests, written as a real adapter is, with its server in `stand_in.py`.

async with stand_in() as server, aiohttp.ClientSession() as session:
    provider = ScriptedProvider(session, server.url)
    server.script(Stage.SUBMIT, Fault.BUSY)        # the next submit only; later ones are fine again
    ...
    assert server.paid_submits == 1
"""

import base64
import hashlib
import hmac
import json
from collections.abc import Mapping
from dataclasses import replace
from typing import ClassVar, Final

import aiohttp

from services.crossing import Purpose
from services.errors import ProviderBroken, ProviderBusy, ProviderError, ProviderRejected
from services.http import Answer, HttpRequest, Timeouts, garbled, raise_for_status, send
from services.models import JsonValue
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
from services.providers.places import Places
from services.vendor_text import vendor_text
from tests.services.providers.stand_in import SIGNATURE_HEADER, Fault, Stage, StandIn, sign, stand_in
from tests.waiting import HANGS_AFTER_S

__all__ = ["IMPATIENT", "PATIENT", "Fault", "ScriptedProvider", "Stage", "StandIn", "stand_in"]

PATIENT: Final = Timeouts(HANGS_AFTER_S, HANGS_AFTER_S, HANGS_AFTER_S, HANGS_AFTER_S)
IMPATIENT: Final = replace(PATIENT, sock_read_s=1.0)
"""For those tests in which the other side never answers: elsewhere a slow machine would not be a slow vendor."""


class ScriptedProvider:
    """The client of the stand-in, written as a real adapter is."""

    name: ClassVar[str] = "scripted"
    is_repeatable: ClassVar[bool] = False

    def __init__(
        self, session: aiohttp.ClientSession, url: str, timeouts: Timeouts = PATIENT, *, key: str = ""
    ) -> None:
        self._session = session
        self._url = url
        self._key = key
        self.timeouts = timeouts

    async def submit(self, order: PaintOrder) -> Waiting | Finished:
        """Hand in an order."""
        body: JsonValue = {
            "prompt": order.prompt,
            "seed": order.image_seed,
            "webhook_url": order.webhook_url,
            "references": [hashlib.sha256(each.data).hexdigest() for each in order.references],
            **dict(order.parameters),
        }
        answer = await self._send("POST", f"{self._url}/orders", Purpose.SUBMIT, body)
        _raise_for_submit(answer)
        accepted = answer.json_object()
        remote_id, status_url = accepted.get("id"), accepted.get("status_url")
        if not isinstance(remote_id, str) or not isinstance(status_url, str):
            raise garbled(answer.request, "accepted without an id")
        return Waiting(Handle(remote_id, {"status": status_url}, order.model), poll_after_s=0.05)

    async def poll(self, handle: Handle) -> Running | Finished | Failed:
        """Ask after an order."""
        answer = await self._send("GET", handle.addresses["status"], Purpose.POLL)
        if answer.status == 404:
            return Failed(ProviderBroken("provider_lost_order"))
        raise_for_status(answer)
        return _read_status(answer.json_object())

    async def cancel(self, handle: Handle) -> CancelAnswer:
        """Ask to stop."""
        answer = await self._send("DELETE", handle.addresses["status"], Purpose.POLL)
        raise_for_status(answer)
        return CancelAnswer.CANCELED if answer.json_object().get("canceled") else CancelAnswer.TOO_LATE

    async def parse_webhook(self, body: bytes, headers: Mapping[str, str]) -> WebhookNotice:
        """Read a signed call."""
        given = {name.lower(): value for name, value in headers.items()}.get(SIGNATURE_HEADER.lower(), "")
        if not hmac.compare_digest(given.encode(), sign(body).encode()):
            raise ProviderRejected("bad_webhook", "signature does not fit")
        value = json.loads(body)
        status = _read_status(value)
        return WebhookNotice(value["id"], None if isinstance(status, Running) else status)

    async def check_key(self) -> KeyReport:
        """Ask whether the key is good."""
        raise_for_status(await self._send("GET", f"{self._url}/key", Purpose.POLL))
        return KeyReport()

    def may_fetch(self, url: str) -> bool:
        """Tell whether a picture may lie there: on the stand-in's own host."""
        return Places(self._url, ()).allows(url)

    async def _send(self, method: str, url: str, purpose: Purpose, body: JsonValue = None) -> Answer:
        headers = {"Authorization": self._key}
        request = HttpRequest(method, url, purpose, headers=headers, json=body, timeouts=self.timeouts)
        return await send(self._session, request)


def _raise_for_submit(answer: Answer) -> None:
    """Raise what a refused submit means: the body first, then the status."""
    if answer.status == 503 and b'"accepted": false' in answer.body:
        raise ProviderBroken("provider_broken", f"{answer.request}: nothing accepted")
    if answer.status == 422 and b"moderation" in answer.body:
        raise ProviderRejected("provider_moderated_input", f"{answer.request}: input", stage="input")
    if answer.status == 422:
        refused = {name: str(value) for name, value in answer.json_object().items()}
        text = f"{answer.request}: option"
        raise ProviderRejected("provider_bad_option", text, charged=False, vendor_text="", **refused)
    wait_s = answer.json_object().get("retry_after") if answer.status == 429 else None
    if isinstance(wait_s, int):
        raise ProviderBusy("provider_busy", f"{answer.request}: busy", retry_after_s=wait_s)
    raise_for_status(answer)


def _read_picture(status: Mapping[str, JsonValue]) -> Picture:
    inline, others = status.get("picture"), status.get("other_urls")
    if isinstance(inline, str):
        return Picture(data=base64.b64decode(inline))
    other_urls = tuple(map(str, others)) if isinstance(others, list) else ()
    return Picture(url=str(status["picture_url"]), other_urls=other_urls)


def _read_status(status: Mapping[str, JsonValue]) -> Running | Finished | Failed:
    match status.get("state"):
        case "done":
            cost, seed = status.get("cost_micro_usd"), status.get("seed")
            return Finished(
                _read_picture(status),
                seed=seed if isinstance(seed, int) else None,
                cost_micro_usd=cost if isinstance(cost, int) else None,
            )
        case "failed":
            said = vendor_text(str(status.get("detail", "")))
            return Failed(ProviderBroken("provider_broken", "the run failed", vendor_text=said))
        case "canceled":
            return Failed(ProviderRejected("canceled", "canceled by us"))
        case "moderated":
            error: ProviderError = ProviderRejected("provider_moderated_output", "withheld", stage="output")
            error.charged = status.get("charged") is True
            return Failed(error)
    return Running(place=0, fraction=0.5, log_line=str(status.get("log", "")), poll_after_s=0.05)
