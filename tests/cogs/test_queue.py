"""/queue and the words of a cancel, over the wire of a local Discord and as text."""

from dataclasses import replace

import pytest

from cogs._cancel_words import cancel_text
from cogs._layout import MOST_TEXT
from cogs._queue_words import MOST_REQUESTS, queue_view, reason_text
from services import line_waits
from services.cancellation import CancelReport, CancelStage
from services.languages import texts_of
from services.line_waits import Reason
from services.models import JobState
from services.queueing import QueuedRequest, QueueEntry
from tests.cogs.house import House, said
from tests.cogs.samples import INJECTIONS, custom_ids, text_of
from tests.cogs.test_text import LIVE
from tests.waiting import HANGS_AFTER_S

WAITING = QueueEntry(
    7, 3, "7k2m9xq4", "Quick", JobState.QUEUED, 5.0, 2, Reason("account_full", 2), 40.0, False, False
)
RUNNING = replace(WAITING, state=JobState.WAITING, ahead=None, reason=None, expected_s=0.0)


def one(entry: QueueEntry) -> str:
    """Return what is shown of one picture."""
    return text_of(queue_view([QueuedRequest(entry.job_id, (entry,))]))


async def test_the_queue_is_seen_by_the_person_alone_and_cancels_by_its_buttons(house: House) -> None:
    house.studio.server.polls_until_done = 10_000
    for words in ("one", "two", "three"):
        await house.first_answer("imagine", prompt=words, model="scripted/quick")
    await house.until_anything_said("Next in line")
    asked = await house.first_answer("queue")
    assert asked["ephemeral"]
    about = {"interaction_id": asked["interaction_id"], "until": {"text": "in the works"}}
    message = await house.act("wait", **about, timeout_s=HANGS_AFTER_S)
    assert "Quick: being painted" in said(message)
    assert "next in line, the account that pays has 2 running at its image service" in said(message)
    sections = [each for each in message["components"] if each["type"] == 9]
    buttons = [section["accessory"]["custom_id"] for section in sections]
    assert len(buttons) == 3

    await house.told(message, buttons[2], "1 picture in line: cancelled, and nothing is charged.")


async def test_an_empty_queue_says_so(house: House) -> None:
    assert "nothing in line" in said((await house.slash("queue"))["message"])


def test_every_reason_has_a_sentence() -> None:
    said_of = {
        name.removeprefix("queue.reason_") for name in texts_of("en") if name.startswith("queue.reason_")
    }
    assert {name for name, _, _ in line_waits._RULES} == said_of | {line_waits.NEXT}
    for name in said_of:
        assert "{" not in reason_text(Reason(name, 30, "Back on Monday."))


async def test_says_place_reason_and_time() -> None:
    assert one(WAITING) == (
        "### Your pictures in line and in the works\n`7k2m9xq4` Quick: place 3 in line, the account that pays has 2 "
        "running at its image service, which is all it may have; expected in about 40 s"
    )


@pytest.mark.parametrize(
    ("language", "line"),
    [
        ("en", "`7k2m9xq4` Quick: next in line; expected in about 6 s"),
        ("de", "`7k2m9xq4` Quick: als Nächstes dran; kommt in etwa 6 s"),
    ],
)
async def test_what_is_next_is_said_to_be_so_once(language: str, line: str) -> None:
    entry = replace(WAITING, ahead=0, reason=Reason(line_waits.NEXT), expected_s=6.0)
    shown = text_of(queue_view([QueuedRequest(entry.job_id, (entry,))], language))
    assert shown.splitlines()[1:] == [line]


async def test_says_where_it_is_once_it_runs() -> None:
    assert "being painted; any moment now" in one(replace(RUNNING, expected_s=0.4))
    assert "being painted; it takes longer than usual" in one(RUNNING)
    assert "painted; I am fetching it" in one(replace(RUNNING, state=JobState.FETCHING))
    assert "being cancelled" in one(replace(RUNNING, is_cancel_requested=True))
    assert "not sent again" in one(replace(RUNNING, is_in_doubt=True, expected_s=None))


async def test_more_than_fit_are_counted() -> None:
    view = queue_view([QueuedRequest(number, (WAITING,)) for number in range(1, MOST_REQUESTS + 4)])
    assert len(custom_ids(view)) == MOST_REQUESTS
    assert "and 3 more" in text_of(view)


async def test_the_pictures_of_one_request_are_all_shown_where_there_is_room() -> None:
    entries = tuple(replace(WAITING, code=f"code{number}", ahead=number) for number in range(4))
    shown = text_of(queue_view([QueuedRequest(7, entries), QueuedRequest(8, entries[:2])]))
    assert shown.count("in line") == 1 + 6
    assert "more" not in shown
    crowded = queue_view([QueuedRequest(number, entries) for number in range(1, MOST_REQUESTS + 4)])
    assert len(text_of(crowded)) <= MOST_TEXT


@pytest.mark.parametrize("text", INJECTIONS)
def test_an_operators_sentence_stays_inert(text: str) -> None:
    assert not LIVE.search(reason_text(Reason("paused", 0, text)))


def test_a_cancel_says_what_is_paid_all_the_same() -> None:
    names = {name.removeprefix("cancel.") for name in texts_of("en") if name.startswith("cancel.")}
    assert {stage.name.lower() for stage in CancelStage} == {
        name.removesuffix("_paid") for name in names if not name.startswith("too_late")
    }
    report = CancelReport(
        {CancelStage.IN_LINE: 2, CancelStage.PAINTED: 1},
        {CancelStage.IN_LINE: 80_000, CancelStage.PAINTED: 40_000},
    )
    assert cancel_text(report) == (
        "2 pictures in line: cancelled, and nothing is charged.\n"
        "1 picture painted already and paid for ($0.04): you get it."
    )


def test_a_cancel_speaks_of_several_pictures_as_several() -> None:
    report = CancelReport({CancelStage.UNSTOPPABLE: 2}, {CancelStage.UNSTOPPABLE: 80_000})
    assert cancel_text(report) == (
        "2 pictures at the image service already, which cannot be stopped there: you get them, for $0.08."
    )


def test_a_cancel_of_what_is_free_names_no_price() -> None:
    for stage in CancelStage:
        said_of_free = cancel_text(CancelReport({CancelStage.IN_LINE: 1, stage: 1}, {}))
        assert "[" not in said_of_free
        assert "{" not in said_of_free
        assert "free" not in said_of_free


def test_a_cancel_that_comes_too_late_says_what_it_cost() -> None:
    over = CancelReport({CancelStage.STORED: 1}, {CancelStage.STORED: 40_000})
    assert cancel_text(over) == "Too late: it has ended already. It cost $0.04, which is not given back."
    assert cancel_text(CancelReport({CancelStage.OVER: 1}, {})) == "Too late: it has ended already."
