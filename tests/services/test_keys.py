"""Keys of people and servers against the stand-in of an image service: kept, tested, removed, shown nowhere."""

import asyncio
import logging
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import pytest

from db.people import provider_keys
from services.errors import NotFoundError, UserError
from services.keys import Verdict, add_key, check_key, remove_all_keys, remove_key
from services.models import Payer
from services.offers import ModelUnavailable
from services.redaction import MASK, redact
from services.wakeups import look_again
from tests.services.own_keys import ADAS, BENS, SERVERS, Desk, good_key, keys_seen, open_desk
from tests.services.studio import ADA, GUILD, Studio, caller

UNREACHABLE = [{"status": 503, "body": {"detail": "down"}}]


@pytest.fixture
async def desk(studio: Studio) -> AsyncIterator[Desk]:
    async with open_desk(studio) as opened:
        yield opened


async def test_a_good_key_is_kept_and_its_balance_told(desk: Desk) -> None:
    test = await desk.add(ADAS, good_key(desk.stand_ins))
    assert test.verdict is Verdict.GOOD
    assert test.balance is not None
    assert test.balance.startswith("$")
    assert desk.context.accounts.entries_of(Payer.USER, ADA) == (test.entry,)


async def test_adding_a_key_costs_nothing(desk: Desk) -> None:
    await desk.bring(ADAS)
    assert [call["path"] for call in desk.stand_ins.calls("bfl") if call["paid"]] == []


async def test_a_refused_key_is_not_kept_and_the_earlier_one_stays(desk: Desk) -> None:
    await desk.bring(ADAS)
    before = desk.context.accounts.entries_of(Payer.USER, ADA)
    with pytest.raises(UserError) as caught:
        await desk.add(ADAS, "11111111-2222-3333-4444-555555555555")
    assert caught.value.code == "key_refused"
    assert await desk.context.database.read(provider_keys.list_keys) == list(before)


async def test_a_key_that_cannot_be_tested_now_is_kept_and_said_to_be_untested(desk: Desk) -> None:
    desk.stand_ins.script("bfl", UNREACHABLE)
    test = await desk.add(ADAS, good_key(desk.stand_ins))
    assert (test.verdict, test.balance) == (Verdict.UNTESTED, None)
    assert (await check_key(desk.context, ADAS, "bfl")).verdict is Verdict.GOOD


async def test_a_key_without_money_is_kept_and_said_to_be_empty(desk: Desk) -> None:
    desk.stand_ins.script("bfl", [{"status": 402, "body": {"detail": "Insufficient credits"}}])
    assert (await desk.add(ADAS, good_key(desk.stand_ins))).verdict is Verdict.EMPTY


@pytest.mark.parametrize(
    ("provider", "text"),
    [
        ("bfl", ""),
        ("bfl", "short"),
        ("bfl", "two words of a key"),
        ("bfl", "a-key-with-an-\u00e9-in-it"),
        ("bfl", "k" * 257),
        ("bfl", "sk-proj-0123456789abcdef"),
        ("modelslab", "0b1c2d3e-aaaa-bbbb-cccc-000000000000:0123456789abcdef"),
        ("openai", "0123456789abcdef0123"),
    ],
    ids=["empty", "short", "two words", "no ASCII", "long", "OpenAI's", "fal's", "none of OpenAI's"],
)
async def test_what_is_no_key_of_that_service_is_sent_nowhere_and_repeated_nowhere(
    desk: Desk, provider: str, text: str
) -> None:
    with pytest.raises(UserError) as caught:
        await add_key(desk.context, ADAS, provider, text, added_by=ADA)
    assert caught.value.code == "bad_key"
    assert not text or text not in f"{caught.value!r}{caught.value.fields}"
    assert desk.stand_ins.calls() == []


async def test_blanks_and_quotes_around_a_pasted_key_are_forgiven(desk: Desk) -> None:
    key = good_key(desk.stand_ins)
    await desk.add(ADAS, f' "{key}"\n')
    assert keys_seen(desk.stand_ins) == [key]


async def test_a_provider_is_known_by_its_title_too_and_an_unknown_one_is_refused(desk: Desk) -> None:
    key = good_key(desk.stand_ins)
    test = await add_key(desk.context, ADAS, "Black Forest Labs", key, added_by=ADA)
    assert test.entry.provider == "bfl"
    for unknown in ("sketch", "nobody"):
        with pytest.raises(NotFoundError) as caught:
            await add_key(desk.context, ADAS, unknown, key, added_by=ADA)
        assert caught.value.code == "no_such_provider"
        assert "Black Forest Labs" in str(caught.value.fields["allowed"])


async def test_a_removed_key_pays_for_nothing_new_and_its_row_goes(desk: Desk) -> None:
    await desk.bring(ADAS)
    entry = await remove_key(desk.context, ADAS, "bfl")
    with pytest.raises(ModelUnavailable):
        await desk.imagine(caller())
    assert await desk.context.database.read(provider_keys.find_key, entry.id) is None
    with pytest.raises(NotFoundError) as caught:
        await remove_key(desk.context, ADAS, "bfl")
    assert caught.value.code == "no_such_key"


async def test_a_key_that_another_process_removed_is_not_tested_any_more(desk: Desk) -> None:
    await desk.bring(ADAS)
    asked = len(desk.stand_ins.calls("bfl"))
    await desk.context.database.write(provider_keys.remove_key, "bfl", Payer.USER, ADA)
    with pytest.raises(NotFoundError) as caught:
        await check_key(desk.context, ADAS, "bfl")
    assert caught.value.code == "no_such_key"
    assert len(desk.stand_ins.calls("bfl")) == asked


async def test_another_process_learns_of_new_and_removed_keys(desk: Desk) -> None:
    other = replace(desk.context, accounts=type(desk.context.accounts)())
    await other.accounts.reload(other.database)
    await desk.bring(ADAS)
    assert other.accounts.entry("bfl", Payer.USER, ADA) is None
    await other.accounts.tidy(other.database)
    entry = other.accounts.entry("bfl", Payer.USER, ADA)
    assert entry == desk.context.accounts.entry("bfl", Payer.USER, ADA)
    await remove_key(desk.context, ADAS, "bfl")
    await look_again(other)
    assert other.accounts.entry("bfl", Payer.USER, ADA) is None


async def test_all_keys_of_a_server_go_at_once_and_nobody_elses(desk: Desk) -> None:
    await desk.bring(SERVERS)
    await desk.bring(ADAS)
    assert await remove_all_keys(desk.context, SERVERS) == 1
    assert await remove_all_keys(desk.context, SERVERS) == 0
    assert desk.context.accounts.entries_of(Payer.SERVER, GUILD) == ()
    assert len(desk.context.accounts.entries_of(Payer.USER, ADA)) == 1


async def test_two_keys_of_one_owner_added_at_once_leave_one(desk: Desk) -> None:
    first, second = good_key(desk.stand_ins), good_key(desk.stand_ins)
    await asyncio.gather(desk.add(ADAS, first), desk.add(ADAS, second))
    [entry] = await desk.context.database.read(provider_keys.list_keys)
    assert entry.last_four in (first[-4:], second[-4:])


async def test_a_key_in_use_is_masked_and_one_that_is_gone_is_forgotten(desk: Desk) -> None:
    key = await desk.bring(ADAS)
    assert redact(f"it was {key}!") == f"it was {MASK}!"
    await remove_key(desk.context, ADAS, "bfl")
    assert key in redact(f"it was {key}!")


async def test_a_refused_key_is_masked_no_longer_than_it_is_held(desk: Desk) -> None:
    key = "11111111-2222-3333-4444-555555555555"
    with pytest.raises(UserError):
        await desk.add(ADAS, key)
    assert key in redact(key)


async def test_no_key_is_in_the_log_the_database_the_recipes_or_the_files(
    desk: Desk, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    brought = [await desk.bring(ADAS), await desk.bring(SERVERS), await desk.bring(BENS)]
    refused = "22222222-3333-4444-5555-666666666666"
    with pytest.raises(UserError):
        await desk.add(ADAS, refused)
    await check_key(desk.context, SERVERS, "bfl")
    await desk.delivered(caller())
    await remove_key(desk.context, BENS, "bfl")
    rows = await desk.context.database.read(provider_keys.keys_under_others, "", 100)
    assert len(rows) == 2
    places = {"log": caplog.text, "rows": repr(rows), "files": _bytes_of(tmp_path).decode("latin-1")}
    leaks = [name for name, text in places.items() for key in (*brought, refused) if key in text]
    assert leaks == []


def _bytes_of(folder: Path) -> bytes:
    return b"".join(path.read_bytes() for path in folder.rglob("*") if path.is_file())
