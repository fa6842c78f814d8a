"""PostgreSQL goes away in a COMMIT: what it was for is looked up and done, once, and nobody is told a guess."""

import pytest
import sqlalchemy as sa

from db.jobs import moves
from services.jobs import submitting
from tests.services.finished import CAPS, WORKER
from tests.services.studio import Studio

pytestmark = [
    pytest.mark.postgres,
    pytest.mark.parametrize("database_url", ["postgresql"], indirect=True),
]


def lose_the_next_commit(conn: sa.Connection, change: str) -> None:
    """End the connection in the COMMIT of the next transaction that makes such a change, and of no later one."""
    # What a sequence has given out is not taken back with its transaction.
    conn.execute(sa.text("CREATE SEQUENCE lost_commits"))
    conn.execute(
        sa.text(
            "CREATE FUNCTION lose() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN "
            "IF nextval('lost_commits') = 1 THEN PERFORM pg_terminate_backend(pg_backend_pid()); END IF; "
            "RETURN NULL; END $$"
        )
    )
    deferred = "DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION lose()"
    conn.execute(sa.text(f"CREATE CONSTRAINT TRIGGER at_commit AFTER {change} {deferred}"))


async def test_a_request_whose_commit_is_unknown_is_accepted_once_and_nobody_is_told_to_ask_again(
    studio: Studio,
) -> None:
    await studio.context.database.write(lose_the_next_commit, "INSERT ON requests")
    accepted = await studio.order()

    assert await studio.states(accepted) == ["queued"]


async def test_an_order_whose_mark_is_unknown_has_not_left_and_is_sent_once(studio: Studio) -> None:
    accepted = await studio.order()
    claim = await studio.context.database.write(moves.claim_submit, WORKER, CAPS)
    assert claim is not None
    await studio.context.database.write(lose_the_next_commit, "UPDATE OF sent_at_ms ON attempts")
    await submitting.submit(studio.context, claim)
    assert await studio.states(accepted) == ["queued"]
    async with studio.engine():
        await studio.until_delivered()

    assert (studio.server.submits, studio.server.paid_submits) == (1, 1)
