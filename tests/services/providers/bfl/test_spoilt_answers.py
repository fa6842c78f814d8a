"""What an answer that was spoilt on the way says about the order and its money."""

import pytest

from services.errors import ProviderBroken, ProviderBusy, ProviderRefusedKey, ProviderUnknown
from services.providers.base import Failed, Finished
from tests.services.providers.bfl.conftest import Shop


@pytest.mark.parametrize(
    "step",
    [
        {"after": True, "status": 500, "body": "Internal Server Error"},
        {"after": True, "status": 502, "body": "<html>"},
        {"after": True, "status": 503, "body": "<html>"},
        {"after": True, "status": 200, "body": "<html>"},
        {"after": True, "status": 200, "body": {"polling_url": "http://127.0.0.1/"}},
        {"after": True, "cut_after": 10},
        {"after": True, "reset": True},
        {"after": True, "filler_bytes": 5_000_000},
    ],
)
async def test_an_answer_that_was_spoilt_stands_for_an_order_that_was_paid(
    shop: Shop, step: dict[str, object]
) -> None:
    shop.stand_ins.script("bfl", [step], {"method": "POST"})
    with pytest.raises(ProviderUnknown):
        await shop.provider.submit(shop.order())

    assert shop.paid() == 1
    assert len(shop.calls("/v1/flux-pro-1.1")) == 1


@pytest.mark.parametrize(
    "step",
    [
        {"status": 500, "body": {"detail": "oops"}},
        {"status": 502, "body": "<html>"},
        {"status": 404, "body": "<html>"},
        {"status": 401, "body": {"detail": "Not authenticated"}},
        {"status": 429, "body": {"detail": "Slow down"}},
        {"status": 200, "body": "<html>"},
        {"status": 200, "body": {"id": "x", "status": "Ready", "result": {}}},
        {"status": 200, "body": {"id": "x"}},
        {"status": 302, "headers": {"Location": "/elsewhere"}},
        {"cut_after": 20},
    ],
)
async def test_a_look_that_failed_says_nothing_about_the_order(shop: Shop, step: dict[str, object]) -> None:
    handle = (await shop.provider.submit(shop.order())).handle
    shop.stand_ins.script("bfl", [step], {"path_regex": "get_result"})
    with pytest.raises((ProviderBusy, ProviderBroken, ProviderRefusedKey)):
        await shop.provider.poll(handle)

    assert isinstance(await shop.wait_for(handle), Finished)


async def test_a_missing_task_may_also_be_a_404_in_the_vendors_words(shop: Shop) -> None:
    handle = (await shop.provider.submit(shop.order())).handle
    for body in ({"detail": "Task not found"}, {"id": "x", "status": "Task not found", "result": None}):
        shop.stand_ins.script("bfl", [{"status": 404, "body": body}], {"path_regex": "get_result"})
        outcome = await shop.provider.poll(handle)

        assert isinstance(outcome, Failed)
        assert outcome.error.code == "provider_lost_order"
