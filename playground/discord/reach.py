"""Whether a bot's message can reach a channel: forums and categories take none, and people may close their DMs.

*Source:* Discord's JSON error codes 40058, 50007, 50008, 50278.
"""

from typing import TYPE_CHECKING

from playground.discord.errors import ApiError
from playground.discord.world import CATEGORY, DM, FORUM, Channel

if TYPE_CHECKING:
    from playground.discord.local import LocalDiscord

REFUSALS = {FORUM: 40058, CATEGORY: 50008}


def check_can_send(local: "LocalDiscord", channel: Channel, bot_id: str) -> None:
    """Raise 40058 or 50008 for a channel without messages, 50007 or 50278 for a person out of reach."""
    if channel.type in REFUSALS:
        raise ApiError(REFUSALS[channel.type])
    if channel.type != DM:
        return
    world = local.world
    for user_id in channel.recipients:
        if user_id == bot_id:
            continue
        if not world.users[user_id].takes_dms:
            raise ApiError(50007)
        shared = {one.id for one in world.guilds_of(user_id)} & {one.id for one in world.guilds_of(bot_id)}
        if not shared and (user_id, bot_id) not in world.installs:
            raise ApiError(50278)
