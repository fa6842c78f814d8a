"""Two gateways, two workers and a web edge over one PostgreSQL database, as an operator starts them."""

import asyncio
import os
from collections.abc import AsyncIterator
from pathlib import Path
from signal import SIGCONT, SIGKILL, SIGSTOP
from typing import Self

import pytest
import pytest_asyncio

from tests.databases import PostgresqlServer
from tests.e2e.play import Json, Play, answer_of, gallery, is_finished, text_of
from tests.e2e.topology import SHARDS, Member, Topology, topology
from tests.waiting import HANGS_AFTER_S

pytestmark = [pytest.mark.asyncio(loop_scope="session"), pytest.mark.postgres]


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def five(
    tmp_path_factory: pytest.TempPathFactory, postgresql_server: PostgresqlServer, _postgresql_template: str
) -> AsyncIterator[Topology]:
    """The five processes, all ready; a test that ends one starts another in its place."""
    url = postgresql_server.new_database(_postgresql_template)
    folder = tmp_path_factory.mktemp("topology")
    async with topology(folder, url, "--max-concurrency", "1") as made:
        first = await made.start("gateway-a", "gateway", "--shards", f"0-1/{SHARDS}")
        second = await made.start("gateway-b", "gateway", "--shards", f"2-3/{SHARDS}")
        for name in ("worker-a", "worker-b"):
            await made.start(name, "worker")
        await made.start("web", "web")
        for member in (first, second, *made.members):
            await member.until_logged("ready in")
        yield made
    postgresql_server.drop_database(url)


def member(five: Topology, name: str) -> Member:
    return next(one for one in reversed(five.members) if one.name == name)


async def the_only_worker(five: Topology) -> Member:
    """Return a new worker, beside which there is none: which tests had these processes before is chance."""
    for one in five.members:
        if one.name.startswith("worker") and one.process.returncode is None:
            await one.end()
    return await five.start_ready("worker-e", "worker")


def identifies(entries: list[Json]) -> list[int]:
    """Return the shards that have identified themselves, in the order in which Discord heard them."""
    frames = [entry["frame"] for entry in entries if entry.get("direction") == "in"]
    return [frame["d"]["shard"][0] for frame in frames if frame["op"] == 2]


async def test_every_shard_identifies_once_and_none_too_soon(five: Topology) -> None:
    entries = await five.hands.transcript()
    refusals = [entry for entry in entries if entry.get("direction") == "out" and entry["frame"]["op"] == 9]

    assert sorted(identifies(entries)) == list(range(SHARDS))
    # The local Discord refuses whoever comes within five seconds after another one, as Discord does.
    assert refusals == []


async def test_a_process_with_a_folder_of_pictures_of_its_own_is_refused(
    five: Topology, tmp_path: Path
) -> None:
    alone = await five.start("worker-alone", "worker", IMAGE_STORE_URL=str(tmp_path / "images"))
    async with asyncio.timeout(HANGS_AFTER_S):
        assert await alone.process.wait() == 2

    assert "is not the one of this database: it has no mark" in alone.log
    assert "every process must have this same folder" in member(five, "web").log


async def test_the_commands_are_given_to_discord_once(five: Topology) -> None:
    pushes = [
        entry
        for entry in await five.hands.transcript()
        if entry.get("method") == "PUT" and str(entry.get("path", "")).endswith("/commands")
    ]

    assert len(pushes) == 1


@pytest.mark.parametrize("shard", range(SHARDS))
async def test_a_portrait_asked_for_on_any_shard_arrives(five: Topology, shard: int) -> None:
    result = await five.hands.slash("ada", "portrait", channel=five.channels[shard])

    assert len(gallery(answer_of(result))) == 1


async def delivered(five: Topology, count: int) -> None:
    """Wait until so many results are written down as brought, since the database was made."""
    await five.until_sql("SELECT count(*) >= $1 FROM deliveries WHERE state = 'delivered'", count)


async def pictures_in(hands: Play, channel: str) -> list[Json]:
    """Return the finished messages with a picture that ada sees in a channel."""
    found = await hands.messages("ada", channel)
    return [message for message in found if message["attachments"] and is_finished(message)]


async def order(five: Topology, channel: str, prompt: str, **options: object) -> Json:
    """Ask for a picture of fal's; returns once the bot has acknowledged it."""
    asked = {"prompt": prompt, "model": "fal/flux-schnell"} | options
    return await five.hands.type("ada", "imagine", asked, channel=channel, wait=3)


async def calls_back(five: Topology) -> list[Json]:
    """Return the webhooks so far, once there is one: the picture may be there before the call has its answer."""
    async with asyncio.timeout(HANGS_AFTER_S):
        while not (called := (await five.control("webhooks"))["webhooks"]):
            await asyncio.sleep(0.05)
    return list(called)


async def test_a_webhook_taken_by_the_web_process_lets_a_worker_fetch_the_picture(five: Topology) -> None:
    asked = {"prompt": "a lighthouse keeper", "model": "fal/flux-schnell"}
    message = answer_of(await five.hands.slash("ada", "imagine", channel=five.channels[2], **asked))
    called = await calls_back(five)

    assert len(gallery(message)) == 1, text_of(message)
    assert f":{five.port}/hooks/fal/" in called[-1]["url"], called
    assert called[-1]["status"] == 200, called


async def test_a_worker_that_is_killed_loses_nothing_and_pays_for_nothing_twice(five: Topology) -> None:
    channel, before = five.channels[3], await five.paid()
    await five.control("pace", {"hold": 0.5})
    for number in range(4):
        await order(five, channel, f"a baker, number {number}")
    # More than fal paints at once for one account: some wait there, the others in our line.
    await five.until_sql("SELECT count(*) = 2 FROM jobs WHERE state = 'waiting'")
    await five.until_sql("SELECT count(*) = 2 FROM jobs WHERE state = 'queued'")
    await member(five, "worker-a").end(SIGKILL)
    await order(five, channel, "a baker after the fall")
    await five.control("pace", {"hold": None})
    await five.until_sql("SELECT count(*) = 0 FROM requests WHERE ended_at_ms IS NULL")
    await five.until_sql("SELECT count(*) = 0 FROM deliveries WHERE state IN ('pending', 'trying')")
    await five.start_ready("worker-a", "worker")
    arrived = await pictures_in(five.hands, channel)

    assert len(await five.paid()) - len(before) == 5
    assert len([message for message in arrived if "a baker" in text_of(message)]) == 5


async def test_a_new_worker_takes_the_place_of_an_old_one_and_nothing_is_lost(five: Topology) -> None:
    channel, before = five.channels[0], await five.paid()
    await five.control("pace", {"hold": 0.5})
    for number in range(3):
        await order(five, channel, f"a weaver, number {number}")
    new = await five.start_ready("worker-c", "worker")
    codes = [await member(five, name).end() for name in ("worker-a", "worker-b")]
    await five.control("pace", {"hold": None})
    await five.until_sql("SELECT count(*) = 0 FROM requests WHERE ended_at_ms IS NULL")
    await five.until_sql("SELECT count(*) = 0 FROM deliveries WHERE state IN ('pending', 'trying')")
    arrived = await pictures_in(five.hands, channel)

    assert codes == [0, 0]
    assert "Traceback" not in new.log
    assert len(await five.paid()) - len(before) == 3
    assert len([message for message in arrived if "a weaver" in text_of(message)]) == 3


async def test_a_worker_that_was_stopped_beyond_its_lease_sends_nothing(five: Topology) -> None:
    """It stands between its claim and its order, because the picture to look at does not come out of the store."""
    stopped = await the_only_worker(five)
    await five.hands.slash("ada", "portrait", channel=five.channels[0])
    [(code, digest)] = await five.sql(
        "SELECT code, digest FROM images JOIN jobs ON jobs.id = job_id JOIN recipes ON recipes.id = recipe_id "
        "ORDER BY images.id DESC LIMIT 1"
    )
    before = await five.paid()
    with Gate(five.folder / "data" / "images" / digest[:2] / digest[2:4] / digest) as gate:
        await order(five, five.channels[1], "a potter", model="fal/flux-2-pro-edit", references=code)
        await five.until_sql(
            "SELECT count(*) = 1 FROM attempts JOIN jobs ON jobs.id = job_id "
            "WHERE jobs.state = 'submitting' AND sent_at_ms IS NULL"
        )
        await asyncio.to_thread(gate.wait_for_reader)
        stopped.process.send_signal(SIGSTOP)
        gate.open_for_others()
        # A minute passes: its lease is over.
        await five.sql(
            "UPDATE workers SET beat_at_ms = beat_at_ms - 60000 WHERE id LIKE $1", f"{stopped.process.pid}-%"
        )
        await five.start_ready("worker-d", "worker")
        await five.until_sql("SELECT count(*) = 0 FROM requests WHERE ended_at_ms IS NULL")
        sent = await five.paid()
        stopped.process.send_signal(SIGCONT)
    # It is past that order when it has painted another one all by itself.
    await member(five, "worker-d").end()
    later = answer_of(await five.hands.slash("ada", "portrait", channel=five.channels[0]))
    paid = [call["path"] for call in await five.paid()]

    assert [call["path"].count("flux-2-pro") for call in sent[len(before) :]] == [1]
    assert len([path for path in paid if "flux-2-pro" in path]) == 1
    assert len(gallery(later)) == 1
    assert "taking over job" in member(five, "worker-d").log


class Gate:
    """A file of the image store behind which whoever reads it now waits, and nobody later."""

    def __init__(self, file: Path) -> None:
        self._file = file
        self._data = file.read_bytes()
        self._aside = file.with_name("aside")
        self._writer = -1

    def __enter__(self) -> Self:
        """Put a pipe in the place of the file."""
        self._file.rename(self._aside)
        os.mkfifo(self._file)
        return self

    def wait_for_reader(self) -> None:
        """Wait for a reader; opening a pipe for writing waits for one."""
        self._writer = os.open(self._file, os.O_WRONLY)

    def open_for_others(self) -> None:
        """Put the file back; whoever reads the pipe already waits on."""
        self._aside.replace(self._file)

    def __exit__(self, *_: object) -> None:
        """Give the reader of the pipe what the file holds."""
        if self._aside.exists():
            self.open_for_others()
        if self._writer >= 0:
            with os.fdopen(self._writer, "wb") as pipe:
                pipe.write(self._data)


async def test_a_second_gateway_with_the_same_shards_waits_and_takes_over(five: Topology) -> None:
    first = member(five, "gateway-a")
    standby = await five.start("gateway-c", "gateway", "--shards", f"0-1/{SHARDS}")
    await standby.until_logged("waiting until it stops")
    before = len(identifies(await five.hands.transcript()))
    code = await first.end()
    await standby.until_logged("ready in")
    entries = await five.hands.transcript()
    result = await five.hands.slash("ada", "portrait", channel=five.channels[0])

    assert code == 0
    assert sorted(identifies(entries)[before:]) == [0, 1]
    assert len(gallery(answer_of(result))) == 1


async def test_nothing_went_wrong_in_any_process(five: Topology) -> None:
    assert [one.name for one in five.members if "Traceback" in one.log] == []
