"""What the operator is told where Discord ends the gateway's connection for good: no new one would be let in.

Source: Discord, "Opcodes and Status Codes", "Gateway Close Event Codes": those after which a client may not reconnect.
"""

import contextlib
from collections.abc import Iterator, Mapping
from types import MappingProxyType
from typing import Final

import discord

from services.errors import StartError

_INTENTS_CLOSED: Final = 4014
_PORTAL: Final = "https://discord.com/developers/applications"

_TO_DO: Final[Mapping[int, str]] = MappingProxyType(
    {
        4004: f"does not accept DISCORD_TOKEN any more: set the bot's current token ({_PORTAL}, Bot, Reset Token) "
        "and start again.",
        4010: "does not know the shards of this process: start every gateway with the same number after the slash, "
        "as in --shards 0-1/4.",
        4011: "finds the bot in too many servers for so few shards: start gateways with more of them, "
        "as in bot.py gateway --shards 0-3/4.",
        4012: "does not speak this version of its gateway any more: update Limner.",
        4013: "does not know the intents that this version of Limner asks for: update Limner.",
        _INTENTS_CLOSED: "does not allow the intents that this bot asks for: switch them on "
        f"({_PORTAL}, Bot, Privileged Gateway Intents) and start again.",
    }
)


@contextlib.contextmanager
def ends_explained() -> Iterator[None]:
    """Turn the end of a connection for good into a StartError that says what to do, where discord.py raises its own."""
    try:
        yield
    except (discord.ConnectionClosed, discord.PrivilegedIntentsRequired) as error:
        code = error.code if isinstance(error, discord.ConnectionClosed) else _INTENTS_CLOSED
        to_do = _TO_DO.get(code, "does not say why: look at Discord's status, and start again.")
        message = f"Discord has ended the connection for good (code {code}). It {to_do}"
        raise StartError("gateway_closed", message) from error
