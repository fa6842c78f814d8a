"""The signs of life of a process, put together for its role: what is measured, who is told, what ends it."""

from collections.abc import Callable

import discord

from cli.roles import Role
from cogs._alerts import ChannelHerald
from cogs._client import LimnerBot
from cogs._discord_away import find_excuse
from cogs._pulse import read_pulses
from services.alert_desk import AlertDesk
from services.context import Context
from services.gauges import Gauges
from services.loop_lag import LoopLag
from services.settings import Settings
from services.vitals import Gateway, Vitals


def _gateway(role: Role, client: discord.Client | None, give_up: Callable[[], None]) -> Gateway | None:
    """Return what is watched of a client that hears Discord, None for one that does not."""
    if not isinstance(client, LimnerBot):
        return None
    return Gateway(
        lambda: read_pulses(client),
        client.is_ready,
        give_up,
        find_excuse=lambda: find_excuse(client),
        shards=role.title,
    )


def _desk(context: Context, settings: Settings, client: discord.Client | None) -> AlertDesk:
    channel_id = settings.alert_channel
    herald = None if client is None or channel_id is None else ChannelHerald(client, channel_id)
    # A role that speaks to nobody leaves what is due to those that do.
    is_speaker = herald is not None or channel_id is None
    return AlertDesk(context, settings.data_folder, herald, is_speaker=is_speaker)


def make_vitals(
    context: Context,
    settings: Settings,
    role: Role,
    client: discord.Client | None,
    give_up: Callable[[], None],
) -> Vitals:
    """Return the vitals of a process; `give_up` is called once its gateway has been dead for too long."""
    lag, gateway = LoopLag(), _gateway(role, client, give_up)
    watch = None if gateway is None else gateway.watch
    gauges = Gauges(context, settings.data_folder, role.name, lag=lag, watch=watch)
    return Vitals(context, gauges, lag, _desk(context, settings, client), gateway)
