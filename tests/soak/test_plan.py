"""What goes wrong in a run is decided by its seed, and is as much as is promised."""

from itertools import pairwise

from playground.discord.chaos import GATEWAY_KINDS, KINDS
from playground.providers.scripts import read_step
from tests.soak.__main__ import make_parser, size_of
from tests.soak.plan import DISCORD_FAULTS, DROPS, FAULTS, ONE_IN, drops_of, steps_of


def test_one_call_in_twenty_is_struck_in_every_stretch_of_a_run() -> None:
    steps = steps_of(1, "fal", "POST", 2_000)
    struck = [sum(map(bool, steps[start : start + ONE_IN])) for start in range(0, len(steps), ONE_IN)]

    assert len(steps) == 2_000
    assert set(struck) == {1}
    assert len(steps_of(1, "fal", "GET", 7)) == 7


def test_the_same_seed_plans_the_same_and_another_one_something_else() -> None:
    assert steps_of(1, "fal", "GET", 500) == steps_of(1, "fal", "GET", 500)
    assert steps_of(1, "fal", "GET", 500) != steps_of(2, "fal", "GET", 500)
    assert steps_of(1, "fal", "GET", 500) != steps_of(1, "bfl", "GET", 500)
    assert drops_of(1, 9, 60) == drops_of(1, 9, 60) != drops_of(2, 9, 60)


def test_the_beginning_of_a_plan_does_not_depend_on_its_length() -> None:
    assert steps_of(1, "fal", "POST", 1_000)[:90] == steps_of(1, "fal", "POST", 90)


def test_the_gateway_is_lost_as_often_as_asked_all_along_the_run() -> None:
    drops = drops_of(3, 50, 900)

    assert len(drops) == 50
    assert all(0 < before.at_s < after.at_s < 900 for before, after in pairwise(drops))
    assert max(after.at_s - before.at_s for before, after in pairwise(drops)) < 2 * 900 / 50


def test_everything_planned_is_known_to_those_who_do_it() -> None:
    for table in FAULTS.values():
        assert all(read_step(step) for step, _ in table)
    assert {drop["kind"] for drop, _ in DROPS} <= GATEWAY_KINDS
    assert {fault["kind"] for fault in DISCORD_FAULTS} <= set(KINDS)


def test_without_a_word_a_run_is_the_whole_one_and_a_shorter_one_asks_for_less() -> None:
    whole, short = (size_of(make_parser().parse_args(arguments)) for arguments in ([], ["--minutes", "3"]))

    assert (whole.jobs, whole.minutes, whole.drops) == (5_000, 15, 50)
    assert (short.jobs, short.drops) == (1_000, 10)
