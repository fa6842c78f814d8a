"""From an empty database to the schema, and from an older one to a newer one, on both databases."""

import asyncio
import subprocess
import sys
from pathlib import Path

import pytest
import sqlalchemy as sa
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory

from cli.migrate import main
from db.engine import Database, open_database
from db.migrations import HEAD, REVISIONS, copies_of, ensure_current, schema_is_current
from db.migrations.steps import OURS, alembic_config, upgrade
from db.tables.schema import metadata, recipes
from db.tables.search_schema import FTS, INDEX
from services.errors import StartError
from tests.databases import run_apart
from tests.db.rows import add_user, run, user_ids
from tests.db.steps_of_tests import FAIL_AFTER_WORK, LEAVE_ORPHANS, NEXT, REBUILD, steps_with
from tests.waiting import HANGS_AFTER_S

RECIPE = {"code": "abcd2345", "user_id": 7, "body": {"prompt": "p"}, "created_at_ms": 1}


def test_the_constant_is_alembics_head_and_knows_every_revision() -> None:
    scripts = ScriptDirectory.from_config(alembic_config(OURS))
    assert scripts.get_heads() == [HEAD]
    assert tuple(script.revision for script in scripts.walk_revisions())[::-1] == REVISIONS


def test_brings_an_empty_database_to_the_schema_and_then_has_nothing_to_do(empty_database_url: str) -> None:
    assert not schema_is_current(empty_database_url)
    upgrade(empty_database_url)
    assert schema_is_current(empty_database_url)
    upgrade(empty_database_url)
    ensure_current(empty_database_url)
    assert schema_is_current(empty_database_url)


def _is_in_the_metadata(name: str | None, kind: str, _parents: object) -> bool:
    """Leave out the index of search terms, which is no table or index of SQLAlchemy's; the next test has it."""
    return not (kind == "table" and (name or "").startswith(FTS)) and not (kind == "index" and name == INDEX)


async def test_the_migrated_database_differs_in_nothing_from_the_metadata(database: Database) -> None:
    def compare(connection: sa.Connection) -> list[object]:
        options = {"compare_type": True, "compare_server_default": True, "include_name": _is_in_the_metadata}
        return list(compare_metadata(MigrationContext.configure(connection, opts=options), metadata))

    assert await database.write(compare) == []


_OBJECTS = {
    "sqlite": "SELECT name, sql FROM sqlite_master WHERE name <> 'alembic_version' AND tbl_name <> 'alembic_version'",
    "postgresql": """
        SELECT conrelid::regclass || ' ' || conname, pg_get_constraintdef(oid) FROM pg_constraint
        WHERE connamespace = 'public'::regnamespace AND conrelid::regclass::text <> 'alembic_version'
        UNION ALL SELECT indexname, indexdef FROM pg_indexes
        WHERE schemaname = 'public' AND tablename <> 'alembic_version'
        UNION ALL SELECT table_name || ' ' || column_name,
            data_type || ' ' || is_nullable || ' ' || coalesce(column_default, '') || ' '
            || coalesce(character_maximum_length::text, '')
        FROM information_schema.columns WHERE table_schema = 'public' AND table_name <> 'alembic_version'
    """,
}


def _parts(definition: str | None) -> list[str]:
    """Return the parts of a CREATE statement in any order: a column that came later stands behind the constraints."""
    text = " ".join((definition or "").replace(" PRIMARY KEY", "").split())
    parts, depth = [""], 0
    for character in text:
        depth += (character == "(") - (character == ")")
        if (character == "," and depth == 1) or (character in "()" and depth == (character == "(")):
            parts.append("")
        else:
            parts[-1] += character
    return sorted(part.strip() for part in parts if part.strip())


async def _objects(url: str, *, create: bool) -> dict[str, list[str]]:
    opened = await open_database(url, data_folder=None)
    if create:
        await opened.write(metadata.create_all)
    query = sa.text(_OBJECTS[opened.dialect])
    found = await opened.read(
        lambda connection: {row[0]: _parts(row[1]) for row in connection.execute(query)}
    )
    await opened.close()
    return found


@pytest.mark.parametrize(
    ("database_url", "empty_database_url"),
    [
        ("sqlite", "sqlite"),
        pytest.param("postgresql", "postgresql", marks=pytest.mark.postgres),
    ],
    indirect=True,
)
async def test_the_steps_make_the_very_objects_that_the_schema_module_makes(
    database_url: str, empty_database_url: str, tmp_path: Path
) -> None:
    created_url = f"sqlite:///{tmp_path / 'created.db'}" if "sqlite" in database_url else empty_database_url
    migrated = await _objects(database_url, create=False)
    assert len(migrated) > len(metadata.tables)
    assert (
        {FTS, f"{FTS}_insert", f"{FTS}_update", f"{FTS}_delete"} if "sqlite" in database_url else {INDEX}
    ) <= (migrated.keys())
    assert migrated == await _objects(created_url, create=True)


async def _fill(url: str) -> None:
    opened = await open_database(url, data_folder=None)
    await opened.write(add_user, 7)
    await opened.write(run, recipes.insert(), RECIPE)
    await opened.close()


async def _rows(url: str) -> tuple[list[int], int, list[str]]:
    """Return user ids, the number of recipes, and the tables."""

    def ask(connection: sa.Connection) -> tuple[list[int], int, list[str]]:
        count = connection.scalar(sa.select(sa.func.count()).select_from(recipes)) or 0
        return user_ids(connection), count, sa.inspect(connection).get_table_names()

    opened = await open_database(url, data_folder=None)
    found = await opened.read(ask)
    await opened.close()
    return found


def test_rebuilding_a_table_keeps_the_rows_that_refer_to_it(database_url: str, tmp_path: Path) -> None:
    run_apart(_fill(database_url))
    upgrade(database_url, steps=steps_with(tmp_path, REBUILD))
    ids, recipe_count, _ = run_apart(_rows(database_url))
    assert (ids, recipe_count) == ([7], 1)


def test_r5_old_code_refuses_a_newer_schema_and_says_what_to_do(database_url: str, tmp_path: Path) -> None:
    upgrade(database_url, steps=steps_with(tmp_path, REBUILD))
    for ask in (schema_is_current, ensure_current, upgrade):
        with pytest.raises(StartError) as caught:
            ask(database_url)
        assert caught.value.code == "schema_newer"
        assert f"its schema is {NEXT}, this version knows {HEAD}" in str(caught.value)
        assert "restore the copy" in str(caught.value)


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_a_sqlite_file_is_copied_before_it_is_changed(database_url: str, tmp_path: Path) -> None:
    run_apart(_fill(database_url))
    assert copies_of(tmp_path / "limner.db") == []
    upgrade(database_url, steps=steps_with(tmp_path, REBUILD))
    [copy] = copies_of(tmp_path / "limner.db")
    assert copy.name == f"limner.db.before-{NEXT}"
    assert copy.stat().st_mode & 0o777 == 0o600
    assert schema_is_current(f"sqlite:///{copy}")
    assert run_apart(_rows(f"sqlite:///{copy}"))[:2] == ([7], 1)


def test_a_step_that_fails_is_taken_back_whole_and_can_be_mended(database_url: str, tmp_path: Path) -> None:
    run_apart(_fill(database_url))
    for _ in range(2):
        with pytest.raises(StartError) as caught:
            upgrade(database_url, steps=steps_with(tmp_path, FAIL_AFTER_WORK))
        assert "no_such_table" in str(caught.value)
    ids, recipe_count, tables = run_apart(_rows(database_url))
    assert (ids, recipe_count, "half" in tables) == ([7], 1, False)
    assert schema_is_current(database_url)
    upgrade(database_url, steps=steps_with(tmp_path, REBUILD))
    if "sqlite" in database_url:
        assert len(copies_of(tmp_path / "limner.db")) == 3


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_a_step_that_leaves_rows_without_their_parents_is_refused(database_url: str, tmp_path: Path) -> None:
    run_apart(_fill(database_url))
    with pytest.raises(StartError, match="a row of recipes that refers to a missing row of users"):
        upgrade(database_url, steps=steps_with(tmp_path, LEAVE_ORPHANS))
    assert run_apart(_rows(database_url))[:2] == ([7], 1)


_KILLED = """
import os, shutil, signal, sqlite3, sys
from contextlib import closing
from pathlib import Path
import sqlalchemy as sa
from db.migrations import schema_is_current
from db.migrations.steps import upgrade
from tests.sqlite_contents import contents_of

def kill_at(number, url):
    seen = 0
    def count(*_):
        nonlocal seen
        seen += 1
        if seen == number:
            os.kill(os.getpid(), signal.SIGKILL)
    sa.event.listen(sa.Engine, "before_cursor_execute", count)
    upgrade(url)
    os._exit(0)

def contents(file):
    with closing(sqlite3.connect(file)) as connection:
        return contents_of(connection)

# Each kill begins where the last one that left something behind had left it, or all would begin with the first step.
folder = Path(sys.argv[1])
# Every child reads all steps, which Alembic loads anew each time: let it find them compiled.
sys.dont_write_bytecode, sys.pycache_prefix = False, str(folder / "compiled")
base, number, kills, survived = folder / "0.db", 0, 0, False
left = contents(base)
while not survived:
    number, kills = number + 1, kills + 1
    file = folder / f"{kills}.db"
    shutil.copy(base, file)
    child = os.fork()
    if child == 0:
        kill_at(number, f"sqlite:///{file}")
    survived = os.waitpid(child, 0)[1] == 0
    found = left if survived else contents(file)
    if survived or found != left:
        base, number, left = folder / f"{kills}-base.db", 0, found
        shutil.copy(file, base)
        upgrade(f"sqlite:///{file}")
        assert schema_is_current(f"sqlite:///{file}"), kills
print(kills)
"""


def test_a_kill_at_any_statement_leaves_what_the_next_start_can_finish(tmp_path: Path) -> None:
    command = [sys.executable, "-c", _KILLED, str(tmp_path)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=HANGS_AFTER_S, check=False)
    assert done.stderr == ""
    assert int(done.stdout) > 2 * len(metadata.tables)


@pytest.mark.postgres
@pytest.mark.parametrize("empty_database_url", ["postgresql"], indirect=True)
async def test_many_may_start_at_once_on_postgresql(empty_database_url: str) -> None:
    await asyncio.gather(*(asyncio.to_thread(upgrade, empty_database_url) for _ in range(4)))
    assert await asyncio.to_thread(schema_is_current, empty_database_url)


_NORMAL_START = """
import sys
from db.engine import open_database
from db.migrations import ensure_current
ensure_current(sys.argv[1])
print([name for name in sys.modules if name.partition(".")[0] == "alembic"])
"""


def test_a_normal_start_does_not_load_alembic(database_url: str) -> None:
    command = [sys.executable, "-c", _NORMAL_START, database_url]
    done = subprocess.run(command, capture_output=True, text=True, timeout=HANGS_AFTER_S, check=False)
    assert (done.stdout, done.stderr) == ("[]\n", "")


def test_the_command_says_what_it_did(empty_database_url: str, capsys: pytest.CaptureFixture[str]) -> None:
    arguments = ["--database", empty_database_url]
    assert main([*arguments, "--check"]) == 1
    assert main(arguments) == 0
    assert f"the schema is now {HEAD}" in capsys.readouterr().out
    assert main([*arguments, "--check"]) == 0
    assert f"the schema is current ({HEAD})" in capsys.readouterr().out


def test_the_command_gives_the_reason_on_stderr(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--database", "postgresql://postgres:hunter2@127.0.0.1:1/x"]) == 2
    said = capsys.readouterr()
    assert said.out == ""
    assert "cannot be reached" in said.err
    assert "hunter2" not in said.err
