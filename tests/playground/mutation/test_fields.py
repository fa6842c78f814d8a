"""Fields by their paths: collected once, taken wherever they stand, and grouped so that none hides another."""

import copy

from tests.playground.mutation.by_clients import groups_of
from tests.playground.mutation.fields import Mutant, paths_in, take

USERS = {"1573594716195258373": {"name": "ada"}, "1573594716195258374": {"name": "ben", "nick": None}}
VALUE = {"d": {"users": USERS, "list": [{"id": 1}, {"id": 2, "more": [{"id": 3}]}], "0": "x"}}
PATHS = {
    ("d",), ("d", "users"), ("d", "users", "{id}", "name"), ("d", "users", "{id}", "nick"), ("d", "list"),
    ("d", "list", "*", "id"), ("d", "list", "*", "more"), ("d", "list", "*", "more", "*", "id"), ("d", "0"),
}  # fmt: skip


def test_collects_every_field_of_every_object() -> None:
    assert set(paths_in(VALUE)) == PATHS


def test_takes_a_field_wherever_its_path_leads() -> None:
    for path in PATHS:
        value = copy.deepcopy(VALUE)
        assert take(value, path)
        assert set(paths_in(value)) == {one for one in PATHS if one[: len(path)] != path}


def test_says_where_there_is_nothing_to_take() -> None:
    value = copy.deepcopy(VALUE)
    assert not take(value, ("d", "list", "*", "name"))
    assert not take(value, ("d", "0", "x"))
    assert value == VALUE


def test_no_group_has_a_field_beside_one_that_it_lies_in() -> None:
    mutants = [Mutant(kind, path) for kind in ("a", "b") for path in sorted(PATHS)]
    groups = groups_of(mutants, size=4)
    assert sorted(one for group in groups for one in group) == sorted(mutants)
    assert max(map(len, groups)) == 4
    assert not any(one.is_above(two) for group in groups for one in group for two in group)
    assert Mutant("a", ("d",)).is_above(Mutant("a", ("d", "0")))
    assert not Mutant("a", ("d",)).is_above(Mutant("b", ("d", "0")))
