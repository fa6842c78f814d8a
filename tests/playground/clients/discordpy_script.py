"""What discord.py must find on a local Discord: first what its gateway brings, then what REST answers."""

from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager

import aiohttp
import discord
from discord.gateway import DiscordWebSocket
from discord.http import Route
from yarl import URL

from tests.playground.clients import discordpy_rest, facts
from tests.playground.clients.discordpy_bot import WitnessBot
from tests.playground.clients.people import PNG, UPLOAD, Json, People, people_of
from tests.playground.clients.watch import Watch, witnessed
from tests.waiting import HANGS_AFTER_S

COMMANDS = {"portrait", "ask", "whisper", "pick", "study", "gamble", "Wave", "Look at message"}


@contextmanager
def pointed_at(about: Json) -> Iterator[None]:
    """Let discord.py dial a local Discord."""
    before = (Route.BASE, DiscordWebSocket.DEFAULT_GATEWAY, discord.Asset.BASE)
    Route.BASE, DiscordWebSocket.DEFAULT_GATEWAY = about["api"], URL(about["gateway"])
    discord.Asset.BASE = about["base"]
    try:
        yield
    finally:
        Route.BASE, DiscordWebSocket.DEFAULT_GATEWAY, discord.Asset.BASE = before


@asynccontextmanager
async def connected(
    watch: Watch, token: str, connector: aiohttp.BaseConnector | None
) -> AsyncIterator[WitnessBot]:
    """A bot that is ready, with its commands registered."""
    bot = WitnessBot(watch, connector)
    try:
        await bot.login(token)
        watch.compare("own user", bot.user, {"bot": True, "verified": True})
        _see_commands(watch, await bot.tree.sync())
        async with watch.minding(bot.connect()):
            await bot.wait_until_ready()
            yield bot
    finally:
        await bot.close()


async def run_script(
    about: Json, *, connector: aiohttp.BaseConnector | None = None, guard_s: float = HANGS_AFTER_S
) -> list[str]:
    """Return discord.py's complaints about the local Discord that announced `about`.

    With a connector it dials Discord's own addresses through it, and nothing of the library is changed.
    """

    async def script(watch: Watch) -> None:
        async with people_of(about) as people, connected(watch, about["token"], connector) as bot:
            await _visit(watch, bot, people)

    if connector is not None:
        return await witnessed("discord", script, guard_s=guard_s)
    with pointed_at(about):
        return await witnessed("discord", script, guard_s=guard_s)


async def _visit(watch: Watch, bot: WitnessBot, people: People) -> None:
    """Go through everything once, in order."""
    _see_world(watch, bot, people)
    await _see_portrait(watch, bot, people)
    await _see_form(watch, people)
    await _see_resolved(watch, people)
    await _see_direct(watch, people)
    await _see_menus(watch, people)
    await discordpy_rest.see_messages(watch, bot, people)
    await discordpy_rest.see_world(watch, bot, people)
    await _see_resume(watch, people)
    _see_answers(watch, bot, people)


def _see_commands(watch: Watch, given: list[discord.app_commands.AppCommand]) -> None:
    """Hold what Discord says it registered against what was registered."""
    found = {one.name: one for one in given}
    watch.same("commands missing", COMMANDS - set(found), set())
    pick = found["pick"]
    watch.compare(
        "command", pick, {"type.value": 1, "description": "Pick a style", "nsfw": False, "guild_id": None}
    )
    style, count = pick.options
    watch.compare("option", style, {"name": "style", "type.value": 3, "required": True, "autocomplete": True})
    watch.compare("option", count, {"type.value": 4, "required": False, "min_value": 1, "max_value": 4})
    watch.compare("menu", found["Wave"], {"type.value": 2, "description": "", "options": []})
    watch.same("for adults", found["gamble"].nsfw, True)


def _see_world(watch: Watch, bot: WitnessBot, people: People) -> None:
    """Hold READY and GUILD_CREATE against the world."""
    bot_id = int(people.bot_id)
    watch.compare(
        "bot", bot, {"application_id": bot_id, "application_flags.gateway_message_content_limited": True}
    )
    watch.compare("own user", bot.user, facts.own_user(people, "limner", "Limner") | {"locale": "en-US"})
    guild = bot.get_guild(people.ids["atelier"])
    assert guild is not None
    more = {"me.id": bot_id, "mfa_level.value": 0, "max_stage_video_users": 50}
    watch.compare("guild", guild, facts.guild(people) | more)
    watch.compare("self", guild.me, {"joined_at": facts.BEGINNING, "guild_permissions.attach_files": True})
    roles = {one.name: one for one in guild.roles}
    watch.compare("role", roles["painters"], facts.role(people))
    watch.compare("everyone", roles["@everyone"], {"id": guild.id, "position": 0})
    channels = {one.name: one for one in guild.text_channels}
    for position, name in enumerate(("portraits", "gallery", "lounge")):
        watch.compare("channel", channels[name], facts.channel(people, name, position))
    watch.compare("channel", channels["cellar"], {"nsfw": True, "category_id": people.ids["house"]})
    denied = channels["gallery"].overwrites_for(roles["painters"])
    watch.compare("overwrite", denied, {"add_reactions": False, "send_messages": None, "attach_files": True})
    watch.compare("thread", guild.get_thread(people.ids["nook"]), facts.thread(people))


def _see_interaction(watch: Watch, people: People, given: discord.Interaction, kind: int) -> None:
    watch.compare("interaction", given, facts.interaction(people, kind))
    more = {"context.guild": True, "context.dm_channel": False, "filesize_limit": facts.FILE_LIMIT}
    watch.compare("interaction", given, more)
    watch.same(
        "guild integration", (given.is_guild_integration(), given.is_user_integration()), (True, False)
    )
    watch.compare("actor", given.user, facts.member(people, "ada"))


async def _see_portrait(watch: Watch, bot: WitnessBot, people: People) -> None:
    """See an answer deferred and filled in, its edit announced, its button and its select."""
    answer = await people.slash("portrait", options={"seed": 7})
    given = await watch.told("interaction")
    _see_interaction(watch, people, given, 2)
    watch.compare("command", given, {"command.name": "portrait", "namespace.seed": 7, "message": None})
    edited = await watch.told("edited")
    message_id = int(answer["message"]["id"])
    watch.compare("edit", edited, {"message_id": message_id, "guild_id": people.ids["atelier"]})
    message = edited.message
    watch.compare("message", message, facts.message(people, flags=facts.V2_FLAG))
    watch.compare("metadata", message.interaction_metadata, {"id": given.id, "type.value": 2})
    _see_origin(watch, people, message, "portrait")
    media = _see_gallery(watch, message)
    watch.same("picture", await bot.http.get_from_cdn(media.url), PNG)
    watch.same("proxied picture", await bot.http.get_from_cdn(media.proxy_url or ""), PNG)
    pressed = await people.click(message_id, "v1:portrait:again:7")
    watch.same("pressed", (pressed["message"]["content"], pressed["ephemeral"]), ("again 7", True))
    given = await watch.told("interaction")
    _see_press(watch, people, given, message_id)
    chosen = await people.click(message_id, "v1:style:7", values=["ink"])
    watch.same("chosen", chosen["message"]["components"][0]["content"], "style ink")
    given = await watch.told("interaction")
    watch.compare("select", given, {"custom_id": "v1:style:7"})
    _see_press(watch, people, given, message_id)


def _see_press(watch: Watch, people: People, given: discord.Interaction, message_id: int) -> None:
    """See a component of the portrait used, with the message that has it."""
    _see_interaction(watch, people, given, 3)
    message = given.message
    assert message is not None
    watch.compare("pressed message", message, facts.message(people, flags=facts.V2_FLAG) | {"id": message_id})
    _see_origin(watch, people, message, "portrait")
    _see_gallery(watch, message)


def _see_origin(watch: Watch, people: People, message: discord.Message, command: str) -> None:
    """See which command a message answers, and by which installation."""
    watch.compare("origin", message, facts.from_command(people, command))
    _see_owner(watch, people, message.interaction_metadata)


def _see_owner(watch: Watch, people: People, origin: discord.MessageInteractionMetadata | None) -> None:
    wanted = {0: people.ids["atelier"]}
    watch.compare("origin's owners", origin, {"_integration_owners": wanted})


def _see_gallery(watch: Watch, message: discord.Message) -> discord.UnfurledMediaItem:
    """See the picture of an answer where its container shows it."""
    container = message.components[0]
    assert isinstance(container, discord.Container)
    gallery = container.children[1]
    assert isinstance(gallery, discord.MediaGalleryComponent)
    item = gallery.items[0]
    watch.compare("gallery", item, {"description": "a face", "spoiler": False})
    watch.compare("media", item.media, facts.MEDIA | {"loading_state.value": facts.LOADED})
    watch.same("attachment", item.media.attachment_id is not None, True)
    return item.media


async def _see_form(watch: Watch, people: People) -> None:
    """See a form come back, a file as an option, and suggestions while typing."""
    asked = await people.slash("ask")
    watch.same("form", (asked["callback"], asked["modal"]["title"]), (9, "Edit"))
    await watch.told("interaction")
    about = {"interaction_id": asked["interaction_id"], "fields": {"words": "grey hair", "size": ["big"]}}
    sent = await people.act("submit", **about, files={"picture": UPLOAD})
    watch.same("form", sent["message"]["content"], "grey hair|['big']|['me.png']")
    _see_interaction(watch, people, await watch.told("interaction"), 5)
    answer = await people.slash("whisper", files={"picture": UPLOAD})
    watch.same("whisper", answer["message"]["content"], f"me.png {len(PNG)}")
    await watch.told("interaction")
    about = {"channel": "portraits", "name": "pick", "option": "style", "value": "in"}
    offered = await people.act("autocomplete", **about)
    watch.same("choices", offered["choices"], [{"name": "ink", "value": "ink"}])
    _see_interaction(watch, people, await watch.told("interaction"), 4)


async def _see_resolved(watch: Watch, people: People) -> None:
    """See what options refer to, an answer taken back, and a private follow-up."""
    said = await people.act("say", user="ben", channel="cellar", content="mind the steps")
    options = {"sitter": "ben", "role": "painters", "place": "cellar"}
    await people.slash("study", options=options, files={"picture": UPLOAD})
    sitter, role, place, picture = await watch.told("studied")
    watch.compare("sitter", sitter, facts.member(people, "ben"))
    watch.compare("sitter", sitter, {"resolved_permissions.send_messages": True})
    watch.compare("role", role, facts.role(people))
    place_facts = {
        "id": people.ids["cellar"], "name": "cellar", "type.value": 0, "permissions.send_messages": True, "nsfw": True,
        "category_id": people.ids["house"], "last_message_id": int(said["id"]),
    }  # fmt: skip
    watch.compare("place", place, place_facts)
    watch.compare("picture", picture, facts.picture("me.png", ephemeral=True))
    deferred = await watch.told("deferred")
    watch.same("deferred", (deferred.is_ephemeral(), deferred.is_thinking()), (True, True))
    followed = await watch.told("follow-up")
    wanted = {"content": "seen", "flags.value": facts.EPHEMERAL_FLAG}
    watch.compare("follow-up", followed, facts.message(people, flags=facts.EPHEMERAL_FLAG) | wanted)
    _see_origin(watch, people, followed, "study")
    watch.same("answered before", bool(followed.interaction_metadata.original_response_message_id), True)
    await watch.told("interaction")


async def _see_direct(watch: Watch, people: People) -> None:
    """See a command typed where there is no server."""
    answer = await people.slash("whisper", channel="dm")
    watch.same("answer", answer["message"]["content"], "nothing")
    given = await watch.told("interaction")
    watch.compare("direct", given, facts.direct_interaction(people) | {"context.dm_channel": True})


async def _see_menus(watch: Watch, people: People) -> None:
    """See the context menus of a person and of somebody's message, and what the answer to a callback carries."""
    await people.act("context", channel="portraits", type="user", name="Wave", target="ben")
    watch.compare("target", await watch.told("target"), facts.member(people, "ben"))
    _see_interaction(watch, people, await watch.told("interaction"), 2)
    answered = (await watch.told("answered")).resource
    watch.compare("answer", answered.interaction_metadata, {"target_user.id": people.ids["ben"]})
    said = await people.act("say", user="ben", channel="portraits", content="a castle", files={"a": UPLOAD})
    about = {"channel": "portraits", "type": "message", "message_id": said["id"]}
    await people.act("context", name="Look at message", **about)
    target = await watch.told("target")
    watch.compare("target", target, {"id": int(said["id"]), "content": "a castle", "type.value": 0})
    watch.compare("target author", target.author, facts.user(people, "ben"))
    watch.compare("target", target.attachments[0], facts.picture("me.png"))
    _see_interaction(watch, people, await watch.told("interaction"), 2)
    answered = await watch.told("answered")
    watch.compare("answer", answered, {"type.value": 4, "resource.content": "saw a castle"})
    watch.same("answer", (answered.is_ephemeral(), answered.is_thinking()), (False, False))
    sent = facts.message(people, flags=0, kind=facts.MENU_REPLY, content="saw a castle")
    watch.compare("sent", answered.resource, sent | {"id": answered.message_id})
    _see_looked_at(watch, people, answered.resource, target.id)
    while (heard := await watch.told("message")).id != answered.message_id:
        pass
    _see_looked_at(watch, people, heard, target.id)


def _see_looked_at(watch: Watch, people: People, message: discord.Message, target_id: int) -> None:
    """See an answer point at the message that its command was used on."""
    _see_origin(watch, people, message, "Look at message")
    watch.compare("origin", message.interaction_metadata, {"target_message_id": target_id})
    watch.compare("reference", message.reference, {"message_id": target_id, "type.value": 0})
    shown = message.reference and message.reference.resolved
    assert isinstance(shown, discord.Message)
    watch.compare("shown target", shown.attachments[0], facts.picture("me.png"))


async def _see_resume(watch: Watch, people: People) -> None:
    """See the gateway cut, the session resumed, and what was said meanwhile."""
    await people.call("POST", "chaos", kind="drop", bot=people.bot_id)
    said = await people.act("say", user="ben", channel="lounge", content="missed")
    await watch.told("resumed")
    while (message := await watch.told("message")).id != int(said["id"]):
        pass
    watch.compare("message", message, {"content": "", "channel.name": "lounge", "guild.name": "atelier"})
    # Of the author of a message in a server the library keeps the name and the picture alone.
    watch.compare("author", message.author, facts.member(people, "ben", has_looks=False))


def _see_answers(watch: Watch, bot: WitnessBot, people: People) -> None:
    """Hold what the gateway said of the bot's own answers against what they were."""
    heard = {one.content: one for one in bot.heard_of.values()}
    for content, (kind, origin) in facts.answers(people).items():
        wanted = facts.message(people, flags=0, kind=kind, content=content)
        watch.compare("answer heard of", heard[content], wanted)
        watch.compare("its origin", heard[content].interaction_metadata, origin)
        _see_owner(watch, people, heard[content].interaction_metadata)
    form = heard["grey hair|['big']|['me.png']"].interaction_metadata
    _see_owner(watch, people, form and form.modal_interaction)
