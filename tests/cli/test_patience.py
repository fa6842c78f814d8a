"""A start beside an operator's verb that has the SQLite file."""

import asyncio
import logging
import socket
import tempfile
import threading
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from cli import patience
from cli.patience import PATIENCE_S, Patience, ensure_current_patiently, open_database_of
from db.dialects.lock import take_lock
from db.migrations import ensure_current, schema_is_current
from services.control_socket import socket_of
from services.errors import StartError
from services.settings import Settings
from tests.waiting import HANGS_AFTER_S, until


@pytest.fixture
def folder() -> Iterator[Path]:
    """A data folder whose path is short enough for a socket."""
    with tempfile.TemporaryDirectory() as name:
        yield Path(name)


@pytest.fixture
def settings(folder: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture) -> Settings:
    """The settings of a service over that folder, whose start waits for as long as a test may take."""
    monkeypatch.setattr(patience, "PATIENCE_S", HANGS_AFTER_S)
    caplog.set_level(logging.INFO, "cli.patience")
    return Settings(_env_file=None, LIMNER_DATA=folder)


def in_use(file: Path) -> StartError:
    try:
        take_lock(file).release()
    except StartError as error:
        return error
    raise AssertionError(f"nobody has {file}")


async def test_a_start_waits_for_a_verb_before_it_brings_the_schema_up_to_date(
    settings: Settings, folder: Path, caplog: pytest.LogCaptureFixture
) -> None:
    verb = take_lock(folder / "limner.db")
    start = threading.Thread(target=ensure_current_patiently, args=(settings,))
    start.start()
    await until(lambda: "waiting" in caplog.text)
    verb.release()
    await asyncio.to_thread(start.join)

    assert await asyncio.to_thread(schema_is_current, settings.resolved_database_url, data_folder=folder)
    assert caplog.text.count("waiting") == 1


async def test_a_start_waits_for_a_verb_that_came_before_it_opened_the_database(
    settings: Settings, folder: Path, caplog: pytest.LogCaptureFixture
) -> None:
    await asyncio.to_thread(ensure_current, settings.resolved_database_url, data_folder=folder)
    verb = take_lock(folder / "limner.db")
    opening = asyncio.create_task(open_database_of(settings, is_patient=True))
    await until(lambda: "waiting" in caplog.text)
    assert not opening.done()
    verb.release()
    database = await opening
    await database.close()

    take_lock(folder / "limner.db").release()


def test_after_its_patience_it_is_refused_and_says_for_how_long_it_has_waited(folder: Path) -> None:
    now_s = 100.0
    waiting = Patience(PATIENCE_S, lambda: now_s)
    verb = take_lock(folder / "limner.db")
    error = in_use(folder / "limner.db")
    waiting.bear(error)
    now_s += PATIENCE_S - 1
    waiting.bear(error)
    now_s += 1
    with pytest.raises(StartError, match=r"in use by Limner .* has waited 20 s for it\.") as caught:
        waiting.bear(error)
    verb.release()

    assert (caught.value.code, caught.value.fields) == (error.code, error.fields)


def test_a_bot_that_runs_is_not_waited_for(folder: Path) -> None:
    lock = take_lock(folder / "limner.db")
    with closing(socket.socket(socket.AF_UNIX)) as listener:
        listener.bind(str(socket_of(folder / "limner.db")))
        listener.listen()
        with pytest.raises(StartError, match="stop that process first"):
            Patience(PATIENCE_S).bear(in_use(folder / "limner.db"))
    lock.release()


def test_whatever_else_is_wrong_is_said_at_once() -> None:
    with pytest.raises(StartError, match="broken"):
        Patience(PATIENCE_S).bear(StartError("database_broken", "It is broken."))
