"""Our codes for what databases report: by their own codes, and by the class of an error that has none.

`db/dialects/crossing.py` looks here; longer and more specific keys win.
"""

import sqlite3
from typing import Final

import sqlalchemy.exc as sa_exc

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

# For what carries neither code. asyncpg's stand in `db/dialects/asyncpg_errors.py`: a bot on SQLite never loads that
# driver.
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
