"""How much room is left on the disks that pictures and rows are kept on."""

import asyncio
import logging
import shutil
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from services.errors import StorageError

log = logging.getLogger(__name__)

LOW_SHARE: Final = 0.1
"""Under this share of a disk it is time to tell somebody."""
FRESH_S: Final = 2.0
"""How long what was measured is taken to hold."""


@dataclass(frozen=True, slots=True)
class Space:
    """The disk of one folder, in bytes; `free_bytes` is what an ordinary user may still write."""

    folder: Path
    total_bytes: int
    free_bytes: int

    @property
    def is_low(self) -> bool:
        """Return whether less than a tenth is free."""
        return self.free_bytes < self.total_bytes * LOW_SHARE


class Room:
    """Measures the disks of some folders, at most every 2 s. Without folders there is always room."""

    def __init__(self, folders: Sequence[Path] = (), *, min_free_bytes: int = 0) -> None:
        """Watch the disks of `folders`; with less than `min_free_bytes` nothing new is taken on."""
        self._folders = tuple(folders)
        self._min_free_bytes = min_free_bytes
        self._measuring = asyncio.Lock()
        self._measured: tuple[Space, ...] = ()
        self._measured_at_s = -FRESH_S

    async def spaces(self) -> tuple[Space, ...]:
        """Return each folder's disk; one that cannot be measured is left out."""
        if self._is_old():
            # One of those who come at the same moment measures for all of them.
            async with self._measuring:
                if self._is_old():
                    self._measured = await asyncio.to_thread(_measure, self._folders)
                    self._measured_at_s = time.monotonic()
        return self._measured

    def _is_old(self) -> bool:
        return bool(self._folders) and time.monotonic() - self._measured_at_s >= FRESH_S

    async def low(self) -> tuple[Space, ...]:
        """Return the disks with less than a tenth free."""
        return tuple(space for space in await self.spaces() if space.is_low)

    async def is_full(self) -> bool:
        """Return whether a disk has less free than the floor under which nothing new is taken on."""
        return any(space.free_bytes < self._min_free_bytes for space in await self.spaces())

    async def check(self) -> None:
        """Raise StorageError("disk_full") where nothing new may be taken on."""
        if await self.is_full():
            raise StorageError("disk_full", f"less than {self._min_free_bytes} bytes are free")


def _measure(folders: Sequence[Path]) -> tuple[Space, ...]:
    spaces = []
    for folder in folders:
        try:
            usage = shutil.disk_usage(_nearest(folder))
        except OSError as error:
            log.warning("the disk of %s cannot be measured: %s", folder, error)
            continue
        spaces.append(Space(folder, usage.total, usage.free))
    return tuple(spaces)


def _nearest(folder: Path) -> Path:
    """Return the folder, or the nearest one above it that exists already."""
    absolute = folder.absolute()
    return next(each for each in (absolute, *absolute.parents) if each.exists())
