"""Writes docs/scaling.md from the model of `benchmarks/scaling.py`."""

from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Final

from benchmarks.scaling import SIZES, Costs, Values, costs, gateway_needs, walls, web_needs, worker_needs
from benchmarks.scaling_inputs import INPUTS, Kind

PAGE: Final = Path(__file__).parent.parent / "docs" / "scaling.md"

_INTRODUCTION: Final = """\
# Scaling

What Limner costs by the number of servers it is in, up to 100,000, and which part comes to its end first.
It is a model: arithmetic over the figures of the last table, of which some are measured, some are Discord's
or set in the code, and some are assumed. Nobody has run Limner in 100,000 servers. This page is made by
`python -m benchmarks.scaling`; change a figure in `benchmarks/scaling_inputs.py` and run it again to see
your own case.

One process (`bot.py run` on SQLite) is enough for the first column, and for the second where a pause of
seconds at a restart does not matter. The tables count the roles apart, on PostgreSQL, and two of each
worker and web from 1,000 servers on, so that one may die or be replaced.

## At the peak of the day
"""
_AFTER_PEAK: Final = """
A gateway process has up to {shards} shards. Sums over the ledger do not grow with the day: an acceptance
reads rows of sums and the newest entries ([architecture.md](architecture.md)), and took as long with
100,000 paid pictures that day as with none.

How many processes one picture a second keeps busy, by what holds them (workers need the most of their three):

| held by | processes |
|---|---|
"""
_MONTH: Final = """
## In a month

"""
_WALLS: Final = """
What people pay with keys of their own is in "paid" too; it is no cost of the operator. Pictures leave the
machine once for Discord and, with a store elsewhere, once for the store: twice the stored bytes at most.
They are kept until their owner deletes them; `LIMNER_USER_STORAGE_MB` bounds it.

## What breaks first

By the same figures, everything else held as it is:

| at about so many servers | what is at its end | what one does then |
|---|---|---|
"""
_AFTER_WALLS: Final = """
So money comes first, then the image services, and Discord's rules for starting many shards; the database
comes late. Limits that no figure here covers: Discord has undocumented limits on edits in one channel
(results and progress are spread for that), gives intents and more than 100 servers to verified bots only,
and raises its limits for large bots on request.

## The figures

| figure | unit | kind | from |
|---|---|---|---|
"""

Shown = tuple[str, Callable[[Costs], str]]

_PEAK: Final[tuple[Shown, ...]] = (
    ("pictures accepted a second", lambda c: _number(c.accepted_per_s)),
    ("interactions a second", lambda c: _number(c.interactions_per_s)),
    ("orders at image services at once", lambda c: _number(c.orders_in_flight)),
    ("database transactions a second", lambda c: _number(c.transactions_per_s)),
    ("database statements a second", lambda c: _number(c.statements_per_s)),
    ("Discord requests that count, a second (of 50)", lambda c: _number(c.discord_requests_per_s)),
    ("shards", lambda c: _number(c.shards)),
    ("gateway processes", lambda c: _number(c.gateways)),
    ("memory of each gateway, MiB", lambda c: _number(c.gateway_mib)),
    ("start of all shards, s", lambda c: _number(c.start_s)),
    ("full starts that a day has IDENTIFYs for", lambda c: _number(c.full_starts_a_day)),
    ("workers", lambda c: _number(c.workers)),
    ("web processes", lambda c: _number(c.webs)),
    ("connections to PostgreSQL, at most", lambda c: _number(c.connections)),
)
_A_MONTH: Final[tuple[Shown, ...]] = (
    ("pictures stored, GiB", lambda c: _number(c.stored_gib)),
    ("rows in PostgreSQL, GiB", lambda c: _number(c.rows_gib)),
    ("paid to image services, $", lambda c: _number(c.paid_usd)),
)


def _number(value: float) -> str:
    """Return a figure with two digits that count: nothing here is known better."""
    if value >= 100:
        return f"{int(round(value, 2 - len(str(int(value))))):,}"
    return f"{value:.2g}"


def _table(found: Iterable[Costs], shown: Iterable[Shown]) -> Iterator[str]:
    columns = list(found)
    yield f"| servers | {' | '.join(f'{each.servers:,}' for each in columns)} |"
    yield f"|---|{'---|' * len(columns)}"
    for name, figure in shown:
        yield f"| {name} | {' | '.join(map(figure, columns))} |"


def _needs(v: Values) -> dict[str, float]:
    """Return the processes that one picture a second asks for."""
    workers = {f"worker: {name}": count for name, count in worker_needs(1, v).items()}
    return {**workers, "gateway: processor": gateway_needs(1, v), "web: processor": web_needs(1, v)}


def _input_rows(v: Values) -> Iterator[str]:
    for kind in Kind:
        for name, each in INPUTS.items():
            if each.kind is kind:
                yield f"| {v[name]:,g} | {each.unit} | {each.kind} | {each.source} |"


def page(v: Values) -> str:
    """Return the page as Markdown."""
    found = [costs(servers, v) for servers in SIZES]
    parts = (
        f"{_INTRODUCTION}\n",
        _lines(_table(found, _PEAK)),
        _AFTER_PEAK.format(shards=int(v["shards_per_process"])),
        _lines(f"| {name} | {_number(count)} |" for name, count in _needs(v).items()),
        _MONTH,
        _lines(_table(found, _A_MONTH)),
        _WALLS,
        _lines(f"| {_number(each.servers)} | {each.part} | {each.remedy} |" for each in walls(v)),
        _AFTER_WALLS,
        _lines(_input_rows(v)),
    )
    return "".join(parts)


def _lines(lines: Iterable[str]) -> str:
    return "".join(f"{line}\n" for line in lines)
