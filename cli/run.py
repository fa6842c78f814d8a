"""`bot.py run`: the whole service in one process, until Ctrl-C or SIGTERM."""

import argparse
import time
from contextlib import AsyncExitStack
from typing import TYPE_CHECKING

from cli.discord_address import DiscordAddress, find_address
from cli.local_providers import check_no_real_orders, pointed_at, start_local_providers
from cli.roles import RUN
from cli.serving import (
    OpenService,
    prepare,
    register_secrets,
    run_until_stopped,
    say_ready_since,
    serve,
)
from services.settings import Settings, load_settings

if TYPE_CHECKING:
    from cli.service import Service


def _say_ready(service: "Service", address: DiscordAddress, started_s: float) -> None:
    say_ready_since(started_s)(service)
    if address.page_url is not None:
        print(
            f"\n  Limner is ready. Open this address and type /portrait:\n\n    {address.page_url}\n",
            flush=True,
        )
    if service.context.limits.is_play_money:
        print(
            "  The image services are stand-ins: every model of /models paints, for play money.\n", flush=True
        )


async def _play_with_stand_ins(settings: Settings, stack: AsyncExitStack) -> Settings:
    """Return the settings that lead to stand-ins of the image services, which end with `stack`."""
    await check_no_real_orders(settings)
    server = await start_local_providers(settings.data_folder)
    stack.push_async_callback(server.stop)
    settings = pointed_at(settings, server)
    register_secrets(settings)
    return settings


async def run(settings: Settings, open_service: OpenService, started_s: float) -> int:
    """Run the service, with what it plays with beside it, until a signal asks it to stop; return the exit code."""
    async with AsyncExitStack() as stack:
        address = await find_address(settings, stack)
        if settings.playground == "providers":
            settings = await _play_with_stand_ins(settings, stack)
        opening = open_service(settings, address, RUN)
        return await serve(settings, opening, lambda service: _say_ready(service, address, started_s))


def main(arguments: list[str], open_service: OpenService) -> int:
    """Run the verb and return 0 when it was asked to stop, 1 where it gave up.

    Raises StartError for what the operator can mend.
    """
    argparse.ArgumentParser(prog="bot.py run", description="Run Limner until Ctrl-C.").parse_args(arguments)
    started_s = time.monotonic()
    settings = load_settings()
    prepare(settings)
    return run_until_stopped(run(settings, open_service, started_s))
