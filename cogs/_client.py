"""The Discord client: what it hears, which commands and items it has, and how it gives its commands to Discord."""

import asyncio
import hashlib
import importlib
import json
import logging
import pkgutil
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Final

import aiohttp
import discord
from discord import app_commands
from discord.ext import commands
from discord.gateway import DiscordWebSocket
from discord.http import Route
from yarl import URL

from cogs._brake import Brake, fit
from cogs._double_clicks import DoubleClicks
from cogs._edge import BotInteraction, EdgeBot, note_arrival
from cogs._gate import Gate
from cogs._gateway_end import ends_explained
from cogs._identify import IdentifyLine
from cogs._items import ITEMS
from cogs._pending_pictures import PendingPictures
from cogs._reconnect import Backoff, shorten_waits
from cogs._reports import report
from cogs._submissions import answer_form
from cogs._translator import CommandTranslator
from db.dialects.apart import ConnectApart
from services import pushes
from services.context import Context
from services.errors import StartError

LONGEST_RATE_LIMIT_WAIT_S: Final = 30.0
"""The least that discord.py takes; longer waits are given back to the caller."""

_REFUSED_AS_WRITTEN: Final = 50035
"""Source: Discord, JSON error codes, "Invalid form body"."""

_INSTALLS: Final = app_commands.AppInstallationType(guild=True, user=True)
_CONTEXTS: Final = app_commands.AppCommandContext(guild=True, dm_channel=True, private_channel=True)

_logger = logging.getLogger(__name__)

shorten_waits()


class LimnerTree(app_commands.CommandTree[EdgeBot]):
    """The slash commands; whatever goes wrong in one is told to the person."""

    async def on_error(self, interaction: BotInteraction, error: app_commands.AppCommandError, /) -> None:
        """Bring an error to the person who met it."""
        await report(interaction, error)


class LimnerBot(EdgeBot):
    """Limner on Discord. Hears servers and reactions, no messages; keeps no messages and no members in memory."""

    # There is no voice here: its missing libraries are nothing to warn of.
    discord.VoiceClient.warn_nacl = False
    discord.VoiceClient.warn_dave = False

    def __init__(
        self,
        context: Context,
        *,
        guild_ready_timeout_s: float = 2.0,
        connector: aiohttp.BaseConnector | None = None,
        **options: Any,  # noqa: ANN401 - discord.py's own
    ) -> None:
        super().__init__(
            # Only slash commands exist: a mention is the one prefix that asks for no message content.
            command_prefix=commands.when_mentioned,
            help_command=None,
            tree_cls=LimnerTree,
            intents=_intents(),
            allowed_installs=_INSTALLS,
            allowed_contexts=_CONTEXTS,
            allowed_mentions=discord.AllowedMentions.none(),
            max_messages=None,
            member_cache_flags=discord.MemberCacheFlags.none(),
            chunk_guilds_at_startup=False,
            max_ratelimit_timeout=LONGEST_RATE_LIMIT_WAIT_S,
            guild_ready_timeout=guild_ready_timeout_s,
            connector=connector,
            **options,
        )
        self.context = context
        self.gate = Gate()
        self.double_clicks = DoubleClicks()
        self.pending_pictures = PendingPictures()

    async def setup_hook(self) -> None:
        """Register items and commands once, before the gateway opens; push the commands if they changed."""
        self.add_dynamic_items(*ITEMS)
        await self.tree.set_translator(CommandTranslator())
        await add_commands(self)
        await self.push_commands()

    async def push_commands(self, *, is_forced: bool = False) -> bool:
        """Give Discord the commands unless it has them already. Return whether they were given."""
        if self.application_id is None:
            raise RuntimeError("commands are pushed after login")
        given = await commands_for_discord(self.tree)
        digest = commands_digest(given)
        async with pushes.alone(self.context):
            if not is_forced and await pushes.pushed_digest(self.context, self.application_id) == digest:
                return False
            await self._give_commands(self.application_id, given)
            await pushes.record_push(self.context, self.application_id, digest)
        _logger.info("gave Discord %d commands", len(given))
        return True

    async def _give_commands(self, application_id: int, given: list[dict[str, Any]]) -> None:
        """Do as `CommandTree.sync` does, which would translate them all a second time. Raises what that raises."""
        try:
            await self.http.bulk_upsert_global_commands(application_id, payload=given)
        except discord.HTTPException as error:
            if error.code != _REFUSED_AS_WRITTEN:
                raise
            # It names each command that Discord refuses; the answer itself only counts them.
            raise app_commands.CommandSyncFailure(error, self.tree.get_commands()) from None

    async def connect(self, *, reconnect: bool = True) -> None:
        """Hear Discord until it is closed. Where the very first connection fails, another one is tried later.

        discord.py means to do that, and falls over the socket that it does not have yet. Raises StartError where
        Discord ends the connection for good.
        """
        backoff = Backoff()
        while True:
            try:
                with ends_explained():
                    await super().connect(reconnect=reconnect)
            except AttributeError:
                # None before the first connection, whatever discord.py's types say.
                if getattr(self, "ws", None) is not None or not reconnect:
                    raise
                await asyncio.sleep(backoff.delay())
            else:
                return

    async def stop_hearing(self) -> None:
        """Take nothing more from Discord; what was heard is still answered."""

    def dispatch(self, event_name: str, /, *args: object, **kwargs: object) -> None:
        """Announce an event; of interactions only forms, as the others reach their command or item by themselves.

        Two hundred may come in one moment, and a task for nothing each holds up their acknowledgements.
        """
        if event_name == "interaction":
            note_arrival(args[0])
            if not _is_form(args[0]):
                return
        super().dispatch(event_name, *args, **kwargs)

    async def on_interaction(self, interaction: BotInteraction) -> None:
        """Answer submitted forms."""
        try:
            await answer_form(interaction)
        except Exception as error:  # noqa: BLE001 - discord.py would only log it; `report` logs and answers
            await report(interaction, error)


class ShardedLimnerBot(LimnerBot, commands.AutoShardedBot):
    """Limner on some of the bot's shards; other processes have the others.

    `connect` opens the connections to PostgreSQL that the line before IDENTIFY needs.
    """

    def __init__(
        self, context: Context, connect: ConnectApart, shard_ids: Sequence[int], shard_count: int
    ) -> None:
        super().__init__(context, shard_ids=list(shard_ids), shard_count=shard_count)
        self._line = IdentifyLine(connect, self.fetch_session_start_limits)

    @property
    def is_in_line(self) -> bool:
        """Return whether a shard waits for its turn to identify."""
        return self._line.is_waited_in

    async def connect(self, *, reconnect: bool = True) -> None:
        """Hear Discord until it is closed. A shard whose first connection fails is launched again by discord.py.

        Raises StartError where Discord ends a shard's connection for good.
        """
        with ends_explained():
            await commands.AutoShardedBot.connect(self, reconnect=reconnect)

    async def launch_shard(self, gateway: URL, shard_id: int, *, initial: bool = False) -> None:
        """Wait for this shard's turn among all processes, then connect it."""
        await self._line.reserve(shard_id)
        await super().launch_shard(gateway, shard_id, initial=initial)

    async def before_identify_hook(self, shard_id: int | None, *, initial: bool = False) -> None:  # noqa: ARG002
        """Use that turn, or wait for another one where Discord asks an open connection to identify anew."""
        await self._line.enter(shard_id or 0)

    async def on_shard_connect(self, shard_id: int) -> None:
        """Let the next one pass, 5 seconds from now."""
        self._line.mark_ready(shard_id)

    async def stop_hearing(self) -> None:
        """Close the connections of all shards; what was heard is still answered."""
        await asyncio.gather(*(shard.disconnect() for shard in self.shards.values()))

    async def close(self) -> None:
        """Close everything, also the places in the line."""
        await self._line.close()
        await super().close()


def sending_client() -> discord.Client:
    """Return a client that sends and hears nothing: it is logged in and never connected to the gateway."""
    return discord.Client(
        intents=discord.Intents(guilds=True),  # never sent; with none the library warns
        allowed_mentions=discord.AllowedMentions.none(),
        max_messages=None,
        max_ratelimit_timeout=LONGEST_RATE_LIMIT_WAIT_S,
    )


def command_modules() -> list[str]:
    """Return the modules of `cogs/` that hold a command or a listener: those without an underscore."""
    found = pkgutil.iter_modules([str(Path(__file__).parent)])
    return sorted(f"cogs.{module.name}" for module in found if not module.name.startswith("_"))


async def add_commands(bot: commands.Bot) -> None:
    """Give a bot every command and listener.

    Not as discord.py's extensions: nothing is ever reloaded here, and those would run each module anew for each bot.
    """
    for name in command_modules():
        await importlib.import_module(name).setup(bot)


async def commands_for_discord(tree: app_commands.CommandTree[Any]) -> list[dict[str, Any]]:
    """Return what `tree` gives Discord: each command, in every language."""
    translator = tree.translator or CommandTranslator()
    return [await command.get_translated_payload(tree, translator) for command in tree.get_commands()]


def commands_digest(given: Sequence[Mapping[str, Any]]) -> str:
    """Return the SHA-256 hex digest of what Discord is given, the same for any order of commands."""
    payload = sorted(json.dumps(command, sort_keys=True, ensure_ascii=False) for command in given)
    return hashlib.sha256("\n".join(payload).encode()).hexdigest()


def point_at(api_url: str, gateway_url: str) -> None:
    """Let discord.py dial another Discord: `api_url` ends in its version ("http://127.0.0.1:8400/api/v10").

    For the whole process, and before any login.
    """
    Route.BASE = api_url
    DiscordWebSocket.DEFAULT_GATEWAY = URL(gateway_url)
    discord.Asset.BASE = str(URL(api_url).origin())


def _is_form(interaction: object) -> bool:
    submitted = discord.InteractionType.modal_submit
    return isinstance(interaction, discord.Interaction) and interaction.type is submitted


async def log_in(bot: discord.Client, token: str) -> None:
    """Log in, register items and commands. Raises StartError where Discord refuses the token or cannot be reached."""
    try:
        await bot.login(token)
    except discord.LoginFailure as error:
        raise StartError(
            "token_refused", "Discord refuses DISCORD_TOKEN: set the bot's current token."
        ) from error
    except (discord.HTTPException, discord.RateLimited, aiohttp.ClientError, OSError) as error:
        raise StartError(
            "discord_unreachable", f"Discord cannot be reached ({type(error).__name__})."
        ) from error
    fit(bot, Brake())


def _intents() -> discord.Intents:
    """Return what the bot hears: nothing that Discord calls privileged."""
    return discord.Intents(guilds=True, guild_reactions=True, dm_reactions=True)
