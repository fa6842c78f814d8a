"""REST handlers of reactions."""

from typing import TYPE_CHECKING

from playground.discord import objects, posting
from playground.discord.calls import NO_CONTENT, Call, Reply, channel_of, check_unarchived, message_of
from playground.discord.errors import ApiError
from playground.discord.rules.emoji import is_emoji

if TYPE_CHECKING:
    from playground.discord.local import LocalDiscord

KINDS_MAX = 20
USERS_MAX = 100


def _emoji(call: Call) -> str:
    """Return the emoji of the path, which must be percent-encoded; custom ones need a guild that has some."""
    emoji = call.params["emoji"]
    if not call.path.isascii() or not is_emoji(emoji):
        raise ApiError(10014)
    return emoji


async def add(local: "LocalDiscord", call: Call) -> Reply:
    """`PUT .../reactions/{emoji}/@me`; an emoji that is new there needs ADD_REACTIONS."""
    message, emoji = message_of(local, call), _emoji(call)
    check_unarchived(channel_of(local, call))
    if emoji not in message.reactions:
        channel_of(local, call, "ADD_REACTIONS")
        if len(message.reactions) >= KINDS_MAX:
            raise ApiError(30010)
    posting.react(local, message, call.application.id, emoji, add=True)
    return NO_CONTENT


async def remove(local: "LocalDiscord", call: Call) -> Reply:
    """`DELETE .../reactions/{emoji}/{user_id}`; foreign ones need MANAGE_MESSAGES."""
    user_id = call.params["user_id"]
    own = user_id in ("@me", call.application.id)
    channel_of(local, call, *(() if own else ("MANAGE_MESSAGES",)))
    message = message_of(local, call)
    posting.react(local, message, call.application.id if own else user_id, _emoji(call), add=False)
    return NO_CONTENT


async def list_users(local: "LocalDiscord", call: Call) -> Reply:
    """`GET .../reactions/{emoji}`; users by id."""
    message = message_of(local, call)
    limit = call.limit(25, USERS_MAX)
    after = call.number("after") or 0
    users = sorted(int(one) for one in message.reactions.get(_emoji(call), []) if int(one) > after)
    return Reply([objects.user_object(local.world.users[str(one)]) for one in users[:limit]])


async def clear(local: "LocalDiscord", call: Call) -> Reply:
    """`DELETE .../reactions` and `DELETE .../reactions/{emoji}`."""
    posting.clear_reactions(local, message_of(local, call), _emoji(call) if "emoji" in call.params else None)
    return NO_CONTENT
