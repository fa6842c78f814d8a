"""What a REST request brings: its path without the version, its body, its files; and what Discord refuses unread.

*Source:* Discord's reference ("API Versioning", "User Agent", "Uploading Files") and its message resource (25 MiB).
"""

import json
import re
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qsl

from aiohttp import BodyPartReader, web
from aiohttp.http_exceptions import HttpProcessingError

from playground.discord.credentials import without_secrets
from playground.discord.errors import ApiError, bad_field
from playground.discord.files import Upload
from playground.discord.json_text import parsed
from playground.discord.rules.bodies import REQUEST_MAX_BYTES

FORM, JSON, MULTIPART = "application/x-www-form-urlencoded", "application/json", "multipart/form-data"
NOTED_MAX = 4_096
_API = re.compile(r"^/api(/v(\d+))?(?=/)")  # the documented address of OAuth2's tokens has no version
_VERSIONS = (None, "9", "10")
_AGENT = re.compile(r"DiscordBot \(\S+ [^)]+\)")


def api_path(request: web.Request) -> str:
    """Return the percent-encoded path below `/api/v10`; raises 50041 for a version that is gone or not yet there."""
    raw = request.rel_url.raw_path
    found = _API.match(raw)
    if found is not None and found[2] not in _VERSIONS:
        raise ApiError(50041)
    return _API.sub("", raw, count=1)


def check_agent(request: web.Request) -> None:
    """Raise 40333 without `DiscordBot (address, version)`.

    Asked of bots with a token: clients send their interactions' webhooks without it, and Discord lets them.
    """
    if not _AGENT.match(request.headers.get("User-Agent", "")):
        raise ApiError(40333)


@dataclass(slots=True)
class Incoming:
    """A body as it was read; `text` is what the transcript keeps of it, `form` the fields of a form."""

    text: str = ""
    body: Any = field(default_factory=dict)
    uploads: dict[str, Upload] = field(default_factory=dict)
    form: dict[str, str] | None = None

    async def read(self, request: web.Request) -> None:
        """Read a request's body; raises 40005, 50109, and 50035 for its content type."""
        if (request.content_length or 0) > REQUEST_MAX_BYTES:
            raise ApiError(40005)
        kind = request.content_type
        if kind == MULTIPART:
            try:
                text = await self._read_parts(request)
            except (ValueError, HttpProcessingError) as error:  # aiohttp's words for what is no multipart
                raise ApiError(50109) from error
        else:
            text = (await request.read()).decode(errors="replace")
        self.text = json.dumps(text[:NOTED_MAX])  # as a string, until it is known to be JSON
        if kind == FORM:
            self.form = self.body = dict(parse_qsl(text, keep_blank_values=True))
            self.text = json.dumps(without_secrets(self.form))
            return
        if text and kind not in (JSON, MULTIPART):
            refusal = f"Expected \"Content-Type\" header to be one of {{'{JSON}'}}."
            raise bad_field((), "CONTENT_TYPE_INVALID", refusal)
        self._parse(text)

    def _parse(self, text: str) -> None:
        try:
            self.body = parsed(text) if text else {}
        except ValueError as error:
            raise ApiError(50109) from error
        self.text = text

    async def _read_parts(self, request: web.Request) -> str:
        """Return `payload_json`, and take `files[n]`; `n` is the placeholder id."""
        size, text = 0, ""
        async for part in await request.multipart():
            if not isinstance(part, BodyPartReader):
                raise ApiError(50109)
            content = bytes(await part.read(decode=False))
            size += len(content)
            if size > REQUEST_MAX_BYTES:
                raise ApiError(40005)
            if part.name == "payload_json":
                text = content.decode(errors="replace")
            elif part.filename is not None:
                placeholder = (part.name or "").removeprefix("files[").removesuffix("]")
                about = part.headers.get("Content-Type", "")
                self.uploads[placeholder] = Upload(part.filename, about, content)
        return text

    async def skip(self, request: web.Request) -> None:
        """Keep the beginning of a body that nobody will read."""
        self.text = json.dumps((await request.read())[:NOTED_MAX].decode(errors="replace"))
