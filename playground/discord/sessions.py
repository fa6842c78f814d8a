"""Gateway sessions: numbering, replay, and which session an event goes to.

A session outlives its socket, so that a client may resume; it keeps its last `replay_events` events.
"""

import asyncio
import json
import secrets
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import NamedTuple, Protocol

from playground.discord import intents as intent_bits
from playground.discord.clock import Clock
from playground.discord.errors import Json
from playground.discord.gateway_limits import GatewayLimits, SessionStarts
from playground.discord.json_text import COMPACT
from playground.discord.transcript import Transcript

FATAL = frozenset({4004, 4010, 4011, 4012, 4013, 4014})
"""Close codes after which no client may come back. *Source:* Discord's "Opcodes and Status Codes"."""


class Socket(Protocol):
    """The connected side of a session."""

    def send(self, text: str) -> None:
        """Queue a frame."""

    def close(self, code: int) -> None:
        """Close after what is queued."""

    def abort(self) -> None:
        """Cut the connection without a close frame."""


class Sent(NamedTuple):
    """A numbered dispatch; the data's text is shared by all sessions that it went to."""

    seq: int
    name: str
    data_text: str

    def frame(self) -> str:
        """Return it as it goes over the wire."""
        return f'{{"op":0,"s":{self.seq},"t":"{self.name}","d":{self.data_text}}}'


@dataclass(slots=True, eq=False)
class Session:
    """What one client identified as; `seq` is the number of the last event sent or queued."""

    application_id: str
    intents: int
    shard: tuple[int, int]
    replay: deque[Sent]
    id: str = field(default_factory=lambda: secrets.token_hex(16))
    seq: int = 0
    socket: Socket | None = None
    is_zombie: bool = False
    is_over: bool = False
    left_s: float = 0.0

    def is_home_of(self, guild_id: str | None) -> bool:
        """Say whether the guild belongs to the session's shard; what has no guild belongs to shard 0."""
        shard_id, shard_count = self.shard
        return ((int(guild_id) >> 22) % shard_count if guild_id else 0) == shard_id

    def takes(self, event: "Event") -> bool:
        """Say whether the session's shard and intents receive the event."""
        in_guild = event.guild_id is not None
        return self.is_home_of(event.guild_id) and (
            intent_bits.allows(self.intents, event.name, in_guild=in_guild)
            or event.is_change_of(self.application_id)
        )

    def remembers(self, seq: int) -> bool:
        """Say whether everything after `seq` can still be replayed."""
        return not self.replay or seq >= self.replay[0].seq - 1


@dataclass(slots=True)
class Event:
    """Something to dispatch; `redacted` is the form for sessions without the intent `opened_by`."""

    name: str
    data: Json
    guild_id: str | None = None
    redacted: Json | None = None
    opened_by: int = intent_bits.MESSAGE_CONTENT
    _texts: dict[bool, str] = field(default_factory=dict)

    def is_change_of(self, user_id: str) -> bool:
        """Say whether it changes the member that a bot itself is, of which it hears whatever its intents."""
        return self.name == "GUILD_MEMBER_UPDATE" and self.data["user"]["id"] == user_id

    def text(self, intents: int) -> str:
        """Return the data as JSON, encoded once for all sessions."""
        is_full = self.redacted is None or bool(intents & self.opened_by)
        if is_full not in self._texts:
            self._texts[is_full] = json.dumps(self.data if is_full else self.redacted, separators=COMPACT)
        return self._texts[is_full]


class Sessions:
    """All sessions of all applications, and the limits that they live under."""

    def __init__(self, transcript: Transcript, clock: Clock, limits: GatewayLimits) -> None:
        self.limits = limits
        self.starts = SessionStarts()
        self.by_id: dict[str, Session] = {}
        self._transcript = transcript
        self._clock = clock

    def open(self, application_id: str, intents: int, shard: tuple[int, int]) -> Session:
        """Start a session."""
        self._forget_expired()
        replay = deque[Sent](maxlen=self.limits.replay_events)
        session = Session(application_id, intents, shard, replay, left_s=self._clock.now_s())
        self.by_id[session.id] = session
        return session

    def find(self, session_id: str) -> Session | None:
        """Return a session that can be resumed."""
        self._forget_expired()
        return self.by_id.get(session_id)

    def _forget_expired(self) -> None:
        over_s = self._clock.now_s() - self.limits.resumable_s
        for session in [one for one in self.by_id.values() if one.socket is None and one.left_s < over_s]:
            self.end(session)

    def join(self, session: Session, socket: Socket) -> None:
        """Connect a session; a socket that still held it is closed."""
        if session.socket is not None:
            session.socket.close(4000)
        session.socket, session.is_zombie = socket, False

    def leave(self, session: Session, socket: Socket, close_code: int | None) -> None:
        """Disconnect a session from its socket; a client that closed with 1000 or 1001 has ended it."""
        if session.socket is not socket:
            return
        session.socket, session.left_s = None, self._clock.now_s()
        if close_code in (1000, 1001):
            self.end(session)

    def end(self, session: Session) -> None:
        """Make a session unresumable; it hears nothing more."""
        session.is_over = True
        self.by_id.pop(session.id, None)

    def of(self, application_id: str) -> Iterator[Session]:
        """Yield an application's sessions, also those that are waiting to be resumed."""
        return (one for one in self.by_id.values() if one.application_id == application_id)

    def is_ready(self, application_id: str) -> bool:
        """Say whether a client of the application is connected."""
        return any(one.socket is not None for one in self.of(application_id))

    def dispatch(self, application_id: str, event: Event) -> None:
        """Send an event to the application's sessions that take it."""
        for session in self.of(application_id):
            if session.takes(event):
                self.send(session, event)

    def send(self, session: Session, event: Event) -> None:
        """Number a dispatch, keep it for a replay, and send it when the session is connected."""
        session.seq += 1
        sent = Sent(session.seq, event.name, event.text(session.intents))
        session.replay.append(sent)
        if not session.is_zombie:
            self._write(session, sent.frame())

    def replay(self, session: Session, after: int) -> None:
        """Send again what the session was sent after that number; an older RESUMED means nothing any more."""
        for sent in session.replay:
            if sent.seq > after and sent.name != "RESUMED":
                self._write(session, sent.frame())

    def _write(self, session: Session, text: str) -> None:
        if session.socket is not None:
            self._transcript.frame("out", session.application_id, session.id, text)
            session.socket.send(text)

    def strike(
        self, kind: str, application_id: str | None, *, is_resumable: bool = False, code: int = 4000
    ) -> None:
        """Do a gateway fault to the connected sessions of one application, or of all; `code` is what closes them."""
        for session in list(self.by_id.values()):
            if session.socket is None or application_id not in (None, session.application_id):
                continue
            if kind == "zombie":
                session.is_zombie = True
            elif kind == "drop":
                session.socket.abort()
            elif kind == "close":
                session.socket.close(code)
                if code in FATAL:
                    self.end(session)
            elif kind == "op7":
                self._write(session, '{"op":7,"s":null,"t":null,"d":null}')
            elif kind == "op9":
                self._write(session, f'{{"op":9,"s":null,"t":null,"d":{json.dumps(is_resumable)}}}')
                if not is_resumable:
                    self.end(session)

    def terminate(self, application_id: str, code: int) -> None:
        """End all sessions of an application and close their sockets."""
        for session in list(self.of(application_id)):
            self.end(session)
            if session.socket is not None:
                session.socket.close(code)

    async def close(self) -> None:
        """Tell every client to come back later."""
        for session in list(self.by_id.values()):
            if session.socket is not None:
                session.socket.close(1001)
        await asyncio.sleep(0)
