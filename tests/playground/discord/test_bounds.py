"""However much happens, a local Discord keeps as much as its bounds say, in memory and on disk."""

import base64
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from playground.discord.app import running
from playground.discord.gateway_limits import GatewayLimits
from playground.discord.limits import Limits
from playground.discord.local import LocalDiscord
from playground.discord.transcript import READ_MAX
from tests.playground.discord.conftest import People
from tests.playground.discord.sample_bot import SampleBot
from tests.waiting import until

MESSAGES, INTERACTIONS, ITEMS, EVENTS, PART_BYTES = 5, 7, 4, 6, 60_000
ROUNDS = 20
PICTURE = {"picture": {"filename": "a.txt", "base64": base64.b64encode(b"words").decode()}}


@pytest.fixture
async def local(tmp_path: Path) -> AsyncIterator[LocalDiscord]:
    """A local Discord whose bounds are low."""
    here = LocalDiscord(tmp_path / "discord", is_kept=True, gateway=GatewayLimits(replay_events=EVENTS))
    here.messages.per_channel, here.interactions.kept = MESSAGES, INTERACTIONS
    here.feed.queue_max, here.transcript.part_max_bytes = ITEMS, PART_BYTES
    async with running(here, 0):
        yield here


def on_disk(local: LocalDiscord) -> set[str]:
    return {path.name for path in (local.folder / "files").iterdir()}


async def test_a_full_channel_loses_its_oldest_messages_with_their_files(
    people: People, local: LocalDiscord, bot: SampleBot
) -> None:
    answers = [await people.slash("portrait", wait="done") for _ in range(ROUNDS)]
    kept = [answer["message"] for answer in answers[-MESSAGES:]]
    assert list(local.messages.by_id) == [message["id"] for message in kept]
    assert set(local.files.by_id) == {message["attachments"][0]["id"] for message in kept}
    await until(lambda: on_disk(local) == set(local.files.by_id))
    await local.store.write()
    assert len((local.store.read() or {})["messages"]) == MESSAGES


async def test_every_channel_has_a_bound_of_its_own(people: People, local: LocalDiscord) -> None:
    for channel in ("portraits", "gallery"):
        for number in range(MESSAGES + 1):
            await people.post("say", user="ada", channel=channel, content=str(number))
    assert len(local.messages.by_id) == 2 * MESSAGES


async def test_the_oldest_interactions_leave_with_what_their_users_sent(
    people: People, local: LocalDiscord, bot: SampleBot
) -> None:
    answers = [await people.slash("whisper", files=PICTURE) for _ in range(ROUNDS)]
    kept = [answer["interaction_id"] for answer in answers[-INTERACTIONS:]]
    assert list(local.interactions.by_id) == kept
    assert len(local.files.by_id) == INTERACTIONS
    await until(lambda: on_disk(local) == set(local.files.by_id))


async def test_an_answer_to_an_interaction_that_left_comes_too_late(
    people: People, local: LocalDiscord, bot: SampleBot
) -> None:
    first = people.interaction((await people.slash("whisper"))["interaction_id"])
    for _ in range(INTERACTIONS):
        await people.slash("whisper")
    callback = f"/interactions/{first.id}/{first.token}/callback"
    status, answer = await people.rest("POST", callback, {"type": 5})
    assert (status, answer["code"]) == (404, 10062)
    original = f"/webhooks/{first.application_id}/{first.token}/messages/@original"
    status, answer = await people.rest("GET", original)
    assert (status, answer["code"]) == (401, 50027)


async def test_interactions_whose_time_is_over_leave_below_the_bound(
    people: People, local: LocalDiscord, bot: SampleBot
) -> None:
    for _ in range(3):
        await people.slash("whisper")
    await people.post("clock", advance_s=20 * 60)
    answer = await people.slash("whisper")
    assert list(local.interactions.by_id) == [answer["interaction_id"]]


async def test_a_session_remembers_its_last_events_only(
    people: People, local: LocalDiscord, bot: SampleBot
) -> None:
    for _ in range(ROUNDS):
        await people.slash("whisper")
    (session,) = local.sessions.by_id.values()
    assert [sent.seq for sent in session.replay] == list(range(session.seq - EVENTS + 1, session.seq + 1))


async def test_sessions_that_nobody_resumes_leave(local: LocalDiscord) -> None:
    application_id = local.world.application("").id
    for _ in range(ROUNDS):
        local.sessions.open(application_id, 0, (0, 1)).left_s = local.clock.now_s()
    local.clock.advance(local.sessions.limits.resumable_s + 1)
    session = local.sessions.open(application_id, 0, (0, 1))
    assert list(local.sessions.by_id) == [session.id]


async def test_a_stream_that_is_not_read_keeps_its_newest_items(people: People, local: LocalDiscord) -> None:
    watcher = local.feed.join(local.world.user("ada").id)
    for number in range(ROUNDS):
        await people.post("say", user="ben", channel="portraits", content=str(number))
    waiting = [watcher.queue.get_nowait()[1]["content"] for _ in range(watcher.queue.qsize())]
    assert waiting == [str(number) for number in range(ROUNDS - ITEMS, ROUNDS)]


async def test_waiting_that_is_over_leaves_no_sleepers(
    people: People, local: LocalDiscord, bot: SampleBot
) -> None:
    answer = await people.slash("whisper")
    body = {"until": {"text": "never"}, "timeout_s": 0.01}
    for target in ("message_id", "interaction_id"):
        ref = answer["message"]["id"] if target == "message_id" else answer["interaction_id"]
        status, _ = await people.call("POST", "wait", **{target: ref}, **body)
        assert status == 408
    assert not local.bell._waiting


def test_rate_limits_whose_window_is_over_are_forgotten() -> None:
    limits = Limits(sweep_at=3)
    for number in range(3):
        limits.take("bot", "PATCH", "webhook", f"token {number}")
    for window in limits.windows.values():
        window.start_s -= window.span_s
    limits.take("bot", "PATCH", "webhook", "token 3")
    assert [who for _, who in limits.windows] == ["bot:token 3"]


def test_rate_limits_whose_window_is_open_stay() -> None:
    limits = Limits(sweep_at=3)
    for number in range(5):
        limits.take("bot", "PUT", "commands", f"guild {number}")
    assert len(limits.windows) == 5


async def test_the_transcript_keeps_two_files_and_goes_on_counting(
    people: People, local: LocalDiscord, bot: SampleBot
) -> None:
    for _ in range(ROUNDS):
        await people.slash("portrait", wait="done")
        await local.transcript.flush()
    paths = sorted(local.folder.glob("transcript*"))
    assert [path.name for path in paths] == ["transcript.1.jsonl", "transcript.jsonl"]
    assert sum(path.stat().st_size for path in paths) <= 2 * PART_BYTES
    answer = await people.get("transcript?after=0&limit=1000")
    numbers = [entry["n"] for entry in answer["entries"]]
    assert numbers[0] > 1
    assert numbers == list(range(numbers[0], answer["next"] + 1))
    assert len(numbers) < READ_MAX
