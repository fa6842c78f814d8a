"""How BFL's stand-in refuses: FastAPI's bodies, `{"detail": ...}`. Only those of 422 are published."""

import json
from collections.abc import Awaitable, Callable
from typing import NoReturn

from aiohttp import web

from playground.providers.bfl_models import Json

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


class RefusedError(Exception):
    """A request that is refused; `detail` is a text, or a list of broken rules."""

    def __init__(self, status: int, detail: Json) -> None:
        super().__init__(str(status))
        self.status = status
        self.detail = detail


def answering(handler: Handler) -> Handler:
    """Return the handler with its refusals as answers."""

    async def answer(request: web.Request) -> web.StreamResponse:
        try:
            return await handler(request)
        except RefusedError as error:
            return web.json_response({"detail": error.detail}, status=error.status)

    return answer


async def read_body(request: web.Request) -> dict[str, Json]:
    """Return the body as an object. Raises RefusedError.

    Without the content type of JSON it counts as a text. *Source:* FastAPI, release 0.65.2.
    """
    if request.content_type != "application/json":
        raise _no_object((await request.read()).decode("utf-8", "replace"))
    try:
        body = json.loads(await request.read(), parse_constant=_refuse_constant)
    except (ValueError, RecursionError):
        entry = {"type": "json_invalid", "loc": ["body", 0], "msg": "JSON decode error", "input": {}}
        raise RefusedError(422, [entry]) from None
    if not isinstance(body, dict):
        raise _no_object(body)
    return body


def _no_object(body: Json) -> RefusedError:
    text = "Input should be a valid dictionary or object to extract fields from"
    return RefusedError(422, [{"type": "model_attributes_type", "loc": ["body"], "msg": text, "input": body}])


def _refuse_constant(name: str) -> NoReturn:
    """Refuse NaN and infinities, which Python reads although JSON has no such words."""
    raise ValueError(f"{name} is not JSON")
