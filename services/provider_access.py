"""The provider to ask for a job: opened with the key of the account that pays for it."""

import asyncio

from db.people import provider_keys
from db.people.provider_keys import KeyRow
from services.context import Context
from services.errors import ProviderRefusedKey, StorageError
from services.models import Account
from services.providers.base import Provider
from services.redaction import register_secret
from services.sealed_keys import open_key


async def provider_for(
    context: Context, provider_name: str, account: Account, *, is_new_order: bool = False
) -> Provider:
    """Return a provider that speaks with the key of `account`: the operator's, a server's or a person's.

    `is_new_order` is for a submit: a key that was removed meanwhile pays for what it has begun, and for nothing new.
    Raises ProviderRefusedKey with "key_gone" or "key_unreadable", NotFoundError("provider_not_ready"), StorageError.
    """
    if account.key_id is None:
        return context.registry.provider(provider_name)
    opened = context.accounts.opened.find(account.key_id)
    if opened is not None and not is_new_order:
        return opened.provider
    row = await context.database.read(provider_keys.find_key, account.key_id)
    if row is None or row.place.provider != provider_name or (is_new_order and row.is_removed):
        raise ProviderRefusedKey("key_gone", f"key {account.key_id} for {provider_name} was removed")
    if opened is not None:
        return opened.provider
    key = await _read_key(context, row)
    provider = context.registry.open(provider_name, key)
    return context.accounts.opened.keep(account.key_id, provider, key)


async def _read_key(context: Context, row: KeyRow) -> str:
    """Return a row's key, masked in the log from now on; the cipher and the pattern of all masks take their time."""
    try:
        key = await asyncio.to_thread(open_key, context.master_key, row.sealed, row.place)
    except StorageError as error:
        raise ProviderRefusedKey("key_unreadable", str(error)) from error
    await asyncio.to_thread(register_secret, key)
    return key
