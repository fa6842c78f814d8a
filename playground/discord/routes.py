"""The REST routes as a table, and the search in it.

A pattern's `{name}` matches one segment. `bucket` names the rate limit, "" for none.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from urllib.parse import unquote

from playground.discord import (
    cdn,
    rest_commands,
    rest_interactions,
    rest_messages,
    rest_oauth,
    rest_pins,
    rest_reactions,
    rest_threads,
    rest_world,
)
from playground.discord.calls import Handler


@dataclass(frozen=True, slots=True)
class Route:
    """One route; `is_open` ones need no token, `scope` is what a member's access token must hold ("" for any).

    Without `scope` only bots come in. `needs` are the permissions in the path's channel beyond seeing it that every
    call needs; handlers ask for those that depend on the message.
    """

    method: str
    pattern: str
    handler: Handler
    bucket: str = "other"
    is_open: bool = False
    scope: str | None = None
    needs: tuple[str, ...] = ()

    @property
    def counts_globally(self) -> bool:
        """Say whether it counts towards the 50 requests a second."""
        return not self.is_open


_COMMANDS = "/applications/{application_id}/commands"
_GUILD_COMMANDS = "/applications/{application_id}/guilds/{guild_id}/commands"
_CHANNEL = "/channels/{channel_id}"
_MESSAGE = "/channels/{channel_id}/messages/{message_id}"
_REACTIONS = _MESSAGE + "/reactions"
_CALLBACK = "/interactions/{interaction_id}/{token}/callback"
_WEBHOOK = "/webhooks/{application_id}/{token}"


def _command_routes(base: str) -> tuple[Route, ...]:
    return (
        Route("GET", base, rest_commands.list_commands, "commands"),
        Route("PUT", base, rest_commands.put_commands, "commands"),
        Route("POST", base, rest_commands.create_command, "commands"),
        Route("GET", base + "/{command_id}", rest_commands.get_command, "commands"),
        Route("PATCH", base + "/{command_id}", rest_commands.edit_command, "commands"),
        Route("DELETE", base + "/{command_id}", rest_commands.delete_command, "commands"),
    )


ROUTES = (
    Route(
        "POST",
        _CALLBACK,
        rest_interactions.create_callback,
        "",
        is_open=True,
    ),
    Route("POST", _WEBHOOK, rest_interactions.create_followup, "webhook", is_open=True),
    Route("GET", _WEBHOOK + "/messages/{message_id}", rest_interactions.get_message, "webhook", is_open=True),
    Route(
        "PATCH", _WEBHOOK + "/messages/{message_id}", rest_interactions.edit_message, "webhook", is_open=True
    ),
    Route(
        "DELETE",
        _WEBHOOK + "/messages/{message_id}",
        rest_interactions.delete_message,
        "webhook",
        is_open=True,
    ),
    *_command_routes(_COMMANDS),
    *_command_routes(_GUILD_COMMANDS),
    Route("GET", _GUILD_COMMANDS + "/permissions", rest_commands.list_command_permissions, "commands"),
    Route("GET", "/gateway", rest_world.gateway, is_open=True),
    Route("GET", "/gateway/bot", rest_world.gateway_bot),
    Route("GET", "/users/@me", rest_oauth.own_user, scope="identify"),
    Route("GET", "/users/@me/guilds", rest_oauth.own_guilds, scope="guilds"),
    Route(
        "GET", "/users/@me/guilds/{guild_id}/member", rest_oauth.own_guild_member, scope="guilds.members.read"
    ),
    Route("GET", "/oauth2/@me", rest_oauth.authorization, scope=""),
    Route("POST", "/oauth2/token", rest_oauth.token, is_open=True),
    Route("POST", "/oauth2/token/revoke", rest_oauth.revoke, is_open=True),
    Route("POST", "/attachments/refresh-urls", cdn.refresh_urls),
    Route("DELETE", "/users/@me/guilds/{guild_id}", rest_world.leave_guild),
    Route("POST", "/users/@me/channels", rest_world.create_dm),
    Route("GET", "/users/{user_id}", rest_world.get_user),
    Route("GET", "/applications/@me", rest_world.own_application),
    Route("GET", "/oauth2/applications/@me", rest_world.own_application),
    Route("GET", "/applications/{application_id}/emojis", rest_world.no_emojis),
    Route("GET", "/applications/{application_id}/skus", rest_world.nothing),
    Route("GET", "/applications/{application_id}/entitlements", rest_world.nothing),
    Route("GET", "/guilds/{guild_id}", rest_world.get_guild),
    Route("GET", "/guilds/{guild_id}/channels", rest_world.guild_channels),
    Route("GET", "/guilds/{guild_id}/roles", rest_world.guild_roles),
    Route("GET", "/guilds/{guild_id}/members", rest_world.guild_members),
    Route("PATCH", "/guilds/{guild_id}/members/@me", rest_world.own_member),
    Route("GET", "/guilds/{guild_id}/members/{user_id}", rest_world.guild_member),
    Route("GET", "/guilds/{guild_id}/threads/active", rest_world.active_threads),
    Route("GET", "/guilds/{guild_id}/emojis", rest_world.nothing),
    Route("GET", "/guilds/{guild_id}/stickers", rest_world.nothing),
    Route("GET", _CHANNEL, rest_world.get_channel),
    Route("PATCH", _CHANNEL, rest_world.edit_channel),
    Route("DELETE", _CHANNEL, rest_world.delete_channel),
    Route("POST", _CHANNEL + "/threads", rest_threads.create),
    Route("POST", _MESSAGE + "/threads", rest_threads.create_from_message, needs=("CREATE_PUBLIC_THREADS",)),
    Route("PUT", _CHANNEL + "/thread-members/@me", rest_threads.join),
    Route("GET", _CHANNEL + "/thread-members", rest_threads.list_members),
    Route("POST", _CHANNEL + "/typing", rest_messages.typing, needs=("SEND_MESSAGES",)),
    Route("GET", _CHANNEL + "/messages", rest_messages.list_messages),
    Route(
        "POST",
        _CHANNEL + "/messages",
        rest_messages.create_message,
        "create_message",
        needs=("SEND_MESSAGES",),
    ),
    Route("POST", _CHANNEL + "/messages/bulk-delete", rest_messages.bulk_delete, needs=("MANAGE_MESSAGES",)),
    Route("GET", _MESSAGE, rest_messages.get_message, needs=("READ_MESSAGE_HISTORY",)),
    Route("PATCH", _MESSAGE, rest_messages.edit_message, "edit_message"),
    Route("DELETE", _MESSAGE, rest_messages.delete_message, "delete_message"),
    Route("PUT", _REACTIONS + "/{emoji}/@me", rest_reactions.add, "react", needs=("READ_MESSAGE_HISTORY",)),
    Route("DELETE", _REACTIONS + "/{emoji}/{user_id}", rest_reactions.remove, "react"),
    Route("GET", _REACTIONS + "/{emoji}", rest_reactions.list_users, needs=("READ_MESSAGE_HISTORY",)),
    Route("DELETE", _REACTIONS + "/{emoji}", rest_reactions.clear, "react", needs=("MANAGE_MESSAGES",)),
    Route("DELETE", _REACTIONS, rest_reactions.clear, "react", needs=("MANAGE_MESSAGES",)),
    Route("GET", _CHANNEL + "/pins", rest_pins.list_plainly),
    Route("PUT", _CHANNEL + "/pins/{message_id}", rest_pins.pin, needs=("PIN_MESSAGES",)),
    Route("DELETE", _CHANNEL + "/pins/{message_id}", rest_pins.unpin, needs=("PIN_MESSAGES",)),
    Route("GET", _CHANNEL + "/messages/pins", rest_pins.list_pins),
    Route("PUT", _CHANNEL + "/messages/pins/{message_id}", rest_pins.pin, needs=("PIN_MESSAGES",)),
    Route("DELETE", _CHANNEL + "/messages/pins/{message_id}", rest_pins.unpin, needs=("PIN_MESSAGES",)),
)


class Router:
    """Finds routes by walking a tree of segments; fixed segments win over `{name}`."""

    def __init__(self, routes: Iterable[Route]) -> None:
        self._root = _Node()
        for route in routes:
            node = self._root
            for segment in route.pattern.strip("/").split("/"):
                node = node.children.setdefault("{}" if segment.startswith("{") else segment, _Node())
            node.routes[route.method] = (route, _names(route.pattern))

    def find(self, method: str, raw_path: str) -> tuple[Route, dict[str, str]] | None:
        """Return the route of a percent-encoded path with its parameters, or None."""
        segments = [unquote(segment) for segment in raw_path.strip("/").split("/")]
        found = self._root.find(method, segments, ())
        if found is None:
            return None
        (route, names), values = found
        return route, dict(zip(names, values, strict=True))


Found = tuple[tuple[Route, tuple[str, ...]], tuple[str, ...]]


class _Node:
    """A segment of the tree."""

    def __init__(self) -> None:
        self.children: dict[str, _Node] = {}
        self.routes: dict[str, tuple[Route, tuple[str, ...]]] = {}

    def find(self, method: str, segments: list[str], values: tuple[str, ...]) -> Found | None:
        """Return the route below this node, trying the fixed segment before the wildcard."""
        if not segments:
            route = self.routes.get(method)
            return None if route is None else (route, values)
        head, rest = segments[0], segments[1:]
        fixed = self.children.get(head)
        found = fixed.find(method, rest, values) if fixed is not None else None
        if found is None and "{}" in self.children:
            found = self.children["{}"].find(method, rest, (*values, head))
        return found


def _names(pattern: str) -> tuple[str, ...]:
    return tuple(one[1:-1] for one in pattern.split("/") if one.startswith("{"))
