"""A start loads only what every bot needs: the rest is loaded by whatever needs it first."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from db.migrations import ensure_current
from tests.waiting import HANGS_AFTER_S

ROOT = Path(__file__).parent.parent

LATE = (
    "PIL",
    "alembic",
    "asyncpg",
    "cryptography",
    "pyvips",
    "services.providers.sketch.svg",
    "sqlalchemy.orm",
)
"""What costs megabytes, or a tenth of a second, that most starts can do without."""

START = """
import importlib, json, sys
import bot, cli.run, cogs._client, cogs._courier, services.jobs.engine, services.web.edge
for name in cogs._client.command_modules():
    importlib.import_module(name)
"""

USE_SQLITE = """
import asyncio
from pathlib import Path
import sqlalchemy as sa
from db.engine import open_database
from db.migrations import ensure_current
from db.people.people import read_private_ids, remember_person
from services.errors import BugError

async def use(url):
    database = await open_database(url, data_folder=None)
    await database.write(remember_person, 1, 2)
    await database.read(read_private_ids)
    try:
        await database.write(lambda connection: connection.execute(sa.text("no SQL")))
    except BugError as error:
        assert error.code == "database_statement", error.code
    else:
        raise AssertionError("a wrong statement went through")
    await database.close()

ensure_current(sys.argv[1], data_folder=None)
asyncio.run(use(sys.argv[1]))
"""

COUNT_COLLECTIONS = """
import contextlib, gc, io, json, sys
import bot

def collections():
    return sum(generation["collections"] for generation in gc.get_stats())

class Said(io.StringIO):
    counted = []

    def write(self, text):
        self.counted.append(collections())
        return super().write(text)

before = collections()
with contextlib.suppress(SystemExit), contextlib.redirect_stdout(Said()):
    bot.main(["run", "--help"])
# When it speaks: once it has ended it collects again.
assert Said.counted[0] == before, "it collects while it loads what lives for as long as the process"
"""

PAINT = """
import asyncio
from pathlib import Path
from services.features import draw_face, load_feature_file
from services.images.pixels import PixelWork
from services.providers.base import PaintOrder
from services.providers.sketch.adapter import SketchProvider

face = draw_face(load_feature_file(Path("face_features.json")), 11)
order = PaintOrder("sketch", "sketch", "", 1, {}, features=face)
assert asyncio.run(SketchProvider(PixelWork()).submit(order)).picture.data
"""


def _loaded(program: str, *arguments: str) -> frozenset[str]:
    """Return the modules that a fresh process has when it has run `program`."""
    ended = subprocess.run(
        [sys.executable, "-c", program + "\nprint(json.dumps(list(sys.modules)))", *arguments],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=HANGS_AFTER_S,
        check=False,
    )
    assert ended.returncode == 0, ended.stderr
    return frozenset(json.loads(ended.stdout))


@pytest.fixture(scope="module")
def loaded_by_a_start() -> frozenset[str]:
    return _loaded(START)


def test_a_service_collects_no_garbage_while_it_loads() -> None:
    assert "db.engine" in _loaded(COUNT_COLLECTIONS)


@pytest.mark.parametrize("name", LATE)
def test_a_start_does_not_load(name: str, loaded_by_a_start: frozenset[str]) -> None:
    assert "cogs.portrait" in loaded_by_a_start
    assert name not in loaded_by_a_start


def test_a_migrated_sqlite_file_is_used_without_alembic_or_another_driver(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'limner.db'}"
    ensure_current(url)

    assert _loaded(START + USE_SQLITE, url).isdisjoint({"alembic", "asyncpg", "db.dialects.postgresql"})


def test_whoever_asks_sqlalchemys_package_itself_gets_all_of_it() -> None:
    asked = "\nfrom sqlalchemy.ext.asyncio import AsyncSession, create_async_engine as whole"
    same = "\nfrom db.dialects.async_engine import create_async_engine as ours\nassert whole is ours\nimport json, sys"
    assert "sqlalchemy.orm" in _loaded("import db.dialects.async_engine" + asked + same)
    assert "sqlalchemy.orm" in _loaded(asked.strip() + same)


def test_the_first_sketch_loads_its_painter() -> None:
    assert {"pyvips", "services.providers.sketch.svg"} <= _loaded(START + PAINT)
