"""Alembic's environment: runs the steps on the connection that `db.migrations.steps` hands in."""

import sqlalchemy as sa
from alembic import context
from alembic.util import CommandError

from db.migrations import VERSION_TABLE
from db.tables.schema import metadata


def _refuse_orphans(*_: object, **__: object) -> None:
    """Raise before a step commits that left rows without their parents (foreign keys are off while it runs)."""
    connection = context.get_bind()
    if connection.dialect.name != "sqlite":
        return
    found = connection.execute(sa.text("PRAGMA foreign_key_check")).first()
    if found is not None:
        raise CommandError(f"the step left a row of {found[0]} that refers to a missing row of {found[2]}")


def _run() -> None:
    connection = context.config.attributes.get("connection")
    if connection is None:
        raise CommandError("the steps are run by `python bot.py migrate`, which makes a copy first")
    context.configure(
        connection=connection,
        target_metadata=metadata,
        version_table=VERSION_TABLE,
        transaction_per_migration=True,
        # Alembic's default for SQLite is False, which is only true of a driver that begins transactions itself.
        transactional_ddl=True,
        render_as_batch=True,
        compare_server_default=True,
        on_version_apply=_refuse_orphans,
    )
    with context.begin_transaction():
        context.run_migrations()


_run()
