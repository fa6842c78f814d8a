"""`bot.py backup`: a checked copy of the SQLite database, also while the bot runs; with its pictures on request."""

import argparse
import sys
from pathlib import Path
from typing import Final

from cli.control import BACKUP_WITHIN_S, ask
from services.errors import StartError
from services.models import JsonValue
from services.settings import load_settings

POSTGRESQL: Final = (
    "The database is PostgreSQL, which is copied with its own tools. Nothing was done; run:\n\n"
    "  pg_dump --format=custom --file=limner.dump DATABASE\n\n"
    "and copy the image store apart. Before you start Limner on a restored database: python bot.py restore --mark"
)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="bot.py backup", description=__doc__)
    parser.add_argument(
        "file",
        nargs="?",
        type=Path,
        metavar="FILE",
        help="the copy (otherwise a new one in LIMNER_DATA/backups)",
    )
    parser.add_argument(
        "--images", action="store_true", help="also hard links to the pictures (copies, on another disk)"
    )
    parser.add_argument(
        "--keep",
        type=int,
        default=0,
        metavar="N",
        help="delete all but the newest N copies in LIMNER_DATA/backups",
    )
    return parser


def _said(made: JsonValue) -> str:
    """Return what was made, in words."""
    if not isinstance(made, dict):
        return str(made)
    lines = [f"{made['file']}: whole, {made['size_bytes']} bytes, {made['rows']} rows, {made['jobs']} jobs."]
    if made["linked"] or made["missing"]:
        lines.append(f"{made['linked']} of {made['pictures']} pictures are linked in {made['file']}.images.")
    else:
        lines.append(
            f"{made['pictures']} pictures are listed in {made['file']}.pictures; their files are not in it."
        )
    removed = made["removed"]
    lines += [f"deleted: {each}" for each in removed] if isinstance(removed, list) else []
    lines.append("The master key is not in it: keep that apart, or what is sealed cannot be opened.")
    return "\n".join(lines)


def main(argv: list[str]) -> int:
    """Return 0 once the copy is whole and checked, 2 with the reason on stderr."""
    arguments = _parser().parse_args(argv)
    try:
        if load_settings().is_postgresql:
            print(POSTGRESQL, file=sys.stderr)
            return 2
        # The bot's own folder may be another one than the one this is typed in.
        file = "" if arguments.file is None else str(arguments.file.absolute())
        asked = {"file": file, "images": arguments.images, "keep": max(arguments.keep, 0)}
        print(_said(ask("backup", asked, within_s=BACKUP_WITHIN_S)))
    except StartError as error:
        print(error, file=sys.stderr)
        return 2
    return 0
