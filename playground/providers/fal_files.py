"""fal's storage: upload tokens, uploads by token and by address, and in parts.

*Source:* fal-client 1.0.3, `client.py`; @fal-ai/client 1.10.1, `storage.js`.
"""

import json
from collections import OrderedDict
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from aiohttp import web

from playground.providers.desk import Desk
from playground.providers.fal_painting import MEDIA_PATH
from playground.providers.links import new_name

TOKEN_LIVES_S = 3600.0
MEDIA_LIVES_S = 7 * 86_400.0
"""How long media stay when nobody says otherwise; with fal that is a setting of the account."""
STORAGE_TYPES = ("fal-cdn-v3", "gcs")
_MOST_OPEN = 1_000


@dataclass(slots=True)
class Upload:
    """A file that may be put: where it will lie, and the parts that came so far."""

    name: str
    content_type: str
    lives_s: float | None
    parts: dict[int, bytes] = field(default_factory=dict)


class Files:
    """The uploads of the stand-in."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self._tokens: OrderedDict[str, float] = OrderedDict()
        self._open: OrderedDict[str, Upload] = OrderedDict()

    @property
    def _base(self) -> str:
        return f"{self._desk.origin}/fal/cdn"

    def reset(self) -> None:
        """Forget tokens and uploads."""
        self._tokens.clear()
        self._open.clear()

    def token(self, request: web.Request) -> web.Response:
        """Answer `POST /storage/auth/token`: who has the key may upload for an hour."""
        if request.query.get("storage_type") not in STORAGE_TYPES:
            return _refusal(400, "Invalid storage type")
        token = f"stand-in-{self._desk.new_id()}"
        ends_s = self._desk.now_s() + TOKEN_LIVES_S
        self._tokens[token] = ends_s
        _bound(self._tokens)
        expires_at = datetime.fromtimestamp(ends_s, UTC).isoformat()
        told = {"token": token, "token_type": "Bearer", "base_url": self._base, "expires_at": expires_at}
        return web.json_response(told)

    def _is_welcome(self, request: web.Request) -> bool:
        scheme, _, token = request.headers.get("Authorization", "").partition(" ")
        return scheme == "Bearer" and self._tokens.get(token, 0.0) > self._desk.now_s()

    async def upload(self, request: web.Request) -> web.Response:
        """Answer `POST /files/upload`: raw bytes with a token."""
        if not self._is_welcome(request):
            return _refusal(401, "Unauthorized")
        try:
            upload = self._begun(request, request.content_type, request.headers.get("X-Fal-File-Name", ""))
        except (ValueError, TypeError) as error:
            return _refusal(400, str(error))
        return web.json_response({"access_url": self._keep(upload, await request.read())})

    def _begun(self, request: web.Request, content_type: str, file_name: str) -> Upload:
        """Return an upload as the headers want it. Raises as `lifecycle_s` does."""
        extension = file_name.rpartition(".")[2] if "." in file_name else content_type.rpartition("/")[2]
        return Upload(new_name(extension or "bin"), content_type, lifecycle_s(request))

    def _keep(self, upload: Upload, data: bytes) -> str:
        return self._desk.keep_picture(
            data, upload.content_type, lives_s=upload.lives_s, path=MEDIA_PATH, name=upload.name
        )

    async def initiate(self, request: web.Request) -> web.Response:
        """Answer `POST /storage/upload/initiate`: an address to put a file at, and where it will lie."""
        if request.query.get("storage_type") not in STORAGE_TYPES:
            return _refusal(400, "Invalid storage type")
        try:
            wanted = await request.json()
            content_type, file_name = str(wanted["content_type"]), str(wanted["file_name"])
            upload = self._begun(request, content_type, file_name)
        except (ValueError, KeyError, TypeError):
            return _refusal(422, "file_name and content_type are needed")
        ticket = self._opened(upload)
        told = {"upload_url": f"{self._base}/put/{ticket}", "file_url": f"{self._base}/files/b/{upload.name}"}
        return web.json_response(told)

    def _opened(self, upload: Upload) -> str:
        ticket = self._desk.new_id()
        self._open[ticket] = upload
        _bound(self._open)
        return ticket

    async def put(self, request: web.Request) -> web.Response:
        """Answer the PUT of a file at the address of `initiate`; no key is asked for, the address is one."""
        upload = self._open.pop(request.match_info["ticket"], None)
        if upload is None:
            return _refusal(403, "This upload address is not valid any more")
        self._keep(upload, await request.read())
        return web.Response(status=200)

    async def begin_parts(self, request: web.Request) -> web.Response:
        """Answer `POST /files/upload/multipart`: a file that comes in parts."""
        if not self._is_welcome(request):
            return _refusal(401, "Unauthorized")
        try:
            upload = self._begun(request, request.content_type, request.headers.get("X-Fal-File-Name", ""))
        except (ValueError, TypeError) as error:
            return _refusal(400, str(error))
        ticket = self._opened(upload)
        return web.json_response({"access_url": f"{self._base}/files/b/{upload.name}", "uploadId": ticket})

    def _part_of(self, request: web.Request) -> Upload | None:
        upload = self._open.get(request.match_info["ticket"])
        return upload if upload is not None and upload.name == request.match_info["name"] else None

    async def put_part(self, request: web.Request) -> web.Response:
        """Answer the PUT of one part."""
        upload = self._part_of(request)
        if upload is None or not self._is_welcome(request):
            return _refusal(404, "Not Found")
        number = int(request.match_info["number"])
        upload.parts[number] = await request.read()
        return web.json_response({"partNumber": number}, headers={"ETag": f'"{number}"'})

    async def finish_parts(self, request: web.Request) -> web.Response:
        """Answer `POST .../complete`: the parts in their order are the file."""
        upload = self._part_of(request)
        if upload is None or not self._is_welcome(request):
            return _refusal(404, "Not Found")
        try:
            told: dict[str, Any] = await request.json()
            numbers = [int(part["partNumber"]) for part in told["parts"]]
        except (ValueError, KeyError, TypeError):
            return _refusal(422, "parts are needed, each with its partNumber")
        if sorted(numbers) != sorted(upload.parts):
            return _refusal(400, "Parts are missing")
        self._open.pop(request.match_info["ticket"])
        data = b"".join(upload.parts[number] for number in sorted(numbers))
        return web.json_response({"access_url": self._keep(upload, data)})


def lifecycle_s(request: web.Request) -> float | None:
    """Return how long media of a request stay, in seconds (None: for ever). Raises `ValueError` or `TypeError`.

    *Source:* fal.ai, common parameters: JSON with `expiration_duration_seconds`.
    """
    names = ("X-Fal-Object-Lifecycle-Preference", "X-Fal-Object-Lifecycle")
    text = next((request.headers[name] for name in names if name in request.headers), "")
    if not text:
        return MEDIA_LIVES_S
    wanted = json.loads(text)
    if not isinstance(wanted, dict):
        raise TypeError("the lifecycle preference is not an object")
    seconds = wanted.get("expiration_duration_seconds")
    return None if seconds in (None, 0) else float(seconds)


def _bound(kept: OrderedDict[str, Any]) -> None:
    while len(kept) > _MOST_OPEN:
        kept.popitem(last=False)


def _refusal(status: int, text: str) -> web.Response:
    return web.json_response({"detail": text}, status=status)
