"""Two client libraries, unmodified, have nothing to complain of by either door; and they do complain."""

from collections.abc import Awaitable, Callable

import disnake
import pytest
from discord.gateway import DiscordWebSocket
from discord.http import Route

from playground.discord import objects
from playground.discord.local import LocalDiscord
from playground.discord.tls import PATHS
from tests.playground.clients import discordpy_script, disnake_script
from tests.playground.clients.people import Json
from tests.playground.clients.resolver import private_way

Script = Callable[..., Awaitable[list[str]]]
LIBRARIES = pytest.mark.parametrize(
    "run_script", [discordpy_script.run_script, disnake_script.run_script], ids=["discord.py", "disnake"]
)


def addresses() -> list[str]:
    """What the libraries dial."""
    return [Route.BASE, str(DiscordWebSocket.DEFAULT_GATEWAY), disnake.http.Route.BASE]


OWN = ["https://discord.com/api/v10", "wss://gateway.discord.gg/", "https://discord.com/api/v10"]


@LIBRARIES
async def test_finds_everything_as_it_is_in_the_world(judged: LocalDiscord, run_script: Script) -> None:
    assert await run_script(judged.announcement()) == []
    assert addresses() == OWN


@LIBRARIES
async def test_finds_it_a_second_time(judged: LocalDiscord, run_script: Script) -> None:
    assert await run_script(judged.announcement()) == []
    assert await run_script(judged.announcement()) == []


@LIBRARIES
async def test_reaches_it_unpatched_by_discords_own_names(judged: LocalDiscord, run_script: Script) -> None:
    about = judged.announcement()
    connector, resolver = private_way(about)
    assert await run_script(about, connector=connector) == []
    assert resolver.asked == set(PATHS)
    assert addresses() == OWN


def without(make: Callable[..., Json], field: str) -> Callable[..., Json]:
    """Return `make` without a field in what it returns."""

    def made(*given: object, **named: object) -> Json:
        return {name: value for name, value in make(*given, **named).items() if name != field}

    return made


@LIBRARIES
@pytest.mark.parametrize(
    ("maker", "field"),
    [
        ("role_object", "name"),
        ("user_object", "username"),
        ("channel_object", "position"),
        ("guild_object", "afk_timeout"),
    ],
)
async def test_complains_of_a_field_that_is_missing(
    lacking: LocalDiscord, run_script: Script, maker: str, field: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(objects, maker, without(getattr(objects, maker), field))
    assert await run_script(lacking.announcement()) != []
