"""What every provider must do, as one set of checks that each member of the house passes.

Adding a provider to the contract is adding one `Member` (see `bench.py`) to `test_contract.py`.
"""

import asyncio
from collections.abc import Awaitable, Callable

import pytest

from services.errors import (
    ProviderBroken,
    ProviderBusy,
    ProviderError,
    ProviderRefusedKey,
    ProviderRejected,
    ProviderUnknown,
)
from services.providers.base import (
    CancelAnswer,
    Failed,
    Finished,
    Handle,
    Provider,
    Running,
    Waiting,
)
from tests.services.providers.bench import Bench, Situation
from tests.waiting import HANGS_AFTER_S

Check = Callable[[Bench], Awaitable[None]]
CHECKS: dict[Situation, Check] = {}


def checks(situation: Situation) -> Callable[[Check], Check]:
    """Register the check of a situation."""

    def register(check: Check) -> Check:
        CHECKS[situation] = check
        return check

    return register


async def wait_for_end(provider: Provider, answer: Waiting | Finished) -> Finished | Failed:
    """Poll until an order has ended."""
    if isinstance(answer, Finished):
        return answer
    async with asyncio.timeout(HANGS_AFTER_S):
        while isinstance(result := await provider.poll(answer.handle), Running):
            assert result.place is None or result.place >= 0
            assert result.fraction is None or 0 <= result.fraction <= 1
            assert result.poll_after_s > 0
            await asyncio.sleep(0.01)
    return result


async def submit_waiting(bench: Bench) -> Handle:
    """Submit the order to a provider that has a line, and return the handle as it comes back from storage."""
    answer = await bench.provider.submit(bench.order)
    assert isinstance(answer, Waiting)
    assert answer.poll_after_s >= 0
    return Handle.from_json(answer.handle.to_json())


async def failure_of(bench: Bench) -> ProviderError:
    """Return the error with which an order that was accepted ends."""
    result = await wait_for_end(bench.provider, await bench.provider.submit(bench.order))
    assert isinstance(result, Failed)
    return result.error


@checks(Situation.SUCCESS)
async def check_success(bench: Bench) -> None:
    """A picture comes, with the seed that was asked for and a cost that is no fraction."""
    result = await wait_for_end(bench.provider, await bench.provider.submit(bench.order))

    assert isinstance(result, Finished)
    assert (result.picture.data is None) != (result.picture.url is None)
    assert result.seed == bench.order.image_seed
    assert result.cost_micro_usd is None or result.cost_micro_usd >= 0
    assert (await bench.fetch(result))[:4] in {
        b"\x89PNG",
        b"\xff\xd8\xff\xe0",
        b"\xff\xd8\xff\xe1",
        b"\xff\xd8\xff\xdb",
    }


@checks(Situation.DETERMINISM)
async def check_determinism(bench: Bench) -> None:
    """The same order gives the same bytes, as `is_repeatable` promises."""
    assert bench.provider.is_repeatable
    results = [await wait_for_end(bench.provider, await bench.provider.submit(bench.order)) for _ in range(2)]

    first, second = [await bench.fetch(result) for result in results if isinstance(result, Finished)]
    assert first == second


@checks(Situation.SLOW)
async def check_slow(bench: Bench) -> None:
    """A slow order is running until it is finished, and its handle survives storage."""
    bench.arrange(Situation.SLOW)
    handle = await submit_waiting(bench)

    assert isinstance(await bench.provider.poll(handle), Running)
    assert isinstance(await wait_for_end(bench.provider, Waiting(handle)), Finished)
    assert bench.paid() == 1


@checks(Situation.BUSY)
async def check_busy(bench: Bench) -> None:
    """A busy provider took nothing, and says when to come back."""
    bench.arrange(Situation.BUSY)
    with pytest.raises(ProviderBusy) as caught:
        await bench.provider.submit(bench.order)

    assert 1 <= caught.value.retry_after_s <= 120
    assert caught.value.may_retry
    assert bench.paid() == 0


@checks(Situation.BROKEN_THEN_FINE)
async def check_broken_then_fine(bench: Bench) -> None:
    """A documented refusal proves that nothing was accepted: the next try is the only paid one."""
    bench.arrange(Situation.BROKEN_THEN_FINE)
    with pytest.raises(ProviderBroken):
        await bench.provider.submit(bench.order)
    assert bench.paid() == 0

    assert isinstance(await wait_for_end(bench.provider, await bench.provider.submit(bench.order)), Finished)
    assert bench.paid() == 1


@checks(Situation.UNREACHABLE)
async def check_unreachable(bench: Bench) -> None:
    """A refused connection proves that nothing was accepted."""
    bench.arrange(Situation.UNREACHABLE)
    with pytest.raises(ProviderBroken):
        await bench.provider.submit(bench.order)


@checks(Situation.REFUSED_KEY)
async def check_refused_key(bench: Bench) -> None:
    """A refused key is the owner's to mend and is not tried again."""
    bench.arrange(Situation.REFUSED_KEY)
    with pytest.raises(ProviderRefusedKey) as caught:
        await bench.provider.submit(bench.order)

    assert not caught.value.may_retry
    assert bench.paid() == 0


@checks(Situation.REJECTED)
async def check_rejected(bench: Bench) -> None:
    """What the provider's rules refuse costs nothing and is not tried again."""
    bench.arrange(Situation.REJECTED)
    with pytest.raises(ProviderRejected) as caught:
        await bench.provider.submit(bench.order)

    assert not caught.value.may_retry
    assert bench.paid() == 0


@checks(Situation.GARBAGE)
async def check_garbage(bench: Bench) -> None:
    """An answer that nobody can read may stand for an accepted order."""
    bench.arrange(Situation.GARBAGE)
    with pytest.raises(ProviderUnknown):
        await bench.provider.submit(bench.order)


@checks(Situation.CANCELED)
async def check_canceled(bench: Bench) -> None:
    """A canceled order ends without a picture."""
    bench.arrange(Situation.SLOW)
    handle = await submit_waiting(bench)

    assert await bench.provider.cancel(handle) is CancelAnswer.CANCELED
    assert isinstance(await wait_for_end(bench.provider, Waiting(handle)), Failed)


@checks(Situation.LATE_CANCEL)
async def check_late_cancel(bench: Bench) -> None:
    """A cancel of what has ended is answered, not raised."""
    bench.arrange(Situation.LATE_CANCEL)
    answer = await bench.provider.submit(bench.order)
    handle = answer.handle if isinstance(answer, Waiting) else Handle("ended", {})

    assert await bench.provider.cancel(handle) is CancelAnswer.TOO_LATE


@checks(Situation.UNKNOWN)
async def check_unknown(bench: Bench) -> None:
    """A submit whose answer was lost is unknown, because it was paid."""
    bench.arrange(Situation.UNKNOWN)
    with pytest.raises(ProviderUnknown) as caught:
        await bench.provider.submit(bench.order)

    assert not caught.value.may_retry
    assert bench.paid() == 1


@checks(Situation.FAILED_RUN)
async def check_failed_run(bench: Bench) -> None:
    """A run that failed ends the order with a failure that may be tried again."""
    bench.arrange(Situation.FAILED_RUN)

    assert isinstance(await failure_of(bench), ProviderBroken)


@checks(Situation.WITHHELD)
async def check_withheld(bench: Bench) -> None:
    """A picture that moderation withholds ends the order, and says whether it was charged."""
    bench.arrange(Situation.WITHHELD)
    error = await failure_of(bench)

    assert isinstance(error, ProviderRejected)
    assert error.charged


@checks(Situation.STATUS_BROKEN_THEN_FINE)
async def check_status_broken_then_fine(bench: Bench) -> None:
    """A poll that failed says nothing about the order, which still gives its picture."""
    bench.arrange(Situation.STATUS_BROKEN_THEN_FINE)
    handle = await submit_waiting(bench)
    with pytest.raises(ProviderError):
        await bench.provider.poll(handle)

    assert isinstance(await wait_for_end(bench.provider, Waiting(handle)), Finished)


@checks(Situation.LOST)
async def check_lost(bench: Bench) -> None:
    """An order that the provider does not know has ended without a picture."""
    bench.arrange(Situation.LOST)
    answer = await bench.provider.submit(bench.order)
    handle = answer.handle if isinstance(answer, Waiting) else Handle("nobody", {})
    result = await bench.provider.poll(handle)

    assert isinstance(result, Failed)
    assert isinstance(result.error, ProviderBroken)


@checks(Situation.WEBHOOK)
async def check_webhook(bench: Bench) -> None:
    """A signed webhook names its order, and its picture where it carries one."""
    handle = await submit_waiting(bench)
    body, headers = bench.call_back(handle)
    notice = await bench.provider.parse_webhook(body, headers)

    assert notice.remote_id == handle.remote_id
    assert notice.result is None or isinstance(notice.result, Finished)


@checks(Situation.FORGED_WEBHOOK)
async def check_forged_webhook(bench: Bench) -> None:
    """A call that nobody signed, or whose body was changed, is refused."""
    answer = await bench.provider.submit(bench.order)
    handle = answer.handle if isinstance(answer, Waiting) else Handle("anything", {})
    body, headers = bench.call_back(handle)
    for forged_body, forged_headers in [
        (body, {}),
        (body + b" ", headers),
        (b"", headers),
        (b"\xff", headers),
    ]:
        with pytest.raises(ProviderRejected) as caught:
            await bench.provider.parse_webhook(forged_body, forged_headers)
        assert caught.value.code == "bad_webhook"
