"""What the courier makes of Discord's answers, over a Discord whose answers are scripted."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from typing import Any

import aiohttp
import discord
import pytest
from aiohttp import web

from cogs._client import point_at
from cogs._courier import DiscordCourier, sending_of
from services.jobs.courier import MessagePlace, PictureResult, Rung, Sending
from services.models import Visibility
from services.providers.sketch.raster import encode
from tests.cogs.samples import ORIGIN, failure, picture, progress, result
from tests.faults.hurry import Hurry
from tests.services.studio import Studio

USER = {"id": "10", "username": "limner", "discriminator": "0", "avatar": None, "bot": True}
APPLICATION = {
    "id": "10", "name": "limner", "description": "", "icon": None, "bot_public": True,
    "bot_require_code_grant": False, "owner": USER, "verify_key": "",
}  # fmt: skip
MESSAGE = {
    "id": "55", "channel_id": "8", "author": USER, "content": "", "attachments": [], "embeds": [], "mentions": [],
    "mention_roles": [], "mention_everyone": False, "pinned": False, "tts": False, "type": 0, "components": [],
    "timestamp": "2026-01-01T00:00:00+00:00", "edited_timestamp": None, "flags": 0,
}  # fmt: skip
SINCE_MS = 1_700_000_000_000
BLANK = (
    '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 1024 1024"><rect width="1024" height="1024"/></svg>'
)
GLOBAL = {"message": "You are being rate limited.", "retry_after": 2.0, "global": True}
"""The body of a limit on the whole bot."""
NOT_DISCORDS = "error code: 1015"
"""The body of an answer that asks for a day of silence, and is no JSON."""
Step = tuple[int, object]


@dataclass
class Script:
    """Answers to come, and what was asked."""

    steps: list[Step] = field(default_factory=list)
    seen: list[tuple[str, str, dict[str, Any]]] = field(default_factory=list)

    async def answer(self, request: web.Request) -> web.StreamResponse:
        if request.path.endswith("/users/@me"):
            return reply(200, USER)
        if request.path.endswith("/applications/@me"):
            return reply(200, APPLICATION)
        self.seen.append((request.method, request.path, await payload_of(request)))
        if not self.steps:
            return web.Response(status=204) if request.method == "DELETE" else reply(200, MESSAGE)
        status, body = self.steps.pop(0)
        if status == 0:
            await asyncio.Event().wait()
        return reply(status, body)


def reply(status: int, body: object) -> web.Response:
    if body is NOT_DISCORDS:
        return web.Response(status=status, text=NOT_DISCORDS, headers={"Retry-After": "86400"})
    headers = (
        {"Via": "1.1 google", "Retry-After": "2", "X-RateLimit-Global": "true"} if body is GLOBAL else {}
    )
    # discord.py reads JSON only where the type carries no charset.
    headers["Content-Type"] = "application/json"
    return web.Response(status=status, body=json.dumps(body).encode(), headers=headers)


async def payload_of(request: web.Request) -> dict[str, Any]:
    if request.content_type == "multipart/form-data":
        form = await request.post()
        return dict(json.loads(str(form["payload_json"])))
    return dict(await request.json()) if request.content_type == "application/json" else {}


@dataclass
class Desk:
    """A courier, and the script of the Discord that it writes to."""

    courier: DiscordCourier
    script: Script
    picture: PictureResult


@asynccontextmanager
async def serving(script: Script) -> AsyncIterator[str]:
    app = web.Application(client_max_size=64 * 1024 * 1024)
    app.router.add_route("*", "/{path:.*}", script.answer)
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    yield f"http://127.0.0.1:{runner.addresses[0][1]}"
    await runner.cleanup()


@asynccontextmanager
async def open_desk(studio: Studio) -> AsyncIterator[Desk]:
    """Open a courier's desk before a Discord of its own; `_discord_address` has to be there."""
    script = Script()
    async with serving(script) as url:
        point_at(f"{url}/api/v10", "ws://127.0.0.1:1/")
        client = discord.Client(
            intents=discord.Intents.none(), allowed_mentions=discord.AllowedMentions.none()
        )
        await client.login("token")
        script.seen.clear()
        data = await studio.context.pixels.run(encode, BLANK, image_format="jpeg")
        stored = await studio.context.store.put(data)
        yield Desk(DiscordCourier(client, studio.context), script, picture(digest=stored.digest))
        await client.close()


@pytest.fixture
async def desk(studio: Studio, _discord_address: None) -> AsyncIterator[Desk]:
    async with open_desk(studio) as opened:
        yield opened


def refusal(code: int) -> dict[str, object]:
    return {"code": code, "message": "No"}


async def test_fills_the_message_that_answered_the_command(desk: Desk) -> None:
    sent = await desk.courier.deliver(Rung.ORIGINAL, result(desk.picture))
    assert (sent.sending, sent.channel_id, sent.message_id) == (Sending.SENT, 8, 55)
    [(method, path, payload)] = desk.script.seen
    assert (method, path) == ("PATCH", "/api/v10/webhooks/10/t/messages/@original")
    assert payload["allowed_mentions"] == {"parse": []}
    assert [file["filename"] for file in payload["attachments"]] == ["limner-00000001.jpg"]


async def test_posts_to_the_channel_with_a_nonce_and_without_a_ping(desk: Desk) -> None:
    sent = await desk.courier.deliver(Rung.CHANNEL, result(desk.picture))
    assert sent.sending is Sending.SENT
    [(method, path, payload)] = desk.script.seen
    assert (method, path) == ("POST", "/api/v10/channels/8/messages")
    assert (payload["nonce"], payload["enforce_nonce"]) == ("2", True)
    assert payload["allowed_mentions"] == {"parse": []}


@pytest.mark.parametrize(
    ("status", "code", "sending"),
    [
        (404, 10062, Sending.REFUSED),
        (404, 10015, Sending.REFUSED),
        (404, 10008, Sending.REFUSED),
        (404, 10003, Sending.REFUSED),
        (401, 50027, Sending.REFUSED),
        (401, 0, Sending.LATER),
        (403, 50001, Sending.REFUSED),
        (403, 50013, Sending.REFUSED),
        (403, 50007, Sending.REFUSED),
        (400, 50035, Sending.REFUSED),
        (429, 0, Sending.LATER),
    ],
)
@pytest.mark.parametrize("rung", [Rung.ORIGINAL, Rung.CHANNEL])
async def test_reads_what_discord_answers(
    desk: Desk, rung: Rung, status: int, code: int, sending: Sending
) -> None:
    desk.script.steps = [(status, refusal(code))]
    sent = await desk.courier.deliver(rung, result(desk.picture))
    assert sent.sending is sending
    assert str(code) in sent.reason
    assert "webhooks" not in sent.reason


async def test_a_token_that_was_never_there_closes_the_rung(desk: Desk) -> None:
    whole = result(desk.picture)
    sent = await desk.courier.deliver(Rung.ORIGINAL, replace(whole, origin=replace(whole.origin, token=None)))
    assert sent.sending is Sending.REFUSED
    assert desk.script.seen == []


async def test_makes_a_picture_smaller_that_discord_finds_too_large(desk: Desk) -> None:
    desk.script.steps = [(413, refusal(40005))]
    sent = await desk.courier.deliver(Rung.ORIGINAL, result(desk.picture))
    assert sent.sending is Sending.SENT
    assert len(desk.script.seen) == 2


async def test_gives_up_on_a_picture_that_is_always_too_large(desk: Desk) -> None:
    desk.script.steps = [(413, refusal(40005))] * 3
    sent = await desk.courier.deliver(Rung.ORIGINAL, result(desk.picture))
    assert sent.sending is Sending.REFUSED


async def test_a_public_failure_removes_the_message_and_speaks_privately(desk: Desk) -> None:
    sent = await desk.courier.deliver(Rung.ORIGINAL, result(failures=(failure(),)))
    assert sent.sending is Sending.SENT
    assert [method for method, _, _ in desk.script.seen] == ["DELETE", "POST"]
    assert desk.script.seen[1][2]["flags"] & 64


async def test_speaks_privately_where_the_message_is_gone_already(desk: Desk) -> None:
    desk.script.steps = [(404, refusal(10008))]
    sent = await desk.courier.deliver(Rung.ORIGINAL, result(failures=(failure(),)))
    assert sent.sending is Sending.SENT


@pytest.mark.parametrize("visibility", list(Visibility))
async def test_of_pictures_that_were_all_deleted_nothing_is_said(desk: Desk, visibility: Visibility) -> None:
    sent = await desk.courier.deliver(Rung.ORIGINAL, result(visibility=visibility))
    assert sent.sending is Sending.SENT
    assert [method for method, _, _ in desk.script.seen] == ["DELETE"]


async def test_a_private_failure_fills_the_private_message(desk: Desk) -> None:
    whole = result(failures=(failure(),), visibility=Visibility.PRIVATE)
    await desk.courier.deliver(Rung.ORIGINAL, whole)
    assert [method for method, _, _ in desk.script.seen] == ["PATCH"]


async def test_progress_is_dropped_when_discord_does_not_answer(desk: Desk) -> None:
    desk.script.steps = [(0, None)]
    assert await desk.courier.show_progress(progress()) is False


async def test_progress_that_was_refused_has_ended_for_certain(desk: Desk) -> None:
    desk.script.steps = [(404, refusal(10008))]
    assert await desk.courier.show_progress(progress()) is True


@pytest.mark.parametrize(
    ("row", "author", "found"),
    [
        ("v1:job:same:1", "10", True),
        ("v1:jobs:same:1", "10", True),
        ("v1:job:same:2", "10", False),
        ("v1:job:same:1", "11", False),
        ("v1:job:cancel:1", "10", False),
        ("v1:job:confirmdelete:1", "10", False),
    ],
    ids=["one picture", "several pictures", "another job", "another author", "waiting message", "question"],
)
async def test_finds_its_own_message_in_the_channel(desk: Desk, row: str, author: str, found: bool) -> None:
    buttons = {"type": 1, "components": [{"type": 2, "style": 2, "label": "x", "custom_id": row}]}
    message = {
        **MESSAGE,
        "author": {**USER, "id": author},
        "components": [{"type": 17, "components": [buttons]}],
    }
    desk.script.steps = [(200, [message]), (200, [])]
    sent = await desk.courier.find_delivered(Rung.CHANNEL, ORIGIN, [desk.picture.job_id], since_ms=SINCE_MS)
    assert (sent is not None) is found


async def test_says_where_the_history_cannot_be_read(desk: Desk) -> None:
    desk.script.steps = [(403, refusal(50001))]
    sent = await desk.courier.find_delivered(Rung.CHANNEL, ORIGIN, [desk.picture.job_id], since_ms=SINCE_MS)
    assert sent is not None
    assert sent.sending is Sending.REFUSED


@pytest.mark.parametrize(
    ("error", "sending"),
    [
        (discord.RateLimited(60), Sending.LATER),
        (TimeoutError(), Sending.UNCERTAIN),
        (aiohttp.ServerDisconnectedError(), Sending.UNCERTAIN),
        (ConnectionResetError(), Sending.UNCERTAIN),
    ],
)
def test_reads_what_happened_on_the_way(error: Exception, sending: Sending) -> None:
    assert sending_of(error) is sending


def test_does_not_swallow_what_it_does_not_know() -> None:
    with pytest.raises(ZeroDivisionError):
        sending_of(ZeroDivisionError())


async def test_i1_a_picture_whose_file_is_lost_is_told_of_beside_those_that_are_there(desk: Desk) -> None:
    lost = picture(job_id=2, digest="a" * 64)
    sent = await desk.courier.deliver(Rung.ORIGINAL, result(desk.picture, lost))

    assert sent.sending is Sending.SENT
    [(_, _, payload)] = desk.script.seen
    assert [file["filename"] for file in payload["attachments"]] == ["limner-00000001.jpg"]
    assert "gone from my storage" in json.dumps(payload)


async def test_i1_a_result_whose_only_file_is_lost_says_so_and_keeps_its_buttons(desk: Desk) -> None:
    sent = await desk.courier.deliver(Rung.CHANNEL, result(picture(digest="a" * 64)))

    assert sent.sending is Sending.SENT
    [(_, _, payload)] = desk.script.seen
    assert payload.get("attachments", []) == []
    assert "gone from my storage" in json.dumps(payload)
    assert "v1:job:same:1" in json.dumps(payload)


GONE = MessagePlace(8, 55, ())


@pytest.mark.parametrize(
    ("steps", "is_done"),
    [
        ([], True),
        ([(404, refusal(10008))], True),
        ([(403, refusal(50001))], False),
        ([(500, refusal(0))] * 5, False),
        ([(401, refusal(0))], None),
    ],
)
async def test_a_deleted_picture_s_message_is_deleted_and_what_fails_is_said(
    desk: Desk, steps: list[Step], is_done: bool | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(discord.http, "asyncio", Hurry())
    desk.script.steps = list(steps)
    assert await desk.courier.clear(ORIGIN, [GONE]) is is_done
    assert {seen[:2] for seen in desk.script.seen} == {("DELETE", "/api/v10/channels/8/messages/55")}


@pytest.mark.parametrize(("status", "code"), [(403, 50001), (400, 50083), (400, 50035)])
async def test_one_message_that_is_refused_keeps_no_other_from_going(
    desk: Desk, status: int, code: int
) -> None:
    desk.script.steps = [(status, refusal(code))]
    assert await desk.courier.clear(ORIGIN, [GONE, MessagePlace(8, 56, ())]) is False
    assert [path.rpartition("/")[2] for _, path, _ in desk.script.seen] == ["55", "56"]
