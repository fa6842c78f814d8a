"""Stand-ins of the image services beside the bot (`LIMNER_PLAYGROUND=providers`): every model, offline, for play money.

The bot finds them through its ordinary settings, which are returned changed; nothing else tells it what they are.
"""

import asyncio
from decimal import Decimal
from pathlib import Path
from typing import Any, Final

from pydantic import SecretStr

from cli.child_server import ChildServer, Look, keep_announcement, read_announcement, spawn, still_runs
from db.engine import open_database
from db.jobs import job_queries
from services.errors import StartError
from services.providers.catalog import load_catalog
from services.settings import Settings

PLAY_DAILY_CAP_USD: Final = Decimal(1000)
"""What the stand-ins may "charge" a day in all, and for one person, unless the settings say otherwise."""

ANNOUNCEMENT: Final = "providers.json"

PLAY_PRICE_MICRO_USD: Final = 20_000
"""What a model "costs" here whose vendor publishes no price."""

_KEYS: Final = {
    "fal_key": "fal",
    "bfl_api_key": "bfl",
    "modelslab_api_key": "modelslab",
    "openai_api_key": "openai",
}
_CAPS: Final = ("daily_cap_usd", "user_daily_cap_usd")


async def check_no_real_orders(settings: Settings) -> None:
    """Raise StartError where real image services are painting for this data folder: a stand-in knows no such order."""
    if await asyncio.to_thread((settings.data_folder / ANNOUNCEMENT).exists):
        return  # it was played with before, so its orders are the stand-ins'
    database = await open_database(settings.resolved_database_url, data_folder=settings.data_folder)
    try:
        orders = await database.read(job_queries.count_open_paid_jobs)
    finally:
        await database.close()
    if orders:
        raise StartError(
            "real_orders",
            f"LIMNER_PLAYGROUND=providers: real image services are still painting {orders} pictures for "
            f"{settings.data_folder}, and the stand-ins know nothing of them. Start without it until they are "
            "here, or play in another folder: LIMNER_DATA=./play.",
        )


async def start_local_providers(folder: Path) -> ChildServer:
    """Return the stand-ins of the data folder, started where they do not run yet.

    Their announcement lies in `providers.json` there. Raises StartError where they do not start.
    """
    announcement = folder / ANNOUNCEMENT
    found = await read_announcement(announcement)
    if found is not None and "control" in found.said:
        look = Look(f"{found.said['control']}/state")
        if await still_runs(found, look, "The stand-in image services"):
            return found
    folder = await asyncio.to_thread(folder.resolve)
    server = await spawn(
        "playground.providers", ("--port", "0", "--pace", "4"), folder, "local-providers.log"
    )
    if server is None:
        raise StartError(
            "local_providers",
            "The stand-in image services did not start; the cause stands in "
            f"{folder / 'local-providers.log'}. Leave LIMNER_PLAYGROUND unset to paint sketches only.",
        )
    await keep_announcement(announcement, server)
    return server


def _play_prices() -> dict[str, int]:
    """Return a price for each model whose vendor publishes none: without one it could not be tried."""
    return {model.id.lower(): PLAY_PRICE_MICRO_USD for model in load_catalog().models if model.price is None}


def pointed_at(settings: Settings, server: ChildServer) -> Settings:
    """Return the settings with the stand-ins' addresses and keys in place of the vendors' own.

    Webhooks come to the bot's own address where no public one is set.
    """
    said = server.said
    changes: dict[str, Any] = {
        "fal_queue_url": said["fal"]["queue"],
        "fal_rest_url": said["fal"]["rest"],
        "bfl_url": said["bfl"]["url"],
        "modelslab_url": said["modelslab"]["url"],
        "openai_url": said["openai"]["url"],
        **{name: SecretStr(said[provider]["key"]) for name, provider in _KEYS.items()},
        **{name: PLAY_DAILY_CAP_USD for name in _CAPS if name not in settings.model_fields_set},
        "prices": {**_play_prices(), **settings.prices},
    }
    if settings.public_url is None and settings.port:
        changes["public_url"] = f"http://127.0.0.1:{settings.port}"
    return settings.model_copy(update=changes)
