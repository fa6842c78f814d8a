"""Pulled plugs: what is left when the bot is killed, stopped, started twice or denied, and what people read then."""

import asyncio
import resource
import signal
import socket
from functools import partial
from pathlib import Path

import pytest

from tests.cogs.test_client import COMMANDS
from tests.e2e.play import Json, Play, answer_of, gallery, is_finished, text_of
from tests.e2e.service import Limner, play, running
from tests.waiting import HANGS_AFTER_S, until


def pictures(messages: list[Json]) -> list[Json]:
    return [message for message in messages if message["attachments"] and is_finished(message)]


async def until_accepted(limner: Limner, count: int) -> None:
    """Wait until so many requests stand in the database: before that, nothing was promised to anybody."""
    await until(lambda: limner.count("SELECT count(*) FROM requests") >= count)


async def until_delivered(limner: Limner, count: int) -> None:
    """Wait until the bot has written down that so many results arrived: it sends none of them again."""
    await until(lambda: limner.count("SELECT count(*) FROM deliveries WHERE state = 'delivered'") >= count)


async def test_buttons_work_after_a_restart_between_send_and_click(folder: Path) -> None:
    async with running(folder) as (limner, hands):
        first = answer_of(await hands.slash("ada", "portrait"))
        assert await limner.stop() == 0
        await limner.start()
        async with play(limner) as again:
            pressed = answer_of(await again.press("ada", first, "same"))

    assert len(gallery(pressed)) == 1


@pytest.mark.parametrize("wait_s", [0.0, 0.1, 0.2, 0.4])
async def test_a_picture_that_was_accepted_is_delivered_once_though_the_bot_was_killed(
    folder: Path, wait_s: float
) -> None:
    async with running(folder) as (limner, hands):
        for _ in range(2):
            await hands.type("ada", "portrait", {"count": 2}, wait=3)
        await until_accepted(limner, 2)
        await asyncio.sleep(wait_s)
        await limner.kill()
        await limner.start()
        await until_delivered(limner, 2)
        found = await hands.messages("ada")

    assert [len(gallery(message)) for message in pictures(found)] == [2, 2]
    assert len(found) == 2


async def test_ctrl_c_ends_before_the_work_does_and_the_next_start_goes_on(folder: Path) -> None:
    async with running(folder) as (limner, hands):
        # Nothing is delivered for as long as Discord fails, and the bot would try for 45 s.
        await hands.call("POST", "chaos", {"kind": "500", "count": 1_000, "route": "@original"})
        for _ in range(3):
            await hands.type("ada", "portrait", {"count": 4}, wait=3)
        await until_accepted(limner, 3)
        await until(lambda: limner.count("SELECT count(*) FROM delivery_rungs") > 0)
        exit_code = await limner.stop(signal.SIGINT)
        arrived = limner.count("SELECT count(*) FROM deliveries WHERE state = 'delivered'")
        await limner.start()
        await until_delivered(limner, 3)
        async with play(limner) as again:
            found = await again.messages("ada")

    assert exit_code == 0
    assert arrived == 0
    assert "what still ran goes on at the next start" in limner.log
    assert [len(gallery(message)) for message in pictures(found)] == [4, 4, 4]


async def test_commands_are_given_to_discord_only_when_they_changed(folder: Path) -> None:
    async with running(folder) as (limner, _):
        await limner.stop()
        await limner.start()
        async with play(limner) as again:
            pushes = [
                entry
                for entry in await again.transcript()
                if entry.get("method") == "PUT" and str(entry.get("path", "")).endswith("/commands")
            ]
            commands = await again.call("GET", "commands")

    assert len(pushes) == 1
    assert {command["name"] for command in commands["commands"]} == COMMANDS


async def ends_with(limner: Limner, *arguments: str) -> tuple[int, str]:
    """Start the bot and return its exit code and what it wrote."""
    before = len(limner.log) if (limner.folder / "bot.log").exists() else 0
    process = await limner.spawn(*arguments)
    async with asyncio.timeout(HANGS_AFTER_S):
        code = await process.wait()
    return code, limner.log[before:].strip()


async def test_a_second_process_on_the_same_file_is_refused_in_one_sentence(folder: Path) -> None:
    async with running(folder) as (limner, _):
        code, said = await ends_with(limner)
        alive = limner.process is not None and limner.process.returncode is None

    assert code == 2
    assert "limner.db" in said
    assert "Traceback" not in said
    assert alive


async def test_a_broken_feature_file_stops_the_start_with_one_message(folder: Path, tmp_path: Path) -> None:
    broken = tmp_path / "faces.json"
    broken.write_text('{"Shape": {"Face": ["oval",]}}', "utf-8")
    code, said = await ends_with(
        Limner(folder, {"LIMNER_FEATURES": str(broken), "LIMNER_PLAYGROUND": "discord"})
    )

    assert code == 2
    assert f"{broken}:1:" in said
    assert "/Shape/Face" in said
    assert "Traceback" not in said


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        ({"LIMNER_PORT": "abc", "LIMNER_OPERATORS": "me"}, ("LIMNER_PORT", "LIMNER_OPERATORS")),
        ({"LIMNER_PLAYGROUND": "off"}, ("DISCORD_TOKEN",)),
        ({"DATABASE_URL": "mysql://x"}, ("DATABASE_URL",)),
        ({"LIMNER_MASTER_KEY": "short"}, ("LIMNER_MASTER_KEY",)),
        ({"DISCORD_TOKEN": "abc", "DISCORD_API_URL": "http://127.0.0.1:9/api/v10"}, ("Discord",)),
    ],
    ids=["wrong values", "no token", "a database of another kind", "a weak key", "no Discord there"],
)
async def test_wrong_settings_stop_the_start_with_one_message(
    folder: Path, settings: dict[str, str], words: tuple[str, ...]
) -> None:
    code, said = await ends_with(Limner(folder, settings))

    assert code == 2, said
    assert all(word in said for word in words), said
    assert "Traceback" not in said


async def test_a_port_in_use_is_one_sentence(folder: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = str(taken.getsockname()[1])
        web_code, web_said = await ends_with(Limner(folder, {"LIMNER_PORT": port}))
        page_code, page_said = await ends_with(Limner(folder, {"PLAYGROUND_PORT": port}))

    assert (web_code, page_code) == (2, 2)
    assert "LIMNER_PORT" in web_said
    assert "PLAYGROUND_PORT" in page_said
    assert "Traceback" not in web_said + page_said


async def test_a_missing_permission_is_noticed_before_anything_is_accepted(folder: Path) -> None:
    async with running(folder) as (_, hands):
        await hands.call(
            "POST",
            "world",
            {"permissions": [{"channel": "gallery", "target": "limner", "deny": ["ATTACH_FILES"]}]},
        )
        result = await hands.slash("ada", "portrait", channel="gallery")
        seen_by_others = await hands.messages("ben", "gallery")

    assert "Attach Files" in text_of(answer_of(result))
    assert answer_of(result)["flags"] & 64
    assert seen_by_others == []


async def test_a_permission_lost_after_the_acceptance_brings_the_picture_all_the_same(folder: Path) -> None:
    async with running(folder) as (limner, hands):
        await hands.type("ada", "portrait", {}, channel="gallery", wait=3)
        await hands.call(
            "POST",
            "world",
            {"permissions": [{"channel": "gallery", "target": "limner", "deny": ["SEND_MESSAGES"]}]},
        )
        found = await hands.until_message("ada", lambda message: bool(message["attachments"]), "gallery")

    assert is_finished(found)
    assert "Traceback" not in limner.log


def limit_files(limner: Limner, size: int) -> None:
    """Let no file of the bot grow beyond `size` bytes, as a full disk would."""
    assert limner.process is not None
    resource.prlimit(limner.process.pid, resource.RLIMIT_FSIZE, (size, resource.RLIM_INFINITY))


@pytest.mark.skipif(not hasattr(resource, "prlimit"), reason="only Linux can limit another process's files")
async def test_a_full_disk_is_said_and_heals_by_itself(folder: Path) -> None:
    async with running(folder) as (limner, hands):
        await hands.slash("ada", "portrait")
        limit_files(limner, 1)
        refused = answer_of(await hands.slash("ada", "portrait"))
        await asyncio.sleep(1.5)  # time enough for everything that runs by itself to fail, too
        limit_files(limner, resource.RLIM_INFINITY)
        painted = answer_of(await hands.slash("ada", "portrait"))

    assert refused["flags"] & 64
    assert not refused["attachments"]
    assert len(gallery(painted)) == 1


async def test_the_gateway_may_be_lost_and_found_again(folder: Path) -> None:
    async with running(folder) as (_, hands):
        for kind in ("drop", "op7", "op9"):
            before = await connections(hands)
            await hands.call("POST", "chaos", {"kind": kind})
            async with asyncio.timeout(HANGS_AFTER_S):
                while await connections(hands) == before:
                    await asyncio.sleep(0.1)
            message = await painted_again(hands)
            assert len(gallery(message)) == 1, kind


async def connections(hands: Play) -> int:
    """Return how often the bot has identified itself to the gateway or taken a session up again."""
    frames = [entry for entry in await hands.transcript() if entry.get("direction") == "in"]
    return sum(entry["frame"]["op"] in {2, 6} for entry in frames)


def is_finished_message(message_id: str, message: Json) -> bool:
    return message["id"] == message_id and is_finished(message)


async def painted_again(hands: Play) -> Json:
    """Type until the bot is back: what is typed meanwhile is lost, as on the real Discord."""
    async with asyncio.timeout(HANGS_AFTER_S):
        while True:
            result = await hands.type("ada", "portrait", {}, wait=3)
            if result["callback"] is not None:
                return await hands.until_message("ada", partial(is_finished_message, result["message"]["id"]))
            await asyncio.sleep(1)


async def test_a_message_that_discord_says_failed_is_not_posted_twice(folder: Path) -> None:
    async with running(folder) as (limner, hands):
        first = answer_of(await hands.slash("ada", "portrait"))
        await hands.call("POST", "chaos", {"kind": "accept_then_500", "count": 1, "route": "messages"})
        await hands.react("ben", first, "🔁")
        await hands.new_message("ben", first)
        await until_delivered(limner, 2)
        found = pictures(await hands.messages("ben"))
        failed = [entry["method"] for entry in await hands.transcript() if entry.get("status") == 500]

    assert failed == ["POST"]
    assert len(found) == 2
