"""What disnake must find on a local Discord."""

from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager

import aiohttp
import disnake
from disnake.interactions.base import Interaction
from disnake.interactions.message import MessageInteraction

from tests.playground.clients import facts
from tests.playground.clients.disnake_bot import PAINT_NAMES, DisnakeBot
from tests.playground.clients.people import PNG, UPLOAD, Json, People, people_of
from tests.playground.clients.watch import Watch, witnessed
from tests.waiting import HANGS_AFTER_S

ROUTE, ASSET = disnake.http.Route, disnake.Asset


@contextmanager
def pointed_at(about: Json) -> Iterator[None]:
    """Let disnake dial a local Discord; the gateway's address it asks for."""
    before = (ROUTE.BASE, ASSET.BASE)
    ROUTE.BASE, ASSET.BASE = about["api"], about["base"]
    try:
        yield
    finally:
        ROUTE.BASE, ASSET.BASE = before


@asynccontextmanager
async def connected(
    watch: Watch, token: str, connector: aiohttp.BaseConnector | None
) -> AsyncIterator[DisnakeBot]:
    """A bot that is ready, with its commands registered."""
    bot = DisnakeBot(watch, connector)
    try:
        async with watch.minding(bot.start(token)):
            await bot.wait_until_ready()
            await bot.until_registered()
            yield bot
    finally:
        await bot.close()


async def run_script(
    about: Json, *, connector: aiohttp.BaseConnector | None = None, guard_s: float = HANGS_AFTER_S
) -> list[str]:
    """Return disnake's complaints about the local Discord that announced `about`.

    With a connector it dials Discord's own addresses through it, and nothing of the library is changed.
    """

    async def script(watch: Watch) -> None:
        async with people_of(about) as people:
            token = await people.move_to_new_application("Second")
            async with connected(watch, token, connector) as bot:
                await _visit(watch, bot, people)

    if connector is not None:
        return await witnessed("disnake", script, guard_s=guard_s)
    with pointed_at(about):
        return await witnessed("disnake", script, guard_s=guard_s)


async def _visit(watch: Watch, bot: DisnakeBot, people: People) -> None:
    """Go through everything once, in order."""
    _see_world(watch, bot, people)
    painted = await _see_command(watch, bot, people)
    await _see_components(watch, people, painted)
    await _see_form(watch, people)
    await _see_whispers(watch, people)
    await _see_direct(watch, people)
    await _see_menus(watch, people)
    await _see_reactions(watch, bot, people)
    await _see_resume(watch, people)
    _see_answers(watch, bot, people)


def _see_world(watch: Watch, bot: DisnakeBot, people: People) -> None:
    """Hold READY and GUILD_CREATE against the world."""
    bot_id = int(people.bot_id)
    watch.compare(
        "bot", bot, {"application_id": bot_id, "application_flags.gateway_message_content_limited": True}
    )
    watch.compare("own user", bot.user, facts.own_user(people, "second", "Second"))
    guild = bot.get_guild(people.ids["atelier"])
    assert guild is not None
    more = {"me.id": bot_id, "mfa_level": 0, "soundboard_sounds": ()}
    watch.compare("guild", guild, facts.guild(people) | more | {"max_stage_video_channel_users": 50})
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


async def _see_command(watch: Watch, bot: DisnakeBot, people: People) -> int:
    """See a slash command with resolved options deferred, and filled in with a picture; return the message's id."""
    known = bot.get_global_command_named("paint", disnake.ApplicationCommandType.chat_input)
    names = {"name_localizations.data": PAINT_NAMES, "description_localizations.data": PAINT_NAMES}
    watch.compare("registered", known, names)
    options = {"seed": 7, "sitter": "ada", "role": "painters", "place": "gallery"}
    answer = await people.slash("paint", options=options)
    watch.same("callback", answer["callback"], 5)
    given = await watch.told("interaction")
    _see_interaction(watch, people, given, 2)
    watch.compare("command", given.data, {"name": "paint", "type.value": 1, "target_id": None})
    message, sitter, role, place = await watch.told("painted")
    watch.compare("message", message, facts.message(people, flags=facts.V2_FLAG))
    watch.compare(
        "message", message, {"id": int(answer["message"]["id"]), "reactions": [], "reference": None}
    )
    _see_origin(watch, people, message, "paint")
    media = _see_gallery(watch, message)
    # disnake reads the message before it edits it, and keeps what it read
    loading = await given.original_response()
    watch.compare("loading message", loading, facts.message(people, flags=facts.LOADING_FLAG))
    _see_origin(watch, people, loading, "paint")
    watch.compare("sitter", sitter, facts.member(people, "ada"))
    watch.compare("role", role, facts.role(people))
    watch.compare("place", place, facts.channel(people, "gallery", 1))
    watch.same("picture", await bot.http.get_from_cdn(media.url), PNG)
    watch.same("proxied picture", await bot.http.get_from_cdn(media.proxy_url or ""), PNG)
    return int(message.id)


def _see_origin(watch: Watch, people: People, message: disnake.Message, command: str) -> None:
    """See which command a message answers, and by which installation."""
    watch.compare("origin", message, facts.from_command(people, command))
    watch.compare("origin", message.interaction_metadata, _owners(people))


def _owners(people: People) -> Json:
    return {"authorizing_integration_owners.guild_id": people.ids["atelier"]}


def _see_gallery(watch: Watch, message: disnake.Message) -> disnake.UnfurledMediaItem:
    """See the picture of an answer where its container shows it."""
    container = message.components[0]
    assert isinstance(container, disnake.Container)
    gallery = container.children[1]
    assert isinstance(gallery, disnake.MediaGallery)
    item = gallery.items[0]
    watch.compare("gallery", item, {"description": "a face", "spoiler": False})
    watch.compare("media", item.media, facts.MEDIA)
    return item.media


def _see_interaction(watch: Watch, people: People, given: Interaction[DisnakeBot], kind: int) -> None:
    watch.compare("interaction", given, facts.interaction(people, kind))
    more = {"context.guild": True, "context.bot_dm": False, "attachment_size_limit": facts.FILE_LIMIT}
    watch.compare("interaction", given, more | _owners(people))
    watch.compare("actor", given.user, facts.member(people, "ada"))


async def _see_components(watch: Watch, people: People, message_id: int) -> None:
    """See a button answered in private, and a select that rewrites its message."""
    pressed = await people.click(message_id, "again:7")
    watch.same("pressed", (pressed["message"]["content"], pressed["ephemeral"]), ("pressed again:7", True))
    given = await watch.told("interaction")
    _see_interaction(watch, people, given, 3)
    watch.compare(
        "button",
        given,
        {"data.custom_id": "again:7", "data.component_type.value": 2, "component.label": "Again"},
    )
    _see_pressed(watch, people, given, message_id)
    chosen = await people.click(message_id, "style:7", values=["ink"])
    watch.same("chosen", chosen["message"]["components"][0]["content"], "style ['ink']")
    given = await watch.told("interaction")
    _see_interaction(watch, people, given, 3)
    watch.compare("select", given, {"data.component_type.value": 3, "values": ["ink"]})
    _see_pressed(watch, people, given, message_id)


def _see_pressed(
    watch: Watch, people: People, given: MessageInteraction[DisnakeBot], message_id: int
) -> None:
    """See the message whose component was used."""
    wanted = facts.message(people, flags=facts.V2_FLAG) | {"id": message_id}
    watch.compare("pressed message", given.message, wanted)
    _see_origin(watch, people, given.message, "paint")
    _see_gallery(watch, given.message)


async def _see_form(watch: Watch, people: People) -> None:
    """See a form asked for, and come back with text, choice and file."""
    asked = await people.slash("ask")
    watch.same("form", (asked["callback"], asked["modal"]["title"]), (9, "Edit"))
    await watch.told("interaction")
    about = {"interaction_id": asked["interaction_id"], "fields": {"words": "grey hair", "size": ["big"]}}
    sent = await people.act("submit", **about, files={"picture": UPLOAD})
    watch.same("form", sent["message"]["content"], "grey hair|['big']|['me.png']")
    given = await watch.told("interaction")
    _see_interaction(watch, people, given, 5)
    watch.compare(
        "form", given, {"custom_id": "edit", "text_values": {"words": "grey hair"}, "message": None}
    )
    watch.compare("upload", (await watch.told("upload"))[0], facts.picture("me.png", ephemeral=True))


async def _see_whispers(watch: Watch, people: People) -> None:
    """See a file as an option, a private answer with a private follow-up, and suggestions while typing."""
    answer = await people.slash("whisper", files={"picture": UPLOAD})
    watch.same("whisper", (answer["message"]["content"], answer["ephemeral"]), ("a word", True))
    given, content = await watch.told("whispered")
    watch.compare("option", given, facts.picture("me.png", ephemeral=True))
    watch.same("content", content, PNG)
    shown = (await people.call("GET", "messages?user=ada&channel=portraits&limit=1"))["messages"]
    watch.same("follow-up", (shown[0]["content"], shown[0]["flags"]), ("and another", facts.EPHEMERAL_FLAG))
    await watch.told("interaction")
    about = {"channel": "portraits", "name": "pick", "option": "style", "value": "in"}
    offered = await people.act("autocomplete", **about)
    watch.same("choices", offered["choices"], [{"name": "ink", "value": "ink"}])
    typed = await watch.told("interaction")
    watch.compare(
        "typing", typed.data.options[0], {"name": "style", "value": "in", "focused": True, "type.value": 3}
    )


async def _see_direct(watch: Watch, people: People) -> None:
    """See a command typed where there is no server."""
    answer = await people.slash("whisper", channel="dm")
    watch.same("answer", answer["message"]["content"], "a word")
    watch.same("option", await watch.told("whispered"), (None, None))
    given = await watch.told("interaction")
    watch.compare("direct", given, facts.direct_interaction(people) | {"context.bot_dm": True})


async def _see_menus(watch: Watch, people: People) -> None:
    """See the context menus of a person and of somebody's message."""
    waved = await people.act("context", channel="portraits", type="user", name="Wave", target="ben")
    watch.same("wave", waved["message"]["content"], "waved at ben")
    watch.compare("target", await watch.told("target"), facts.member(people, "ben"))
    given = await watch.told("interaction")
    _see_interaction(watch, people, given, 2)
    watch.compare("menu", given.data, {"target_id": people.ids["ben"], "type.value": 2})
    said = await people.act("say", user="ben", channel="portraits", content="a castle", files={"a": UPLOAD})
    about = {"channel": "portraits", "type": "message", "name": "Restyle", "message_id": said["id"]}
    answer = await people.act("context", **about)
    watch.same("restyle", answer["message"]["content"], "restyle a castle")
    target = await watch.told("target")
    wanted = {"id": int(said["id"]), "content": "a castle", "author.id": people.ids["ben"], "type.value": 0}
    watch.compare("target", target, wanted)
    watch.compare("target", target.attachments[0], facts.picture("me.png"))
    _see_interaction(watch, people, await watch.told("interaction"), 2)


async def _see_reactions(watch: Watch, bot: DisnakeBot, people: People) -> None:
    """See ben's reaction, the bot's own beside it, and the first taken back."""
    said = await people.act("say", user="ada", channel="portraits", content="look")
    message_id = int(said["id"])
    await people.act("react", user="ben", message_id=said["id"], emoji="⭐")
    added = await watch.told("reaction")
    watch.compare(
        "reaction", added, facts.reaction(people, message_id, "⭐") | {"event_type": "REACTION_ADD"}
    )
    watch.compare("reaction", added, {"message_author_id": people.ids["ada"]})
    watch.compare("reactor", added.member, facts.member(people, "ben"))
    channel = bot.get_channel(people.ids["portraits"])
    assert isinstance(channel, disnake.TextChannel)
    await (await channel.fetch_message(message_id)).add_reaction("⭐")
    message = await channel.fetch_message(message_id)
    watch.compare("reactions", message.reactions[0], {"emoji": "⭐", "count": 2, "me": True})
    watch.compare("own reaction", await watch.told("reaction"), {"user_id": bot.user.id})
    await people.act("react", user="ben", message_id=said["id"], emoji="⭐", remove=True)
    watch.compare("gone", await watch.told("reaction gone"), facts.reaction(people, message_id, "⭐"))


async def _see_resume(watch: Watch, people: People) -> None:
    """See the gateway cut, the session resumed, and what was said meanwhile."""
    await people.call("POST", "chaos", kind="drop", bot=people.bot_id)
    said = await people.act("say", user="ben", channel="lounge", content="missed")
    await watch.told("resumed")
    while (message := await watch.told("message")).id != int(said["id"]):
        pass
    wanted = {"content": "", "author.name": "ben", "channel.name": "lounge", "guild.name": "atelier"}
    watch.compare("message", message, wanted)
    watch.compare("author", message.author, facts.member(people, "ben"))


def _see_answers(watch: Watch, bot: DisnakeBot, people: People) -> None:
    """Hold what the gateway said of the bot's own answers against what they were."""
    heard = {one.content: one for one in bot.heard_of.values()}
    for content, (kind, origin) in facts.answers(people).items():
        wanted = facts.message(people, flags=0, kind=kind, content=content)
        watch.compare("answer heard of", heard[content], wanted)
        watch.compare("its origin", heard[content].interaction_metadata, origin | _owners(people))
