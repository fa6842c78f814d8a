"""The judgement over a transcript: also without Discord's schemas it misses nothing that needs none."""

import json
from pathlib import Path

import pytest

from tests.discord_specs.schemas import Json, Value
from tests.discord_specs.transcript import check_transcript, problems


def exchange(status: int, response: Value = None, **more: Value) -> Json:
    way = {"method": "DELETE", "path": "/api/v10/channels/1/messages/2", "fault": None}
    return {"n": 1, "kind": "request", "status": status, "request": None, "response": response} | way | more


def beat(frame: Value) -> Json:
    return {"n": 1, "kind": "frame", "direction": "out", "frame": frame}


BROKEN = {"message": "a", "code": 0}
BAD_BODY = {"message": "Invalid Form Body", "code": 50035}


@pytest.fixture(params=["with schemas", "without schemas"])
def _either_way(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    if request.param == "without schemas":
        monkeypatch.delenv("DISCORD_SPECS", raising=False)
    else:
        request.getfixturevalue("specs")


@pytest.mark.usefixtures("_either_way")
def test_a_missing_route_and_an_unasked_fault_are_always_problems() -> None:
    for status in (500, 501, 503):
        assert len(problems([exchange(status, BROKEN)], sends_only_good=False)) == 1
    assert problems([exchange(500, BROKEN, fault="accept_then_500")], sends_only_good=False) == []
    assert problems([exchange(501, BROKEN)], sends_only_good=False, expected={501}) == []


@pytest.mark.usefixtures("_either_way")
def test_a_bad_body_is_a_problem_only_from_our_own_bot() -> None:
    assert problems([exchange(400, BAD_BODY)], sends_only_good=False) == []
    assert len(problems([exchange(400, BAD_BODY)], sends_only_good=True)) == 1


def test_judges_requests_answers_and_frames(specs: Path) -> None:
    ack = {"op": 11, "s": None, "t": None, "d": None}
    good = [exchange(204), beat(ack), {**beat({"op": 99}), "direction": "in"}]
    assert problems(good, sends_only_good=False) == []
    bad = [
        exchange(204, request={"a": 1}),
        exchange(204, {"a": 1}),
        beat({"op": 99} | ack | {"op": 99}),
        good[2],
    ]
    assert [len(problems([one], sends_only_good=True)) for one in bad] == [1, 1, 1, 1]


def test_what_was_cut_is_a_problem(specs: Path) -> None:
    assert "cut" in problems([exchange(200, '{"id": "1')], sends_only_good=False)[0]
    assert "cut" in problems([beat('{"op": 0')], sends_only_good=False)[0]
    asked_for = beat('{"op": 0, "t": "CASTLE_CREATE", "d')
    assert "cut" in problems([asked_for], sends_only_good=False)[0]
    assert problems([asked_for], sends_only_good=False, expected={"CASTLE_CREATE"}) == []


def test_fails_with_the_first_problems_and_their_numbers(tmp_path: Path) -> None:
    lines = [
        json.dumps(exchange(501, BROKEN, n=number, path=f"/api/v10/{number}")) for number in range(1, 31)
    ]
    (tmp_path / "transcript.jsonl").write_text("\n".join([*lines, '{"n": 31, "ki']), "utf-8")
    with pytest.raises(AssertionError, match="30 problems on the wire") as caught:
        check_transcript(tmp_path, sends_only_good=True)
    said = str(caught.value).splitlines()
    assert len([line for line in said if "answered 501" in line]) == 20
    assert "1: DELETE /api/v10/1 answered 501" in said[1]


def test_a_transcript_that_lost_its_beginning_is_no_proof(tmp_path: Path) -> None:
    check_transcript(tmp_path, sends_only_good=False)
    (tmp_path / "transcript.1.jsonl").write_text(json.dumps(exchange(204, n=7)) + "\n", "utf-8")
    with pytest.raises(AssertionError, match="holds no whole transcript"):
        check_transcript(tmp_path, sends_only_good=True)
