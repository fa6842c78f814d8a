"""How long the suggestion of a character takes on the server, with 10,000 characters in the database.

They are of a hundred people, and all of them are shared with one server: the worst case, as whoever types there may use
every one. On SQLite and, where it starts, on PostgreSQL; p99 of calls in a row, each with other letters.
"""

import asyncio
import statistics
import tempfile
import time
from pathlib import Path
from typing import Any, Final

import sqlalchemy as sa

from benchmarks.claims import databases_for
from benchmarks.table import Row
from db.characters.characters import SERVER
from db.engine import Connection, open_database
from db.tables.character_schema import character_shares, character_versions, characters
from db.tables.schema import users
from services.asks import Viewer
from services.characters import suggest_characters
from services.context import Context
from tests.services.studio import open_studio

CHARACTERS: Final = 10_000
PEOPLE: Final = 100
GUILD: Final = 10
CALLS: Final = 400
_TYPED: Final = ("", "m", "mi", "mira", "mira 12", "a", "vera", "9", "x", "mira 9999")
_NAMES: Final = ("Mira", "Vera", "Amira", "Tom", "Old Ben")
_BATCH: Final = 1_000


def _rows(first: int, last: int) -> dict[str, list[dict[str, Any]]]:
    rows: dict[str, list[dict[str, Any]]] = {"characters": [], "versions": [], "shares": []}
    for number in range(first, last + 1):
        name = f"{_NAMES[number % len(_NAMES)]} {number}"
        rows["characters"].append(
            {
                "id": number, "code": f"{number:08d}", "user_id": 1 + number % PEOPLE, "name": name,
                "name_key": name.casefold(), "created_at_ms": number, "used_at_ms": number * 7919 % CHARACTERS,
            }
        )  # fmt: skip
        rows["versions"].append(
            {
                "character_id": number, "version": 1, "description": "A young girl with short red hair",
                "features": [], "feature_file": "0" * 64, "reference_numbers": [], "created_at_ms": number,
            }
        )  # fmt: skip
        rows["shares"].append(
            {"character_id": number, "target_kind": SERVER, "target_id": GUILD, "created_at_ms": number}
        )
    return rows


def _fill(conn: Connection) -> None:
    conn.execute(sa.insert(users), [{"id": 1 + each, "first_seen_at_ms": 1} for each in range(PEOPLE)])
    for first in range(1, CHARACTERS + 1, _BATCH):
        rows = _rows(first, first + _BATCH - 1)
        conn.execute(sa.insert(characters), rows["characters"])
        conn.execute(sa.insert(character_versions), rows["versions"])
        conn.execute(sa.insert(character_shares), rows["shares"])
    conn.execute(sa.text("ANALYZE"))


async def _times_ms(context: Context, viewer: Viewer) -> list[float]:
    times = []
    for number in range(CALLS):
        started_s = time.perf_counter()
        await suggest_characters(context, viewer, _TYPED[number % len(_TYPED)])
        times.append((time.perf_counter() - started_s) * 1000)
    return times


async def _measure_on(url: str, folder: Path) -> list[Row]:
    database = await open_database(url, data_folder=None)
    await database.write(_fill)
    async with open_studio(database, folder) as studio:
        times = await _times_ms(studio.context, Viewer(1, GUILD))
    dialect = database.dialect
    await database.close()
    what = f"a character suggested, {CHARACTERS:,} of them on {dialect}"
    median, p99 = statistics.median(times), statistics.quantiles(times, n=100)[98]
    return [Row(f"{what}, p99", p99, "ms", f"median {median:.1f} ms", limit="< 100 ms")]


def _measure() -> list[Row]:
    rows: list[Row] = []
    with databases_for(1) as by_dialect:
        for urls in by_dialect:
            with tempfile.TemporaryDirectory(prefix="limner-") as folder:
                rows += asyncio.run(_measure_on(urls[0], Path(folder)))
    return rows


async def measure() -> list[Row]:
    """Return the rows, of SQLite and, where it starts, of PostgreSQL."""
    return await asyncio.to_thread(_measure)
