"""`bot.py keys`: count the keys that people brought, and give the service another master key."""

import argparse
import asyncio
import sys
from collections.abc import Awaitable, Callable, Sequence
from typing import Final

from cli.control import check_there_is_one
from db.dialects.lock import locked
from db.engine import Database, open_database
from db.migrations import schema_is_current
from db.people import provider_keys
from db.people.provider_keys import KeyCount
from db.pictures import uploads
from db.pictures.uploads import FaceCount
from services import key_rotation
from services.crash_points import crash_point
from services.errors import LimnerError, StartError
from services.master_key_file import (
    exchange_key_file,
    key_file_of,
    make_key_file,
    master_key_of,
    new_file_of,
    old_file_of,
    read_key_file,
)
from services.secrets import MasterKey
from services.settings import Settings, load_settings

_NO_OLD_KEY: Final = (
    "The master key is in LIMNER_MASTER_KEY, which only you can change. Make a new one (openssl rand -base64 32), set "
    "LIMNER_OLD_MASTER_KEY to the key so far and LIMNER_MASTER_KEY to the new one, start Limner with both, and run "
    "this again."
)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="bot.py keys", description=__doc__)
    verbs = parser.add_subparsers(dest="verb", required=True)
    verbs.add_parser("list", help="count people's keys by provider, owner and master key; shows no key")
    verbs.add_parser("rotate", help="seal people's keys with a new master key; can be repeated after any end")
    return parser


async def _list(settings: Settings, database: Database) -> None:
    current = master_key_of(settings)
    counts = await database.read(provider_keys.count_keys)
    photos = await database.read(uploads.count_faces)
    for line in [*table_of(counts, current), *photos_of(photos, current)]:
        print(line)


def photos_of(counts: Sequence[FaceCount], current: MasterKey) -> list[str]:
    """Return the lines that tell how many photos are sealed, and which master key seals them."""
    return [f"{'photos':<21} {each.count} kept{_seal(each.master_key_id, current)}" for each in counts]


def table_of(counts: Sequence[KeyCount], current: MasterKey) -> list[str]:
    """Return the lines that tell how many keys there are, and which master key seals them."""
    lines = [f"master key: {current.id}"]
    if not counts:
        return [*lines, "No keys: nobody has brought one."]
    for count in counts:
        seal = _seal(count.master_key_id, current)
        removed = f", {count.removed} removed" if count.removed else ""
        lines.append(f"{count.provider:<12} {count.owner.value:<8} {count.in_use} in use{removed}{seal}")
    return lines


def _seal(master_key_id: str, current: MasterKey) -> str:
    """Return which master key seals something, and whether it is known; "" for the current one."""
    if master_key_id == current.id:
        return ""
    is_known = current.with_id(master_key_id) is not None
    named = "an old one that is still here" if is_known else "WHICH IS NOT HERE"
    return f"  (sealed with {master_key_id}, {named})"


async def _rotate(settings: Settings, database: Database) -> None:
    has_old = settings.old_master_key is not None or settings.old_master_key_file is not None
    if has_old:
        await _rotate_to_setting(settings, database)
    elif settings.master_key is not None:
        raise StartError("no_old_master_key", _NO_OLD_KEY)
    else:
        await _rotate_file(settings, database)


async def _rotate_to_setting(settings: Settings, database: Database) -> None:
    """Seal with the key that is set now what the old one sealed."""
    current = master_key_of(settings)
    changed = await key_rotation.rotate(database, current, current)
    print(
        f"{changed} keys are now sealed with the master key {current.id}. Keep the old one set for a day, for the "
        "answers and webhooks that are under way; then remove LIMNER_OLD_MASTER_KEY and LIMNER_OLD_MASTER_KEY_FILE."
    )


async def _rotate_file(settings: Settings, database: Database) -> None:
    """Make a new key beside the file's, seal with it, and put it in the file's place."""
    file = key_file_of(settings)
    await key_rotation.refuse_beside_living_workers(database)
    with locked(file):
        opening = master_key_of(settings)
        make_key_file(new_file_of(file))
        sealing = read_key_file(new_file_of(file))
        changed = await key_rotation.rotate(database, opening, sealing)
        crash_point("rotate.all_done")
        exchange_key_file(file)
    print(
        f"{file} holds a new master key, {sealing.id}; {changed} keys were sealed with it. The old key is in "
        f"{old_file_of(file)}, for the answers and webhooks that are under way: delete that file after a day, or at "
        "once if the old key has become known to others."
    )


async def _with_database(settings: Settings, work: Callable[[Settings, Database], Awaitable[None]]) -> None:
    database = await open_database(settings.resolved_database_url, data_folder=settings.data_folder)
    try:
        await work(settings, database)
    finally:
        await database.close()


def main(argv: list[str]) -> int:
    """Return 0, or 2 with the reason on stderr."""
    arguments = _parser().parse_args(argv)
    try:
        settings = load_settings()
        check_there_is_one(settings)
        if not schema_is_current(settings.resolved_database_url, data_folder=settings.data_folder):
            raise StartError(
                "schema_not_current", "The database has another schema: run bot.py migrate first."
            )
        asyncio.run(_with_database(settings, _list if arguments.verb == "list" else _rotate))
    except LimnerError as error:
        print(error, file=sys.stderr)
        return 2
    return 0
