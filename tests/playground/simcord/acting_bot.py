"""A bot that answers in every way, and asks for much that is refused; its components bear fixed ids."""

import asyncio
from collections.abc import Awaitable
from typing import Literal

import discord
from discord import app_commands, ui
from discord.http import Route

from tests.playground.simcord.acting_items import (
    Form,
    Interaction,
    SecondForm,
    Styles,
    picture,
    portrait_view,
)
from tests.playground.simcord.bad_bodies import BAD_MESSAGES


class ActingBot(discord.Client):
    """The bot."""

    def __init__(self) -> None:
        intents = discord.Intents(
            guilds=True, guild_messages=True, dm_messages=True, guild_reactions=True, dm_reactions=True
        )
        super().__init__(intents=intents, guild_ready_timeout=0.05, max_messages=None)
        self.tree = app_commands.CommandTree(self)
        for add in (_add_options, _add_answers, _add_requests, _add_menus):
            add(self.tree)

    async def setup_hook(self) -> None:
        await self.tree.sync()


def _add_options(tree: app_commands.CommandTree) -> None:
    @tree.command(name="describe", description="Every kind of option")
    async def describe(  # noqa: PLR0917 (discord.py reads options from the signature)
        interaction: Interaction,
        words: app_commands.Range[str, 2, 8],
        number: app_commands.Range[float, 0, 1] | None = None,
        count: app_commands.Range[int, 1, 9] | None = None,
        flag: bool | None = None,
        who: discord.Member | None = None,
        where: discord.TextChannel | None = None,
        role: discord.Role | None = None,
        anyone: discord.Member | discord.Role | None = None,
        choice: Literal["red", "green"] | None = None,
        file: discord.Attachment | None = None,
    ) -> None:
        names = [one and one.name for one in (who, where, role, anyone)]
        size = None if file is None else (file.filename, len(await file.read()))
        said = f"{words}|{number}|{count}|{flag}|{names}|{choice}|{size}"
        await interaction.response.send_message(said)

    light = app_commands.Group(name="light", description="The light")
    lamp = app_commands.Group(name="lamp", description="One lamp", parent=light)

    @light.command(name="set", description="Set the light")
    async def set_light(interaction: Interaction, level: int) -> None:
        await interaction.response.send_message(f"light {level}")

    @lamp.command(name="off", description="Put out a lamp")
    async def put_out(interaction: Interaction, name: str) -> None:
        await interaction.response.send_message(f"{name} is out")

    tree.add_command(light)

    @tree.command(name="pick", description="Pick a style")
    async def pick(interaction: Interaction, style: str, count: int = 1) -> None:
        await interaction.response.send_message(f"{count} {style}")

    @pick.autocomplete("style")
    async def complete(interaction: Interaction, current: str) -> list[app_commands.Choice[str]]:
        found = [one for one in ("oil", "ink", "chalk") if current in one]
        return [app_commands.Choice(name=f"{one}!", value=one) for one in found]


def _add_answers(tree: app_commands.CommandTree) -> None:
    @tree.command(name="portrait", description="Paint")
    async def portrait(interaction: Interaction) -> None:
        await interaction.response.defer()
        await interaction.edit_original_response(
            view=portrait_view("Portrait", "a.png"), attachments=[picture("a.png")]
        )

    @tree.command(name="album", description="Two pictures, of which one goes and a third comes")
    async def album(interaction: Interaction) -> None:
        embed = discord.Embed(title="An album", description="of **two**", colour=0x3366CC)
        embed.add_field(name="field", value="value").set_footer(text="the foot")
        await interaction.response.send_message(
            "two", embed=embed, files=[picture("a.png"), picture("b.png")]
        )
        sent = await interaction.original_response()
        edited = await interaction.edit_original_response(
            content="kept one", attachments=[sent.attachments[0], picture("c.png")]
        )
        await interaction.edit_original_response(content=f"kept {len(edited.attachments)}", embeds=[])

    @tree.command(name="talk", description="Answers that come after the first")
    async def talk(interaction: Interaction) -> None:
        await interaction.response.defer(ephemeral=True)
        await interaction.followup.send("the first one", ephemeral=False)
        aloud = await interaction.followup.send(f"hello {interaction.user.mention} @everyone", wait=True)
        secret = await interaction.followup.send("a secret", ephemeral=True, wait=True)
        await aloud.edit(content="said before", allowed_mentions=discord.AllowedMentions.none())
        await secret.delete()
        await interaction.delete_original_response()
        await refused(interaction.edit_original_response(content="too late"))

    @tree.command(name="twice", description="Answer twice")
    async def twice(interaction: Interaction) -> None:
        await interaction.response.send_message("once", ephemeral=True)
        interaction.response._response_type = None
        await refused(interaction.response.send_message("twice"))

    @tree.command(name="form", description="The form")
    async def form(interaction: Interaction) -> None:
        await interaction.response.send_modal(Form())

    @tree.command(name="second", description="The other form")
    async def second(interaction: Interaction) -> None:
        await interaction.response.send_modal(SecondForm())


def _add_requests(tree: app_commands.CommandTree) -> None:
    @tree.command(name="letter", description="Write to me")
    async def letter(interaction: Interaction) -> None:
        await interaction.response.defer(ephemeral=True)
        sent = await interaction.user.send("a letter", view=ui.View(timeout=None).add_item(Styles()))
        await sent.edit(content="a better letter", view=None)
        await interaction.edit_original_response(content="sent")

    @tree.command(name="thread", description="Open a thread")
    async def thread(interaction: Interaction) -> None:
        await interaction.response.send_message("a subject")
        channel = interaction.channel
        assert isinstance(channel, discord.TextChannel)
        said = await channel.send("something to talk about")
        opened = await said.create_thread(name="talk")
        await opened.send("in here")
        await opened.edit(name="talked", archived=True)

    @tree.command(name="pin", description="Pin and unpin")
    async def pin(interaction: Interaction) -> None:
        await interaction.response.defer(ephemeral=True)
        channel = interaction.channel
        assert isinstance(channel, discord.TextChannel)
        said = await channel.send("to be kept", nonce="7")
        await said.pin()
        await interaction.edit_original_response(
            content=f"{len([one async for one in channel.pins()])} pinned"
        )
        await said.unpin()

    @tree.command(name="mark", description="React")
    async def mark(interaction: Interaction) -> None:
        await interaction.response.send_message("mark this")
        sent = await interaction.original_response()
        marked = sent.channel.get_partial_message(sent.id)  # type: ignore[union-attr] # it is a text channel
        await marked.add_reaction("👍")
        await marked.add_reaction("❤️")
        again = await marked.fetch()
        await again.remove_reaction("❤️", interaction.client.user)  # type: ignore[arg-type] # logged in
        await marked.clear_reactions()

    @tree.command(name="reach", description="Ask for what is refused")
    async def reach(interaction: Interaction, silent: discord.TextChannel) -> None:
        await interaction.response.defer(ephemeral=True)
        for asked in _forbidden(interaction, silent):
            await refused(asked)
        await interaction.edit_original_response(content="all refused")

    @tree.command(name="bad", description="Send bad bodies")
    async def bad(interaction: Interaction) -> None:
        # A callback belongs to no rate limit, and a refused one leaves the interaction open.
        route = Route("POST", f"/interactions/{interaction.id}/{interaction.token}/callback")
        for body in BAD_MESSAGES.values():
            await refused(interaction.client.http.request(route, json={"type": 4, "data": body}))
        await interaction.response.send_message("all refused")


def _forbidden(interaction: Interaction, silent: discord.TextChannel) -> list[Awaitable[object]]:
    """Return requests that are refused, each for another reason."""
    client, guild = interaction.client, interaction.guild
    assert guild is not None
    hidden = next(one for one in guild.text_channels if one.name == "cellar")
    own = interaction.channel
    assert isinstance(own, discord.TextChannel)
    said_by_ada = own.get_partial_message(own.last_message_id or 1)
    return [
        silent.send("not here"),
        silent.get_partial_message(1 << 60).add_reaction("👍"),
        hidden.send("not there"),
        client.fetch_channel(hidden.id),
        client.fetch_channel(1 << 60),
        own.get_partial_message(1 << 60).fetch(),
        said_by_ada.edit(content="not mine"),
    ]


def _add_menus(tree: app_commands.CommandTree) -> None:
    @tree.context_menu(name="Inspect member")
    async def inspect(interaction: Interaction, member: discord.Member) -> None:
        await interaction.response.send_message(f"inspected {member.name}", ephemeral=True)

    @tree.context_menu(name="Quote message")
    async def quote(interaction: Interaction, message: discord.Message) -> None:
        await interaction.response.send_message(f"> {message.content}")


async def refused(asked: Awaitable[object]) -> None:
    """Ask for something that Discord refuses."""
    try:
        await asyncio.ensure_future(asked)
    except discord.HTTPException:
        return
    raise AssertionError("Discord should have refused that")
