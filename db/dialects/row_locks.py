"""Locks that a statement takes for the rest of its transaction, on PostgreSQL; SQLite has one writer and needs none.

A transaction of `Database.move` sees with each statement what was committed before that statement. So it first locks
what it decides about, and decides in a statement after that. See "Moves" in `docs/architecture.md`.
"""

from typing import Any, Final

import sqlalchemy as sa
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.functions import FunctionElement

from db.dialects.lock_numbers import SPACE, Purpose
from db.tables.schema import jobs, requests

REQUEST_OF_JOB: Final = (
    sa.select(requests.c.id)
    .where(requests.c.id == jobs.c.request_id)
    .correlate(jobs)
    # Not the key: rows that refer to the request may come and go meanwhile.
    .with_for_update(key_share=True)
    .scalar_subquery()
)
"""Locks the request of a job, where an UPDATE of that job returns it: its jobs end one after the other."""


class file_lock(FunctionElement[Any]):  # noqa: N801 - used like a function, as SQLAlchemy's own are
    """Locks the file of a picture, by its number (`number_of_file`).

    Whoever keeps a picture's row shares it with others who do; whoever is about to remove the file is alone.
    """

    type = sa.Integer()
    inherit_cache = True
    name = "file_lock"


class file_lock_alone(FunctionElement[Any]):  # noqa: N801 - as above
    """The same lock, for one transaction alone."""

    type = sa.Integer()
    inherit_cache = True
    name = "file_lock_alone"


class let_go_when_stopped(FunctionElement[Any]):  # noqa: N801 - as above
    """Ends the transaction where its process is stopped in it for 5 s, and with it what it has locked of others."""

    type = sa.String()
    inherit_cache = True
    name = "let_go_when_stopped"


@compiles(let_go_when_stopped, "sqlite")
def _nobody_waits(_element: let_go_when_stopped, _compiler: SQLCompiler, **_: object) -> str:
    return "NULL"


@compiles(let_go_when_stopped, "postgresql")
def _soon(_element: let_go_when_stopped, _compiler: SQLCompiler, **_: object) -> str:
    return "set_config('idle_in_transaction_session_timeout', '5s', true)"


@compiles(file_lock, "sqlite")
@compiles(file_lock_alone, "sqlite")
def _no_lock(element: FunctionElement[Any], compiler: SQLCompiler, **named: object) -> str:
    return compiler.process(element.clauses, **named)


@compiles(file_lock, "postgresql")
def _shared(element: file_lock, compiler: SQLCompiler, **named: object) -> str:
    return _advisory("pg_advisory_xact_lock_shared", element, compiler, **named)


@compiles(file_lock_alone, "postgresql")
def _alone(element: file_lock_alone, compiler: SQLCompiler, **named: object) -> str:
    return _advisory("pg_advisory_xact_lock", element, compiler, **named)


def _advisory(name: str, element: FunctionElement[Any], compiler: SQLCompiler, **named: object) -> str:
    number = compiler.process(element.clauses, **named)
    # What it gives is of no type that a driver has to know.
    return f"({name}({SPACE + Purpose.FILE}, {number}) IS NULL)::int"


def number_of_file(digest: str) -> int:
    """Return the number of a file's lock, of its digest; two files that share one wait for each other, no more."""
    return int(digest[:8], 16) - 2**31
