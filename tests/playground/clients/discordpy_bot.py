"""The sample bot of the local Discord's tests, with a watch to which its callbacks hand what they are given."""

from datetime import datetime
from typing import Any

import aiohttp
import discord

from tests.playground.clients.watch import Watch
from tests.playground.discord.sample_bot import SampleBot


class WitnessBot(SampleBot):
    """The bot; without a connector its library dials whatever its class attributes say."""

    def __init__(self, watch: Watch, connector: aiohttp.BaseConnector | None = None) -> None:
        super().__init__(connector)
        self.watch = watch
        self.heard_of: dict[int, discord.Message] = {}
        _add_commands(self)

    async def on_resumed(self) -> None:
        self.watch.tell("resumed")

    async def on_message(self, message: discord.Message) -> None:
        self.heard_of[message.id] = message
        self.watch.tell("message", message)

    async def on_raw_message_edit(self, payload: discord.RawMessageUpdateEvent) -> None:
        self.watch.tell("edited", payload)

    async def on_raw_message_delete(self, payload: discord.RawMessageDeleteEvent) -> None:
        self.watch.tell("gone", payload)

    async def on_raw_reaction_add(self, payload: discord.RawReactionActionEvent) -> None:
        self.watch.tell("reaction", payload)

    async def on_raw_reaction_remove(self, payload: discord.RawReactionActionEvent) -> None:
        self.watch.tell("reaction gone", payload)

    async def on_guild_channel_pins_update(
        self, channel: discord.abc.GuildChannel | discord.Thread, last_pin: datetime | None
    ) -> None:
        self.watch.tell("pins", (channel.id, last_pin is not None))

    async def on_thread_create(self, thread: discord.Thread) -> None:
        self.watch.tell("thread", thread)

    async def on_guild_role_create(self, role: discord.Role) -> None:
        self.watch.tell("role", role)

    async def on_guild_role_delete(self, role: discord.Role) -> None:
        self.watch.tell("role gone", role)

    async def on_guild_channel_delete(self, channel: discord.abc.GuildChannel) -> None:
        self.watch.tell("channel gone", channel)

    async def on_guild_channel_create(self, channel: discord.abc.GuildChannel) -> None:
        self.watch.tell("channel", channel)

    async def on_interaction(self, interaction: discord.Interaction[Any]) -> None:
        self.watch.tell("interaction", interaction)


def _add_commands(bot: WitnessBot) -> None:
    tree, watch = bot.tree, bot.watch

    @tree.command(name="study", description="Look at everything")
    async def study(
        interaction: discord.Interaction,
        sitter: discord.Member,
        role: discord.Role,
        place: discord.TextChannel,
        picture: discord.Attachment,
    ) -> None:
        watch.tell("deferred", await interaction.response.defer(ephemeral=True))
        watch.same("place in the cache", place, bot.get_channel(place.id))
        watch.tell("studied", (sitter, role, interaction.namespace.place, picture))
        await interaction.delete_original_response()
        watch.tell("follow-up", await interaction.followup.send("seen", ephemeral=True, wait=True))

    @tree.command(name="gamble", description="For adults", nsfw=True)
    async def gamble(interaction: discord.Interaction) -> None:
        await interaction.response.defer()

    @tree.context_menu(name="Wave")
    async def wave(interaction: discord.Interaction, member: discord.Member) -> None:
        watch.tell("target", member)
        watch.tell("answered", await interaction.response.send_message(f"waved at {member.name}"))

    @tree.context_menu(name="Look at message")
    async def look(interaction: discord.Interaction, message: discord.Message) -> None:
        watch.tell("target", message)
        answer = await interaction.response.send_message(f"saw {message.content}")
        watch.tell("answered", answer)
