"""`/keys` and "Add key", against the local Discord and the stand-in of an image service."""

import logging
from collections.abc import AsyncIterator
from dataclasses import dataclass, replace
from pathlib import Path

import aiohttp
import pytest

from db.people import provider_keys
from playground.discord.local import LocalDiscord
from playground.providers.app import StandIns
from services.models import Payer
from tests.cogs.house import House, Json, connected, ids, said
from tests.services.own_keys import MODEL, beside_stand_ins, good_key
from tests.services.studio import Studio
from tests.waiting import until

REFUSED = "33333333-4444-5555-6666-777777777777"


@dataclass
class Shop:
    """The house, and the stand-ins that take keys."""

    house: House
    stand_ins: StandIns

    async def keys(self, verb: str, *, user: str = "ada", wait: str = "3", **options: str) -> Json:
        """Type `/keys VERB`."""
        body = {"user": user, "channel": "portraits", "name": "keys", "subcommand": verb, "options": options}
        answer: Json = await self.house.act(f"slash?wait={wait}", **body)
        return answer

    async def type_key(self, opened: Json, key: str, *, user: str = "ada", wait: str = "done") -> Json:
        """Fill in the form that an answer carried."""
        answer: Json = await self.house.act(
            f"submit?wait={wait}", user=user, interaction_id=opened["interaction_id"], fields={"key": key}
        )
        return answer

    async def add(self, key: str, *, user: str = "ada", **options: str) -> Json:
        """Add a key by the command and its form."""
        opened = await self.keys("add", user=user, provider="bfl", **options)
        assert opened["modal"] is not None, opened
        return await self.type_key(opened, key, user=user)

    async def offered(self, *, private: bool = False) -> tuple[Json, str]:
        """Ask for a picture that nobody can pay for; return the answer and the id of its "Add key"."""
        answer = await self.house.slash("imagine", prompt="a baker", model=MODEL, private=private)
        message = answer["messages"][-1] if answer["messages"] else answer["message"]
        [add] = [each for each in ids(message) if ":key:" in each]
        return message, add

    def paid_with(self) -> list[str]:
        """Return the keys of the requests that cost money."""
        return [call["headers"]["x-key"] for call in self.stand_ins.calls("bfl") if call["paid"]]


@pytest.fixture
async def shop(studio: Studio, local: LocalDiscord, _discord_address: None) -> AsyncIterator[Shop]:
    async with beside_stand_ins(studio.context) as (context, stand_ins):
        studio.context = replace(context, limits=replace(context.limits, key_servers=frozenset()))
        async with aiohttp.ClientSession() as session, connected(studio.context, local) as bot:
            yield Shop(House(bot, studio, local, session), stand_ins)


async def test_adding_says_whose_pictures_it_pays_and_what_paints_now_at_what_price(shop: Shop) -> None:
    key = good_key(shop.stand_ins)
    answer = await shop.add(key)
    text = said(answer["message"])
    assert answer["ephemeral"]
    assert f"your Black Forest Labs key ending in `{key[-4:]}`" in text
    assert "every picture that you ask for" in text
    assert "Left on its account: $" in text
    assert "When you name no model here, **FLUX" in text
    assert "a picture." in text
    assert key not in text


async def test_what_is_asked_for_afterwards_is_paid_with_it(shop: Shop) -> None:
    key = good_key(shop.stand_ins)
    await shop.add(key)
    painted = await shop.house.slash("imagine", prompt="a baker", model=MODEL)
    assert len(painted["message"]["attachments"]) == 1
    assert "on the asker's own account" in said(painted["message"])
    assert shop.paid_with() == [key]


async def test_the_form_says_where_keys_come_from_and_holds_none(shop: Shop) -> None:
    await shop.add(good_key(shop.stand_ins))
    modal = (await shop.keys("add", provider="bfl"))["modal"]
    [label] = modal["components"]
    assert modal["custom_id"] == "v1:keyadd:bfl:user"
    assert "https://bfl.ai" in label["description"]
    assert "value" not in label["component"]


async def test_a_refused_key_is_answered_privately_and_not_kept(shop: Shop) -> None:
    answer = await shop.add(REFUSED)
    assert answer["ephemeral"]
    assert "refuses this key" in said(answer["message"])
    assert "You have no key of your own" in said((await shop.keys("list"))["message"])


async def test_a_text_that_is_no_key_is_answered_with_what_was_expected(shop: Shop) -> None:
    answer = await shop.add("two words, not a key")
    assert "one word of letters and digits" in said(answer["message"])
    assert "two words" not in said(answer["message"])
    assert shop.stand_ins.calls() == []


async def test_the_list_shows_the_last_four_and_the_servers_only_to_its_managers(shop: Shop) -> None:
    own, servers = good_key(shop.stand_ins), good_key(shop.stand_ins)
    await shop.add(own)
    await shop.add(servers, user="mod", **{"for": "server"})
    adas, mods = (await shop.keys("list")), (await shop.keys("list", user="mod"))
    assert adas["ephemeral"]
    assert f"- your Black Forest Labs key ending in `{own[-4:]}`" in said(adas["message"])
    assert servers[-4:] not in said(adas["message"])
    assert f"- this server's Black Forest Labs key ending in `{servers[-4:]}`" in said(mods["message"])
    assert own[-4:] not in said(mods["message"])


async def test_a_servers_key_pays_for_everybody_in_it(shop: Shop) -> None:
    key = good_key(shop.stand_ins)
    added = await shop.add(key, user="mod", **{"for": "server"})
    assert "every picture that somebody asks for in this server" in said(added["message"])
    painted = await shop.house.slash("imagine", user="ben", prompt="a baker", model=MODEL)
    assert "on this server's account" in said(painted["message"])
    assert shop.paid_with() == [key]


@pytest.mark.parametrize("verb", ["add", "test", "remove"])
async def test_a_servers_keys_are_for_its_managers_alone(shop: Shop, verb: str) -> None:
    answer = await shop.keys(verb, provider="bfl", **{"for": "server"})
    assert answer["modal"] is None
    assert "those who may manage the server" in said(answer["message"])
    assert answer["ephemeral"]


async def test_a_form_whose_sender_lost_the_permission_meanwhile_is_refused(shop: Shop) -> None:
    await shop.house.act("world", members=[{"user": "ben", "roles": ["moderators"]}])
    opened = await shop.keys("add", user="ben", provider="bfl", **{"for": "server"})
    await shop.house.act("world", members=[{"user": "ben", "roles": []}])
    answer = await shop.type_key(opened, good_key(shop.stand_ins), user="ben")
    assert "those who may manage the server" in said(answer["message"])
    assert await shop.house.studio.context.database.read(provider_keys.list_keys) == []
    assert shop.stand_ins.calls() == []


async def test_a_servers_key_cannot_be_changed_in_direct_messages(shop: Shop) -> None:
    body = {"user": "mod", "channel": "dm", "name": "keys", "subcommand": "add"}
    answer = await shop.house.act("slash", **body, options={"provider": "bfl", "for": "server"})
    assert answer["modal"] is None
    assert "only in that server" in said(answer["message"])


async def test_a_persons_own_key_can_be_brought_in_direct_messages(shop: Shop) -> None:
    body = {"user": "ada", "channel": "dm", "name": "keys", "subcommand": "add"}
    opened = await shop.house.act("slash", **body, options={"provider": "bfl"})
    answer = await shop.type_key(opened, good_key(shop.stand_ins))
    assert "Kept, encrypted" in said(answer["message"])


async def test_testing_tells_the_balance_and_costs_nothing(shop: Shop) -> None:
    await shop.add(good_key(shop.stand_ins))
    answer = await shop.keys("test", provider="bfl", wait="done")
    assert "Black Forest Labs takes the key. Left on its account: $" in said(answer["message"])
    assert shop.paid_with() == []


async def test_testing_says_that_the_service_refuses_the_key_now(shop: Shop) -> None:
    key = good_key(shop.stand_ins)
    await shop.add(key)
    shop.stand_ins.desk("bfl").keys.discard(key)
    answer = await shop.keys("test", provider="bfl", wait="done")
    assert "refuses the key" in said(answer["message"])


async def test_removing_says_what_paints_from_now_on(shop: Shop) -> None:
    key = good_key(shop.stand_ins)
    await shop.add(key)
    answer = await shop.keys("remove", provider="bfl", wait="done")
    text = said(answer["message"])
    assert f"Removed: your Black Forest Labs key ending in `{key[-4:]}`" in text
    assert "**Sketch painter** paints: free" in text
    again = await shop.keys("remove", provider="bfl", wait="done")
    assert "There is no Black Forest Labs key" in said(again["message"])


async def test_an_unknown_service_is_answered_with_those_that_take_keys(shop: Shop) -> None:
    answer = await shop.keys("add", provider="nobody")
    assert "Black Forest Labs" in said(answer["message"])


async def test_services_that_take_keys_are_suggested(shop: Shop) -> None:
    body = {"user": "ada", "channel": "portraits", "name": "keys", "subcommand": "add"}
    answer = await shop.house.act("autocomplete", **body, option="provider", value="bla", options={})
    assert answer["choices"] == [{"name": "Black Forest Labs", "value": "bfl"}]


async def test_a_model_without_a_key_offers_to_add_one_and_paints_at_once(shop: Shop) -> None:
    offered, add = await shop.offered()
    opened = await shop.house.click(offered, add)
    key = good_key(shop.stand_ins)
    painted = await shop.type_key(opened, key)
    assert "on the asker's own account" in said(painted["message"])
    assert len(painted["message"]["attachments"]) == 1
    assert shop.paid_with() == [key]


async def test_a_wrong_key_for_a_waiting_request_paints_nothing_and_can_be_tried_again(shop: Shop) -> None:
    offered, add = await shop.offered()
    opened = await shop.house.click(offered, add)
    await shop.type_key(opened, REFUSED)
    await shop.house.until_anything_said("refuses this key")
    assert shop.paid_with() == []
    again = await shop.house.click(offered, add)
    painted = await shop.type_key(again, good_key(shop.stand_ins))
    assert len(painted["message"]["attachments"]) == 1


async def test_a_private_request_stays_private_when_its_key_comes(shop: Shop) -> None:
    offered, add = await shop.offered(private=True)
    opened = await shop.house.click(offered, add)
    painted = await shop.type_key(opened, good_key(shop.stand_ins))
    assert painted["ephemeral"]


async def test_the_keys_of_a_server_that_removes_the_bot_go(shop: Shop) -> None:
    await shop.add(good_key(shop.stand_ins), user="mod", **{"for": "server"})
    await shop.add(good_key(shop.stand_ins))
    accounts = shop.house.studio.context.accounts
    [guild] = shop.house.bot.guilds
    assert len(accounts.entries_of(Payer.SERVER, guild.id)) == 1
    await guild.leave()
    await until(lambda: accounts.entries_of(Payer.SERVER, guild.id) == ())
    ada = int(shop.house.local.world.user("ada").id)
    assert len(accounts.entries_of(Payer.USER, ada)) == 1


async def test_no_key_is_in_what_the_bot_says_logs_or_keeps(
    shop: Shop, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG, "limner")
    caplog.set_level(logging.DEBUG, "cogs")
    caplog.set_level(logging.DEBUG, "services")
    by_command, by_button, servers = (good_key(shop.stand_ins) for _ in range(3))
    offered, add = await shop.offered()
    await shop.type_key(await shop.house.click(offered, add), by_button)
    await shop.add(by_command)
    await shop.add(servers, user="mod", **{"for": "server"})
    await shop.add(REFUSED)
    await shop.add(f"{by_command} {servers}")
    await shop.keys("list", user="mod")
    await shop.keys("test", provider="bfl", wait="done")
    await shop.keys("remove", provider="bfl", wait="done")
    requests = repr(await shop.house.requests_seen())
    kept = b"".join(file.read_bytes() for file in database_files(tmp_path)).decode("latin-1")
    found = {
        place: [key for key in (by_command, by_button, servers, REFUSED) if key in text]
        for place, text in {"requests": requests, "log": caplog.text, "database": kept}.items()
    }
    assert len(requests) > 1000
    assert len(kept) > 1000
    assert found == {"requests": [], "log": [], "database": []}


def database_files(folder: Path) -> list[Path]:
    return sorted(folder.glob("limner.db*"))
