"""Jobs in the hands of whoever runs the service: shown without words, tried again without paying twice, ended."""

import json

import pytest
import sqlalchemy as sa

from db.engine import Connection
from db.jobs import attempts, jobs, moves, workers
from db.tables.schema import deliveries, ledger
from db.upkeep.ledger_check import check_ledger
from services.asks import Accepted
from services.errors import StartError
from services.jobs import engine
from services.jobs.courier import Rung, Sending, Sent
from services.models import JobState, JsonValue
from services.operator_fail import fail_job
from services.operator_jobs import Step, list_jobs, requeue, show_job
from services.operator_verbs import Desk, perform
from services.settings import Settings
from tests.services.finished import soon_given_up
from tests.services.providers.stand_in import COST_MICRO_USD, Fault, Stage
from tests.services.studio import ADA, SCRIPTED_KEY, Studio, caller

CAPS = {"sketch": 2, "scripted": 2}
WORDS = "a lighthouse keeper"


@pytest.fixture(autouse=True)
def _rounds_come_soon(monkeypatch: pytest.MonkeyPatch) -> None:
    """Recover after moments; how often that is done is nothing these tests are about."""
    monkeypatch.setattr(engine, "RECOVERY_S", 0.1)


async def steps(studio: Studio, accepted: Accepted, *, may_pay_twice: bool = False) -> list[str]:
    """Try a request's jobs again and return what was done."""
    done = await requeue(studio.context, accepted.job_ids, may_pay_twice=may_pay_twice)
    assert isinstance(done, list)
    return [str(each["step"]) for each in done if isinstance(each, dict)]


async def says(studio: Studio, accepted: Accepted, *, may_pay_twice: bool = False) -> str:
    return json.dumps(await requeue(studio.context, accepted.job_ids, may_pay_twice=may_pay_twice))


def desk(studio: Studio) -> Desk:
    return Desk(studio.context, Settings(_env_file=None))


async def unknown_order(studio: Studio) -> Accepted:
    """Return an order that may have left, and of which no word came."""
    studio.context = soon_given_up(studio.context)
    accepted = await studio.order()
    await studio.context.database.write(workers.register, "dead", is_only_worker=False)
    claim = await studio.context.database.write(moves.claim_submit, "dead", CAPS)
    assert claim is not None
    assert await studio.context.database.write(attempts.mark_sent, claim.attempt.id)
    await studio.context.database.write(workers.leave, "dead")
    async with studio.engine():
        result = await studio.until_delivered()
    assert result.failures[0].state == "unknown"
    return accepted


async def test_the_list_names_states_and_errors_and_nobody_s_words(studio: Studio) -> None:
    first, second = await studio.order(), await studio.order(caller(2))
    rows = await list_jobs(studio.context, [], None, 10)
    of_ada = await list_jobs(studio.context, ["queued"], ADA, 10)

    assert isinstance(rows, list)
    assert isinstance(of_ada, list)
    assert [row["id"] for row in rows if isinstance(row, dict)] == [*second.job_ids, *first.job_ids]
    assert [row["id"] for row in of_ada if isinstance(row, dict)] == list(first.job_ids)
    assert WORDS not in json.dumps(rows)
    assert await list_jobs(studio.context, ["stored"], None, 10) == []


async def test_a_job_is_shown_with_its_attempts_deliveries_and_entries_but_no_words_and_no_addresses(
    studio: Studio,
) -> None:
    studio.server.script(Stage.SUBMIT, Fault.REFUSED)
    accepted = await studio.order()
    async with studio.engine():
        await studio.until_delivered()
    shown = await show_job(studio.context, accepted.job_ids[0])
    assert isinstance(shown, dict)
    text = json.dumps(shown)

    assert [each["state"] for each in shown["attempts"]] == ["ended", "ended"]  # type: ignore[index, union-attr, call-overload] # JSON
    assert [each["outcome"] for each in shown["deliveries"][0]["rungs"]] == ["sent"]  # type: ignore[index, union-attr, call-overload] # JSON
    assert {each["kind"] for each in shown["ledger"]} == {"hold", "expected", "settle", "actual"}  # type: ignore[index, union-attr, call-overload] # JSON
    for secret in (WORDS, SCRIPTED_KEY, studio.server.url, "token-"):
        assert secret not in text
    assert WORDS in json.dumps(await show_job(studio.context, accepted.job_ids[0], with_prompt=True))


async def test_a_job_that_does_not_exist_is_said_so(studio: Studio) -> None:
    with pytest.raises(StartError, match="no job 4711"):
        await show_job(studio.context, 4711)
    assert "does not exist" in json.dumps(await requeue(studio.context, [4711]))


async def test_what_waits_for_its_time_goes_on_at_once(studio: Studio) -> None:
    accepted = await studio.order()

    def put_off(conn: Connection) -> None:
        assert jobs.set_job(conn, accepted.job_ids[0], JobState.QUEUED, not_before_ms=9_999_999_999_999)

    await studio.context.database.write(put_off)
    assert await steps(studio, accepted) == [Step.HURRY]
    async with studio.engine():
        await studio.until_states(accepted, "stored")


async def test_an_order_that_failed_for_certain_is_ordered_anew_once_with_a_hold_of_its_own(
    studio: Studio,
) -> None:
    studio.server.script(Stage.SUBMIT, Fault.MODERATED)
    accepted = await studio.order()
    async with studio.engine():
        await studio.until_delivered()
        assert await steps(studio, accepted) == [Step.AGAIN]
        again = await studio.until_delivered(2)
        assert "ordered anew before" in await says(studio, accepted)

    assert len(again.pictures) == 1
    assert again.origin.user_id == ADA
    assert studio.mailbox.delivered[1][0] is Rung.CHANNEL
    assert studio.server.paid_submits == 1
    assert await studio.context.database.read(check_ledger) == []


async def test_an_order_that_may_have_been_accepted_is_ordered_anew_only_by_consent(studio: Studio) -> None:
    accepted = await unknown_order(studio)
    assert await steps(studio, accepted) == [Step.NEEDS_CONSENT]
    assert "--may-pay-twice" in await says(studio, accepted)
    assert studio.server.submits == 0
    async with studio.engine():
        assert "ordered anew as job" in await says(studio, accepted, may_pay_twice=True)
        again = await studio.until_delivered(2)

    assert len(again.pictures) == 1
    assert studio.server.paid_submits == 1
    assert await studio.states(accepted) == ["unknown"]
    assert await studio.context.database.read(check_ledger) == []


async def test_a_lost_order_is_asked_after_at_its_provider_and_fetched_for_nothing(studio: Studio) -> None:
    studio.server.script(Stage.STATUS, Fault.GONE)
    accepted = await studio.order()
    async with studio.engine():
        await studio.until_states(accepted, "failed")
        assert await steps(studio, accepted) == [Step.ASK]
        await studio.until_states(accepted, "stored")

    assert studio.server.submits == 1
    assert await studio.context.database.read(check_ledger) == []


async def test_a_lost_order_that_its_provider_does_not_know_is_not_ordered_anew(studio: Studio) -> None:
    studio.server.script(Stage.STATUS, Fault.GONE, Fault.GONE, Fault.GONE)
    accepted = await studio.order()
    async with studio.engine():
        await studio.until_states(accepted, "failed")
        said = await says(studio, accepted)

    assert "has no picture" in said
    assert "--may-pay-twice" in said
    assert studio.server.submits == 1


@pytest.mark.parametrize("ending", [Sending.REFUSED, Sending.UNSEEN])
async def test_a_parked_result_is_brought_once_more_over_the_rung_that_was_closed(
    studio: Studio, ending: Sending
) -> None:
    studio.mailbox.answers = [Sent(Sending.REFUSED), Sent(ending)]
    accepted = await studio.order()
    parked = sa.select(sa.func.count()).where(deliveries.c.state == "parked")
    async with studio.engine():
        count: int | None = 0
        while not count:
            count = await studio.context.database.read(lambda conn: conn.execute(parked).scalar())
        tried = len(studio.mailbox.delivered)
        assert await steps(studio, accepted) == [Step.DELIVER]
        await studio.until_delivered(tried + 1)

    assert studio.server.submits == 1
    assert await steps(studio, accepted) == [Step.LEFT_ALONE]


async def test_what_its_owner_stopped_is_left_alone(studio: Studio) -> None:
    from services.cancellation import cancel  # noqa: PLC0415 - of this test alone

    accepted = await studio.order()
    await cancel(studio.context, ADA, accepted.job_ids[0])
    assert await steps(studio, accepted) == [Step.LEFT_ALONE]


async def test_a_plan_changes_nothing(studio: Studio) -> None:
    accepted = await unknown_order(studio)
    before = await list_jobs(studio.context, [], None, 100)
    said = json.dumps(await requeue(studio.context, accepted.job_ids, may_pay_twice=True, is_plan=True))
    assert "MAY BE PAID TWICE" in said
    assert len(before) == len(await list_jobs(studio.context, [], None, 100))  # type: ignore[arg-type] # lists


async def test_no_more_than_twenty_are_tried_at_once(studio: Studio) -> None:
    with pytest.raises(StartError, match="21 jobs at once are too many"):
        await perform(desk(studio), "jobs.requeue", {"ids": list(range(1, 22))})
    wrongs: list[dict[str, JsonValue]] = [{}, {"ids": []}, {"ids": ["1"]}, {"ids": [-1]}, {"ids": 7}]
    for wrong in wrongs:
        with pytest.raises(StartError, match="numbers of jobs"):
            await perform(desk(studio), "jobs.requeue", wrong)


async def test_ending_a_job_in_line_gives_the_price_back_and_tells_its_owner_why(studio: Studio) -> None:
    accepted = await studio.order()
    said = json.dumps(await fail_job(studio.context, accepted.job_ids[0], "the model is sold"))
    async with studio.engine():
        result = await studio.until_delivered()

    assert await studio.states(accepted) == ["failed"]
    assert (result.failures[0].code, result.failures[0].fields) == (
        "ended_by_operator", {"sentence": "the model is sold"}
    )  # fmt: skip
    assert "Nothing of it was sent: nothing is paid." in said
    assert studio.server.submits == 0
    assert await studio.context.database.read(check_ledger) == []


def entries(conn: Connection) -> dict[str, int]:
    rows = conn.execute(sa.select(ledger.c.kind, ledger.c.amount_micro_usd).order_by(ledger.c.id))
    return {row[0]: row[1] for row in rows}


async def test_ending_an_order_at_its_provider_stops_it_there_and_nothing_is_paid(studio: Studio) -> None:
    studio.server.polls_until_done = 10_000
    accepted = await studio.order()
    async with studio.engine():
        await studio.until_states(accepted, "waiting")
    # Without an engine, none of whose looks may be the one that finds it stopped.
    said = json.dumps(await fail_job(studio.context, accepted.job_ids[0], "stuck"))
    async with studio.engine():
        result = await studio.until_delivered()

    assert [order.is_canceled for order in studio.server.orders.values()] == [True]
    assert "has stopped the order: nothing is paid" in said
    assert await studio.states(accepted) == ["failed"]
    assert result.failures[0].fields == {"sentence": "stuck"}
    written = await studio.context.database.read(entries)
    assert written["expected"] + written["actual"] == 0
    assert await studio.context.database.read(check_ledger) == []
    with pytest.raises(StartError, match=r"has ended\. It is failed"):
        await fail_job(studio.context, accepted.job_ids[0], "again")


@pytest.mark.parametrize(
    ("fault", "words"),
    [(Fault.FAILED, "was asked to stop the order"), (Fault.ERROR_500, "could not be asked to stop")],
)
async def test_ending_an_order_that_nobody_could_stop_says_that_it_may_be_paid(
    studio: Studio, fault: Fault, words: str
) -> None:
    studio.server.polls_until_done = 10_000
    accepted = await studio.order()
    async with studio.engine():
        await studio.until_states(accepted, "waiting")
        studio.server.script(Stage.CANCEL, fault)
        said = json.dumps(await fail_job(studio.context, accepted.job_ids[0], "stuck"))
        await studio.until_delivered()

    assert await studio.states(accepted) == ["unknown"]
    assert words in said
    assert "may have been paid" in said
    assert await studio.context.database.read(check_ledger) == []


async def test_ending_a_picture_that_is_painted_says_what_was_paid(studio: Studio) -> None:
    accepted = await studio.order()
    studio.server.script(Stage.PICTURE, *[Fault.ERROR_500] * 50)
    async with studio.engine():
        await studio.until_states(accepted, "fetching")
    said = json.dumps(await fail_job(studio.context, accepted.job_ids[0], "stuck"))

    assert f"${COST_MICRO_USD / 1_000_000:.4f} are paid for it" in said
    assert await studio.states(accepted) == ["failed"]
    assert await studio.context.database.read(check_ledger) == []


@pytest.mark.parametrize("reason", ["", "   ", "x" * 201])
async def test_a_reason_is_a_sentence(studio: Studio, reason: str) -> None:
    with pytest.raises(StartError, match="a sentence for the job's owner"):
        await perform(desk(studio), "jobs.fail", {"ids": [1], "reason": reason})
