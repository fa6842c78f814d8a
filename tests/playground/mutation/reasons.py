"""Why nobody misses the fields that survive: kept by hand, by the end of a field's name in the list of survivors."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from tests.playground.mutation.fields import Mutant


@dataclass(frozen=True, slots=True)
class Reason:
    """A pattern that a survivor's name ends with, and why nobody misses such a field."""

    ends: re.Pattern[str]
    why: str


def _reason(ends: str, why: str) -> Reason:
    return Reason(re.compile(f"{ends}$"), why)


BY_CHANCE: Final = _reason(
    "/collectibles(/nameplate)?",
    "Both libraries keep one copy of a user, which whatever message comes last overwrites: whether they miss it there "
    "is a matter of chance, and counts as not missed.",
)
REASONS: Final[Sequence[Reason]] = (
    BY_CHANCE,
    _reason(
        "/(avatar_decoration_data|collectibles|primary_guild)(/.*)?",
        "Optional in the schemas, and both libraries pass over it there: they keep what they knew of that user before, "
        "or the name and the picture alone.",
    ),
    _reason(
        "/(banner|accent_color)",
        "Null for everybody, and both libraries take null and nothing for the same; the schemas have it optional.",
    ),
    _reason(
        "/channel/(flags|nsfw|parent_id|topic|rate_limit_per_user|last_message_id)",
        "Both libraries take a channel that they know from GUILD_CREATE and do not read the interaction's.",
    ),
    _reason(
        "(CHANNEL_(CREATE|DELETE) /d|/channels/[^/]+)/(flags|nsfw|app_permissions)",
        "Flags of 0 and no age restriction are what the libraries assume; neither reads `app_permissions`.",
    ),
    _reason("GUILD_ROLE_CREATE /d/role/(icon|unicode_emoji)", "Null, which the libraries take for nothing."),
    _reason(
        "callback 200 /resource/.*/triggering_interaction_metadata/authorizing_integration_owners/0",
        "No script looks at the first answer to a form as the callback gives it, only at what the gateway says of it.",
    ),
    _reason("/media/(flags|id)", "discord.py assumes flags of 0; neither library reads the id of a medium."),
    _reason(
        "PATCH /webhooks.*/media/loading_state",
        "Only discord.py reads it, and its script looks at this message as the gateway tells of it.",
    ),
    _reason("/content_scan_version", "Discord sends it and describes it nowhere; neither library reads it."),
    _reason("/_trace", "Discord sends it for its own debugging and describes it nowhere."),
    _reason(
        "/(bio|email|premium_type)",
        "Neither library keeps what an account says of these about itself; the schemas have them optional.",
    ),
    _reason(
        "GUILD_CREATE /d/(home_header|nsfw|region|widget_channel_id)", "Neither library reads it any more."
    ),
    _reason("/hub_type", "Neither library reads it."),
    _reason(
        "/integration_types_config(/[01])?",
        "disnake takes an empty configuration and none for the same, and discord.py offers it as an empty object.",
    ),
    _reason("/message_reference/type", "0, which both libraries assume."),
)


def is_by_chance(mutant: Mutant) -> bool:
    """Say whether a library misses a field in some runs and in others not."""
    return BY_CHANCE.ends.search(str(mutant)) is not None


def reason_for(survivor: Mutant) -> str | None:
    """Return why nobody misses a field, None where nobody wrote it down."""
    return next((one.why for one in REASONS if one.ends.search(str(survivor))), None)
