"""A client of OpenAI's stand-in that holds every answer to its published schema."""

import base64
import io
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import aiohttp
from PIL import Image

from playground.providers.app import StandIns
from tests.playground.providers.openai_schemas import check_answer

FLARE = "gpt-image-2.5-flare"
NO_FIELDS: Mapping[str, object] = {}
QUICK: Mapping[str, object] = {"model": FLARE, "prompt": "a face", "quality": "low", "output_format": "jpeg"}


Body = aiohttp.FormData | Mapping[str, object] | None
"""A form, or what is sent as JSON."""


def picture(width: int = 64, height: int = 96, file_format: str = "png", colour: str = "red") -> bytes:
    """Return the file of a picture of one colour; PNGs have an alpha channel."""
    out = io.BytesIO()
    Image.new("RGBA" if file_format == "png" else "RGB", (width, height), colour).save(out, file_format)
    return out.getvalue()


def data_url(data: bytes) -> str:
    """Return a picture as an address."""
    return f"data:image/png;base64,{base64.b64encode(data).decode()}"


def read(encoded: str) -> Image.Image:
    """Return a picture that came as base64, decoded."""
    image = Image.open(io.BytesIO(base64.b64decode(encoded, validate=True)))
    image.load()
    return image


@dataclass(frozen=True)
class Client:
    """Somebody who speaks the vendor's wire."""

    stand_ins: StandIns
    session: aiohttp.ClientSession

    @property
    def url(self) -> str:
        return str(self.stand_ins.announcement["openai"]["url"])

    @property
    def key(self) -> str:
        return str(self.stand_ins.announcement["openai"]["key"])

    @property
    def paid(self) -> list[bool]:
        """Return for each call whether it was charged."""
        return [call["paid"] for call in self.stand_ins.calls("openai")]

    async def call(
        self, method: str, path: str, body: Body = None, *, key: str | None = ""
    ) -> tuple[int, Any]:
        """Return status and JSON; `key` is the good one for "", none for None. Every answer has an id."""
        headers = {} if key is None else {"Authorization": f"Bearer {key or self.key}"}
        form, given = (body, None) if isinstance(body, aiohttp.FormData) else (None, body)
        async with self.session.request(
            method, self.url + path, headers=headers, data=form, json=given
        ) as answer:
            assert answer.headers["x-request-id"].startswith("req_")
            return answer.status, await answer.json()

    async def refusal(
        self, method: str, path: str, body: Body = None, *, key: str | None = ""
    ) -> tuple[int, dict[str, Any]]:
        """Return status and error of an answer that must be a refusal."""
        status, answer = await self.call(method, path, body, key=key)
        check_answer("error", answer)
        assert status >= 400
        return status, answer["error"]

    async def refused(self, /, **body: object) -> tuple[int, str | None, str | None]:
        """Return status, code and param of a refused generation; None takes a field away."""
        given = {name: value for name, value in {**QUICK, **body}.items() if value is not None}
        status, error = await self.refusal("POST", "/images/generations", given)
        return status, error["code"], error["param"]

    async def generate(self, /, **body: object) -> dict[str, Any]:
        """Return the answer of a generation that must go well."""
        return self._pictures(await self.call("POST", "/images/generations", {**QUICK, **body}))

    async def edit(self, body: Body) -> dict[str, Any]:
        """Return the answer of an edit that must go well: a form, or JSON."""
        return self._pictures(await self.call("POST", "/images/edits", body))

    async def refused_edit(self, body: Body) -> tuple[str | None, str | None]:
        """Return code and param of a refused edit."""
        status, error = await self.refusal("POST", "/images/edits", body)
        assert status == 400
        return error["code"], error["param"]

    async def stream(self, path: str, /, **body: object) -> list[dict[str, Any]]:
        """Return the events of a stream."""
        headers = {"Authorization": f"Bearer {self.key}"}
        given = {**QUICK, "stream": True, **body}
        async with self.session.post(self.url + path, headers=headers, json=given) as answer:
            assert answer.content_type == "text/event-stream"
            assert answer.headers["x-request-id"].startswith("req_")
            return [_event(block) for block in (await answer.text()).split("\n\n") if block]

    @staticmethod
    def _pictures(answered: tuple[int, Any]) -> dict[str, Any]:
        status, body = answered
        assert status == 200, body
        check_answer("pictures", body)
        return dict(body)


def _event(block: str) -> dict[str, Any]:
    name, data = block.split("\n")
    event = json.loads(data.removeprefix("data: "))
    assert name == f"event: {event['type']}"
    check_answer(event["type"], event)
    return dict(event)


def form_of(
    *files: tuple[str, bytes], kind: str = "image/png", fields: Mapping[str, object] = NO_FIELDS
) -> aiohttp.FormData:
    """Return an edit's form: files by their field, then the usual fields and these; None takes one away."""
    form = aiohttp.FormData(default_to_multipart=True)
    for place, (name, data) in enumerate(files):
        form.add_field(name, io.BytesIO(data), filename=f"{place}.png", content_type=kind)
    for name, value in {**QUICK, **fields}.items():
        if value is not None:
            form.add_field(name, str(value))
    return form
