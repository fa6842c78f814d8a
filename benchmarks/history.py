"""How long a page of `/history` and of `/search` takes on the server, by how many pictures there are in all.

A tenth of the pictures is one person's, the others are shared out among a hundredth as many people. A page is all that
the server does for it but speaking to Discord: the query, nine kept thumbnails, their stamps. Medians, in turns with a
database of a thousand pictures.

`python -m benchmarks.history 1000000` measures with as many (a quarter of an hour and 6 GB for either database); beside
all other benchmarks there are `PICTURES`.
"""

import asyncio
import itertools
import statistics
import sys
import tempfile
import time
from collections.abc import Awaitable, Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Final

import sqlalchemy as sa

from benchmarks.claims import databases_for
from benchmarks.table import Row, render
from cogs._attachments import thumbnail_files
from db.engine import Connection, Database, open_database
from db.pictures.listings import Edge
from db.tables.schema import images, jobs, recipes, requests, users
from db.tables.search_schema import INDEX, TERMS
from services.context import Context
from services.features import draw_face, load_feature_file
from services.looking_up import Asked, Listing, Page, first_page, next_page
from services.models import JsonValue
from services.prompts import write_prompt
from services.search_words import terms_of_recipe
from tests.services.providers.stand_in import picture_of
from tests.services.studio import FEATURE_FILE, open_studio

PICTURES: Final = 10_000
FEW: Final = 1_000
ROUNDS: Final = 40
HEAVY, LIGHT = 1, 2
"""Who has a tenth of all pictures, and one of those who have some hundred."""
_FIRST_OTHER: Final = 2
_BATCH: Final = 5_000
GIVEN_UP_S: Final = 900.0
_FACES: Final = 3_000
_AT_MS: Final = 1_760_000_000_000
_PROMPTS: Final = (
    "a lighthouse keeper in the rain",
    "a dragon over green hills",
    "an old king with blue eyes",
)

Rows = dict[str, list[dict[str, Any]]]


def _bodies() -> list[tuple[dict[str, JsonValue], str]]:
    """Return recipes with their terms: three of four are drawn faces."""
    features = load_feature_file(FEATURE_FILE)
    bodies = []
    for seed in range(_FACES):
        face = draw_face(features, seed) if seed % 4 else ()
        prompt = write_prompt(face) if face else f"{_PROMPTS[seed % 3]}, number {seed}"
        body: dict[str, JsonValue] = {
            "version": 1, "kind": "portrait" if face else "imagine", "prompt": prompt, "provider": "sketch",
            "model": "sketch", "model_version": "1", "image_seed": seed, "features": [list(each) for each in face],
        }  # fmt: skip
        bodies.append((body, terms_of_recipe(body)))
    return bodies


def _owner(number: int, people: int) -> int:
    return HEAVY if number % 10 == 0 else _FIRST_OTHER + number % people


def _rows(
    first: int, last: int, people: int, bodies: Sequence[tuple[Any, str]], digests: Sequence[str]
) -> Rows:
    """Return the rows of the pictures `first` to `last`, each with a request of its own."""
    rows: Rows = {"requests": [], "recipes": [], "jobs": [], "images": []}
    for number in range(first, last + 1):
        owner, at_ms = _owner(number, people), _AT_MS + number * 60_000
        body, words = bodies[number % len(bodies)]
        same = {"id": number, "user_id": owner, "created_at_ms": at_ms}
        rows["requests"].append(
            same | {
                "kind": "portrait", "origin": "interaction", "origin_id": str(number), "channel_id": 1,
                "installation": "guild", "visibility": "public", "application_id": 1, "locale": "en",
                "upload_limit_bytes": 1, "ended_at_ms": at_ms,
            }
        )  # fmt: skip
        rows["recipes"].append(same | {"code": f"{number:08d}", "body": body, "words": words})
        rows["jobs"].append(
            same | {
                "request_id": number, "position": 0, "recipe_id": number, "provider": "sketch", "model": "sketch",
                "state": "stored", "turn": 0, "not_before_ms": at_ms, "ended_at_ms": at_ms,
            }
        )  # fmt: skip
        rows["images"].append(
            same | {
                "job_id": number, "digest": digests[number % len(digests)], "format": "png", "width": 96,
                "height": 96, "size_bytes": 1,
            }
        )  # fmt: skip
    return rows


_TABLES: Final = {"requests": requests, "recipes": recipes, "jobs": jobs, "images": images}


def _insert(conn: Connection, rows: Rows) -> None:
    for name, table in _TABLES.items():
        conn.execute(sa.insert(table), rows[name])


def _people(conn: Connection, count: int) -> None:
    conn.execute(sa.insert(users), [{"id": each, "first_seen_at_ms": 1} for each in range(1, count + 3)])


def _without_index(conn: Connection) -> None:
    if conn.dialect.name == "postgresql":
        conn.execute(sa.text(f"DROP INDEX {INDEX}"))


def _analyze(conn: Connection) -> None:
    conn.execute(sa.text("ANALYZE"))


async def _build_index(database: Database) -> None:
    """Build PostgreSQL's index at the end, which is many times faster than row by row.

    On a connection of its own: no statement of the service may take as long.
    """
    if (connect := database.connect_apart) is None:
        return
    connection = await connect("benchmark")
    try:
        await connection.execute(f"CREATE INDEX {INDEX} ON recipes USING gin ({TERMS})", timeout=GIVEN_UP_S)
    finally:
        await connection.close()


async def _fill(database: Database, pictures: int, digests: Sequence[str]) -> None:
    people, bodies = max(1, pictures // 100), _bodies()
    await database.write(_people, people)
    await database.write(_without_index)
    for first in range(1, pictures + 1, _BATCH):
        last = min(first + _BATCH - 1, pictures)
        rows = await asyncio.to_thread(_rows, first, last, people, bodies, digests)
        await database.write(_insert, rows)
    await _build_index(database)
    await database.write(_analyze)


@dataclass(frozen=True, slots=True)
class Scene:
    """One database with its pictures, and the service over it."""

    context: Context
    pictures: int


async def _page(scene: Scene, listed: Awaitable[Page]) -> None:
    page = await listed
    await thumbnail_files(scene.context, [each.picture for each in page.items])


def _history(scene: Scene, owner: int) -> Awaitable[None]:
    return _page(scene, first_page(scene.context, owner, Asked(), None))


def _history_far_back(scene: Scene, owner: int) -> Awaitable[None]:
    edge = Edge(scene.pictures // 2)
    return _page(scene, next_page(scene.context, owner, Listing(owner), edge, None))


def _search(scene: Scene, owner: int, **asked: Any) -> Awaitable[None]:  # noqa: ANN401 - fields by name
    return _page(scene, first_page(scene.context, owner, Asked(**asked), None))


Question = Callable[[Scene, int], Awaitable[None]]
QUESTIONS: Final[dict[str, Question]] = {
    "/history": _history,
    "/history, half way back": _history_far_back,
    "/history, one kind of one day": lambda scene, owner: _search(
        scene, owner, kind="imagine", since="2025-10-10", until="2025-10-10"
    ),
    "/search green eyes": lambda scene, owner: _search(scene, owner, words="green eyes"),
    "/search green eyes freckles smiling": lambda scene, owner: _search(
        scene, owner, words="green eyes freckles smiling"
    ),
    "/search lon (a beginning)": lambda scene, owner: _search(scene, owner, words="lon"),
    "/search for nothing there is": lambda scene, owner: _search(scene, owner, words="freckles submarine"),
}


async def _times(scenes: Sequence[Scene], ask: Question, owner: int) -> list[float]:
    """Return the median seconds in each scene. They take turns, so that all have the same neighbours."""
    times: list[list[float]] = [[] for _ in scenes]
    for _ in range(ROUNDS):
        for scene, own in zip(scenes, times, strict=True):
            started_s = time.perf_counter()
            await ask(scene, owner)
            own.append(time.perf_counter() - started_s)
    return [statistics.median(own) for own in times]


def _questions() -> Iterator[tuple[str, Question, int]]:
    for (name, ask), owner in itertools.product(QUESTIONS.items(), (HEAVY, LIGHT)):
        yield f"{name} ({'a tenth of all' if owner == HEAVY else 'a hundred'})", ask, owner


async def _measure_on(urls: Sequence[str], counts: Sequence[int], folder: Path) -> list[Row]:
    databases = [await open_database(url, data_folder=None) for url in urls]
    rows = []
    async with open_studio(databases[0], folder) as studio:
        digests = [(await studio.context.store.put(picture_of(each))).digest for each in range(27)]
        scenes = []
        for database, pictures in zip(databases, counts, strict=True):
            await _fill(database, pictures, digests)
            scenes.append(Scene(replace(studio.context, database=database), pictures))
        for name, ask, owner in _questions():
            few_s, many_s = await _times(scenes, ask, owner)
            beside = f"{counts[0]:,} pictures {few_s * 1000:.1f} ms"
            text = f"{name}, {counts[1]:,} pictures on {databases[0].dialect}"
            rows.append(Row(text, many_s * 1000, "ms", beside, many_s / few_s, "< 50 ms"))
    for database in databases:
        await database.close()
    return rows


def _measure(pictures: int) -> list[Row]:
    counts, rows = (FEW, pictures), list[Row]()
    with databases_for(len(counts)) as by_dialect:
        for urls in by_dialect:
            with tempfile.TemporaryDirectory(prefix="limner-") as folder:
                rows += asyncio.run(_measure_on(urls, counts, Path(folder)))
    return rows


async def measure(pictures: int = PICTURES) -> list[Row]:
    """Return the rows, of SQLite and, where it starts, of PostgreSQL."""
    return await asyncio.to_thread(_measure, pictures)


if __name__ == "__main__":
    print(render(asyncio.run(measure(int(sys.argv[1])))))
