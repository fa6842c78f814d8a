"""The gateway's socket: HELLO, IDENTIFY or RESUME, heartbeats, close codes, zlib-stream.

*Source:* Discord's "Gateway", "Gateway Events" and "Opcodes and Status Codes".
"""

import asyncio
import json
import time
import zlib
from collections import deque
from typing import TYPE_CHECKING

from aiohttp import WSMsgType, web

from playground.discord import intents as intent_bits
from playground.discord import objects
from playground.discord.errors import Json
from playground.discord.sessions import COMPACT, Event, Session
from playground.discord.world import Application

if TYPE_CHECKING:
    from playground.discord.local import LocalDiscord

HEARTBEAT_MS = 41_250
FRAME_MAX = 4_096
SENDS_PER_MINUTE = 120
QUEUE_MAX = 20_000
DISPATCH, HEARTBEAT, IDENTIFY, PRESENCE, VOICE, RESUME, RECONNECT, REQUEST_MEMBERS, INVALID, HELLO, ACK = (
    0, 1, 2, 3, 4, 6, 7, 8, 9, 10, 11,
)  # fmt: skip
IGNORED = frozenset({PRESENCE, VOICE})


class CloseError(Exception):
    """The connection must be closed with this code."""

    def __init__(self, code: int) -> None:
        self.code = code
        super().__init__(str(code))


class Connection:
    """One websocket; frames leave in order through a queue, so that nobody waits for a slow reader."""

    def __init__(self, socket: web.WebSocketResponse, request: web.Request) -> None:
        self._socket = socket
        self._request = request
        self._queue: asyncio.Queue[str | int] = asyncio.Queue(QUEUE_MAX)
        compressed = request.query.get("compress") == "zlib-stream"
        self._deflate = zlib.compressobj(1) if compressed else None

    def send(self, text: str) -> None:
        """Queue a frame; a client that does not read is cut off."""
        try:
            self._queue.put_nowait(text)
        except asyncio.QueueFull:
            self.abort()

    def close(self, code: int) -> None:
        """Close after the frames that are queued."""
        try:
            self._queue.put_nowait(code)
        except asyncio.QueueFull:
            self.abort()

    def abort(self) -> None:
        """Cut the connection without a close frame."""
        if self._request.transport is not None:
            self._request.transport.abort()

    async def pump(self) -> None:
        """Write what is queued until closed."""
        while True:
            frame = await self._queue.get()
            if isinstance(frame, int):
                await self._socket.close(code=frame)
                return
            try:
                await self._write(frame)
            except ConnectionError:
                return

    async def _write(self, text: str) -> None:
        if self._deflate is None:
            await self._socket.send_str(text)
            return
        chunk = self._deflate.compress(text.encode()) + self._deflate.flush(zlib.Z_SYNC_FLUSH)
        await self._socket.send_bytes(chunk)


class Talk:
    """The conversation on one connection."""

    def __init__(self, local: "LocalDiscord", connection: Connection) -> None:
        self.local = local
        self.connection = connection
        self.session: Session | None = None
        self._received: deque[float] = deque(maxlen=SENDS_PER_MINUTE)

    def hello(self) -> None:
        """Greet."""
        self._say({"op": HELLO, "s": None, "t": None, "d": {"heartbeat_interval": HEARTBEAT_MS}})

    def hear(self, text: str) -> None:
        """Answer one frame; raises `CloseError`."""
        self._count()
        if len(text.encode()) > FRAME_MAX:
            raise CloseError(4002)
        try:
            frame = json.loads(text)
            opcode, payload = frame["op"], frame.get("d")
        except (ValueError, KeyError, TypeError, AttributeError) as error:
            raise CloseError(4002) from error
        session = self.session
        who = (session.application_id, session.id) if session else ("", "")
        self.local.transcript.frame("in", *who, text)
        self._obey(opcode, payload)

    def _count(self) -> None:
        now_s = time.monotonic()
        if len(self._received) == SENDS_PER_MINUTE and now_s - self._received[0] < 60:
            raise CloseError(4008)
        self._received.append(now_s)

    def _obey(self, opcode: object, payload: object) -> None:
        if opcode == HEARTBEAT:
            if self.session is None or not self.session.is_zombie:
                self._say({"op": ACK, "s": None, "t": None, "d": None})
        elif opcode in (IDENTIFY, RESUME):
            if self.session is not None:
                raise CloseError(4005)
            if not isinstance(payload, dict):
                raise CloseError(4002)
            (self._identify if opcode == IDENTIFY else self._resume)(payload)
        elif self.session is None:
            raise CloseError(4003)
        elif opcode == REQUEST_MEMBERS and isinstance(payload, dict):
            self._chunk_members(self.session, payload)
        elif opcode not in IGNORED:
            raise CloseError(4001)

    def _identify(self, payload: Json) -> None:
        application = self._application(payload)
        intents = payload.get("intents")
        if not isinstance(intents, int) or intents & ~intent_bits.KNOWN:
            raise CloseError(4013)
        session = self.local.sessions.open(application.id, intents, _shard(payload.get("shard")))
        self._join(session)
        guilds = [
            guild for guild in self.local.world.guilds_of(application.id) if session.takes("", guild.id)
        ]
        ready = ready_object(self.local, application, session, [guild.id for guild in guilds])
        if "shard" in payload:
            ready["shard"] = list(session.shard)
        self._dispatch(session, Event("READY", ready))
        for guild in guilds:
            if session.takes("GUILD_CREATE", guild.id):
                made = objects.guild_create_object(self.local.world, guild, application.id)
                self._dispatch(session, Event("GUILD_CREATE", made, guild.id))

    def _resume(self, payload: Json) -> None:
        application = self._application(payload)
        session = self.local.sessions.by_id.get(str(payload.get("session_id")))
        seq = payload.get("seq")
        if session is None or session.application_id != application.id or not isinstance(seq, int):
            self._say({"op": INVALID, "s": None, "t": None, "d": False})
            return
        if seq > session.seq:
            raise CloseError(4007)
        if session.replay and seq < session.replay[0][0] - 1:
            self.local.sessions.end(session)
            self._say({"op": INVALID, "s": None, "t": None, "d": False})
            return
        self._join(session)
        for number, text in list(session.replay):
            if number > seq:
                self.local.sessions.write(session, text)
        self._dispatch(session, Event("RESUMED", {"_trace": []}))

    def _application(self, payload: Json) -> Application:
        token = str(payload.get("token", "")).removeprefix("Bot ")
        application = self.local.world.by_token(token)
        if application is None:
            raise CloseError(4004)
        return application

    def _join(self, session: Session) -> None:
        if session.socket is not None:
            session.socket.close(4000)
        session.socket, session.is_zombie = self.connection, False
        self.session = session
        self.local.bell.ring("ready")

    def leave(self, close_code: int | None) -> None:
        """Detach from the session; 1000 and 1001 from the client end it."""
        session = self.session
        if session is None or session.socket is not self.connection:
            return
        session.socket, session.left_s = None, time.monotonic()
        if close_code in (1000, 1001):
            self.local.sessions.end(session)

    def _chunk_members(self, session: Session, payload: Json) -> None:
        guild_id = str(payload.get("guild_id"))
        members = list(self.local.world.members_of(guild_id))
        wanted = payload.get("user_ids")
        if wanted is not None:
            ids = {str(one) for one in (wanted if isinstance(wanted, list) else [wanted])}
            members = [one for one in members if one.user_id in ids]
        found = [objects.full_member_object(self.local.world, one) for one in members]
        chunk: Json = {"guild_id": guild_id, "members": found, "chunk_index": 0, "chunk_count": 1}
        if "nonce" in payload:
            chunk["nonce"] = payload["nonce"]
        self._dispatch(session, Event("GUILD_MEMBERS_CHUNK", chunk))

    def _dispatch(self, session: Session, event: Event) -> None:
        self.local.sessions.send(session, event.name, event.text(may_read=True))

    def _say(self, frame: Json) -> None:
        text = json.dumps(frame, separators=COMPACT)
        who = (self.session.application_id, self.session.id) if self.session else ("", "")
        self.local.transcript.frame("out", *who, text)
        self.connection.send(text)


def _shard(asked: object) -> tuple[int, int]:
    if asked is None:
        return (0, 1)
    if not isinstance(asked, list) or len(asked) != 2 or not all(isinstance(one, int) for one in asked):
        raise CloseError(4010)
    shard_id, shard_count = asked
    if not 0 <= shard_id < shard_count:
        raise CloseError(4010)
    return (shard_id, shard_count)


def ready_object(
    local: "LocalDiscord", application: Application, session: Session, guild_ids: list[str]
) -> Json:
    """Return the data of READY."""
    return {
        "v": 10,
        "user": objects.own_user_object(local.world.users[application.id]),
        "guilds": [{"id": guild_id, "unavailable": True} for guild_id in guild_ids],
        "session_id": session.id,
        "session_type": "normal",
        "resume_gateway_url": local.gateway_url,
        "application": {
            "id": application.id,
            "flags": objects.APPLICATION_FLAGS,
            "flags_new": str(objects.APPLICATION_FLAGS),
        },
        "private_channels": [],
        "relationships": [],
        "presences": [],
        "guild_join_requests": [],
        "user_settings": {},
        "geo_ordered_rtc_regions": [],
        "auth": {},
        "_trace": [],
    }


async def serve(local: "LocalDiscord", request: web.Request) -> web.WebSocketResponse:
    """Speak the gateway's protocol on one connection until it ends."""
    socket = web.WebSocketResponse(max_msg_size=65_536, compress=False)
    await socket.prepare(request)
    connection = Connection(socket, request)
    pump = asyncio.create_task(connection.pump())
    talk = Talk(local, connection)
    try:
        if request.query.get("v", "10") not in ("9", "10"):
            raise CloseError(4012)
        talk.hello()
        await _listen(socket, talk)
    except CloseError as error:
        connection.close(error.code)
        await asyncio.wait([pump], timeout=5)
    finally:
        talk.leave(socket.close_code)
        pump.cancel()
        await asyncio.wait([pump])
    return socket


async def _listen(socket: web.WebSocketResponse, talk: Talk) -> None:
    patience_s = HEARTBEAT_MS / 1000 * 2
    while not socket.closed:
        try:
            message = await socket.receive(timeout=patience_s)
        except TimeoutError as error:
            raise CloseError(4009) from error
        if message.type is WSMsgType.TEXT:
            talk.hear(message.data)
        elif message.type is WSMsgType.BINARY:
            talk.hear(message.data.decode(errors="replace"))
        else:
            return
