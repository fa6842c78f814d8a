"""What discord.py must find when it asks a local Discord by REST."""

import discord

from tests.playground.clients import facts
from tests.playground.clients.discordpy_bot import WitnessBot
from tests.playground.clients.people import People
from tests.playground.clients.watch import Watch


async def see_messages(watch: Watch, bot: WitnessBot, people: People) -> None:
    """See messages sent, read, reacted to, pinned, edited and deleted, and hear of each."""
    channel = _portraits(bot, people)
    message = await channel.send("look")
    sent = {
        "content": "look",
        "author.id": int(people.bot_id),
        "type.value": 0,
        "flags.value": 0,
    }
    watch.compare(
        "sent", message, sent | {"pinned": False, "tts": False, "mention_everyone": False, "webhook_id": None}
    )
    await _see_reactions(watch, bot, people, message)
    await message.edit(content="look again")
    watch.compare("read", await channel.fetch_message(message.id), {"content": "look again"})
    await message.pin()
    found = [one async for one in channel.pins()]
    watch.compare("pinned", found[0], {"id": message.id, "pinned": True})
    newest = [one async for one in channel.history(limit=1)]
    watch.compare("newest", newest[0], {"channel.name": "portraits"})
    await message.delete()
    gone = await watch.told("gone")
    while gone.message_id != message.id:
        gone = await watch.told("gone")
    watch.compare("gone", gone, {"channel_id": channel.id, "guild_id": people.ids["atelier"]})


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
    watch.compare("fetched user", await bot.fetch_user(people.ids["ben"]), facts.user(people, "ben"))
    whole = bot.get_guild(guild.id)
    assert whole is not None
    watch.compare("fetched member", await whole.fetch_member(people.ids["ada"]), facts.member(people, "ada"))
    roles = {one.name: one for one in await whole.fetch_roles()}
    watch.compare("fetched role", roles["painters"], facts.role(people))
    channels = {one.name: one for one in await whole.fetch_channels()}
    watch.compare("fetched channel", channels["gallery"], facts.channel(people, "gallery", 1))
    watch.compare("fetched channel", channels["cellar"], {"nsfw": True, "category_id": people.ids["house"]})
    ruled = channels["gallery"].overwrites_for(roles["painters"])
    watch.compare("fetched overwrite", ruled, {"add_reactions": False, "attach_files": True})
    await _see_thread(watch, bot, people)
    ada = await bot.fetch_user(people.ids["ada"])
    letter = await ada.send("a letter")
    watch.compare("letter", letter, {"content": "a letter", "guild": None, "channel.recipient.id": ada.id})
    await _see_application(watch, bot, people)


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
