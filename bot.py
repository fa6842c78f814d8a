"""Limner, put together: settings -> database -> providers -> Discord -> job engine -> web edge, closed in reverse.

`bot.py VERB`: run (the default) is the whole service, gateway, worker and web are parts of it; the other verbs are an
operator's. This is the only file that may import everything; what the service needs is imported when it is opened, so
that the other verbs start without it.
"""

import gc
import importlib
import sys
from collections.abc import AsyncIterator, Collection
from contextlib import AsyncExitStack, asynccontextmanager
from typing import TYPE_CHECKING, Final

from cli.verbs import SERVICES, VERBS, help_text
from services.crash_points import arm
from services.errors import StartError
from services.settings import Settings, read_crash_at

if TYPE_CHECKING:
    from cli.discord_address import DiscordAddress
    from cli.roles import Role
    from cli.service import Service
    from services.context import Context


INTERRUPTED: Final = 130
"""The exit code of a verb that Ctrl-C ended, as shells have it."""


async def open_context(
    settings: Settings, stack: AsyncExitStack, discord_urls: Collection[str] = (), *, is_patient: bool = False
) -> "Context":
    """Return the service's parts; what has to be closed is closed by `stack`. Raises StartError.

    `discord_urls` are those of a Discord that is not Discord's own: attachments lie there, too. `is_patient`: a verb
    that owns the SQLite file is waited for.
    """
    from cli.patience import open_database_of
    from services.accounts import load_accounts
    from services.addresses import origins_of
    from services.context import Context, limits_of
    from services.features import load_feature_file
    from services.http import open_session
    from services.images.pixels import PixelWork
    from services.jobs.restoring import take_up_if_restored
    from services.key_rotation import check_master_key
    from services.master_key_file import master_key_of
    from services.opened_store import address_of, open_room, open_store
    from services.preferences import load_preferences
    from services.privacy import load_privacy_defaults
    from services.providers.catalog import load_catalog
    from services.providers.registry import open_registry
    from services.standing import load_standing
    from services.store_mark import check_store_mark

    features, catalog = load_feature_file(settings.feature_file), load_catalog(prices=settings.prices)
    master_key = master_key_of(settings)
    database = await open_database_of(settings, is_patient=is_patient)
    stack.push_async_callback(database.close)
    await check_master_key(database, master_key)
    store = await open_store(settings)
    stack.push_async_callback(store.close)
    if (folder := address_of(settings).folder) is not None:
        await check_store_mark(database, folder)
    session = await stack.enter_async_context(open_session((*settings.provider_urls, *discord_urls)))
    pixels = PixelWork()
    context = Context(
        database=database,
        features=features,
        catalog=catalog,
        registry=open_registry(settings, catalog, pixels, session),
        store=store,
        room=open_room(settings),
        pixels=pixels,
        master_key=master_key,
        session=session,
        limits=limits_of(settings),
        accounts=await load_accounts(database),
        standing=await load_standing(database),
        privacy=await load_privacy_defaults(database),
        preferences=await load_preferences(database),
        public_url=settings.public_url,
        discord_hosts=origins_of(discord_urls),
    )
    await take_up_if_restored(context)
    return context


@asynccontextmanager
async def open_service(
    settings: Settings, address: "DiscordAddress | None", role: "Role"
) -> "AsyncIterator[Service]":
    """Open the parts of a role, log in to Discord where it speaks to it, and close everything in reverse.

    Raises StartError with one clear sentence for whatever the operator can mend.
    """
    from cli.service import Service, make_client
    from cli.vitals import make_vitals
    from cogs._client import log_in, point_at
    from services.vitals import open_vitals
    from services.web.edge import open_edge

    async with AsyncExitStack() as stack:
        discord_url = None if address is None else address.api_url
        discord_urls = () if discord_url is None else (discord_url,)
        context = await open_context(settings, stack, discord_urls, is_patient=True)
        if address is not None and address.api_url is not None and address.gateway_url is not None:
            point_at(address.api_url, address.gateway_url)
        client = make_client(context, role)
        service = Service(context, role, client)
        if client is not None:
            stack.push_async_callback(client.close)
        vitals = service.vitals = make_vitals(context, settings, role, client, service.given_up.set)
        edge = await open_edge(context, settings, vitals, has_web=role.has_web)
        if edge is not None:
            stack.push_async_callback(edge.stop)
        if client is not None and address is not None:
            await log_in(client, address.token)
        await stack.enter_async_context(open_vitals(vitals))
        await service.start(stack)
        try:
            yield service
        finally:
            await service.stop()


def main(arguments: list[str]) -> int:
    """Run one verb and return its exit code: 0, 2 after one message about what the operator can mend, or 130."""
    if arguments[:1] in (["-h"], ["--help"]):
        print(help_text())
        return 0
    verb = arguments[0] if arguments and not arguments[0].startswith("-") else "run"
    if verb not in VERBS:
        print(f"bot.py: there is no {verb!r}; there is: {', '.join(VERBS)}", file=sys.stderr)
        return 2
    rest = arguments[1:] if arguments[:1] == [verb] else arguments
    if verb in SERVICES:
        gc.disable()  # until everything is loaded: see `spare_the_collector`
    try:
        module = importlib.import_module(f"cli.{verb}")
        arm(read_crash_at())
        return int(module.main(rest, open_service) if verb in SERVICES else module.main(rest))
    except StartError as error:
        print(error, file=sys.stderr)
        return 2
    except KeyboardInterrupt:  # before there was anything to stop, or in a verb
        return 0 if verb in SERVICES else INTERRUPTED
    finally:
        gc.enable()  # also for whoever called this, where the service never got so far


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
