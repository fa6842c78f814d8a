"""POST /hooks/{provider}/{attempt}.{mac}: calls that the providers make when a picture is ready.

The address carries our attempt id and a MAC over it, so a call finds its job even when we were killed before we wrote
down the provider's own id, and nobody can guess an address. The provider's signature, where it has one, is checked by
the receiver. A call is answered 200 only after its effect was committed: everything else makes the sender repeat it.
"""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final

from aiohttp import hdrs, web

from services.errors import NotFoundError, ProviderRejected
from services.metrics import count

MAX_BODY_BYTES: Final = 1024 * 1024
BODY_DEADLINE_S: Final = 10.0
MAX_ID: Final = 2**63 - 1

_ADDRESS: Final = r"/hooks/{provider:[a-z0-9]{1,32}}/{attempt:[0-9]{1,19}}.{mac:[A-Za-z0-9_-]{1,128}}"


@dataclass(frozen=True, slots=True)
class HookCall:
    """One call of a provider. `headers` have lower-case names; repeated ones are joined with ", ".

    *Source:* RFC 9110, 5.3 (joining), which also makes a doubled signature header an invalid signature.
    """

    provider: str
    attempt_id: int
    body: bytes
    headers: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class HookDoor:
    """What the route needs: `is_ours(provider, attempt_id, mac)` in constant time, and the receiver.

    The receiver returns when the effect is committed (a repeated call has none). It raises ProviderRejected for a bad
    signature (answered 401), NotFoundError (404); errors that may be retried are answered 503, so the sender repeats.
    """

    is_ours: Callable[[str, int, str], bool]
    receive: Callable[[HookCall], Awaitable[None]]
    body_deadline_s: float = BODY_DEADLINE_S


_OUTCOMES: Final[Mapping[int, str]] = MappingProxyType(
    {401: "bad_signature", 404: "no_attempt", 400: "unreadable", 408: "unreadable", 413: "too_large"}
)
"""What the metrics call an answer."""


def _identify(request: web.Request, door: HookDoor) -> tuple[str, int]:
    provider, attempt = request.match_info["provider"], int(request.match_info["attempt"])
    if attempt > MAX_ID or not door.is_ours(provider, attempt, request.match_info["mac"]):
        # What stands in a forged address is anybody's invention, and no label.
        count("limner_webhooks_total", provider="unknown", outcome="not_ours")
        raise web.HTTPNotFound
    return provider, attempt


async def _read_body(request: web.Request, deadline_s: float) -> bytes:
    # The provider's signature is over the bytes as sent, and a compressed body may be a bomb.
    if request.headers.get(hdrs.CONTENT_ENCODING, "identity").lower() != "identity":
        raise web.HTTPUnsupportedMediaType
    try:
        async with asyncio.timeout(deadline_s):
            body = await request.read()
    except TimeoutError:
        raise web.HTTPRequestTimeout from None
    except (web.RequestPayloadError, ConnectionError):
        raise web.HTTPBadRequest from None
    if not body:
        raise web.HTTPBadRequest
    return body


def _joined(request: web.Request) -> dict[str, str]:
    joined: dict[str, str] = {}
    for name, value in request.headers.items():
        key = name.lower()
        joined[key] = f"{joined[key]}, {value}" if key in joined else value
    return joined


def hook_routes(door: HookDoor) -> list[web.RouteDef]:
    """Return the route."""

    async def take_call(request: web.Request) -> web.Response:
        provider, attempt = _identify(request, door)
        try:
            answer = await answer_call(request, provider, attempt)
        except web.HTTPException as error:
            count("limner_webhooks_total", provider=provider, outcome=_OUTCOMES.get(error.status, "refused"))
            raise
        except Exception:
            count("limner_webhooks_total", provider=provider, outcome="failed")
            raise
        count("limner_webhooks_total", provider=provider, outcome="taken")
        return answer

    async def answer_call(request: web.Request, provider: str, attempt: int) -> web.Response:
        body = await _read_body(request, door.body_deadline_s)
        try:
            await door.receive(HookCall(provider, attempt, body, _joined(request)))
        except ProviderRejected:
            raise web.HTTPUnauthorized from None
        except NotFoundError:
            raise web.HTTPNotFound from None
        return web.json_response({"status": "ok"})

    return [web.post(_ADDRESS, take_call)]
