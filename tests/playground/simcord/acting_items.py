"""What the acting bot shows: a message with everything that can be pressed and chosen, and forms of every field."""

import io
from contextlib import suppress
from typing import Any

import discord
from discord import ui

from tests.playground.clients.people import PNG

Interaction = discord.Interaction[discord.Client]


def picture(name: str) -> discord.File:
    """Return a picture to send."""
    return discord.File(io.BytesIO(PNG), name, description=f"{name} described")


class Whispering(ui.Button[Any]):
    """Answers its presser alone, then everybody."""

    async def callback(self, interaction: Interaction) -> None:
        await interaction.response.send_message("whispered", ephemeral=True)
        await interaction.followup.send("and aloud")


class Rewriting(ui.Button[Any]):
    """Rewrites its message, without the pictures."""

    async def callback(self, interaction: Interaction) -> None:
        view = ui.LayoutView(timeout=None).add_item(ui.TextDisplay("rewritten"))
        await interaction.response.edit_message(view=view, attachments=[])


class Slow(ui.Button[Any]):
    """Rewrites its message after it said that it will."""

    async def callback(self, interaction: Interaction) -> None:
        await interaction.response.defer()
        view = portrait_view("slowly", "b.png")
        await interaction.edit_original_response(view=view, attachments=[picture("b.png")])


class Asking(ui.Button[Any]):
    """Opens the form."""

    async def callback(self, interaction: Interaction) -> None:
        await interaction.response.send_modal(Form())


class Styles(ui.Select[Any]):
    """One or two of three."""

    def __init__(self) -> None:
        options = [discord.SelectOption(label=one.title(), value=one) for one in ("oil", "ink", "chalk")]
        super().__init__(custom_id="styles", options=options, min_values=1, max_values=2)

    async def callback(self, interaction: Interaction) -> None:
        await interaction.response.send_message(f"chose {self.values}")


class Anyone(ui.MentionableSelect[Any]):
    """Members and roles."""

    async def callback(self, interaction: Interaction) -> None:
        await interaction.response.send_message(f"chose {[one.name for one in self.values]}")


class Places(ui.ChannelSelect[Any]):
    """Channels."""

    async def callback(self, interaction: Interaction) -> None:
        await interaction.response.send_message(f"chose {[one.name for one in self.values]}")


def portrait_view(words: str, filename: str) -> ui.LayoutView:
    """Return a picture with everything that can be pressed and chosen."""
    gallery: ui.MediaGallery[Any] = ui.MediaGallery(
        discord.MediaGalleryItem(f"attachment://{filename}", description="a face")
    )
    thumb: ui.Thumbnail[Any] = ui.Thumbnail(f"attachment://{filename}")
    box: ui.Container[Any] = ui.Container(
        ui.TextDisplay(f"**{words}**"),
        ui.Section("aside", accessory=thumb),
        ui.Separator(),
        gallery,
        ui.ActionRow(
            Whispering(label="Whisper", custom_id="whisper"),
            Rewriting(label="Rewrite", custom_id="rewrite", style=discord.ButtonStyle.danger),
            Slow(label="Slow", custom_id="slow", emoji="🐌"),
            Asking(label="Ask", custom_id="ask"),
            ui.Button(label="Link", url="https://example.org/"),
        ),
        ui.ActionRow(Styles()),
        ui.ActionRow(Anyone(custom_id="anyone", max_values=2)),
        ui.ActionRow(Places(custom_id="places")),
        accent_colour=0xB5651D,
    )
    return ui.LayoutView(timeout=None).add_item(box)


class Form(ui.Modal, title="A form"):
    """A form with every kind of field."""

    about: ui.TextDisplay[Any] = ui.TextDisplay("Fill in **all** of it")
    words: ui.Label[Any] = ui.Label(text="Words", component=ui.TextInput(custom_id="words", max_length=20))
    style: ui.Label[Any] = ui.Label(
        text="Style",
        component=ui.Select(custom_id="style", options=[discord.SelectOption(label="Oil", value="oil")]),
    )
    size: ui.Label[Any] = ui.Label(
        text="Size",
        component=ui.RadioGroup(
            custom_id="size",
            options=[discord.RadioGroupOption(label=one, value=one) for one in ("small", "large")],
        ),
    )
    files: ui.Label[Any] = ui.Label(
        text="Picture", component=ui.FileUpload(custom_id="files", required=False, min_values=0)
    )

    def __init__(self) -> None:
        super().__init__(custom_id="form", timeout=None)

    async def on_submit(self, interaction: Interaction) -> None:
        data: Any = interaction.data
        said = [f"{one['component'].get('value', one['component'].get('values'))}" for one in _fields(data)]
        names = [one["filename"] for one in data.get("resolved", {}).get("attachments", {}).values()]
        await interaction.response.send_message(f"{said[:3]} {names}")


class SecondForm(ui.Modal, title="Another form"):
    """The kinds of field for which the first one has no room."""

    extras: ui.Label[Any] = ui.Label(
        text="Extras",
        component=ui.CheckboxGroup(
            custom_id="extras",
            options=[discord.CheckboxGroupOption(label=one, value=one) for one in ("frame", "glass")],
        ),
    )
    hurry: ui.Label[Any] = ui.Label(text="Hurry", component=ui.Checkbox(custom_id="hurry"))
    sitter: ui.Label[Any] = ui.Label(text="Sitter", component=ui.UserSelect(custom_id="sitter"))

    def __init__(self) -> None:
        super().__init__(custom_id="second-form", timeout=None)

    async def on_submit(self, interaction: Interaction) -> None:
        with suppress(discord.HTTPException):
            await interaction.response.defer()  # an update of a message, where there is none


def _fields(data: Any) -> list[Any]:  # noqa: ANN401 (JSON)
    return [one for one in data["components"] if "component" in one]
