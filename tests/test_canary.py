"""The search for keys finds them wherever they get to: otherwise its silence would say nothing."""

import base64
import logging
import os
import sqlite3
import subprocess
import sys
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest

from playground.providers.app import open_stand_ins
from services.key_shapes import read_key
from tests import canary
from tests.canary import canary_key, holds_canary, leaks_in_files

ROOT = Path(__file__).parent.parent
VENDORS = ("fal", "bfl", "modelslab", "openai")

HEAD = """
import logging
from tests.canary import canary_key

KEY = canary_key("fal")
log = logging.getLogger("services.any")
"""

LEAKS = {
    "a message": "log.debug('asked with ' + KEY)",
    "an argument": "log.info('asked with %s', {'headers': KEY})",
    "a level that is seldom written": "log.debug('%s', KEY)",
    "another library's record": "logging.getLogger('aiohttp.client').warning(KEY)",
    "a field": "log.info('asked', extra={'provider': KEY})",
    "a traceback": "try:\n        raise ValueError(KEY)\n    except ValueError:\n        log.exception('failed')",
    "a cause": (
        "try:\n        raise ValueError('failed') from KeyError(KEY)\n"
        "    except ValueError:\n        log.exception('failed')"
    ),
    "what was printed": "print(KEY)",
    "a file": "(tmp_path / 'a.txt').write_text(KEY)",
    "a file of a folder in it": "(tmp_path / 'images').mkdir()\n    (tmp_path / 'images' / 'ab').write_text(KEY)",
}
HARMLESS = {
    "the end of a key": "log.info('the key ends in %s', KEY[-4:])",
    "a key in memory": "assert KEY",
    "the master key's file": "(tmp_path / 'master.key').write_text(KEY)",
}


def name_of(case: str) -> str:
    return "test_" + case.replace(" ", "_").replace("'", "")


@pytest.fixture(scope="module")
def told(tmp_path_factory: pytest.TempPathFactory) -> str:
    """What pytest says of all cases, run with the watch in a process of their own."""
    folder = tmp_path_factory.mktemp("samples")
    tests = (f"def {name_of(case)}(tmp_path):\n    {body}\n" for case, body in (LEAKS | HARMLESS).items())
    (folder / "test_sample.py").write_text("\n".join((HEAD, *tests)), encoding="utf-8")
    command = [sys.executable, "-m", "pytest", "-q", "-rE", "-p", "tests.canary", "-p", "no:cacheprovider"]
    ended = subprocess.run(
        [*command, "--basetemp", str(folder / "temporary"), "test_sample.py"],
        cwd=folder,
        env={**os.environ, "PYTHONPATH": str(ROOT), "COLUMNS": "300"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert f"{len(LEAKS) + len(HARMLESS)} passed" in ended.stdout, ended.stdout
    assert f"{len(LEAKS)} errors" in ended.stdout
    return ended.stdout


@pytest.mark.parametrize("case", LEAKS)
def test_a_test_that_leaves_a_key_somewhere_fails(told: str, case: str) -> None:
    assert f"{name_of(case)} - Failed: a key stands in" in told


@pytest.mark.parametrize("case", HARMLESS)
def test_a_test_that_keeps_its_keys_to_itself_passes(told: str, case: str) -> None:
    assert f"ERROR test_sample.py::{name_of(case)}" not in told


def test_the_watch_is_on_in_this_run(request: pytest.FixtureRequest) -> None:
    assert request.config.pluginmanager.get_plugin("canary-watch") is not None


async def test_the_stand_ins_of_this_run_have_canaries_for_keys() -> None:
    async with open_stand_ins() as stand_ins:
        assert all(holds_canary(desk.key) for desk in stand_ins.desks.values())


@pytest.mark.parametrize("vendor", VENDORS)
def test_a_canary_has_its_vendors_form_and_comes_once(vendor: str) -> None:
    key = canary_key(vendor)
    assert read_key(vendor, key) == key
    assert holds_canary(key)
    assert canary_key(vendor) != key


@pytest.mark.parametrize("write", [bytes, base64.b64encode, base64.urlsafe_b64encode, bytes.hex])
@pytest.mark.parametrize("before", [b"", b"k", b"ke", b"key="])
def test_a_canary_is_found_however_it_is_written(
    write: Callable[[bytes], bytes | str], before: bytes
) -> None:
    assert holds_canary(write(before + canary_key("bfl").encode() + b" and more"))


def test_nothing_else_is_taken_for_a_canary() -> None:
    assert not holds_canary("11111111-2222-4333-8444-555555555555")


@pytest.fixture
def mark(monkeypatch: pytest.MonkeyPatch) -> str:
    """A mark of this test's own, so that what it leaves behind does not make it fail."""
    own = "0a1b2c3d-4e5f-"
    monkeypatch.setattr(canary, "_FORMS", canary._written_forms(own))
    return own


def test_a_key_among_arguments_that_do_not_fit_is_found(mark: str) -> None:
    watch = canary.Watch()
    watch.handle(
        logging.LogRecord("services.any", logging.INFO, "any.py", 7, "asked", (f"{mark}rest",), None)
    )
    assert watch.take() == {"the log: services.any, any.py:7"}


def test_a_key_in_a_row_of_a_database_is_found(tmp_path: Path, mark: str) -> None:
    with closing(sqlite3.connect(tmp_path / "limner.db")) as connection:
        connection.execute("CREATE TABLE t (x)")
        connection.execute("INSERT INTO t VALUES (?)", (f"{mark}rest",))
        connection.commit()
    assert leaks_in_files(tmp_path) == ["a file: limner.db"]


@pytest.mark.parametrize(
    ("line", "is_leak"),
    [
        ('{"kind": "request", "body": {"content": "KEY"}}', True),
        ('{"kind": "frame", "body": {"value": "KEY"}}', False),
    ],
)
def test_a_transcript_may_hold_what_people_typed_and_not_what_the_bot_said(
    tmp_path: Path, mark: str, line: str, is_leak: bool
) -> None:
    (tmp_path / "transcript.jsonl").write_text(line.replace("KEY", f"{mark}rest") + "\n", "utf-8")
    assert bool(leaks_in_files(tmp_path)) is is_leak
