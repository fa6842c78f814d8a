"""One way to call an outside service: bounded in time and bytes, and every failure is a `ProviderError`.

    send(session, request)         -> Answer, whatever its status; vendors say more in the body than in the status
    raise_for_status(answer)       raises what the status table says
    fetch_bytes(session, url, ...) -> the body of a picture's address, at places that the provider may use

Which error a failure becomes depends on two things: whether the request may have left this machine, and what it was
for. A submit that may have left is `ProviderUnknown`, because it may have been paid for. A poll that failed is
`ProviderBusy`, so that its order goes on waiting. A fetch that failed is `ProviderBroken` and may be repeated.
"""

import asyncio
import io
import json
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass, field, replace
from functools import lru_cache
from typing import Final, NoReturn

import aiohttp
from yarl import URL

from services.addresses import Origin, origins_of, why_refused
from services.crash_points import crash_point
from services.crossing import Fate, Purpose, crossed, failure_of, status_error
from services.errors import ProviderBroken, ProviderError, ProviderRefusedKey
from services.guarded_connections import GuardedConnector, own_hosts_of
from services.models import JsonValue

MAX_ANSWER_BYTES: Final = 2 * 1024 * 1024
"""Answers of vendors are some kilobytes; those that carry pictures inline set their own cap."""

MAX_PICTURE_BYTES: Final = 40 * 1024 * 1024

_CHUNK_BYTES: Final = 64 * 1024
_OUTER_GRACE_S: Final = 2.0
_MOST_REDIRECTS: Final = 3
_REDIRECTS: Final = frozenset({301, 302, 303, 307, 308})


@dataclass(frozen=True, slots=True)
class Timeouts:
    """Bounds in seconds. All four are needed: `total_s` alone does not end a socket that stays mute while connecting.

    `connect_s` also covers the wait for a free connection of the pool, `sock_read_s` is the longest silence.
    """

    total_s: float = 60.0
    connect_s: float = 15.0
    sock_connect_s: float = 10.0
    sock_read_s: float = 30.0


@dataclass(frozen=True, slots=True)
class HttpRequest:
    """One request. `headers`, `json`, `form` and `content` may hold keys and are left out of every text.

    `json` is sent when it is not None; `form` (multipart) instead of it where a vendor wants files. `content` is a body
    that is bytes already (megabytes of JSON, encoded in a thread); its media type stands in `headers`.
    """

    method: str
    url: str
    purpose: Purpose
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)
    json: JsonValue = field(default=None, repr=False)
    form: aiohttp.FormData | None = field(default=None, repr=False)
    content: bytes | None = field(default=None, repr=False)
    timeouts: Timeouts = Timeouts()
    max_bytes: int = MAX_ANSWER_BYTES

    def __str__(self) -> str:
        """Return method, host and path: queries carry signatures and webhook tokens."""
        return f"{self.method} {_shown_url(self.url)}"


@dataclass(frozen=True, slots=True)
class Answer:
    """A complete answer of an outside service. Header names are as lower case."""

    status: int
    headers: Mapping[str, str]
    body: bytes = field(repr=False)
    request: HttpRequest

    @property
    def is_success(self) -> bool:
        """Return whether the status is 2xx."""
        return 200 <= self.status < 300

    def json_object(self) -> dict[str, JsonValue]:
        """Return the body as a JSON object. Raises the error of a garbled answer when it is none."""
        try:
            value: JsonValue = json.loads(self.body, parse_constant=_refuse_constant)
        except (ValueError, RecursionError):
            value = None
        if not isinstance(value, dict):
            kind = self.headers.get("content-type", "no type")[:60]
            raise garbled(
                self.request, f"{self.status} without a JSON object ({kind}, {len(self.body)} bytes)"
            )
        return value


class _TooManyBytes(Exception):
    """The answer is longer than the request's cap."""


def open_session(own_urls: Iterable[str] = ()) -> aiohttp.ClientSession:
    """Return a session for all calls of `send` and `fetch_bytes`; whoever opens it closes it.

    It connects to public addresses, and to the hosts of `own_urls` (the addresses of the settings) wherever they lie.
    It keeps no cookies: calls with the keys of many people go over it, and a cookie that a vendor gave to one of them
    would go along with the next one's key. A proxy or a password file of the environment is not used.
    """
    connector = GuardedConnector(origins_of(own_urls))
    return aiohttp.ClientSession(connector=connector, cookie_jar=aiohttp.DummyCookieJar(), trust_env=False)


def garbled(request: HttpRequest, reason: str) -> ProviderError:
    """Return the error of an answer that cannot be understood: it came, so the request had arrived."""
    return failure_of(request.purpose, Fate.MAYBE_SENT, f"{request}: {reason}")


def object_in(body: bytes) -> Mapping[str, JsonValue]:
    """Return a body as a JSON object, an empty one for anything else: what a refusal or a call says, if it says it."""
    try:
        value: JsonValue = json.loads(body)
    except (ValueError, RecursionError):
        return {}
    return value if isinstance(value, dict) else {}


def raise_for_status(answer: Answer) -> None:
    """Raise what the answer's status means, see `services/crossing.py`, unless it is 2xx."""
    if not answer.is_success:
        text = f"{answer.request}: status {answer.status}"
        raise status_error(answer.request.purpose, answer.status, answer.headers.get("retry-after"), text)


async def send(session: aiohttp.ClientSession, request: HttpRequest) -> Answer:
    """Send one request and return its complete answer, whatever its status.

    Redirects are never followed: they would carry a key to another host, or submit twice. aiohttp itself repeats a GET
    or a PUT once where a kept connection breaks under it, but never a POST, which every paid call is.
    Raises ProviderError, see the module's text; nothing that it raises holds a header, a body or a query.
    """
    _check_headers(request)
    try:
        # aiohttp's own timers have been seen not to fire, hence the one around them.
        async with asyncio.timeout(request.timeouts.total_s + _OUTER_GRACE_S):
            return await _exchange(session, request)
    except _TooManyBytes:
        failure = _too_large(request)
    except (aiohttp.ClientError, TimeoutError, UnicodeError) as error:
        # UnicodeError: Python's own words for a host name that cannot be looked up ("a..b").
        failure = crossed(request.purpose, error, str(request))
    # Raised out here: inside, the telltale exceptions would still hang on it as its context.
    raise failure


async def fetch_bytes(
    session: aiohttp.ClientSession,
    url: str,
    may_fetch: Callable[[str], bool],
    *,
    own: Collection[Origin] | None = None,
    max_bytes: int = MAX_PICTURE_BYTES,
    timeouts: Timeouts = Timeouts(total_s=120.0),
) -> bytes:
    """Return what lies at `url`, asked for without any key; `may_fetch` must allow it and each redirect on the way.

    So must the guard of addresses from outside, whose own hosts are `own`; where that is None, those of `session` (one
    of `open_session`). Other hosts of the session are connected to wherever they lie: `may_fetch` has to refuse them.
    `timeouts.total_s` bounds all of it. The bytes may be short or no picture: a server that gives no length and closes
    early looks finished. Raises ProviderBroken("result_expired", "result_too_large", "result_empty",
    "result_elsewhere", "provider_broken" or "provider_unreachable") and ProviderBusy.
    """
    known = own_hosts_of(session)

    def check(asked: HttpRequest) -> None:
        refused = why_refused(asked.url, known if own is None else own) or (
            None if may_fetch(asked.url) else "no place to fetch it from"
        )
        if refused is not None:
            raise ProviderBroken("result_elsewhere", f"{asked}: {refused}")

    request = HttpRequest("GET", url, Purpose.FETCH, timeouts=timeouts, max_bytes=max_bytes)
    answer = await _followed(session, request, check)
    raise_for_status(answer)
    if not answer.body:
        raise ProviderBroken("result_empty", f"{answer.request}: empty body")
    return answer.body


async def _followed(
    session: aiohttp.ClientSession, request: HttpRequest, check: Callable[[HttpRequest], None]
) -> Answer:
    """Return the answer at the end of at most three redirects, each checked before it is asked, all in one time."""
    clock = asyncio.get_running_loop().time
    until_s = clock() + request.timeouts.total_s
    for left in range(_MOST_REDIRECTS, -1, -1):
        check(request)
        answer = await send(session, request)
        if not left or answer.status not in _REDIRECTS:
            break
        timeouts = replace(request.timeouts, total_s=max(until_s - clock(), 0.001))
        request = replace(request, url=_redirected(answer), timeouts=timeouts)
    return answer


def _redirected(answer: Answer) -> str:
    """Return where a redirect leads. Raises ProviderBroken where it says nothing that can be followed."""
    try:
        return str(URL(answer.request.url).join(URL(answer.headers["location"])))
    except (KeyError, ValueError):
        raise ProviderBroken("provider_broken", f"{answer.request}: a redirect to nowhere") from None


async def _exchange(session: aiohttp.ClientSession, request: HttpRequest) -> Answer:
    async with session.request(
        request.method,
        request.url,
        headers=request.headers,
        json=request.json,
        data=request.form if request.content is None else _body(request.content),
        allow_redirects=False,
        timeout=_client_timeout(request.timeouts),
    ) as response:
        if request.purpose is Purpose.FETCH:
            crash_point("fetch.begun")
        body = await _read_capped(response, request.max_bytes)
        headers = {name.lower(): value for name, value in response.headers.items()}
        return Answer(response.status, headers, body, request)


def _body(content: bytes) -> bytes | io.BytesIO:
    """Return a body as aiohttp takes it: as a file where it is long.

    Bytes are written in one piece, with the headers, which stops the event loop for as long as that takes.
    """
    return content if len(content) <= _CHUNK_BYTES else io.BytesIO(content)


async def _read_capped(response: aiohttp.ClientResponse, max_bytes: int) -> bytes:
    """Return the body after decompression. Raises _TooManyBytes as soon as it is longer than the cap."""
    if (response.content_length or 0) > max_bytes:
        raise _TooManyBytes
    body = bytearray()
    async for chunk in response.content.iter_chunked(_CHUNK_BYTES):
        body += chunk
        if len(body) > max_bytes:
            raise _TooManyBytes
    return bytes(body)


@lru_cache(maxsize=16)
def _client_timeout(timeouts: Timeouts) -> aiohttp.ClientTimeout:
    return aiohttp.ClientTimeout(
        total=timeouts.total_s,
        connect=timeouts.connect_s,
        sock_connect=timeouts.sock_connect_s,
        sock_read=timeouts.sock_read_s,
    )


def _check_headers(request: HttpRequest) -> None:
    """Raise ProviderRefusedKey for a header value that HTTP cannot carry: keys are the only foreign text in headers."""
    for name, value in request.headers.items():
        if not (value.isascii() and value.isprintable()):
            raise ProviderRefusedKey(
                "provider_refused_key", f"{request}: header {name} is not printable ASCII"
            )


def _too_large(request: HttpRequest) -> ProviderError:
    text = f"more than {request.max_bytes} bytes"
    if request.purpose is Purpose.FETCH:
        return ProviderBroken("result_too_large", f"{request}: {text}", max_bytes=request.max_bytes)
    return garbled(request, text)


def _shown_url(url: str) -> str:
    """Return host and path of `url` without user, query and fragment."""
    try:
        parsed = URL(url)
        return f"{parsed.host or '?'}{parsed.path}"[:200]
    except ValueError:
        return "(no address)"


def _refuse_constant(name: str) -> NoReturn:
    """Refuse NaN and infinities, which Python reads although JSON has no such words."""
    raise ValueError(f"{name} is not JSON")
