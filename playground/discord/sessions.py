"""Gateway sessions: numbering, replay, and which session an event goes to.

A session outlives its socket, so that a client may resume; it keeps its last `REPLAY` events.
"""

import asyncio
import json
import secrets
import time
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Protocol

from playground.discord import intents as intent_bits
from playground.discord.errors import Json
from playground.discord.transcript import Transcript

REPLAY = 5_000
RESUMABLE_S = 180.0
COMPACT = (",", ":")


class Socket(Protocol):
    """The connected side of a session."""

    def send(self, text: str) -> None:
        """Queue a frame."""

    def close(self, code: int) -> None:
        """Close after what is queued."""

    def abort(self) -> None:
        """Cut the connection without a close frame."""


@dataclass(slots=True, eq=False)
class Session:
    """What one client identified as; `seq` is the number of the last event sent or queued."""

    application_id: str
    intents: int
    shard: tuple[int, int]
    id: str = field(default_factory=lambda: secrets.token_hex(16))
    seq: int = 0
    replay: deque[tuple[int, str]] = field(default_factory=lambda: deque(maxlen=REPLAY))
    socket: Socket | None = None
    is_zombie: bool = False
    left_s: float = 0.0

    def takes(self, event: str, guild_id: str | None) -> bool:
        """Say whether the session's shard and intents receive the event."""
        shard_id, shard_count = self.shard
        wanted = (int(guild_id) >> 22) % shard_count if guild_id else 0
        return wanted == shard_id and intent_bits.allows(self.intents, event, in_guild=guild_id is not None)


@dataclass(slots=True)
class Event:
    """Something to dispatch; `redacted` is the form for sessions that may not read message content."""

    name: str
    data: Json
    guild_id: str | None = None
    redacted: Json | None = None
    _texts: dict[bool, str] = field(default_factory=dict)

    def text(self, *, may_read: bool) -> str:
        """Return the data as JSON, encoded once for all sessions."""
        full = may_read or self.redacted is None
        if full not in self._texts:
            self._texts[full] = json.dumps(self.data if full else self.redacted, separators=COMPACT)
        return self._texts[full]


class Sessions:
    """All sessions of all applications."""

    def __init__(self, transcript: Transcript) -> None:
        self.by_id: dict[str, Session] = {}
        self._transcript = transcript

    def open(self, application_id: str, intents: int, shard: tuple[int, int]) -> Session:
        """Start a session; forgets those that can no longer be resumed."""
        over = time.monotonic() - RESUMABLE_S
        for session in [one for one in self.by_id.values() if one.socket is None and one.left_s < over]:
            del self.by_id[session.id]
        session = Session(application_id, intents, shard)
        self.by_id[session.id] = session
        return session

    def end(self, session: Session) -> None:
        """Make a session unresumable."""
        self.by_id.pop(session.id, None)

    def of(self, application_id: str) -> Iterator[Session]:
        """Yield an application's sessions, also those that are waiting to be resumed."""
        return (one for one in self.by_id.values() if one.application_id == application_id)

    def is_ready(self, application_id: str) -> bool:
        """Say whether a client of the application is connected."""
        return any(one.socket is not None for one in self.of(application_id))

    def dispatch(self, application_id: str, event: Event) -> bool:
        """Send an event to the application's sessions that take it; False when none is connected."""
        reached = False
        for session in self.of(application_id):
            if session.takes(event.name, event.guild_id):
                may_read = bool(session.intents & intent_bits.MESSAGE_CONTENT)
                self.send(session, event.name, event.text(may_read=may_read))
                reached = reached or session.socket is not None
        return reached

    def send(self, session: Session, name: str, data_text: str) -> None:
        """Number a dispatch, keep it for a replay, and send it when the session is connected."""
        session.seq += 1
        text = f'{{"op":0,"s":{session.seq},"t":"{name}","d":{data_text}}}'
        session.replay.append((session.seq, text))
        if session.socket is not None and not session.is_zombie:
            self.write(session, text)

    def write(self, session: Session, text: str) -> None:
        """Put a frame on the session's socket."""
        if session.socket is not None:
            self._transcript.frame("out", session.application_id, session.id, text)
            session.socket.send(text)

    def strike(self, kind: str, application_id: str | None) -> None:
        """Do a gateway fault to the connected sessions of one application, or of all."""
        for session in list(self.by_id.values()):
            if session.socket is None or application_id not in (None, session.application_id):
                continue
            if kind == "zombie":
                session.is_zombie = True
            elif kind == "drop":
                session.socket.abort()
            elif kind == "op7":
                self.write(session, '{"op":7,"s":null,"t":null,"d":null}')
            elif kind == "op9":
                self.write(session, '{"op":9,"s":null,"t":null,"d":false}')
                self.end(session)

    async def close(self) -> None:
        """Tell every client to come back later."""
        for session in list(self.by_id.values()):
            if session.socket is not None:
                session.socket.close(1001)
        await asyncio.sleep(0)
