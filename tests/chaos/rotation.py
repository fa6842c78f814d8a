"""`bot.py keys rotate`, killed between its batches and before the key file is exchanged."""

import asyncio
import itertools
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from db.engine import open_database
from db.people import provider_keys
from db.people.provider_keys import NewKey
from services.master_key_file import make_key_file, read_key_file
from services.models import Payer
from services.sealed_keys import KeyPlace, SealedKey, open_key, seal_key
from services.secrets import MasterKey
from tests.chaos.processes import Forks
from tests.chaos.verdict import Verdict

KEYS: Final = 250
"""Three batches of `services.key_rotation.AT_ONCE`."""
MOMENTS: Final = ("rotate.batch_done", "rotate.batch_done:2", "rotate.batch_done:3", "rotate.all_done")
KILLED: Final = -9


def _name(number: int) -> str:
    return f"the-key-of-{number}"


async def _make(forks: Forks, folder: Path) -> None:
    await asyncio.to_thread(folder.mkdir, parents=True)
    assert await forks.migrate(folder / "migrate.log", f"sqlite:///{folder / 'limner.db'}") == 0
    await asyncio.to_thread(make_key_file, folder / "master.key")


async def _fill(folder: Path) -> None:
    url = f"sqlite+aiosqlite:///{folder / 'limner.db'}"
    master_key = read_key_file(folder / "master.key")
    database = await open_database(url, data_folder=folder)
    for number in range(KEYS):

        def seal(place: KeyPlace) -> SealedKey:
            return seal_key(master_key, _name(place.owner_id), place)

        await database.write(
            provider_keys.insert_key, NewKey("fal", Payer.USER, number, "0000", number), seal
        )
    await database.close()


async def _opened(folder: Path, master_key: MasterKey) -> int:
    """Return how many keys open with what the master key file holds now, and are the right ones."""
    database = await open_database(f"sqlite+aiosqlite:///{folder / 'limner.db'}", data_folder=folder)
    entries = await database.read(provider_keys.list_keys)
    right = 0
    for entry in entries:
        row = await database.read(provider_keys.find_key, entry.id)
        is_ours = row is not None and master_key.with_id(row.sealed.master_key_id) is not None
        if (
            row is not None
            and is_ours
            and open_key(master_key, row.sealed, row.place) == _name(row.place.owner_id)
        ):
            right += 1
    await database.close()
    return right


async def _rotate(forks: Forks, folder: Path, crash_at: str = "") -> int:
    settings = {"LIMNER_DATA": str(folder)}
    bot = await forks.spawn(folder / "bot.log", settings, "keys", "rotate", crash_at=crash_at)
    return await bot.wait()


async def _kill_at(forks: Forks, folder: Path, moment: str) -> list[str]:
    before = read_key_file(folder / "master.key")
    killed, again = await _rotate(forks, folder, moment), await _rotate(forks, folder)
    after = read_key_file(folder / "master.key")
    right = await _opened(folder, after)
    if (killed, again, right) == (KILLED, 0, KEYS) and after.id != before.id:
        return []
    return [f"{moment}: ended with {killed}, then {again}; {right} of {KEYS} keys open"]


async def run_rotations(forks: Forks, folder: Path, moments: Sequence[str], count: int) -> Verdict:
    """Kill a rotation at each of these moments, `count` times, and return the verdict."""
    await _make(forks, folder)
    await _fill(folder)
    verdict = Verdict(kills=count * len(moments))
    for moment in itertools.chain.from_iterable(itertools.repeat(moments, count)):
        verdict.violations += await _kill_at(forks, folder, moment)
    return verdict
