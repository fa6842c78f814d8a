"""What discord.py must find when it asks a local Discord by REST."""

from collections.abc import Awaitable

import discord

from tests.playground.clients import facts
from tests.playground.clients.discordpy_bot import WitnessBot
from tests.playground.clients.people import Json, People
from tests.playground.clients.watch import Watch


async def see_messages(watch: Watch, bot: WitnessBot, people: People) -> None:
    """See messages sent, read, reacted to, pinned, edited and deleted, and hear of each."""
    channel = _portraits(bot, people)
    message = await channel.send("look", nonce="look-1")
    sent: Json = {
        "content": "look",
        "author.id": int(people.bot_id),
        "type.value": 0,
        "flags.value": 0,
        "application_id": int(people.bot_id),
        "nonce": "look-1",
    }
    watch.compare(
        "sent", message, sent | {"pinned": False, "tts": False, "mention_everyone": False, "webhook_id": None}
    )
    await _see_reactions(watch, bot, people, message)
    own: Json = {"application_id": int(people.bot_id)}
    edited = await message.edit(content="look again")
    watch.compare("edited", edited, {"content": "look again"} | own)
    _see_star(watch, edited)
    watch.compare("read", await channel.fetch_message(message.id), {"content": "look again"} | own)
    await message.pin()
    found = [one async for one in channel.pins()]
    watch.compare("pinned", found[0], {"id": message.id, "pinned": True} | own)
    _see_star(watch, found[0])
    watch.same("pins", await watch.told("pins"), (channel.id, True))
    notice, newest = [one async for one in channel.history(limit=2)]
    watch.compare("notice of the pin", notice, {"channel.name": "portraits", "type.value": 6})
    reference = {"reference.message_id": message.id, "reference.guild_id": people.ids["atelier"]}
    watch.compare("notice of the pin", notice, reference)
    watch.compare("notice heard of", bot.heard_of[notice.id], reference)
    watch.compare("newest", newest, {"id": message.id} | own)
    _see_star(watch, newest)
    await message.delete()
    gone = await watch.told("gone")
    while gone.message_id != message.id:
        gone = await watch.told("gone")
    watch.compare("gone", gone, {"channel_id": channel.id, "guild_id": people.ids["atelier"]})


def _see_star(watch: Watch, message: discord.Message) -> None:
    """See the bot's own reaction, which is left."""
    watch.compare("reactions", message.reactions[0], {"emoji": "⭐", "count": 1, "me": True})


async def _see_reactions(watch: Watch, bot: WitnessBot, people: People, message: discord.Message) -> None:
    """See ben's reaction, the bot's own beside it, and the first taken back."""
    await people.act("react", user="ben", message_id=str(message.id), emoji="⭐")
    added = await watch.told("reaction")
    watch.compare(
        "reaction", added, facts.reaction(people, message.id, "⭐") | {"event_type": "REACTION_ADD"}
    )
    watch.compare(
        "reaction", added, {"message_author_id": bot.application_id, "burst": False, "type.value": 0}
    )
    watch.compare("reactor", added.member, facts.member(people, "ben"))
    await message.add_reaction("⭐")
    watch.compare("own reaction", await watch.told("reaction"), {"user_id": bot.application_id})
    found = (await message.fetch()).reactions[0]
    watch.compare(
        "reactions", found, {"emoji": "⭐", "count": 2, "normal_count": 2, "burst_count": 0, "me": True}
    )
    users = {one.name async for one in found.users()}
    watch.same("reactors", users, {"ben", "limner"})
    await people.act("react", user="ben", message_id=str(message.id), emoji="⭐", remove=True)
    watch.compare("gone", await watch.told("reaction gone"), facts.reaction(people, message.id, "⭐"))


async def see_world(watch: Watch, bot: WitnessBot, people: People) -> None:
    """See users, guild, channels, a thread, a private message and the application as REST gives them."""
    guild = await bot.fetch_guild(people.ids["atelier"])
    watch.compare(
        "fetched guild", guild, {"name": "atelier", "owner_id": people.ids["mod"], "afk_timeout": 300}
    )
    watch.compare("fetched guild", guild, {"approximate_presence_count": 0, "preferred_locale.value": "fr"})
    watch.same("fetched guild's members", guild.approximate_member_count, people.member_count)
    watch.compare("fetched user", await bot.fetch_user(people.ids["ben"]), facts.user(people, "ben"))
    whole = bot.get_guild(guild.id)
    assert whole is not None
    ada = await whole.fetch_member(people.ids["ada"])
    watch.compare("fetched member", ada, facts.member(people, "ada"))
    roles = {one.name: one for one in await whole.fetch_roles()}
    watch.compare("fetched role", roles["painters"], facts.role(people))
    channels = {one.name: one for one in await whole.fetch_channels()}
    watch.compare("fetched channel", channels["gallery"], facts.channel(people, "gallery", 1))
    watch.compare("fetched channel", channels["cellar"], {"nsfw": True, "category_id": people.ids["house"]})
    cellar = channels["cellar"]
    assert isinstance(cellar, discord.TextChannel)
    watch.same("last message", cellar.last_message_id is not None, True)
    ruled = channels["gallery"].overwrites_for(roles["painters"])
    watch.compare("fetched overwrite", ruled, {"add_reactions": False, "attach_files": True})
    nook = {one.id: one for one in await whole.active_threads()}[people.ids["nook"]]
    watch.compare("fetched thread", nook, facts.thread(people))
    await _see_thread(watch, bot, people)
    letter = await ada.send("a letter")
    watch.compare("letter", letter, {"content": "a letter", "guild": None, "channel.recipient.id": ada.id})
    await _see_application(watch, bot, people)
    await _see_changes(watch, people)
    await _see_refusal(watch, bot, people)


async def _see_changes(watch: Watch, people: People) -> None:
    """Hear of a role and of a channel that are new."""
    role = {"name": "sitters", "permissions": ["ADD_REACTIONS"]}
    state = await people.call("POST", "world", roles=[role], channels=[{"name": "annex", "parent": "house"}])
    annex = next(one["id"] for one in state["channels"] if one["name"] == "annex")
    wanted = {"name": "sitters", "permissions.add_reactions": True, "permissions.send_messages": False}
    watch.compare("new role", await watch.told("role"), wanted | {"guild.id": people.ids["atelier"]})
    place = {"id": int(annex), "name": "annex", "type.value": 0, "category_id": people.ids["house"]}
    watch.compare("new channel", await watch.told("channel"), place | {"guild.id": people.ids["atelier"]})
    gone = {"roles": [{"name": "sitters", "remove": True}], "channels": [{"name": "annex", "remove": True}]}
    await people.call("POST", "world", **gone)
    watch.compare("role gone", await watch.told("role gone"), {"name": "sitters"})
    watch.compare("channel gone", await watch.told("channel gone"), {"name": "annex"})


async def _see_refusal(watch: Watch, bot: WitnessBot, people: People) -> None:
    """See what is said of a message that is not there."""
    channel = _portraits(bot, people)
    refused = await _refusal(channel.fetch_message(people.ids["atelier"]))
    watch.compare("refusal", refused, {"status": 404, "code": 10008, "text": "Unknown Message"})


async def _refusal(asking: Awaitable[object]) -> discord.HTTPException:
    try:
        answer = await asking
    except discord.HTTPException as error:
        return error
    raise AssertionError(f"not refused: {answer}")


async def _see_thread(watch: Watch, bot: WitnessBot, people: People) -> None:
    """See a thread opened, and hear of it."""
    opened = await _portraits(bot, people).create_thread(name="talk", type=discord.ChannelType.public_thread)
    wanted = {
        "id": opened.id, "name": "talk", "type.value": 11, "parent_id": people.ids["portraits"], "archived": False,
        "owner_id": bot.application_id, "auto_archive_duration": 1440, "locked": False, "slowmode_delay": 0,
        "guild.id": people.ids["atelier"],
    }  # fmt: skip
    watch.compare("thread", opened, wanted)
    watch.compare("thread heard of", await watch.told("thread"), wanted)


async def _see_application(watch: Watch, bot: WitnessBot, people: People) -> None:
    """See the application as its own bot reads it."""
    wanted = {
        "id": int(people.bot_id), "name": "Limner", "description": "", "bot_public": True,
        "bot_require_code_grant": False, "verify_key": people.about["public_key"], "owner.id": people.ids["mod"],
        "team": None, "icon": None, "flags.gateway_message_content_limited": True, "interactions_endpoint_url": None,
        "role_connections_verification_url": None, "approximate_guild_count": 1, "approximate_user_install_count": 0,

    }  # fmt: skip
    watch.compare("application", await bot.application_info(), wanted)


def _portraits(bot: WitnessBot, people: People) -> discord.TextChannel:
    found = bot.get_channel(people.ids["portraits"])
    assert isinstance(found, discord.TextChannel)
    return found
