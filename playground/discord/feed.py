"""What happens in channels, for whoever watches as a member: the page and `/play/events`."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass

from playground.discord.errors import Json

QUEUE_MAX = 1_000
Item = tuple[str, Json]


@dataclass(slots=True, eq=False)
class Watcher:
    """One open stream of one user; a stream that is not read loses its oldest items."""

    user_id: str
    queue: asyncio.Queue[Item]

    def put(self, item: Item) -> None:
        """Queue an item."""
        if self.queue.full():
            self.queue.get_nowait()
        self.queue.put_nowait(item)


class Feed:
    """All open streams; `queue_max` items wait in each at most."""

    def __init__(self, queue_max: int = QUEUE_MAX) -> None:
        self.queue_max = queue_max
        self._watchers: set[Watcher] = set()

    def join(self, user_id: str) -> Watcher:
        """Open a stream."""
        watcher = Watcher(user_id, asyncio.Queue(self.queue_max))
        self._watchers.add(watcher)
        return watcher

    def leave(self, watcher: Watcher) -> None:
        """Close a stream."""
        self._watchers.discard(watcher)

    def tell(self, event: str, render: Callable[[str], Json | None]) -> None:
        """Give every watcher what `render(user_id)` shows them; None shows nothing."""
        for watcher in self._watchers:
            shown = render(watcher.user_id)
            if shown is not None:
                watcher.put((event, shown))
