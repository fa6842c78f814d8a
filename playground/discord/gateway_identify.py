"""Who may start a session and what it begins with: the checks of IDENTIFY, READY and GUILD_CREATE.

*Source:* Discord's "Gateway" and "Gateway Events"; the close codes from "Opcodes and Status Codes".
"""

from dataclasses import dataclass
from typing import TYPE_CHECKING

from playground.discord import intents as intent_bits
from playground.discord import objects
from playground.discord.errors import Json
from playground.discord.gateway_socket import CloseError
from playground.discord.sessions import Event, Session
from playground.discord.world import Application, Guild

if TYPE_CHECKING:
    from playground.discord.local import LocalDiscord


@dataclass(frozen=True, slots=True)
class Identity:
    """A client that may have a session."""

    application: Application
    intents: int
    shard: tuple[int, int]


def application_of(local: "LocalDiscord", payload: Json) -> Application:
    """Return whose token the payload carries; closes with 4004 for nobody's."""
    token = str(payload.get("token", "")).removeprefix("Bot ")
    application = local.world.by_token(token)
    if application is None:
        raise CloseError(4004)
    return application


def _intents(asked: object, application: Application) -> int:
    if type(asked) is not int or asked & ~intent_bits.KNOWN:
        raise CloseError(4013)
    if asked & intent_bits.ALL_PRIVILEGED & ~application.privileged_intents:
        raise CloseError(4014)
    return asked


def _shard(asked: object) -> tuple[int, int]:
    if asked is None:
        return (0, 1)
    if not isinstance(asked, list) or len(asked) != 2 or any(type(one) is not int for one in asked):
        raise CloseError(4010)
    shard_id, shard_count = asked
    if not 0 <= shard_id < shard_count:
        raise CloseError(4010)
    return (shard_id, shard_count)


def _check_size(local: "LocalDiscord", identity: Identity) -> None:
    """Close with 4011: 2,500 guilds need sharding, and a shard carries 2,500 at most."""
    shard_id, shard_count = identity.shard
    guilds = local.world.guilds_of(identity.application.id)
    carried = sum(1 for one in guilds if (int(one.id) >> 22) % shard_count == shard_id)
    most = local.sessions.limits.guilds_per_shard
    if carried > most or (shard_count == 1 and carried == most):
        raise CloseError(4011)


def identity_of(local: "LocalDiscord", payload: Json) -> Identity:
    """Return what a client identifies as; closes with 4004, 4010, 4011, 4013 or 4014."""
    application = application_of(local, payload)
    shard = _shard(payload.get("shard"))
    identity = Identity(application, _intents(payload.get("intents"), application), shard)
    _check_size(local, identity)
    return identity


def is_let_in(local: "LocalDiscord", identity: Identity) -> bool:
    """Count the start of a session; False when its bucket was used a moment ago.

    Closes with 4004 when the day's IDENTIFYs are used up: Discord then ends all sessions and makes the token invalid
    until its owner fetches a new one. Here the token is valid again on the next day of the clock.
    """
    sessions, now_s = local.sessions, local.clock.now_s()
    who, (shard_id, _) = identity.application.id, identity.shard
    if sessions.starts.used(who, now_s)[0] >= sessions.limits.identifies_per_day:
        sessions.terminate(who, 4004)
        raise CloseError(4004)
    if sessions.starts.is_too_soon(who, shard_id, now_s, sessions.limits):
        return False
    sessions.starts.count(who, shard_id, now_s, sessions.limits)
    return True


def guilds_of(local: "LocalDiscord", session: Session) -> list[Guild]:
    """Return the guilds that a session is home of."""
    return [one for one in local.world.guilds_of(session.application_id) if session.is_home_of(one.id)]


def resume_address(local: "LocalDiscord") -> str:
    """Return where to resume: the gateway again, by a path of its own."""
    return f"{local.gateway_url}/"


def ready_event(local: "LocalDiscord", identity: Identity, session: Session, version: int) -> Event:
    """Return READY without `shard`: what Discord documents, and `_trace`, which client libraries read."""
    application = identity.application
    flags = intent_bits.application_flags(application.privileged_intents)
    ready: Json = {
        "v": version,
        "user": objects.own_user_object(local.world.users[application.id]),
        "guilds": [{"id": one.id, "unavailable": True} for one in guilds_of(local, session)],
        "session_id": session.id,
        "resume_gateway_url": resume_address(local),
        "application": {"id": application.id, "flags": flags, "flags_new": str(flags)},
        "_trace": [],
    }
    return Event("READY", ready)


def guild_create_event(local: "LocalDiscord", guild: Guild, bot_id: str) -> Event:
    """Return GUILD_CREATE; sessions without the presences intent see no members but their own.

    *Source:* Discord's "Gateway Events", "Request Guild Members".
    """
    full = objects.guild_create_object(local.world, guild, bot_id)
    own = objects.full_member_object(local.world, local.world.members[guild.id, bot_id])
    return Event("GUILD_CREATE", full, guild.id, full | {"members": [own]}, intent_bits.GUILD_PRESENCES)
