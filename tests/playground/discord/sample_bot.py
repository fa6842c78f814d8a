"""A small real bot: it answers in every way that the local Discord has to carry."""

import asyncio
import io
import re
from collections.abc import Awaitable
from typing import Any, Self

import aiohttp
import discord
from discord import app_commands, ui

from tests.playground.discord.sample_layouts import add_layouts

PNG = b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR\0\0\0\x10\0\0\0\x20" + b"\0" * 64


class AgainButton(ui.DynamicItem[ui.Button[ui.LayoutView]], template=r"v1:portrait:again:(?P<id>\d+)"):
    """A button whose meaning lies in its custom id."""

    def __init__(self, number: int) -> None:
        super().__init__(ui.Button(label="Again", custom_id=f"v1:portrait:again:{number}"))
        self.number = number

    @classmethod
    async def from_custom_id(
        cls,
        interaction: discord.Interaction,  # noqa: ARG003 (discord.py's signature)
        item: ui.Item[Any],  # noqa: ARG003
        match: re.Match[str],
    ) -> Self:
        return cls(int(match["id"]))

    async def callback(self, interaction: discord.Interaction) -> None:
        await interaction.response.send_message(f"again {self.number}", ephemeral=True)


class StyleSelect(ui.DynamicItem[ui.Select[ui.LayoutView]], template=r"v1:style:(?P<id>\d+)"):
    """A select that rewrites its message."""

    def __init__(self, number: int) -> None:
        options = [discord.SelectOption(label=one.title(), value=one) for one in ("oil", "ink", "chalk")]
        super().__init__(ui.Select(custom_id=f"v1:style:{number}", options=options))

    @classmethod
    async def from_custom_id(
        cls,
        interaction: discord.Interaction,  # noqa: ARG003 (discord.py's signature)
        item: ui.Item[Any],  # noqa: ARG003
        match: re.Match[str],
    ) -> Self:
        return cls(int(match["id"]))

    async def callback(self, interaction: discord.Interaction) -> None:
        view = ui.LayoutView()
        view.add_item(ui.TextDisplay(f"style {self.item.values[0]}"))
        await interaction.response.edit_message(view=view, attachments=[])


class AskModal(ui.Modal, title="Edit"):
    """A modal of both generations."""

    words = ui.Label[ui.Modal](text="Words", component=ui.TextInput(custom_id="words", max_length=20))
    size = ui.Label[ui.Modal](
        text="Size",
        component=ui.Select(
            custom_id="size",
            options=[discord.SelectOption(label="Big", value="big")],
            required=False,
            min_values=0,
        ),
    )
    picture = ui.Label[ui.Modal](
        text="Picture", component=ui.FileUpload(custom_id="picture", required=False, min_values=0)
    )

    async def on_submit(self, interaction: discord.Interaction) -> None:
        words, size, picture = self.words.component, self.size.component, self.picture.component
        assert isinstance(words, ui.TextInput)
        assert isinstance(size, ui.Select)
        assert isinstance(picture, ui.FileUpload)
        names = [one.filename for one in picture.values]
        await interaction.response.send_message(f"{words.value}|{size.values}|{names}")


def result_view(seed: int) -> ui.LayoutView:
    """Return a picture with a button and a select."""
    gallery = ui.MediaGallery[ui.LayoutView](
        discord.MediaGalleryItem("attachment://a.png", description="a face")
    )
    container = ui.Container[ui.LayoutView](ui.TextDisplay(f"**Portrait** seed {seed}"), gallery)
    view = ui.LayoutView()
    container.add_item(ui.ActionRow(AgainButton(seed)))
    container.add_item(ui.ActionRow(StyleSelect(seed)))
    view.add_item(container)
    return view


class SampleBot(discord.Client):
    """The bot; `codes` collects the JSON codes of refusals, `heard` what events told."""

    def __init__(self, connector: aiohttp.BaseConnector | None = None) -> None:
        intents = discord.Intents(guilds=True, guild_reactions=True, dm_reactions=True, guild_messages=True)
        super().__init__(
            intents=intents, guild_ready_timeout=0.05, max_ratelimit_timeout=30, connector=connector
        )
        self.tree = app_commands.CommandTree(self)
        self.codes: list[int] = []
        self.heard: list[str] = []
        self.news = asyncio.Event()
        self.resumed = asyncio.Event()
        self.waiting: list[discord.Interaction] = []
        self.add_dynamic_items(AgainButton, StyleSelect)
        _add_commands(self)
        add_layouts(self.tree, self.waiting)

    async def on_resumed(self) -> None:
        self.resumed.set()

    def hear(self, what: str) -> None:
        self.heard.append(what)
        self.news.set()

    async def on_message(self, message: discord.Message) -> None:
        self.hear(f"message {message.content!r}")

    async def on_raw_reaction_add(self, payload: discord.RawReactionActionEvent) -> None:
        self.hear(f"reaction {payload.emoji} on {payload.message_author_id} by {payload.user_id}")


def _add_commands(bot: SampleBot) -> None:
    tree = bot.tree

    @tree.command(name="portrait", description="Paint")
    async def portrait(interaction: discord.Interaction, seed: app_commands.Range[int, 0, 99] = 1) -> None:
        await interaction.response.defer()
        file = discord.File(io.BytesIO(PNG), "a.png")
        await interaction.edit_original_response(view=result_view(seed), attachments=[file])

    @tree.command(name="ask", description="Ask")
    async def ask(interaction: discord.Interaction) -> None:
        await interaction.response.send_modal(AskModal())

    @tree.command(name="whisper", description="Whisper")
    async def whisper(interaction: discord.Interaction, picture: discord.Attachment | None = None) -> None:
        said = "nothing" if picture is None else f"{picture.filename} {len(await picture.read())}"
        await interaction.response.send_message(said, ephemeral=True)

    @tree.command(name="twice", description="Answer twice")
    async def twice(interaction: discord.Interaction) -> None:
        await interaction.response.send_message("once")
        interaction.response._response_type = None
        await _refused(bot, interaction.response.send_message("twice"))

    @tree.command(name="late", description="Answer late")
    async def late(interaction: discord.Interaction) -> None:
        await asyncio.sleep(3.1)
        await _refused(bot, interaction.response.send_message("late"))

    @tree.command(name="keep", description="Keep the token")
    async def keep(interaction: discord.Interaction) -> None:
        bot.waiting.append(interaction)  # before its answer, by which a test knows that it is there
        await interaction.response.defer(ephemeral=True)

    @tree.command(name="pick", description="Pick a style")
    @app_commands.describe(style="the style")
    async def pick(
        interaction: discord.Interaction, style: str, count: app_commands.Range[int, 1, 4] = 1
    ) -> None:
        await interaction.response.send_message(f"{count} {style}")

    @pick.autocomplete("style")
    async def complete(interaction: discord.Interaction, current: str) -> list[app_commands.Choice[str]]:
        found = [one for one in ("oil", "ink", "chalk") if current in one]
        return [app_commands.Choice(name=one, value=one) for one in found]

    @tree.command(name="letter", description="Write to me")
    async def letter(interaction: discord.Interaction) -> None:
        await interaction.response.defer(ephemeral=True)
        await interaction.user.send("a letter")
        await interaction.delete_original_response()
        await interaction.followup.send("sent", ephemeral=True)

    @tree.context_menu(name="Restyle image")
    async def restyle(interaction: discord.Interaction, message: discord.Message) -> None:
        await interaction.response.send_message(f"restyle {message.content}")


async def _refused(bot: SampleBot, answering: Awaitable[object]) -> None:
    try:
        await answering
    except discord.HTTPException as error:
        bot.codes.append(error.code)
        bot.news.set()
