"""Where a database's own errors become ours: one table a dialect, most specific key first, the cause kept.

    StorageError
    ├── ConflictError        a unique, foreign, check or NOT NULL rule refused the row; `constraint` names it
    └── CommitUnknownError   the connection was lost while committing: it may or may not have been written

A statement that is wrong in itself (syntax, type, column) is a BugError. `storage_error` is the crossing; nothing in
the tables may fall through to the code "storage", which a test holds.
"""

import sqlite3
import sys
from typing import Final

import sqlalchemy.exc as sa_exc

from db.dialects.conflicts import conflict
from services.errors import BugError, LimnerError, StorageError

STATEMENT: Final = "database_statement"
"""The code of what our own SQL did wrong."""
UNMAPPED: Final = "storage"
CONFLICT: Final = "conflict"

ClassCodes = tuple[tuple[type[BaseException], str], ...]
"""Errors of a driver, most specific class first, each with our code."""

# Source: sqlite.org/rescode.html. Extended names stand beside primary ones; the longest that fits wins.
SQLITE_CODES: Final = {
    "SQLITE_ABORT": "database_busy",
    "SQLITE_AUTH": "database_refused",
    "SQLITE_BUSY": "database_busy",
    "SQLITE_CANTOPEN": "database_gone",
    "SQLITE_CONSTRAINT": CONFLICT,
    "SQLITE_CORRUPT": "database_broken",
    "SQLITE_EMPTY": "database_broken",
    "SQLITE_ERROR": STATEMENT,
    "SQLITE_FORMAT": "database_broken",
    "SQLITE_FULL": "disk_full",
    "SQLITE_INTERNAL": "database_broken",
    "SQLITE_INTERRUPT": "database_busy",
    "SQLITE_IOERR": "disk_failed",
    # A file-size limit or a quota shows as a failed write and mends itself when there is room again (measured).
    "SQLITE_IOERR_WRITE": "disk_full",
    "SQLITE_LOCKED": "database_busy",
    "SQLITE_MISMATCH": STATEMENT,
    "SQLITE_MISUSE": STATEMENT,
    "SQLITE_NOLFS": "disk_failed",
    "SQLITE_NOMEM": "out_of_memory",
    "SQLITE_NOTADB": "database_broken",
    "SQLITE_NOTFOUND": STATEMENT,
    "SQLITE_PERM": "database_refused",
    "SQLITE_PROTOCOL": "database_busy",
    "SQLITE_RANGE": STATEMENT,
    "SQLITE_READONLY": "database_read_only",
    "SQLITE_SCHEMA": "database_busy",
    "SQLITE_TOOBIG": STATEMENT,
}

_STATEMENT_CLASSES: Final = (
    "03", "09", "0A", "0B", "0F", "0L", "0P", "0Z", "10", "20", "21", "22", "24", "25", "26", "27",
    "2B", "2D", "2F", "34", "38", "39", "3B", "3F", "42", "54", "HV", "P0",
)  # fmt: skip

# Source: PostgreSQL manual, appendix A. Whole codes before their two-letter class.
SQLSTATES: Final = {
    "08": "database_gone",
    "23": CONFLICT,
    "25006": "database_read_only",
    "25P03": "database_gone",
    "28": "database_refused",
    "3D": "database_gone",
    "40": "database_busy",
    "40002": CONFLICT,
    "42501": "database_refused",
    "44": CONFLICT,
    "53": "database_busy",
    "53100": "disk_full",
    "53200": "out_of_memory",
    "55": "database_busy",
    "57": "database_gone",
    "57014": "database_busy",
    "58": "disk_failed",
    "72": "database_busy",
    "F0": "database_broken",
    "XX": "database_broken",
} | dict.fromkeys(_STATEMENT_CLASSES, STATEMENT)

# For what carries neither code. asyncpg's stand in `db.dialects.asyncpg_errors`: a bot on SQLite never loads that driver.
CLASSES: Final[ClassCodes] = (
    (sqlite3.IntegrityError, CONFLICT),
    (sqlite3.OperationalError, "database_gone"),
    (sqlite3.DatabaseError, STATEMENT),
    (sqlite3.Error, STATEMENT),
    (sa_exc.TimeoutError, "database_busy"),
    (sa_exc.DisconnectionError, "database_gone"),
    (sa_exc.IntegrityError, CONFLICT),
    (sa_exc.OperationalError, "database_gone"),
    (sa_exc.InternalError, "database_broken"),
    (sa_exc.InterfaceError, "database_gone"),
    (sa_exc.NotSupportedError, STATEMENT),
    (sa_exc.ProgrammingError, STATEMENT),
    (sa_exc.DataError, STATEMENT),
    (sa_exc.DatabaseError, "database_gone"),
    (sa_exc.DBAPIError, "database_gone"),
    (sa_exc.SQLAlchemyError, STATEMENT),
    (OSError, "database_gone"),  # connecting; TimeoutError and ConnectionError are OSErrors
)


class CommitUnknownError(StorageError):
    """The connection was lost during COMMIT. The caller must look whether its rows are there before doing it again."""

    may_retry = False


def _class_codes() -> ClassCodes:
    """Return the classes of every driver that is loaded: no other can have raised."""
    if "asyncpg" not in sys.modules:
        return CLASSES
    from db.dialects import asyncpg_errors  # noqa: PLC0415 - it loads the driver

    return asyncpg_errors.CLASSES + CLASSES


def foreign_errors() -> tuple[type[BaseException], ...]:
    """Return what is caught at the crossing; whatever else a statement function raises passes through untouched.

    For `except foreign_errors()`, which asks when something was raised and not before.
    """
    return tuple(kind for kind, _ in _class_codes())


def _driver_errors(error: BaseException) -> list[BaseException]:
    """Return the error and what it was made from, the driver's own first."""
    chain: list[BaseException] = []
    current: BaseException | None = error
    while current is not None and current not in chain:
        chain.append(current)
        current = getattr(current, "orig", None) or current.__cause__
    return chain[::-1]


def sqlstate_of(error: BaseException) -> str | None:
    """Return PostgreSQL's five-letter code, None where the server said nothing (or it is another database)."""
    states = (getattr(part, "sqlstate", None) for part in _driver_errors(error))
    return next((state for state in states if isinstance(state, str)), None)


def _sqlite_name_of(error: BaseException) -> str | None:
    names = (getattr(part, "sqlite_errorname", None) for part in _driver_errors(error))
    return next((name for name in names if isinstance(name, str)), None)


def _by_sqlite_name(name: str) -> str | None:
    parts = name.split("_")
    prefixes = ("_".join(parts[:size]) for size in range(len(parts), 1, -1))
    return next((SQLITE_CODES[prefix] for prefix in prefixes if prefix in SQLITE_CODES), None)


def _by_class(error: BaseException) -> str | None:
    for part in _driver_errors(error):
        for known, code in _class_codes():
            if isinstance(part, known):
                return code
    return None


def code_of(error: BaseException) -> str:
    """Return our code for a database's error, "storage" for one that no table knows."""
    name, state = _sqlite_name_of(error), sqlstate_of(error)
    if name is not None:
        return _by_sqlite_name(name) or UNMAPPED
    if state is not None:
        return SQLSTATES.get(state) or SQLSTATES.get(state[:2]) or UNMAPPED
    return _by_class(error) or UNMAPPED


def text_of(error: BaseException) -> str:
    """Return what an error says, without the values that PostgreSQL adds to it under "DETAIL"."""
    is_servers = getattr(error, "sqlstate", None) is not None
    return str(error.args[0]) if is_servers and error.args else str(error)


def storage_error(error: BaseException) -> LimnerError:
    """Return the error of ours that says what this one of the database means; raise it `from` the given one."""
    code = code_of(error)
    if code == CONFLICT:
        return conflict(text_of(error), sqlstate=sqlstate_of(error), causes=_driver_errors(error))
    kind = BugError if code == STATEMENT else StorageError
    return kind(code, f"{type(error).__name__}: {text_of(error)}")
