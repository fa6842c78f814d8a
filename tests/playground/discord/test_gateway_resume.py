"""RESUME: what is replayed, in which order, and when there is nothing to come back to."""

from dataclasses import replace

from yarl import URL

from tests.playground.discord.conftest import People
from tests.playground.discord.gateway_client import (
    Frame,
    barely_dialled,
    dialled,
    heard,
    identified,
    identify,
    resume,
)
from tests.waiting import until

MESSAGES = 1 | 1 << 9
INVALID = {"op": 9, "s": None, "t": None, "d": False}


async def left(people: People, code: int = 4000) -> tuple[str, int]:
    """Identify, go away with that code; return the session's id and its last number."""
    async with dialled(people) as socket:
        ready, created = await identified(socket, people, intents=MESSAGES)
        await socket.close(code=code)
    return ready["d"]["session_id"], created["s"]


async def say(people: People, *words: str) -> None:
    for word in words:
        await people.post("say", user="ada", channel="lounge", content=word)


async def resumed(people: People, session_id: str, seq: int, **more: str) -> list[Frame]:
    """What a connection hears that begins with RESUME; it goes away resumably."""
    async with dialled(people) as socket:
        await socket.receive_json()
        await socket.send_str(resume(people, session_id, seq, **more))
        frames = await heard(socket)
        await socket.close(code=4000)
    return frames


async def test_replays_what_was_missed_in_order_then_says_resumed(people: People) -> None:
    session_id, seq = await left(people)
    await say(people, "one", "two", "three")
    frames = await resumed(people, session_id, seq)
    assert [(one["t"], one["s"] - seq) for one in frames] == [
        ("MESSAGE_CREATE", 1),
        ("MESSAGE_CREATE", 2),
        ("MESSAGE_CREATE", 3),
        ("RESUMED", 4),
    ]
    ids = [int(one["d"]["id"]) for one in frames[:3]]
    assert ids == sorted(ids)


async def test_replays_from_the_number_that_the_client_names_again_and_again(people: People) -> None:
    session_id, seq = await left(people)
    await say(people, "one", "two")
    first = await resumed(people, session_id, seq)
    await say(people, "three")
    again = await resumed(people, session_id, seq + 1)
    assert [one["s"] - seq for one in first] == [1, 2, 3]
    # number 3 was the first RESUMED: it is not repeated in the midst of what follows it
    assert [(one["t"], one["s"] - seq) for one in again] == [
        ("MESSAGE_CREATE", 2),
        ("MESSAGE_CREATE", 4),
        ("RESUMED", 5),
    ]


async def test_resumes_at_an_address_of_its_own_that_takes_the_same_query(people: People) -> None:
    async with dialled(people) as socket:
        ready, created = await identified(socket, people)
        await socket.close(code=4000)
    url = ready["d"]["resume_gateway_url"]
    assert URL(url).path != URL(people.about["gateway"]).path
    async with dialled(people, "v=10&encoding=json", url) as socket:
        assert (await socket.receive_json())["op"] == 10
        await socket.send_str(resume(people, ready["d"]["session_id"], created["s"]))
        assert (await socket.receive_json())["t"] == "RESUMED"


async def test_goodbye_with_1000_or_1001_ends_the_session(people: People) -> None:
    for code in (1000, 1001):
        session_id, seq = await left(people, code)
        assert await resumed(people, session_id, seq) == [INVALID]


async def test_connection_that_breaks_without_a_word_leaves_the_session(people: People) -> None:
    async with barely_dialled(people) as socket:
        await socket.receive()
        socket.send(1, identify(people).encode())
        await socket.receive()
    (session,) = people.local.sessions.by_id.values()
    await until(lambda: session.socket is None)
    assert (await resumed(people, session.id, session.seq))[0]["t"] == "RESUMED"


async def test_session_is_unknown_without_id_number_or_the_right_token(people: People) -> None:
    other = await people.post("applications", name="Other")
    session_id, seq = await left(people)
    assert await resumed(people, "x", seq) == [INVALID]
    assert await resumed(people, session_id, seq, token=other["token"]) == [INVALID]
    async with dialled(people) as socket:
        await socket.receive_json()
        await socket.send_str(resume(people, session_id, None))
        assert await heard(socket) == [INVALID]
    assert (await resumed(people, session_id, seq))[0]["t"] == "RESUMED"


async def test_session_expires_three_minutes_after_its_connection_ended(people: People) -> None:
    session_id, seq = await left(people)
    await people.post("clock", advance_s=170)
    assert (await resumed(people, session_id, seq))[0]["t"] == "RESUMED"
    await people.post("clock", advance_s=181)
    assert await resumed(people, session_id, seq) == [INVALID]
    assert people.local.sessions.by_id == {}


async def test_session_that_missed_more_than_is_kept_is_invalid(people: People) -> None:
    people.local.sessions.limits = replace(people.local.sessions.limits, replay_events=2)
    kept = await left(people)
    lost = await left(people)
    await say(people, "one", "two")
    assert [one["t"] for one in await resumed(people, *kept)] == [
        "MESSAGE_CREATE",
        "MESSAGE_CREATE",
        "RESUMED",
    ]
    await say(people, "three")
    assert await resumed(people, *lost) == [INVALID]
    assert await resumed(people, *lost) == [INVALID]
