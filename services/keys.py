"""Keys that people and servers bring: add, list, test, remove."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from functools import partial
from typing import Final

from db.engine import ConflictError, Connection
from db.people import provider_keys
from db.people.provider_keys import KeyEntry, NewKey
from services.context import Context
from services.errors import NotFoundError, ProviderError, ProviderRefusedKey, UserError
from services.key_shapes import last_four, read_key
from services.models import Account, Payer
from services.provider_access import provider_for
from services.providers.base import Provider
from services.redaction import forget_secret, register_secret
from services.sealed_keys import KeyPlace, SealedKey, seal_key
from services.secrets import load_cipher

_EMPTY: Final = "provider_no_balance"


@dataclass(frozen=True, slots=True)
class KeyOwner:
    """Whose key: a person's (USER) or a server's (SERVER), by its Discord id."""

    payer: Payer
    id: int


class Verdict(StrEnum):
    """What a free call to the provider said of a key."""

    GOOD = "good"
    EMPTY = "empty"
    """The key is good and its account has no money left."""
    REFUSED = "refused"
    UNTESTED = "untested"
    """The provider could not be asked, or did not say."""


@dataclass(frozen=True, slots=True)
class KeyTest:
    """The verdict on a key, and what is left on its account, in words, where the provider says so."""

    entry: KeyEntry
    verdict: Verdict
    balance: str | None = None


def providers_with_keys(context: Context) -> list[tuple[str, str]]:
    """Return (title, name) of every provider that somebody may bring a key for, in the catalogue's order."""
    entries = context.catalog.providers.values()
    return [
        (each.title, each.name)
        for each in entries
        if each.key_setting and each.name in context.registry.speaks
    ]


async def add_key(context: Context, owner: KeyOwner, provider: str, text: str, *, added_by: int) -> KeyTest:
    """Test a key and keep it in the place of its owner's earlier one for that provider.

    A key that the provider refuses is not kept; one that cannot be tested now is. Raises UserError with "bad_key" or
    "key_refused", NotFoundError("no_such_provider"), StorageError.
    """
    provider = known_provider(context, provider)
    key = read_key(provider, text)
    await asyncio.to_thread(register_secret, key)
    try:
        opened = context.registry.open(provider, key)
        verdict, balance = await _ask(opened)
        if verdict is Verdict.REFUSED:
            raise UserError("key_refused", f"{provider} refuses the key", provider=_title(context, provider))
        entry = await _keep(context, NewKey(provider, owner.payer, owner.id, last_four(key), added_by), key)
    except BaseException:
        forget_secret(key)
        raise
    context.accounts.opened.keep(entry.id, opened, key)
    await context.accounts.reload(context.database)
    context.reload_bell.ring()
    return KeyTest(entry, verdict, balance)


async def check_key(context: Context, owner: KeyOwner, provider: str) -> KeyTest:
    """Return what the provider says of an owner's key, by a call that costs nothing.

    Raises NotFoundError("no_such_key"), StorageError.
    """
    entry = _entry(context, owner, provider)
    try:
        opened = await provider_for(
            context, entry.provider, Account(owner.payer, entry.id), is_new_order=True
        )
    except ProviderRefusedKey as error:
        raise NotFoundError("no_such_key", str(error), provider=_title(context, entry.provider)) from error
    return KeyTest(entry, *await _ask(opened))


async def remove_key(context: Context, owner: KeyOwner, provider: str) -> KeyEntry:
    """Take an owner's key out of use and return its entry.

    The row goes at once, or when the last picture that it pays for has ended. Raises NotFoundError("no_such_key"),
    StorageError.
    """
    entry = _entry(context, owner, provider)
    await context.database.write(_remove, entry.provider, owner)
    await context.accounts.reload(context.database)
    context.reload_bell.ring()
    return entry


async def remove_all_keys(context: Context, owner: KeyOwner) -> int:
    """Take all keys of an owner out of use; return how many."""
    removed = await context.database.write(provider_keys.remove_keys_of, owner.payer, owner.id)
    if removed:
        await context.database.write(provider_keys.forget_removed)
        await context.accounts.reload(context.database)
        context.reload_bell.ring()
    return removed


def known_provider(context: Context, name: str) -> str:
    """Return the name of a provider that takes keys. Raises NotFoundError("no_such_provider") for any other text."""
    for title, known in providers_with_keys(context):
        if name.strip().lower() in (known.lower(), title.lower()):
            return known
    known_titles = ", ".join(title for title, _ in providers_with_keys(context))
    raise NotFoundError(
        "no_such_provider", f"no provider {name[:60]!r}", found=name[:60], allowed=known_titles
    )


async def _ask(provider: Provider) -> tuple[Verdict, str | None]:
    try:
        return Verdict.GOOD, (await provider.check_key()).balance
    except ProviderRefusedKey as error:
        return (Verdict.EMPTY if error.code == _EMPTY else Verdict.REFUSED), None
    except ProviderError:
        return Verdict.UNTESTED, None


async def _keep(context: Context, new: NewKey, key: str) -> KeyEntry:
    # Sealing takes microseconds once the cipher is there, so that it may stand inside the transaction.
    await asyncio.to_thread(load_cipher)
    seal = partial(seal_key, context.master_key, key)
    try:
        return await context.database.write(_replace, new, seal)
    except ConflictError:
        # Another process keeps a key of the same owner right now: the later one stays.
        return await context.database.write(_replace, new, seal)


def _replace(conn: Connection, new: NewKey, seal: Callable[[KeyPlace], SealedKey]) -> KeyEntry:
    entry = provider_keys.insert_key(conn, new, seal)
    provider_keys.forget_removed(conn)
    return entry


def _remove(conn: Connection, provider: str, owner: KeyOwner) -> None:
    provider_keys.remove_key(conn, provider, owner.payer, owner.id)
    provider_keys.forget_removed(conn)


def _entry(context: Context, owner: KeyOwner, provider: str) -> KeyEntry:
    """Return the entry of a key. Raises NotFoundError("no_such_key")."""
    provider = known_provider(context, provider)
    entry = context.accounts.entry(provider, owner.payer, owner.id)
    if entry is None:
        raise NotFoundError("no_such_key", f"no key for {provider}", provider=_title(context, provider))
    return entry


def _title(context: Context, provider: str) -> str:
    return context.catalog.providers[provider].title
