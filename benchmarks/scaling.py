"""What Limner costs by the number of servers: a model of plain arithmetic over measured, given and assumed figures.

`python -m benchmarks.scaling` writes docs/scaling.md from it. The figures stand in `benchmarks/scaling_inputs.py`;
`costs` gives everything for one number of servers, `walls` where each part comes to its end.
"""

import itertools
import math
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from benchmarks.scaling_inputs import INPUTS

DAY_S: Final = 86_400
MONTH_DAYS: Final = 30
GIB: Final = 1024**3
QUICK_START_S: Final = 300
SIZES: Final = (100, 1_000, 10_000, 100_000)

Values = Mapping[str, float]


def values_of(**changed: float) -> Values:
    """Return all figures, with some of them changed. Raises KeyError for one that does not exist."""
    if unknown := changed.keys() - INPUTS.keys():
        raise KeyError(f"no figure is called {', '.join(sorted(unknown))}")
    return {name: each.value for name, each in INPUTS.items()} | changed


@dataclass(frozen=True, slots=True)
class Costs:
    """What a number of servers takes; rates are those of the peak, money and bytes those of a month."""

    servers: int
    accepted_per_s: float
    interactions_per_s: float
    transactions_per_s: float
    statements_per_s: float
    orders_in_flight: float
    discord_requests_per_s: float
    shards: int
    gateways: int
    gateway_mib: float
    start_s: float
    full_starts_a_day: float
    workers: int
    webs: int
    connections: int
    stored_gib: float
    rows_gib: float
    paid_usd: float


def accepted_per_s(servers: float, v: Values) -> float:
    """Return the pictures that are accepted in a second of the peak."""
    return servers * v["pictures_per_server_day"] * v["peak"] / DAY_S


def worker_needs(rate_per_s: float, v: Values) -> dict[str, float]:
    """Return, for each thing that holds a worker, how many workers it asks for at that many pictures a second."""
    core_ms = v["worker_ms"] + (1 - v["paid_share"]) * v["sketch_ms"]
    busy = v["busy_share"]
    return {
        "processor": rate_per_s * core_ms / 1000 / busy,
        "fetches": rate_per_s * v["paid_share"] * v["fetch_s"] / v["fetch_hands"] / busy,
        "deliveries": rate_per_s * v["delivery_s"] / v["delivery_hands"] / busy,
    }


def gateway_needs(rate_per_s: float, v: Values) -> float:
    """Return how many gateway processes the interactions around that many pictures a second keep busy."""
    return rate_per_s * v["interactions_per_picture"] * v["interaction_ms"] / 1000 / v["busy_share"]


def web_needs(rate_per_s: float, v: Values) -> float:
    """Return how many web processes the webhooks of that many pictures a second keep busy."""
    return rate_per_s * v["paid_share"] * v["webhook_ms"] / 1000 / v["busy_share"]


def _at_least(needed: float, servers: int) -> int:
    """Return whole processes: two from 1,000 servers on, so that one may die or be replaced."""
    return max(math.ceil(needed), 1 if servers < SIZES[1] else 2)


def costs(servers: int, v: Values) -> Costs:
    """Return everything for one number of servers."""
    rate = accepted_per_s(servers, v)
    shards = math.ceil(servers / v["servers_per_shard"])
    by_shards = shards / v["shards_per_process"]
    # A shard belongs to one process.
    gateways = min(_at_least(max(by_shards, gateway_needs(rate, v)), servers), shards)
    workers = _at_least(max(worker_needs(rate, v).values()), servers)
    webs = _at_least(web_needs(rate, v), servers)
    extra = gateways * v["gateway_extra"] + (workers + webs) * v["other_extra"]
    pictures = servers * v["pictures_per_server_day"] * MONTH_DAYS
    return Costs(
        servers=servers,
        accepted_per_s=rate,
        interactions_per_s=rate * v["interactions_per_picture"],
        transactions_per_s=rate * v["transactions_per_picture"] + workers * v["idle_transactions"],
        statements_per_s=rate * v["statements_per_picture"],
        orders_in_flight=rate * v["paid_share"] * v["order_s"],
        discord_requests_per_s=rate * v["reaction_share"],
        shards=shards,
        gateways=gateways,
        gateway_mib=v["idle_mib"] + servers / gateways * v["server_kib"] / 1024,
        start_s=math.ceil(shards / v["max_concurrency"]) * v["identify_s"],
        full_starts_a_day=v["identifies_a_day"] / shards,
        workers=workers,
        webs=webs,
        connections=int((gateways + workers + webs) * v["pool"] + extra),
        stored_gib=pictures * v["picture_bytes"] / GIB,
        rows_gib=pictures * v["row_bytes"] / GIB,
        paid_usd=pictures * v["paid_share"] * v["price_usd"],
    )


@dataclass(frozen=True, slots=True)
class Wall:
    """Where a part comes to its end: at so many servers, and what one does then."""

    part: str
    remedy: str
    servers: float


def _servers_by_connections(v: Values) -> int:
    """Return the first number of whole shards whose processes may want more connections than there are."""
    step = int(v["servers_per_shard"])
    return next(n for n in itertools.count(step, step) if costs(n, v).connections > v["max_connections"])


def walls(v: Values) -> list[Wall]:
    """Return the walls, the nearest first."""
    per_server = accepted_per_s(1, v)
    paid_per_server = per_server * v["paid_share"]
    paid_a_day = v["pictures_per_server_day"] * v["paid_share"]
    servers = {
        "daily cap": v["daily_cap_usd"] / v["price_usd"] / paid_a_day,
        "orders": v["fal_running"] / v["order_s"] / paid_per_server,
        "worker": 1 / (max(worker_needs(1, v).values()) * per_server),
        "connections": _servers_by_connections(v),
        "start": QUICK_START_S / v["identify_s"] * v["max_concurrency"] * v["servers_per_shard"],
        "acceptances": 1000 / v["accept_ms"] / paid_per_server,
        "postgresql": v["postgresql_pictures"] / per_server,
        "discord": v["global_per_s"] / (v["reaction_share"] * per_server),
    }
    found = [Wall(*_WALLS[name], servers=count) for name, count in servers.items()]
    return sorted(found, key=lambda each: each.servers)


_WALLS: Final[Mapping[str, tuple[str, str]]] = {
    "daily cap": (
        "the operator's daily cap as it is delivered ($5)",
        "Decide what you want to pay (`LIMNER_DAILY_CAP_USD`), or let servers and people bring their own keys.",
    ),
    "orders": (
        "what a new account at fal takes at once",
        ("Nothing is lost, the line gets longer. Ask fal for more and raise `running_cap`; keys of servers and "
         "people have each a line of their own; offer models of several services."),
    ),
    "worker": ("one worker", "Start more of them: they share the database alone."),
    "connections": (
        "the 100 connections of a PostgreSQL as it is delivered",
        ("Raise `max_connections` (some 10 MB each, an estimate). Above a few hundred a pooler, which has to pool "
         "by session: LISTEN and advisory locks belong to one."),
    ),
    "start": (
        "all shards started within five minutes",
        ("Replace gateways one at a time: only their own shards stand in line. Discord raises `max_concurrency` "
         "of large bots, and the line follows by itself."),
    ),
    "acceptances": (
        "acceptances that the operator pays for, one after the other",
        "They wait for one another because the cap is exact; what other accounts pay does not.",
    ),
    "postgresql": (
        "PostgreSQL on two cores that it shares with a worker",
        ("A machine of its own with more cores and a disk that syncs quickly. Beyond that a second bot with a "
         "database of its own: nothing here splits one bot over two databases."),
    ),
    "discord": (
        "Discord's 50 requests a second for messages of the bot's own",
        ("Results edit the answer to an interaction, which does not count. What counts is mostly asked for by "
         "reaction: point people to the buttons. Discord raises the limit of large bots."),
    ),
}  # fmt: skip


def main() -> int:
    """Write the page."""
    from benchmarks.scaling_page import PAGE, page  # noqa: PLC0415 - it is made of this module

    PAGE.write_text(page(values_of()), encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
