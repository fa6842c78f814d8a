"""What people and servers have set, known before the first command: which model, which language, which rules."""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, field

from db.engine import Database
from db.people import preferences
from db.people.preferences import NOBODY_SET, NOTHING_SET, PersonRow, ServerRow, Survey
from services.languages import LANGUAGES, Voice, language_of_locale
from services.models import Origin


@dataclass(slots=True)
class Preferences:
    """The settings of everybody, held whole in memory: an acknowledgement cannot wait.

    A process that does not hear the others is behind by a few seconds, which costs nothing that counts: privacy has a
    book of its own that is private in doubt (`services/privacy.py`), and the rules of a server are looked at once more
    by the transaction that accepts (`db/jobs/acceptance.py`). In the rows of here `is_private` and
    `allows_direct_messages` are not filled.
    """

    people: Mapping[int, PersonRow] = field(default_factory=dict)
    servers: Mapping[int, ServerRow] = field(default_factory=dict)
    _seen: Survey | None = None
    _reading: asyncio.Lock = field(default_factory=asyncio.Lock, compare=False)

    def person(self, user_id: int) -> PersonRow:
        """Return what a person has set."""
        return self.people.get(user_id, NOBODY_SET)

    def server(self, guild_id: int | None) -> ServerRow:
        """Return what a server has set; nothing outside of servers (None)."""
        return NOTHING_SET if guild_id is None else self.servers.get(guild_id, NOTHING_SET)

    def language_of(self, user_id: int, guild_id: int | None, locale: str) -> str:
        """Return the language for a person: their own choice, else the server's, else that of their Discord."""
        chosen = (self.person(user_id).language, self.server(guild_id).language)
        return next((each for each in chosen if each in LANGUAGES), None) or language_of_locale(locale)

    def voice_of(self, user_id: int, guild_id: int | None, locale: str) -> str:
        """Return the language for a person, naming commands as their Discord shows them where that is known."""
        language = self.language_of(user_id, guild_id, locale)
        return Voice(language, language_of_locale(locale)) if locale else language

    def voice_for(self, origin: Origin) -> str:
        """Return `voice_of` for whoever made a request, also where its result is brought later."""
        return self.voice_of(origin.user_id, origin.guild_id, origin.locale)

    def language_for(self, origin: Origin) -> str:
        """Return the language for whoever made a request: of what is kept, and read by others as well."""
        return self.language_of(origin.user_id, origin.guild_id, origin.locale)

    async def reload(self, database: Database) -> None:
        """Read everything again, after a change. One after the other: an older reading must not come last."""
        async with self._reading:
            found = await database.read(preferences.read_everybody)
            self._seen, self.people, self.servers = found

    async def look_again(self, database: Database) -> None:
        """Read what other processes have changed. Where nothing was changed it is one small read."""
        if await database.read(preferences.survey) != self._seen:
            await self.reload(database)


async def load_preferences(database: Database) -> Preferences:
    """Return the settings as the database has them now."""
    loaded = Preferences()
    await loaded.reload(database)
    return loaded
