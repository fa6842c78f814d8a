"""`bot.py migrate`: bring the database to this version's schema, after a copy of a SQLite file."""

import argparse
import sys
from pathlib import Path

from db.dialects.place import find_place
from db.migrations import HEAD, ensure_current, schema_is_current
from services.errors import StartError
from services.settings import load_settings


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="bot.py migrate", description=__doc__)
    parser.add_argument(
        "--check", action="store_true", help="change nothing; exit code 1 when there is work to do"
    )
    parser.add_argument(
        "--database", metavar="URL", help="the database (otherwise DATABASE_URL, LIMNER_DATA)"
    )
    return parser


def _place(url: str | None) -> tuple[str, Path | None]:
    if url is not None:
        return url, None
    settings = load_settings()
    return settings.resolved_database_url, settings.data_folder.resolve()


def _migrate(url: str, data_folder: Path | None, *, is_check: bool) -> int:
    place = find_place(url, data_folder)
    if schema_is_current(url, data_folder=data_folder):
        print(f"{place}: the schema is current ({HEAD}).")
        return 0
    if is_check:
        print(f"{place}: the schema is not {HEAD} yet; run `python bot.py migrate`.")
        return 1
    ensure_current(url, data_folder=data_folder)
    print(f"{place}: the schema is now {HEAD}.")
    return 0


def main(argv: list[str]) -> int:
    """Return 0 when the schema is current, 1 when `--check` found work to do, 2 with the reason on stderr."""
    arguments = _parser().parse_args(argv)
    try:
        url, data_folder = _place(arguments.database)
        return _migrate(url, data_folder, is_check=arguments.check)
    except StartError as error:
        print(error, file=sys.stderr)
        return 2
