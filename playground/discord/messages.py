"""Messages as stored: the wire object, and what Discord knows about it beyond that.

A wire object is never edited after it was stored: a change replaces it. That makes it safe to encode it elsewhere
and to hand it out without a copy.
"""

import bisect
from collections.abc import Iterator
from dataclasses import dataclass, field

from playground.discord.errors import ApiError, Json

PER_CHANNEL_MAX = 500
HAS_THREAD, EPHEMERAL, LOADING = 1 << 5, 1 << 6, 1 << 7


@dataclass(slots=True, eq=False)
class Message:
    """A message; `viewer_id` is the only one who sees an ephemeral one, `reactions` are user ids by emoji."""

    wire: Json
    application_id: str | None = None
    viewer_id: str | None = None
    interaction_id: str | None = None
    nonce: str | None = None
    allowed_mentions: Json | None = None
    signed_s: float = 0.0
    pinned_s: float = 0.0
    reactions: dict[str, list[str]] = field(default_factory=dict)

    @property
    def id(self) -> str:
        """Return the id."""
        return str(self.wire["id"])

    @property
    def channel_id(self) -> str:
        """Return the channel's id."""
        return str(self.wire["channel_id"])

    @property
    def author_id(self) -> str:
        """Return the author's id."""
        return str(self.wire["author"]["id"])

    @property
    def file_ids(self) -> list[str]:
        """Return the ids of its attachments."""
        return [one["id"] for one in self.wire["attachments"]]

    def is_visible_to(self, user_id: str) -> bool:
        """Say whether an ephemeral message is this user's; true for every other message."""
        return self.viewer_id is None or self.viewer_id == user_id


class Messages:
    """All messages, by channel and in the order of their ids; the oldest leave a channel that holds `per_channel`."""

    def __init__(self, per_channel: int = PER_CHANNEL_MAX) -> None:
        self.per_channel = per_channel
        self.by_id: dict[str, Message] = {}
        self._ids: dict[str, list[int]] = {}

    def add(self, message: Message) -> Message | None:
        """Store a message; returns the one that had to leave for it."""
        ids = self._ids.setdefault(message.channel_id, [])
        bisect.insort(ids, int(message.id))
        self.by_id[message.id] = message
        return self.by_id.pop(str(ids.pop(0))) if len(ids) > self.per_channel else None

    def remove(self, message: Message) -> None:
        """Forget a message."""
        if self.by_id.pop(message.id, None) is not None:
            self._ids[message.channel_id].remove(int(message.id))

    def get(self, channel_id: str, message_id: str) -> Message:
        """Return a message of a channel; raises 10008."""
        message = self.by_id.get(message_id)
        if message is None or message.channel_id != channel_id:
            raise ApiError(10008)
        return message

    def last(self, channel_id: str) -> Iterator[Message]:
        """Yield a channel's messages, newest first."""
        return (self.by_id[str(one)] for one in reversed(self._ids.get(channel_id, [])))

    def page(
        self,
        channel_id: str,
        *,
        limit: int,
        before: int | None = None,
        after: int | None = None,
        around: int | None = None,
        is_for_all: bool = False,
    ) -> list[Message]:
        """Return up to `limit` messages, newest first, as Discord pages them (`after`: the ones next to it).

        With `is_for_all` those that one person alone sees stand in no page: a page that is not full is the last one.
        """
        ids = self._ids.get(channel_id, [])
        if is_for_all:
            ids = [one for one in ids if self.by_id[str(one)].viewer_id is None]
        if around is not None:
            middle = bisect.bisect_left(ids, around)
            start = max(0, middle - limit // 2)
            chosen = ids[start : start + limit]
        elif after is not None:
            start = bisect.bisect_right(ids, after)
            chosen = ids[start : start + limit]
        else:
            end = len(ids) if before is None else bisect.bisect_left(ids, before)
            chosen = ids[max(0, end - limit) : end]
        return [self.by_id[str(one)] for one in reversed(chosen)]
