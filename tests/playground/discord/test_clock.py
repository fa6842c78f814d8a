"""The clock: what it ends when it is moved, what it makes later, and what it does not touch."""

import time
from typing import Any

import pytest

from playground.discord.interactions import ACK_S, Interaction
from playground.discord.local import LocalDiscord
from playground.discord.snowflake import time_of
from tests.playground.discord.conftest import People
from tests.playground.discord.refusals.scene import register, unhurried
from tests.waiting import until

QUARTER_S = 15 * 60


async def started(people: People) -> Interaction:
    """A slash command's interaction, with an hour of real time left to answer it."""
    await register(people, {"name": "a", "description": "a"})
    return unhurried(people, await people.slash("a", wait=0))


async def test_interaction_token_ends_after_a_quarter_of_an_hour(people: People) -> None:
    interaction = await started(people)
    callback = f"/interactions/{interaction.id}/{interaction.token}/callback"
    webhook = f"/webhooks/{people.about['application_id']}/{interaction.token}"
    assert (await people.rest("POST", callback, {"type": 5}))[0] == 204
    await people.post("clock", advance_s=QUARTER_S - 10)
    assert (await people.rest("PATCH", f"{webhook}/messages/@original", {"content": "x"}))[0] == 200
    await people.post("clock", advance_s=20)
    for method, path in (("PATCH", f"{webhook}/messages/@original"), ("POST", webhook)):
        status, answer = await people.rest(method, path, {"content": "x"})
        assert (status, answer["code"]) == (401, 50027)


async def test_unanswered_interaction_ends_with_the_clock(people: People) -> None:
    interaction = await started(people)
    await people.post("clock", advance_s=QUARTER_S + 1)
    path = f"/interactions/{interaction.id}/{interaction.token}/callback"
    assert (await people.rest("POST", path, {"type": 5}))[1]["code"] == 10062


async def test_three_seconds_to_answer_are_real_seconds(people: People) -> None:
    interaction = await started(people)
    await people.post("clock", advance_s=600)
    interaction.check_open()  # ten minutes of the clock do not count
    interaction.sent_s = time.monotonic() - ACK_S - 0.1  # three real seconds do
    path = f"/interactions/{interaction.id}/{interaction.token}/callback"
    assert (await people.rest("POST", path, {"type": 5}))[1]["code"] == 10062


async def test_ids_and_times_made_from_then_on_are_later(people: People) -> None:
    before = await people.post("say", user="ada", channel="lounge", content="x")
    now = await people.post("clock", advance_s=86_400)
    after = await people.post("say", user="ada", channel="lounge", content="x")
    assert time_of(after["id"]) - time_of(before["id"]) >= 86_400
    assert after["timestamp"] > before["timestamp"]
    assert time_of(after["id"]) >= now["now"] - 1
    assert now["offset_s"] == 86_400


async def test_clock_stays_moved_after_a_restart(people: People, local: LocalDiscord) -> None:
    await people.post("clock", advance_s=86_400)
    last = int((await people.post("say", user="ada", channel="lounge", content="x"))["id"])
    await until(lambda: local.store.read() != {} and _kept(local)["clock_offset_s"] == 86_400)
    again = LocalDiscord(local.folder, is_kept=True)
    assert again.clock.offset_s == 86_400
    assert int(again.ids.next()) > last


def _kept(local: LocalDiscord) -> dict[str, Any]:
    kept = local.store.read()
    assert kept is not None
    return dict(kept["about"])


@pytest.mark.parametrize("advance_s", [-1, "soon", 1e300, "nan", [], 3e9], ids=str)
async def test_refuses_a_move_that_makes_no_sense(people: People, advance_s: object) -> None:
    before = people.local.clock.offset_s
    status, answer = await people.call("POST", "clock", advance_s=advance_s)
    assert (status, answer["error"]["code"]) == (400, "bad_field")
    assert people.local.clock.offset_s == before
