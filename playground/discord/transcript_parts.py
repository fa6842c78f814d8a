"""The files of a transcript: lines go to the newest; a full one becomes the one before, and what was that leaves."""

import json
from dataclasses import dataclass, field
from pathlib import Path

INDEX_EVERY = 500


@dataclass(slots=True, eq=False)
class Part:
    """One file of entries: the number of the first, and the byte offset of every `INDEX_EVERY`th in `marks`."""

    path: Path
    first: int = 1
    count: int = 0
    size: int = 0
    marks: list[int] = field(default_factory=lambda: [0])

    @property
    def last(self) -> int:
        """Return the number of the last entry, `first - 1` where there is none."""
        return self.first + self.count - 1

    def grow(self, length: int) -> None:
        """Count a line of that many bytes."""
        self.count += 1
        self.size += length
        if self.count % INDEX_EVERY == 0:
            self.marks.append(self.size)

    def start(self, after: int) -> tuple[Path, int, int]:
        """Return where reading begins: the file, an offset in bytes, and the lines to skip from there."""
        skipped = max(0, after + 1 - self.first)
        mark = skipped // INDEX_EVERY
        return self.path, self.marks[mark], skipped - mark * INDEX_EVERY


def found_part(path: Path, first: int) -> Part:
    """Return what a file holds; `first` counts for an empty one. A line that a kill cut short is removed."""
    part = Part(path, first)
    if not path.exists():
        return part
    with path.open("r+b") as lines:
        for line in lines:
            if not line.endswith(b"\n"):
                break
            if part.count == 0:
                part.first = json.loads(line)["n"]
            part.grow(len(line))
        lines.truncate(part.size)
    return part


def append(path: Path, size: int, chunk: bytes) -> None:
    """Write lines behind the `size` bytes that count: what a write that failed has left behind them goes."""
    with path.open("ab") as target:
        if target.tell() > size:
            target.truncate(size)
        target.write(chunk)


def turn_over(path: Path, before: Path) -> None:
    """Give a full file the place of the one before."""
    if path.exists():
        path.replace(before)


def read_lines(starts: list[tuple[Path, int, int]], limit: int) -> list[bytes]:
    """Return at most `limit` lines of the files, in the order given."""
    found: list[bytes] = []
    for path, offset, skipped in starts:
        if not path.exists():
            continue
        with path.open("rb") as source:
            source.seek(offset)
            for _ in range(skipped):
                source.readline()
            while len(found) < limit and (line := source.readline()):
                found.append(line)
    return found
