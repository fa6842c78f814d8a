"""`bot.py restore`: put a copy in the place of the database, while Limner is stopped; nothing of it is sent again."""

import argparse
import asyncio
import sys
from pathlib import Path
from typing import Final

from cli.control import check_there_is_one
from db.dialects import life
from db.dialects.lock import locked
from db.dialects.place import find_place
from db.dialects.witness import DONE, set_mark
from db.engine import open_database
from db.migrations import schema_is_current
from db.upkeep.backup import put_back
from services.backups import bring_pictures_back
from services.errors import LimnerError, StartError
from services.key_rotation import refuse_beside_living_workers
from services.opened_store import address_of
from services.settings import Settings, load_settings

NEXT_START: Final = (
    "At the next start nothing of it is sent again: what stood in line is ended with a sentence for its owners, and "
    "orders that are at image services are asked after there."
)
POSTGRESQL: Final = (
    "The database is PostgreSQL: stop every process of Limner, restore with pg_restore, then run "
    "`python bot.py restore --mark` and start."
)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="bot.py restore", description=__doc__)
    parser.add_argument("file", nargs="?", type=Path, metavar="FILE", help="the copy")
    parser.add_argument(
        "--mark",
        action="store_true",
        help="the database was restored by other means (pg_restore, a snapshot): say so before the start",
    )
    return parser


def _restore(settings: Settings, copy: Path) -> None:
    file = find_place(settings.resolved_database_url, settings.data_folder).file
    if file is None:
        raise StartError("not_sqlite", POSTGRESQL)
    with locked(file):
        aside = put_back(copy.absolute(), file)
        folder = address_of(settings).folder
        images = 0 if folder is None else bring_pictures_back(copy.absolute(), folder.resolve())
    print(f"{file} is {copy} now. {NEXT_START}")
    if aside is not None:
        print(f"What was there lies in {aside}: delete it when you are sure.")
    if images:
        print(f"{images} pictures of the copy are in place.")


async def _mark_postgresql(settings: Settings) -> None:
    database = await open_database(settings.resolved_database_url, data_folder=None)
    try:
        await refuse_beside_living_workers(database)
        await database.write(life.mark_copy)
    finally:
        await database.close()


def _mark(settings: Settings) -> None:
    file = check_there_is_one(settings).file
    if file is not None:
        with locked(file):
            set_mark(file, DONE)
    else:
        schema_is_current(settings.resolved_database_url)
        asyncio.run(_mark_postgresql(settings))
    print(f"The database counts as restored. {NEXT_START}")


def main(argv: list[str]) -> int:
    """Return 0 once the copy is in place, 2 with the reason on stderr; then the database is what it was."""
    parser = _parser()
    arguments = parser.parse_args(argv)
    if (arguments.file is None) is not arguments.mark:
        parser.error("name the copy, or say --mark")
    try:
        settings = load_settings()
        if arguments.mark:
            _mark(settings)
        else:
            _restore(settings, arguments.file)
    except LimnerError as error:
        print(error, file=sys.stderr)
        return 2
    return 0
