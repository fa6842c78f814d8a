"""No error of a database gets past the crossing without a meaning."""

import sqlite3
from collections.abc import Iterator

import asyncpg
import pytest
import sqlalchemy.exc as sa_exc

from db.dialects.conflicts import ConflictError
from db.dialects.crossing import code_of, foreign_errors, storage_error
from db.dialects.error_codes import STATEMENT, UNMAPPED
from services.errors import BugError, StorageError


def _family(kind: type[BaseException]) -> Iterator[type[BaseException]]:
    yield kind
    for child in kind.__subclasses__():
        yield from _family(child)


def _made(kind: type[BaseException]) -> BaseException:
    # Without __init__, whose arguments differ: only the class and its attributes matter here.
    return kind.__new__(kind)


def _is_a_drivers(kind: type[BaseException]) -> bool:
    return kind.__module__.split(".")[0] in {"sqlalchemy", "sqlite3", "asyncpg", "builtins"}


ROOTS = (
    sa_exc.SQLAlchemyError,
    sqlite3.Error,
    asyncpg.PostgresError,
    asyncpg.InterfaceError,
    asyncpg.InternalClientError,
)
KNOWN = sorted({kind for root in ROOTS for kind in _family(root) if _is_a_drivers(kind)}, key=str)


@pytest.mark.parametrize("kind", KNOWN, ids=lambda kind: f"{kind.__module__}.{kind.__name__}")
def test_every_class_of_the_drivers_has_a_meaning(kind: type[BaseException]) -> None:
    assert issubclass(kind, foreign_errors())
    assert code_of(_made(kind)) != UNMAPPED


# Source: sqlite.org/rescode.html, the primary result codes that are errors.
RESULT_CODES = (
    "ABORT", "AUTH", "BUSY", "CANTOPEN", "CONSTRAINT", "CORRUPT", "EMPTY", "ERROR", "FORMAT", "FULL", "INTERNAL",
    "INTERRUPT", "IOERR", "LOCKED", "MISMATCH", "MISUSE", "NOLFS", "NOMEM", "NOTADB", "NOTFOUND", "PERM", "PROTOCOL",
    "RANGE", "READONLY", "SCHEMA", "TOOBIG",
)  # fmt: skip


@pytest.mark.parametrize("word", RESULT_CODES)
def test_every_result_code_of_sqlite_has_a_meaning(word: str) -> None:
    error = sqlite3.OperationalError("x")
    error.sqlite_errorname = f"SQLITE_{word}"
    assert code_of(error) != UNMAPPED


@pytest.mark.parametrize(
    ("name", "code"),
    [
        ("SQLITE_FULL", "disk_full"),
        ("SQLITE_IOERR_WRITE", "disk_full"),
        ("SQLITE_IOERR_READ", "disk_failed"),
        ("SQLITE_BUSY_SNAPSHOT", "database_busy"),
        ("SQLITE_CORRUPT_INDEX", "database_broken"),
        ("SQLITE_SOMETHING_NEW", UNMAPPED),
    ],
)
def test_an_extended_code_of_sqlite_means_what_its_longest_known_beginning_means(
    name: str, code: str
) -> None:
    error = sqlite3.OperationalError("x")
    error.sqlite_errorname = name
    assert code_of(error) == code


def test_an_error_nobody_knows_is_still_a_storage_error_with_its_cause_in_the_text() -> None:
    crossed = storage_error(RuntimeError("never seen"))
    assert isinstance(crossed, StorageError)
    assert crossed.code == UNMAPPED
    assert "RuntimeError: never seen" in str(crossed)


def test_a_wrong_statement_is_a_bug_and_nothing_to_try_again() -> None:
    crossed = storage_error(asyncpg.UndefinedTableError("x"))
    assert isinstance(crossed, BugError)
    assert crossed.code == STATEMENT
    assert not crossed.may_retry


def test_a_refused_row_is_nothing_to_try_again() -> None:
    crossed = storage_error(sqlite3.IntegrityError("CHECK constraint failed: ck_jobs_price"))
    assert isinstance(crossed, ConflictError)
    assert (crossed.kind, crossed.constraint, crossed.may_retry) == ("check", "ck_jobs_price", False)
