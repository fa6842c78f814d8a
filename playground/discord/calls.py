"""One REST call as handlers see it, and the permission checks that they share."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from playground.discord.errors import ApiError, Json
from playground.discord.files import Upload
from playground.discord.permissions import has
from playground.discord.world import Application, Channel

if TYPE_CHECKING:
    from playground.discord.local import LocalDiscord


@dataclass(slots=True)
class Call:
    """A request that passed authentication; `body` is its JSON (an empty object without one)."""

    method: str
    path: str
    params: Mapping[str, str]
    query: Mapping[str, str]
    body: Any = field(default_factory=dict)
    uploads: Mapping[str, Upload] = field(default_factory=dict)
    caller: Application | None = None

    @property
    def application(self) -> Application:
        """Return who calls; raises 401 when nobody is logged in."""
        if self.caller is None:
            raise ApiError(0)
        return self.caller

    @property
    def object(self) -> Json:
        """Return the body, which must be an object."""
        if not isinstance(self.body, dict):
            raise ApiError(50109)
        return self.body


@dataclass(frozen=True, slots=True)
class Reply:
    """An answer; without a body it is 204."""

    body: Any = None
    status: int = 200


Handler = Callable[["LocalDiscord", Call], Awaitable[Reply]]
NO_CONTENT = Reply(None, 204)


def channel_of(local: "LocalDiscord", call: Call, *needed: str) -> Channel:
    """Return the channel of the path; raises 10003, 50001 when it cannot be seen, 50013 when `needed` is missing."""
    channel = local.world.channels.get(call.params["channel_id"])
    if channel is None:
        raise ApiError(10003)
    check_permissions(local, channel, call.application.id, *needed)
    return channel


def check_permissions(local: "LocalDiscord", channel: Channel, user_id: str, *needed: str) -> None:
    """Raise 50001 when the channel cannot be seen, 50013 when a needed permission is missing."""
    mask = local.world.permissions(channel, user_id)
    if not has(mask, "VIEW_CHANNEL"):
        raise ApiError(50001)
    if not has(mask, *needed):
        raise ApiError(50013)
