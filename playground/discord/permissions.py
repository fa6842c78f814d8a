"""Permission bits and who may do what in a channel.

*Source:* Discord's "Permissions": base of all roles, then overwrites of everyone, of roles, of the member.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

BITS = {
    "CREATE_INSTANT_INVITE": 1 << 0,
    "KICK_MEMBERS": 1 << 1,
    "BAN_MEMBERS": 1 << 2,
    "ADMINISTRATOR": 1 << 3,
    "MANAGE_CHANNELS": 1 << 4,
    "MANAGE_GUILD": 1 << 5,
    "ADD_REACTIONS": 1 << 6,
    "VIEW_AUDIT_LOG": 1 << 7,
    "VIEW_CHANNEL": 1 << 10,
    "SEND_MESSAGES": 1 << 11,
    "SEND_TTS_MESSAGES": 1 << 12,
    "MANAGE_MESSAGES": 1 << 13,
    "EMBED_LINKS": 1 << 14,
    "ATTACH_FILES": 1 << 15,
    "READ_MESSAGE_HISTORY": 1 << 16,
    "MENTION_EVERYONE": 1 << 17,
    "USE_EXTERNAL_EMOJIS": 1 << 18,
    "CHANGE_NICKNAME": 1 << 26,
    "MANAGE_NICKNAMES": 1 << 27,
    "MANAGE_ROLES": 1 << 28,
    "USE_APPLICATION_COMMANDS": 1 << 31,
    "MANAGE_THREADS": 1 << 34,
    "CREATE_PUBLIC_THREADS": 1 << 35,
    "CREATE_PRIVATE_THREADS": 1 << 36,
    "SEND_MESSAGES_IN_THREADS": 1 << 38,
    "MODERATE_MEMBERS": 1 << 40,
    "USE_EXTERNAL_APPS": 1 << 50,
    "PIN_MESSAGES": 1 << 51,
}
ALL = (1 << 52) - 1


def bits_of(names: Iterable[str]) -> int:
    """Return the mask of permission names; unknown names raise `KeyError`."""
    mask = 0
    for name in names:
        mask |= BITS[name]
    return mask


EVERYONE = bits_of(
    (
        "CREATE_INSTANT_INVITE", "ADD_REACTIONS", "VIEW_CHANNEL", "SEND_MESSAGES", "EMBED_LINKS", "ATTACH_FILES",
        "READ_MESSAGE_HISTORY", "USE_EXTERNAL_EMOJIS", "CHANGE_NICKNAME", "USE_APPLICATION_COMMANDS",
        "CREATE_PUBLIC_THREADS", "SEND_MESSAGES_IN_THREADS", "USE_EXTERNAL_APPS",
    )
)  # fmt: skip
DIRECT = EVERYONE | BITS["PIN_MESSAGES"]
MODERATOR = bits_of(("MANAGE_MESSAGES", "MANAGE_THREADS", "MODERATE_MEMBERS", "MANAGE_GUILD", "PIN_MESSAGES"))


@dataclass(frozen=True, slots=True)
class Overwrite:
    """What a channel allows or denies to one role or member beyond its roles."""

    target_id: str
    kind: Literal["role", "member"]
    allow: int = 0
    deny: int = 0


def effective(
    base: int, overwrites: Iterable[Overwrite], *, everyone_id: str, roles: Iterable[str], user_id: str
) -> int:
    """Return the mask in a channel for a member whose roles together give `base`."""
    if base & BITS["ADMINISTRATOR"]:
        return ALL
    by_target = {overwrite.target_id: overwrite for overwrite in overwrites}
    mask = _apply(base, [by_target[everyone_id]] if everyone_id in by_target else [])
    mask = _apply(mask, [by_target[role] for role in roles if role in by_target and role != everyone_id])
    return _apply(mask, [by_target[user_id]] if user_id in by_target else [])


def _apply(mask: int, overwrites: list[Overwrite]) -> int:
    deny = allow = 0
    for overwrite in overwrites:
        deny |= overwrite.deny
        allow |= overwrite.allow
    return mask & ~deny | allow


def has(mask: int, *names: str) -> bool:
    """Say whether every named permission is in the mask."""
    wanted = bits_of(names)
    return mask & wanted == wanted
