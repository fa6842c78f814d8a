"""The answer to "Request Guild Members".

*Source:* Discord's "Gateway Events": chunks of 1,000, at most 100 for a prefix or for ids, the whole list only with
the GUILD_MEMBERS intent, a nonce of at most 32 bytes.
"""

from collections.abc import Iterator
from typing import TYPE_CHECKING

from playground.discord import intents as intent_bits
from playground.discord import objects
from playground.discord.errors import Json
from playground.discord.sessions import Event, Session
from playground.discord.world import Member

if TYPE_CHECKING:
    from playground.discord.local import LocalDiscord

CHUNK = 1_000
FOUND_MAX = 100
NONCE_MAX_BYTES = 32


def member_chunks(local: "LocalDiscord", session: Session, asked: Json) -> Iterator[Event]:
    """Yield the chunks; none for a guild that is not the session's, or a list that its intents do not open."""
    guild_id = str(asked.get("guild_id"))
    members = local.world.members
    if (guild_id, session.application_id) not in members or not session.is_home_of(guild_id):
        return
    more: Json = {}
    nonce, ids = asked.get("nonce"), asked.get("user_ids")
    if isinstance(nonce, str) and len(nonce.encode(errors="replace")) <= NONCE_MAX_BYTES:
        more["nonce"] = nonce
    if ids is not None:
        wanted = [str(one) for one in (ids if isinstance(ids, list) else [ids])]
        more["not_found"] = [one for one in wanted if (guild_id, one) not in members]
        found = [members[guild_id, one] for one in wanted if (guild_id, one) in members][:FOUND_MAX]
    elif asked.get("query") == "" and asked.get("limit") == 0:
        if not session.intents & intent_bits.GUILD_MEMBERS:
            return
        found = list(local.world.members_of(guild_id))
    else:
        found = _called(local, guild_id, asked)
    yield from _chunks(local, guild_id, found, more)


def _called(local: "LocalDiscord", guild_id: str, asked: Json) -> list[Member]:
    """Return the members whose name begins with the query, at most `limit` of them."""
    prefix, limit = str(asked.get("query") or "").lower(), asked.get("limit")
    most = limit if type(limit) is int and 0 < limit < FOUND_MAX else FOUND_MAX
    return [one for one in local.world.members_of(guild_id) if _is_called(local, one, prefix)][:most]


def _is_called(local: "LocalDiscord", member: Member, prefix: str) -> bool:
    user = local.world.users[member.user_id]
    return any(
        name is not None and name.lower().startswith(prefix)
        for name in (user.name, user.global_name, member.nick)
    )


def _chunks(local: "LocalDiscord", guild_id: str, members: list[Member], more: Json) -> Iterator[Event]:
    starts = range(0, max(1, len(members)), CHUNK)
    for index, start in enumerate(starts):
        found = [objects.full_member_object(local.world, one) for one in members[start : start + CHUNK]]
        chunk = {"guild_id": guild_id, "members": found, "chunk_index": index, "chunk_count": len(starts)}
        yield Event("GUILD_MEMBERS_CHUNK", chunk | more, guild_id)
