"""The contract's checks of what goes wrong after an order was accepted: its end, its status, its picture."""

import pytest

from services.errors import ProviderBroken, ProviderBusy, ProviderError, ProviderRejected
from services.providers.base import Failed, Handle, Running, Waiting
from tests.services.providers.bench import Bench, Situation
from tests.services.providers.contract import (
    PICTURE_STARTS,
    Check,
    checks,
    failure_of,
    finish,
    paid_once,
    refusal_of,
    submit_waiting,
)


@checks(Situation.FAILED_RUN)
async def check_failed_run(bench: Bench) -> None:
    """A run that failed ends the order with a failure that may be tried again."""
    bench.arrange(Situation.FAILED_RUN)
    error = await failure_of(bench)

    assert isinstance(error, ProviderBroken)
    assert not error.charged


@checks(Situation.MODERATED_INPUT)
async def check_moderated_input(bench: Bench) -> None:
    """What moderation refuses of the input says so."""
    bench.arrange(Situation.MODERATED_INPUT)
    error = await refusal_of(bench)

    assert (type(error), error.code) == (ProviderRejected, "provider_moderated_input")
    assert error.fields["stage"] == "input"


@checks(Situation.WITHHELD)
async def check_withheld(bench: Bench) -> None:
    """A picture that moderation withholds ends the order, and says whether it was charged."""
    bench.arrange(Situation.WITHHELD)
    error = await refusal_of(bench)

    assert (type(error), error.code) == (ProviderRejected, "provider_moderated_output")
    assert error.fields["stage"] == "output"
    assert error.charged


@checks(Situation.LOST)
async def check_lost(bench: Bench) -> None:
    """An order that the provider does not know has ended without a picture."""
    bench.arrange(Situation.LOST)
    answer = await bench.provider.submit(bench.order)
    handle = answer.handle if isinstance(answer, Waiting) else Handle("nobody", {})
    result = await bench.provider.poll(handle)

    assert isinstance(result, Failed)
    assert isinstance(result.error, ProviderBroken)
    assert result.error.code == "provider_lost_order"


@checks(Situation.STRANGE_STATUS)
async def check_strange_status(bench: Bench) -> None:
    """A status that nobody has heard of keeps the order running."""
    bench.arrange(Situation.STRANGE_STATUS)
    handle = await submit_waiting(bench)

    assert isinstance(await bench.provider.poll(handle), Running)
    await finish(bench, Waiting(handle))


@checks(Situation.STATUS_BROKEN_THEN_FINE)
async def check_status_broken_then_fine(bench: Bench) -> None:
    """A poll that failed says nothing about the order, which still gives its picture."""
    bench.arrange(Situation.STATUS_BROKEN_THEN_FINE)
    await _poll_fails_then_finishes(bench, ProviderError)


async def _poll_fails_then_finishes(bench: Bench, kind: type[ProviderError]) -> None:
    handle = await submit_waiting(bench)
    with pytest.raises(kind):
        await bench.provider.poll(handle)

    await finish(bench, Waiting(handle))
    await paid_once(bench)


def _status_trouble(situation: Situation) -> Check:
    async def check(bench: Bench) -> None:
        """An answer that cannot be read leaves the order waiting, to be asked after again."""
        bench.arrange(situation)
        await _poll_fails_then_finishes(bench, ProviderBusy)

    return check


for _situation in (
    Situation.STATUS_BUSY,
    Situation.STATUS_HTML,
    Situation.STATUS_CUT,
    Situation.STATUS_OVERSIZE,
    Situation.STATUS_NEVER,
):
    checks(_situation)(_status_trouble(_situation))


async def _fetch_error(bench: Bench, situation: Situation) -> ProviderError:
    """Return why a finished picture cannot be fetched."""
    result = await finish(bench, await bench.provider.submit(bench.order))
    bench.arrange(situation)
    with pytest.raises(ProviderBroken) as caught:
        await bench.fetch(result)
    return caught.value


@checks(Situation.EXPIRED_LINK)
async def check_expired_link(bench: Bench) -> None:
    """A picture whose link has ended is named as such; the engine asks for a fresh address."""
    assert (await _fetch_error(bench, Situation.EXPIRED_LINK)).code == "result_expired"


@checks(Situation.PICTURE_OVERSIZE)
async def check_picture_oversize(bench: Bench) -> None:
    """A picture is read up to the cap and no further."""
    assert (await _fetch_error(bench, Situation.PICTURE_OVERSIZE)).code == "result_too_large"


@checks(Situation.PICTURE_CUT)
async def check_picture_cut(bench: Bench) -> None:
    """A picture that was cut off is fetched again; the order was paid once."""
    result = await finish(bench, await bench.provider.submit(bench.order))
    bench.arrange(Situation.PICTURE_CUT)
    with pytest.raises(ProviderBroken):
        await bench.fetch(result)

    assert (await bench.fetch(result))[:4] in PICTURE_STARTS
    await paid_once(bench)
