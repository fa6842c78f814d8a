"""The control socket: the verbs of a running service, for whoever may read its data folder, and for nobody else."""

import asyncio
import json
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path

import pytest

from cli.control import ask_running
from services import control_socket as door
from services.control_socket import LONGEST_LINE, VERSION, control_socket, is_too_long, socket_of
from services.errors import StartError
from services.models import JsonValue
from services.operator_verbs import VERBS, Desk
from services.settings import Settings
from tests.services.studio import Studio
from tests.waiting import HANGS_AFTER_S

pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)

LIST = {"version": VERSION, "verb": "jobs.list", "arguments": {}}


def desk(studio: Studio) -> Desk:
    return Desk(studio.context, Settings(_env_file=None, LIMNER_DATA=str(studio.folder)))


@asynccontextmanager
async def opened(studio: Studio) -> AsyncIterator[Path]:
    async with control_socket(desk(studio)) as path:
        assert path is not None
        yield path


async def talk(path: Path, *lines: bytes) -> list[bytes]:
    """Send lines and return the answers; fewer than lines where the other side hung up."""
    reader, writer = await asyncio.open_unix_connection(str(path), limit=2**22)
    answers = []
    async with asyncio.timeout(HANGS_AFTER_S):
        for line in lines:
            writer.write(line)
            answers.append(await reader.readline())
    writer.close()
    return answers


async def ask(studio: Studio, verb: str, **arguments: JsonValue) -> tuple[JsonValue] | None:
    file = studio.folder / "limner.db"
    return await asyncio.to_thread(ask_running, file, verb, arguments, within_s=HANGS_AFTER_S)


async def test_a_verb_is_answered_by_the_running_service(studio: Studio) -> None:
    accepted = await studio.order()
    async with opened(studio):
        answered = await ask(studio, "jobs.list", limit=5)
    assert answered is not None
    assert isinstance(answered[0], list)
    assert [row["id"] for row in answered[0] if isinstance(row, dict)] == list(accepted.job_ids)


async def test_the_socket_is_its_owner_s_alone_and_goes_with_the_service(studio: Studio) -> None:
    async with opened(studio) as path:
        assert path == socket_of(studio.folder / "limner.db")
        assert path.stat().st_mode & 0o777 == 0o600
    assert not path.exists()
    assert await ask(studio, "jobs.list") is None


async def test_what_an_earlier_start_left_is_replaced_and_never_waited_for(studio: Studio) -> None:
    path = socket_of(studio.folder / "limner.db")
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as left:
        left.bind(str(path))
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as unfinished:
        unfinished.bind(f"{path}.new")
    assert await ask(studio, "jobs.list") is None
    async with opened(studio):
        assert await ask(studio, "jobs.list") == ([],)


async def test_refusals_come_back_as_they_are(studio: Studio) -> None:
    async with opened(studio):
        for verb, arguments, words in (
            ("jobs.show", {"ids": [4711]}, "There is no job 4711"),
            ("jobs.list", {"state": "lost"}, "there is no 'lost'"),
            ("jobs.melt", {}, "knows no 'jobs.melt'"),
        ):
            with pytest.raises(StartError, match=words):
                await ask(studio, verb, **arguments)


async def test_several_lines_of_one_connection_are_answered_in_order(studio: Studio) -> None:
    line = json.dumps(LIST).encode() + b"\n"
    async with opened(studio) as path:
        answers = await talk(path, line, b"{}\n", line)
    assert [sorted(json.loads(each)) for each in answers] == [
        ["answer", "version"], ["code", "error", "version"], ["answer", "version"]
    ]  # fmt: skip


@pytest.mark.parametrize(
    "line",
    [
        b"\n",
        b"[]\n",
        b"\xff\xfe\n",
        b'{"version": 1}\n',
        b'{"version": 1, "verb": "jobs.list", "arguments": 7}\n',
    ],
    ids=["nothing", "a list", "no text", "no verb", "wrong arguments"],
)
async def test_what_is_no_request_is_refused_and_the_service_lives_on(studio: Studio, line: bytes) -> None:
    async with opened(studio) as path:
        assert "error" in json.loads((await talk(path, line))[0])
        assert await ask(studio, "jobs.list") == ([],)


async def test_another_version_is_told_to_restart(studio: Studio) -> None:
    async with opened(studio) as path:
        line = json.dumps({**LIST, "version": VERSION + 1}).encode() + b"\n"
        assert "another version" in (await talk(path, line))[0].decode()


async def test_a_line_without_end_is_hung_up_on(studio: Studio) -> None:
    async with opened(studio) as path:
        reader, writer = await asyncio.open_unix_connection(str(path))
        writer.write(b"x" * (LONGEST_LINE * 3))
        async with asyncio.timeout(HANGS_AFTER_S):
            with suppress(ConnectionError):  # so it ends where some of it had not been read yet
                assert await reader.read() == b""
        writer.close()
        assert await ask(studio, "jobs.list") == ([],)


async def test_a_bug_in_a_verb_is_logged_and_told_without_its_inside(
    studio: Studio, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    async def broken(*_: object) -> JsonValue:
        raise ZeroDivisionError("secret inside")

    monkeypatch.setattr("services.operator_verbs.VERBS", {**VERBS, "jobs.list": broken})
    async with opened(studio):
        with pytest.raises(StartError, match="the log has the reason"):
            await ask(studio, "jobs.list")
    assert "secret inside" in caplog.text


async def test_a_service_that_does_not_answer_is_said_to_and_not_waited_for(studio: Studio) -> None:
    path = socket_of(studio.folder / "limner.db")
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as mute:
        mute.bind(str(path))
        mute.listen()
        with pytest.raises(StartError, match="does not answer"):
            await asyncio.to_thread(ask_running, studio.folder / "limner.db", "jobs.list", {}, within_s=0.05)


async def test_a_service_that_ends_while_it_is_asked_is_said_to(studio: Studio) -> None:
    path = socket_of(studio.folder / "limner.db")
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as ending:
        ending.bind(str(path))
        ending.listen()
        asking = asyncio.create_task(ask(studio, "jobs.list"))
        connection, _ = await asyncio.to_thread(ending.accept)
        await asyncio.to_thread(connection.recv, 1000)
        connection.close()
        with pytest.raises(StartError, match="ended while it was asked"):
            await asking


async def test_a_path_that_is_too_long_leaves_the_service_without_a_socket(
    studio: Studio, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    assert is_too_long(Path("/" + "x" * 101))
    monkeypatch.setattr(door, "LONGEST_PATH", 3)
    async with control_socket(desk(studio)) as path:
        assert path is None
    assert "no control socket" in caplog.text


async def test_whoever_comes_while_the_service_ends_is_hung_up_on(studio: Studio, tmp_path: Path) -> None:
    ending = door._Door(desk(studio))
    await ending.close()
    server = await asyncio.start_unix_server(ending.accept, path=str(tmp_path / "s"))
    async with asyncio.timeout(HANGS_AFTER_S), server:
        reader, writer = await asyncio.open_unix_connection(str(tmp_path / "s"))
        assert await reader.read() == b""
        writer.close()


async def test_a_connection_that_says_nothing_more_does_not_hold_up_the_stop(studio: Studio) -> None:
    async with asyncio.timeout(HANGS_AFTER_S), opened(studio) as path:
        reader, writer = await asyncio.open_unix_connection(str(path))
        writer.write(json.dumps(LIST).encode() + b"\n")
        assert await reader.readline()
    assert await reader.read() == b""
    writer.close()
