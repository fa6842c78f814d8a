"""Whose results are private unless they say otherwise: known before the first command, without a question to ask."""

from dataclasses import dataclass

from db import people
from db.engine import Database


@dataclass(frozen=True, slots=True)
class PrivacyDefaults:
    """The ids of users and servers whose default is private, held whole in memory: an acknowledgement cannot wait."""

    user_ids: frozenset[int] = frozenset()
    guild_ids: frozenset[int] = frozenset()

    def is_private(self, user_id: int, guild_id: int | None) -> bool:
        """Return whether a result is private for this user in this server (None: direct messages)."""
        return user_id in self.user_ids or guild_id in self.guild_ids


async def load_privacy_defaults(database: Database) -> PrivacyDefaults:
    """Return the defaults as the database has them now."""
    user_ids, guild_ids = await database.read(people.read_private_ids)
    return PrivacyDefaults(user_ids, guild_ids)
