"""One call of the `/play/` interface as its handlers see it, and its refusals."""

import base64
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from aiohttp import web

from playground.discord.errors import Json
from playground.discord.files import StoredFile, Upload, describe
from playground.discord.permissions import has
from playground.discord.rules.bodies import FILE_MAX_BYTES
from playground.discord.waiting import DEFAULT_S, DONE_MAX_S, Wait
from playground.discord.world import Application, Channel, UnknownError, User

if TYPE_CHECKING:
    from playground.discord.local import LocalDiscord


class PlayError(Exception):
    """A refusal of the interface: status, a short stable code, and words."""

    def __init__(self, code: str, message: str, status: int = 422) -> None:
        self.code = code
        self.status = status
        super().__init__(message)


@dataclass(frozen=True, slots=True)
class Play:
    """A call; its fields may stand in the body or in the query."""

    local: "LocalDiscord"
    request: web.Request
    body: Json
    query: Mapping[str, str] = field(default_factory=dict)

    def get(self, name: str, default: Any = None) -> Any:  # noqa: ANN401 (any JSON value)
        """Return a field of the body, else of the query."""
        return self.body.get(name, self.query.get(name, default))

    def need(self, name: str) -> str:
        """Return a field that must be there, as a string."""
        value = self.get(name)
        if value is None or value == "":
            raise PlayError("missing_field", f"{name} is missing", 400)
        return str(value)

    def number(self, name: str, default: float) -> float:
        """Return a number that is not negative."""
        try:
            value = float(self.get(name, default))
        except (TypeError, ValueError, OverflowError) as error:
            raise PlayError("bad_field", f"{name} must be a number", 400) from error
        if not 0 <= value < float("inf"):
            raise PlayError("bad_field", f"{name} must not be negative", 400)
        return value

    def object(self, name: str) -> Json:
        """Return a field that is an object, empty when it is absent."""
        value = self.body.get(name) or {}
        if not isinstance(value, dict):
            raise PlayError("bad_field", f"{name} must be an object", 400)
        return value

    @property
    def wait(self) -> Wait:
        """Return how long to wait: seconds, or None for "done"."""
        return None if self.get("wait") == "done" else min(self.number("wait", DEFAULT_S), DONE_MAX_S)

    @property
    def user(self) -> User:
        """Return the acting member."""
        user = self.local.world.user(self.need("user"))
        if user.bot:
            raise PlayError("bot_user", "a bot cannot be played")
        return user

    @property
    def application(self) -> Application:
        """Return the application that `bot` names, or the first one."""
        return self.local.world.application(str(self.get("bot") or ""))

    def channel(self, user: User, *needed: str) -> Channel:
        """Return the channel, "dm" being the user's with the bot; the user must be able to see it."""
        ref = self.need("channel")
        if ref == "dm":
            return self.local.world.dm(user.id, self.application.id)
        channel = self.local.world.channel(ref)
        mask = self.local.world.permissions(channel, user.id)
        if not has(mask, "VIEW_CHANNEL", *needed):
            raise PlayError("missing_permission", f"{user.name} may not do that in {ref}", 403)
        return channel

    async def save_files(
        self, files: Mapping[str, Any], channel_id: str, *, ephemeral: bool
    ) -> dict[str, StoredFile]:
        """Store `{name: {filename, base64}}` and return the files by name."""
        stored: dict[str, tuple[StoredFile, bytes]] = {}
        for name, one in files.items():
            upload = _upload(one)
            about = describe(
                upload,
                file_id=self.local.ids.next(),
                channel_id=channel_id,
                ephemeral=ephemeral,
                description=None,
            )
            stored[name] = (about, upload.content)
        await self.local.files.save(list(stored.values()))
        return {name: about for name, (about, _) in stored.items()}


Handler = Callable[[Play], Awaitable[Json | web.StreamResponse | None]]


def _upload(given: object) -> Upload:
    if not isinstance(given, dict) or not isinstance(given.get("base64"), str):
        raise PlayError("bad_file", "a file is {filename, base64}", 400)
    try:
        content = base64.b64decode(given["base64"], validate=True)
    except ValueError as error:
        raise PlayError("bad_file", "the file is not base64", 400) from error
    if len(content) > FILE_MAX_BYTES:
        raise PlayError("file_too_large", "files may have 10 MiB")
    return Upload(str(given.get("filename") or "file"), str(given.get("content_type") or ""), content)


def unknown(error: UnknownError) -> PlayError:
    """Return the refusal for a name that nothing has."""
    return PlayError(f"unknown_{error.kind.replace(' ', '_')}", str(error), 404)
