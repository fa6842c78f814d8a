"""Limner, put together: settings -> database -> providers -> Discord -> job engine -> web edge, closed in reverse.

`bot.py VERB`: run (the default), prompts, migrate, keys. This is the only file that may import everything; what the
service needs is imported when it is opened, so that the other verbs start without it.
"""

import importlib
import sys
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from services.errors import StartError
from services.settings import Settings

if TYPE_CHECKING:
    from cli.discord_address import DiscordAddress
    from cogs._client import LimnerBot
    from services.context import Context

VERBS: Final = ("run", "prompts", "migrate", "keys")
STOP_WITHIN_S: Final = 2.5
"""What is being worked on at Ctrl-C has this long; the rest is durable and goes on at the next start."""


@dataclass(slots=True)
class Service:
    """The running service: `bot` is logged in and listens once `bot.connect()` runs."""

    bot: "LimnerBot"
    context: "Context"
    stop_within_s: float = STOP_WITHIN_S


async def open_context(settings: Settings, stack: AsyncExitStack) -> "Context":
    """Return the service's parts; what has to be closed is closed by `stack`. Raises StartError."""
    from db.acceptance import Caps
    from db.engine import open_database
    from services.accounts import load_accounts
    from services.context import Context, Limits
    from services.features import load_feature_file
    from services.http import open_session
    from services.images.pixels import PixelWork
    from services.images.store import FolderStore
    from services.key_rotation import check_master_key
    from services.master_key_file import master_key_of
    from services.privacy import load_privacy_defaults
    from services.providers.catalog import load_catalog
    from services.providers.registry import open_registry
    from services.standing import load_standing

    features, catalog = load_feature_file(settings.feature_file), load_catalog(prices=settings.prices)
    master_key = master_key_of(settings)
    database = await open_database(settings.resolved_database_url, data_folder=settings.data_folder)
    stack.push_async_callback(database.close)
    await check_master_key(database, master_key)
    session = await stack.enter_async_context(open_session())
    pixels = PixelWork()
    caps = Caps(settings.open_jobs_per_user, settings.user_daily_cap_micro_usd, settings.daily_cap_micro_usd)
    return Context(
        database=database,
        features=features,
        catalog=catalog,
        registry=open_registry(settings, catalog, pixels, session),
        store=FolderStore(settings.data_folder / "images"),
        pixels=pixels,
        master_key=master_key,
        session=session,
        limits=Limits(caps, settings.key_servers, settings.is_play_money, settings.operators),
        accounts=await load_accounts(database),
        standing=await load_standing(database),
        privacy=await load_privacy_defaults(database),
        public_url=settings.public_url,
    )


@asynccontextmanager
async def open_service(settings: Settings, address: "DiscordAddress") -> AsyncIterator[Service]:
    """Open everything, log in to Discord, and close it in reverse.

    Raises StartError with one clear sentence for whatever the operator can mend.
    """
    from cogs._client import LimnerBot, log_in, point_at
    from cogs._courier import DiscordCourier
    from services.jobs.engine import JobEngine
    from services.web.edge import open_web_edge

    async with AsyncExitStack() as stack:
        context = await open_context(settings, stack)
        if address.api_url is not None and address.gateway_url is not None:
            point_at(address.api_url, address.gateway_url)
        bot = LimnerBot(context)
        stack.push_async_callback(bot.close)
        edge = await open_web_edge(context, settings, is_gateway_up=bot.is_ready)
        stack.push_async_callback(edge.stop)
        await log_in(bot, address.token)
        engine = JobEngine(context, DiscordCourier(bot, context))
        await engine.start()
        service = Service(bot, context)
        try:
            yield service
        finally:
            await engine.stop(service.stop_within_s)


def main(arguments: list[str]) -> int:
    """Run one verb and return its exit code: 0, or 2 after one message about what the operator can mend."""
    verb = arguments[0] if arguments and not arguments[0].startswith("-") else "run"
    if verb not in VERBS:
        print(f"bot.py: there is no {verb!r}; there is: {', '.join(VERBS)}", file=sys.stderr)
        return 2
    rest = arguments[1:] if arguments[:1] == [verb] else arguments
    module = importlib.import_module(f"cli.{verb}")
    try:
        return int(module.main(rest, open_service) if verb == "run" else module.main(rest))
    except StartError as error:
        print(error, file=sys.stderr)
        return 2


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
