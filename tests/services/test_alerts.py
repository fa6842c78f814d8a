"""Alerts: what is raised is said once an hour, whoever raised it and however often, and never with a key."""

import asyncio
import logging
import shutil
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import NamedTuple

import pytest
import sqlalchemy as sa
from sqlalchemy.engine import Connection

from db.jobs.deliveries import claim_delivery, park
from db.tables.schema import alerts, ledger
from services import metrics
from services.alert_desk import CHECK_EVERY_S, KEPT_MS, LOOK_EVERY_S, MANY_PARKED, AlertDesk
from services.alerts import ALERTS, MOST_PENDING, Alert, AlertBook, Field
from services.circuit import FAILURES_THAT_OPEN, Call
from services.errors import ProviderBroken, StorageError
from services.images.room import Room
from tests.architecture_rules import ROOT
from tests.services.providers.scripted import Fault, Stage
from tests.services.studio import SCRIPTED_KEY, Studio
from tests.waiting import STEP_S, until

FIELDS: dict[str, Field] = {
    "percent": 9.1,
    "gib": 1.5,
    "parked": 12,
    "found": 3,
    "minutes": 5.0,
    "folder": "data",
    "reason": "it was restored",
    "ended": 3,
    "in_doubt": 1,
    "asked_after": 2,
}
HOUR_MS = 3_600_000


@dataclass
class Listener:
    """A herald that keeps what it is given."""

    said: list[str] = field(default_factory=list)
    is_there: bool = True

    async def send(self, text: str) -> bool:
        self.said.append(text)
        return self.is_there


class Clock:
    def __init__(self) -> None:
        self.now_s = 0.0

    def __call__(self) -> float:
        return self.now_s


class Usage(NamedTuple):
    total: int
    used: int
    free: int


def a_desk(
    studio: Studio, listener: Listener | None, clock: Clock | None = None, *, is_speaker: bool = True
) -> AlertDesk:
    return AlertDesk(studio.context, studio.folder, listener, is_speaker=is_speaker, now_s=clock or Clock())


def make_older(conn: Connection, milliseconds: int) -> None:
    conn.execute(sa.update(alerts).values(sent_at_ms=alerts.c.sent_at_ms - milliseconds))


@pytest.fixture(autouse=True)
def _plenty_of_room(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """What the disk of this machine has free is no matter of these tests."""
    monkeypatch.setattr(shutil, "disk_usage", lambda _folder: Usage(100, 50, 50))
    metrics.forget_all()
    yield
    metrics.forget_all()


@pytest.mark.parametrize("kind", ALERTS)
def test_every_kind_says_what_happened_and_what_to_do(kind: str) -> None:
    message = Alert(kind, "fal", FIELDS, 3).message()
    assert message.startswith(f"{ALERTS[kind].severity.name}: ")
    assert "(3 times)" in message
    assert message.endswith(ALERTS[kind].todo)
    assert "{" not in message
    assert len(message) < 500


def test_the_operators_page_has_every_kind() -> None:
    text = (ROOT / "docs" / "operating.md").read_text("utf-8")
    missing = [kind for kind in ALERTS if f"`{kind}`" not in text]
    assert not missing, missing


def test_the_book_counts_one_thing_once_and_does_not_grow_without_end() -> None:
    book = AlertBook()
    for _ in range(5):
        book.note("jobs_unknown", "fal")
    for number in range(MOST_PENDING * 2):
        book.note("circuit_open", str(number))
    book.note("jobs_unknown", "fal")
    taken = book.take()
    assert len(taken) == MOST_PENDING
    assert taken[0] == Alert("jobs_unknown", "fal", {}, 6)
    assert book.take() == []


async def test_one_thing_is_said_once_an_hour_however_often_it_is_raised(studio: Studio) -> None:
    listener = Listener()
    for _ in range(3):
        for _ in range(4):
            studio.context.alerts.note("no_balance", "fal")
        # A process of its own each time, as in a crash loop: what was said stands in the database.
        await a_desk(studio, listener).tick()
    assert len(listener.said) == 1
    await studio.context.database.write(make_older, HOUR_MS)
    await a_desk(studio, listener).tick()
    assert len(listener.said) == 2
    assert "(8 times)" in listener.said[1]
    await studio.context.database.write(make_older, HOUR_MS)
    await a_desk(studio, listener).tick()
    assert len(listener.said) == 2


async def test_different_things_do_not_wait_for_one_another(studio: Studio) -> None:
    listener = Listener()
    studio.context.alerts.note("no_balance", "fal")
    studio.context.alerts.note("no_balance", "bfl")
    studio.context.alerts.note("refused_key", "fal")
    await a_desk(studio, listener).tick()
    assert len(listener.said) == 3


async def test_a_role_that_cannot_speak_leaves_it_to_one_that_can(studio: Studio) -> None:
    studio.context.alerts.note("no_balance", "fal")
    await a_desk(studio, None, is_speaker=False).tick()
    listener = Listener()
    await a_desk(studio, listener).tick()
    assert len(listener.said) == 1


async def test_what_cannot_be_sent_stands_in_the_log(
    studio: Studio, caplog: pytest.LogCaptureFixture
) -> None:
    studio.context.alerts.note("no_balance", "fal")
    with caplog.at_level(logging.INFO):
        await a_desk(studio, Listener(is_there=False)).tick()
    assert "no balance left" in caplog.text
    assert "could not be sent" in caplog.text


async def test_what_was_raised_while_the_database_was_away_is_said_later(studio: Studio) -> None:
    listener = Listener()
    desk = a_desk(studio, listener)
    await desk.tick()
    studio.context.alerts.note("no_balance", "fal")
    await studio.context.database.close()
    with pytest.raises(StorageError):
        await desk.tick()
    assert [alert.kind for alert in studio.context.alerts.take()] == ["no_balance"]


async def test_a_circuit_is_told_of_when_it_opens_and_when_it_closes(studio: Studio) -> None:
    listener, standing = Listener(), studio.context.standing
    desk = a_desk(studio, listener)
    await desk.tick()
    for _ in range(FAILURES_THAT_OPEN):
        standing.record("scripted", Call.SUBMIT, ProviderBroken("provider_broken"))
    await desk.tick()
    await desk.tick()
    standing.record("scripted", Call.SUBMIT)
    await desk.tick()
    assert [said.split(" ")[1:4] for said in listener.said] == [
        ["scripted", "does", "not"],
        ["scripted", "answers", "again."],
    ]


@pytest.mark.parametrize(("free", "is_told"), [(9, True), (10, False)])
async def test_a_disk_under_a_tenth_is_told_of(
    studio: Studio, monkeypatch: pytest.MonkeyPatch, free: int, is_told: bool
) -> None:
    listener = Listener()
    monkeypatch.setattr(shutil, "disk_usage", lambda _folder: Usage(100, 100 - free, free))
    await a_desk(studio, listener).tick()
    assert [said.startswith("CRITICAL: Only 9.0 %") for said in listener.said] == [True] * is_told


async def test_the_disk_of_the_pictures_is_told_of_where_it_is_another_one(
    studio: Studio, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    listener = Listener()
    elsewhere = tmp_path / "pictures"
    elsewhere.mkdir()
    monkeypatch.setattr(
        shutil, "disk_usage", lambda folder: Usage(100, 95, 5) if folder == elsewhere else Usage(100, 50, 50)
    )
    studio.context = replace(studio.context, room=Room([studio.folder, elsewhere]))
    await a_desk(studio, listener).tick()
    [said] = listener.said
    assert said.startswith(f"CRITICAL: Only 5.0 % (0.0 GiB) of the disk with {elsewhere} is free.")


def park_all(conn: Connection) -> int:
    parked = 0
    while (delivery := claim_delivery(conn, "-")) is not None:
        park(conn, delivery)
        parked += 1
    return parked


async def test_many_results_that_cannot_be_brought_are_told_of_and_a_few_are_not(studio: Studio) -> None:
    listener, clock = Listener(), Clock()
    desk = a_desk(studio, listener, clock)

    async def park_some(count: int) -> None:
        for number in range(count):
            accepted = await studio.portrait()
            await studio.context.database.write(_cancel, accepted.request_id)
            assert await studio.context.database.write(park_all) == 1, number
        clock.now_s += LOOK_EVERY_S
        await desk.tick()

    await park_some(MANY_PARKED - 1)
    assert listener.said == []
    await park_some(1)
    assert f"{MANY_PARKED} results" in listener.said[0]


def _cancel(conn: Connection, request_id: int) -> None:
    from db.jobs.line import cancel_request  # noqa: PLC0415 - needed here only

    cancel_request(conn, request_id)


def break_the_ledger(conn: Connection) -> None:
    conn.execute(sa.delete(ledger).where(ledger.c.kind == "hold"))


async def test_a_ledger_that_does_not_fit_is_told_of_within_the_hour(studio: Studio) -> None:
    listener, clock = Listener(), Clock()
    desk = a_desk(studio, listener, clock)
    await studio.order()
    clock.now_s += CHECK_EVERY_S
    await desk.tick()
    assert listener.said == []
    await studio.context.database.write(break_the_ledger)
    await desk.tick()
    assert listener.said == []
    clock.now_s += CHECK_EVERY_S
    await desk.tick()
    assert "ledger does not fit" in listener.said[0]


def subjects_known(conn: Connection) -> list[str]:
    return list(conn.execute(sa.select(alerts.c.subject).order_by(alerts.c.subject)).scalars())


async def test_what_was_not_raised_for_a_month_is_forgotten(studio: Studio) -> None:
    clock = Clock()
    desk = a_desk(studio, Listener(), clock)
    for subject in ("fal", "bfl"):
        studio.context.alerts.note("no_balance", subject)
    await desk.tick()
    month_ago = sa.update(alerts).where(alerts.c.subject == "fal")
    await studio.context.database.write(
        lambda conn: conn.execute(month_ago.values(raised_at_ms=alerts.c.raised_at_ms - KEPT_MS - 1)) and None
    )
    clock.now_s += CHECK_EVERY_S
    await desk.tick()
    assert await studio.context.database.read(subjects_known) == ["bfl"]


@pytest.mark.parametrize(
    ("fault", "words"),
    [(Fault.REFUSED_KEY, "refuses the bot's own key"), (Fault.NO_BALANCE, "no balance left")],
)
async def test_a_refused_key_of_the_operators_is_told_of_without_the_key(
    studio: Studio, caplog: pytest.LogCaptureFixture, fault: Fault, words: str
) -> None:
    listener = Listener()
    studio.server.script(Stage.SUBMIT, fault)
    async with studio.engine():
        await studio.order()
        await studio.until_delivered()
    with caplog.at_level(logging.INFO):
        await a_desk(studio, listener).tick()
    assert [words in said for said in listener.said] == [True]
    assert SCRIPTED_KEY not in listener.said[0] + caplog.text
    assert (
        metrics.number(
            "limner_provider_calls_total", provider="scripted", call="submit", outcome="refused_key"
        )
        == 1
    )


async def test_a_job_of_unknown_outcome_is_told_of(studio: Studio, tmp_path: Path) -> None:
    listener = Listener()
    studio.server.script(Stage.SUBMIT, Fault.ACCEPTED_THEN_CUT)
    async with studio.engine():
        accepted = await studio.order()
        await until(lambda: metrics.number(
            "limner_provider_calls_total", provider="scripted", call="submit", outcome="unknown"
        ))  # fmt: skip
        # The call is counted a moment before its doubt is written.
        while not await studio.context.database.write(_let_doubt_end):
            await asyncio.sleep(STEP_S)
        await studio.until_states(accepted, "unknown")
        await studio.until_delivered()
    await a_desk(studio, listener).tick()
    assert ["nobody knows the outcome" in said for said in listener.said] == [True]


def _let_doubt_end(conn: Connection) -> int:
    from db.tables.schema import jobs  # noqa: PLC0415 - needed here only

    in_doubt = sa.update(jobs).where(jobs.c.doubt_until_ms.is_not(None))
    return conn.execute(in_doubt.values(doubt_until_ms=1)).rowcount
