"""What the calls of a job show about its provider for everybody, and what they do not show."""

from dataclasses import dataclass, replace

import pytest

from services.circuit import FAILURES_THAT_OPEN, TRIAL_EVERY_S, Call
from services.errors import ProviderBusy
from services.jobs import looking
from services.jobs.looking import calls_us
from services.standing import Standing
from tests.services.jobs.test_calls import NEVER, called_from_outside, only_attempt
from tests.services.studio import Studio
from tests.waiting import HANGS_AFTER_S, until

pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)


@dataclass
class Clock:
    """A clock that a test moves."""

    now_s: float = 1_000.0


def with_clock(studio: Studio) -> Clock:
    clock = Clock()
    studio.context = replace(studio.context, standing=Standing(now_s=lambda: clock.now_s))
    return clock


async def test_a_trial_with_a_webhook_is_looked_after_so_that_what_looks_have_opened_closes(
    studio: Studio, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Later than anybody waits here: the net must not be what closes it.
    monkeypatch.setattr(looking, "NET_FIRST_S", 2 * HANGS_AFTER_S)
    called_from_outside(studio)
    clock = with_clock(studio)
    standing = studio.context.standing
    for _ in range(FAILURES_THAT_OPEN):
        standing.record("scripted", Call.POLL, ProviderBusy("provider_unreachable"))
    clock.now_s += TRIAL_EVERY_S
    studio.server.polls_until_done = NEVER
    async with studio.engine():
        accepted = await studio.order()
        await until(lambda: not standing.is_down("scripted"))
        attempt = await only_attempt(studio, accepted.job_ids[0])

    assert calls_us(attempt.handle)
    assert studio.server.submits == 1
