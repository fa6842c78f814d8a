"""At the start: is this the newest state of the database, or a copy that was put back? Nothing of a copy is sent."""

import asyncio
import logging

from db.dialects import life
from db.dialects.witness import Seen
from db.engine import Connection, Database
from db.upkeep import alerts, restored
from db.upkeep.restored import Rules, TakenUp
from services.alerts import Alert, Field
from services.context import Context
from services.errors import NotFoundError, ProviderUnknown, StorageError
from services.jobs import faults
from services.jobs.known_after import known_after_s

log = logging.getLogger(__name__)

WHY = {
    "marked": "it was restored",
    "copy": "it is a copy that `bot.py backup` made",
    "older": "orders have left that it knows nothing of",
    "moved": "its folder was copied, unpacked or moved",
}


def _is_repeatable(context: Context, provider_name: str) -> bool:
    try:
        return context.registry.provider(provider_name).is_repeatable
    except NotFoundError:
        return False


def _rules(context: Context) -> Rules:
    in_doubt = ProviderUnknown("outcome_unknown", "sent, perhaps, after the copy was made")
    return Rules(
        in_line=faults.describe(StorageError("restored_meanwhile", "in line when the copy was made")),
        in_doubt=faults.describe(in_doubt),
        known_after_ms=lambda model: int(known_after_s(context, model) * 1000),
        is_repeatable=lambda name: _is_repeatable(context, name),
    )


async def _look(database: Database) -> Seen:
    witness = database.witness
    if witness is None:
        return await database.read(life.place_in_postgresql)
    return await asyncio.to_thread(witness.look)


def _alert(taken: TakenUp) -> Alert:
    fields: dict[str, Field] = {
        "reason": WHY[taken.reason],
        "ended": taken.ended,
        "in_doubt": taken.in_doubt,
        "asked_after": taken.asked_after,
    }
    return Alert("database_restored", "", fields)


def _take_up(conn: Connection, seen: Seen, rules: Rules) -> tuple[TakenUp, int]:
    taken = restored.take_up(conn, seen, rules)
    if taken.reason:
        # In the same transaction: whoever notices may be a verb that ends before it could tell anybody.
        alerts.put_alert(conn, _alert(taken))
    return taken, life.read_sends(conn)


async def take_up_if_restored(context: Context) -> TakenUp:
    """Take up an older database, before anything is claimed or accepted; "" as the reason where it is the newest.

    On PostgreSQL only what `pg_restore` made anew is noticed; `bot.py restore --mark` says the rest. Raises
    StorageError.
    """
    database = context.database
    taken, sends = await database.write(_take_up, await _look(database), _rules(context))
    if database.witness is not None:
        await asyncio.to_thread(database.witness.note_sends, sends)
        await asyncio.to_thread(database.witness.forget_mark)
    if taken.reason:
        log.warning(
            "this database is older than what came after it (%s): %d jobs in line were ended, %d are in doubt and %d "
            "are asked after at their providers; nothing is sent again",
            WHY[taken.reason], taken.ended, taken.in_doubt, taken.asked_after,
        )  # fmt: skip
    return taken
