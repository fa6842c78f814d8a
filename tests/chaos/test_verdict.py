"""The verdict itself: it finds what was lost, paid twice and posted twice, and nothing where all is well."""

from dataclasses import replace

from tests.chaos.books import Promise
from tests.chaos.orders import Order
from tests.chaos.verdict import Verdict, judge
from tests.e2e.play import Json

PHRASE = "chaos 1-7"
PROMISE = Promise(
    1, 1, 5, "9gwf0ffn", f'{{"prompt": "{PHRASE}"}}', "stored", "interaction", "100", "delivered"
)
ORDER = Order(PHRASE, "ada", "100", is_acked=True)
CALL = {"body": {"prompt": PHRASE}, "paid": True}
FREE_CALL = {"body": {"prompt": PHRASE}, "paid": False}


def message(number: int, text: str, *, pictures: int = 0, interaction: str = "100", flags: int = 0) -> Json:
    return {
        "id": str(number),
        "flags": flags,
        "attachments": [{"id": str(each)} for each in range(pictures)],
        "components": [{"type": 10, "content": text}],
        "interaction_metadata": {"id": interaction, "name": "imagine"},
    }


RESULT = message(1, "`9gwf0ffn` and its seed", pictures=1)
SORRY = message(1, "Nothing came of it. Nothing was charged.")


def verdict(promises: list[Promise], calls: list[Json], messages: list[Json]) -> Verdict:
    return judge([ORDER], promises, calls, {"ada": messages}, {"ada": 5})


def test_a_picture_that_was_paid_once_and_stands_in_one_message_is_all_right() -> None:
    found = verdict([PROMISE], [CALL, FREE_CALL], [RESULT])
    assert (found.delivered, found.told, found.orphans, found.violations) == (1, 0, 0, [])


def test_a_second_paid_submit_for_one_job_is_found() -> None:
    (violation,) = verdict([PROMISE], [CALL, CALL], [RESULT]).violations
    assert violation.startswith("paid twice")


def test_a_paid_submit_of_something_that_nobody_was_promised_is_found() -> None:
    (violation,) = verdict([], [CALL], []).violations
    assert violation.startswith("paid twice")


def test_a_second_message_with_the_same_picture_is_found_and_an_answer_to_show_is_none() -> None:
    again, shown = {**RESULT, "id": "2"}, {**RESULT, "id": "3", "interaction_metadata": {"name": "show"}}
    assert verdict([PROMISE], [CALL], [RESULT, shown]).violations == []
    (violation,) = verdict([PROMISE], [CALL], [RESULT, again]).violations
    assert violation.startswith("posted twice")


def test_two_pictures_with_the_same_seed_are_two_pictures() -> None:
    other = replace(PROMISE, job_id=2, code="aaaabbbb")
    first = message(1, "`9gwf0ffn` · image seed `12345678`", pictures=1)
    second = message(2, "`aaaabbbb` · image seed `12345678`", pictures=1)
    assert verdict([PROMISE, other], [CALL, CALL], [first, second]).violations == []


def test_a_picture_in_no_message_is_lost() -> None:
    (violation,) = verdict([PROMISE], [CALL], [SORRY]).violations
    assert "stands in no message" in violation


def test_a_job_that_never_ends_is_lost() -> None:
    (violation,) = verdict([replace(PROMISE, state="waiting")], [CALL], []).violations
    assert "it has not ended" in violation


def test_an_end_without_a_picture_is_told_by_its_own_answer_or_by_a_later_notice() -> None:
    failed = replace(PROMISE, state="unknown")
    notice = message(
        2, "1 of your earlier requests ended without a picture; nothing came of it.", interaction="200"
    )
    doubt = message(2, "⚠️ Nobody knows whether it was painted.", interaction="200")
    waiting = message(1, "Painting", flags=128)

    assert verdict([failed], [], [SORRY]).told == 1
    assert verdict([failed], [], [waiting, notice]).told == 1
    assert verdict([failed], [], [waiting, doubt]).told == 1
    (violation,) = verdict([failed], [], [waiting]).violations
    assert violation == "lost: ada was not told of 1 ends without a picture"


def test_a_paid_order_that_gave_no_picture_is_counted_as_an_orphan() -> None:
    assert verdict([replace(PROMISE, state="unknown")], [CALL], [SORRY]).orphans == 1
