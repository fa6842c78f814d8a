"""What can wait steps aside for what somebody waits for, and not for ever: on both databases."""

from collections import Counter
from collections.abc import Callable

import sqlalchemy as sa

from db.engine import Database
from db.fairness import STEP
from db.priority import AT_ONCE, end_stepping_aside
from db.schema import jobs
from services.models import JobState
from tests.db.line_scene import Line

ATELIER, SALON = 10, 20
ADA, BEN, CAT = 1, 2, 3
IN_BULK = 1
LONG_AGO_MS = 1


async def on(database: Database, play: Callable[[Line], None]) -> None:
    """Play a scene in one transaction."""
    await database.write(lambda conn: play(Line(conn)))


def in_bulk(line: Line, server: int, user: int, count: int, **when: int) -> list[int]:
    """Put an order of several pictures in line."""
    found = line.queue(server, user, count, priority=IN_BULK)
    if when:
        line.set(*found, **when)
    return found


def places(line: Line) -> list[tuple[int, int, float]]:
    """Return (server, priority, turn in steps) of what waits, in the order of the line."""
    c = jobs.c
    rows = sa.select(c.share_id, c.priority, c.turn).where(c.state == JobState.QUEUED)
    found = line.conn.execute(rows.order_by(c.priority, c.turn, c.id))
    return [(server, priority, turn / STEP) for server, priority, turn in found]


async def test_what_somebody_waits_for_goes_before_what_was_ordered_in_bulk(database: Database) -> None:
    def play(line: Line) -> None:
        in_bulk(line, ATELIER, ADA, 3)
        line.queue(SALON, BEN)
        line.queue(ATELIER, ADA)
        line.queue(ATELIER, CAT)
        assert sorted(line.claims(3)) == [(ATELIER, ADA), (ATELIER, CAT), (SALON, BEN)]
        assert line.claims(9) == [(ATELIER, ADA)] * 3

    await on(database, play)


async def test_nobody_starves_behind_single_pictures_that_keep_coming(database: Database) -> None:
    def play(line: Line) -> None:
        in_bulk(line, ATELIER, ADA, 3, created_at_ms=LONG_AGO_MS)
        served = list[int]()
        for newcomer in range(100, 130):
            line.queue(newcomer, newcomer, 2)
            if newcomer == 115:
                assert end_stepping_aside(line.conn) == 1
            served += [server for server, _ in line.claims(1)]
        assert ATELIER not in served[:15]
        # Among the servers that wait by then it has its turn like each of them, and so have its next ones.
        assert served.count(ATELIER) == 1
        assert (ATELIER, ADA) in line.claims(35)

    await on(database, play)


async def test_who_has_stepped_aside_does_not_go_before_others_with_all_at_once(database: Database) -> None:
    def play(line: Line) -> None:
        in_bulk(line, ATELIER, ADA, 10, created_at_ms=LONG_AGO_MS)
        line.queue(SALON, BEN, 60)
        line.claims(30)
        assert end_stepping_aside(line.conn) == 1
        served = Counter(server for server, _ in line.claims(20))
        assert served == {ATELIER: 10, SALON: 10}

    await on(database, play)


async def test_a_server_has_one_turn_a_step_whatever_stepped_aside(database: Database) -> None:
    def play(line: Line) -> None:
        in_bulk(line, ATELIER, ADA, 3, created_at_ms=LONG_AGO_MS)
        line.queue(SALON, BEN, 9)
        line.claims(6)
        in_bulk(line, ATELIER, CAT, 2)
        line.queue(ATELIER, CAT, 2)
        assert end_stepping_aside(line.conn) == 1
        turns = [turn for server, _, turn in places(line) if server == ATELIER]
        assert len(set(turns)) == len(turns) == 7
        assert min(turns) == 7

    await on(database, play)


async def test_only_what_has_stepped_aside_for_long_enough_does_so_no_more(database: Database) -> None:
    def play(line: Line) -> None:
        in_bulk(line, ATELIER, ADA, 2, created_at_ms=LONG_AGO_MS)
        in_bulk(line, ATELIER, CAT, 2)
        in_bulk(line, SALON, BEN, 2)
        assert end_stepping_aside(line.conn) == 1
        assert Counter((server, priority) for server, priority, _ in places(line)) == {
            (ATELIER, 0): 2,
            (ATELIER, IN_BULK): 2,
            (SALON, IN_BULK): 2,
        }
        assert end_stepping_aside(line.conn) == 0

    await on(database, play)


async def test_a_clock_that_was_put_back_keeps_nobody_aside(database: Database) -> None:
    def play(line: Line) -> None:
        in_bulk(line, ATELIER, ADA, 1, created_at_ms=2**52)
        assert end_stepping_aside(line.conn) == 1
        assert places(line) == [(ATELIER, 0, 1)]

    await on(database, play)


async def test_what_is_not_in_line_any_more_is_left_alone(database: Database) -> None:
    def play(line: Line) -> None:
        running, ended = in_bulk(line, ATELIER, ADA, 2, created_at_ms=LONG_AGO_MS)
        line.set(running, state=JobState.WAITING)
        line.set(ended, state=JobState.STORED)
        assert end_stepping_aside(line.conn) == 0
        assert set(line.conn.execute(sa.select(jobs.c.priority)).scalars()) == {IN_BULK}

    await on(database, play)


async def test_of_very_many_servers_some_follow_in_the_next_transaction(database: Database) -> None:
    def play(line: Line) -> None:
        for server in range(100, 100 + AT_ONCE + 1):
            in_bulk(line, server, ADA, 1, created_at_ms=LONG_AGO_MS)
        assert [end_stepping_aside(line.conn) for _ in range(3)] == [AT_ONCE, 1, 0]

    await on(database, play)
