"""What keeps a model from painting for everybody: a pause, a provider that does not answer, a model that is gone."""

from dataclasses import dataclass, field

import pytest

from services.circuit import TRIAL_EVERY_S, Call
from services.errors import (
    BugError,
    LimnerError,
    ProviderBroken,
    ProviderBusy,
    ProviderRefusedKey,
    ProviderRejected,
    ProviderUnknown,
    StorageError,
)
from services.providers.catalog import Model, load_catalog
from services.standing import GONE_FOR_S, Standing

FLUX = "bfl/flux-pro-1.1"


@dataclass
class Clock:
    """A clock that a test moves."""

    now_s: float = 1_000.0
    standing: Standing = field(init=False)

    def __post_init__(self) -> None:
        self.standing = Standing(now_s=lambda: self.now_s)


@pytest.fixture(scope="module")
def model() -> Model:
    return load_catalog().find(FLUX)


def fail(standing: Standing, error: Exception, times: int = 5) -> None:
    for _ in range(times):
        standing.record("bfl", Call.SUBMIT, error)


def code_of(standing: Standing, model: Model) -> str:
    trouble = standing.trouble_of(model)
    return "" if trouble is None else trouble.code


@pytest.mark.parametrize(
    "error",
    [
        ProviderBroken("provider_unreachable"),
        ProviderBroken("provider_broken"),
        ProviderBroken("provider_timed_out"),
        ProviderBusy("provider_unreachable"),
        ProviderUnknown("provider_unknown"),
    ],
    ids=lambda error: f"{type(error).__name__} {error.code}",
)
def test_failures_of_the_service_make_it_count_as_down(model: Model, error: LimnerError) -> None:
    clock = Clock()
    fail(clock.standing, error)

    assert code_of(clock.standing, model) == "provider_down"
    assert clock.standing.sendable({"bfl": 24, "fal": 2}) == {"fal": 2}


@pytest.mark.parametrize(
    "error",
    [
        ProviderRejected("provider_moderated_input"),
        ProviderRejected("provider_bad_option"),
        ProviderRefusedKey("provider_refused_key"),
        ProviderRefusedKey("provider_no_balance"),
        ProviderBusy("provider_busy"),
        StorageError("disk_full"),
        BugError("bug"),
        ValueError("ours"),
    ],
    ids=lambda error: f"{type(error).__name__} {error}",
)
def test_refusals_and_our_own_mistakes_do_not(model: Model, error: Exception) -> None:
    clock = Clock()
    fail(clock.standing, error, times=50)

    assert code_of(clock.standing, model) == ""


def test_a_refusal_shows_that_the_service_works_again(model: Model) -> None:
    clock = Clock()
    fail(clock.standing, ProviderBroken("provider_unreachable"))
    clock.standing.record("bfl", Call.SUBMIT, ProviderRejected("provider_moderated_input"))

    assert code_of(clock.standing, model) == ""
    assert clock.standing.answered_ago_s("bfl") == 0


def test_a_mistake_of_our_own_says_nothing_about_a_service_that_is_down(model: Model) -> None:
    clock = Clock()
    fail(clock.standing, ProviderBroken("provider_unreachable"))
    clock.standing.record("bfl", Call.SUBMIT, StorageError("disk_full"))

    assert code_of(clock.standing, model) == "provider_down"


def test_whoever_asks_when_a_trial_is_due_is_the_trial(model: Model) -> None:
    clock = Clock()
    fail(clock.standing, ProviderBroken("provider_unreachable"))
    clock.now_s += TRIAL_EVERY_S

    assert code_of(clock.standing, model) == ""
    assert clock.standing.is_down("bfl")
    clock.standing.begin_submit("bfl", 1)
    assert code_of(clock.standing, model) == "provider_down"
    assert clock.standing.down_for_s("bfl") == TRIAL_EVERY_S


def test_another_provider_is_not_touched(model: Model) -> None:
    clock = Clock()
    fail(clock.standing, ProviderBroken("provider_unreachable"))

    assert code_of(clock.standing, load_catalog().find("fal/flux-dev")) == ""


def test_a_model_that_is_gone_is_not_asked_for_again_for_an_hour(model: Model) -> None:
    clock = Clock()
    clock.standing.mark_gone(FLUX)

    assert code_of(clock.standing, model) == "model_gone"
    assert code_of(clock.standing, load_catalog().find("bfl/flux-dev")) == ""
    clock.now_s += GONE_FOR_S
    assert code_of(clock.standing, model) == ""


@pytest.mark.parametrize("age_s", [0.0, 1.0, GONE_FOR_S / 2 - 1, GONE_FOR_S / 2, GONE_FOR_S - 1, GONE_FOR_S])
def test_a_model_that_is_gone_still_is_not_asked_for_again_for_half_an_hour(
    model: Model, age_s: float
) -> None:
    clock = Clock()
    clock.standing.mark_gone(FLUX)
    clock.now_s += age_s
    clock.standing.mark_gone(FLUX)
    clock.now_s += GONE_FOR_S / 2 - 1

    assert code_of(clock.standing, model) == "model_gone"


@pytest.mark.parametrize("name", ["bfl", FLUX])
def test_a_pause_of_the_model_or_its_provider_comes_before_all_else(model: Model, name: str) -> None:
    standing = Standing({name: "Back on Monday."}, now_s=lambda: 0.0)
    fail(standing, ProviderBroken("provider_unreachable"))
    trouble = standing.trouble_of(model)

    assert trouble is not None
    assert (trouble.code, trouble.fields["sentence"]) == ("model_paused", "Back on Monday.")


def test_nothing_is_known_of_a_provider_that_was_not_asked() -> None:
    standing = Standing()

    assert standing.answered_ago_s("bfl") is None
    assert (standing.down_for_s("bfl"), standing.trial_in_s("bfl"), standing.is_down("bfl")) == (0, 0, False)
