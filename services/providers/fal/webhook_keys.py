"""The public keys by which fal signs its webhooks: fetched when they are needed, kept for a day at most.

*Source:* fal.ai, webhooks: ED25519, keys at `/.well-known/jwks.json` of the REST host, cached up to 24 h.
"""

import asyncio
import base64
import binascii
import json
import logging
import time
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Final

import aiohttp

from services.crossing import Purpose
from services.errors import ProviderBusy, ProviderError
from services.http import HttpRequest, Timeouts, send

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

KEPT_S: Final = 86_400.0
ANEW_AFTER_S: Final = 60.0
"""Keys that do not fit are fetched anew at most once in this time; so are those that could not be had."""

_PATH: Final = "/.well-known/jwks.json"
_TIMEOUTS: Final = Timeouts(total_s=10.0, connect_s=5.0, sock_connect_s=5.0, sock_read_s=8.0)
"""fal gives a webhook 15 s in all. *Source:* fal.ai, webhooks."""
_MAX_BYTES: Final = 64 * 1024
_MOST_KEYS: Final = 20
_KEY_BYTES: Final = 32

_logger = logging.getLogger(__name__)


class WebhookKeys:
    """The keys of all accounts at fal, shared by every adapter. `clock` gives seconds that never run backwards."""

    def __init__(
        self,
        session: aiohttp.ClientSession,
        rest_url: str,
        *,
        clock: Callable[[], float] = time.monotonic,
        timeouts: Timeouts = _TIMEOUTS,
    ) -> None:
        self._session = session
        self._url = f"{rest_url}{_PATH}"
        self._clock = clock
        self._timeouts = timeouts
        self._keys: Sequence[Ed25519PublicKey] = ()
        self._fetched_s: float | None = None
        self._asked_s: float | None = None
        self._fetching = asyncio.Lock()

    async def verify(self, message: bytes, signature: bytes) -> bool:
        """Tell whether one of fal's keys signed `message`; False is said by fresh keys only.

        Raises ProviderBusy where the keys cannot be had, so that fal calls again.
        """
        if self._are_kept() and self._fits(message, signature):
            return True
        await self._renew()
        return self._fits(message, signature)

    def _are_kept(self) -> bool:
        return self._fetched_s is not None and self._clock() - self._fetched_s < KEPT_S

    def _fits(self, message: bytes, signature: bytes) -> bool:
        return any(_is_signed(key, message, signature) for key in self._keys)

    async def _renew(self) -> None:
        """Fetch the keys, unless they were asked for a moment ago. Raises ProviderBusy where that was in vain."""
        async with self._fetching:
            wait_s = 0.0 if self._asked_s is None else self._asked_s + ANEW_AFTER_S - self._clock()
            if wait_s <= 0:
                self._asked_s = self._clock()
                self._keys = await self._fetch()
                self._fetched_s = self._asked_s
            elif self._fetched_s != self._asked_s:
                raise ProviderBusy("provider_unreachable", "no keys for webhooks", retry_after_s=wait_s)

    async def _fetch(self) -> Sequence["Ed25519PublicKey"]:
        """Return the keys that are published now. Raises ProviderBusy."""
        request = HttpRequest("GET", self._url, Purpose.POLL, timeouts=self._timeouts, max_bytes=_MAX_BYTES)
        try:
            answer = await send(self._session, request)
        except ProviderError as error:
            raise ProviderBusy("provider_unreachable", str(error)) from error
        # In a thread for the first time's sake: importing the library takes longer than reading the keys.
        keys = await asyncio.to_thread(read_keys, answer.body) if answer.is_success else ()
        if not keys:
            raise ProviderBusy("provider_unreachable", f"{request}: status {answer.status}, no keys")
        _logger.info("fetched %d keys for fal's webhooks", len(keys))
        return keys


def read_keys(body: bytes) -> Sequence["Ed25519PublicKey"]:
    """Return the ED25519 keys of a key set; what else is in it is left out. *Source:* RFC 7517, RFC 8037."""
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey  # noqa: PLC0415

    try:
        listed = json.loads(body)["keys"]
    except (ValueError, RecursionError, KeyError, TypeError):
        return ()
    entries = listed[:_MOST_KEYS] if isinstance(listed, list) else []
    raw = [read_base64url(each.get("x")) for each in entries if isinstance(each, dict) and _is_ed25519(each)]
    return [Ed25519PublicKey.from_public_bytes(each) for each in raw if each and len(each) == _KEY_BYTES]


def read_base64url(value: object) -> bytes | None:
    """Return the bytes of base64url with or without its padding, None for anything else.

    Key sets have none, and fal's own sample fails on that. *Source:* RFC 7515, appendix C.
    """
    if not isinstance(value, str) or not value.isascii():
        return None
    plain = value.rstrip("=")
    try:
        return base64.b64decode(plain + "=" * (-len(plain) % 4), altchars=b"-_", validate=True)
    except binascii.Error:
        return None


def _is_ed25519(entry: dict[str, object]) -> bool:
    return entry.get("kty", "OKP") == "OKP" and entry.get("crv", "Ed25519") == "Ed25519"


def _is_signed(key: "Ed25519PublicKey", message: bytes, signature: bytes) -> bool:
    from cryptography.exceptions import InvalidSignature  # noqa: PLC0415 - loaded with the keys

    try:
        key.verify(signature, message)
    except InvalidSignature:
        return False
    return True
