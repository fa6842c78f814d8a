"""The comparison itself: what it must notice, and what it must not."""

from typing import Any

import pytest

from tests.playground.simcord.compare import Comparison
from tests.playground.simcord.normalise import normalised
from tests.playground.simcord.stage import Call, Event, Scene

ONE, TWO, THREE, FOUR = (str(10**18 + number) for number in range(4))


def message(**more: object) -> dict[str, Any]:
    return {"id": ONE, "content": "words", "flags": 0, "attachments": [], **more}


def posted(*messages: dict[str, Any], outcome: str = "ok") -> list[Scene]:
    calls = [Call("POST", "/channels/portraits/messages", None, outcome, one) for one in messages]
    return [Scene("a step", calls=calls)]


def differences(ours: list[Scene], theirs: list[Scene]) -> list[tuple[str, str, str]]:
    comparison = Comparison()
    comparison.scenes(ours, theirs)
    return [one.key for one in comparison.found]


@pytest.mark.parametrize(
    ("theirs", "noticed"),
    [
        ({"tts": True}, ("message", "tts", "theirs")),
        ({"content": "other"}, ("message", "content", "both")),
        ({"flags": 64}, ("message flag", "64", "theirs")),
        ({"attachments": [{"id": TWO, "size": 1}, {"id": THREE, "size": 1}]}, ("attachment", "size", "both")),
    ],
)
def test_a_field_that_differs_is_noticed(theirs: dict[str, Any], noticed: tuple[str, str, str]) -> None:
    files = [{"id": TWO, "size": 1}, {"id": THREE, "size": 2}] if "attachments" in theirs else []
    assert differences(posted(message(attachments=files)), posted(message(**theirs))) == [noticed]


def test_other_ids_in_the_same_places_are_equal() -> None:
    ours = posted(message(), message(content=f"see {ONE}", id=TWO))
    theirs = posted(message(id=THREE), message(content=f"see {THREE}", id=FOUR))
    assert differences(ours, theirs) == []


def test_an_id_that_stands_for_two_others_is_noticed() -> None:
    ours, theirs = posted(message(), message()), posted(message(id=TWO), message(id=THREE))
    assert differences(ours, theirs) == [("message", "id", "both")]


def test_another_outcome_is_noticed() -> None:
    ours = posted(message(), outcome="400 50035")
    assert differences(ours, posted(message(), outcome="403 50013")) == [
        ("refusal", "400 50035 for 403 50013", "both")
    ]


def test_a_request_too_many_is_noticed() -> None:
    assert differences(posted(message()), posted(message(), message())) == [("step", "calls", "both")]


def test_an_event_that_one_side_lacks_is_noticed() -> None:
    ours = [Scene("a step", events=[Event("MESSAGE_DELETE", {"id": ONE})])]
    assert differences(ours, [Scene("a step")]) == [("event", "MESSAGE_DELETE", "ours")]


def test_a_message_that_one_side_shows_is_noticed() -> None:
    ours, theirs = Scene("a step", seen={"here": []}), Scene("a step", seen={"here": [message()]})
    assert differences([ours], [theirs]) == [("place", "messages", "theirs")]


def test_a_script_that_goes_on_after_the_sides_have_parted_fails() -> None:
    ours, theirs = posted(message()), posted(message(), outcome="404 10008")
    with pytest.raises(AssertionError, match="goes on after a step"):
        differences(ours + posted(message()), theirs + posted(message()))


def test_times_tokens_and_known_ids_become_words() -> None:
    answer = {
        "id": ONE,
        "timestamp": "2026-01-02T03:04:05.678000+00:00",
        "token": "abc",
        "url": "http://a/attachments/1/2/a.png?ex=1",
    }
    scene = Scene(
        "a step", calls=[Call("POST", f"/webhooks/{ONE}/abc?wait=1", {"to": f"<@{ONE}>"}, "ok", answer)]
    )
    (plain,) = normalised([scene], {ONE: "limner"})[0].calls
    assert plain.path == "/webhooks/limner/token?wait=1"
    assert plain.body == {"to": "<@limner>"}
    assert plain.answer == {"id": "limner", "timestamp": "time", "token": "token", "url": "address of a.png"}
