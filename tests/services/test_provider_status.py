"""What `/status` knows of each provider."""

import pytest

from db.jobs import moves
from db.jobs.claims import NO_SHARE_CAPS
from services import pausing
from services.circuit import Call
from services.errors import ProviderBroken
from services.jobs import submitting
from services.models import Payer
from services.provider_status import Health, ProviderStatus, provider_statuses
from tests.services.providers.stand_in import Fault, Stage
from tests.services.studio import BEN, OPERATOR, Studio, caller

pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)


async def status_of(studio: Studio, name: str = "scripted", **origin: object) -> ProviderStatus:
    found = await provider_statuses(studio.context, caller(**origin))  # type: ignore[arg-type] # fields by name
    return next(each for each in found if each.name == name)


async def test_counts_what_runs_and_what_stands_in_line(studio: Studio) -> None:
    studio.server.polls_until_done = 10_000
    async with studio.engine():
        accepted = await studio.order(count=4)
        await studio.until_states(accepted, "waiting", "waiting", "queued", "queued")
        status = await status_of(studio)

    assert (status.load.running, status.load.queued) == (2, 2)
    assert status.health is Health.FINE
    assert status.answered_ago_s is not None


async def test_an_order_in_doubt_takes_up_no_room_and_does_not_run(studio: Studio) -> None:
    studio.server.script(Stage.SUBMIT, Fault.ACCEPTED_THEN_CUT)
    accepted = await studio.order()
    claim = await studio.context.database.take(
        moves.claim_submit, "worker", studio.context.registry.running_caps, NO_SHARE_CAPS
    )
    assert claim is not None
    assert (await status_of(studio)).load.running == 1
    await submitting.submit(studio.context, claim)
    status = await status_of(studio)

    assert await studio.states(accepted) == ["submitting"]
    assert (status.load.running, status.load.queued) == (0, 0)


async def test_nothing_is_known_of_one_that_was_not_asked(studio: Studio) -> None:
    status = await status_of(studio)

    assert (status.health, status.answered_ago_s, status.load.running) == (Health.FINE, None, 0)


async def test_says_since_when_it_does_not_answer_and_when_it_is_tried_again(studio: Studio) -> None:
    for _ in range(5):
        studio.context.standing.record("scripted", Call.SUBMIT, ProviderBroken("provider_unreachable"))
    status = await status_of(studio)

    assert status.health is Health.DOWN
    assert 0 < status.trial_in_s <= 30
    assert status.down_s >= 0


async def test_a_pause_of_the_provider_and_of_single_models_are_told_apart(studio: Studio) -> None:
    await pausing.pause(studio.context, OPERATOR, "scripted/quick", "Back on Monday.")
    of_model = await status_of(studio)
    await pausing.pause(studio.context, OPERATOR, "scripted", "Gone fishing.")
    of_provider = await status_of(studio)

    assert (of_model.health, of_model.paused_models) == (Health.FINE, (("Quick", "Back on Monday."),))
    assert (of_provider.health, of_provider.sentence) == (Health.PAUSED, "Gone fishing.")


async def test_says_whose_account_would_pay(studio: Studio) -> None:
    assert (await status_of(studio)).payer is Payer.OPERATOR
    assert (await status_of(studio, guild_id=4711)).payer is None
    assert (await status_of(studio, "sketch")).payer is Payer.NOBODY
    assert (await status_of(studio, "bfl", user_id=BEN)).payer is None
