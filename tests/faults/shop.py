"""A whole service without Discord before fal's stand-in: the real adapter, the real web edge, signed calls.

What goes wrong on the way is scripted at the stand-in (docs/playground.md, "The control interface"); who paid what
stands in its own book.
"""

import re
import shutil
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Final
from urllib.parse import parse_qs, urlsplit

from pydantic import SecretStr

from db.engine import open_database
from db.jobs import job_queries
from db.jobs.acceptance import Caps
from db.jobs.job_queries import Spending
from playground.providers.app import StandIns, open_stand_ins
from services.asks import Accepted, Caller, ImagineAsk
from services.context import Context
from services.imagine import create_imagine, plan_imagine
from services.jobs.courier import FailedResult, RequestResult
from services.jobs.webhook_address import is_webhook_mac
from services.jobs.webhooks import receive_webhook
from services.providers.registry import open_registry
from services.settings import Settings
from services.web.app import EdgeParts, WebEdge
from services.web.health import Probes
from services.web.hooks import HookCall, HookDoor
from tests.faults.passing_time import time_passes
from tests.services.studio import ADA, GUILD, Studio, caller, open_studio

MODEL: Final = "fal/flux-schnell"
PUBLIC_URL: Final = "http://127.0.0.1"
"""Where the service says that it is reached: the port of the edge is known only once it listens."""

Match = Mapping[str, str]
Step = Mapping[str, Any]
SUBMIT: Final[Match] = {"method": "POST", "path_regex": "^/fal/queue/"}
STATUS: Final[Match] = {"method": "GET", "path_regex": r"/requests/[^/]+/status"}
RESULT: Final[Match] = {"method": "GET", "path_regex": r"/requests/[^/?]+$"}
PICTURE: Final[Match] = {"method": "GET", "path_regex": "^/fal/cdn/files/"}
KEYS: Final[Match] = {"method": "GET", "path_regex": "jwks"}

UNSTARTED: Final[Step] = {
    "status": 503,
    "body": {"detail": "No runner", "error_type": "runner_scheduling_failure"},
    "headers": {"X-Fal-Error-Type": "runner_scheduling_failure"},
}
"""fal's words for an order that no runner had: it was not accepted."""


@dataclass(slots=True)
class Shop:
    """The service, the stand-ins, and where the providers' calls arrive."""

    studio: Studio
    stand_ins: StandIns
    edge: WebEdge

    def script(self, match: Match, *steps: Step) -> None:
        """Let the next requests that look like `match` go as the steps say."""
        self.stand_ins.script("fal", list(steps), match)

    def script_pictures(self, *steps: Step) -> None:
        """Let the next pictures come as the steps say.

        Only looks bring the orders home then: a call that comes beside a look may fetch a picture in vain.
        """
        self.lose_calls()
        self.script(PICTURE, *steps)

    def lose_calls(self) -> None:
        """Let none of fal's calls be sent by itself."""
        self.stand_ins.webhook("fal", "*", "lose")

    async def order(
        self, who: Caller | None = None, *, prompt: str = "a baker", **options: object
    ) -> Accepted:
        """Ask for a small picture by fal."""
        ask = ImagineAsk(
            who or caller(), prompt, model=MODEL, options="image_size=256x256", **options  # type: ignore[arg-type] # by name
        )  # fmt: skip
        return await create_imagine(self.studio.context, plan_imagine(self.studio.context, ask))

    async def painted(self, **options: object) -> RequestResult:
        """Order, let the service work and time pass until something is delivered, and return it."""
        count = len(self.studio.mailbox.delivered) + 1
        async with self.studio.engine(), time_passes(self.studio):
            await self.order(**options)  # type: ignore[arg-type] # by name
            return await self.studio.until_delivered(count)

    async def failure(self, **options: object) -> FailedResult:
        """Order what comes to nothing, and return what its owner is told."""
        result = await self.painted(**options)
        assert not result.pictures
        [failed] = result.failures
        return failed

    def calls(self, match: Match) -> list[dict[str, Any]]:
        """Return the requests that look like `match`, oldest first."""
        return [call for call in self.stand_ins.calls("fal") if _looks_like(call, match)]

    @property
    def submits(self) -> int:
        """Return how many submits arrived."""
        return len(self.calls(SUBMIT))

    @property
    def paid(self) -> int:
        """Return how many pictures fal charged for."""
        return sum(call["paid"] for call in self.stand_ins.calls("fal"))

    async def spending(self) -> Spending:
        """Return what was used up today, by ada and in all."""
        return await self.studio.context.database.read(job_queries.read_spending, ADA)

    def pictures_kept(self) -> list[bytes]:
        """Return every file of the image store."""
        files = (file for file in (self.studio.folder / "images").rglob("*") if file.is_file())
        return [file.read_bytes() for file in sorted(files)]

    def hook_url(self) -> str:
        """Return the webhook address that the last submit named, at the port where it is taken."""
        query = parse_qs(urlsplit(self.calls(SUBMIT)[-1]["path"]).query)
        path = urlsplit(query["fal_webhook"][0]).path
        return f"http://127.0.0.1:{self.edge.port}{path}"


def _looks_like(call: Mapping[str, Any], match: Match) -> bool:
    return call["method"] == match["method"] and re.search(match["path_regex"], call["path"]) is not None


def _settings(stand_ins: StandIns) -> Settings:
    said = stand_ins.announcement["fal"]
    settings = Settings(_env_file=None)
    return settings.model_copy(
        update={
            "fal_queue_url": said["queue"],
            "fal_rest_url": said["rest"],
            "fal_key": SecretStr(said["key"]),
        }
    )


@asynccontextmanager
async def open_door(context: Context) -> AsyncIterator[WebEdge]:
    """Let providers' calls in over real HTTP for as long as the block runs, at a port of their own."""

    async def receive(call: HookCall) -> None:
        await receive_webhook(context, call.provider, call.attempt_id, call.body, call.headers)

    def is_ours(provider: str, attempt_id: int, mac: str) -> bool:
        return is_webhook_mac(context, provider, attempt_id, mac)

    async def is_database_up() -> bool:
        return True

    probes = Probes(gateway=lambda: True, database=is_database_up)
    edge = WebEdge(EdgeParts(probes, HookDoor(is_ours, receive), PUBLIC_URL))
    await edge.start("127.0.0.1", 0)
    try:
        yield edge
    finally:
        await edge.stop()


@asynccontextmanager
async def open_shop(template: Path, folder: Path) -> AsyncIterator[Shop]:
    """Open everything in `folder`, over a copy of an empty SQLite database."""
    shutil.copy(template, folder / "limner.db")
    database = await open_database(f"sqlite:///{folder / 'limner.db'}", data_folder=None)
    async with open_stand_ins() as stand_ins, open_studio(database, folder) as studio:
        settings, context = _settings(stand_ins), studio.context
        registry = open_registry(settings, context.catalog, context.pixels, context.session)
        caps = Caps(1_000, 500_000_000, 500_000_000)
        limits = replace(context.limits, caps=caps, key_servers=frozenset({GUILD}))
        context = replace(context, registry=registry, limits=limits)
        async with open_door(context) as edge:
            studio.context = replace(context, public_url=f"{PUBLIC_URL}:{edge.port}")
            yield Shop(studio, stand_ins, edge)
    await database.close()
