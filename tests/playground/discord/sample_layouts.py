"""What the sample bot shows to those who draw it: every component, a form, every kind of option."""

import io
import struct
import zlib
from typing import Any, Literal

import discord
from discord import app_commands, ui

GREY, OTHER_GREY = 90, 200
PROSE = """# Heading
## Smaller
**bold** *italic* __under__ ~~gone~~ `code` ||hidden||
-# subtext
- one
- two
  - inner
1. first
> quoted
[masked](https://example.org/a) https://example.org/b
<t:1700000000:D> <@{user}> <#{channel}>
```py
a = 1
```"""


def png(width: int, height: int, grey: int = GREY) -> bytes:
    """Return a real picture of one grey."""
    rows = (b"\0" + bytes([grey]) * width) * height
    chunks = [
        (b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)),
        (b"IDAT", zlib.compress(rows)),
        (b"IEND", b""),
    ]
    packed = (
        struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))
        for kind, body in chunks
    )
    return b"\x89PNG\r\n\x1a\n" + b"".join(packed)


def picture(name: str = "a.png", width: int = 640, height: int = 480) -> discord.File:
    """Return a picture to send."""
    return discord.File(io.BytesIO(png(width, height)), name)


class Chosen(ui.Select[ui.LayoutView]):
    """A select for one or two of three, which says what was chosen."""

    def __init__(self) -> None:
        options = [
            discord.SelectOption(label="Oil", value="oil", description="slow to dry", emoji="🎨"),
            discord.SelectOption(label="Ink", value="ink"),
            discord.SelectOption(label="Chalk", value="chalk"),
        ]
        super().__init__(
            custom_id="styles", placeholder="Choose styles", options=options, min_values=1, max_values=2
        )

    async def callback(self, interaction: discord.Interaction) -> None:
        await interaction.response.send_message(f"chose {sorted(self.values)}")


class Named(ui.Button[ui.LayoutView]):
    """A button that answers with its own label."""

    async def callback(self, interaction: discord.Interaction) -> None:
        await interaction.response.send_message(f"pressed {self.label}", ephemeral=True)


class Someone(ui.UserSelect[ui.LayoutView]):
    """A select for members, which says who was chosen."""

    async def callback(self, interaction: discord.Interaction) -> None:
        await interaction.response.send_message(f"chose {self.values[0].name}")


def full_view(interaction: discord.Interaction) -> ui.LayoutView:
    """Return a view with every component that a message may hold."""
    assert interaction.channel_id is not None
    buttons = ui.ActionRow[ui.LayoutView](
        Named(label="Primary", style=discord.ButtonStyle.primary),
        Named(label="Success", style=discord.ButtonStyle.success, emoji="✅"),
        Named(label="Danger", style=discord.ButtonStyle.danger),
        Named(label="Off", disabled=True),
        ui.Button(label="Link", url="https://example.org/"),
    )
    box = ui.Container[ui.LayoutView](
        ui.TextDisplay(PROSE.format(user=interaction.user.id, channel=interaction.channel_id)),
        ui.Separator(visible=True, spacing=discord.SeparatorSpacing.large),
        ui.Section("beside a thumbnail", accessory=ui.Thumbnail("attachment://a.png", description="a thumb")),
        ui.Section("beside a button", accessory=Named(label="Accessory")),
        ui.MediaGallery(discord.MediaGalleryItem("attachment://b.png", description="veiled", spoiler=True)),
        ui.File("attachment://note.txt"),
        buttons,
        ui.ActionRow(Chosen()),
        ui.ActionRow(Someone(placeholder="Choose a member")),
        ui.ActionRow(ui.RoleSelect(placeholder="Choose a role")),
        ui.ActionRow(ui.MentionableSelect(placeholder="Choose anyone")),
        ui.ActionRow(ui.ChannelSelect(placeholder="Choose a channel")),
        accent_colour=0xB5651D,
    )
    secret = ui.Container[ui.LayoutView](ui.TextDisplay("a secret"), spoiler=True)
    return ui.LayoutView().add_item(box).add_item(secret)


def gallery_view(count: int, words: str = "a gallery") -> ui.LayoutView:
    """Return a gallery of so many pictures under a line of text, with a select."""
    items = [
        discord.MediaGalleryItem(f"attachment://{index}.png", description=f"number {index}")
        for index in range(count)
    ]
    view = ui.LayoutView()
    view.add_item(ui.TextDisplay(words))
    view.add_item(ui.MediaGallery(*items))
    return view.add_item(ui.ActionRow(Chosen()))


class FullForm(ui.Modal, title="A form"):
    """A modal with every kind of field."""

    about: ui.TextDisplay[Any] = ui.TextDisplay("Fill in **all** of it")
    words = ui.Label[ui.Modal](
        text="Words",
        description="at least five letters",
        component=ui.TextInput(
            custom_id="words", style=discord.TextStyle.paragraph, min_length=5, max_length=40
        ),
    )
    size = ui.Label[ui.Modal](
        text="Size",
        component=ui.RadioGroup(
            custom_id="size",
            options=[
                discord.RadioGroupOption(label="Small", value="small", description="fits a card"),
                discord.RadioGroupOption(label="Large", value="large"),
            ],
        ),
    )
    extras = ui.Label[ui.Modal](
        text="Extras",
        component=ui.CheckboxGroup(
            custom_id="extras",
            required=False,
            min_values=0,
            options=[
                discord.CheckboxGroupOption(label="Frame", value="frame"),
                discord.CheckboxGroupOption(label="Glass", value="glass"),
            ],
        ),
    )
    who = ui.Label[ui.Modal](text="For whom", component=ui.UserSelect(custom_id="who", required=True))

    async def on_submit(self, interaction: discord.Interaction) -> None:
        words, size, extras, who = (one.component for one in (self.words, self.size, self.extras, self.who))
        assert isinstance(words, ui.TextInput)
        assert isinstance(size, ui.RadioGroup)
        assert isinstance(extras, ui.CheckboxGroup)
        assert isinstance(who, ui.UserSelect)
        said = f"{words.value}|{size.value}|{extras.values}|{who.values[0].name}"
        await interaction.response.send_message(said)


def add_layouts(tree: app_commands.CommandTree, waiting: list[discord.Interaction]) -> None:
    """Add the commands; `waiting` collects the interactions whose messages a test edits itself."""

    @tree.command(name="layout", description="Every component")
    async def layout(interaction: discord.Interaction) -> None:
        files = [picture(), picture("b.png"), discord.File(io.BytesIO(b"words"), "note.txt")]
        await interaction.response.send_message(view=full_view(interaction), files=files)

    @tree.command(name="gallery", description="Pictures beside one another")
    async def gallery(interaction: discord.Interaction, count: app_commands.Range[int, 1, 10]) -> None:
        files = [picture(f"{index}.png") for index in range(count)]
        waiting.append(interaction)  # before its answer, by which a test knows that it is there
        await interaction.response.send_message(view=gallery_view(count), files=files)

    @tree.command(name="legacy", description="Before Components V2")
    async def legacy(interaction: discord.Interaction) -> None:
        embed = discord.Embed(title="An embed", description="with **words**", colour=0x3366CC)
        embed.add_field(name="field", value="value").set_footer(text="the foot")
        await interaction.response.send_message(
            f"hello {interaction.user.mention}", embed=embed, file=picture()
        )

    @tree.command(name="form", description="Every field")
    async def form(interaction: discord.Interaction) -> None:
        await interaction.response.send_modal(FullForm())

    @tree.command(name="sleep", description="Never answer")
    async def sleep(interaction: discord.Interaction) -> None:
        waiting.append(interaction)

    _add_options(tree)


def _add_options(tree: app_commands.CommandTree) -> None:
    @tree.command(name="options", description="Every kind of option")
    async def options(  # noqa: PLR0917 (discord.py reads options from the signature)
        interaction: discord.Interaction,
        words: app_commands.Range[str, 2, 8],
        number: app_commands.Range[float, 0, 1] | None = None,
        flag: bool | None = None,
        who: discord.Member | None = None,
        where: discord.TextChannel | None = None,
        choice: Literal["red", "green"] | None = None,
        file: discord.Attachment | None = None,
    ) -> None:
        names = [one and one.name for one in (who, where)]
        said = f"{words}|{number}|{flag}|{names}|{choice}|{file and file.filename}"
        await interaction.response.send_message(said)

    light = app_commands.Group(name="light", description="The light")

    @light.command(name="set", description="Set the light")
    async def set_light(interaction: discord.Interaction, level: int) -> None:
        await interaction.response.send_message(f"light {level}")

    tree.add_command(light)

    @tree.context_menu(name="Inspect member")
    async def inspect(interaction: discord.Interaction, member: discord.Member) -> None:
        await interaction.response.send_message(f"inspected {member.name}", ephemeral=True)
