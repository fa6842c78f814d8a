"""Whose account at a provider pays: the person's own key, else their server's, else the operator's.

The entries (never the keys) are held in memory, because a command must know its price before it can wait.
"""

from collections.abc import Iterable

from db.engine import Connection, Database
from db.people import provider_keys
from db.people.provider_keys import KeyEntry, Survey
from services.asks import Caller
from services.models import Account, Installation, Payer
from services.opened_providers import OpenedProviders


class AccountBook:
    """The keys in use, by provider and owner; `opened` are the providers that were opened with them."""

    def __init__(self, entries: Iterable[KeyEntry] = ()) -> None:
        self.opened = OpenedProviders()
        self._entries: dict[tuple[str, Payer, int], KeyEntry] = {}
        self._seen: tuple[int, int] | None = None
        self._take(entries)

    def _take(self, entries: Iterable[KeyEntry]) -> None:
        self._entries = {(entry.provider, entry.owner, entry.owner_id): entry for entry in entries}
        self._let_go()

    def _let_go(self) -> None:
        """Forget what was opened with keys that are out of use; a job under way opens its own again."""
        self.opened.keep_only({entry.id for entry in self._entries.values()})

    async def reload(self, database: Database) -> None:
        """Read the entries again, after a change."""
        found, entries = await database.read(_read_book)
        self._seen = (found.in_use, found.newest_id)
        self._take(entries)

    async def tidy(self, database: Database) -> None:
        """Delete removed keys that no open job needs any more, and read what other processes have changed.

        Called every few seconds: where nothing was changed it is one small read.
        """
        found = await database.read(provider_keys.survey)
        if found.removed and await database.write(provider_keys.forget_removed):
            self._let_go()
        if (found.in_use, found.newest_id) != self._seen:
            await self.reload(database)

    def own(self, provider: str, caller: Caller) -> Account | None:
        """Return the account of the caller, or of the server that the caller asks in; None where neither has one.

        A server's key pays only for what is asked through the server's own installation of the bot.
        """
        origin = caller.origin
        entry = self.entry(provider, Payer.USER, origin.user_id)
        if entry is None and origin.installation is Installation.GUILD and origin.guild_id is not None:
            entry = self.entry(provider, Payer.SERVER, origin.guild_id)
        return None if entry is None else Account(entry.owner, entry.id)

    def entry(self, provider: str, owner: Payer, owner_id: int) -> KeyEntry | None:
        """Return the entry of one owner, None where there is none."""
        return self._entries.get((provider, owner, owner_id))

    def entries_of(self, owner: Payer, owner_id: int) -> tuple[KeyEntry, ...]:
        """Return all entries of one owner, by provider."""
        found = (each for each in self._entries.values() if (each.owner, each.owner_id) == (owner, owner_id))
        return tuple(sorted(found, key=lambda entry: entry.provider))


def _read_book(conn: Connection) -> tuple[Survey, list[KeyEntry]]:
    return provider_keys.survey(conn), provider_keys.list_keys(conn)


async def load_accounts(database: Database) -> AccountBook:
    """Return the book as the database has it now."""
    book = AccountBook()
    await book.reload(database)
    return book
