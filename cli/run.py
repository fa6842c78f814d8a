"""`bot.py run`: the whole service in one process, until Ctrl-C or SIGTERM."""

import argparse
import asyncio
import contextlib
import gc
import logging
import signal
import time
from collections.abc import Callable
from contextlib import AbstractAsyncContextManager, AsyncExitStack
from typing import TYPE_CHECKING, Final

from cli.discord_address import DiscordAddress, find_address
from cli.local_providers import check_no_real_orders, pointed_at, start_local_providers
from db.migrations import ensure_current
from services.logs import set_up_logging
from services.redaction import register_secret
from services.settings import Settings, load_settings

if TYPE_CHECKING:
    from bot import Service

log = logging.getLogger("limner")

OpenService = Callable[[Settings, DiscordAddress], AbstractAsyncContextManager["Service"]]

KEYS: Final = ("fal", "bfl", "modelslab", "openai")


def _register_secrets(settings: Settings) -> None:
    for secret in (settings.discord_token, settings.master_key, settings.old_master_key):
        if secret is not None:
            register_secret(secret.get_secret_value())
    for key in filter(None, map(settings.provider_key, KEYS)):
        register_secret(key)


def _warn_of_idle_keys(settings: Settings, service: "Service") -> None:
    for name in KEYS:
        if settings.provider_key(name) and name not in service.context.registry.speaks:
            log.warning("a key for %s is set, but this version of Limner does not paint with it yet", name)


def _say_ready(service: "Service", address: DiscordAddress, started_s: float) -> None:
    log.info("ready in %.1f s as %s", time.monotonic() - started_s, service.bot.user)
    if address.page_url is not None:
        print(
            f"\n  Limner is ready. Open this address and type /portrait:\n\n    {address.page_url}\n",
            flush=True,
        )
    if service.context.limits.is_play_money:
        print(
            "  The image services are stand-ins: every model of /models paints, for play money.\n", flush=True
        )


def _spare_the_collector() -> None:
    """Take what lives as long as the process out of garbage collection.

    A full collection over every module of the start stops the event loop for some 0.1 s, in the middle of a burst of
    acknowledgements (measured). Nothing of it is ever garbage.
    """
    gc.collect()
    gc.freeze()
    gc.enable()


async def _listen(service: "Service", stop: asyncio.Event, say_ready: Callable[[], None]) -> None:
    """Listen to Discord until `stop` is set, or until Discord ends the connection for good."""
    connection = asyncio.create_task(service.bot.connect(), name="gateway")
    stopping = asyncio.create_task(stop.wait(), name="stop")
    ready = asyncio.create_task(service.bot.wait_until_ready(), name="ready")
    await asyncio.wait({connection, stopping, ready}, return_when=asyncio.FIRST_COMPLETED)
    if ready.done() and not ready.cancelled() and ready.exception() is None:
        say_ready()
    await asyncio.wait({connection, stopping}, return_when=asyncio.FIRST_COMPLETED)
    for task in (ready, stopping):
        task.cancel()
    if connection.done():
        connection.result()
        return
    connection.cancel()
    await asyncio.wait({connection})


async def _play_with_stand_ins(settings: Settings, stack: AsyncExitStack) -> Settings:
    """Return the settings that lead to stand-ins of the image services, which end with `stack`."""
    await check_no_real_orders(settings)
    server = await start_local_providers(settings.data_folder)
    stack.push_async_callback(server.stop)
    settings = pointed_at(settings, server)
    _register_secrets(settings)
    return settings


async def run(settings: Settings, open_service: OpenService, started_s: float) -> None:
    """Run the service until a signal asks it to stop; everything accepted is durable at any time."""
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    async with AsyncExitStack() as stack:
        address = await find_address(settings, stack)
        if settings.playground == "providers":
            settings = await _play_with_stand_ins(settings, stack)
        service = await stack.enter_async_context(open_service(settings, address))

        def drain() -> None:
            # Pictures that come with the answer to their order are lost with the connection, and paid for.
            service.stop_within_s = settings.drain_s
            stop.set()

        loop.add_signal_handler(signal.SIGINT, stop.set)
        loop.add_signal_handler(signal.SIGTERM, drain)
        _warn_of_idle_keys(settings, service)
        _spare_the_collector()
        await _listen(service, stop, lambda: _say_ready(service, address, started_s))
        log.info("stopping")


def main(arguments: list[str], open_service: OpenService) -> int:
    """Run the verb and return 0 when it was asked to stop. Raises StartError for what the operator can mend."""
    argparse.ArgumentParser(prog="bot.py run", description="Run Limner until Ctrl-C.").parse_args(arguments)
    started_s = time.monotonic()
    gc.disable()  # until everything is loaded: see _spare_the_collector
    settings = load_settings()
    set_up_logging(settings.log_level, settings.log_format)
    _register_secrets(settings)
    settings.data_folder.mkdir(parents=True, exist_ok=True)
    ensure_current(settings.resolved_database_url, data_folder=settings.data_folder)
    with contextlib.suppress(KeyboardInterrupt):  # Ctrl-C before there was anything to stop
        asyncio.run(run(settings, open_service, started_s))
    return 0
