"""The whole local Discord as one value: state, wire sides and background tasks."""

import asyncio
import secrets
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from playground.discord import snapshot
from playground.discord.bell import Bell
from playground.discord.chaos import Chaos
from playground.discord.clock import Clock
from playground.discord.commands import Commands
from playground.discord.errors import Json
from playground.discord.feed import Feed
from playground.discord.files import Files
from playground.discord.gateway_limits import GatewayLimits
from playground.discord.interactions import Interactions
from playground.discord.limits import Limits
from playground.discord.messages import Messages
from playground.discord.oauth import Authorizations
from playground.discord.sessions import Sessions
from playground.discord.snowflake import Snowflakes
from playground.discord.store import Parts, Store
from playground.discord.tls import Door
from playground.discord.transcript import Transcript
from playground.discord.world import World, found_world


class LocalDiscord:
    """Everything that handlers need. `folder` holds files and transcript; the state only where `is_kept`."""

    def __init__(self, folder: Path, *, is_kept: bool, gateway: GatewayLimits | None = None) -> None:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        (folder / "files").mkdir(exist_ok=True)
        self.folder = folder
        self._writer = ThreadPoolExecutor(1, "local-discord-writer")
        self.store = Store(folder / "state.json" if is_kept else None, self._collect, self._writer)
        kept = self.store.read() or {}
        about: Json = kept.get("about", {})
        self.key: str = about.get("key") or secrets.token_urlsafe(24)
        self._secret: str = about.get("secret") or secrets.token_hex(32)
        self.clock = Clock(about.get("clock_offset_s", 0.0))
        self.ids = Snowflakes(self.clock, about.get("last_id", 0))
        self.files = Files(folder / "files", self.clock, bytes.fromhex(self._secret))
        self.transcript = Transcript(folder / "transcript.jsonl", self.clock, self._writer)
        self.sessions = Sessions(self.transcript, self.clock, gateway or GatewayLimits())
        self.interactions = Interactions(self.clock)
        self.commands = Commands(self.ids)
        self.messages = Messages()
        self.oauth = Authorizations(self.clock)
        self.chaos, self.feed, self.bell, self.limits = Chaos(), Feed(), Bell(), Limits()
        self.world = self._load(kept) if kept else found_world(self.ids)
        self.base = self.gateway_url = ""
        self.door: Door | None = None
        self.closing = asyncio.Event()
        self._tasks: list[asyncio.Task[None]] = []

    def _collect(self) -> Parts:
        about: Json = {
            "key": self.key,
            "secret": self._secret,
            "clock_offset_s": self.clock.offset_s,
            "last_id": self.ids.last,
        }
        return {
            "about": about,
            "world": snapshot.world_json(self.world),
            "commands": self.commands.to_json(),
            "files": self.files.to_json(),
            "oauth": self.oauth.to_json(),
            "messages": [snapshot.message_json(one) for one in self.messages.by_id.values()],
        }

    def _load(self, kept: Parts) -> World:
        world = World(self.ids)
        snapshot.load_world(world, kept["world"])
        self.commands.load(kept["commands"])
        self.files.load(kept["files"])
        self.oauth.load(kept.get("oauth", []))
        snapshot.load_messages(self.messages, kept["messages"])
        return world

    def listen_on(self, port: int) -> None:
        """Take the address that the server listens on."""
        self.base = self.files.base = f"http://127.0.0.1:{port}"
        self.gateway_url = f"ws://127.0.0.1:{port}/gateway"

    async def start(self) -> None:
        """Write the first snapshot and start the background tasks."""
        await self.store.write()
        self._tasks = [asyncio.create_task(self.store.keep()), asyncio.create_task(self.transcript.keep())]

    async def say_goodbye(self) -> None:
        """Tell clients that the server ends."""
        self.closing.set()
        await self.sessions.close()

    async def stop(self) -> None:
        """End the tasks and write everything down; called when nobody is served any more."""
        await self.say_goodbye()
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        await self.transcript.flush()
        await self.store.write()
        self._writer.shutdown()

    def announcement(self) -> Json:
        """Return what the command line prints when the server is ready."""
        application = self.world.application("")
        second = {"tls": {"port": self.door.port, "ca": str(self.door.ca)}} if self.door else {}
        return second | {
            "base": self.base,
            "api": f"{self.base}/api/v10",
            "gateway": self.gateway_url,
            "key": self.key,
            "application_id": application.id,
            "token": application.token,
            "public_key": application.public_key,
            "client_secret": application.client_secret,
        }
