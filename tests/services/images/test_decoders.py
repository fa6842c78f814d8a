"""Decoders in processes of their own: a bad picture costs one of them, and nothing else."""

import asyncio
import io
import os
import signal
import struct
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from PIL import Image

from services.errors import ProviderBroken, StorageError
from services.images import decoders, whole
from services.images.decoders import Decoded, DecodeLimits, DecoderEnded, Decoders
from services.images.formats import Flaw
from services.images.guard import inspect
from services.images.pixels import PixelWork
from services.images.whole import judge
from tests.services.images.bombs import huge_in_memory, huge_in_work
from tests.waiting import HANGS_AFTER_S, until

ROOT = Path(__file__).parent.parent.parent.parent
PATIENT = DecodeLimits(within_s=HANGS_AFTER_S)
MIB = 1024 * 1024


def picture(image_format: str, side_px: int = 64, **options: object) -> bytes:
    file = io.BytesIO()
    Image.effect_noise((side_px, side_px), 80).convert("RGB").save(file, image_format, **options)
    return file.getvalue()


@pytest.fixture
def pool(request: pytest.FixtureRequest) -> Iterator[Decoders]:
    opened = Decoders(getattr(request, "param", PATIENT))
    yield opened
    opened.close()


def with_limits(limits: DecodeLimits) -> pytest.MarkDecorator:
    return pytest.mark.parametrize("pool", [limits], indirect=True)


def state_of(pid: int) -> str:
    """Return the letter for a process's state, "Z" for one that is over and not yet looked after, "" for none."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except FileNotFoundError:
        return ""


@pytest.mark.parametrize("image_format", ["PNG", "JPEG", "WEBP"])
def test_a_picture_is_decoded_in_another_process_which_is_kept(pool: Decoders, image_format: str) -> None:
    at_first = pool.spare_pids
    found = [pool.decode(picture(image_format)) for _ in range(3)]

    assert found == [Decoded("", 64, 64)] * 3
    assert (len(at_first), len(pool.spare_pids)) == (0, 1)
    assert pool.spare_pids[0] != os.getpid()


@pytest.mark.parametrize(
    "data",
    [b"", b"GIF89a", b"<svg/>", b"%PDF-1.4", b"RIFF", b"\x89PNG\r\n\x1a\n", picture("GIF"), picture("TIFF")],
)
def test_what_is_no_picture_of_the_three_kinds_has_a_problem_and_costs_no_process(
    pool: Decoders, data: bytes
) -> None:
    assert pool.decode(data).problem
    assert pool.decode(picture("PNG")).problem == ""
    assert len(pool.spare_pids) == 1


def test_frames_are_counted(pool: Decoders) -> None:
    file = io.BytesIO()
    frames = [Image.effect_noise((64, 64), 20).convert("RGB") for _ in range(3)]
    frames[0].save(file, "WEBP", save_all=True, append_images=frames[1:])

    assert pool.decode(file.getvalue()).frames == 3


@with_limits(DecodeLimits(within_s=HANGS_AFTER_S, memory_bytes=192 * MIB))
def test_a_bomb_that_wants_more_memory_than_it_may_gets_none_and_the_next_picture_is_decoded(
    pool: Decoders,
) -> None:
    bomb = huge_in_memory(components=3)
    assert (len(bomb) < MIB, inspect(bomb).width) == (True, 8192)

    assert pool.decode(bomb).problem
    assert pool.decode(picture("PNG")) == Decoded("", 64, 64)
    assert len(pool.spare_pids) == 1


@with_limits(DecodeLimits(within_s=HANGS_AFTER_S, cpu_s=1))
async def test_a_bomb_that_works_on_and_on_is_killed_while_everything_else_goes_on(
    pool: Decoders, caplog: pytest.LogCaptureFixture
) -> None:
    bomb, small, decoded = huge_in_work(), picture("JPEG"), 0
    assert (len(bomb) < MIB, inspect(bomb).width) == (True, 8192)
    pixels = PixelWork(2)
    killing = asyncio.ensure_future(pixels.run(pool.decode, bomb))
    while not killing.done():
        assert (await pixels.run(pool.decode, small)).problem == ""
        decoded += 1

    with pytest.raises(DecoderEnded) as caught:
        await killing
    assert (caught.value.is_certain, decoded > 1, len(pool.spare_pids)) == (True, True, 1)
    assert caplog.text.count("is gone") == 1
    assert pool.decode(small) == Decoded("", 64, 64)


def test_a_process_that_stands_still_is_killed() -> None:
    pool = Decoders(DecodeLimits(within_s=0.5))
    pool.decode(picture("PNG"))
    [pid] = pool.spare_pids
    os.kill(pid, signal.SIGSTOP)

    assert pool.decode(picture("PNG")) == Decoded("", 64, 64)
    assert pid not in pool.spare_pids
    assert state_of(pid) == ""
    pool.close()


def test_a_process_killed_from_outside_costs_no_picture(pool: Decoders) -> None:
    pool.decode(picture("PNG"))
    [pid] = pool.spare_pids
    os.kill(pid, signal.SIGKILL)

    assert pool.decode(picture("PNG")) == Decoded("", 64, 64)
    assert pid not in pool.spare_pids
    assert len(pool.spare_pids) == 1


def test_several_at_a_time_get_a_process_each_and_leave_them_for_the_next(pool: Decoders) -> None:
    together = threading.Barrier(3)
    found: list[Decoded] = []

    def decode() -> None:
        together.wait(HANGS_AFTER_S)
        found.append(pool.decode(picture("PNG", 512)))

    for _ in range(2):
        threads = [threading.Thread(target=decode) for _ in range(3)]
        for each in threads:
            each.start()
        for each in threads:
            each.join()

    assert found == [Decoded("", 512, 512)] * 6
    assert 1 <= len(pool.spare_pids) <= 3


@with_limits(DecodeLimits(within_s=HANGS_AFTER_S, idle_s=0.2))
async def test_a_process_with_nothing_to_do_ends_and_the_next_picture_starts_one(pool: Decoders) -> None:
    await asyncio.to_thread(pool.decode, picture("PNG"))
    [pid] = pool.spare_pids
    await until(lambda: state_of(pid) == "Z")

    assert await asyncio.to_thread(pool.decode, picture("PNG")) == Decoded("", 64, 64)


def test_a_process_that_has_grown_large_is_not_kept(pool: Decoders) -> None:
    pool.decode(picture("PNG"))
    found = pool.decode(huge_in_memory(components=4))

    assert (found.problem, found.is_last, pool.spare_pids) == ("", True, ())
    assert pool.decode(picture("PNG")) == Decoded("", 64, 64)
    assert len(pool.spare_pids) == 1


async def test_no_process_outlives_the_one_that_started_it() -> None:
    program = (
        "import os, sys; from services.images.decoders import DECODERS; DECODERS.decode(sys.stdin.buffer.read());"
        "print(DECODERS.spare_pids[0], flush=True); os.kill(os.getpid(), 9)"
    )
    ran = await asyncio.to_thread(
        subprocess.run, [sys.executable, "-c", program], input=picture("PNG"), capture_output=True, cwd=ROOT
    )
    pid = int(ran.stdout)

    await until(lambda: state_of(pid) in {"", "Z"})


def test_the_process_knows_nothing_of_the_environment_and_holds_no_file_of_ours(
    pool: Decoders, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("DISCORD_TOKEN", "secret-of-the-bot")
    with (tmp_path / "limner.db").open("w") as ours:
        os.set_inheritable(ours.fileno(), True)
        pool.decode(picture("PNG"))
        home = Path(f"/proc/{pool.spare_pids[0]}")
        held = [str(each.readlink()) for each in (home / "fd").iterdir()]

    assert b"secret-of-the-bot" not in (home / "environ").read_bytes()
    assert not any("limner.db" in each for each in held)
    assert len(held) <= 6


@pytest.mark.skipif(not Path("/proc/self/oom_score_adj").exists(), reason="a matter of Linux")
def test_where_memory_runs_out_the_decoder_goes_first(pool: Decoders) -> None:
    pool.decode(picture("PNG"))

    assert Path(f"/proc/{pool.spare_pids[0]}/oom_score_adj").read_text().strip() == "1000"


def test_a_process_that_cannot_be_started_is_a_fault_of_ours_and_not_of_the_picture(
    pool: Decoders, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    program = tmp_path / "decode_process.py"
    program.write_text("raise SystemExit(3)")
    monkeypatch.setattr(decoders, "_PROGRAM", program)

    with pytest.raises(StorageError) as caught:
        pool.decode(picture("PNG"))

    assert (caught.value.code, "code 3" in str(caught.value)) == ("decoder_failed", True)


STRANGE = """
import json, os, signal, socket, struct

def answer(**said):
    body = json.dumps({"problem": "", **said}).encode()
    link.sendall(struct.pack(">I", len(body)) + body)

os.close(os.open("FOLDER/started%d" % os.getpid(), os.O_CREAT))
link = socket.socket(fileno=0)
answer()
link.recv(8)
WHAT
link.recv(100_000)
"""
"""A decoder that does one thing instead of looking at its first picture."""


@pytest.fixture
def strange(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, pool: Decoders) -> Callable[[str], None]:
    """Have the pictures of this test judged by decoders of which each does the same strange thing."""

    def put(what: str) -> None:
        program = tmp_path / "decode_process.py"
        program.write_text(STRANGE.replace("FOLDER", str(tmp_path)).replace("WHAT", what))
        monkeypatch.setattr(decoders, "_PROGRAM", program)
        monkeypatch.setattr(whole, "DECODERS", pool)

    return put


@pytest.mark.parametrize(
    ("what", "flaw"),
    [
        ("answer(width=64, height=64, frames=1, problem='a hole in it')", Flaw.CORRUPT),
        ("answer(width=128, height=64, frames=1)", Flaw.CORRUPT),
        ("answer(width=64, height=63, frames=1)", Flaw.CORRUPT),
        ("answer(width=64, height=64, frames=2)", Flaw.ANIMATED),
        ("answer(width=64, height=64, pixels=1)", Flaw.TOO_HEAVY),
        ("link.sendall(struct.pack('>I', 2**31))", Flaw.TOO_HEAVY),
        ("link.sendall(struct.pack('>I', 4) + b'nope')", Flaw.TOO_HEAVY),
    ],
)
def test_what_a_decoder_says_counts_where_it_is_a_word_about_the_picture(
    strange: Callable[[str], None], what: str, flaw: Flaw
) -> None:
    strange(what)

    with pytest.raises(ProviderBroken) as caught:
        judge(picture("PNG"))

    assert caught.value.fields["reason"] == flaw.value


def test_a_picture_that_two_processes_die_of_is_refused(
    pool: Decoders, strange: Callable[[str], None], tmp_path: Path
) -> None:
    strange("os.kill(os.getpid(), signal.SIGSEGV)")

    with pytest.raises(ProviderBroken) as caught:
        judge(picture("PNG"))

    assert (caught.value.code, caught.value.fields["reason"]) == ("bad_image", Flaw.TOO_HEAVY.value)
    assert len(list(tmp_path.glob("started*"))) == 2
    assert pool.spare_pids == ()


def test_a_file_that_two_readers_take_for_two_pictures_is_refused() -> None:
    # Two frame headers: ours reads the first, libjpeg complains about the second.
    data = picture("JPEG")
    start = data.index(b"\xff\xc0")
    header = data[start : start + 19]
    other = header[:5] + struct.pack(">HH", 128, 128) + header[9:]

    with pytest.raises(ProviderBroken):
        judge(data[:start] + other + data[start:])
