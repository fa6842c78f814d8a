"""What the tables are made of: their shared metadata and the columns and indexes that many of them have."""

from typing import Final

import sqlalchemy as sa
from sqlalchemy import event

metadata: Final = sa.MetaData(
    naming_convention={
        "pk": "pk_%(table_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s",
        "ck": "ck_%(table_name)s_%(constraint_name)s",
    }
)

# Ids that people's messages carry (buttons, webhooks) are never given out twice: hence `sqlite_autoincrement`.
# SQLite gives out row ids only for a column that is declared INTEGER PRIMARY KEY.
RowId: Final = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def row_id() -> sa.Column[int]:
    """Return the column of a row's own id."""
    return sa.Column("id", RowId, primary_key=True, autoincrement=True)


def ms(name: str, *, nullable: bool = True) -> sa.Column[int]:
    """Return a column of UTC epoch milliseconds."""
    return sa.Column(name, sa.BigInteger, nullable=nullable)


def partial(name: str, condition: str, *columns: str, unique: bool = False) -> sa.Index:
    """Return an index over the rows that meet a condition."""
    return sa.Index(name, *columns, unique=unique, sqlite_where=sa.text(condition))


@event.listens_for(metadata, "before_create")
def _condition_for_postgresql(target: sa.MetaData, connection: sa.Connection, **_: object) -> None:
    """Give PostgreSQL the conditions of partial indexes: `postgresql_where` would load that dialect at every start."""
    if connection.dialect.name != "postgresql":
        return
    for index in (index for table in target.tables.values() for index in table.indexes):
        index.dialect_options["postgresql"]["where"] = index.dialect_options["sqlite"]["where"]
