"""The program of a process that decodes pictures of strangers, so that it and nothing else dies of a bad one.

`decoders.py` starts it as a script: it imports nothing of ours, knows no key, and speaks over its standard input, a
socket. Each picture comes as what is to be done with it (1 byte), its length (8 bytes) and its bytes; each answer goes
as its length (4 bytes) and a JSON object: `problem` ("" for a whole picture) and, once the header was read, `width`,
`height` (px) and `frames`; `is_last` where the process ends now. Of a picture that was made new, `copy_bytes` says how
many bytes of it follow. The first answer, `problem` alone, says whether the process is ready.
"""

import contextlib
import json
import math
import os
import resource
import select
import signal
import socket
import struct
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

CUT_JPEG = "premature end"
"""In libvips' words for a JPEG whose data ends early though its end marker is there; it calls that a warning."""

LOADERS = ((b"\x89PNG", "pngload_buffer"), (b"\xff\xd8\xff", "jpegload_buffer"), (b"RIFF", "webpload_buffer"))
"""How a picture begins and who reads it: none of libvips' other readers is ever reached."""

RETIRE_AFTER = 1000
RETIRE_KIB = 256 * 1024
"""A process that has read so many pictures, or has once grown so large, ends; the next picture gets a new one."""

MESSAGE_CHARACTERS = 500
NO_READER = "no reader for it"

LOOK, CLEAN = 0, 1
"""What is to be done with a picture: look whether it is whole; or make it new, with nothing left but its pixels."""

CLEAN_SIDE_PX = 2048
CLEAN_QUALITY = 92
RETIRE_CLEANER_KIB = 96 * 1024
"""What is left of a large picture counts against the next one's room: a new process begins with all of it."""

CHROMA = "jpeg-chroma-subsample"
"""What libvips calls how a JPEG stores its colours."""

TOO_MUCH_MEMORY = 77
"""The exit code of a process that has outgrown what it may have."""
WATCH_EVERY_S = 0.002

OPENS = ("VipsForeignLoadPngBuffer", "VipsForeignLoadJpegBuffer", "VipsForeignLoadWebpBuffer")
"""The readers that libvips may choose between; all others are switched off."""


def _limit(memory_bytes: int) -> None:
    """Bound what this process may take: memory, no files written, no core dump."""
    for what, most in (
        (resource.RLIMIT_AS, memory_bytes),
        (resource.RLIMIT_FSIZE, 0),
        (resource.RLIMIT_CORE, 0),
    ):
        hard = resource.getrlimit(what)[1]
        with contextlib.suppress(ValueError, OSError):  # a system without this limit
            resource.setrlimit(what, (most if hard == resource.RLIM_INFINITY else min(most, hard), hard))


def _offer_itself() -> None:
    """Let the kernel end this process rather than the bot where memory runs out. *Source:* proc(5), oom_score_adj."""
    with contextlib.suppress(OSError):  # a system without it, or one that keeps it to itself
        Path("/proc/self/oom_score_adj").write_text("1000", encoding="ascii")


def _limit_cpu(cpu_s: int) -> None:
    """Let the kernel end this process once it has worked for `cpu_s` more seconds."""
    hard = resource.getrlimit(resource.RLIMIT_CPU)[1]
    soft = math.ceil(time.process_time()) + cpu_s
    resource.setrlimit(
        resource.RLIMIT_CPU, (soft if hard == resource.RLIM_INFINITY else min(soft, hard), hard)
    )


@contextlib.contextmanager
def _watched(most_kib: int) -> Iterator[None]:
    """End this process as soon as it has more than `most_kib` in memory while the body runs; 0 for no bound.

    No limit of the kernel will do: where memory is refused to it, libvips 8.18 goes on and paints rubbish, without an
    error.
    """
    done = threading.Event()

    def watch() -> None:
        while not done.wait(WATCH_EVERY_S):
            if _now_kib() > most_kib:
                os._exit(TOO_MUCH_MEMORY)

    watcher = threading.Thread(target=watch, daemon=True)
    if most_kib:
        _forget_most()
        watcher.start()
    try:
        yield
    finally:
        done.set()
    if most_kib:
        watcher.join()
        if _most_kib() > most_kib:  # between two looks
            os._exit(TOO_MUCH_MEMORY)


def _undecodable(vips: Any, loader: str, data: bytes, fail_on: str) -> str:  # noqa: ANN401 - pyvips ships no types
    """Return why the pixels cannot be decoded, "" where they can; a line at a time, so that memory stays small.

    Of a JPEG every bit of the coded data is read, which is what can go wrong; only an eighth of the size is painted.
    """
    options = {"shrink": 8} if loader == "jpegload_buffer" else {}
    try:
        getattr(vips.Image, loader)(data, access="sequential", fail_on=fail_on, **options).avg()
    except vips.Error as error:
        return _words(error)
    return ""


def _reader_of(data: bytes) -> str:
    return next((name for start, name in LOADERS if data.startswith(start)), "")


def _told(header: Any) -> dict[str, object]:  # noqa: ANN401 - as above
    """Return what a picture's header says."""
    frames = header.get("n-pages") if header.get_typeof("n-pages") else 1
    return {"problem": "", "width": header.width, "height": header.height, "frames": frames}


def _look(vips: Any, data: bytes) -> dict[str, object]:  # noqa: ANN401 - as above
    """Return what is to be said of a picture."""
    loader = _reader_of(data)
    if not loader:
        return {"problem": NO_READER}
    try:
        said = _told(getattr(vips.Image, loader)(data, access="sequential"))
    except vips.Error as error:
        return {"problem": _words(error)}
    problem = _undecodable(vips, loader, data, "warning")
    # Other warnings are about what does not matter: an unknown profile, bytes behind the end.
    if problem and CUT_JPEG not in problem:
        problem = _undecodable(vips, loader, data, "error") and problem
    return {**said, "problem": problem}


def _shrunk(loader: str, header: Any) -> dict[str, object]:  # noqa: ANN401 - as above
    """Return the options with which a large picture is made smaller while it is read; never below CLEAN_SIDE_PX."""
    times = max(header.width, header.height) // CLEAN_SIDE_PX
    if loader == "jpegload_buffer":
        return {"shrink": next(each for each in (8, 4, 2, 1) if each <= max(times, 1))}
    return {"scale": 1 / times} if loader == "webpload_buffer" and times > 1 else {}


def _is_upright(header: Any) -> bool:  # noqa: ANN401 - as above
    """Return whether a picture is small, upright and 8-bit sRGB or grey already, with nothing that shines through."""
    is_turned = header.get_typeof("orientation") and header.get("orientation") != 1
    is_common = header.format == "uchar" and header.interpretation in {"srgb", "b-w"}
    has_more = header.hasalpha() or header.get_typeof("icc-profile-data")
    return is_common and not is_turned and not has_more and max(header.width, header.height) <= CLEAN_SIDE_PX


def _upright(vips: Any, loader: str, data: bytes, header: Any, fail_on: str) -> Any:  # noqa: ANN401 - as above
    """Return all pixels of a picture: upright, in 8-bit sRGB, no longer than CLEAN_SIDE_PX on either side."""
    # Not `thumbnail_buffer`, which reads by itself: libvips 8.18 loses the reader's errors in there.
    options = {"access": "sequential", "fail_on": fail_on, **_shrunk(loader, header)}
    read = getattr(vips.Image, loader)(data, **options)
    if _is_upright(header):
        return read.colourspace("srgb")
    # Asked for where there is no profile to come from, it takes twenty times as long as all the rest.
    profile = {"output_profile": "srgb"} if header.get_typeof("icc-profile-data") else {}
    small = read.thumbnail_image(CLEAN_SIDE_PX, height=CLEAN_SIDE_PX, size="down", **profile)
    pixels = small.colourspace("srgb").cast("uchar")
    # Twice looked at where something may shine through; else it is written while it is read.
    return pixels.copy_memory() if pixels.hasalpha() else pixels


def _has_half_colours(loader: str, data: bytes, header: Any) -> bool:  # noqa: ANN401 - as above
    """Return whether a picture that keeps its size has one colour for two by two pixels, as most photos have.

    To write it with one for each would take half as long again, and add nothing. libvips says "4:2:0" of 4:2:2 as well.
    *Source:* libvips, "jpegload"; RFC 9649, 2.5: a simple file with a VP8 chunk, whose colours RFC 6386 stores so.
    """
    if max(header.width, header.height) > CLEAN_SIDE_PX:
        return False
    if loader == "webpload_buffer":
        return data[12:16] == b"VP8 "
    return bool(header.get_typeof(CHROMA) and header.get(CHROMA) == "4:2:0")


def _written(picture: Any, *, has_half_colours: bool) -> bytes:  # noqa: ANN401 - as above
    """Return a picture as PNG where something shines through it, else as JPEG; in both nothing but its pixels."""
    # The resolution is written whatever is kept: everybody's is 72 pixels an inch.
    plain = picture.copy(xres=72 / 25.4, yres=72 / 25.4)
    if plain.hasalpha():
        if plain[plain.bands - 1].min() < 255:
            return bytes(plain.pngsave_buffer(keep="none"))
        plain = plain.flatten(background=255)
    subsample = "on" if has_half_colours else "off"
    return bytes(plain.jpegsave_buffer(Q=CLEAN_QUALITY, keep="none", subsample_mode=subsample))


def _copied(vips: Any, loader: str, data: bytes, header: Any) -> bytes:  # noqa: ANN401 - as above
    """Return a picture's clean copy; what is a warning about something else than its data does not count."""
    half = _has_half_colours(loader, data, header)
    try:
        return _written(_upright(vips, loader, data, header, "warning"), has_half_colours=half)
    except vips.Error as error:
        if CUT_JPEG in str(error):
            raise
        return _written(_upright(vips, loader, data, header, "error"), has_half_colours=half)


def _clean(vips: Any, data: bytes) -> tuple[dict[str, object], bytes]:  # noqa: ANN401 - as above
    """Return what is to be said of a picture, and its copy with nothing but pixels: b"" where it has a problem."""
    try:
        loader = _reader_of(data)
        if not loader:
            return {"problem": NO_READER}, b""
        header = getattr(vips.Image, loader)(data, access="sequential")
        copy = _copied(vips, loader, data, header)
    except vips.Error as error:
        return {"problem": _words(error)}, b""
    return {**_told(header), "copy_bytes": len(copy)}, copy


def _words(error: Exception) -> str:
    return " ".join(str(error).split())[:MESSAGE_CHARACTERS] or "undecodable"


def _most_kib() -> int:
    """Return the most memory that this process ever had, in KiB. *Source:* proc(5), VmHWM.

    Not `ru_maxrss`, which begins on Linux with what the process had that started this one.
    """
    try:
        with Path("/proc/self/status").open(encoding="ascii") as status:
            return next(int(line.split()[1]) for line in status if line.startswith("VmHWM:"))
    except (OSError, StopIteration):
        return 0


def _forget_most() -> None:
    """Let `_most_kib` begin anew. *Source:* proc(5), clear_refs: 5 resets the peak of resident memory."""
    with contextlib.suppress(OSError):
        Path("/proc/self/clear_refs").write_text("5", encoding="ascii")


def _now_kib() -> int:
    """Return how much of this process is in memory, in KiB; 0 where nobody says. *Source:* proc(5), statm."""
    try:
        with Path("/proc/self/statm").open(encoding="ascii") as sizes:
            return int(sizes.read().split()[1]) * resource.getpagesize() // 1024
    except (OSError, ValueError, IndexError):
        return 0


def _answer(link: socket.socket, said: dict[str, object], copy: bytes = b"") -> None:
    body = json.dumps(said).encode()
    link.sendall(struct.pack(">I", len(body)) + body)
    link.sendall(copy)


def _load(memory_bytes: int) -> Any:  # noqa: ANN401 - as above
    """Return the pyvips module with our three readers and no other, and bound what this process may take."""
    import pyvips  # noqa: PLC0415 - what goes wrong with it is told

    pyvips.cache_set_max(0)
    pyvips.operation_block_set("VipsForeignLoad", True)
    for name in OPENS:
        pyvips.operation_block_set(name, False)
    _limit(memory_bytes)
    return pyvips


def _work(vips: Any, task: int, data: bytes, resident_kib: int) -> tuple[dict[str, object], bytes]:  # noqa: ANN401
    """Return what is to be said of a picture, and its clean copy where that was the task."""
    # The bytes themselves stand in the memory of two processes.
    with _watched(max(resident_kib - len(data) // 1024, 1) if resident_kib else 0):
        said, copy = _clean(vips, data) if task == CLEAN else (_look(vips, data), b"")
    has_grown = _most_kib() > RETIRE_KIB or (task == CLEAN and _now_kib() > RETIRE_CLEANER_KIB)
    return {**said, "is_last": has_grown}, copy


def main(cpu_s: int, memory_bytes: int, idle_s: float, resident_kib: int) -> None:
    """Answer until the other end closes, nothing comes for `idle_s` seconds, or it is time to retire."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is the bot's, which still needs this process then
    _offer_itself()
    link = socket.socket(fileno=0)
    try:
        vips = _load(memory_bytes)
    except Exception as error:  # noqa: BLE001 - whatever it is: the other end writes the log
        _answer(link, {"problem": f"{type(error).__name__}: {_words(error)}"})
        return
    _answer(link, {"problem": ""})
    stream = link.makefile("rb")
    for left in range(RETIRE_AFTER - 1, -1, -1):
        if not select.select([link], [], [], idle_s)[0] or len(head := stream.read(9)) < 9:
            return
        task, length = struct.unpack(">BQ", head)
        data = stream.read(length)
        _limit_cpu(cpu_s)
        said, copy = _work(vips, task, data, resident_kib)
        said["is_last"] = said["is_last"] or not left
        _answer(link, said, copy)
        if said["is_last"]:
            return
        del data, copy  # while it waits, which may be long


if __name__ == "__main__":
    main(int(sys.argv[1]), int(sys.argv[2]), float(sys.argv[3]), int(sys.argv[4]))
    os._exit(0)
