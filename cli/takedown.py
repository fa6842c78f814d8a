"""`bot.py takedown`: delete a picture wherever it is kept, and take it from nobody any more."""

import argparse
import hashlib
import json
import sys
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

from cli.control import ask, carry_out
from services.errors import StartError
from services.images.formats import MalformedImage
from services.models import JsonValue


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="bot.py takedown", description=__doc__)
    verbs = parser.add_subparsers(dest="verb", required=True)
    add = verbs.add_parser("add", help="take a picture down")
    add.add_argument(
        "picture", help="its code, its digest (SHA-256, 64 characters), or a file of it on this machine"
    )
    add.add_argument("--yes", action="store_true", help="do not ask")
    listed = verbs.add_parser("list", help="what was taken down")
    listed.add_argument("--json", action="store_true", help="as JSON")
    remove = verbs.add_parser("remove", help="let a picture be brought again; what was deleted stays so")
    remove.add_argument("digest")
    return parser


def _named(picture: str) -> tuple[list[str], list[str]]:
    """Return how a picture is named, and the codes in its stamp where it is a file. Raises StartError.

    Named it is by a code or digest as it is; a file by its digests. That of a result as Discord has it is another one
    than the stored file's, because it was stamped: what it is a copy of only its stamp says.
    """
    file = Path(picture)
    if not file.is_file():
        return [picture], []
    from services.images.cleaning import clean  # noqa: PLC0415 - its decoder is loaded for a file alone
    from services.images.metadata import read_codes  # noqa: PLC0415 - as above

    data = file.read_bytes()
    try:
        copy = clean(data).data
    except MalformedImage as error:
        raise StartError("bad_picture", f"{file} is no picture that anybody could bring: {error}") from error
    return [hashlib.sha256(each).hexdigest() for each in (copy, data)], list(read_codes(data))


def _confirm(named: list[str]) -> bool:
    """Ask; True where it is to be done."""
    print(f"Everything that is kept of {named[0]} is deleted, whoever has it, and cannot be brought back.")
    if not sys.stdin.isatty():
        raise StartError("not_confirmed", "Nothing was done: add --yes to do it without being asked.")
    return input("Do this? [y/N] ").strip().lower() in {"y", "yes"}


def _done(answer: Mapping[str, Any]) -> Iterator[str]:
    digests = answer["digests"]
    yield f"Taken down: {digests[0]}"
    yield from (f"       and: {digest}" for digest in digests[1:])
    yield (
        f"Deleted: {answer['uploads']} pictures that were brought, {answer['pictures']} that were made; "
        f"{answer['people']} people had them."
    )
    for code in answer["others"]:
        yield f"Its stamp says {code}, whose pixels are others, so that stays: bot.py takedown add {code} deletes it."
    if answer["messages"]:
        yield (
            "The bot takes it out of these messages within minutes, where Discord lets it; look, and delete those that "
            "still show it (channel, message):"
        )
    yield from (f"  {channel}  {message}" for channel, message in answer["messages"])


def _add(arguments: argparse.Namespace) -> None:
    named, stamped = _named(arguments.picture)
    if not arguments.yes and not _confirm(named):
        print("Nothing was done.")
        return
    answer = ask("takedown.add", {"named": list[JsonValue](named), "stamped": list[JsonValue](stamped)})
    print("\n".join(_done(answer)) if isinstance(answer, dict) else answer)


def _list(arguments: argparse.Namespace) -> None:
    found = ask("takedown.list", {})
    if arguments.json:
        print(json.dumps(found))
        return
    rows = [each for each in found if isinstance(each, dict)] if isinstance(found, list) else []
    for row in rows:
        added = datetime.fromtimestamp(int(str(row["added_at_ms"])) / 1000, UTC)
        print(f"{row['digest']}  since {added:%Y-%m-%d %H:%M} UTC")
    if not rows:
        print("Nothing is taken down.")


def _remove(arguments: argparse.Namespace) -> None:
    ask("takedown.remove", {"digest": arguments.digest.strip().lower()})
    print("It may be brought again. What was deleted stays deleted.")


_VERBS: Final = {"add": _add, "list": _list, "remove": _remove}


def main(argv: list[str]) -> int:
    """Return 0, or 2 with the reason on stderr."""
    return carry_out(_parser().parse_args(argv), _VERBS)
