"""What the web edge says when it says no: problem details, and the headers that every answer carries.

*Source:* RFC 9457 (problem details).
"""

import json
import logging
from collections.abc import Mapping
from http import HTTPStatus
from types import MappingProxyType
from typing import Final

from aiohttp import hdrs, web
from aiohttp.typedefs import Handler

from services.errors import LimnerError
from services.logs import new_reference

SECURITY_HEADERS: Final[Mapping[str, str]] = MappingProxyType(
    {
        "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'",
        "X-Content-Type-Options": "nosniff",
        "X-Frame-Options": "DENY",
        "Referrer-Policy": "no-referrer",
        "Cross-Origin-Resource-Policy": "same-origin",
        "Cache-Control": "no-store",
    }
)

_DETAILS: Final[Mapping[int, str]] = MappingProxyType(
    {
        400: "The request could not be read.",
        401: "The signature of this call does not fit.",
        404: "There is nothing at this address.",
        405: "This address does not take that method.",
        408: "The request took too long to arrive.",
        413: "The request is too large.",
        415: "Send the body as it is, without a content encoding.",
        421: "This host name is not served here.",
        500: "Something went wrong on our side.",
        503: "Not ready at the moment; try again later.",
    }
)

_logger = logging.getLogger(__name__)


def problem_text(status: int, reference: str | None = None) -> str:
    """Return the JSON of a problem: its title is the status's own phrase, its detail one of ours."""
    body = {"type": "about:blank", "title": HTTPStatus(status).phrase, "status": status}
    if detail := _DETAILS.get(status):
        body["detail"] = detail
    if reference is not None:
        body["reference"] = reference
    return json.dumps(body)


def problem(
    status: int, *, reference: str | None = None, headers: Mapping[str, str] | None = None
) -> web.Response:
    """Return the answer for `status`; `reference` is the one under which the log tells more."""
    return web.Response(
        status=status,
        text=problem_text(status, reference),
        content_type="application/problem+json",
        headers=headers,
    )


@web.middleware
async def answer_with_problems(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Turn every error of a route into problem details; only our log learns more than the status."""
    try:
        return await handler(request)
    except web.HTTPException as error:
        allow = error.headers.get(hdrs.ALLOW)
        return problem(error.status, headers=None if allow is None else {hdrs.ALLOW: allow})
    except LimnerError as error:
        status = 503 if error.may_retry else 500
        return _report(request, status, error)
    except Exception as error:  # noqa: BLE001 - the outermost edge: whatever it is, it is logged and answered
        return _report(request, 500, error)


def _report(request: web.Request, status: int, error: Exception) -> web.Response:
    reference = new_reference()
    _logger.error(
        "%s %s failed", request.method, request.path, exc_info=error, extra={"reference": reference}
    )
    return problem(status, reference=reference)


async def finish_headers(_request: web.BaseRequest, response: web.StreamResponse) -> None:
    """Add the security headers and take the server's name and version away (aiohttp's `on_response_prepare`)."""
    for name, value in SECURITY_HEADERS.items():
        response.headers.setdefault(name, value)
    response.headers.popall(hdrs.SERVER, None)
