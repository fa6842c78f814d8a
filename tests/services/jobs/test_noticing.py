"""What the calls of a job show about its provider for everybody, and what they do not show."""

from dataclasses import dataclass, replace

import pytest

from db.jobs.moves import Claim
from db.jobs.polls import DuePoll
from services import keys
from services.circuit import FAILURES_THAT_OPEN, TRIAL_EVERY_S, Call
from services.errors import ProviderBusy, ProviderError, ProviderUnknown
from services.jobs import fetching, looking, polling
from services.jobs.looking import calls_us
from services.jobs.noticing import notice
from services.jobs.webhooks import receive_webhook
from services.keys import KeyOwner
from services.models import Payer
from services.standing import FAILURES_OF_THE_SERVICE, Standing
from services.task_results import TaskState
from tests.services.jobs.test_calls import NEVER, called_from_outside, given_up, only_attempt, tell_address
from tests.services.providers.stand_in import Fault, Stage
from tests.services.studio import BEN, Studio, caller
from tests.services.test_task_results import claim_of, find, waiting
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


class TestWhatAnyProcessAsks:
    """What is asked once, for one person, also by a process that sends nothing and so could take nothing back."""

    @staticmethod
    def has_no_part_in_it(studio: Studio) -> bool:
        standing = studio.context.standing
        return not standing.is_down_here("scripted") and standing.trial_in_s("scripted") == 0

    async def test_a_late_call_after_which_nobody_can_be_asked_takes_nothing_out_of_use(
        self, studio: Studio
    ) -> None:
        claim = await given_up(studio)
        await tell_address(studio, claim)
        studio.server.script(Stage.STATUS, *[Fault.ERROR_500] * FAILURES_THAT_OPEN)
        for _ in range(FAILURES_THAT_OPEN):
            with pytest.raises(ProviderBusy):
                await receive_webhook(
                    studio.context, "scripted", claim.attempt.id, *studio.server.hint("order-1")
                )

        assert self.has_no_part_in_it(studio)

    async def test_a_result_that_cannot_be_told_takes_nothing_out_of_use(self, studio: Studio) -> None:
        await waiting(studio)
        studio.server.script(Stage.STATUS, *[Fault.ERROR_500] * FAILURES_THAT_OPEN)
        for _ in range(FAILURES_THAT_OPEN):
            assert (await find(studio)).state is TaskState.NOT_TOLD

        assert self.has_no_part_in_it(studio)

    async def test_a_picture_that_cannot_be_fetched_again_takes_nothing_out_of_use(
        self, studio: Studio
    ) -> None:
        async with studio.engine():
            accepted = await studio.order()
            await studio.until_delivered()
        claim = await claim_of(studio, accepted)
        studio.server.script(Stage.PICTURE, *[Fault.GONE] * FAILURES_THAT_OPEN)
        studio.server.script(Stage.STATUS, *[Fault.ERROR_500] * FAILURES_THAT_OPEN)
        for _ in range(FAILURES_THAT_OPEN):
            with pytest.raises(ProviderError):
                await fetching.fetch_again(studio.context, claim)

        assert self.has_no_part_in_it(studio)

    async def test_an_answer_still_counts(self, studio: Studio) -> None:
        await waiting(studio)
        standing = studio.context.standing
        for _ in range(FAILURES_THAT_OPEN):
            standing.record("scripted", Call.POLL, ProviderBusy("provider_unreachable"))
        assert (await find(studio)).state is TaskState.RUNNING

        assert self.has_no_part_in_it(studio)

    async def test_a_look_of_a_worker_that_fails_counts(self, studio: Studio) -> None:
        with_clock(studio)  # which stands still: however slow the machine is, it is within a minute
        claim = await claim_of(studio, await waiting(studio))
        studio.server.script(Stage.STATUS, *[Fault.ERROR_500] * FAILURES_THAT_OPEN)
        for _ in range(FAILURES_THAT_OPEN):
            assert await polling.look(studio.context, DuePoll(claim, leased_until_ms=0)) is not None

        assert studio.context.standing.is_down_here("scripted")


async def claim_paid_by(studio: Studio, payer: Payer) -> Claim:
    """Return a job of Ben's on his own account, or on the operator's."""
    if payer is Payer.USER:
        owner = KeyOwner(Payer.USER, BEN)
        await keys.add_key(studio.context, owner, "scripted", "bens-own-scripted-key", added_by=BEN)
    claim = await claim_of(studio, await waiting(studio, caller(BEN)))
    assert claim.job.account.payer is payer
    return claim


@pytest.mark.parametrize("payer", [Payer.USER, Payer.OPERATOR])
@pytest.mark.parametrize("code", sorted(FAILURES_OF_THE_SERVICE))
async def test_failures_with_somebodys_own_key_say_nothing_to_the_others_unless_nobody_was_reached(
    studio: Studio, payer: Payer, code: str
) -> None:
    claim = await claim_paid_by(studio, payer)
    with_clock(studio)
    for _ in range(FAILURES_THAT_OPEN):
        notice(studio.context, claim, Call.SUBMIT, ProviderUnknown(code), took_s=0.1)

    is_for_everybody = payer is Payer.OPERATOR or code == "provider_unreachable"
    assert studio.context.standing.is_down("scripted") is is_for_everybody


async def test_an_order_with_somebodys_own_key_that_is_taken_shows_that_it_works(studio: Studio) -> None:
    claim = await claim_paid_by(studio, Payer.USER)
    with_clock(studio)
    for _ in range(FAILURES_THAT_OPEN):
        notice(studio.context, claim, Call.SUBMIT, ProviderBusy("provider_unreachable"), took_s=0.1)
    notice(studio.context, claim, Call.SUBMIT, ProviderUnknown("provider_unknown"), took_s=0.1)
    assert studio.context.standing.is_down("scripted")
    notice(studio.context, claim, Call.SUBMIT, took_s=0.1)

    assert not studio.context.standing.is_down("scripted")
