"""What `bot.py doctor` says of the service: each part is looked at, and each finding says what to do.

Nothing here costs money, and nothing is changed but a file that is written to the image store and taken away again,
and sums over the ledger that are wrong, which are made anew.
"""

import asyncio
import shutil
import time
from base64 import b64decode
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from db.pictures import image_faults, uploads
from db.upkeep import checkup, ledger_check
from services.context import Context
from services.errors import LimnerError, ProviderRefusedKey, StorageError
from services.images.decoders import DECODERS, DecoderEnded
from services.images.room import Space
from services.jobs import bookkeeping
from services.models import JsonValue
from services.opened_store import address_of
from services.providers.base import Provider
from services.settings import Settings
from services.store_mark import read_mark

LARGE_WAL_BYTES: Final = 64 * 1024 * 1024
SKEW_IS_BAD_S: Final = 5.0
PICTURES_LOOKED_AT: Final = 20
PROVIDER_WITHIN_S: Final = 20.0
OVERDUE_MS: Final = 3_600_000
"""Every worker deletes what is over every minute; what has been for an hour, nobody deletes."""
SEE_MASTER_KEY: Final = "See docs/operating.md, Another master key."
_SAMPLE: Final = b"limner doctor: this may be deleted\n"
_PIXEL: Final = b64decode(
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAAAAAA6fptVAAAACklEQVR42mNgAAAAAgAB5Sfe/AAAAABJRU5ErkJggg=="
)
"""A PNG of one black pixel."""


class Level(StrEnum):
    """How a part is."""

    OK = "ok"
    WARN = "warn"
    FAIL = "fail"


@dataclass(frozen=True, slots=True)
class Finding:
    """One line: how a part is, what was seen, and what to do about it ("" for nothing)."""

    level: Level
    part: str
    says: str
    todo: str = ""

    def to_json(self) -> dict[str, JsonValue]:
        """Return the finding as JSON."""
        return {"level": self.level, "part": self.part, "says": self.says, "todo": self.todo}


async def _database(context: Context, _settings: Settings) -> AsyncIterator[Finding]:
    witness = context.database.witness
    if witness is None:
        yield Finding(Level.OK, "database", "PostgreSQL answers, and has this version's schema")
        return
    wrong = await asyncio.to_thread(checkup.check_pages, witness.file)
    if wrong:
        todo = "Stop Limner and restore a copy: python bot.py restore FILE"
        yield Finding(Level.FAIL, "database", f"{witness.file} is damaged ({wrong})", todo)
    else:
        size = witness.file.stat().st_size
        yield Finding(Level.OK, "database", f"{witness.file} is whole ({_mib(size)})")
    wal = witness.file.with_name(f"{witness.file.name}-wal")
    size = wal.stat().st_size if wal.exists() else 0
    if size > LARGE_WAL_BYTES:
        todo = "Something reads the database without end; restart Limner, and what else opens the file."
        yield Finding(Level.WARN, "database", f"its write-ahead log has grown to {_mib(size)}", todo)


def _mib(size: int) -> str:
    return f"{size / 1024 / 1024:.1f} MiB"


async def _disk(context: Context, settings: Settings) -> AsyncIterator[Finding]:
    usage = await asyncio.to_thread(shutil.disk_usage, settings.data_folder)
    disks = [Space(settings.data_folder, usage.total, usage.free)]
    # The pictures may lie elsewhere; inside the data folder they have its disk.
    here = settings.data_folder.absolute()
    others = (each for each in await context.room.spaces() if not each.folder.absolute().is_relative_to(here))
    for disk in (*disks, *others):
        free = f"{disk.free_bytes / max(disk.total_bytes, 1):.0%} ({_mib(disk.free_bytes)})"
        says = f"{free} of the disk with {disk.folder} is free"
        level, todo = Level.OK, ""
        if disk.is_low:
            level, todo = Level.WARN, "Make room, or move LIMNER_DATA or the pictures to a larger disk."
        yield Finding(level, "disk", says, todo)
    if await context.room.is_full():
        says = "less is free than LIMNER_MIN_FREE_MB: nothing new is taken on, and what is in line waits"
        yield Finding(Level.FAIL, "disk", says, "Make room, or lower LIMNER_MIN_FREE_MB.")


async def _clock(context: Context, _settings: Settings) -> AsyncIterator[Finding]:
    before_s = time.time()
    database_s = await context.database.read(checkup.read_clock_ms) / 1000
    skew_s = max(before_s - database_s, database_s - time.time(), 0.0)
    if skew_s > SKEW_IS_BAD_S:
        todo = "Set both machines' clocks by NTP: waiting times and interaction tokens go by them."
        yield Finding(Level.WARN, "clock", f"the database's clock is {skew_s:.0f} s off this machine's", todo)
    else:
        yield Finding(Level.OK, "clock", "the database's clock agrees with this machine's")


async def _jobs(context: Context, _settings: Settings) -> AsyncIterator[Finding]:
    stuck = await context.database.read(checkup.read_stuck)
    states = ", ".join(f"{count} {state}" for state, count in sorted(stuck.by_state.items())) or "none yet"
    yield Finding(Level.OK, "jobs", states)
    rows = (
        (stuck.long_in_line, "have stood in line for an hour", "See `bot.py jobs list --state queued`."),
        (stuck.long_fetching, "could not be fetched for an hour", "See `bot.py jobs list --state fetching`."),
        (
            stuck.unknown_today,
            "became unknown in a day: they may be paid without a picture",
            "See `bot.py jobs list --state unknown`; `jobs requeue` asks their providers once more.",
        ),
    )
    for count, text, todo in rows:
        if count:
            yield Finding(Level.WARN, "jobs", f"{count} {text}", todo)
    if stuck.parked:
        todo = "Their owners see them at their next command; `bot.py jobs requeue` brings them once more."
        yield Finding(Level.WARN, "deliveries", f"{stuck.parked} results wait for their owners", todo)


async def _ledger(context: Context, _settings: Settings) -> AsyncIterator[Finding]:
    found = await context.database.read(ledger_check.check_ledger)
    for each in found[:5]:
        if each.job_id is None:
            todo = "Report it. The sums are made anew from the entries, which are right, in the next minutes."
            yield Finding(Level.FAIL, "ledger", each.text, todo)
            continue
        todo = f"Report it with the output of `bot.py jobs show {each.job_id}`."
        yield Finding(Level.FAIL, "ledger", f"job {each.job_id}: {each.text}", todo)
    await bookkeeping.mend_sums(context.database, found)
    if not found:
        yield Finding(Level.OK, "ledger", "every job's entries add up, and so do their sums")


async def _image_store(context: Context, _settings: Settings) -> AsyncIterator[Finding]:
    try:
        stored = await context.store.put(_SAMPLE)
        await context.store.delete(stored.digest)
    except StorageError as error:
        todo = "Make room, or mend its permissions: every finished picture waits for it."
        yield Finding(Level.FAIL, "image store", f"it cannot be written ({error.code}: {error})", todo)
        return
    newest = await context.database.read(checkup.newest_digests, PICTURES_LOOKED_AT)
    known = await context.database.read(image_faults.list_faulty, PICTURES_LOOKED_AT)
    missing = {job_id for job_id, digest in newest if not await _is_there(context, digest)}
    missing |= {each.job_id for each in known}
    if missing:
        says = f"the files of jobs {', '.join(map(str, sorted(missing)))} are missing or damaged"
        yield Finding(
            Level.FAIL, "image store", says, "Put the images folder of your newest backup beside it."
        )
    else:
        yield Finding(
            Level.OK, "image store", f"it can be written; the newest {len(newest)} pictures are whole"
        )


async def _uploads(context: Context, _settings: Settings) -> AsyncIterator[Finding]:
    found = await context.database.read(uploads.survey, OVERDUE_MS)
    sealed = await context.database.read(uploads.count_faces)
    locked = sum(each.count for each in sealed if context.master_key.with_id(each.master_key_id) is None)
    says = f"people keep {found.pictures} pictures that they brought, and {found.faces} photos of faces"
    yield Finding(Level.OK, "uploads", says)
    rows = (
        (Level.FAIL, locked, "photos are sealed with a master key that is not here", SEE_MASTER_KEY),
        (Level.FAIL, found.overdue, "photos are past their 30 days", "Start a worker: it deletes them."),
        (
            Level.WARN,
            found.faulty,
            "brought pictures have a file that is missing or damaged",
            "Put the images folder of your newest backup beside it; who lost a photo of a face brings it again.",
        ),
    )
    for level, count, text, todo in rows:
        if count:
            yield Finding(level, "uploads", f"{count} {text}", todo)


async def _shared_folder(context: Context, settings: Settings) -> AsyncIterator[Finding]:
    folder = address_of(settings).folder
    if folder is not None and context.database.dialect == "postgresql":
        mark = await asyncio.to_thread(read_mark, folder)
        says = f"pictures are kept in {folder} (mark {mark[:8]}): every process must have this same folder"
        yield Finding(Level.OK, "image folder", says)


async def _decoder(context: Context, _settings: Settings) -> AsyncIterator[Finding]:
    """Look at a picture as at those that come in, which a process of its own decodes."""
    try:
        problem = (await context.pixels.run(DECODERS.decode, _PIXEL)).problem
    except (StorageError, DecoderEnded) as error:
        problem = str(error)
    if problem:
        todo = (
            "It runs this interpreter without the environment (python -I): the packages have to be its own."
        )
        yield Finding(Level.FAIL, "decoder", f"pictures cannot be looked into: {problem}", todo)
    else:
        yield Finding(Level.OK, "decoder", "pictures are decoded in a process of their own")


async def _is_there(context: Context, digest: str) -> bool:
    try:
        await context.store.get(digest)
    except StorageError as error:
        return error.code not in {"image_missing", "image_damaged"}
    return True


async def _providers(context: Context, _settings: Settings) -> AsyncIterator[Finding]:
    registry = context.registry
    for name in sorted(registry.speaks):
        entry = context.catalog.providers[name]
        if entry.key_setting is None:
            continue
        if name in registry.keyless:
            says = "the bot has no key of its own; people may bring theirs"
            yield Finding(Level.OK, entry.title, says, f"Set {entry.key_setting} to paint with yours.")
        else:
            yield await _check_key(entry.title, entry.key_setting, registry.provider(name))


async def _check_key(title: str, setting: str, provider: Provider) -> Finding:
    """Ask a provider for free whether it takes the bot's own key."""
    try:
        async with asyncio.timeout(PROVIDER_WITHIN_S):
            report = await provider.check_key()
    except ProviderRefusedKey as error:
        todo = f"Set a good key in {setting}, or top up its account, and restart."
        return Finding(Level.FAIL, title, f"it refuses the bot's key ({error.code})", todo)
    except (LimnerError, TimeoutError) as error:
        code = error.code if isinstance(error, LimnerError) else "no answer"
        todo = "Look at its status page and at this machine's network; it is tried again by itself."
        return Finding(Level.WARN, title, f"it does not say whether the key is good ({code})", todo)
    balance = "" if report.balance is None else f", and has {report.balance}"
    return Finding(Level.OK, title, f"it takes the bot's key{balance}")


Check = Callable[[Context, Settings], AsyncIterator[Finding]]

CHECKS: Final[tuple[tuple[str, Check], ...]] = (
    ("database", _database),
    ("disk", _disk),
    ("clock", _clock),
    ("jobs", _jobs),
    ("ledger", _ledger),
    ("image store", _image_store),
    ("uploads", _uploads),
    ("image folder", _shared_folder),
    ("decoder", _decoder),
    ("image services", _providers),
)


async def _run(part: str, check: Check, context: Context, settings: Settings) -> list[Finding]:
    """Return a check's findings; one that breaks is a finding, and keeps no other from being made."""
    try:
        return [finding async for finding in check(context, settings)]
    except (LimnerError, OSError) as error:
        code = error.code if isinstance(error, LimnerError) else type(error).__name__
        return [Finding(Level.FAIL, part, f"it cannot be looked at ({code}: {error})", "See the log.")]


async def check_service(context: Context, settings: Settings) -> list[Finding]:
    """Return what was found of every part, in the order of `CHECKS`."""
    found: list[Finding] = []
    for part, check in CHECKS:
        found += await _run(part, check, context, settings)
    return found
