"""Keys of people and servers at work: whose pays, and what becomes of pictures when a key is removed."""

import secrets
from collections.abc import AsyncIterator
from dataclasses import replace

import pytest

from db.people import provider_keys
from services.asks import Caller, ImagineAsk
from services.errors import LimnerError, ProviderRefusedKey
from services.imagine import create_imagine, plan_imagine
from services.keys import remove_key
from services.model_choice import account_for, default_model
from services.models import Account, Installation, Payer
from services.provider_access import provider_for
from services.redaction import redact
from services.secrets import MasterKey
from tests.services.own_keys import ADAS, MODEL, SERVERS, Desk, good_key, keys_seen, open_desk
from tests.services.studio import ADA, BEN, GUILD, Studio, caller


@pytest.fixture
async def desk(studio: Studio) -> AsyncIterator[Desk]:
    async with open_desk(studio) as opened:
        yield opened


def account_of(desk: Desk, who: Caller) -> object:
    return account_for(desk.context, who, desk.context.catalog.find(MODEL))


async def test_a_persons_key_pays_before_the_servers_and_that_before_the_operators(desk: Desk) -> None:
    unlimited = replace(desk.context.limits, key_servers=frozenset({GUILD}))
    registry = desk.context.registry
    registry.keyless = frozenset()
    desk.studio.context = replace(desk.context, limits=unlimited)
    assert account_of(desk, caller()) == Account(Payer.OPERATOR)
    await desk.bring(SERVERS)
    server_account = account_of(desk, caller())
    await desk.bring(ADAS)
    adas_account = account_of(desk, caller())
    assert isinstance(server_account, Account)
    assert isinstance(adas_account, Account)
    assert (server_account.payer, adas_account.payer) == (Payer.SERVER, Payer.USER)
    assert account_of(desk, caller(BEN)) == server_account
    assert server_account.key_id != adas_account.key_id


async def test_a_servers_key_pays_only_in_that_server_and_for_its_own_installation(desk: Desk) -> None:
    await desk.bring(SERVERS)
    assert isinstance(account_of(desk, caller()), Account)
    elsewhere = [caller(guild_id=GUILD + 1), caller(guild_id=None), caller(installation=Installation.USER)]
    assert [isinstance(account_of(desk, who), Account) for who in elsewhere] == [False, False, False]


async def test_a_persons_key_pays_wherever_they_ask(desk: Desk) -> None:
    await desk.bring(ADAS)
    places = [caller(), caller(guild_id=None), caller(guild_id=GUILD + 1, installation=Installation.USER)]
    assert {account_of(desk, who) for who in places} == {account_of(desk, caller())}
    assert not isinstance(account_of(desk, caller(BEN)), Account)


async def test_a_key_changes_what_paints_when_no_model_is_named(desk: Desk) -> None:
    assert default_model(desk.context, caller()).id == "sketch"
    await desk.bring(ADAS)
    assert default_model(desk.context, caller()).provider == "bfl"
    assert default_model(desk.context, caller(BEN)).id == "sketch"


async def test_a_picture_is_ordered_watched_and_paid_with_the_persons_key(desk: Desk) -> None:
    key = await desk.bring(ADAS)
    result = await desk.delivered(caller())
    assert len(result.pictures) == 1
    paid = [call for call in desk.stand_ins.calls("bfl") if call["paid"]]
    assert [call["headers"]["x-key"] for call in paid] == [key]
    assert set(keys_seen(desk.stand_ins)) <= {key, ""}


async def test_a_picture_in_line_whose_key_is_removed_is_never_ordered(desk: Desk) -> None:
    await desk.bring(ADAS)
    accepted = await desk.imagine(caller())
    await remove_key(desk.context, ADAS, "bfl")
    async with desk.studio.engine():
        result = await desk.studio.until_delivered()
    assert [failure.code for failure in result.failures] == ["key_gone"]
    assert [call for call in desk.stand_ins.calls("bfl") if call["paid"]] == []
    assert await desk.studio.states(accepted) == ["failed"]


async def test_a_picture_under_way_is_still_fetched_with_its_removed_key(desk: Desk) -> None:
    key = await desk.bring(ADAS)
    desk.stand_ins.hold(0.5)
    async with desk.studio.engine():
        accepted = await desk.imagine(caller())
        await desk.studio.until_states(accepted, "waiting")
        entry = await remove_key(desk.context, ADAS, "bfl")
        assert await desk.context.database.read(provider_keys.find_key, entry.id) is not None
        desk.stand_ins.hold(None)
        result = await desk.studio.until_delivered()
    assert len(result.pictures) == 1
    assert keys_seen(desk.stand_ins)[0] == key
    await desk.context.accounts.tidy(desk.context.database)
    assert await desk.context.database.read(provider_keys.find_key, entry.id) is None
    assert key in redact(key)


async def test_an_order_that_was_planned_with_a_key_is_refused_when_that_was_removed_meanwhile(
    desk: Desk,
) -> None:
    await desk.bring(ADAS)
    planned = plan_imagine(desk.context, ImagineAsk(caller(), "a lighthouse keeper", model=MODEL))
    # Another process removes it: this one's book does not know yet.
    await desk.context.database.write(provider_keys.remove_key, "bfl", Payer.USER, ADA)
    with pytest.raises(LimnerError) as caught:
        await create_imagine(desk.context, planned)
    assert caught.value.code == "key_removed"


async def test_a_new_key_is_used_at_once_in_the_place_of_the_old_one_whose_row_goes(desk: Desk) -> None:
    old = (await desk.add(ADAS, good_key(desk.stand_ins))).entry
    new = await desk.bring(ADAS)
    assert await desk.context.database.read(provider_keys.find_key, old.id) is None
    await desk.delivered(caller())
    paid = [call for call in desk.stand_ins.calls("bfl") if call["paid"]]
    assert [call["headers"]["x-key"] for call in paid] == [new]


async def test_a_key_that_our_master_key_does_not_open_is_the_owners_to_mend(desk: Desk) -> None:
    await desk.bring(ADAS)
    account = account_of(desk, caller())
    assert isinstance(account, Account)
    foreign = replace(desk.context, master_key=MasterKey(secrets.token_bytes(32)))
    foreign.accounts.opened.keep_only(())
    with pytest.raises(ProviderRefusedKey) as caught:
        await provider_for(foreign, "bfl", account)
    assert caught.value.code == "key_unreadable"


async def test_a_key_serves_no_other_provider(desk: Desk) -> None:
    await desk.bring(ADAS)
    account = account_of(desk, caller())
    assert isinstance(account, Account)
    desk.context.accounts.opened.keep_only(())
    with pytest.raises(ProviderRefusedKey) as caught:
        await provider_for(desk.context, "modelslab", account)
    assert caught.value.code == "key_gone"
