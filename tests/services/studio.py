"""A whole service without Discord: real databases, the sketch painter, and the scripted provider over real HTTP."""

import asyncio
import itertools
import secrets
import shutil
import tempfile
import time
from collections.abc import AsyncIterator, Collection, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from functools import cache
from pathlib import Path

from db.engine import Connection, Database, open_database
from db.jobs import deliveries, job_queries
from db.jobs.acceptance import Caps
from services.accounts import load_accounts
from services.asks import Accepted, Caller, ImagineAsk, PortraitAsk
from services.context import Context, Limits
from services.features import FeatureFile, load_feature_file
from services.images.folder_store import FolderStore
from services.images.pixels import PixelWork
from services.imagine import create_imagine, plan_imagine
from services.jobs.courier import MessagePlace, ProgressReport, RequestResult, Rung, Sending, Sent
from services.jobs.engine import JobEngine
from services.models import Installation, Origin, OriginKind, Visibility
from services.portraits import create_portrait, plan_portrait
from services.privacy import PrivacyDefaults
from services.providers.catalog import CATALOG_PATH, Catalog, load_catalog
from services.providers.registry import ADAPTERS, MakeAdapter, Registry, Workshop
from services.secrets import MasterKey
from services.settings import Settings
from services.standing import load_standing
from tests.canary import canary_key
from tests.services.providers.scripted import ScriptedProvider
from tests.services.providers.stand_in import COST_MICRO_USD, StandIn, stand_in
from tests.services.sessions import local_session
from tests.waiting import HANGS_AFTER_S, STEP_S, until

GUILD, CHANNEL, ADA, BEN, OPERATOR = 10, 20, 1, 2, 7
SCRIPTED_KEY = canary_key("scripted")
FEATURE_FILE = Path(__file__).resolve().parents[2] / "face_features.json"

SCRIPTED = f"""
[providers.scripted]
title = "Scripted"
home = "https://example.com"
key_setting = "FAL_KEY"
running_cap = 2

[[models]]
id = "scripted/quick"
provider = "scripted"
title = "Quick"
endpoint = "quick"
version = "1"
description = "A remote queue for tests."
expected_s = 0.05
outcome_known_after_s = 14400
price = {{ per = "picture", micro_usd = {COST_MICRO_USD} }}

[models.capabilities]
seed = true
cancel = true
webhook = true

[models.parameters.aspect_ratio]
type = "choice"
choices = ["1:1"]
default = "1:1"
description = "Shape"

[models.aspects]
"1:1" = {{ aspect_ratio = "1:1" }}
"""

_numbers = itertools.count(1)


@dataclass(slots=True)
class Mailbox:
    """A courier that keeps what it is given; `answers` are the next answers to `deliver`, SENT after them."""

    answers: list[Sent] = field(default_factory=list)
    delivered: list[tuple[Rung, RequestResult]] = field(default_factory=list)
    reports: list[ProgressReport] = field(default_factory=list)
    found: Sent | None = None
    looked: list[int] = field(default_factory=list)
    is_progress_certain: bool = True
    cleared: list[tuple[MessagePlace, ...]] = field(default_factory=list)
    is_cleared: bool | None = True
    message_ids: "itertools.count[int]" = field(default_factory=lambda: itertools.count(1000))

    async def show_progress(self, report: ProgressReport) -> bool:
        """Keep the report."""
        self.reports.append(report)
        return self.is_progress_certain

    async def deliver(self, rung: Rung, result: RequestResult) -> Sent:
        """Keep the result and give the next answer."""
        self.delivered.append((rung, result))
        if self.answers:
            return self.answers.pop(0)
        return Sent(Sending.SENT, result.origin.channel_id, next(self.message_ids))

    async def clear(self, _origin: Origin, places: Sequence[MessagePlace]) -> bool | None:
        """Keep the places, and say what was set."""
        self.cleared.append(tuple(places))
        return self.is_cleared

    async def find_delivered(
        self, _place: Rung, _origin: Origin, _job_ids: Collection[int], since_ms: int
    ) -> Sent | None:
        """Give what was said to be found."""
        self.looked.append(since_ms)
        return self.found


@cache
def catalog_with_scripted() -> Catalog:
    """Return our catalogue with the scripted provider in it: read once, nobody can change it."""
    text = CATALOG_PATH.read_text("utf-8")
    head, separator, models = text.partition("[[models]]")
    provider, _, model = SCRIPTED.partition("[[models]]")
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "catalog.toml"
        file.write_text(f"{head}{provider}{separator}{models}\n[[models]]{model}", "utf-8")
        return load_catalog(file)


@cache
def _features() -> FeatureFile:
    return load_feature_file(FEATURE_FILE)


@cache
def _settings() -> Settings:
    return Settings(_env_file=None)


def caller(
    user_id: int = ADA, *, private: bool = False, token_life_s: float = 900, **origin: object
) -> Caller:
    """Return somebody who typed a slash command in the server."""
    number = next(_numbers)
    here = Origin(
        kind=OriginKind.INTERACTION,
        id=f"interaction-{number}",
        user_id=user_id,
        channel_id=CHANNEL,
        guild_id=GUILD,
        installation=Installation.GUILD,
        application_id=99,
        token=f"token-{number}",
        token_expires_at_ms=int((time.time() + token_life_s) * 1000),
    )
    return Caller(replace(here, **origin), Visibility.PRIVATE if private else Visibility.PUBLIC)  # type: ignore[arg-type] # fields by name


@dataclass(slots=True)
class Studio:
    """An open service. Engines are started by the test, as often as it likes."""

    context: Context
    server: StandIn
    folder: Path
    mailbox: Mailbox = field(default_factory=Mailbox)

    @property
    def scripted(self) -> ScriptedProvider:
        """Return the scripted provider."""
        provider = self.context.registry.provider("scripted")
        assert isinstance(provider, ScriptedProvider)
        return provider

    async def portrait(self, who: Caller | None = None, **options: object) -> Accepted:
        """Ask for a portrait by the sketch painter."""
        ask = PortraitAsk(who or caller(), **options)  # type: ignore[arg-type] # options by name
        return await create_portrait(self.context, plan_portrait(self.context, ask))

    async def order(self, who: Caller | None = None, **options: object) -> Accepted:
        """Ask for a picture by the scripted provider."""
        ask = ImagineAsk(who or caller(), "a lighthouse keeper", model="scripted/quick", **options)  # type: ignore[arg-type] # by name
        return await create_imagine(self.context, plan_imagine(self.context, ask))

    @asynccontextmanager
    async def engine(self, *, stop_s: float = HANGS_AFTER_S) -> AsyncIterator[JobEngine]:
        """Run an engine for as long as the block runs; what it works on then has `stop_s` to end."""
        engine = JobEngine(self.context, self.mailbox)
        await engine.start()
        try:
            yield engine
        finally:
            await engine.stop(stop_s)

    async def until_delivered(self, count: int = 1) -> RequestResult:
        """Wait for the `count`th delivery and return it."""
        await until(lambda: len(self.mailbox.delivered) >= count)
        return self.mailbox.delivered[count - 1][1]

    async def states(self, accepted: Accepted) -> list[str]:
        """Return the states of a request's jobs."""
        rows = await self.context.database.read(job_queries.picture_rows, list(accepted.job_ids))
        return [str(row["state"]) for row in rows]

    async def until_states(self, accepted: Accepted, *states: str) -> None:
        """Wait until the jobs of a request are in these states."""
        async with asyncio.timeout(HANGS_AFTER_S):
            while await self.states(accepted) != list(states):
                await asyncio.sleep(STEP_S)

    async def message_of(self, message_id: int) -> object:
        """Return the row of a message that a result was delivered in."""
        return await self.context.database.read(_find_message, message_id)


def scripted_adapter(server: StandIn) -> MakeAdapter:
    """Return what opens the scripted provider for a key."""
    return lambda workshop: lambda key: ScriptedProvider(workshop.session, server.url, key=key)


def _find_message(conn: Connection, message_id: int) -> object:
    return next(iter(deliveries.find_message(conn, message_id)), None)


@asynccontextmanager
async def open_studio(database: Database, folder: Path) -> AsyncIterator[Studio]:
    """Open a service over a database, with its files in `folder`."""
    settings, catalog = _settings(), catalog_with_scripted()
    async with stand_in() as server, local_session() as session:
        pixels = PixelWork()
        workshop = Workshop(settings, catalog, pixels, session)
        adapters = {**ADAPTERS, "scripted": scripted_adapter(server)}
        context = Context(
            database=database,
            features=_features(),
            catalog=catalog,
            registry=Registry(catalog, adapters, workshop, {"scripted": SCRIPTED_KEY}),
            store=FolderStore(folder / "images"),
            pixels=pixels,
            master_key=MasterKey(secrets.token_bytes(32)),
            session=session,
            limits=Limits(Caps(12, 500_000, 5_000_000), frozenset({GUILD}), operators=frozenset({OPERATOR})),
            accounts=await load_accounts(database),
            standing=await load_standing(database),
            privacy=PrivacyDefaults(),
        )
        yield Studio(context, server, folder)


@asynccontextmanager
async def open_studio_on_sqlite(template: Path, folder: Path) -> AsyncIterator[Studio]:
    """Open a service in `folder` over a copy of an empty SQLite database."""
    shutil.copy(template, folder / "limner.db")
    database = await open_database(f"sqlite:///{folder / 'limner.db'}", data_folder=None)
    async with open_studio(database, folder) as opened:
        yield opened
    await database.close()
