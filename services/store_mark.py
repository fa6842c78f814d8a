"""The mark of the folder with the pictures: a random word in a file there, and in the database.

A setting cannot say whether the folder of one machine is that of another. The mark can: a process that finds another
one, or none where the others have one, would find none of their pictures, and its daily walk would take theirs for
files that nobody needs.
"""

import asyncio
import logging
import os
import secrets
from contextlib import suppress
from pathlib import Path
from typing import Final

from db.dialects import life
from db.engine import Database
from db.upkeep import checkup
from services.durable import sync_folder
from services.errors import StartError
from services.images.store import key_of

log = logging.getLogger(__name__)

FILE: Final = "limner-store-mark"
MOST_CHARACTERS: Final = 64
PICTURES_LOOKED_AT: Final = 20


def read_mark(folder: Path) -> str:
    """Return the mark of a folder, "" where it has none. Raises OSError."""
    try:
        return (folder / FILE).read_text("ascii", errors="replace").strip()[:MOST_CHARACTERS]
    except FileNotFoundError:
        return ""


def set_mark(folder: Path, mark: str) -> str:
    """Give a folder a mark unless it has one; return the one that it has. Raises OSError."""
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    whole = folder / f"{FILE}.{secrets.token_hex(8)}"
    try:
        with whole.open("x", encoding="ascii") as file:
            file.write(f"{mark}\n")
            file.flush()
            os.fsync(file.fileno())
        if (folder / FILE).exists() and not read_mark(folder):
            whole.replace(folder / FILE)
        else:
            # Never half written, and never over another process's.
            with suppress(FileExistsError):
                os.link(whole, folder / FILE)
    finally:
        whole.unlink(missing_ok=True)
    sync_folder(folder)
    return read_mark(folder)


def _refuse(folder: Path, found: str, expected: str) -> StartError:
    what = "has no mark" if not found else "bears another mark"
    message = (
        f"The folder of pictures {folder} is not the one of this database: it {what}. Every process must have the same "
        "folder: name it in IMAGE_STORE_URL, share it, or use an S3-compatible store. If this is the right one, moved "
        f"or restored, write its mark: echo {expected} > '{folder / FILE}'"
    )
    return StartError("image_folder_not_shared", message, folder=str(folder))


async def _lacks_the_pictures(database: Database, folder: Path) -> bool:
    """Return whether there are pictures, and a folder has not one of the newest. Raises OSError, StorageError."""
    newest = await database.read(checkup.newest_digests, PICTURES_LOOKED_AT)
    files = [folder / key_of(digest) for _, digest in newest]
    return bool(files) and not await asyncio.to_thread(lambda: any(file.exists() for file in files))


async def _mark_of(database: Database, folder: Path) -> str:
    """Return the mark that the folder and the database have in common, "" where none is given to this folder.

    Raises StartError, OSError, StorageError.
    """
    known, found = await database.read(life.read_store_mark), await asyncio.to_thread(read_mark, folder)
    if known is None:
        if not found and database.dialect == "postgresql" and await _lacks_the_pictures(database, folder):
            # A first start beside pictures from before marks: `doctor` on a machine that has no folder of theirs
            # must not become what every worker is measured by.
            return ""
        # The folder first: another process that starts at this moment must find there what the database says.
        found = found or await asyncio.to_thread(set_mark, folder, secrets.token_hex(16))
        known = await database.write(life.claim_store_mark, found)
    elif not found and database.dialect == "sqlite":
        log.info("the folder of pictures %s has no mark: it is taken for this database's", folder)
        found = await asyncio.to_thread(set_mark, folder, known)
    if found != known:
        raise _refuse(folder, found, known)
    return known


async def check_store_mark(database: Database, folder: Path) -> None:
    """Make sure that a folder of pictures is the one of this database; the first start gives both their mark.

    Raises StartError("image_folder_not_shared") where it is another one, or where it has no mark although others of
    several processes know one. Where there is no room for the mark, a later start writes it; so it does where one of
    several processes has none of the pictures that there are.
    """
    try:
        mark = await _mark_of(database, folder)
    except OSError as error:
        log.warning("the mark of %s cannot be looked at: %s", folder, error)
        return
    if not mark:
        log.warning("the folder %s has none of the newest pictures: is it the one of all processes?", folder)
        return
    if database.dialect == "postgresql":
        text = "pictures are kept in the folder %s (mark %s): every process must have this same folder"
        log.info(text, folder, mark[:8])
