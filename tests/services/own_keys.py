"""A service whose operator has no key, beside the stand-ins of the image services: people bring their own."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace

from playground.providers.app import StandIns, open_stand_ins
from services.asks import Accepted, Caller, ImagineAsk
from services.context import Context
from services.imagine import create_imagine, plan_imagine
from services.jobs.courier import RequestResult
from services.keys import KeyOwner, KeyTest, add_key
from services.models import Payer
from services.providers.registry import ADAPTERS, Registry, Workshop
from services.settings import Settings
from tests.canary import canary_key
from tests.services.finished import with_model
from tests.services.studio import ADA, BEN, GUILD, Studio

MODEL = "bfl/flux-pro-1.1"
ADAS, BENS = KeyOwner(Payer.USER, ADA), KeyOwner(Payer.USER, BEN)
SERVERS = KeyOwner(Payer.SERVER, GUILD)


@asynccontextmanager
async def beside_stand_ins(context: Context) -> AsyncIterator[tuple[Context, StandIns]]:
    """Give the service pointed at the stand-ins, whose orders take no time."""
    # The engine looks after a picture when it should be done, and here all are done at once.
    quick = replace(context.catalog.find(MODEL), expected_s=0.05)
    context = with_model(context, quick)
    async with open_stand_ins(pace_s=0) as stand_ins:
        settings = Settings(_env_file=None, bfl_url=stand_ins.announcement["bfl"]["url"])
        workshop = Workshop(settings, context.catalog, context.pixels, context.session)
        yield replace(context, registry=Registry(context.catalog, ADAPTERS, workshop, {})), stand_ins


def good_key(stand_ins: StandIns) -> str:
    """Return a new key that the stand-in of Black Forest Labs takes."""
    key = canary_key("bfl")
    stand_ins.add_key("bfl", key)
    return key


def keys_seen(stand_ins: StandIns) -> list[str]:
    """Return the keys of the requests that Black Forest Labs' stand-in received, oldest first."""
    return [call["headers"].get("x-key", "") for call in stand_ins.calls("bfl")]


class Desk:
    """The service and the stand-ins."""

    def __init__(self, studio: Studio, stand_ins: StandIns) -> None:
        self.studio = studio
        self.stand_ins = stand_ins

    @property
    def context(self) -> Context:
        return self.studio.context

    async def add(self, owner: KeyOwner, key: str) -> KeyTest:
        return await add_key(self.context, owner, "bfl", key, added_by=ADA)

    async def bring(self, owner: KeyOwner) -> str:
        """Add a good key and return it."""
        key = good_key(self.stand_ins)
        await self.add(owner, key)
        return key

    async def imagine(self, who: Caller) -> Accepted:
        ask = ImagineAsk(who, "a lighthouse keeper", model=MODEL)
        return await create_imagine(self.context, plan_imagine(self.context, ask))

    async def delivered(self, who: Caller) -> RequestResult:
        """Ask for a picture and wait for it."""
        async with self.studio.engine():
            await self.imagine(who)
            return await self.studio.until_delivered()


@asynccontextmanager
async def open_desk(studio: Studio) -> AsyncIterator[Desk]:
    """Give the service of a test, beside stand-ins."""
    async with beside_stand_ins(studio.context) as (context, stand_ins):
        # The operator's own keys are for nobody here: what is painted is paid by people.
        studio.context = replace(context, limits=replace(context.limits, key_servers=frozenset()))
        yield Desk(studio, stand_ins)
