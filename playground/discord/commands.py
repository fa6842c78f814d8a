"""The application commands that bots have registered, globally and for guilds."""

from collections.abc import Iterator

from playground.discord.errors import ApiError, Json, Problems
from playground.discord.rules.commands import CHAT, check_command, check_counts
from playground.discord.snowflake import Snowflakes, time_of

Scope = tuple[str, str | None]
CREATES_PER_DAY = 200
DAY_S = 24 * 3600
SETTABLE = (
    "name", "name_localizations", "description", "description_localizations", "options",
    "default_member_permissions", "dm_permission", "contexts", "integration_types", "nsfw", "handler",
)  # fmt: skip


class Commands:
    """Commands by (application id, guild id or None), and the ids given away, for the limit of creates a day."""

    def __init__(self, ids: Snowflakes) -> None:
        self._ids = ids
        self.by_scope: dict[Scope, list[Json]] = {}
        self._created: dict[Scope, list[str]] = {}

    def of(self, application_id: str, guild_id: str | None) -> list[Json]:
        """Return the commands of one scope."""
        return self.by_scope.get((application_id, guild_id), [])

    def visible(self, application_id: str, guild_id: str | None) -> Iterator[Json]:
        """Yield the commands of a guild (a guild's own hide global ones of the same name), or the global ones."""
        own = self.of(application_id, guild_id) if guild_id else []
        hidden = {(one["type"], one["name"]) for one in own}
        yield from own
        yield from (one for one in self.of(application_id, None) if (one["type"], one["name"]) not in hidden)

    def get(self, scope: Scope, command_id: str) -> Json:
        """Return one command; raises 10063."""
        for command in self.by_scope.get(scope, []):
            if command["id"] == command_id:
                return command
        raise ApiError(10063)

    def replace(self, scope: Scope, bodies: list[Json]) -> list[Json]:
        """Put a whole list in place of what was there; commands of the same type and name keep their ids."""
        problems = Problems()
        for index, body in enumerate(bodies):
            check_command(body, (index,), problems)
        problems.refuse()
        check_counts(bodies)
        self._check_creates(scope, bodies)
        self.by_scope[scope] = [self._made(scope, body, self._same(scope, body)) for body in bodies]
        return self.by_scope[scope]

    def upsert(self, scope: Scope, body: Json) -> tuple[Json, bool]:
        """Create a command or replace the one of the same type and name; returns it, and whether it is new."""
        _check(body)
        before = self._same(scope, body)
        others = [one for one in self.by_scope.get(scope, []) if one is not before]
        check_counts([*others, body])
        self._check_creates(scope, [body])
        command = self._made(scope, body, before)
        self.by_scope[scope] = [*others, command]
        return command, before is None

    def edit(self, scope: Scope, command_id: str, body: Json) -> Json:
        """Change some fields of a command."""
        before = self.get(scope, command_id)
        merged = {name: before[name] for name in SETTABLE if name in before} | body | {"type": before["type"]}
        _check(merged)
        command = self._made(scope, merged, before)
        self.by_scope[scope] = [command if one is before else one for one in self.by_scope[scope]]
        return command

    def delete(self, scope: Scope, command_id: str) -> None:
        """Delete a command; raises 10063."""
        before = self.get(scope, command_id)
        self.by_scope[scope] = [one for one in self.by_scope[scope] if one is not before]

    def _check_creates(self, scope: Scope, bodies: list[Json]) -> None:
        """Raise 30034 when the commands that are new would be too many within a day."""
        new = sum(1 for body in bodies if self._same(scope, body) is None)
        since_s = time_of(self._ids.next()) - DAY_S
        recent = [one for one in self._created.get(scope, []) if time_of(one) > since_s]
        if new and len(recent) + new > CREATES_PER_DAY:
            raise ApiError(30034)
        self._created[scope] = recent

    def _new_id(self, scope: Scope) -> str:
        command_id = self._ids.next()
        self._created.setdefault(scope, []).append(command_id)
        return command_id

    def _same(self, scope: Scope, body: Json) -> Json | None:
        key = (body.get("type") or CHAT, body.get("name"))
        return next((one for one in self.by_scope.get(scope, []) if (one["type"], one["name"]) == key), None)

    def _made(self, scope: Scope, body: Json, before: Json | None) -> Json:
        application_id, guild_id = scope
        command: Json = {
            "id": before["id"] if before else self._new_id(scope),
            "application_id": application_id,
            "version": "",
            "type": body.get("type") or CHAT,
            "default_member_permissions": None,
            "description": "",
            "name_localizations": None,
            "description_localizations": None,
            "nsfw": False,
        } | {name: body[name] for name in SETTABLE if body.get(name) is not None}
        if command["default_member_permissions"] is not None:
            # Taken as a number too (discord.py sends one), always given back as text. Source: Discord, "Permissions".
            command["default_member_permissions"] = str(command["default_member_permissions"])
        if guild_id is not None:
            command["guild_id"] = guild_id
        else:
            _fill_contexts(command, body)
        unchanged = before is not None and before | {"version": ""} == command
        command["version"] = before["version"] if before and unchanged else self._ids.next()
        return command

    def to_json(self) -> list[Json]:
        """Return what a snapshot keeps."""
        return [{"scope": list(scope), "commands": found} for scope, found in self.by_scope.items()]

    def load(self, stored: list[Json]) -> None:
        """Take over a snapshot."""
        self.by_scope = {(one["scope"][0], one["scope"][1]): one["commands"] for one in stored}


def _fill_contexts(command: Json, body: Json) -> None:
    """Set where a global command works when it does not say so: guild installs, servers and bot DMs."""
    command.setdefault("integration_types", [0])
    command.setdefault("contexts", None)
    command["dm_permission"] = body.get("dm_permission") is not False


def _check(body: Json) -> None:
    problems = Problems()
    check_command(body, (), problems)
    problems.refuse()


def works_in(command: Json, context: int, *, guild_installed: bool, user_installed: bool) -> bool:
    """Say whether a command is offered in a context (0 guild, 1 bot DM, 2 other private channels)."""
    types = command.get("integration_types") or [0]
    if not ((0 in types and guild_installed) or (1 in types and user_installed)):
        return False
    if "guild_id" in command:
        return context == 0
    contexts = command.get("contexts")
    if contexts is None:
        contexts = [0, 1, 2] if command.get("dm_permission", True) else [0]
    return context in contexts
