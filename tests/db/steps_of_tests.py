"""A second revision after ours, to migrate to."""

import shutil
from pathlib import Path

from db.migrations import HEAD
from db.migrations.steps import OURS, Steps

NEXT = "next"

REBUILD = """
    with op.batch_alter_table("users") as batch:
        batch.alter_column("first_seen_at_ms", new_column_name="seen_at_ms")
"""
FAIL_AFTER_WORK = """
    op.create_table("half", sa.Column("id", sa.Integer))
    op.execute("DELETE FROM recipes")
    op.execute("INSERT INTO no_such_table VALUES (1)")
"""
LEAVE_ORPHANS = """
    op.execute("DELETE FROM users")
"""


def steps_with(folder: Path, body: str) -> Steps:
    """Return our steps followed by one whose `upgrade` is `body`."""
    target = folder / "steps"
    shutil.rmtree(target, ignore_errors=True)
    shutil.copytree(OURS.folder, target, ignore=shutil.ignore_patterns("__pycache__"))
    head = f"revision = {NEXT!r}\ndown_revision = {HEAD!r}\n"
    text = f"import sqlalchemy as sa\nfrom alembic import op\n\n{head}\n\ndef upgrade():\n{body}"
    (target / "versions" / "next.py").write_text(text)
    return Steps(target, NEXT)
