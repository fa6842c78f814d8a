"""The conversation on one gateway connection: opcodes, heartbeats, IDENTIFY and RESUME.

*Source:* Discord's "Gateway", "Gateway Events" and "Opcodes and Status Codes".
"""

import asyncio
import json
import time
from collections import deque
from collections.abc import Callable
from typing import TYPE_CHECKING

from playground.discord import gateway_identify as identify
from playground.discord.credentials import without_secrets
from playground.discord.errors import Json
from playground.discord.gateway_members import member_chunks
from playground.discord.gateway_socket import CloseError
from playground.discord.json_text import COMPACT, parsed
from playground.discord.sessions import Event, Session, Socket

if TYPE_CHECKING:
    from playground.discord.local import LocalDiscord

FRAME_MAX_BYTES = 4_096
ACK_AFTER_S = 0.02
"""How far away Discord is. discord.py writes down when a heartbeat left only once its thread has its turn again
(`KeepAliveHandler.run`): an answer that is there before counts from the heartbeat before, and looks 41 s late."""
SENDS_WINDOW_S = 60.0
HEARTBEAT, IDENTIFY, RESUME, MEMBERS, INVALID, HELLO, ACK = 1, 2, 6, 8, 9, 10, 11
WITHOUT_EFFECT = (3, 4, 31, 43)  # presence, voice, soundboard, channel info: nothing here could show it


class Talk:
    """What was said on one connection; `version` is the gateway's, 9 or 10."""

    def __init__(self, local: "LocalDiscord", socket: Socket, version: int) -> None:
        self._local = local
        self._socket = socket
        self._version = version
        self._session: Session | None = None
        self._received: deque[float] = deque(maxlen=local.sessions.limits.sends_per_minute)
        self._beat_s = time.monotonic()
        self._was_asked = False
        self._is_left = False
        self._answers: dict[int, Callable[[Json], None]] = {
            HEARTBEAT: self._heartbeat,
            IDENTIFY: self._identify,
            RESUME: self._resume,
            MEMBERS: self._request_members,
            **dict.fromkeys(WITHOUT_EFFECT, lambda _payload: None),
        }

    @property
    def session(self) -> Session | None:
        """The connection's session, None before IDENTIFY and after the session was invalidated."""
        return None if self._session is None or self._session.is_over else self._session

    def hello(self) -> None:
        """Greet."""
        self._say(HELLO, {"heartbeat_interval": self._local.sessions.limits.heartbeat_ms})

    def patience_s(self) -> float:
        """Return how long to wait for the next frame before `remind`."""
        limits = self._local.sessions.limits
        intervals = limits.given_up_after if self._was_asked else limits.asked_after
        return self._beat_s + intervals * limits.heartbeat_ms / 1000 - time.monotonic()

    def remind(self) -> None:
        """Ask for a heartbeat that is overdue; close with 4009 when it was asked for in vain."""
        if self._was_asked:
            raise CloseError(4009)
        self._was_asked = True
        self._say(HEARTBEAT, None)

    def leave(self, close_code: int | None) -> None:
        """Let go of the session."""
        self._is_left = True
        if self._session is not None:
            self._local.sessions.leave(self._session, self._socket, close_code)

    def hear(self, text: str) -> None:
        """Answer one frame; raises `CloseError`."""
        self._count()
        if len(text.encode()) > FRAME_MAX_BYTES:
            raise CloseError(4002)
        try:
            frame = parsed(text)
            opcode, payload = frame["op"], frame.get("d")
        except (ValueError, KeyError, TypeError, AttributeError) as error:
            raise CloseError(4002) from error
        if isinstance(payload, dict) and "token" in payload:
            text = json.dumps(frame | {"d": without_secrets(payload)})
        self._local.transcript.frame("in", *self._who(), text)
        self._obey(opcode, payload)

    def _count(self) -> None:
        now_s = self._local.clock.now_s()
        is_full = len(self._received) == self._received.maxlen
        if is_full and now_s - self._received[0] < SENDS_WINDOW_S:
            raise CloseError(4008)
        self._received.append(now_s)

    def _obey(self, opcode: object, payload: object) -> None:
        if type(opcode) is not int:
            raise CloseError(4002)
        if self.session is None and opcode not in (HEARTBEAT, IDENTIFY, RESUME):
            raise CloseError(4003)
        if self.session is not None and opcode in (IDENTIFY, RESUME):
            raise CloseError(4005)
        if opcode not in self._answers:
            raise CloseError(4001)
        if opcode != HEARTBEAT and not isinstance(payload, dict):
            raise CloseError(4002)
        self._answers[opcode](payload if isinstance(payload, dict) else {})

    def _heartbeat(self, _payload: Json) -> None:
        self._beat_s, self._was_asked = time.monotonic(), False
        asyncio.get_running_loop().call_later(ACK_AFTER_S, self._acknowledge)

    def _acknowledge(self) -> None:
        """Answer a heartbeat, unless its connection is over or the session only looks alive."""
        if not self._is_left and (self.session is None or not self.session.is_zombie):
            self._say(ACK, None)

    def _identify(self, payload: Json) -> None:
        local = self._local
        identity = identify.identity_of(local, payload)
        if not identify.is_let_in(local, identity):
            self._say(INVALID, d=False)
            return
        session = local.sessions.open(identity.application.id, identity.intents, identity.shard)
        self._join(session)
        ready = identify.ready_event(local, identity, session, self._version)
        if "shard" in payload:
            ready.data["shard"] = list(session.shard)
        local.sessions.send(session, ready)
        for guild in identify.guilds_of(local, session):
            made = identify.guild_create_event(local, guild, session.application_id)
            if session.takes(made):
                local.sessions.send(session, made)

    def _resume(self, payload: Json) -> None:
        application = identify.application_of(self._local, payload)
        sessions = self._local.sessions
        session = sessions.find(str(payload.get("session_id")))
        seq = payload.get("seq")
        if session is None or session.application_id != application.id or type(seq) is not int:
            self._say(INVALID, d=False)
            return
        if not 0 <= seq <= session.seq:
            raise CloseError(4007)
        if not session.remembers(seq):
            sessions.end(session)
            self._say(INVALID, d=False)
            return
        self._join(session)
        sessions.replay(session, seq)
        sessions.send(session, Event("RESUMED", {"_trace": []}))

    def _join(self, session: Session) -> None:
        self._session = session
        self._local.sessions.join(session, self._socket)
        self._local.bell.ring("ready")

    def _request_members(self, payload: Json) -> None:
        if self.session is not None:
            for chunk in member_chunks(self._local, self.session, payload):
                self._local.sessions.send(self.session, chunk)

    def _say(self, opcode: int, d: object) -> None:
        text = json.dumps({"op": opcode, "s": None, "t": None, "d": d}, separators=COMPACT)
        self._local.transcript.frame("out", *self._who(), text)
        self._socket.send(text)

    def _who(self) -> tuple[str, str]:
        return (self._session.application_id, self._session.id) if self._session else ("", "")
