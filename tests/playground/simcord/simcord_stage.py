"""SimCord as a stage: in the bot's own process, without a wire.

Its world is built before the bot starts, through its backend where its handles do not reach: it gives every bot a role
with all permissions, and the bot another name.
"""

from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import asynccontextmanager, contextmanager
from typing import Any
from urllib.parse import urlencode

import discord
import simcord
from simcord.backend import serializers
from simcord.backend.errors import BackendError, SetupError
from simcord.http import router
from simcord.results import InteractionResult

from tests.playground.simcord import world
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
    parts,
    record_events,
    without_complaint,
)

SETTLE_S = 60.0
DENIED = {
    world.SILENT: discord.PermissionOverwrite(send_messages=False),
    world.HIDDEN: discord.PermissionOverwrite(view_channel=False),
}


class SimCordStage:
    """The stage; `people` are members, `channels` and `roles` what a member may mean."""

    def __init__(self, env: simcord.Env) -> None:
        self.names: dict[str, str] = {}
        self.calls: list[Call] = []
        self.events: list[Event] = []
        self._env = env
        self._form: InteractionResult | None = None
        self._build()

    def _build(self) -> None:
        env, backend = self._env, self._env.backend
        bot = backend.bot_user
        bot.name, bot.global_name, bot.discriminator = (
            world.BOT_NAME,
            world.BOT_SHOWN_AS,
            world.BOT_DISCRIMINATOR,
        )
        people = {
            name: env.create_user(name, global_name=name.capitalize())
            for name in (world.OWNER, world.ADA, world.BEN)
        }
        self._guild = env.create_guild("atelier", owner=people[world.OWNER])
        stored = backend.guilds[self._guild.id]
        for role_id in [one for one in stored.roles if one != stored.id]:
            del stored.roles[role_id]
        stored.roles[stored.id].permissions = world.EVERYONE_MAY
        self._roles = {
            name: self._guild.create_role(name, permissions=discord.Permissions(mask), position=position)
            for position, (name, mask) in enumerate(world.ROLES.items(), 1)
        }
        stored.members[bot.id].role_ids = [self._roles["keepers"].id]
        stored.members[people[world.OWNER].id].role_ids = [self._roles["moderators"].id]
        self._people = {
            world.ADA: self._guild.add_member(people[world.ADA], roles=[self._roles["painters"]]),
            world.BEN: self._guild.add_member(people[world.BEN]),
        }
        itself = simcord.UserHandle(env, bot)
        self._channels = {
            name: self._guild.create_text_channel(
                name, overwrites={itself: DENIED[name]} if name in DENIED else None
            )
            for name in world.TEXT_CHANNELS
        }
        self.names = {str(one.id): name for name, one in (people | self._roles | self._channels).items()}
        self.names |= {
            str(self._guild.id): "atelier",
            str(bot.id): bot.name,
            str(backend.application_id): bot.name,
        }

    async def perform(self, action: Action) -> None:
        """Let SimCord's actor do it; see `Stage`."""
        try:
            result = await self._performed(action)
        except (SetupError, BackendError) as error:
            raise RefusedError(str(error)) from error
        self._form = result if isinstance(result, InteractionResult) else self._form

    async def _performed(self, action: Action) -> object:  # noqa: PLR0911 (one for each action)
        who = self._people[action.who]
        match action:
            case Slash(place="dm"):
                return await who.user.slash(action.path, **self._values(action.options))
            case Slash():
                return await who.slash(self._at(action.place), action.path, **self._values(action.options))
            case Complete():
                typed = (action.path, action.option, action.typed)
                return await who.autocomplete(self._at(action.place), *typed, **self._values(action.options))
            case Click():
                return await self._click(action)
            case Submit():
                assert self._form is not None
                fields = _prefilled(self._form) | self._values(action.fields)
                return await who.submit_modal(self._form, fields)
            case OnMember():
                return await who.context_menu(
                    self._at(action.place), action.name, self._people[action.member]
                )
            case OnMessage():
                message = await self._message(action)
                return await who.context_menu(self._at(action.place), action.name, message)
            case React():
                message = await self._message(action)
                await (who.unreact if action.is_removal else who.react)(message, action.emoji)
                return None
            case Say(place="dm"):
                return await who.send_dm(action.content)
            case Say():
                files = [(one.filename, one.content) for one in action.files]
                return await who.send(self._at(action.place), action.content, attachments=files)

    async def _click(self, action: Click) -> object:
        who = self._people[action.who]
        actor = who.user if action.place == "dm" else who
        message = await self._message(action)
        if action.values is None:
            return await actor.click(message, custom_id=action.custom_id)
        chosen = self._value(action.values)
        return await actor.select(message, chosen, custom_id=action.custom_id)

    async def _message(self, action: Click | OnMessage | React) -> discord.Message:
        """Return the message that an action is about, as SimCord wants it."""
        found = await self.messages(action.who, action.place)
        sought = {"custom_id": action.custom_id} if isinstance(action, Click) else {"content": action.content}
        message_id = int(newest(found, **sought)["id"])
        who = self._people[action.who]
        place, viewer = (
            (who.user.dm_channel, who.user) if action.place == "dm" else (self._at(action.place), who)
        )
        return next(one for one in place.history(viewer=viewer) if one.id == message_id)

    def _at(self, place: str) -> simcord.ChannelHandle:
        return self._channels[place]

    def _values(self, values: Mapping[str, Value]) -> dict[str, Any]:
        return {name: self._value(one) for name, one in values.items()}

    def _value(self, value: Value) -> Any:  # noqa: ANN401 (whatever SimCord takes)
        if isinstance(value, tuple):
            return [self._value(one) for one in value]
        if isinstance(value, Upload):
            return (value.filename, value.content)
        if isinstance(value, Ref):
            sorts: dict[str, Mapping[str, Any]] = {
                "user": self._people,
                "role": self._roles,
                "channel": self._channels,
            }
            return sorts[value.kind][value.name]
        return value

    async def messages(self, who: str, place: str) -> list[Json]:
        """See `Stage`."""
        backend, user_id = self._env.backend, self._people[who].id
        channel_id = backend.dm_channels.get(user_id) if place == "dm" else self._at(place).id
        stored = backend.messages.get(channel_id, {}).values() if channel_id else ()
        return [
            dict(serializers.message_payload(backend, one, for_user=user_id))
            for one in sorted(stored, key=lambda one: one.id)
            if one.visible_to(user_id)
        ]


def _prefilled(form: InteractionResult) -> dict[str, Any]:
    """Return what stands in a form's fields when it opens; SimCord's actors would send them empty."""
    return {one["custom_id"]: one["value"] for one in parts(form.modal or {}) if "value" in one}


@contextmanager
def _noting(calls: list[Call]) -> Iterator[None]:
    """Write down every request: SimCord itself keeps no answers."""
    dispatch = router.dispatch

    def noted(backend: Any, method: str, path: str, **more: Any) -> Any:  # noqa: ANN401 (SimCord's signature)
        asked = f"{path}?{urlencode(more['params'])}" if more.get("params") else path
        outcome, answer = "ok", None
        try:
            answer = dispatch(backend, method, path, **more)
        except BackendError as error:
            outcome = f"{error.status} {error.code}"
            raise
        finally:
            calls.append(Call(method, asked, more.get("json"), outcome, answer))
        return answer

    router.dispatch = noted
    try:
        yield
    finally:
        router.dispatch = dispatch


@asynccontextmanager
async def simcord_stage(bot: discord.Client) -> AsyncIterator[SimCordStage]:
    """Attach a bot to a SimCord of its own.

    SimCord's own list of errors also has those that a bot tells people of, so only what is logged counts.
    """
    env = simcord.Env(bot, settle_timeout=SETTLE_S)
    stage = SimCordStage(env)
    record_events(bot, stage.events)
    with _noting(stage.calls), without_complaint():
        await env.start()
        try:
            with env.time_context():
                yield stage
        finally:
            await env.shutdown()
