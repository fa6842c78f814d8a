"""Which database an address means."""

from dataclasses import dataclass
from pathlib import Path
from typing import Final, Literal

import sqlalchemy as sa
from sqlalchemy.exc import ArgumentError

from services.errors import StartError

Dialect = Literal["sqlite", "postgresql"]

# With and without a driver's name, and the short form that hosting services hand out.
_DIALECTS: Final[dict[str, Dialect]] = {
    "sqlite": "sqlite",
    "sqlite+aiosqlite": "sqlite",
    "sqlite+pysqlite": "sqlite",
    "postgresql": "postgresql",
    "postgresql+asyncpg": "postgresql",
    "postgres": "postgresql",
}
_DRIVERS: Final[dict[Dialect, str]] = {"sqlite": "sqlite+aiosqlite", "postgresql": "postgresql+asyncpg"}
_EXPECTED: Final = "expected sqlite:////folder/limner.db or postgresql://user:password@host/name"


@dataclass(frozen=True, slots=True)
class Place:
    """A database: its address with our driver's name, and the file of a SQLite one (absolute, links followed)."""

    dialect: Dialect
    url: sa.URL
    file: Path | None

    def __str__(self) -> str:
        """Return how it may be named to an operator: no password."""
        return str(self.file or self.url.render_as_string(hide_password=True))


def _file_of(url: sa.URL, data_folder: Path | None) -> Path:
    if not url.database or url.database == ":memory:" or url.database.startswith("file:"):
        raise StartError("bad_database_url", f"DATABASE_URL names no SQLite file: {_EXPECTED}.")
    return ((data_folder or Path()) / url.database).resolve()


def find_place(url: str, data_folder: Path | None = None) -> Place:
    """Return which database `url` means; a relative SQLite file stands in `data_folder`.

    Raises StartError("bad_database_url"), whose text never repeats the address: it may hold a password.
    """
    try:
        parsed = sa.make_url(url)
    except (ArgumentError, ValueError):
        raise StartError("bad_database_url", f"DATABASE_URL is not an address: {_EXPECTED}.") from None
    dialect = _DIALECTS.get(parsed.drivername)
    if dialect is None:
        raise StartError("bad_database_url", f"DATABASE_URL names another kind of database: {_EXPECTED}.")
    if dialect == "postgresql":
        return Place(dialect, parsed.set(drivername=_DRIVERS[dialect]), None)
    file = _file_of(parsed, data_folder)
    return Place(dialect, sa.URL.create(_DRIVERS[dialect], database=str(file)), file)
