"""Which Discord to speak to: the real one, another address, or the local one started beside the bot."""

from contextlib import AsyncExitStack
from dataclasses import dataclass, field

from cli.local_discord import start_local_discord
from services.errors import StartError
from services.redaction import register_secret
from services.settings import Settings


@dataclass(frozen=True, slots=True)
class DiscordAddress:
    """`api_url` and `gateway_url` are None for Discord's own; `page_url` is the local Discord's page."""

    token: str = field(repr=False)
    api_url: str | None = None
    gateway_url: str | None = None
    page_url: str | None = None


async def find_address(settings: Settings, stack: AsyncExitStack) -> DiscordAddress:
    """Return the address; a local Discord that is started for it ends with `stack`.

    Raises StartError without a token where the local Discord is switched off, or where it does not start.
    """
    if settings.needs_playground:
        local = await start_local_discord(settings.data_folder, settings.playground_port)
        stack.push_async_callback(local.stop)
        register_secret(local.token)
        register_secret(local.key)
        return DiscordAddress(local.token, local.api_url, local.gateway_url, local.page_url)
    if settings.discord_token is None:
        raise StartError(
            "no_token",
            "DISCORD_TOKEN is not set. Set it, or leave LIMNER_PLAYGROUND unset to try Limner locally.",
        )
    token = settings.discord_token.get_secret_value()
    return DiscordAddress(token, settings.discord_api_url, settings.discord_gateway_url)
