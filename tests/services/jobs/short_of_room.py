"""A process whose disk is full for a while: run as a program, because the limit holds for all that a process writes.

    python -m tests.services.jobs.short_of_room FOLDER    (with an empty limner.db in it)

Writes one JSON object: what was said to whoever asked meanwhile, and what became of what was under way.
"""

import asyncio
import json
import logging
import resource
import sys
from pathlib import Path

from db.engine import open_database
from services.errors import StorageError
from services.jobs import fetching, storing
from tests.services.providers.stand_in import Fault, Stage
from tests.services.studio import Studio, open_studio
from tests.waiting import until

FAILURES = 8


class Failures(logging.Handler):
    """Counts what the service logs about having no room."""

    def __init__(self) -> None:
        super().__init__()
        self.count = 0

    def emit(self, record: logging.LogRecord) -> None:
        """Count a line, its traceback included."""
        self.count += "disk_full" in self.format(record) or "disk I/O error" in self.format(record)


def allow_bytes(soft: int) -> None:
    """Let no file grow beyond so many bytes; Python ignores the signal, so that writing fails with EFBIG."""
    resource.setrlimit(resource.RLIMIT_FSIZE, (soft, resource.RLIM_INFINITY))


async def code_of_an_order(studio: Studio) -> str:
    try:
        await studio.order()
    except StorageError as error:
        return error.code
    return "accepted"


async def scene(studio: Studio, failures: Failures) -> dict[str, object]:
    studio.server.script(Stage.STATUS, *[Fault.RUNNING] * 3)
    async with studio.engine():
        accepted = [await studio.order(seed=number) for number in range(3)]
        await until(lambda: studio.server.submits > 0)
        allow_bytes(0)
        meanwhile = await code_of_an_order(studio)
        await until(lambda: failures.count >= FAILURES)
        allow_bytes(resource.RLIM_INFINITY)
        await until(lambda: len(studio.mailbox.delivered) >= len(accepted))
        after = await code_of_an_order(studio)
        await until(lambda: len(studio.mailbox.delivered) >= len(accepted) + 1)
    return {
        "meanwhile": meanwhile,
        "after": after,
        "states": [state for each in accepted for state in await studio.states(each)],
        "paid": studio.server.paid_submits,
        "results": len(studio.mailbox.delivered),
        "leftovers": len(list((studio.folder / "images" / "temporary").iterdir())),
    }


async def main(folder: Path) -> None:
    """Run the scene."""
    failures = Failures()
    logging.getLogger().addHandler(failures)
    storing.STORE_AGAIN_AFTER_S = fetching.AGAIN_AFTER_S = 0.02  # type: ignore[misc] # only costs waiting
    database = await open_database(f"sqlite:///{folder / 'limner.db'}", data_folder=None)
    async with open_studio(database, folder) as studio:
        sys.stdout.write(json.dumps(await scene(studio, failures)))
    await database.close()


if __name__ == "__main__":
    asyncio.run(main(Path(sys.argv[1])))
