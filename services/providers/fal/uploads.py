"""Reference pictures that are too large for the order itself: uploaded, and deleted by fal after a day.

    POST {rest}/storage/auth/token         -> a token and the host to upload to; also the free call that tests a key
    POST {cdn}/files/upload                -> access_url
    POST {rest}/storage/upload/initiate    -> upload_url, file_url       where the first way fails
    PUT  {upload_url}                         without the key

Nothing here costs anything: whatever fails, no order was sent. *Source:* fal-client 1.0.3 (first way) and
@fal-ai/client 1.10.1, storage.js (second way).
"""

import asyncio
import json
import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

import aiohttp

from services.crossing import Purpose
from services.errors import ProviderBroken, ProviderBusy, ProviderError, ProviderRefusedKey
from services.http import Answer, HttpRequest, Timeouts, garbled, send
from services.models import JsonValue
from services.providers.base import Reference
from services.providers.fal.addresses import Addresses
from services.providers.fal.refusals import call_error

LIVES_S: Final = 86_400
"""A day. *Source:* fal-client 1.0.3 calls it "1d"."""
CDN_URL: Final = "https://v3.fal.media"

_UPLOAD_TIMEOUTS: Final = Timeouts(total_s=120.0)
_LIFECYCLE: Final = json.dumps({"expiration_duration_seconds": LIVES_S})
_STORAGE: Final = "storage_type=fal-cdn-v3"

_logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Token:
    """Leave to upload for an hour: the value of the Authorization header, and the host."""

    authorization: str = field(repr=False)
    base_url: str


@dataclass(frozen=True, slots=True)
class Storage:
    """fal's storage with one key."""

    session: aiohttp.ClientSession
    addresses: Addresses
    key: str = field(repr=False)

    async def store(self, references: Mapping[int, Reference]) -> dict[int, str]:
        """Upload pictures; return their addresses by the same places.

        Raises ProviderBroken("upload_failed"), ProviderBusy or ProviderRefusedKey; nothing was ordered.
        """
        token = await self._token_or_none()
        names = [f"reference-{place + 1}.{_extension(each)}" for place, each in references.items()]
        uploads = [
            self._store_one(token, name, each) for name, each in zip(names, references.values(), strict=True)
        ]
        # All of them end before an error is raised: none goes on behind the back of the next try.
        outcomes = await asyncio.gather(*uploads, return_exceptions=True)
        return dict(zip(references, _checked(outcomes), strict=True))

    async def get_token(self) -> Token:
        """Return a token. Raises ProviderRefusedKey for a key that fal does not take, else ProviderBusy."""
        answer = await self._post(f"/storage/auth/token?{_STORAGE}", {})
        if not answer.is_success:
            raise call_error(answer)
        told = answer.json_object()
        token, kind, base_url = (told.get(name) for name in ("token", "token_type", "base_url"))
        if not isinstance(token, str) or not token:
            raise garbled(answer.request, "no token")
        base = base_url if isinstance(base_url, str) and self.addresses.may_fetch(base_url) else CDN_URL
        return Token(f"{kind if isinstance(kind, str) and kind else 'Bearer'} {token}", base.rstrip("/"))

    async def _token_or_none(self) -> Token | None:
        try:
            return await self.get_token()
        except ProviderRefusedKey:
            raise
        except ProviderError as error:
            _logger.info("no upload token, the other way is tried: %s", error)
            return None

    async def _store_one(self, token: Token | None, name: str, reference: Reference) -> str:
        if token is not None:
            try:
                return await self._upload(token, name, reference)
            except ProviderError as error:
                _logger.info("upload failed, the other way is tried: %s", error)
        return await self._put(name, reference)

    async def _upload(self, token: Token, name: str, reference: Reference) -> str:
        request = HttpRequest(
            "POST",
            f"{token.base_url}/files/upload",
            Purpose.POLL,
            headers={
                "Authorization": token.authorization,
                "Content-Type": reference.media_type,
                "X-Fal-File-Name": name,
                "X-Fal-Object-Lifecycle": _LIFECYCLE,
            },
            content=reference.data,
            timeouts=_UPLOAD_TIMEOUTS,
        )
        answer = await send(self.session, request)
        return self._address(answer, "access_url")

    async def _put(self, name: str, reference: Reference) -> str:
        """Upload the way of the JavaScript client."""
        wanted: dict[str, JsonValue] = {"file_name": name, "content_type": reference.media_type}
        answer = await self._post(f"/storage/upload/initiate?{_STORAGE}", wanted)
        upload_url, file_url = self._address(answer, "upload_url"), self._address(answer, "file_url")
        # The address is signed: the key stays here. Python's client sends it along, JavaScript's does not.
        put = HttpRequest(
            "PUT",
            upload_url,
            Purpose.POLL,
            headers={"Content-Type": reference.media_type},
            content=reference.data,
            timeouts=_UPLOAD_TIMEOUTS,
        )
        done = await send(self.session, put)
        if not done.is_success:
            # Whatever it says, it says it of the address and not of the key.
            raise garbled(put, f"status {done.status}")
        return file_url

    def _address(self, answer: Answer, name: str) -> str:
        """Return an address of fal's that an answer names. Raises ProviderError where it names none."""
        if not answer.is_success:
            raise call_error(answer)
        url = answer.json_object().get(name)
        if not isinstance(url, str) or not self.addresses.may_fetch(url):
            raise garbled(answer.request, f"no {name} of fal's")
        return url

    async def _post(self, path: str, body: dict[str, JsonValue]) -> Answer:
        request = HttpRequest(
            "POST",
            f"{self.addresses.rest_url}{path}",
            Purpose.POLL,
            headers={
                "Authorization": f"Key {self.key}",
                "X-Fal-Object-Lifecycle-Preference": _LIFECYCLE,
            },
            json=body,
        )
        return await send(self.session, request)


def _checked(outcomes: Sequence[str | BaseException]) -> list[str]:
    """Return the addresses. Raises the first error, as one of a submit that was never sent."""
    for outcome in outcomes:
        if isinstance(outcome, ProviderRefusedKey):
            raise outcome
        if isinstance(outcome, ProviderBusy) and outcome.code == "provider_busy":
            raise outcome
        if isinstance(outcome, ProviderError):
            # A failed upload is tried again as often as a failed submit, and not for as long as fal is away.
            raise ProviderBroken("upload_failed", str(outcome), vendor_text=outcome.vendor_text)
        if isinstance(outcome, BaseException):
            raise outcome
    return [outcome for outcome in outcomes if isinstance(outcome, str)]


def _extension(reference: Reference) -> str:
    return reference.media_type.rpartition("/")[2]
