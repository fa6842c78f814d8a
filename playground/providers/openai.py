"""OpenAI's stand-in: generations, edits and the list of models; a call is the whole order.

Beside the words that every stand-in knows (`[moderated]`, `[nsfw]`, `[slow]`, `[broken]`, `[gone]`) a prompt may hold
`[busy]`, `[unpaid]`, `[limit]` and `[unverified]`: too many a minute, no money, a spending limit, no papers.

*Source:* openai-python 3.52.0, resources/images.py and resources/models.py.
"""

import asyncio
from collections.abc import Callable, Mapping
from typing import Final

from aiohttp import web

from playground.providers.desk import Desk, trick_in
from playground.providers.openai_answers import Plan, events_of, paint, plan_of, response_body
from playground.providers.openai_checks import EDIT_FIELDS, GENERATION_FIELDS, Order, check
from playground.providers.openai_errors import (
    REQUEST_ID,
    REQUEST_ID_KEY,
    Json,
    RefusedError,
    answering,
    bad_key,
    billing_limit,
    model_gone,
    moderated,
    no_quota,
    rate_limited,
    server_error,
    unverified,
)
from playground.providers.openai_inputs import check_overlays, read_edit, read_json
from playground.providers.openai_models import MODELS, Model

ACCOUNTS: Final[Mapping[str, Callable[[Order], RefusedError]]] = {
    "[busy]": lambda _order: rate_limited(),
    "[unpaid]": lambda _order: no_quota(),
    "[limit]": lambda _order: billing_limit(),
    "[unverified]": lambda order: unverified(order.model.name),
}
"""Words in a prompt that stand for the state of an account."""

_PROMPT_TRICKS: Final[Mapping[str, Callable[[Order], RefusedError]]] = {
    "moderated": lambda _order: moderated("input"),
    "broken": lambda _order: server_error(),
}


class OpenAI:
    """The stand-in of OpenAI's images."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk

    def routes(self) -> list[web.RouteDef]:
        """Return the routes of the front address."""
        return [
            web.route("POST", "/v1/images/generations", answering(self._generate)),
            web.route("POST", "/v1/images/edits", answering(self._edit)),
            web.route("GET", "/v1/models", answering(self._list_models)),
            web.route("GET", "/v1/models/{model}", answering(self._show_model)),
            # Also for /images/variations, which went with dall-e-2.
            web.route("*", "/v1/{tail:.*}", answering(self._refuse_address)),
        ]

    def apps(self) -> Mapping[str, web.Application]:
        """Return no further hosts."""
        return {}

    def set_origins(self, origins: Mapping[str, str]) -> None:
        """Take no addresses: there are no further hosts."""

    def signed(self, order_id: str, body: bytes, fault: str) -> Mapping[str, str]:  # noqa: ARG002 - the contract's
        """Return no headers: nobody is called back."""
        return {}

    def reset(self) -> None:
        """Forget nothing: every order ends with its call."""

    def _check_key(self, request: web.Request) -> None:
        scheme, _, key = request.headers.get("Authorization", "").partition(" ")
        if scheme.lower() != "bearer" or not self._desk.is_good_key(key.strip()):
            raise bad_key(key.strip() if scheme.lower() == "bearer" and key.strip() else None)

    async def _list_models(self, request: web.Request) -> web.Response:
        self._check_key(request)
        return web.json_response({"object": "list", "data": [_shown(model) for model in MODELS.values()]})

    async def _show_model(self, request: web.Request) -> web.Response:
        self._check_key(request)
        name = request.match_info["model"]
        if name not in MODELS:
            raise model_gone(name)
        return web.json_response(_shown(MODELS[name]))

    async def _refuse_address(self, request: web.Request) -> web.Response:
        raise RefusedError(404, f"Invalid URL ({request.method} {request.path.removeprefix('/openai')})")

    async def _generate(self, request: web.Request) -> web.StreamResponse:
        self._check_key(request)
        order = check(await read_json(request), GENERATION_FIELDS)
        return await self._answer(request, plan_of(order))

    async def _edit(self, request: web.Request) -> web.StreamResponse:
        self._check_key(request)
        asked = await read_edit(self._desk, request)
        order = check(asked.values, EDIT_FIELDS, is_form=asked.is_form)
        check_overlays(asked, order.model)
        return await self._answer(request, plan_of(order, asked.pictures))

    async def _answer(self, request: web.Request, plan: Plan) -> web.StreamResponse:
        """Paint, for as long as that takes; from here on it is paid for, whether anybody stays to see it or not."""
        order = plan.order
        _refuse_by_words(order)
        self._desk.mark_paid(request)
        work = self._desk.begin(order.prompt)
        pictures = [await paint(self._desk, plan) for _ in range(order.n)]
        await work.reaches()
        if trick_in(order.prompt) == "nsfw":
            raise moderated("output")
        if order.is_stream:
            return await self._stream(request, plan, pictures)
        body = await asyncio.to_thread(response_body, pictures, plan, int(self._desk.now_s()))
        return web.Response(body=body, content_type="application/json")

    async def _stream(self, request: web.Request, plan: Plan, pictures: list[bytes]) -> web.StreamResponse:
        headers = {"Content-Type": "text/event-stream; charset=utf-8", REQUEST_ID: request[REQUEST_ID_KEY]}
        response = web.StreamResponse(headers=headers)
        await response.prepare(request)
        for picture in pictures:
            for event in await asyncio.to_thread(events_of, picture, plan, int(self._desk.now_s())):
                await response.write(event)
        await response.write_eof()
        return response


def _refuse_by_words(order: Order) -> None:
    """Raise RefusedError where the prompt holds a word that asks for it; nothing is charged then."""
    by_word = next((make for word, make in ACCOUNTS.items() if word in order.prompt.lower()), None)
    make = by_word or _PROMPT_TRICKS.get(trick_in(order.prompt))
    if make is not None:
        raise make(order)


def _shown(model: Model) -> dict[str, Json]:
    """Return a model as the list shows it. *Source:* openai-python 3.52.0, types/model.py."""
    return {"id": model.name, "object": "model", "created": model.created_s, "owned_by": "system"}


def open_openai(desk: Desk) -> OpenAI:
    """Return the stand-in."""
    return OpenAI(desk)
