"""The local Discord as a stage: over HTTP and a websocket, with a discord.py client that knows nothing of it."""

import asyncio
import base64
import json
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import aiohttp
import discord

from playground.discord import posting
from playground.discord.app import running
from playground.discord.local import LocalDiscord
from tests.playground.clients.discordpy_script import pointed_at
from tests.playground.simcord.actions import (
    Action,
    Click,
    Complete,
    OnMember,
    OnMessage,
    React,
    Ref,
    Say,
    Slash,
    Submit,
    Upload,
    Value,
)
from tests.playground.simcord.stage import (
    Call,
    Event,
    Json,
    RefusedError,
    newest,
    record_events,
    without_complaint,
)
from tests.playground.simcord.world import HIDDEN, KEEPER, PAINTER, SILENT
from tests.waiting import until

API = "/api/v10"
HANDLERS = ("CommandTree-invoker", "discord-ui-", "discord.py: ")
"""How discord.py names the tasks in which a bot works."""

SCENERY: Json = {
    "roles": [
        {"name": "painters", "permissions": list(PAINTER)},
        {"name": "keepers", "permissions": list(KEEPER)},
    ],
    "channels": [{"name": HIDDEN}],
    "members": [{"user": "ada", "roles": ["painters"]}, {"user": "limner", "roles": ["keepers"]}],
    "permissions": [
        {"channel": SILENT, "deny": ["SEND_MESSAGES"]},
        {"channel": HIDDEN, "deny": ["VIEW_CHANNEL"]},
    ],
}


class LocalStage:
    """The stage; `form` is the interaction that was answered last."""

    def __init__(self, local: LocalDiscord, session: aiohttp.ClientSession, bot: discord.Client) -> None:
        self.names: dict[str, str] = {}
        self.calls: list[Call] = []
        self.events: list[Event] = []
        self._local, self._session, self._bot = local, session, bot
        self._read = 0
        self._form = ""

    async def perform(self, action: Action) -> None:
        """Ask `/play/` to do it; see `Stage`."""
        match action:
            case Slash():
                options, files = _sorted(action.options)
                await self._act("slash", action, **_named(action.path), options=options, files=files)
            case Complete():
                options, _ = _sorted(action.options)
                focused = {"option": action.option, "value": action.typed}
                await self._act("autocomplete", action, **_named(action.path), options=options, **focused)
            case Click():
                found = newest(await self.messages(action.who, action.place), custom_id=action.custom_id)
                values = {} if action.values is None else {"values": [_plain(one) for one in action.values]}
                await self._act("click", action, message_id=found["id"], custom_id=action.custom_id, **values)
            case Submit():
                fields, files = _sorted(action.fields)
                await self._act("submit", action, interaction_id=self._form, fields=fields, files=files)
            case OnMember():
                await self._act("context", action, name=action.name, type="user", target=action.member)
            case OnMessage():
                found = newest(await self.messages(action.who, action.place), content=action.content)
                await self._act("context", action, name=action.name, type="message", message_id=found["id"])
            case React():
                found = newest(await self.messages(action.who, action.place), content=action.content)
                emoji = {"emoji": action.emoji, "remove": action.is_removal}
                await self._act("react", action, message_id=found["id"], **emoji)
            case Say():
                files = {str(index): _upload(one) for index, one in enumerate(action.files)}
                await self._act("say", action, content=action.content, files=files)

    async def _act(self, path: str, action: Action, **body: object) -> None:
        place = {} if isinstance(action, Submit) else {"channel": action.place}
        answer = await self._play("POST", path, user=action.who, wait=0, **place, **body)
        self._form = (answer or {}).get("interaction_id") or self._form
        await self.settle()

    async def _play(self, method: str, path: str, **body: object) -> Any:  # noqa: ANN401 (JSON)
        headers = {"X-Playground-Key": self._local.key}
        url = f"{self._local.base}/play/{path}"
        async with self._session.request(method, url, json=body or None, headers=headers) as response:
            if response.status in (403, 422):
                raise RefusedError(await response.text())
            assert response.status < 300, await response.text()
            return None if response.status == 204 else await response.json()

    async def messages(self, who: str, place: str) -> list[Json]:
        """See `Stage`; `/play/messages` itself shows tests more than Discord shows anybody."""
        world, application = self._local.world, self._local.world.application("")
        user_id = world.user(who).id
        channel = world.dm(user_id, application.id) if place == "dm" else world.channel(place)
        found = reversed(list(self._local.messages.last(channel.id)))
        return [posting.for_bot(self._local, one, user_id) for one in found if one.is_visible_to(user_id)]

    async def settle(self) -> None:
        """Wait until the bot has everything that was sent to it and works on nothing; note what it asked for."""
        await until(self._is_settled)
        entries, self._read = await self._local.transcript.read(self._read, 1000)
        self.calls += [_call(one) for one in entries if one["kind"] == "request"]

    def _is_settled(self) -> bool:
        sessions = list(self._local.sessions.of(self._local.world.application("").id))
        if not sessions or self._bot.ws is None or self._bot.ws.sequence != sessions[0].seq:
            return False
        return not any(one.get_name().startswith(HANDLERS) for one in asyncio.all_tasks())

    async def prepare(self) -> None:
        """Make the world of the script."""
        state = await self._play("POST", "world", **SCENERY)
        world = self._local.world
        for one in (*state["guilds"], *state["channels"], *world.roles.values()):
            given = one if isinstance(one, dict) else {"id": one.id, "name": one.name}
            self.names.setdefault(given["id"], given["name"])
        self.names |= {one["id"]: one["username"] for one in state["users"]}


def _named(path: str) -> Json:
    """Return a command's name, group and subcommand."""
    name, *below = path.split()
    return {"name": name, **dict(zip(("subcommand", "group"), reversed(below), strict=False))}


def _upload(upload: Upload) -> Json:
    return {"filename": upload.filename, "base64": base64.b64encode(upload.content).decode()}


def _files(value: Value) -> Json | list[Json]:
    if isinstance(value, Upload):
        return _upload(value)
    return [_upload(one) for one in value if isinstance(one, Upload)] if isinstance(value, tuple) else []


def _plain(value: Value) -> Any:  # noqa: ANN401 (JSON)
    if isinstance(value, tuple):
        return [_plain(one) for one in value]
    return value.name if isinstance(value, Ref) else value


def _sorted(values: Mapping[str, Value]) -> tuple[Json, Json]:
    """Return what is typed and what is uploaded."""
    files = {name: _files(one) for name, one in values.items() if _files(one)}
    return {name: _plain(one) for name, one in values.items() if name not in files}, files


def _call(entry: Json) -> Call:
    refused = entry["status"] >= 400
    code = entry["response"].get("code") if refused and isinstance(entry["response"], dict) else None
    outcome = f"{entry['status']} {code}" if refused else "ok"
    path = entry["path"].removeprefix(API)
    return Call(entry["method"], path, entry["request"], outcome, None if refused else entry["response"])


@asynccontextmanager
async def local_stage(bot: discord.Client, folder: Path) -> AsyncIterator[LocalStage]:
    """Connect a bot to a local Discord of its own."""
    local = LocalDiscord(folder, is_kept=False)
    async with running(local, 0), aiohttp.ClientSession(json_serialize=json.dumps) as session:
        stage = LocalStage(local, session, bot)
        await stage.prepare()
        record_events(bot, stage.events)
        about = local.announcement()
        with pointed_at(about), without_complaint():
            await bot.login(about["token"])
            run = asyncio.create_task(bot.connect())
            try:
                await bot.wait_until_ready()
                await stage.settle()
                yield stage
            finally:
                await bot.close()
                await asyncio.wait([run])
