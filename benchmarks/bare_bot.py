"""The least that a discord.py bot can be: what Limner's acknowledgements, memory and start are measured beside.

`/ping` acknowledges, `/hello` answers with one message, `/post` acknowledges and posts a picture file; run as
`python -m benchmarks.bare_bot TOKEN API GATEWAY PICTURE`.
"""

import io
import sys
from pathlib import Path

import discord
from discord import app_commands
from discord.gateway import DiscordWebSocket
from discord.http import Route
from yarl import URL


class BareBot(discord.Client):
    """Three commands and nothing else; says "ready" on standard output."""

    def __init__(self, picture: bytes) -> None:
        super().__init__(intents=discord.Intents(guilds=True))
        self.tree = app_commands.CommandTree(self)
        self.picture = picture

    async def setup_hook(self) -> None:
        """Register the three commands."""

        @self.tree.command(description="Acknowledge")
        async def ping(interaction: discord.Interaction) -> None:
            await interaction.response.defer()

        @self.tree.command(description="Answer with one message")
        async def hello(interaction: discord.Interaction) -> None:
            await interaction.response.send_message("hello")

        @self.tree.command(description="Acknowledge and post a picture")
        async def post(interaction: discord.Interaction) -> None:
            await interaction.response.defer()
            await interaction.edit_original_response(attachments=[picture_file(self.picture)])

        await self.tree.sync()

    async def on_ready(self) -> None:
        """Say so."""
        print("ready", flush=True)


def picture_file(picture: bytes) -> discord.File:
    """Return the picture as an upload."""

    return discord.File(io.BytesIO(picture), "picture.jpg")


def main(token: str, api_url: str, gateway_url: str, picture: str) -> None:
    """Run the bot until it is killed."""
    Route.BASE = api_url
    DiscordWebSocket.DEFAULT_GATEWAY = URL(gateway_url)
    BareBot(Path(picture).read_bytes()).run(token, log_handler=None)


if __name__ == "__main__":
    main(*sys.argv[1:])
