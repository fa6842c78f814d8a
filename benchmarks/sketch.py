"""How fast the sketch painter is, and how much it holds up the event loop while eight people wait for one."""

import asyncio
import os
import random
import statistics
import time
from collections.abc import Callable
from functools import partial
from typing import Final

from benchmarks.table import Row
from services.models import DrawnFeature, Face
from services.providers.sketch.known import KNOWN
from services.providers.sketch.raster import encode
from services.providers.sketch.svg import draw_sketch

_COUNT: Final = 40
_AT_ONCE: Final = 8
_ROUNDS: Final = 4
_TICK_S: Final = 0.001


async def measure() -> list[Row]:
    """Return median drawing and encoding times in ms, the text's size, and the loop's lag at the 99th percentile."""
    faces = [_random_face(seed) for seed in range(_COUNT)]
    drawings = [draw_sketch(face, seed).svg for seed, face in enumerate(faces)]
    encode(drawings[0], image_format="jpeg")  # the first call loads the library
    draw_ms = _median_ms([partial(draw_sketch, face, seed) for seed, face in enumerate(faces)])
    encode_ms = _median_ms([partial(encode, svg, image_format="jpeg") for svg in drawings])
    size_kb = statistics.median(len(svg) / 1024 for svg in drawings)
    lag_ms = await _lag_p99_ms(faces)
    return [
        Row("sketch: features to SVG text, median", draw_ms, "ms"),
        Row("sketch: features to JPEG 1024 px, median", draw_ms + encode_ms, "ms", limit="< 110 ms"),
        Row("sketch: SVG text, median", size_kb, "KB"),
        Row("sketch: loop lag p99, eight painted at once", lag_ms, "ms", limit="< 20 ms"),
    ]


def _random_face(seed: int) -> Face:
    source = random.Random(seed)
    return tuple(DrawnFeature(key.category, key.name, source.choice(values)) for key, values in KNOWN.items())


def _median_ms(works: list[Callable[[], object]]) -> float:
    times = []
    for work in works:
        start = time.perf_counter()
        work()
        times.append((time.perf_counter() - start) * 1000)
    return statistics.median(times)


async def _lag_p99_ms(faces: list[Face]) -> float:
    """Return how late the loop wakes at the 99th percentile while pictures are painted in threads."""
    gate = asyncio.Semaphore(os.cpu_count() or 1)

    async def paint(seed: int, face: Face) -> None:
        async with gate:
            await asyncio.to_thread(_paint, face, seed)

    lags: list[float] = []
    watch = asyncio.create_task(_watch(lags))
    for turn in range(_ROUNDS):
        await asyncio.gather(*(paint(seed, faces[turn * _AT_ONCE + seed]) for seed in range(_AT_ONCE)))
    watch.cancel()
    return statistics.quantiles(lags, n=100)[98]


def _paint(face: Face, seed: int) -> bytes:
    return encode(draw_sketch(face, seed).svg, image_format="jpeg")


async def _watch(lags: list[float]) -> None:
    while True:
        start = time.perf_counter()
        await asyncio.sleep(_TICK_S)
        lags.append((time.perf_counter() - start - _TICK_S) * 1000)
