"""Our own bot, unpatched, by Discord's own names: through a resolver and an authority of its own."""

from collections.abc import AsyncIterator
from pathlib import Path

import discord
import pytest
from discord.gateway import DiscordWebSocket
from discord.http import Route

from playground.discord.local import LocalDiscord
from playground.discord.tls import API, CDN, GATEWAY
from tests.cogs.house import running
from tests.playground.clients.people import people_of
from tests.playground.clients.resolver import private_way
from tests.services.studio import Studio, open_studio_on_sqlite


@pytest.fixture
async def studio(tmp_path: Path, _sqlite_template: Path) -> AsyncIterator[Studio]:
    """The services without Discord."""
    async with open_studio_on_sqlite(_sqlite_template, tmp_path) as opened:
        yield opened


async def test_paints_a_portrait_by_discords_own_names_alone(judged: LocalDiscord, studio: Studio) -> None:
    about = judged.announcement()
    connector, resolver = private_way(about)
    async with people_of(about) as people, running(studio.context, about["token"], connector) as bot:
        answer = await people.slash("portrait", wait="done")
        place = bot.get_partial_messageable(people.ids["portraits"])
        message = await place.fetch_message(int(answer["message"]["id"]))
        picture = next(one.media for one in gallery_items(message))
        assert picture.url.startswith(f"https://{CDN}/attachments/")
        content = await bot.http.get_from_cdn(picture.url)
    assert (picture.width, picture.height) == (1024, 1024)
    assert len(content) > 1000
    assert resolver.asked == {API, GATEWAY, CDN}
    assert Route.BASE == "https://discord.com/api/v10"
    assert str(DiscordWebSocket.DEFAULT_GATEWAY) == "wss://gateway.discord.gg/"
    assert discord.Asset.BASE == "https://cdn.discordapp.com"


def gallery_items(message: discord.Message) -> list[discord.MediaGalleryItem]:
    """Return what the galleries of a message show."""
    found: list[discord.MediaGalleryItem] = []
    for component in message.components:
        parts = component.children if isinstance(component, discord.Container) else [component]
        for part in parts:
            if isinstance(part, discord.MediaGalleryComponent):
                found += part.items
    return found
