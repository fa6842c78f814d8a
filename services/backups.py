"""Backups of the service's own data: a checked copy of the database, and beside it what is needed for its pictures.

    limner-20260102-030405.db            the database, one file
    limner-20260102-030405.db.pictures   SHA-256 and size in bytes of every picture that it knows, a line each
    limner-20260102-030405.db.images/    hard links to the pictures' files, where they were asked for

A hard link takes no room until the picture is deleted; then it is what keeps it. Old copies keep what people deleted.
"""

import asyncio
import errno
import os
import shutil
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from db.upkeep.backup import Copied, make_copy
from services.errors import StartError

FOLDER: Final = "backups"
_NAMES: Final = "limner-*.db"


@dataclass(frozen=True, slots=True)
class Plan:
    """What is to be backed up, and where. `images` is the pictures' folder, None where they stay where they are.

    `keep` is how many copies of the data folder's `backups` are kept, this one included; 0 keeps all.
    """

    database: Path
    target: Path
    images: Path | None = None
    keep: int = 0


@dataclass(frozen=True, slots=True)
class BackedUp:
    """What was made, and which older copies were deleted for it."""

    file: Path
    copied: Copied
    linked: int
    missing: int
    removed: tuple[Path, ...]


def new_name(data_folder: Path) -> Path:
    """Return where a backup goes that nobody named."""
    return data_folder / FOLDER / f"limner-{datetime.now(UTC):%Y%m%d-%H%M%S}.db"


def pictures_of(copy: Path) -> Path:
    """Return where the list of a copy's pictures lies."""
    return copy.with_name(f"{copy.name}.pictures")


def images_of(copy: Path) -> Path:
    """Return where a copy's links to its pictures lie."""
    return copy.with_name(f"{copy.name}.images")


def _link(source: Path, target: Path) -> bool:
    """Give a picture's file a second name, or copy it to another disk; False where it is not there."""
    target.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    try:
        os.link(source, target)
    except FileExistsError:
        return True
    except FileNotFoundError:
        return False
    except OSError as error:
        if error.errno not in {errno.EXDEV, errno.EPERM, errno.EMLINK, errno.ENOTSUP}:
            raise
        shutil.copy2(source, target)
    return True


def _link_all(digests: Sequence[str], source: Path, target: Path) -> int:
    """Link the files of these pictures from one folder to another and return how many were there."""
    names = [Path(digest[:2]) / digest[2:4] / digest for digest in digests]
    return sum(_link(source / name, target / name) for name in names)


def _remove_old(made: Path, keep: int) -> tuple[Path, ...]:
    # Never the one just made: where the clock was set back, others bear later names.
    others = sorted((each for each in made.parent.glob(_NAMES) if each != made), reverse=True)
    old = others[keep - 1 :] if keep else []
    for copy in old:
        copy.unlink()
        pictures_of(copy).unlink(missing_ok=True)
        shutil.rmtree(images_of(copy), ignore_errors=True)
    return tuple(old)


def _back_up(plan: Plan) -> BackedUp:
    copied = make_copy(plan.database, plan.target)
    digests = [digest for digest, _ in copied.pictures]
    lines = "".join(f"{digest} {size}\n" for digest, size in copied.pictures)
    listed = pictures_of(plan.target)
    listed.touch(mode=0o600)
    listed.write_text(lines, "ascii")
    linked = 0 if plan.images is None else _link_all(digests, plan.images, images_of(plan.target))
    missing = 0 if plan.images is None else len(digests) - linked
    is_ours = plan.target.parent.name == FOLDER and plan.target.match(_NAMES)
    removed = _remove_old(plan.target, plan.keep) if is_ours else ()
    return BackedUp(plan.target, copied, linked, missing, removed)


async def back_up(plan: Plan) -> BackedUp:
    """Make a backup while the service may be running. Raises StartError with what went wrong; then nothing is left."""
    try:
        return await asyncio.to_thread(_back_up, plan)
    except OSError as error:
        raise StartError("backup_failed", f"{error.filename}: {error.strerror}.") from error


def bring_pictures_back(copy: Path, images: Path) -> int:
    """Link the pictures that lie with a copy into the service's folder and return how many of them are there now."""
    source = images_of(copy)
    if not source.is_dir():
        return 0
    digests = [file.name for file in source.glob("??/??/*")]
    return _link_all(digests, source, images)
