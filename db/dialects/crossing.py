"""Where a database's own errors become ours, by the tables of `db/dialects/error_codes.py`; the cause is kept.

    StorageError
    ├── ConflictError        a unique, foreign, check or NOT NULL rule refused the row; `constraint` names it
    └── CommitUnknownError   the connection was lost while committing: it may or may not have been written

A statement that is wrong in itself (syntax, type, column) is a BugError. `storage_error` is the crossing; nothing in
the tables may fall through to the code "storage", which a test holds.
"""

import sys

from db.dialects.conflicts import conflict
from db.dialects.error_codes import (
    CLASSES,
    CONFLICT,
    SQLITE_CODES,
    SQLSTATES,
    STATEMENT,
    UNMAPPED,
    ClassCodes,
)
from services.errors import BugError, LimnerError, StorageError


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
