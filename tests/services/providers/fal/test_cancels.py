"""A cancel is said to have worked only where it certainly has."""

import pytest

from services.errors import (
    ProviderBusy,
    ProviderError,
    ProviderRefusedKey,
)
from services.providers.base import CancelAnswer, Failed, Finished
from tests.services.providers.fal.conftest import Shop


async def test_a_waiting_order_is_cancelled_and_ends_uncharged(shop: Shop) -> None:
    shop.stand_ins.hold(0.1)
    handle = await shop.submit(shop.order())

    assert await shop.provider.cancel(handle) is CancelAnswer.CANCELED
    outcome = await shop.provider.poll(handle)
    assert isinstance(outcome, Failed)
    assert (outcome.error.code, outcome.error.charged) == ("provider_canceled", False)


async def test_a_running_order_that_is_too_far_comes_although_the_cancel_was_taken(shop: Shop) -> None:
    shop.stand_ins.hold(0.9)
    handle = await shop.submit(shop.order())

    assert await shop.provider.cancel(handle) is CancelAnswer.TOO_LATE
    assert shop.calls("/cancel")[0]["status"] == 202
    shop.stand_ins.hold(None)
    assert isinstance(await shop.wait_for(handle), Finished)


@pytest.mark.parametrize(
    ("status", "body", "answer"),
    [
        (200, {"status": "OK"}, CancelAnswer.CANCELED),
        (200, {"success": True}, CancelAnswer.CANCELED),
        (202, {"status": "CANCELLATION_REQUESTED"}, CancelAnswer.CANCELED),
        (400, {"status": "ALREADY_COMPLETED"}, CancelAnswer.TOO_LATE),
        (404, {"status": "NOT_FOUND"}, CancelAnswer.TOO_LATE),
    ],
)
async def test_each_answer_to_a_cancel_is_understood(
    shop: Shop, status: int, body: dict[str, object], answer: CancelAnswer
) -> None:
    shop.stand_ins.hold(0.1)
    handle = await shop.submit(shop.order())
    shop.script({"status": status, "body": body}, "/cancel", "PUT")

    assert await shop.provider.cancel(handle) is answer
    shop.stand_ins.hold(None)


@pytest.mark.parametrize(
    ("step", "kind"),
    [
        ({"status": 401, "body": {"detail": "No user found"}}, ProviderRefusedKey),
        ({"status": 429, "body": {}}, ProviderBusy),
        ({"status": 500, "body": {}}, ProviderBusy),
        ({"status": 200, "drip": True, "cut_after": 1, "body": "{}"}, ProviderBusy),
    ],
)
async def test_a_cancel_that_did_not_arrive_is_no_cancel(
    shop: Shop, step: dict[str, object], kind: type[ProviderError]
) -> None:
    shop.stand_ins.hold(0.1)
    handle = await shop.submit(shop.order())
    shop.script(step, "/cancel", "PUT")
    with pytest.raises(kind):
        await shop.provider.cancel(handle)
    shop.stand_ins.hold(None)

    assert isinstance(await shop.wait_for(handle), Finished)
