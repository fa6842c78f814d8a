"""The mark by which a database knows the folder of its pictures, on both databases."""

import asyncio
import logging
from pathlib import Path

import pytest

from db.dialects import life
from db.engine import Database
from services.errors import StartError
from services.images.folder_store import FolderStore
from services.store_mark import FILE, check_store_mark, read_mark, set_mark
from tests.services.finished import ordered
from tests.services.studio import Studio

ON_POSTGRESQL = pytest.mark.parametrize(
    "database_url", [pytest.param("postgresql", marks=pytest.mark.postgres)], indirect=True
)
ON_SQLITE = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)


async def test_the_first_start_marks_the_folder_and_the_next_ones_know_it(
    database: Database, tmp_path: Path
) -> None:
    here = tmp_path / "images"
    await asyncio.gather(*(check_store_mark(database, here) for _ in range(5)))
    await check_store_mark(database, here)

    assert read_mark(here) == await database.read(life.read_store_mark)
    assert [path.name for path in here.iterdir()] == [FILE]
    assert await FolderStore(here).list_files("", 10) == []


async def test_a_folder_that_belongs_to_another_database_is_refused_with_what_to_do(
    database: Database, tmp_path: Path
) -> None:
    here, elsewhere = tmp_path / "here", tmp_path / "elsewhere"
    await check_store_mark(database, here)
    set_mark(elsewhere, "another")
    with pytest.raises(StartError, match="bears another mark") as caught:
        await check_store_mark(database, elsewhere)

    # What the sentence says lets it start.
    (elsewhere / FILE).write_text(str(caught.value).partition("echo ")[2].split()[0] + "\n")
    await check_store_mark(database, elsewhere)


@ON_POSTGRESQL
async def test_a_machine_with_a_folder_of_its_own_is_refused_beside_others(
    database: Database, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.INFO):
        await check_store_mark(database, tmp_path / "here")
    assert "every process must have this same folder" in caplog.text
    with pytest.raises(StartError, match="has no mark") as caught:
        await check_store_mark(database, tmp_path / "there")

    assert caught.value.code == "image_folder_not_shared"


async def test_a_folder_without_the_pictures_that_there_are_is_not_what_others_are_measured_by(
    studio: Studio, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    database, theirs = studio.context.database, tmp_path / "theirs"
    picture = await ordered(studio)
    file = FolderStore(theirs).path_of(picture.digest)
    file.parent.mkdir(parents=True)
    file.write_bytes(await studio.context.store.get(picture.digest))
    await check_store_mark(database, tmp_path / "empty")

    if database.dialect == "postgresql":
        assert "has none of the newest pictures" in caplog.text
        assert await database.read(life.read_store_mark) is None
        await check_store_mark(database, theirs)
        assert read_mark(theirs) == await database.read(life.read_store_mark) != ""
    else:
        assert read_mark(tmp_path / "empty") == await database.read(life.read_store_mark)


@ON_SQLITE
async def test_a_folder_that_came_back_without_its_mark_is_taken_where_there_is_one_process(
    database: Database, tmp_path: Path
) -> None:
    await check_store_mark(database, tmp_path / "images")
    mark = read_mark(tmp_path / "images")
    (tmp_path / "images" / FILE).unlink()
    await check_store_mark(database, tmp_path / "images")

    assert read_mark(tmp_path / "images") == mark


async def test_a_new_database_takes_the_mark_of_the_folder_that_is_there(
    database: Database, tmp_path: Path
) -> None:
    set_mark(tmp_path, "from-before")
    await check_store_mark(database, tmp_path)

    assert await database.read(life.read_store_mark) == "from-before"


async def test_an_empty_mark_is_none(database: Database, tmp_path: Path) -> None:
    (tmp_path / FILE).touch()
    await check_store_mark(database, tmp_path)

    assert read_mark(tmp_path) == await database.read(life.read_store_mark) != ""


async def test_a_folder_that_cannot_be_written_stops_nobody(
    database: Database, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    (tmp_path / "images").touch()
    await check_store_mark(database, tmp_path / "images")

    assert "cannot be looked at" in caplog.text
    assert await database.read(life.read_store_mark) is None
