"""Pictures of strangers are decoded in processes of their own: a decoder that hangs, eats memory or crashes is killed.

    DECODERS.decode(data)  -> Decoded, or why it cannot be decoded; blocks: for the threads of `PixelWork`
    CLEANERS.clean(data)   -> the same, and a copy with nothing in it but the pixels

A process is started when a picture needs one and none is spare, kept for the next, and ends by itself after five idle
minutes. There are never more than threads that ask. They inherit neither the environment nor any open file.
"""

import atexit
import json
import logging
import signal
import socket
import struct
import subprocess
import sys
import threading
import time
from contextlib import suppress
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Final

from services.errors import StorageError
from services.images.decode_process import CLEAN, LOOK, TOO_MUCH_MEMORY

log = logging.getLogger(__name__)

TRIES: Final = 2
"""A process that was killed from outside, or retired just then, is not the picture's fault: a fresh one looks again."""
START_WITHIN_S: Final = 60.0
_PROGRAM: Final = Path(__file__).with_name("decode_process.py")
_ENVIRONMENT: Final = {
    # Each thread of a many-core machine would take 8 MiB of addresses for its stack, and 64 for an arena of its own.
    "VIPS_CONCURRENCY": "2",
    "MALLOC_ARENA_MAX": "1",
    # In memory, which is bounded, and never in a file: whole frames of large WebPs.
    "VIPS_DISC_THRESHOLD": "2g",
    # What a large picture took goes back to the system at once.
    "MALLOC_MMAP_THRESHOLD_": "4194304",
    "MALLOC_TRIM_THRESHOLD_": "16777216",
}
_LONGEST_ANSWER_BYTES: Final = 64 * 1024
_LONGEST_COPY_BYTES: Final = 24 * 1024 * 1024
"""A clean copy has 2048 x 2048 pixels of 4 bytes at most; PNG adds little to what it cannot pack."""


@dataclass(frozen=True, slots=True)
class DecodeLimits:
    """What one picture may take. The largest that is allowed took 2.2 s of a core, 460 MiB and 1.1 GiB of addresses.

    `within_s` is for a decoder that waits instead of working; on a busy machine work may take long, so that it is
    bounded by `cpu_s`. `resident_bytes` is what the process and the bytes of the picture beside it may have in memory,
    0 for no bound.
    """

    cpu_s: int = 10
    within_s: float = 30.0
    memory_bytes: int = 1536 * 1024 * 1024
    idle_s: float = 300.0
    resident_bytes: int = 0


@dataclass(frozen=True, slots=True)
class Decoded:
    """What the decoder found: why the pixels cannot be read ("" where they can), the size in px, how many pictures."""

    problem: str
    width: int = 0
    height: int = 0
    frames: int = 1
    is_last: bool = False
    """The process that found it ends now."""
    copy_bytes: int = 0
    copy: bytes = field(default=b"", repr=False)
    """The picture made new; b"" where that was not asked for, or where there is a problem."""


class DecoderEnded(Exception):
    """The process ended, or was ended, instead of answering; the text says why.

    `is_certain`: of this picture, so that another process would end the same way.
    """

    def __init__(self, message: str, *, is_certain: bool = False) -> None:
        super().__init__(message)
        self.is_certain = is_certain


class _Decoder:
    """One process and the socket to it."""

    def __init__(self, limits: DecodeLimits) -> None:
        """Start the process and wait until it is ready. Raises StorageError("decoder_failed")."""
        self._limits = limits
        self._link, theirs = socket.socketpair()
        resident_kib = limits.resident_bytes // 1024
        arguments = (limits.cpu_s, limits.memory_bytes, limits.idle_s, resident_kib)
        with theirs:
            self._process = subprocess.Popen(  # noqa: S603 - our own program, and numbers
                [sys.executable, "-I", str(_PROGRAM), *map(str, arguments)],
                stdin=theirs.fileno(),
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
                env=_ENVIRONMENT,
                start_new_session=True,
            )
        try:
            problem = self._receive(time.monotonic() + START_WITHIN_S).problem
        except DecoderEnded as error:
            problem = str(error)
        if problem:
            self.end()
            raise StorageError("decoder_failed", f"the decoder does not start: {problem}")

    @property
    def pid(self) -> int:
        """Return the process's id."""
        return self._process.pid

    @property
    def has_ended(self) -> bool:
        """Return whether the process is over."""
        return self._process.poll() is not None

    def ask(self, task: int, data: bytes) -> Decoded:
        """Return what the process says of a picture. Raises DecoderEnded; the process is of no use any more then."""
        until_s = time.monotonic() + self._limits.within_s
        try:
            self._link.settimeout(self._limits.within_s)
            self._link.sendall(struct.pack(">BQ", task, len(data)))
            self._link.sendall(data)
        except OSError as error:
            raise self._fate(error) from error
        return self._receive(until_s)

    def end(self) -> None:
        """Kill the process, however far it is."""
        self._link.close()
        self._process.kill()
        self._process.wait()

    def _receive(self, until_s: float) -> Decoded:
        try:
            (length,) = struct.unpack(">I", self._read(4, until_s))
            if length > _LONGEST_ANSWER_BYTES:
                raise ValueError("an answer without an end")
            said = Decoded(**json.loads(self._read(length, until_s)))
            if not 0 <= said.copy_bytes <= _LONGEST_COPY_BYTES:
                raise ValueError("a copy without an end")
            return replace(said, copy=self._read(said.copy_bytes, until_s))
        except (OSError, ValueError, TypeError) as error:
            raise self._fate(error) from error

    def _read(self, length: int, until_s: float) -> bytes:
        """Return so many bytes. Raises OSError where they do not come by `until_s` (of the monotonic clock)."""
        read = bytearray()
        while len(read) < length:
            self._link.settimeout(max(until_s - time.monotonic(), 0.001))
            more = self._link.recv(length - len(read))
            if not more:
                raise ConnectionResetError("it ended")
            read += more
        return bytes(read)

    def _fate(self, error: Exception) -> DecoderEnded:
        """Return why no answer came, and end the process."""
        if isinstance(error, TimeoutError):
            self.end()
            return DecoderEnded("it took too long")
        with suppress(subprocess.TimeoutExpired):
            self._process.wait(1.0)  # it closes its end a moment before it is over
        self.end()
        code = self._process.returncode
        return DecoderEnded(f"{error}, code {code}", is_certain=code in {-signal.SIGXCPU, TOO_MUCH_MEMORY})


class Decoders:
    """The spare processes. Every method may be called from any thread."""

    def __init__(self, limits: DecodeLimits | None = None) -> None:
        """Start nothing yet."""
        self.limits = limits or DecodeLimits()
        self._spare: list[_Decoder] = []
        self._lock = threading.Lock()

    @property
    def spare_pids(self) -> tuple[int, ...]:
        """Return the ids of the processes that wait for a picture."""
        with self._lock:
            return tuple(each.pid for each in self._spare)

    def decode(self, data: bytes) -> Decoded:
        """Return what a decoder says of a picture (PNG, JPEG or WebP); blocks for as long as that takes.

        Raises DecoderEnded where two processes died of it, or one worked too long or took too much, and
        StorageError("decoder_failed") where none can be started.
        """
        return self._ask(LOOK, data)

    def clean(self, data: bytes) -> Decoded:
        """Return what a decoder says of a picture, and a copy: upright, 8-bit sRGB, at most 2048 px a side.

        It has nothing but pixels, and is a PNG where something shines through, else a JPEG. The same picture gives the
        same bytes. Blocks and raises as `decode` does.
        """
        return self._ask(CLEAN, data)

    def _ask(self, task: int, data: bytes) -> Decoded:
        for tries_left in range(TRIES - 1, -1, -1):
            decoder = self._take()
            try:
                decoded = decoder.ask(task, data)
            except DecoderEnded as error:
                log.warning("the decoder of a picture of %d bytes is gone: %s", len(data), error)
                if error.is_certain or not tries_left:
                    raise
                continue
            if decoded.is_last:
                decoder.end()
            else:
                self._give_back(decoder)
            return decoded
        raise AssertionError("TRIES is at least one")

    def close(self) -> None:
        """End the spare processes; a later picture starts one again."""
        with self._lock:
            spare, self._spare = self._spare, []
        for each in spare:
            each.end()

    def _take(self) -> _Decoder:
        while True:
            with self._lock:
                decoder = self._spare.pop() if self._spare else None
            if decoder is None:
                return self._start()
            if not decoder.has_ended:
                return decoder
            decoder.end()

    def _start(self) -> _Decoder:
        try:
            return _Decoder(self.limits)
        except OSError as error:
            raise StorageError("decoder_failed", f"no process for the decoder: {error}") from error

    def _give_back(self, decoder: _Decoder) -> None:
        with self._lock:
            self._spare.append(decoder)


DECODERS: Final = Decoders()
"""Those of this process."""

CLEANERS: Final = Decoders(DecodeLimits(resident_bytes=176 * 1024 * 1024))
"""Those for pictures that people bring; apart, so that each begins small, and knows a bomb by its size.

Within their bound go 40 megapixels as PNG, WebP or JPEG, and 27 as a progressive JPEG.
"""

atexit.register(DECODERS.close)
atexit.register(CLEANERS.close)
