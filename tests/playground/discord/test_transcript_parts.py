"""The transcript's files: turned over when full, read as one, and found again after a restart or a kill."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from playground.discord.clock import Clock
from playground.discord.transcript import Transcript
from playground.discord.transcript_parts import INDEX_EVERY

LINE_BYTES = 150


@pytest.fixture
def writer() -> Iterator[ThreadPoolExecutor]:
    with ThreadPoolExecutor(1) as pool:
        yield pool


def opened(folder: Path, writer: ThreadPoolExecutor, lines: int) -> Transcript:
    """Return the transcript of a folder whose files take about so many lines each."""
    return Transcript(folder / "transcript.jsonl", Clock(), writer, part_max_bytes=lines * LINE_BYTES)


async def fill(transcript: Transcript, count: int) -> None:
    for _ in range(count):
        transcript.frame("in", "1", "session", '{"op":1}')
        await transcript.flush()


async def numbers(transcript: Transcript, after: int, limit: int) -> tuple[list[int], int]:
    entries, following = await transcript.read(after, limit)
    return [entry["n"] for entry in entries], following


async def test_reads_over_the_border_of_both_files(tmp_path: Path, writer: ThreadPoolExecutor) -> None:
    transcript = opened(tmp_path, writer, 10)
    await fill(transcript, 15)
    assert (tmp_path / "transcript.1.jsonl").exists()
    assert await numbers(transcript, 3, 10) == (list(range(4, 14)), 13)
    assert await numbers(transcript, 13, 10) == ([14, 15], 15)


async def test_begins_with_the_oldest_that_is_kept(tmp_path: Path, writer: ThreadPoolExecutor) -> None:
    transcript = opened(tmp_path, writer, 10)
    await fill(transcript, 100)
    everything, following = await numbers(transcript, 0, 1000)
    assert following == 100
    assert everything == list(range(everything[0], 101))
    assert everything[0] > 50
    assert await numbers(transcript, 1, 1) == ([everything[0]], everything[0])


async def test_goes_on_counting_after_a_restart(tmp_path: Path, writer: ThreadPoolExecutor) -> None:
    before = opened(tmp_path, writer, 10)
    await fill(before, 25)
    kept = await numbers(before, 0, 100)
    after = opened(tmp_path, writer, 10)
    assert await numbers(after, 0, 100) == kept
    await fill(after, 1)
    assert await numbers(after, 25, 100) == ([26], 26)


async def test_goes_on_counting_where_a_kill_left_no_newest_file(
    tmp_path: Path, writer: ThreadPoolExecutor
) -> None:
    await fill(opened(tmp_path, writer, 1_000), 5)
    (tmp_path / "transcript.jsonl").rename(tmp_path / "transcript.1.jsonl")
    after = opened(tmp_path, writer, 1_000)
    await fill(after, 1)
    assert await numbers(after, 0, 100) == ([1, 2, 3, 4, 5, 6], 6)


async def test_drops_the_line_that_a_kill_cut_short(tmp_path: Path, writer: ThreadPoolExecutor) -> None:
    await fill(opened(tmp_path, writer, 1_000), 3)
    with (tmp_path / "transcript.jsonl").open("a") as file:
        file.write('{"n":4,"at":')
    after = opened(tmp_path, writer, 1_000)
    await fill(after, 1)
    assert await numbers(after, 0, 100) == ([1, 2, 3, 4], 4)


async def test_finds_an_entry_far_into_a_file(tmp_path: Path, writer: ThreadPoolExecutor) -> None:
    transcript = opened(tmp_path, writer, 10_000)
    for _ in range(3 * INDEX_EVERY):
        transcript.frame("in", "1", "session", '{"op":1}')
    after = 2 * INDEX_EVERY + 7
    assert await numbers(transcript, after, 2) == ([after + 1, after + 2], after + 2)


async def test_an_after_beyond_the_end_is_the_end(tmp_path: Path, writer: ThreadPoolExecutor) -> None:
    transcript = opened(tmp_path, writer, 10)
    assert await numbers(transcript, 5, 10) == ([], 0)
    await fill(transcript, 2)
    assert await numbers(transcript, 99, 10) == ([], 2)
