"""The model of what many servers cost: the page says what it says, and it follows its figures."""

import pytest

from benchmarks.scaling import SIZES, accepted_per_s, costs, values_of, walls
from benchmarks.scaling_inputs import INPUTS
from benchmarks.scaling_page import PAGE, page

FIGURES = "## The figures"


def test_the_page_is_what_the_model_says() -> None:
    assert PAGE.read_text("utf-8") == page(values_of()), "run python -m benchmarks.scaling"


def test_every_figure_is_used_and_says_where_it_is_from() -> None:
    for name, figure in INPUTS.items():
        assert figure.source
        assert figure.value > 0
        more, less = (page(values_of(**{name: figure.value * factor})) for factor in (7, 1 / 7))
        assert more.partition(FIGURES)[0] != less.partition(FIGURES)[0], name


def test_ten_times_the_servers_take_ten_times_the_pictures() -> None:
    v = values_of(pictures_per_server_day=8.64, peak=1)
    assert accepted_per_s(10_000, v) == pytest.approx(1)
    small, large = costs(10_000, v), costs(100_000, v)
    assert large.statements_per_s == pytest.approx(10 * small.statements_per_s)
    assert (large.shards, large.start_s) == (100, 500)


def test_more_pictures_bring_walls_nearer_and_more_workers() -> None:
    few, many = values_of(), values_of(pictures_per_server_day=300)
    assert walls(many)[0].servers < walls(few)[0].servers
    assert costs(SIZES[-1], many).workers > costs(SIZES[-1], few).workers
    assert [each.servers for each in walls(many)] == sorted(each.servers for each in walls(many))


def test_a_figure_that_does_not_exist_is_refused() -> None:
    with pytest.raises(KeyError, match="picturs"):
        values_of(picturs=1)
