"""Whose job is next: servers alike, the people of a server by their weights, and nobody for ever last."""

from collections import Counter
from collections.abc import Callable, Iterator
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from db.engine import Database
from db.jobs.fairness import share_of
from tests.db.line_scene import Line, new_line

ATELIER, SALON, CELLAR = 10, 20, 30
ADA, BEN, CAT = 1, 2, 3


async def on(database: Database, play: Callable[[Line], None]) -> None:
    """Play a scene in one transaction."""
    await database.write(lambda conn: play(Line(conn)))


async def test_a_server_with_one_picture_is_next_behind_a_server_with_a_thousand(database: Database) -> None:
    def play(line: Line) -> None:
        line.queue(ATELIER, ADA, 1_000)
        line.claims(30)
        line.queue(SALON, BEN)
        assert line.claims(2).count((SALON, BEN)) == 1

    await on(database, play)


async def test_a_person_with_one_picture_does_not_wait_for_one_with_fifty(database: Database) -> None:
    def play(line: Line) -> None:
        line.queue(ATELIER, ADA, 50)
        line.queue(SALON, CAT, 50)
        line.claims(20)
        line.queue(ATELIER, BEN)
        # Every second turn is the other server's, and Ada's next one may be as old.
        assert (ATELIER, BEN) in line.claims(4)

    await on(database, play)


async def test_many_people_in_a_server_get_no_more_than_the_server_alone(database: Database) -> None:
    def play(line: Line) -> None:
        line.queue(SALON, CAT, 60)
        for user in range(100, 130):
            line.queue(ATELIER, user, 2)
        served = Counter(server for server, _ in line.claims(60))
        assert abs(served[ATELIER] - served[SALON]) <= 2

    await on(database, play)


@pytest.mark.parametrize("weight", [1, 2, 3, 10])
async def test_a_weight_is_so_many_times_the_share(database: Database, weight: int) -> None:
    def play(line: Line) -> None:
        line.queue(ATELIER, ADA, 60)
        line.queue(ATELIER, BEN, 60, weight=weight)
        served = Counter(user for _, user in line.claims(6 * (weight + 1)))
        assert abs(served[BEN] - 6 * weight) <= 1
        assert abs(served[ADA] - 6) <= 1

    await on(database, play)


async def test_weights_count_inside_a_server_only(database: Database) -> None:
    def play(line: Line) -> None:
        line.queue(ATELIER, ADA, 40, weight=10)
        line.queue(SALON, BEN, 40)
        served = Counter(line.claims(40))
        assert abs(served[ATELIER, ADA] - served[SALON, BEN]) <= 2

    await on(database, play)


async def test_who_was_idle_has_no_credit(database: Database) -> None:
    def play(line: Line) -> None:
        line.queue(ATELIER, ADA, 100)
        line.queue(SALON, BEN, 1)
        line.claims(50)
        line.queue(SALON, BEN, 50)
        served = Counter(server for server, _ in line.claims(20))
        assert abs(served[ATELIER] - served[SALON]) <= 2

    await on(database, play)


async def test_who_had_the_line_alone_is_not_made_to_pay_for_it(database: Database) -> None:
    def play(line: Line) -> None:
        line.queue(ATELIER, ADA, 60)
        line.claims(50)
        line.queue(SALON, BEN, 100)
        served = Counter(server for server, _ in line.claims(20))
        assert abs(served[ATELIER] - served[SALON]) <= 2

    await on(database, play)


async def test_a_job_that_is_put_back_keeps_its_place(database: Database) -> None:
    def play(line: Line) -> None:
        first, *_ = line.queue(ATELIER, ADA, 3)
        line.queue(SALON, BEN, 3)
        assert line.claim() == first
        line.set(first, state="queued", worker_id=None)
        assert line.claim() == first

    await on(database, play)


async def test_each_account_has_a_line_of_its_own(database: Database) -> None:
    def play(line: Line) -> None:
        line.queue(ATELIER, ADA, 20)
        with_own_key = line.queue(ATELIER, ADA, 1, key_id=7)
        assert with_own_key[0] in {line.claim(), line.claim()}

    await on(database, play)


def test_outside_of_servers_each_person_is_a_share_of_their_own() -> None:
    assert share_of(ATELIER, ADA, is_installed_here=True) == ATELIER
    assert share_of(None, ADA, is_installed_here=True) == ADA
    assert share_of(ATELIER, ADA, is_installed_here=False) == ADA


_SERVERS, _USERS = (ATELIER, SALON, CELLAR), (0, 1, 2)
_WEIGHTS = {0: 1, 1: 2, 2: 5}
_JOINS = st.tuples(st.sampled_from(_SERVERS), st.sampled_from(_USERS), st.integers(1, 6))
_STEPS = st.lists(st.one_of(_JOINS, st.integers(1, 4)), min_size=4, max_size=24)


def _played(
    steps: list[tuple[int, int, int] | int],
) -> Iterator[tuple[tuple[int, int], Counter[tuple[int, int]]]]:
    """Yield each claim of a scene as (server, user), with what waited before it; at its end everything is claimed."""
    with new_line() as line:
        waiting: Counter[tuple[int, int]] = Counter()
        for step in [*steps, 1_000]:
            if not isinstance(step, int):
                server, number, count = step
                user = server * 10 + number
                line.queue(server, user, count, weight=_WEIGHTS[number])
                waiting[server, user] += count
                continue
            for _ in range(min(step, waiting.total())):
                (claimed,) = line.claims(1)
                yield claimed, Counter(waiting)
                waiting[claimed] -= 1


def _windows(
    claims: list[tuple[object, Counter[object]]], first: object, second: object
) -> Iterator[list[object]]:
    """Yield each longest run of claims during which both had something waiting before every claim."""
    run: list[object] = []
    for claimed, waiting in claims:
        if waiting[first] > 0 and waiting[second] > 0:
            run.append(claimed)
        elif run:
            yield run
            run = []
    if run:
        yield run


def _lead(run: list[object], first: object, second: object, shares: tuple[float, float]) -> float:
    """Return the most by which one was ahead of the other within any part of a run, in jobs of weight 1."""
    ahead, lowest, highest, worst = 0.0, 0.0, 0.0, 0.0
    for claimed in run:
        ahead += (claimed == first) / shares[0] - (claimed == second) / shares[1]
        lowest, highest = min(lowest, ahead), max(highest, ahead)
        worst = max(worst, ahead - lowest, highest - ahead)
    return worst


@given(_STEPS)
@settings(max_examples=40, deadline=None)
def test_servers_that_wait_at_once_are_never_far_apart(steps: list[tuple[int, int, int] | int]) -> None:
    found: list[tuple[object, Counter[object]]] = []
    for (server, _), waiting in _played(steps):
        of_servers: Counter[object] = Counter()
        for (each, _), count in waiting.items():
            of_servers[each] += count
        found.append((server, of_servers))
    for first, second in pairwise((*_SERVERS, _SERVERS[0])):
        for run in _windows(found, first, second):
            # Source: Goyal et al., theorem 1: at most one job of each.
            assert _lead(run, first, second, (1, 1)) <= 2


@given(_STEPS)
@settings(max_examples=40, deadline=None)
def test_people_of_a_server_that_wait_at_once_are_never_far_apart(
    steps: list[tuple[int, int, int] | int],
) -> None:
    found: list[tuple[object, Counter[object]]] = [(who, Counter(w)) for who, w in _played(steps)]
    for server in _SERVERS:
        for first, second in pairwise((*_USERS, _USERS[0])):
            one, other = (server, server * 10 + first), (server, server * 10 + second)
            weights = (_WEIGHTS[first], _WEIGHTS[second])
            for run in _windows(found, one, other):
                lead = _lead([each for each in run if each in (one, other)], one, other, weights)
                assert lead <= 2 * (1 / weights[0] + 1 / weights[1])


@given(_STEPS)
@settings(max_examples=20, deadline=None)
def test_everybody_is_served_in_the_order_of_their_own_asking(
    steps: list[tuple[int, int, int] | int],
) -> None:
    with new_line() as line:
        asked: dict[tuple[int, int], list[int]] = {}
        served: dict[tuple[int, int], list[int]] = {}
        for step in [*steps, 1_000]:
            if isinstance(step, int):
                for _ in range(step):
                    if (job_id := line.claim()) is None:
                        break
                    served.setdefault(line.asked[job_id], []).append(job_id)
            else:
                server, number, count = step
                who = (server, server * 10 + number)
                asked.setdefault(who, []).extend(line.queue(*who, count, weight=_WEIGHTS[number]))
        assert served == asked
