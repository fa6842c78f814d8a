"""The proxy takes away what it is told to and nothing else; clients notice, and are not left waiting for ever."""

import pytest

from tests.playground.mutation.fields import Mutant
from tests.playground.mutation.messages import mutants_of, sent_in
from tests.playground.mutation.runs import SCRIPTS, complaints, recorded

LIBRARIES = pytest.mark.parametrize("library", SCRIPTS)


@LIBRARIES
async def test_a_client_has_nothing_to_complain_of_behind_a_proxy_that_takes_nothing(library: str) -> None:
    assert await complaints(library, ()) == []


@LIBRARIES
@pytest.mark.parametrize(
    "mutant",
    [
        Mutant("GET /users/@me 200", ("username",)),
        Mutant("GUILD_CREATE", ("d", "roles", "*", "name")),
        Mutant("INTERACTION_CREATE slash command", ("d", "attachment_size_limit")),
    ],
    ids=str,
)
async def test_a_client_complains_of_a_field_that_is_taken(library: str, mutant: Mutant) -> None:
    assert await complaints(library, [mutant]) != []


async def test_a_client_that_waits_for_what_never_comes_complains_of_the_gateway() -> None:
    found = await complaints("discord.py", [Mutant("THREAD_CREATE", ("d", "newly_created"))])
    assert len(found) == 1
    assert "4004" in found[0]


async def test_a_recording_has_every_kind_of_message() -> None:
    kinds = {one.kind for one in sent_in(await recorded("discord.py"))}
    wanted = {"slash command", "user command", "message command", "button", "select", "autocomplete", "form"}
    assert {f"INTERACTION_CREATE {one}" for one in wanted} < kinds
    assert {"READY", "RESUMED", "HELLO", "HEARTBEAT_ACK", "GET /users/@me 200"} < kinds


async def test_fields_are_found_at_every_depth() -> None:
    mutants = set(map(str, mutants_of(sent_in(await recorded("disnake")))))
    assert {
        "READY /op",
        "GUILD_CREATE /d/roles/*/colors/primary_color",
        "INTERACTION_CREATE slash command /d/data/resolved/users/{id}/username",
        "GET /users/@me 200 /id",
    } < mutants
