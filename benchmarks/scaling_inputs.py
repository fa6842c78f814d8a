"""The figures that the model of `benchmarks/scaling.py` begins with, and where each is from."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType
from typing import Final


class Kind(StrEnum):
    """Where a figure is from."""

    MEASURED = "measured"
    SET = "set in the code"
    DISCORD = "Discord's"
    ASSUMED = "assumed"


@dataclass(frozen=True, slots=True)
class Input:
    """One figure that the model begins with."""

    name: str
    value: float
    unit: str
    kind: Kind
    source: str


_ROWS: Final = (
    Input("pictures_per_server_day", 3, "pictures a server and day",
          Kind.ASSUMED, "there is no public figure"),
    Input("peak", 4, "times the day's mean", Kind.ASSUMED, "an evening hour of one continent"),
    Input("interactions_per_picture", 4, "interactions", Kind.ASSUMED, "a command, suggestions, buttons"),
    Input("paid_share", 0.7, "of the pictures", Kind.ASSUMED, "the rest are free sketches"),
    Input("reaction_share", 0.1, "of the pictures", Kind.ASSUMED, "asked for by reaction"),
    Input("order_s", 6, "s at the image service", Kind.ASSUMED, "what the catalogue says of fal/flux-dev"),
    Input("picture_bytes", 250_000, "bytes", Kind.ASSUMED, "a JPEG or PNG of about a megapixel"),
    Input("fetch_s", 0.4, "s to fetch and keep a picture",
          Kind.ASSUMED, "a CDN and an object store far away"),
    Input("delivery_s", 0.5, "s to post a picture", Kind.ASSUMED, "an upload to Discord"),
    Input("daily_cap_usd", 5, "dollars a day", Kind.SET, "LIMNER_DAILY_CAP_USD as delivered"),
    Input("price_usd", 0.025, "dollars a paid picture",
          Kind.ASSUMED, "fal/flux-dev at one megapixel, docs/models.md"),
    Input("busy_share", 0.6, "of a core or connection", Kind.ASSUMED, "more and waits grow quickly"),
    Input("transactions_per_picture", 8.3, "transactions",
          Kind.MEASURED, "the engine alone on PostgreSQL, 500 pictures; a look at the line counts as one"),
    Input("statements_per_picture", 29, "statements", Kind.MEASURED, "that run"),
    Input("idle_transactions", 9.2, "transactions a second and worker",
          Kind.MEASURED, "a worker with nothing to do"),
    Input("worker_ms", 13, "ms of a core a picture",
          Kind.MEASURED, "8.5 that run, 4.5 for HTTP and Discord (benchmark `whole_way`)"),
    Input("sketch_ms", 98, "ms of a core a sketch", Kind.MEASURED, "docs/benchmarks.md, features to JPEG"),
    Input("interaction_ms", 3, "ms of a core an interaction", Kind.MEASURED, "docs/benchmarks.md, /show"),
    Input("accept_ms", 3.4, "ms a request",
          Kind.MEASURED, "benchmark `accepting` on PostgreSQL"),
    Input("webhook_ms", 2, "ms of a core a webhook", Kind.ASSUMED, "not measured apart"),
    Input("row_bytes", 4_900, "bytes of PostgreSQL a picture",
          Kind.MEASURED, "that run: growth of the database"),
    Input("server_kib", 31, "KiB a server in a gateway",
          Kind.MEASURED, "1,000 servers of 30 channels and 20 roles, our intents"),
    Input("idle_mib", 85, "MiB a process with nothing to do",
          Kind.MEASURED, "docs/benchmarks.md, idle memory"),
    Input("postgresql_pictures", 100, "pictures a second",
          Kind.ASSUMED, "PostgreSQL with a worker on 2 cores; put the row `engine on PostgreSQL` of yours here"),
    Input("pool", 10, "connections a process", Kind.SET, "db/dialects/postgresql.py, POOL_SIZE"),
    Input("gateway_extra", 3, "more connections a gateway",
          Kind.SET, "listening, places of shards, line before IDENTIFY"),
    Input("other_extra", 1, "more connections a worker or web", Kind.SET, "listening"),
    Input("fetch_hands", 4, "fetches at once a worker", Kind.SET, "services/jobs/engine.py"),
    Input("delivery_hands", 8, "deliveries at once a worker", Kind.SET, "services/jobs/engine.py"),
    Input("fal_running", 2, "orders at once in a new account at fal", Kind.SET, "catalog.toml, running_cap"),
    Input("shards_per_process", 16, "shards a gateway process", Kind.ASSUMED, "some 0.6 GiB each"),
    Input("servers_per_shard", 1_000, "servers a shard", Kind.DISCORD, "what it recommends; 2,500 at most"),
    Input("identify_s", 5, "s between IDENTIFYs", Kind.DISCORD, "max_concurrency shards in each"),
    Input("max_concurrency", 1, "shards at a time",
          Kind.DISCORD, "large bots get 16 and more: ask GET /gateway/bot"),
    Input("identifies_a_day", 1_000, "IDENTIFYs a day", Kind.DISCORD, "large bots get more"),
    Input("global_per_s", 50, "requests a second a bot", Kind.DISCORD, "interactions do not count"),
    Input("max_connections", 100, "connections", Kind.SET, "PostgreSQL's default"),
)  # fmt: skip

INPUTS: Final[Mapping[str, Input]] = MappingProxyType({each.name: each for each in _ROWS})
