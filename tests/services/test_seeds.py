"""Seeds and counts: what is taken, and what a series of pictures gets."""

import pytest

from services.errors import UserError
from services.models import MAX_SEED
from services.seeds import check_count, check_seed, seed_for
from tests.services.finished import counted_seeds


@pytest.mark.parametrize("seed", [None, 0, 7, MAX_SEED])
def test_takes_no_seed_and_every_seed_of_the_range(seed: int | None) -> None:
    assert check_seed(seed, "seed") == seed


@pytest.mark.parametrize("seed", [-1, MAX_SEED + 1, -(2**63), 2**64])
def test_refuses_a_seed_out_of_the_range_and_names_field_and_range(seed: int) -> None:
    with pytest.raises(UserError) as caught:
        check_seed(seed, "prompt_seed")

    assert caught.value.code == "seed_out_of_range"
    assert caught.value.fields == {
        "field": "prompt_seed",
        "found": seed,
        "minimum": 0,
        "maximum": 4_294_967_295,
    }


@pytest.mark.parametrize(("count", "maximum"), [(1, 4), (4, 4), (6, 6)])
def test_takes_a_count_up_to_its_maximum(count: int, maximum: int) -> None:
    assert check_count(count, maximum) == count


@pytest.mark.parametrize("count", [0, -1, 5])
def test_refuses_a_count_out_of_range_and_names_the_range(count: int) -> None:
    with pytest.raises(UserError) as caught:
        check_count(count)

    assert caught.value.code == "bad_count"
    assert caught.value.fields == {"field": "count", "found": count, "minimum": 1, "maximum": 4}


def test_counts_on_from_a_given_seed_without_drawing_one() -> None:
    drawn = counted_seeds()
    assert [seed_for(7, position, drawn) for position in range(3)] == [7, 8, 9]
    assert drawn() == 1000


def test_counts_on_from_the_highest_seed_at_zero() -> None:
    assert [seed_for(MAX_SEED, position, counted_seeds()) for position in range(3)] == [MAX_SEED, 0, 1]


def test_takes_zero_for_a_seed_and_not_for_a_missing_one() -> None:
    assert seed_for(0, 0, counted_seeds()) == 0


def test_draws_a_seed_for_each_picture_when_none_is_given() -> None:
    drawn = counted_seeds(50)
    assert [seed_for(None, position, drawn) for position in range(3)] == [50, 51, 52]
