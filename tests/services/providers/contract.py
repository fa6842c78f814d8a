"""What every provider must do, as one set of checks that each member of the house passes.

Adding a provider to the contract is adding one `Member` (see `bench.py`) to `test_contract.py`. Pictures and statuses
that went wrong have their checks in `contract_troubles.py`.
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
from tests.services.providers.bench import RETRY_AFTER_S, Bench, Situation
from tests.waiting import HANGS_AFTER_S, until

Check = Callable[[Bench], Awaitable[None]]
CHECKS: dict[Situation, Check] = {}

PICTURE_STARTS = {b"\x89PNG", b"\xff\xd8\xff\xe0", b"\xff\xd8\xff\xe1", b"\xff\xd8\xff\xdb", b"RIFF"}


def checks(*situations: Situation) -> Callable[[Check], Check]:
    """Register the check of some situations."""

    def register(check: Check) -> Check:
        CHECKS.update(dict.fromkeys(situations, check))
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


async def finish(bench: Bench, answer: Waiting | Finished) -> Finished:
    """Return the finished picture of an order that was accepted."""
    result = await wait_for_end(bench.provider, answer)
    assert isinstance(result, Finished), result
    return result


async def failure_of(bench: Bench) -> ProviderError:
    """Return the error with which an order that was accepted ends."""
    result = await wait_for_end(bench.provider, await bench.provider.submit(bench.order))
    assert isinstance(result, Failed)
    return result.error


async def refusal_of(bench: Bench) -> ProviderError:
    """Return the error of an order that is refused: while it is submitted, or as its end."""
    try:
        return await failure_of(bench)
    except ProviderError as error:
        return error


async def submit_error(bench: Bench, kind: type[ProviderError]) -> ProviderError:
    """Return the error of a submit that is refused, with nothing accepted or charged."""
    with pytest.raises(kind) as caught:
        await bench.provider.submit(bench.order)
    assert bench.paid() == 0
    return caught.value


async def paid_once(bench: Bench) -> None:
    """Wait until the provider has charged for its order, which some do when it is done; never twice."""
    await until(bench.paid)
    assert bench.paid() == 1


@checks(Situation.SUCCESS)
async def check_success(bench: Bench) -> None:
    """A picture comes, with the seed that was asked for and a cost that is no fraction."""
    result = await finish(bench, await bench.provider.submit(bench.order))

    assert (result.picture.data is None) != (result.picture.url is None)
    assert result.seed == bench.order.image_seed
    assert result.cost_micro_usd is None or result.cost_micro_usd >= 0
    assert (await bench.fetch(result))[:4] in PICTURE_STARTS


@checks(Situation.DETERMINISM)
async def check_determinism(bench: Bench) -> None:
    """The same order gives the same bytes, as `is_repeatable` promises."""
    assert bench.provider.is_repeatable
    first, second = [await finish(bench, await bench.provider.submit(bench.order)) for _ in range(2)]

    assert await bench.fetch(first) == await bench.fetch(second)


@checks(Situation.SLOW)
async def check_slow(bench: Bench) -> None:
    """A slow order is running until it is finished, and its handle survives storage."""
    bench.arrange(Situation.SLOW)
    handle = await submit_waiting(bench)

    assert isinstance(await bench.provider.poll(handle), Running)
    bench.release()
    await finish(bench, Waiting(handle))
    await paid_once(bench)


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
    await finish(bench, answer)
    handle = answer.handle if isinstance(answer, Waiting) else Handle("ended", {})

    assert await bench.provider.cancel(handle) in {CancelAnswer.TOO_LATE, CancelAnswer.NOT_SUPPORTED}


async def busy_wait_s(bench: Bench, situation: Situation) -> float:
    """Return how long a busy provider asks us to wait; it took nothing."""
    bench.arrange(situation)
    error = await submit_error(bench, ProviderBusy)
    assert isinstance(error, ProviderBusy)
    assert error.may_retry
    return error.retry_after_s


@checks(Situation.BUSY)
async def check_busy(bench: Bench) -> None:
    """A busy provider took nothing, and is asked again after its own wait."""
    assert await busy_wait_s(bench, Situation.BUSY) == RETRY_AFTER_S


@checks(Situation.BUSY_IN_BODY)
async def check_busy_in_body(bench: Bench) -> None:
    """The wait counts in the body as well, where the vendor writes it there."""
    assert await busy_wait_s(bench, Situation.BUSY_IN_BODY) == RETRY_AFTER_S


@checks(Situation.BUSY_DATE)
async def check_busy_date(bench: Bench) -> None:
    """The wait may be a date."""
    assert 5 < await busy_wait_s(bench, Situation.BUSY_DATE) <= 91


@checks(Situation.BUSY_SILENT)
async def check_busy_silent(bench: Bench) -> None:
    """Without a wait there is one of ours."""
    assert 1 <= await busy_wait_s(bench, Situation.BUSY_SILENT) <= 60


@checks(Situation.BUSY_FOREVER)
async def check_busy_forever(bench: Bench) -> None:
    """A wait of a day is cut to two minutes."""
    assert await busy_wait_s(bench, Situation.BUSY_FOREVER) == 120


@checks(Situation.BROKEN_THEN_FINE)
async def check_broken_then_fine(bench: Bench) -> None:
    """A documented refusal proves that nothing was accepted: the next try is the only paid one."""
    bench.arrange(Situation.BROKEN_THEN_FINE)
    assert (await submit_error(bench, ProviderBroken)).may_retry

    await finish(bench, await bench.provider.submit(bench.order))
    await paid_once(bench)


@checks(Situation.UNREACHABLE)
async def check_unreachable(bench: Bench) -> None:
    """A refused connection proves that nothing was accepted."""
    bench.arrange(Situation.UNREACHABLE)
    with pytest.raises(ProviderBroken):
        await bench.provider.submit(bench.order)


REFUSALS: dict[Situation, tuple[type[ProviderError], str]] = {
    Situation.REFUSED_KEY: (ProviderRefusedKey, "provider_refused_key"),
    Situation.NO_BALANCE: (ProviderRefusedKey, "provider_no_balance"),
    Situation.MODEL_GONE: (ProviderRefusedKey, "provider_model_gone"),
    Situation.REJECTED: (ProviderRejected, "provider_moderated_input"),
}
"""What is refused while submitting: free, and not tried again."""


def _refused(situation: Situation) -> Check:
    async def check(bench: Bench) -> None:
        """The owner of the key, or the person, has to act."""
        kind, code = REFUSALS[situation]
        bench.arrange(situation)
        error = await submit_error(bench, kind)

        assert (error.code, error.may_retry) == (code, False)

    return check


for _situation in REFUSALS:
    checks(_situation)(_refused(_situation))


@checks(Situation.BAD_OPTION)
async def check_bad_option(bench: Bench) -> None:
    """A value that is not taken is named with its field and what is allowed."""
    bench.arrange(Situation.BAD_OPTION)
    error = await refusal_of(bench)

    assert (type(error), error.code) == (ProviderRejected, "provider_bad_option")
    assert error.fields["field"]
    assert error.fields["allowed"]
    assert bench.paid() == 0


def _accepted_unseen(situation: Situation) -> Check:
    async def check(bench: Bench) -> None:
        """A submit whose answer is of no use is unknown, because it was paid; it is never sent again."""
        bench.arrange(situation)
        with pytest.raises(ProviderUnknown) as caught:
            await bench.provider.submit(bench.order)

        assert not caught.value.may_retry
        await paid_once(bench)

    return check


for _situation in (
    Situation.SUBMIT_500,
    Situation.GARBAGE,
    Situation.HTML,
    Situation.CUT,
    Situation.OVERSIZE,
    Situation.UNKNOWN,
):
    checks(_situation)(_accepted_unseen(_situation))


@checks(Situation.WEBHOOK)
async def check_webhook(bench: Bench) -> None:
    """A signed webhook names its order, and its picture where it carries one."""
    handle = await submit_waiting(bench)
    body, headers = await bench.call_back(handle)
    notice = await bench.provider.parse_webhook(body, headers)

    assert notice.remote_id == handle.remote_id
    assert notice.result is None or isinstance(notice.result, Finished)


@checks(Situation.FORGED_WEBHOOK)
async def check_forged_webhook(bench: Bench) -> None:
    """A call that nobody signed, or whose body was changed, is refused."""
    answer = await bench.provider.submit(bench.order)
    handle = answer.handle if isinstance(answer, Waiting) else Handle("anything", {})
    body, headers = await bench.call_back(handle)
    for forged_body, forged_headers in [
        (body, {}),
        (body + b" ", headers),
        (b"", headers),
        (b"\xff", headers),
    ]:
        with pytest.raises(ProviderRejected) as caught:
            await bench.provider.parse_webhook(forged_body, forged_headers)
        assert caught.value.code == "bad_webhook"
