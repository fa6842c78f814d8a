"""Everything that use cases and the job engine work with, built once by `bot.py` and handed to each call."""

import asyncio
import random
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

import aiohttp

from db.engine import Database
from db.jobs.acceptance import Caps
from db.jobs.claims import NO_SHARE_CAPS, ShareCaps
from db.pictures.storage_use import MIB
from services.accounts import AccountBook
from services.addresses import Origin
from services.alerts import AlertBook
from services.bell import Bell, LineBell
from services.features import FeatureFile
from services.first_calls import FirstCalls
from services.images.pixels import PixelWork
from services.images.room import Room
from services.images.store import ImageStore
from services.lane import Lane
from services.line_length import LineLength
from services.models import MAX_SEED
from services.preferences import Preferences
from services.privacy import PrivacyDefaults
from services.providers.catalog import Catalog
from services.providers.registry import Registry
from services.secrets import MasterKey
from services.standing import Standing

if TYPE_CHECKING:
    from services.settings import Settings

ATTACHMENTS_AT_ONCE: Final = 8
ADDRESSES_AT_ONCE: Final = 4
"""How many pictures that people bring are fetched at once, of 20 MiB each at most; slow strangers hold up no upload."""


def draw_seed() -> int:
    """Return a random seed, 0..4294967295."""
    return random.SystemRandom().randint(0, MAX_SEED)


@dataclass(frozen=True, slots=True)
class Limits:
    """Who may spend how much of the operator's keys, and how much one person may have in the works."""

    caps: Caps
    key_servers: frozenset[int]
    is_play_money: bool = False
    """Every key of the operator's is for a stand-in on this machine: every server may spend."""
    operators: frozenset[int] = frozenset()
    """Who may pause models and read what providers said about the operator's own orders."""
    share_caps: ShareCaps = NO_SHARE_CAPS
    """How much of one server and of one person may be in the works at once."""
    most_characters: int = 100
    """How many characters one person may keep."""


def limits_of(settings: "Settings") -> Limits:
    """Return the limits that the operator has set."""
    return Limits(
        Caps(
            settings.open_jobs_per_user,
            settings.user_daily_cap_micro_usd,
            settings.daily_cap_micro_usd,
            open_jobs_per_server=settings.open_jobs_per_server,
            open_jobs=settings.open_jobs,
            user_storage_bytes=settings.user_storage_mb * MIB,
            user_uploads=settings.user_uploads,
        ),
        settings.key_servers,
        settings.is_play_money,
        settings.operators,
        ShareCaps(settings.running_per_server, settings.running_per_user),
        settings.most_characters,
    )


@dataclass(frozen=True, slots=True)
class Context:
    """The service's parts. `random_seed` is handed in so that tests can say what is drawn."""

    database: Database
    features: FeatureFile
    catalog: Catalog
    registry: Registry
    store: ImageStore
    pixels: PixelWork
    master_key: MasterKey
    session: aiohttp.ClientSession
    limits: Limits
    accounts: AccountBook
    standing: Standing
    privacy: PrivacyDefaults
    preferences: Preferences = field(default_factory=Preferences)
    """What people and servers have set (`/settings`)."""
    public_url: str | None = None
    discord_hosts: frozenset[Origin] = frozenset()
    """Where attachments may lie besides Discord's own hosts: the local Discord's."""
    random_seed: Callable[[], int] = draw_seed
    alerts: AlertBook = field(default_factory=AlertBook)
    """What those who run the bot are to be told (`services/alert_desk.py`)."""
    line_length: LineLength = field(default_factory=LineLength)
    accepting: asyncio.Lock = field(default_factory=asyncio.Lock)
    """Held on PostgreSQL from the look at the line until the request stands in it."""
    room: Room = field(default_factory=Room)
    jobs_bell: LineBell = field(default_factory=LineBell)
    fetches_bell: Bell = field(default_factory=Bell)
    polls_bell: Bell = field(default_factory=Bell)
    deliveries_bell: Bell = field(default_factory=Bell)
    reload_bell: Bell = field(default_factory=Bell)
    """Rung by whoever changed what processes hold in memory: pauses, keys, privacy, settings (`wakeups.py`)."""
    attachment_slots: asyncio.Semaphore = field(
        default_factory=lambda: asyncio.Semaphore(ATTACHMENTS_AT_ONCE)
    )
    address_slots: asyncio.Semaphore = field(default_factory=lambda: asyncio.Semaphore(ADDRESSES_AT_ONCE))
    first_calls: FirstCalls = field(default_factory=FirstCalls)
    fetch_lane: Lane[Any] = field(default_factory=Lane)
    delivery_lane: Lane[Any] = field(default_factory=Lane)
