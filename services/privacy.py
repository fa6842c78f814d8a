"""Whose results are private unless they say otherwise: known before the first command, without a question to ask."""

from dataclasses import dataclass

from db.engine import Database
from db.people import people


@dataclass(slots=True)
class PrivacyDefaults:
    """The ids of users and servers whose default is private, held whole in memory: an acknowledgement cannot wait.

    Without `is_certain` another process may have changed them unheard: everybody counts as private until `reload`.
    """

    user_ids: frozenset[int] = frozenset()
    guild_ids: frozenset[int] = frozenset()
    is_certain: bool = True

    def is_private(self, user_id: int, guild_id: int | None) -> bool:
        """Return whether a result is private for this user in this server (None: direct messages)."""
        return not self.is_certain or user_id in self.user_ids or guild_id in self.guild_ids

    async def reload(self, database: Database) -> None:
        """Read the defaults again, after a change."""
        self.user_ids, self.guild_ids = await database.read(people.read_private_ids)


async def load_privacy_defaults(database: Database) -> PrivacyDefaults:
    """Return the defaults as the database has them now."""
    defaults = PrivacyDefaults()
    await defaults.reload(database)
    return defaults
