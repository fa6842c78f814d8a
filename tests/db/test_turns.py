"""Turns number by number: what a new job gets, who moves up for it, and where the line is."""

from collections.abc import Iterator

import pytest
import sqlalchemy as sa
from hypothesis import given, settings
from hypothesis import strategies as st

from db.jobs.fairness import STEP
from db.jobs.operator_jobs import hurry
from db.tables.schema import jobs
from services.models import JobState
from tests.db.line_scene import Line, new_line

ATELIER, SALON, WORKSHOP = 10, 20, 30
ADA, BEN, CAT = 1, 2, 3


@pytest.fixture
def line() -> Iterator[Line]:
    """Give an empty line."""
    with new_line() as line:
        yield line


def steps(line: Line, *job_ids: int) -> list[tuple[float, float]]:
    """Return (turn, turn among the people of the server) of jobs, in steps of weight 1."""
    c = jobs.c
    rows = line.conn.execute(sa.select(c.id, c.turn, c.user_turn).where(c.id.in_(job_ids))).all()
    found = {row[0]: (row[1] / STEP, row[2] / STEP) for row in rows}
    return [found[job_id] for job_id in job_ids]


def test_where_nothing_is_in_the_works_the_line_is_just_before_the_first_that_waits(line: Line) -> None:
    line.queue(ATELIER, ADA, 8)
    line.claims(5)
    line.end(*line.running)
    late = line.queue(SALON, BEN, 2)

    assert steps(line, *late) == [(6, 1), (7, 2)]


@pytest.mark.parametrize("state", [JobState.SUBMITTING, JobState.WAITING])
def test_where_nothing_waits_the_line_is_at_the_last_that_is_in_the_works(
    line: Line, state: JobState
) -> None:
    line.queue(ATELIER, ADA, 5)
    line.claims(5)
    line.set(*line.running, state=state)
    late = line.queue(SALON, BEN, 2) + line.queue(ATELIER, CAT)

    assert steps(line, *late) == [(6, 1), (7, 2), (6, 6)]


def test_an_empty_line_begins_anew(line: Line) -> None:
    line.queue(ATELIER, ADA, 3)
    line.claims(3)
    line.end(*line.running)

    assert steps(line, *line.queue(ATELIER, BEN)) == [(1, 1)]


def test_who_comes_before_others_of_the_server_takes_their_turn_and_they_move_up(line: Line) -> None:
    adas = line.queue(ATELIER, ADA, 4)
    cats = line.queue(SALON, CAT, 4)
    bens = line.queue(ATELIER, BEN, 2, weight=2)

    # The second one stands behind Ada's first, which has the same turn among the people.
    assert steps(line, *bens) == [(1, 0.5), (3, 1)]
    assert steps(line, *adas) == [(2, 1), (4, 2), (5, 3), (6, 4)]
    assert steps(line, *cats) == [(1, 1), (2, 2), (3, 3), (4, 4)]


def test_an_old_turn_is_not_handed_on_as_credit(line: Line) -> None:
    (old,) = line.queue(ATELIER, ADA)
    line.set(old, turn=2 * STEP, user_turn=9 * STEP)
    (running,) = line.queue(SALON, CAT)
    line.set(running, state=JobState.WAITING, turn=50 * STEP)
    (new,) = line.queue(ATELIER, BEN, weight=2)

    assert steps(line, new, old) == [(2, 8.5), (51, 9)]


def test_who_was_idle_in_a_server_has_no_credit_there(line: Line) -> None:
    line.queue(ATELIER, ADA, 30)
    line.claims(10)
    bens = line.queue(ATELIER, BEN, 2)

    assert [user for _, user in steps(line, *bens)] == [11, 12]


def test_how_far_one_server_is_counts_among_the_people_of_no_other(line: Line) -> None:
    line.queue(ATELIER, ADA, 30)
    line.claims(10)
    line.queue(SALON, BEN, 3)
    cats = line.queue(SALON, CAT, 2)

    assert [user for _, user in steps(line, *cats)] == [1, 2]


def test_each_priority_has_a_line_of_its_own(line: Line) -> None:
    line.set(*line.queue(ATELIER, ADA, 20), priority=-1)

    assert steps(line, *line.queue(ATELIER, ADA)) == [(1, 1)]


def test_what_the_operator_lets_go_first_is_claimed_first_and_moves_nobody_back(line: Line) -> None:
    last = line.queue(ATELIER, ADA, 20)[-1]
    line.queue(SALON, BEN)
    hurry(line.conn, last)

    assert line.claim() == last
    assert steps(line, *line.queue(WORKSHOP, CAT)) == [(1, 1)]


_REQUESTS = st.lists(
    st.tuples(
        st.sampled_from((ATELIER, SALON)),
        st.sampled_from((ADA, BEN, CAT)),
        st.integers(1, 4),
        st.integers(0, 3),
    ),
    min_size=2,
    max_size=12,
)
_WEIGHTS = {ADA: 1, BEN: 2, CAT: 5}


def played(requests: list[tuple[int, int, int, int]], *, reads_anew: bool) -> list[tuple[float, float]]:
    """Return the turns of all jobs after requests of (server, user, pictures, claims that follow)."""
    with new_line() as line:
        line.reads_anew = reads_anew
        for server, user, pictures, claims in requests:
            line.queue(server, user, pictures, weight=_WEIGHTS[user])
            line.claims(claims)
        return steps(line, *sorted(line.asked))


@given(_REQUESTS)
@settings(max_examples=60, deadline=None)
def test_the_pictures_of_one_request_stand_as_if_each_had_been_asked_for_alone(
    requests: list[tuple[int, int, int, int]],
) -> None:
    assert played(requests, reads_anew=False) == played(requests, reads_anew=True)
