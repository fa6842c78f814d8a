"""One writer a message, across processes: a result waits for the progress edit that another worker has on its way.

Inside a process `MessageTurns` does the same without a look into the database.
"""

import asyncio
from typing import Final

from db.jobs import progress_edits
from db.jobs.deliveries import DeliveryRow
from db.jobs.progress_edits import EditInTheWay
from services.context import Context

LOOK_AGAIN_S: Final = 0.1


def _is_on_its_way(edit: EditInTheWay | None, worker_id: str) -> bool:
    return edit is not None and edit.worker_id != worker_id and edit.left_ms is not None and edit.left_ms > 0


async def wait_for_others(context: Context, delivery: DeliveryRow, edit: EditInTheWay | None) -> bool:
    """Wait until no other worker edits the message, the few seconds of its lease at most.

    `edit` is what the transaction saw that began the delivery; no edit begins after that. Returns whether an earlier
    one may still arrive, so that the result has to be sent once more.
    """
    while _is_on_its_way(edit, delivery.worker_id):
        await asyncio.sleep(LOOK_AGAIN_S)
        edit = await context.database.read(progress_edits.edit_in_the_way, delivery.request_id)
    if edit is None:
        return False
    is_abandoned = edit.left_ms is not None and edit.worker_id != delivery.worker_id
    return edit.is_uncertain or is_abandoned
