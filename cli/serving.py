"""What `run`, `gateway`, `worker` and `web` share: how a process of the service starts, waits and stops."""

import asyncio
import gc
import logging
import os
import signal
import time
from collections.abc import Callable, Coroutine
from contextlib import AbstractAsyncContextManager
from typing import TYPE_CHECKING, Final

from cli.discord_address import DiscordAddress
from cli.patience import ensure_current_patiently
from cli.roles import Role, address_of, check_settings
from services.control_socket import control_socket
from services.errors import StartError
from services.logs import set_up_logging
from services.operator_verbs import Desk
from services.redaction import register_secret
from services.settings import Settings, load_settings

if TYPE_CHECKING:
    from cli.service import Service

log = logging.getLogger("limner")

OpenService = Callable[[Settings, DiscordAddress | None, Role], AbstractAsyncContextManager["Service"]]

FORCED_AFTER_S: Final = 30.0
"""What closing takes at most once nothing is worked on any more; a dead connection may not close at all."""

KEYS: Final = ("fal", "bfl", "modelslab", "openai")


def register_secrets(settings: Settings) -> None:
    """Mask every secret of the settings in the log from now on."""
    for secret in (
        settings.discord_token, settings.master_key, settings.old_master_key, settings.metrics_token,
    ):  # fmt: skip
        if secret is not None:
            register_secret(secret.get_secret_value())
    for key in filter(None, map(settings.provider_key, KEYS)):
        register_secret(key)


def prepare(settings: Settings) -> None:
    """Set up the log and the data folder, and bring the schema up to date. Raises StartError.

    On PostgreSQL one process does that, however many start at once; the others wait for it. On SQLite a verb that owns
    the file is waited for, a running bot is not.
    """
    set_up_logging(settings.log_level, settings.log_format)
    register_secrets(settings)
    settings.data_folder.mkdir(parents=True, exist_ok=True)
    ensure_current_patiently(settings)


def spare_the_collector() -> None:
    """Take what lives as long as the process out of garbage collection.

    A full collection over every module of the start stops the event loop for some 0.1 s, in the middle of a burst of
    acknowledgements (measured). Nothing of it is ever garbage. Until here nothing is collected (`bot.main`): the
    collections while all of that is loaded take a seventh of the start's loading.
    """
    gc.collect()
    gc.freeze()
    gc.enable()


def _warn_of_idle_keys(settings: Settings, service: "Service") -> None:
    for name in KEYS:
        if settings.provider_key(name) and name not in service.context.registry.speaks:
            log.warning("a key for %s is set, but this version of Limner does not paint with it yet", name)


async def _listen(service: "Service", stop: asyncio.Event, say_ready: Callable[[], None]) -> None:
    """Listen to Discord until `stop` is set, or until another process has taken the shards over.

    Raises StartError where Discord ends the connection for good.
    """
    connection = asyncio.create_task(service.connect(), name="gateway")
    stopping = asyncio.create_task(stop.wait(), name="stop")
    ready = asyncio.create_task(service.wait_until_ready(), name="ready")
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


def _desk(service: "Service", settings: Settings) -> Desk:
    """Return what the operator's verbs work with in this process."""

    async def push(is_forced: bool) -> bool:
        return service.bot is not None and await service.bot.push_commands(is_forced=is_forced)

    return Desk(service.context, settings, push)


async def serve(
    settings: Settings,
    opening: AbstractAsyncContextManager["Service"],
    say_ready: Callable[["Service"], None],
) -> int:
    """Open the service and run it until a signal asks it to stop; everything accepted is durable at any time.

    Return the exit code: 1 where Discord did not answer any more, so that whatever supervises it starts it again.
    Raises StartError where Discord ends the connection for good, once what runs was given the time of a SIGTERM, and
    CancelledError where a signal comes before it is open (`run_until_stopped`).
    """
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    async with opening as service:

        def drain() -> None:
            # Pictures that come with the answer to their order are lost with the connection, and paid for.
            service.stop_within_s = settings.drain_s
            stop.set()

        # Before anything is awaited: the engine runs already.
        loop.add_signal_handler(signal.SIGINT, stop.set)
        loop.add_signal_handler(signal.SIGTERM, drain)
        if _is_cancelled():  # and what was waited for at that moment has swallowed it
            drain()
        async with control_socket(_desk(service, settings)):
            _warn_of_idle_keys(settings, service)
            spare_the_collector()
            await _listen_until_stopped(service, settings, stop, lambda: say_ready(service))
    return 1 if service.given_up.is_set() else 0


async def _listen_until_stopped(
    service: "Service", settings: Settings, stop: asyncio.Event, say_ready: Callable[[], None]
) -> None:
    giving_up = asyncio.create_task(_stop_when_given_up(service, settings, stop), name="give up")
    try:
        await _listen(service, stop, say_ready)
    except StartError:
        service.stop_within_s = settings.drain_s
        raise
    finally:
        giving_up.cancel()
    log.info("stopping")


def _is_cancelled() -> bool:
    task = asyncio.current_task()
    return task is not None and task.cancelling() > 0


async def _stop_when_given_up(service: "Service", settings: Settings, stop: asyncio.Event) -> None:
    """Stop once the gateway has been given up, as at a SIGTERM; end by force where even that does not end."""
    await service.given_up.wait()
    service.stop_within_s = settings.drain_s
    asyncio.get_running_loop().call_later(settings.drain_s + FORCED_AFTER_S, os._exit, 1)
    stop.set()


def say_ready_since(started_s: float) -> Callable[["Service"], None]:
    """Return what writes into the log that the service is ready, and after how long."""

    def say(service: "Service") -> None:
        log.info("ready in %.1f s as %s", time.monotonic() - started_s, service.name)

    return say


def run_until_stopped(main: Coroutine[None, None, int]) -> int:
    """Run what a signal may stop at any time, return its exit code, or 0 where it had nothing to stop yet.

    A start that is left off closes what it has opened. By default a SIGTERM would kill it in the middle of that. Raises
    KeyboardInterrupt at a Ctrl-C during the start.
    """
    is_left_off = False

    async def stoppable() -> int:
        task = asyncio.current_task()

        def leave_off() -> None:
            nonlocal is_left_off
            if task is not None:
                is_left_off = task.cancel()

        asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, leave_off)
        return await main

    try:
        return asyncio.run(stoppable())
    except asyncio.CancelledError:
        if not is_left_off:
            raise
        return 0


def serve_role(role: Role, open_service: OpenService) -> int:
    """Run one role until it is asked to stop and return 0, or 1 where it gave up.

    Raises StartError for what the operator can mend.
    """
    started_s = time.monotonic()
    settings = load_settings()
    check_settings(settings, role)
    address = address_of(settings, role)
    prepare(settings)
    return run_until_stopped(
        serve(settings, open_service(settings, address, role), say_ready_since(started_s))
    )
