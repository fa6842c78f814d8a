"""One transaction over a connection of PostgreSQL: how it begins and ends, and what becomes of the connection.

In the driver's own words: what SQLAlchemy does at the begin and the end of each takes longer than many a transaction
(measured: 0.35 ms of the processor with it, 0.2 ms without). So SQLAlchemy's connections are in its AUTOCOMMIT, its
pool takes nothing back of what a connection brings along, and one that may not be clean is thrown away here.
"""

from collections.abc import Callable
from contextlib import suppress
from typing import Final, TypeVar

import asyncpg
import sqlalchemy as sa
from sqlalchemy.exc import DBAPIError

from db.dialects.crossing import CommitUnknownError, foreign_errors, sqlstate_of, text_of
from db.dialects.lock_numbers import SPACE, Purpose
from db.dialects.prepared import driver_of
from services.errors import BugError

T = TypeVar("T")

GLANCE: Final = ""
"""No transaction: each statement reads what is committed when it runs. The server's settings let it write nothing."""
# What people look for is planned for what they look for: a word that everybody uses, a day on which little happened.
READ: Final = "BEGIN ISOLATION LEVEL REPEATABLE READ, READ ONLY; SET LOCAL plan_cache_mode = auto"
# With less than SERIALIZABLE, code that is right on SQLite (one writer) would lose updates and overrun caps here: 757
# of 960 concurrent read-modify-writes were lost under READ COMMITTED (measured).
WRITE: Final = "BEGIN ISOLATION LEVEL SERIALIZABLE, READ WRITE"
MOVE: Final = "BEGIN ISOLATION LEVEL READ COMMITTED, READ WRITE"
# A transaction of READ COMMITTED sees with each statement what was committed before it: after the lock, all that the
# taker before has taken. A process that is stopped in between loses its connection, and with it the lock.
TAKE: Final = (
    f"{MOVE}; SELECT pg_advisory_xact_lock({SPACE + Purpose.LINE}, 0),"
    " set_config('idle_in_transaction_session_timeout', '5s', true)"
)

# Class 08 is the connection; 57P01-57P05 are shutdowns and idle timeouts, after which it is gone.
_LOST: Final = frozenset({"57P01", "57P02", "57P03", "57P05", "25P03"})


def _from_driver(error: BaseException) -> BaseException:
    """Return asyncpg's own error, which SQLAlchemy wraps twice."""
    return (error.orig.__cause__ if isinstance(error, DBAPIError) and error.orig else None) or error


def is_outdated(error: BaseException) -> bool:
    """Return whether a migration elsewhere has outdated what the driver knows of our statements."""
    kinds = (asyncpg.InvalidCachedStatementError, asyncpg.OutdatedSchemaCacheError)
    return isinstance(_from_driver(error), kinds)


def is_lost(error: BaseException) -> bool:
    """Return whether the connection is gone, so that nobody told how the transaction ended."""
    state = sqlstate_of(error)
    if state is not None:
        return state in _LOST or state.startswith("08")
    if is_outdated(error):
        return False
    if isinstance(error, DBAPIError) and error.connection_invalidated:
        return True
    ours = _from_driver(error)
    # The client's own error comes when the server's last word has crossed a statement of ours; of a connection that
    # was lost before, the driver tells only in words. Source: asyncpg 0.32, connection.py and prepared_stmt.py.
    is_closed = isinstance(ours, asyncpg.InterfaceError) and "connection is closed" in str(ours)
    return is_closed or isinstance(ours, (OSError, asyncpg.InternalClientError))


def _say(connection: sa.Connection, words: str) -> str:
    """Give the server a command as it is; return what it says has been done."""
    return str(driver_of(connection).run_async(lambda driver: driver.execute(words)))


def _let_go(connection: sa.Connection) -> None:
    """Throw a connection away, and let the pool know where it is gone: others that are as old are as dead."""
    if connection.invalidated:
        return
    # SQLAlchemy looks at the others where a statement of its own fails. This one fails at once: nothing is sent by a
    # driver that knows its connection to be closed, and nobody waits here for a server that does not answer.
    if driver_of(connection).driver_connection.is_closed():
        with suppress(*foreign_errors()):
            connection.exec_driver_sql("SELECT 1")
    connection.invalidate()


def _take_back(connection: sa.Connection, error: BaseException) -> None:
    """End a transaction of which nothing is kept."""
    if connection.invalidated:
        return  # SQLAlchemy has noticed already that it is gone
    if isinstance(error, foreign_errors()) and is_lost(error):
        _let_go(connection)
        return
    try:
        _say(connection, "ROLLBACK")
    except foreign_errors():
        _let_go(connection)


def _commit(connection: sa.Connection) -> None:
    try:
        done = _say(connection, "COMMIT")
    except foreign_errors() as error:
        if not is_lost(error):
            raise
        unknown = CommitUnknownError("commit_unknown", text_of(error))
        _let_go(connection)
        raise unknown from error
    if done != "COMMIT":  # a statement had failed, whatever was made of its error
        raise BugError("database_statement", f"a transaction went on after an error, and ended in {done}")


def _transact(connection: sa.Connection, begin: str, work: Callable[[sa.Connection], T]) -> T:
    try:
        _say(connection, begin)
        value = work(connection)
    except BaseException as error:
        _take_back(connection, error)
        raise
    _commit(connection)
    return value


def _glance(connection: sa.Connection, work: Callable[[sa.Connection], T]) -> T:
    try:
        return work(connection)
    except foreign_errors() as error:
        if is_lost(error):
            _let_go(connection)
        raise


def run_on(connection: sa.Connection, begin: str, work: Callable[[sa.Connection], T]) -> T:
    """Return what `work` gives, committed; with GLANCE, without a transaction. Called in SQLAlchemy's greenlet.

    Raises CommitUnknownError where nobody told whether it was committed, and what the driver or `work` raises.
    """
    try:
        return _transact(connection, begin, work) if begin else _glance(connection, work)
    finally:
        # Also after a cancellation in the middle of a statement or of the end: nobody else may go on in there.
        if not connection.invalidated and driver_of(connection).driver_connection.is_in_transaction():
            connection.invalidate()
