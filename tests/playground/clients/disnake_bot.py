"""A small bot written with disnake; what its callbacks are given, they hand to the watch."""

import io
from typing import Any

import aiohttp
import disnake
from disnake import ui
from disnake.ext import commands
from disnake.interactions.application_command import (
    ApplicationCommandInteraction,
    MessageCommandInteraction,
    UserCommandInteraction,
)
from disnake.interactions.base import Interaction
from disnake.interactions.message import MessageInteraction
from disnake.interactions.modal import ModalInteraction
from disnake.ui.select.string import StringSelect

from tests.playground.clients.people import PNG
from tests.playground.clients.watch import Watch

Slash = ApplicationCommandInteraction[Any]
STYLES = ("oil", "ink", "chalk")
PAINT_NAMES = {"de": "malen"}


def result_components(seed: int) -> ui.Container:
    """Return a picture with a button and a select."""
    options = [disnake.SelectOption(label=one.title(), value=one) for one in STYLES]
    return ui.Container(
        ui.TextDisplay(f"**Portrait** seed {seed}"),
        ui.MediaGallery(disnake.MediaGalleryItem("attachment://a.png", description="a face")),
        ui.ActionRow(ui.Button(label="Again", custom_id=f"again:{seed}")),
        ui.ActionRow(StringSelect(custom_id=f"style:{seed}", options=options)),
    )


def ask_form() -> list[ui.Label]:
    """Return a form of text, choice and file."""
    big = StringSelect(
        custom_id="size", options=[disnake.SelectOption(label="Big", value="big")], required=False
    )
    return [
        ui.Label("Words", ui.TextInput(custom_id="words", max_length=20)),
        ui.Label("Size", big),
        ui.Label("Picture", ui.FileUpload(custom_id="picture", required=False)),
    ]


class DisnakeBot(commands.InteractionBot):
    """The bot; without a connector its library dials whatever `Route.BASE` says."""

    def __init__(self, watch: Watch, connector: aiohttp.BaseConnector | None = None) -> None:
        intents = disnake.Intents(guilds=True, messages=True, reactions=True)
        super().__init__(intents=intents, guild_ready_timeout=0.05, connector=connector)
        self.watch = watch
        self.heard_of: dict[int, disnake.Message] = {}
        _add_commands(self)
        _add_menus(self)

    async def until_registered(self) -> None:
        """Wait until the commands are registered, or could not be: a bot may well be ready before that."""
        async with self._sync_queued:  # held from the login until then
            pass

    async def on_resumed(self) -> None:
        self.watch.tell("resumed")

    async def on_message(self, message: disnake.Message) -> None:
        self.heard_of[message.id] = message
        self.watch.tell("message", message)

    async def on_raw_message_delete(self, payload: disnake.RawMessageDeleteEvent) -> None:
        self.watch.tell("gone", payload)

    async def on_raw_reaction_add(self, payload: disnake.RawReactionActionEvent) -> None:
        self.watch.tell("reaction", payload)

    async def on_raw_reaction_remove(self, payload: disnake.RawReactionActionEvent) -> None:
        self.watch.tell("reaction gone", payload)

    async def on_interaction(self, interaction: Interaction[Any]) -> None:
        self.watch.tell("interaction", interaction)

    async def on_button_click(self, interaction: MessageInteraction[Any]) -> None:
        await interaction.response.send_message(f"pressed {interaction.data.custom_id}", ephemeral=True)

    async def on_dropdown(self, interaction: MessageInteraction[Any]) -> None:
        chosen = f"style {interaction.values}"
        await interaction.response.edit_message(components=[ui.TextDisplay(chosen)], attachments=[])

    async def on_modal_submit(self, interaction: ModalInteraction[Any]) -> None:
        values = interaction.resolved_values
        names = [one.filename for one in values["picture"] or ()]
        self.watch.tell("upload", values["picture"])
        await interaction.response.send_message(f"{values['words']}|{list(values['size'])}|{names}")


def _add_commands(bot: DisnakeBot) -> None:
    @bot.slash_command(
        name=disnake.Localized("paint", data=PAINT_NAMES),
        description=disnake.Localized("Paint", data=PAINT_NAMES),
    )
    async def paint(
        inter: Slash,
        seed: int = commands.Param(1, ge=0, le=99),
        sitter: disnake.Member | None = None,
        role: disnake.Role | None = None,
        place: disnake.TextChannel | None = None,
    ) -> None:
        await inter.response.defer()
        file = disnake.File(io.BytesIO(PNG), "a.png")
        message = await inter.edit_original_response(components=result_components(seed), file=file)
        bot.watch.tell("painted", (message, sitter, role, place))

    @bot.slash_command(description="Ask")
    async def ask(inter: Slash) -> None:
        await inter.response.send_modal(title="Edit", custom_id="edit", components=ask_form())

    @bot.slash_command(description="Whisper")
    async def whisper(inter: Slash, picture: disnake.Attachment | None = None) -> None:
        await inter.response.send_message("a word", ephemeral=True)
        await inter.followup.send("and another", ephemeral=True)
        bot.watch.tell("whispered", (picture, picture and await picture.read()))

    @bot.slash_command(description="Pick a style")
    async def pick(inter: Slash, style: str) -> None:
        await inter.response.send_message(f"picked {style}")

    @pick.autocomplete("style")
    async def complete(_inter: Slash, current: str) -> list[str]:
        return [one for one in STYLES if current in one]


def _add_menus(bot: DisnakeBot) -> None:
    @bot.user_command(name="Wave")
    async def wave(inter: UserCommandInteraction[Any]) -> None:
        bot.watch.tell("target", inter.target)
        await inter.response.send_message(f"waved at {inter.target.name}")

    @bot.message_command(name="Restyle")
    async def restyle(inter: MessageCommandInteraction[Any]) -> None:
        bot.watch.tell("target", inter.target)
        await inter.response.send_message(f"restyle {inter.target.content}")
