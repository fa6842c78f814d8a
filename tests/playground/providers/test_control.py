"""The control interface over HTTP, as programs in any language use it."""

import io

import pytest
from PIL import Image

from playground.providers.app import StandIns
from playground.providers.calls import (
    LONGEST_BODY,
    LONGEST_TEXT,
    MOST_CALLS,
    Call,
    Calls,
    shortened,
    shown_body,
)
from tests.playground.providers.fal_bench import Fal, Said, data_uri, picture
from tests.waiting import until


async def control(fal: Fal, name: str, body: object = None, **headers: str) -> Said:
    url = f"{fal.stand_ins.announcement['control']}/{name}"
    return await fal.ask("GET" if body is None else "POST", url, headers=headers, json=body)


async def test_the_announcement_names_every_address(providers: StandIns) -> None:
    origin = providers.origin
    fal = providers.announcement["fal"]
    assert {name: url for name, url in fal.items() if name != "key"} == {
        "queue": f"{origin}/fal/queue",
        "rest": f"{origin}/fal/rest",
        "cdn": f"{origin}/fal/cdn",
    }
    assert ":" in fal["key"]
    assert providers.announcement["control"] == f"{origin}/control"


async def test_a_script_comes_over_http(fal: Fal) -> None:
    said = await control(
        fal, "script", {"provider": "fal", "match": {"method": "POST"}, "steps": [{"status": 503}]}
    )
    assert (said.status, said.body) == (200, {"scripts": 1})
    assert (await fal.submit()).status == 503


async def test_calls_list_everything_oldest_first(fal: Fal) -> None:
    submitted = await fal.submit(fal_webhook="http://127.0.0.1:1/hooks/fal/a.b")
    await fal.result(submitted)
    said = await control(fal, "calls")
    first = said.body["calls"][0]
    assert set(first) == {"provider", "method", "path", "headers", "body", "size", "status", "paid", "at"}
    assert (first["provider"], first["method"], first["status"], first["paid"]) == ("fal", "POST", 200, True)
    assert "fal_webhook=" in first["path"]
    assert first["body"]["prompt"] == "a face"
    assert first["headers"]["Authorization"] == fal.key["Authorization"]
    assert [call["at"] for call in said.body["calls"]] == sorted(call["at"] for call in said.body["calls"])
    assert not any(call["paid"] for call in said.body["calls"][1:])


async def test_calls_of_one_vendor(fal: Fal) -> None:
    await fal.submit()
    assert len((await control(fal, "calls?provider=fal")).body["calls"]) == 1
    assert (await control(fal, "calls?provider=bfl")).body["calls"] == []


async def test_calls_can_be_read_on_from_where_the_last_reading_ended(fal: Fal) -> None:
    submitted = await fal.submit()
    first = (await control(fal, "calls")).body
    await fal.status(submitted)
    later = (await control(fal, f"calls?after={first['next']}")).body
    assert [call["method"] for call in later["calls"]] == ["GET"]
    assert later["next"] == first["next"] + 1
    assert (await control(fal, "calls?after=x")).status == 400


def test_calls_that_were_forgotten_count_when_reading_on() -> None:
    calls = Calls(forgotten=7)
    for number in range(7, 10):
        calls.add(Call("fal", "GET", f"/{number}", {}, None, 0.0))
    assert [call.path for call in calls.listed(after=8)] == ["/8", "/9"]
    assert [call.path for call in calls.listed(after=2)] == ["/7", "/8", "/9"]
    assert calls.count == 10


async def test_plain_squares_are_painted_in_the_size_that_is_set_and_no_two_alike(fal: Fal) -> None:
    assert (await control(fal, "canvas", {"provider": "fal", "side": 48})).body["fal"] == 48
    painted = [
        await fal.stand_ins.desk("fal").paint(prompt="a", seed=seed, width=512, height=512, label="x")
        for seed in (1, 1, 2)
    ]
    assert painted[0] == painted[1] != painted[2]
    with Image.open(io.BytesIO(painted[0])) as picture:
        assert (picture.size, picture.format) == ((48, 48), "JPEG")
    assert (await control(fal, "canvas", {"side": None})).body["fal"] is None
    assert (await control(fal, "canvas", {"side": 1e6})).status == 400


async def test_the_control_interface_is_not_among_the_calls(fal: Fal) -> None:
    await control(fal, "calls")
    assert (await control(fal, "calls")).body["calls"] == []


async def test_webhooks_are_planned_and_listed(fal: Fal) -> None:
    plan = {"provider": "fal", "attempt": "a", "action": "repeat", "n": 2}
    assert (await control(fal, "webhook", plan)).body == {"sent": False, "planned": True}
    submitted = await fal.submit(fal_webhook="http://127.0.0.1:1/hooks/fal/a.b")
    await until(lambda: len(fal.stand_ins.webhooks.deliveries) >= 2)
    request_id = submitted.body["request_id"]
    told = (await control(fal, "webhooks?provider=fal")).body["webhooks"]
    assert {one["request_id"] for one in told} == {request_id}
    again = {"provider": "fal", "request_id": request_id, "action": "send"}
    assert (await control(fal, "webhook", again)).body == {"sent": True, "planned": False}


async def test_the_pace_counts_for_orders_under_way(fal: Fal) -> None:
    await control(fal, "pace", {"provider": "fal", "seconds": 1000})
    submitted = await fal.submit()
    assert (await fal.status(submitted)).body["status"] == "IN_QUEUE"
    assert (await control(fal, "pace", {"seconds": 0})).body["fal"] == 0
    assert (await fal.result(submitted)).status == 200


async def test_orders_can_be_held_at_a_part_of_their_time(fal: Fal) -> None:
    await control(fal, "pace", {"hold": 0.5})
    submitted = await fal.submit()
    assert (await fal.status(submitted)).body["status"] == "IN_PROGRESS"
    await control(fal, "pace", {"hold": None})
    assert (await fal.result(submitted)).status == 200


async def test_the_clock_moves_forward(fal: Fal) -> None:
    before = (await control(fal, "clock", {"advance_s": 0})).body["now"]
    assert (await control(fal, "clock", {"advance_s": 3600})).body["now"] >= before + 3600


async def test_one_more_key_is_taken(fal: Fal) -> None:
    headers = {"Authorization": "Key somebody:else"}
    refused = await fal.ask("POST", f"{fal.queue}/fal-ai/flux/dev", headers=headers, json={"prompt": "x"})
    assert refused.status == 401
    assert (await control(fal, "keys", {"provider": "fal", "key": "somebody:else"})).body == {"keys": 2}
    taken = await fal.ask("POST", f"{fal.queue}/fal-ai/flux/dev", headers=headers, json={"prompt": "x"})
    assert taken.status == 200


async def test_the_signing_key_can_be_changed(fal: Fal) -> None:
    before = (await fal.ask("GET", f"{fal.rest}/.well-known/jwks.json")).body
    assert (await control(fal, "keys", {"provider": "fal", "rotate": True})).status == 200
    assert (await fal.ask("GET", f"{fal.rest}/.well-known/jwks.json")).body != before


async def test_a_reset_forgets_everything_but_pace_and_keys(fal: Fal) -> None:
    fal.stand_ins.add_key("fal", "one:more")
    submitted = await fal.submit()
    await fal.result(submitted)
    await control(fal, "script", {"provider": "fal", "steps": [{"status": 500}]})
    assert (await control(fal, "reset", {})).status == 200
    assert (await control(fal, "calls")).body == {"calls": [], "forgotten": 0, "next": 0}
    assert (await fal.status(submitted)).status == 404
    assert fal.stand_ins.desk("fal").is_good_key("one:more")


@pytest.mark.parametrize(
    ("name", "body", "code"),
    [
        ("script", {"provider": "nobody", "steps": [{}]}, "unknown_provider"),
        ("script", {"provider": "fal", "steps": [{"status": 1}]}, "bad_script"),
        ("script", {"provider": "fal"}, "bad_script"),
        ("webhook", {"provider": "fal", "action": "send"}, "no_order"),
        ("webhook", {"provider": "fal", "attempt": "a", "action": "eat"}, "bad_action"),
        ("webhook", {"provider": "fal", "attempt": "a", "action": "repeat", "n": "x"}, "bad_number"),
        ("webhook", {"provider": "fal", "attempt": "a", "action": "repeat", "n": 10**6}, "bad_number"),
        ("pace", {"provider": "fal", "seconds": -1}, "bad_number"),
        ("pace", {"hold": 2}, "bad_number"),
        ("clock", {}, "bad_number"),
        ("keys", {"provider": "fal"}, "bad_key"),
        ("keys", {}, "unknown_provider"),
        ("reset", [], "bad_json"),
        ("dance", {}, "unknown_call"),
    ],
)
async def test_what_cannot_be_done_is_refused_with_a_code(
    fal: Fal, name: str, body: object, code: str
) -> None:
    said = await control(fal, name, body)
    assert 400 <= said.status < 500
    assert said.body["error"]["code"] == code
    assert said.body["error"]["message"]


async def test_the_state_is_short(fal: Fal) -> None:
    fal.stand_ins.hold(0.5, "fal")
    fal.stand_ins.script("fal", [{}])
    said = (await control(fal, "state")).body
    assert said["providers"]["fal"] == {"pace_s": 0.0, "held_at": 0.5}
    assert said["providers"]["bfl"]["held_at"] is None
    assert said["scripts"] == 1


async def test_an_unknown_list_is_refused(fal: Fal) -> None:
    assert (await control(fal, "everything")).status == 404


@pytest.mark.parametrize("headers", [{"Host": "evil.example"}, {"Origin": "http://evil.example"}])
async def test_a_foreign_page_is_refused(fal: Fal, headers: dict[str, str]) -> None:
    bodies: tuple[object, ...] = (None, {})
    for body in bodies:
        said = await control(fal, "calls" if body is None else "reset", body, **headers)
        assert (said.status, said.body["error"]["code"]) == (403, "foreign")


async def test_a_body_that_is_no_json_is_refused(fal: Fal) -> None:
    url = f"{fal.stand_ins.announcement['control']}/script"
    said = await fal.ask("POST", url, data=b"{", headers={})
    assert said.body["error"]["code"] == "bad_json"


async def test_long_texts_are_shortened_and_the_rest_stays_whole(fal: Fal) -> None:
    given = {"prompt": "a face", "image_url": data_uri(picture(size=(300, 300), name="BMP"), "image/bmp")}
    await fal.submit(given, endpoint="fal-ai/flux-pro/v1.1-ultra")
    body: dict[str, str] = fal.stand_ins.calls("fal")[0]["body"]
    assert body["prompt"] == "a face"
    assert len(body["image_url"]) < LONGEST_TEXT
    assert "characters" in body["image_url"]


@pytest.mark.parametrize(
    ("data", "content_type", "shown"),
    [
        (b"", "application/json", None),
        (b'{"a": [1]}', "application/json", {"a": [1]}),
        (b"{", "application/json", "{"),
        (b"plain", "text/plain", "plain"),
        (b"\x89PNG\x00", "image/png", "(5 bytes)"),
    ],
)
def test_bodies_are_kept_as_they_can_be_read(data: bytes, content_type: str, shown: object) -> None:
    assert shown_body(data, content_type) == shown


def test_shortening_goes_into_lists() -> None:
    assert shortened([["x" * (LONGEST_TEXT + 1)]])[0][0].endswith(f"({LONGEST_TEXT + 1} characters)")


def test_the_oldest_calls_are_forgotten() -> None:
    calls = Calls()
    for number in range(MOST_CALLS + 2):
        calls.add(Call("fal", "GET", f"/{number}", {}, None, 0.0))
    assert (len(calls.listed()), calls.forgotten, calls.listed()[0].path) == (MOST_CALLS, 2, "/2")


def test_the_oldest_calls_are_forgotten_when_bodies_are_long() -> None:
    calls = Calls(most_characters=25)
    for number in range(4):
        call = Call("fal", "POST", f"/{number}", {}, None, 0.0)
        calls.add(call)
        calls.note_body(call, b"0123456789", "text/plain")
    assert ([call.path for call in calls.listed()], calls.forgotten) == (["/2", "/3"], 2)


def test_json_that_is_long_without_long_texts_is_cut() -> None:
    shown = shown_body(b"[" + b"1," * LONGEST_BODY + b"1]", "application/json")
    assert isinstance(shown, str)
    assert len(shown) == LONGEST_BODY
