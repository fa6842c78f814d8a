"""`/character share`, `copy`, `export` and `import`: who else may use a character, and where else it goes.

Every answer is seen by the person alone.
"""

from io import BytesIO

from discord import Attachment, File, User, app_commands, ui
from discord.ext import commands

from cogs._attachments import MOST_REQUEST_BYTES
from cogs._brought import brought_attachment
from cogs._caller import viewer_of
from cogs._character_options import (
    AGREED_DESCRIPTION,
    CHARACTER_DESCRIPTION,
    suggest_character,
    suggest_own_character,
)
from cogs._character_words import copied_text, created_text, exported_text, shared_text
from cogs._edge import BotInteraction
from cogs._language import language_of
from cogs._layout import finished, text_view
from cogs._replies import acknowledge
from db.characters.character_shares import ShareTarget
from services.character_export import export_character, import_character
from services.character_pictures import check_agreed
from services.character_sharing import copy_character, end_sharing, share_character
from services.errors import UserError
from services.models import Visibility


class SharingCommands(commands.Cog):
    """The commands about who may use a character, and where it goes; a part of `cogs/character.py`."""

    @app_commands.command(description="Let this server or a person use a character; or take that back")
    @app_commands.describe(
        character=CHARACTER_DESCRIPTION,
        person="Who may use it; leave it out for everybody in this server",
        off="Take it back, or use no more what is shared with you",
    )
    @app_commands.autocomplete(character=suggest_character)
    async def share(
        self, interaction: BotInteraction, character: str, person: User | None = None, off: bool = False
    ) -> None:
        """Acknowledge, share or end it, say so."""
        target = _target(interaction, person, is_end=off)
        await acknowledge(interaction, Visibility.PRIVATE)
        async with interaction.client.gate.work():
            change = end_sharing if off else share_character
            found = await change(interaction.client.context, viewer_of(interaction), character, target)
        text = shared_text(language_of(interaction), found, target, is_end=off)
        await interaction.edit_original_response(view=text_view(text))

    @app_commands.command(description="Keep a copy of a character as one of your own")
    @app_commands.describe(character=CHARACTER_DESCRIPTION, name="What you call it; its own name otherwise")
    @app_commands.autocomplete(character=suggest_character)
    async def copy(self, interaction: BotInteraction, character: str, name: str = "") -> None:
        """Acknowledge, copy, say so."""
        await acknowledge(interaction, Visibility.PRIVATE)
        async with interaction.client.gate.work():
            context, viewer = interaction.client.context, viewer_of(interaction)
            copied = await copy_character(context, viewer, character, name)
        text = copied_text(language_of(interaction), copied)
        await interaction.edit_original_response(view=text_view(text))

    @app_commands.command(description="A character as one file, with its pictures")
    @app_commands.describe(character=CHARACTER_DESCRIPTION)
    @app_commands.autocomplete(character=suggest_own_character)
    async def export(self, interaction: BotInteraction, character: str) -> None:
        """Acknowledge, pack, hand over."""
        await acknowledge(interaction, Visibility.PRIVATE)
        async with interaction.client.gate.work():
            context, viewer = interaction.client.context, viewer_of(interaction)
            limit_bytes = min(interaction.filesize_limit, MOST_REQUEST_BYTES)
            exported = await export_character(context, viewer, character, limit_bytes)
        file: ui.File[ui.LayoutView] = ui.File(f"attachment://{exported.filename}")
        text: ui.TextDisplay[ui.LayoutView] = ui.TextDisplay(
            exported_text(language_of(interaction), exported)
        )
        attached = File(BytesIO(exported.data), exported.filename)
        await interaction.edit_original_response(view=finished(text, file), attachments=[attached])

    @app_commands.command(name="import", description="A character of your own out of such a file")
    @app_commands.describe(
        file="The file that /character export gave",
        agreed=AGREED_DESCRIPTION,
        name="What you call it; its own name otherwise",
    )
    async def import_character(
        self, interaction: BotInteraction, file: Attachment, agreed: bool = False, name: str = ""
    ) -> None:
        """Check, acknowledge, judge all of it, keep, say so."""
        brought = brought_attachment(file)
        check_agreed([brought], is_agreed=agreed)
        await acknowledge(interaction, Visibility.PRIVATE)
        async with interaction.client.gate.work():
            context, viewer = interaction.client.context, viewer_of(interaction)
            made = await import_character(context, viewer, brought, name, is_agreed=agreed)
        await interaction.edit_original_response(view=text_view(created_text(language_of(interaction), made)))


def _target(interaction: BotInteraction, person: User | None, *, is_end: bool) -> ShareTarget:
    """Return with whom. Raises UserError("share_with_whom") where neither a person nor a server is there."""
    if person is not None:
        return ShareTarget(is_server=False, id=person.id)
    if interaction.guild_id is not None:
        return ShareTarget(is_server=True, id=interaction.guild_id)
    if is_end:
        return ShareTarget(is_server=False, id=interaction.user.id)
    raise UserError("share_with_whom", field="person")
