"""What the guard of brought pictures costs beside decoding and encoding them without any, and what bombs take.

Bare is what a bot does that trusts its users: Pillow's decode, the picture upright and no longer than 2048 px, Pillow's
JPEG. The same by libvips in the bot's own process stands in rows without an aim: nobody should do that to strangers.
"""

import asyncio
import io
import os
import random
import statistics
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Final

import pyvips
from PIL import Image, ImageOps

from benchmarks.table import Row
from services.images.cleaning import clean
from services.images.decode_process import CLEAN_QUALITY, CLEAN_SIDE_PX
from services.images.decoders import CLEANERS, DECODERS
from services.images.formats import MalformedImage
from tests.services.images.bad_files import png_of
from tests.services.images.bombs import huge_in_memory, huge_in_work

_TIMES: Final = 15
_LOOK_EVERY_S: Final = 0.001
_MB: Final = 1_000_000

Work = Callable[[bytes], object]


async def measure() -> list[Row]:
    """Return median times in ms for pictures of people, and the most memory in MB that any bomb took."""
    return await asyncio.to_thread(_measure)


def _measure() -> list[Row]:
    rows = [row for name, data in _pictures().items() for row in _times(name, data)]
    return [*rows, _memory()]


def _times(name: str, data: bytes) -> Iterator[Row]:
    guard, pillow, vips = _medians_ms(data, clean, _by_pillow, _by_vips)
    yield Row(f"upload guard, {name}", guard, "ms", f"bare {pillow:.1f} ms", guard / pillow, "<= 1.3")
    yield Row(f"upload guard, {name}", guard, "ms", f"libvips in the bot {vips:.1f} ms", guard / vips)


def _medians_ms(data: bytes, *works: Work) -> list[float]:
    """Return each one's median; they take turns, so that all see the same machine."""
    took: list[list[float]] = [[] for _ in works]
    for _ in range(_TIMES):
        for work, times in zip(works, took, strict=True):
            start = time.perf_counter()
            work(data)
            times.append((time.perf_counter() - start) * 1000)
    return [statistics.median(times[1:]) for times in took]  # the first call loads the library


def _by_pillow(data: bytes) -> bytes:
    with Image.open(io.BytesIO(data), formats=("JPEG", "PNG", "WEBP")) as opened:
        picture = ImageOps.exif_transpose(opened).convert("RGB")
        picture.thumbnail((CLEAN_SIDE_PX, CLEAN_SIDE_PX))
        written = io.BytesIO()
        picture.save(written, "JPEG", quality=CLEAN_QUALITY)
    return written.getvalue()


def _by_vips(data: bytes) -> bytes:
    pyvips.cache_set_max(0)
    picture = pyvips.Image.thumbnail_buffer(data, CLEAN_SIDE_PX, height=CLEAN_SIDE_PX, size="down")
    written: bytes = picture.jpegsave_buffer(Q=CLEAN_QUALITY, keep="none")
    return written


def _photo(width: int, height: int) -> Image.Image:
    """Return what compresses as photos do: soft forms with a little noise."""
    source = random.Random(1)
    small = Image.frombytes("RGB", (40, 30), source.randbytes(40 * 30 * 3))
    soft = small.resize((width, height), Image.Resampling.BICUBIC)
    return Image.blend(soft, Image.effect_noise((width, height), 60).convert("RGB"), 0.1)


def _encoded(picture: Image.Image, name: str, **options: object) -> bytes:
    written = io.BytesIO()
    picture.save(written, name, **options)
    return written.getvalue()


def _pictures() -> Mapping[str, bytes]:
    phone, small = _photo(4032, 3024), _photo(1024, 1024)
    return {
        "a phone's photo of 12 MP": _encoded(phone, "JPEG", quality=90),
        "a JPEG of 1024 px": _encoded(small, "JPEG", quality=90),
        "a PNG of 1024 px": _encoded(small, "PNG"),
        "a WebP of 1024 px": _encoded(small, "WEBP", quality=90),
    }


def _bombs() -> Mapping[str, bytes]:
    plain = Image.new("RGB", (7680, 5200), (1, 2, 3))
    return {
        "9000 x 9000": png_of(9000, 9000),
        "20000 x 20000": png_of(20_000, 20_000),
        "PNG of 40 MP": png_of(8192, 4880),
        "PNG of 40 MP in 16 bits": png_of(8192, 4880, depth=16),
        "lossless WebP of 40 MP": _encoded(plain, "WEBP", lossless=True, method=0),
        "progressive JPEG of 40 MP": _encoded(plain, "JPEG", progressive=True),
        "JPEG of 240 MB": huge_in_memory(3),
        "JPEG of 320 MB": huge_in_memory(4),
        "JPEG of 883 scans": huge_in_work(),
    }


def _memory() -> Row:
    took = {name: _peak_mb(data) for name, data in _bombs().items()}
    worst = max(took, key=took.__getitem__)
    return Row(f"upload guard, most memory of {len(took)} bombs", took[worst], "MB", worst, limit="< 200 MB")


def _peak_mb(data: bytes) -> float:
    """Return by how much this process and its children together grow at most, from before any child has started."""
    CLEANERS.close()
    DECODERS.close()
    with _watching() as seen, suppress(MalformedImage):
        clean(data)
    return (max(seen) - seen[0]) / _MB


@contextmanager
def _watching() -> Iterator[list[int]]:
    """Give the resident bytes of all our processes, looked at all the time; the first is that of the beginning."""
    seen, done = [_resident_bytes()], threading.Event()

    def watch() -> None:
        while not done.wait(_LOOK_EVERY_S):
            seen.append(_resident_bytes())

    watcher = threading.Thread(target=watch)
    watcher.start()
    try:
        yield seen
    finally:
        done.set()
        watcher.join()


def _resident_bytes() -> int:
    """Return what this process and its decoders have in memory. Source: proc(5), statm, children; elsewhere 0."""
    here = Path("/proc/self")
    total = _resident_of(here)
    for children in (here / "task").glob("*/children"):
        with suppress(OSError):  # a thread that has ended
            total += sum(map(_resident_of, map(Path("/proc").joinpath, children.read_text("ascii").split())))
    return total


def _resident_of(process: Path) -> int:
    try:
        # A child that is no decoder yet shares all of its parent's memory.
        if process.name != "self" and b"decode_process" not in (process / "cmdline").read_bytes():
            return 0
        return int((process / "statm").read_text("ascii").split()[1]) * os.sysconf("SC_PAGE_SIZE")
    except (OSError, IndexError):
        return 0
