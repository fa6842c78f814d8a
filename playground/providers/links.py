"""Pictures behind addresses that may die: the vendors' delivery, in memory, bounded."""

import uuid
from collections import OrderedDict
from dataclasses import dataclass

from aiohttp import web

from playground.discord.clock import Clock

MOST_BYTES = 256 * 1024 * 1024
"""The pictures asked for least recently go first."""


@dataclass(frozen=True, slots=True)
class Kept:
    """One picture; `dies_s` is when its address ends (seconds since 1970), and how it is refused from then on."""

    data: bytes
    content_type: str
    dies_s: float | None
    gone_status: int


class Links:
    """The pictures by the last part of their addresses."""

    def __init__(self, clock: Clock, most_bytes: int = MOST_BYTES) -> None:
        self._clock = clock
        self._most_bytes = most_bytes
        self._kept: OrderedDict[str, Kept] = OrderedDict()
        self._bytes = 0

    def keep(self, name: str, kept: Kept) -> None:
        """Keep a picture under a name; the least used ones go when all together are too large."""
        self._drop(name)
        self._kept[name] = kept
        self._bytes += len(kept.data)
        while self._bytes > self._most_bytes and len(self._kept) > 1:
            self._drop(next(iter(self._kept)))

    def _drop(self, name: str) -> None:
        gone = self._kept.pop(name, None)
        self._bytes -= len(gone.data) if gone else 0

    def find(self, name: str) -> Kept | None:
        """Return what is kept under that name, also when its address has ended; None for nothing."""
        if name in self._kept:
            self._kept.move_to_end(name)
        return self._kept.get(name)

    def is_dead(self, kept: Kept) -> bool:
        """Say whether the address has ended by the stand-ins' clock."""
        return kept.dies_s is not None and self._clock.now_s() >= kept.dies_s

    def data_of(self, address: str) -> bytes | None:
        """Return the picture behind an address of ours while it lives; None for any other address."""
        kept = self.find(address.partition("?")[0].rpartition("/")[2])
        return None if kept is None or self.is_dead(kept) else kept.data

    async def serve(self, request: web.Request) -> web.Response:
        """Answer a GET of a picture's address."""
        kept = self.find(request.path.rpartition("/")[2])
        if kept is None:
            return web.json_response({"detail": "Not Found"}, status=404)
        if self.is_dead(kept):
            return web.Response(status=kept.gone_status, text="This link has expired.\n")
        return web.Response(body=kept.data, content_type=kept.content_type)

    def reset(self) -> None:
        """Forget every picture."""
        self._kept.clear()
        self._bytes = 0


def new_name(extension: str) -> str:
    """Return a name that nobody can guess."""
    return f"{uuid.uuid4().hex}.{extension}"
