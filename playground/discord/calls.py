"""One REST call as handlers see it, and the permission checks that they share."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from playground.discord.errors import ApiError, Json, bad_field
from playground.discord.files import Upload
from playground.discord.messages import Message
from playground.discord.oauth import Token
from playground.discord.permissions import has
from playground.discord.rules.fields import is_snowflake
from playground.discord.world import THREAD, Application, Channel

if TYPE_CHECKING:
    from playground.discord.local import LocalDiscord

IN_THREADS = {"SEND_MESSAGES": "SEND_MESSAGES_IN_THREADS"}


@dataclass(slots=True)
class Call:
    """A request that passed authentication; `body` is its JSON (an empty object without one).

    `bearer` is the access token of a member who calls through an application, `form` a form-encoded body.
    """

    path: str
    params: Mapping[str, str]
    query: Mapping[str, str]
    body: Any = field(default_factory=dict)
    uploads: Mapping[str, Upload] = field(default_factory=dict)
    caller: Application | None = None
    locale: str = ""
    bearer: Token | None = None
    authorization: str = ""
    form: dict[str, str] | None = None

    def asks(self, flag: str) -> bool:
        """Say whether a boolean of the query is true."""
        return self.query.get(flag, "").lower() in ("1", "true")

    def number(self, name: str) -> int | None:
        """Return a whole number of the query; raises 50035."""
        given = self.query.get(name)
        if given is None:
            return None
        if not is_snowflake(given):
            raise bad_field((name,), "NUMBER_TYPE_COERCE", f'Value "{given}" is not int.')
        return int(given)

    def limit(self, default: int, most: int) -> int:
        """Return `limit` of the query; raises 50035 when it is not 1 to `most`."""
        given = self.number("limit")
        if given is not None and given < 1:
            raise bad_field(("limit",), "NUMBER_TYPE_MIN", "int value should be greater than or equal to 1.")
        if given is not None and given > most:
            text = f"int value should be less than or equal to {most}."
            raise bad_field(("limit",), "NUMBER_TYPE_MAX", text)
        return default if given is None else given

    @property
    def application(self) -> Application:
        """Return who calls; raises 401 when nobody is logged in."""
        if self.caller is None:
            raise ApiError(0)
        return self.caller

    @property
    def user_id(self) -> str:
        """Return the id of the bot or member that calls; raises 401 when nobody is logged in."""
        return self.bearer.grant.user_id if self.bearer else self.application.id

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
    """Return the channel of the path; raises 10003 and what `check_permissions` raises."""
    channel = local.world.channels.get(call.params["channel_id"])
    if channel is None:
        raise ApiError(10003)
    check_permissions(local, channel, call.application.id, *needed)
    return channel


def check_permissions(local: "LocalDiscord", channel: Channel, user_id: str, *needed: str) -> None:
    """Raise 50001 for a channel that cannot be seen, 50013 for a permission that is missing, 50003 for it in a DM."""
    mask = local.world.permissions(channel, user_id)
    if not has(mask, "VIEW_CHANNEL"):
        raise ApiError(50001)
    if channel.type == THREAD:
        needed = tuple(IN_THREADS.get(name, name) for name in needed)
    if not has(mask, *needed):
        raise ApiError(50003 if channel.guild_id is None else 50013)


def check_unarchived(channel: Channel) -> None:
    """Raise 50083 in an archived thread."""
    if channel.archived:
        raise ApiError(50083)


def message_of(local: "LocalDiscord", call: Call) -> Message:
    """Return the message of the path; raises 10008, also for ephemeral ones: bots reach them by their webhook only."""
    message = local.messages.get(call.params["channel_id"], call.params["message_id"])
    if message.viewer_id is not None:
        raise ApiError(10008)
    return message
