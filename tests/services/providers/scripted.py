"""A provider over real HTTP for tests, written as a real adapter is, with its server in `stand_in.py`.

async with stand_in() as server, aiohttp.ClientSession() as session:
    provider = ScriptedProvider(session, server.url)
    server.script(Stage.SUBMIT, Fault.BUSY)        # the next submit only; later ones are fine again
    ...
    assert server.paid_submits == 1
"""

import hmac
import json
from collections.abc import Mapping
from dataclasses import replace
from typing import ClassVar, Final

import aiohttp

from services.crossing import Purpose
from services.errors import ProviderBroken, ProviderError, ProviderRejected
from services.http import Answer, HttpRequest, Timeouts, garbled, raise_for_status, send
from services.models import JsonValue
from services.providers.base import (
    CancelAnswer,
    Failed,
    Finished,
    Handle,
    PaintOrder,
    Picture,
    Running,
    Waiting,
    WebhookNotice,
)
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

    def __init__(self, session: aiohttp.ClientSession, url: str, timeouts: Timeouts = PATIENT) -> None:
        self._session = session
        self._url = url
        self.timeouts = timeouts

    async def submit(self, order: PaintOrder) -> Waiting | Finished:
        """Hand in an order."""
        body: JsonValue = {
            "prompt": order.prompt,
            "seed": order.image_seed,
            "webhook_url": order.webhook_url,
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

    async def _send(self, method: str, url: str, purpose: Purpose, body: JsonValue = None) -> Answer:
        request = HttpRequest(method, url, purpose, json=body, timeouts=self.timeouts)
        return await send(self._session, request)


def _raise_for_submit(answer: Answer) -> None:
    """Raise what a refused submit means: the body first, then the status."""
    if answer.status == 503 and b'"accepted": false' in answer.body:
        raise ProviderBroken("provider_broken", f"{answer.request}: nothing accepted")
    if answer.status == 422 and b"moderation" in answer.body:
        raise ProviderRejected("moderated", f"{answer.request}: input", stage="input")
    raise_for_status(answer)


def _read_status(status: Mapping[str, JsonValue]) -> Running | Finished | Failed:
    match status.get("state"):
        case "done":
            cost, seed = status.get("cost_micro_usd"), status.get("seed")
            return Finished(
                Picture(url=str(status["picture_url"])),
                seed=seed if isinstance(seed, int) else None,
                cost_micro_usd=cost if isinstance(cost, int) else None,
            )
        case "failed":
            return Failed(ProviderBroken("provider_broken", "the run failed"))
        case "canceled":
            return Failed(ProviderRejected("canceled", "canceled by us"))
        case "moderated":
            error: ProviderError = ProviderRejected("moderated", "withheld", stage="output")
            error.charged = status.get("charged") is True
            return Failed(error)
    return Running(place=0, fraction=0.5, log_line=str(status.get("log", "")), poll_after_s=0.05)
