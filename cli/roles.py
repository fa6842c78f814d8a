"""What a process of Limner does: everything (`run`), or one part of it beside others on one PostgreSQL database."""

import argparse
import re
from dataclasses import dataclass, replace
from typing import Final

from cli.discord_address import DiscordAddress
from services.errors import StartError
from services.settings import Settings

_SHARDS: Final = re.compile(r"(\d{1,5})(?:-(\d{1,5}))?/(\d{1,5})", re.ASCII)
MOST_SHARDS: Final = 32_767


@dataclass(frozen=True, slots=True)
class Shards:
    """The shards `first` to `last` (both included) of `count`."""

    first: int = 0
    last: int = 0
    count: int = 1

    @property
    def ids(self) -> range:
        """Return their numbers."""
        return range(self.first, self.last + 1)

    def __str__(self) -> str:
        """Return them as they are written on the command line."""
        return f"{self.first}-{self.last}/{self.count}"


def parse_shards(text: str) -> Shards:
    """Return the shards that "0-3/16" or "2/4" means. Raises argparse.ArgumentTypeError with what is expected."""
    match = _SHARDS.fullmatch(text.strip())
    if match is not None:
        first, count = int(match[1]), int(match[3])
        last = first if match[2] is None else int(match[2])
        if first <= last < count <= MOST_SHARDS:
            return Shards(first, last, count)
    raise argparse.ArgumentTypeError(f"{text!r} is not such as 0-3/16: the first and last shard of how many")


@dataclass(frozen=True, slots=True)
class Role:
    """Which parts a process has. `shards` None is the whole gateway over one connection, as `run` has it."""

    name: str
    has_gateway: bool = False
    has_engine: bool = False
    has_web: bool = False
    shards: Shards | None = None

    @property
    def speaks_to_discord(self) -> bool:
        """Return whether it needs the bot's token."""
        return self.has_gateway or self.has_engine

    @property
    def title(self) -> str:
        """Return it with its shards, for the log."""
        return self.name if self.shards is None else f"{self.name} {self.shards}"


RUN: Final = Role("run", has_gateway=True, has_engine=True, has_web=True)
WORKER: Final = Role("worker", has_engine=True)
WEB: Final = Role("web", has_web=True)


def gateway(shards: Shards) -> Role:
    """Return the role of a gateway process with these shards."""
    return replace(Role("gateway", has_gateway=True), shards=shards)


def check_settings(settings: Settings, role: Role) -> None:
    """Raise StartError, one sentence, where a role that is one of several cannot work with these settings."""
    verb = f"bot.py {role.name}"
    if not settings.is_postgresql:
        raise StartError(
            "role_needs_postgresql",
            f"{verb} is one process of several and needs PostgreSQL: set DATABASE_URL, or start `bot.py run`, "
            "which does everything in one process with SQLite.",
        )
    if settings.playground in {"discord", "providers"}:
        raise StartError(
            "role_without_playground",
            f"{verb} starts no playground: unset LIMNER_PLAYGROUND, or start `bot.py run`.",
        )


def address_of(settings: Settings, role: Role) -> DiscordAddress | None:
    """Return the Discord that the settings name, None for a role that needs none. Raises StartError("no_token")."""
    if not role.speaks_to_discord:
        return None
    if settings.discord_token is None:
        raise StartError("no_token", f"DISCORD_TOKEN is not set: bot.py {role.name} needs it.")
    token = settings.discord_token.get_secret_value()
    return DiscordAddress(token, settings.discord_api_url, settings.discord_gateway_url)
