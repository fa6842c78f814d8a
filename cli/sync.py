"""`bot.py sync`: give Discord the slash commands when they changed; every start does so by itself."""

import argparse
import asyncio
import sys
from contextlib import AsyncExitStack

from cli.control import ask_running, prepare_desk, with_desk
from cli.discord_address import find_address
from db.dialects.place import find_place
from db.upkeep import pushes
from services.errors import LimnerError
from services.models import JsonValue
from services.operator_verbs import Desk
from services.settings import Settings, load_settings


async def _push_here(settings: Settings, *, is_forced: bool) -> bool:
    """Log in without a gateway connection, push the commands and return whether they were given."""
    from cogs._client import LimnerBot, log_in, point_at  # noqa: PLC0415 - discord.py takes half a second

    async def push(desk: Desk) -> JsonValue:
        async with AsyncExitStack() as stack:
            address = await find_address(settings, stack)
            if address.api_url is not None and address.gateway_url is not None:
                point_at(address.api_url, address.gateway_url)
            bot = LimnerBot(desk.context)
            stack.push_async_callback(bot.close)
            before_ms = await desk.context.database.read(pushes.newest)
            await log_in(bot, address.token)  # which pushes them where they changed
            if await desk.context.database.read(pushes.newest) == before_ms:
                return await bot.push_commands(is_forced=is_forced)
            return True

    return bool(await with_desk(settings, push))


def _sync(*, is_forced: bool) -> bool:
    settings = load_settings()
    file = find_place(settings.resolved_database_url, settings.data_folder).file
    if file is not None:
        answered = ask_running(file, "sync", {"force": is_forced})
        if answered is not None:
            said = answered[0]
            return isinstance(said, dict) and said["pushed"] is True
    prepare_desk(settings)
    return asyncio.run(_push_here(settings, is_forced=is_forced))


def main(argv: list[str]) -> int:
    """Return 0 once Discord has the commands, 2 with the reason on stderr."""
    parser = argparse.ArgumentParser(prog="bot.py sync", description=__doc__)
    parser.add_argument("--force", action="store_true", help="also when they have not changed")
    arguments = parser.parse_args(argv)
    try:
        pushed = _sync(is_forced=arguments.force)
    except LimnerError as error:
        print(error, file=sys.stderr)
        return 2
    print("Discord was given the commands." if pushed else "Discord has these commands already.")
    return 0
