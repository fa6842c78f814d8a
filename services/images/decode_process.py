"""The program of a process that decodes pictures of strangers, so that it and nothing else dies of a bad one.

`decoders.py` starts it as a script: it imports nothing of ours, knows no key, and speaks over its standard input, a
socket. Each picture comes as its length (8 bytes) and its bytes; each answer goes as its length (4 bytes) and a JSON
object: `problem` ("" for a whole picture) and, once the header was read, `width`, `height` (px) and `frames`; `is_last`
where the process ends now. The first answer, `problem` alone, says whether the process is ready.
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
import time
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


def _look(vips: Any, data: bytes) -> dict[str, object]:  # noqa: ANN401 - as above
    """Return what is to be said of a picture."""
    loader = next((name for start, name in LOADERS if data.startswith(start)), "")
    if not loader:
        return {"problem": "no reader for it"}
    try:
        header = getattr(vips.Image, loader)(data, access="sequential")
        frames = header.get("n-pages") if header.get_typeof("n-pages") else 1
    except vips.Error as error:
        return {"problem": _words(error)}
    problem = _undecodable(vips, loader, data, "warning")
    # Other warnings are about what does not matter: an unknown profile, bytes behind the end.
    if problem and CUT_JPEG not in problem:
        problem = _undecodable(vips, loader, data, "error") and problem
    return {"problem": problem, "width": header.width, "height": header.height, "frames": frames}


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


def _answer(link: socket.socket, said: dict[str, object]) -> None:
    body = json.dumps(said).encode()
    link.sendall(struct.pack(">I", len(body)) + body)


def main(cpu_s: int, memory_bytes: int, idle_s: float) -> None:
    """Answer until the other end closes, nothing comes for `idle_s` seconds, or it is time to retire."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is the bot's, which still needs this process then
    _offer_itself()
    link = socket.socket(fileno=0)
    try:
        import pyvips  # noqa: PLC0415 - what goes wrong with it is told

        pyvips.cache_set_max(0)
        _limit(memory_bytes)
    except Exception as error:  # noqa: BLE001 - whatever it is: the other end writes the log
        _answer(link, {"problem": f"{type(error).__name__}: {_words(error)}"})
        return
    _answer(link, {"problem": ""})
    stream = link.makefile("rb")
    for left in range(RETIRE_AFTER - 1, -1, -1):
        if not select.select([link], [], [], idle_s)[0] or len(head := stream.read(8)) < 8:
            return
        data = stream.read(struct.unpack(">Q", head)[0])
        _limit_cpu(cpu_s)
        said = _look(pyvips, data)
        said["is_last"] = not left or _most_kib() > RETIRE_KIB
        _answer(link, said)
        if said["is_last"]:
            return


if __name__ == "__main__":
    main(int(sys.argv[1]), int(sys.argv[2]), float(sys.argv[3]))
    os._exit(0)
