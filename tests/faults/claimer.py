"""A process with a job engine of its own over somebody else's database and stand-in, until its input ends.

python -m tests.faults.claimer DATABASE_URL STAND_IN_URL FOLDER
"""

import asyncio
import sys
from dataclasses import replace
from pathlib import Path

from db.engine import open_database
from tests.faults.room import make_room
from tests.services.providers.stand_in import StandIn
from tests.services.studio import open_studio, scripted_adapter


async def work(url: str, stand_in_url: str, folder: Path) -> None:
    """Claim and submit until standard input ends."""
    database = await open_database(url, data_folder=None)
    async with open_studio(database, folder) as studio:
        adapters = {"scripted": scripted_adapter(StandIn(url=stand_in_url))}
        studio.context = replace(studio.context, registry=studio.context.registry.changed(adapters=adapters))
        make_room(studio)
        async with studio.engine():
            await asyncio.to_thread(sys.stdin.read)
    await database.close()


if __name__ == "__main__":
    asyncio.run(work(sys.argv[1], sys.argv[2], Path(sys.argv[3])))
