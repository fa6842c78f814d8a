"""Rows P11 to P15: orders that never end, end strangely or nowhere, and a provider that is down."""

from dataclasses import replace

import pytest

from services.circuit import TRIAL_EVERY_S, Call
from services.errors import ProviderBroken
from services.jobs import recovery
from services.offers import ModelUnavailable
from services.standing import Standing
from tests.faults.passing_time import make_due, time_passes
from tests.faults.shop import MODEL, PICTURE, RESULT, STATUS, Match, Shop, Step
from tests.services.finished import with_model
from tests.services.studio import BEN, Studio, caller

ON_SQLITE = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
LOST = {"result_lost", "result_expired", "provider_lost_order"}


@pytest.mark.parametrize("comes_late", [False, True], ids=["never", "late"])
async def test_p11_an_order_that_never_ends_is_let_go_and_its_late_picture_is_free(
    shop: Shop, comes_late: bool
) -> None:
    quick = shop.studio.context.catalog.find(MODEL)
    shop.studio.context = with_model(shop.studio.context, replace(quick, outcome_known_after_s=0.5))
    shop.stand_ins.hold(0.9)
    async with shop.studio.engine(), time_passes(shop.studio):
        await shop.order()
        first = await shop.studio.until_delivered()
        if comes_late:
            shop.stand_ins.hold(None)
            second = await shop.studio.until_delivered(2)
            assert len(second.pictures) == 1

    assert [failure.state for failure in first.failures] == ["unknown"]
    assert shop.submits == 1
    assert (await shop.spending()).user_micro_usd == 0


WORDS: dict[str, tuple[Match, Step]] = {
    "a word that nobody has heard of": (STATUS, {"status": 202, "body": {"status": "DREAMING"}}),
    "back into the line": (STATUS, {"status": 202, "body": {"status": "IN_QUEUE", "queue_position": 7}}),
    "ready, and it is not": (STATUS, {"status": 200, "body": {"status": "COMPLETED"}}),
    "a result that is null": (RESULT, {"status": 200, "body": "null"}),
}


@pytest.mark.parametrize("word", WORDS.values(), ids=WORDS)
async def test_p12_a_strange_word_about_an_order_does_not_lose_it(
    shop: Shop, word: tuple[Match, Step]
) -> None:
    shop.lose_calls()
    shop.script(*word)
    result = await shop.painted()

    assert len(result.pictures) == 1
    assert (shop.submits, shop.paid) == (1, 1)


async def test_p12_an_order_that_ended_with_an_error_is_told_and_not_charged(shop: Shop) -> None:
    shop.lose_calls()
    failed = await shop.failure(prompt="a baker [broken]")

    assert failed.state == "failed"
    assert (await shop.spending()).total_micro_usd == 0


async def test_p12_a_call_without_its_payload_leads_to_the_result(shop: Shop) -> None:
    shop.stand_ins.webhook("fal", "*", "send", fault="null_payload")
    result = await shop.painted()

    assert len(result.pictures) == 1


@pytest.mark.parametrize("status", [403, 404, 410])
async def test_p13_an_address_that_has_expired_is_asked_for_anew(shop: Shop, status: int) -> None:
    shop.script_pictures({"status": status, "body": {}})
    result = await shop.painted()

    assert len(result.pictures) == 1
    assert (shop.submits, shop.paid) == (1, 1)


@pytest.mark.parametrize("status", [403, 404])
async def test_p13_a_picture_that_is_gone_for_good_is_told_and_not_charged(shop: Shop, status: int) -> None:
    shop.script_pictures(*[{"status": status, "body": {}}] * 3)
    failed = await shop.failure()

    assert failed.code in LOST
    spent = await shop.spending()
    assert spent.user_micro_usd == 0
    assert spent.total_micro_usd > 0  # fal was paid for it: the operator's own book says so


@ON_SQLITE
async def test_p14_a_provider_that_is_down_for_an_hour_is_tried_every_half_minute_and_its_line_drains(
    studio: Studio,
) -> None:
    now_s = 1_000.0
    studio.context = replace(studio.context, standing=Standing(now_s=lambda: now_s))
    standing = studio.context.standing
    waiting = [await studio.order(caller(100 + number)) for number in range(5)]
    for _ in range(5):
        standing.record("scripted", Call.SUBMIT, ProviderBroken("provider_unreachable"))
    async with studio.engine():
        with pytest.raises(ModelUnavailable) as told:
            await studio.order(caller(BEN))
        trials = 0
        for _ in range(int(3600 / TRIAL_EVERY_S)):
            now_s += TRIAL_EVERY_S
            trials += standing.trial_in_s("scripted") == 0
            standing.begin_submit("scripted", 1)
            standing.record("scripted", Call.SUBMIT, ProviderBroken("provider_unreachable"))
        await recovery.recover(studio.context)
        await studio.until_delivered(len(waiting))
        now_s += TRIAL_EVERY_S
        accepted = await studio.order(caller(BEN))
        await studio.until_states(accepted, "stored")
        after = await studio.order(caller(BEN))
        await studio.until_states(after, "stored")

    assert told.value.code == "provider_down"
    assert trials == 3600 / TRIAL_EVERY_S
    assert studio.server.submits == studio.server.paid_submits == 2
    failures = [failure for _, result in studio.mailbox.delivered for failure in result.failures]
    assert [failure.code for failure in failures] == ["provider_down"] * len(waiting)


@ON_SQLITE
async def test_p14_a_line_that_waited_for_a_provider_drains_when_it_answers_again(studio: Studio) -> None:
    now_s = 1_000.0
    studio.context = replace(studio.context, standing=Standing(now_s=lambda: now_s))
    waiting = [await studio.order(caller(100 + number)) for number in range(4)]
    for _ in range(5):
        studio.context.standing.record("scripted", Call.SUBMIT, ProviderBroken("provider_unreachable"))
    async with studio.engine():
        await studio.portrait(caller(BEN))
        await studio.until_delivered()
        assert studio.server.submits == 0
        now_s += TRIAL_EVERY_S
        await make_due(studio)
        await studio.until_delivered(1 + len(waiting))

    assert (studio.server.submits, studio.server.paid_submits) == (4, 4)


def output(*urls: str, flags: list[bool]) -> Step:
    images = [{"url": url, "width": 256, "height": 256, "content_type": "image/png"} for url in urls]
    body = {"images": images, "seed": 1, "has_nsfw_concepts": flags, "prompt": "a baker"}
    return {"status": 200, "body": body}


async def test_p15_a_result_without_a_picture_is_settled_as_the_provider_charged(shop: Shop) -> None:
    shop.lose_calls()
    shop.script(RESULT, output(flags=[]))
    failed = await shop.failure()

    assert failed.is_charged
    assert (await shop.spending()).total_micro_usd == 3_000


async def test_p15_of_more_pictures_than_asked_for_the_first_is_taken_at_the_price_of_one(shop: Shop) -> None:
    shop.lose_calls()
    async with shop.studio.engine(), time_passes(shop.studio):
        await shop.order()
        await shop.studio.until_delivered()
        spent = await shop.spending()
        [path] = {call["path"] for call in shop.calls(PICTURE)}
        url = f"{shop.stand_ins.origin}{path}"
        shop.script(RESULT, output(url, url, url, flags=[False] * 3))
        await shop.order()
        result = await shop.studio.until_delivered(2)

    assert len(result.pictures) == 1
    assert (await shop.spending()).total_micro_usd == 2 * spent.total_micro_usd


async def test_p15_a_flagged_picture_is_withheld_and_charged_as_the_provider_does(shop: Shop) -> None:
    failed = await shop.failure(prompt="a baker [nsfw]")

    assert (failed.code, failed.is_charged) == ("provider_moderated_output", True)
    assert shop.pictures_kept() == []
    assert (await shop.spending()).user_micro_usd == 3_000
