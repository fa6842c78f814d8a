"""`python -m tests.soak`: run the bot under load and faults, and judge what it used and what became of everything."""

import argparse
import asyncio
import base64
import secrets
import shlex
import signal
import sys
import tempfile
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Final

from tests.chaos.books import books_of_server
from tests.chaos.opening import open_world
from tests.chaos.postgresql import open_server
from tests.chaos.world import World
from tests.databases import migrate
from tests.soak.judging import table_of
from tests.soak.report import findings_of
from tests.soak.soak import Outcome, Size, run_soak
from tests.soak.starting import Interpreter

PATIENCE_S: Final = 300.0


def make_parser() -> argparse.ArgumentParser:
    """Return what reads the command line."""
    parser = argparse.ArgumentParser(prog="python -m tests.soak", description=__doc__)
    parser.add_argument("--jobs", type=int, help="default: 5,000 in 15 minutes, else as many a minute")
    parser.add_argument("--minutes", type=float, default=15.0, help="of load (default: %(default)s)")
    parser.add_argument("--drops", type=int, help="of the gateway; default: 50 in 15 minutes, likewise")
    parser.add_argument("--seed", type=int, default=1, help="of what chance decides (default: %(default)s)")
    parser.add_argument("--postgres", action="store_true", help="on a PostgreSQL server of its own")
    parser.add_argument("--folder", type=Path, help="where the world is kept (default: a new one)")
    return parser


def size_of(asked: argparse.Namespace) -> Size:
    """Return how much is asked for; what is not said grows with the time."""
    jobs = round(5_000 * asked.minutes / 15) if asked.jobs is None else asked.jobs
    drops = round(50 * asked.minutes / 15) if asked.drops is None else asked.drops
    return Size(jobs, asked.minutes, drops, asked.seed)


@asynccontextmanager
async def _world(folder: Path, *, on_postgresql: bool) -> AsyncIterator[World]:
    if not on_postgresql:
        async with open_world(Interpreter(), folder) as world:
            yield world
        return
    async with open_server() as (server, _):
        url = await asyncio.to_thread(server.new_database)
        await asyncio.to_thread(migrate, url)
        key = base64.b64encode(secrets.token_bytes(32)).decode()
        settings = {"DATABASE_URL": url, "LIMNER_MASTER_KEY": key}
        async with open_world(Interpreter(), folder, books=books_of_server(url), **settings) as world:
            yield world


async def _run(folder: Path, size: Size, *, on_postgresql: bool) -> Outcome:
    async with _world(folder, on_postgresql=on_postgresql) as world:
        world.patience_s = PATIENCE_S
        return await run_soak(world, size)


def main(arguments: Sequence[str]) -> int:
    """Print the table and return 0, or 1 where a figure is out of its bound; then the folder says more."""
    asked = make_parser().parse_args(arguments)
    signal.signal(signal.SIGTERM, signal.default_int_handler)  # else the processes of the world outlive it
    folder = asked.folder or Path(tempfile.mkdtemp(prefix="limner-soak-"))
    size = size_of(asked)
    outcome = asyncio.run(_run(folder, size, on_postgresql=asked.postgres))
    findings = findings_of(outcome, has_file=not asked.postgres)
    print(f"\npython -m tests.soak {shlex.join(arguments)} (seed {size.seed})\n\n{table_of(findings)}\n")
    is_good = all(finding.is_good for finding in findings)
    if not is_good:
        print("\n".join([*outcome.verdict.violations, f"Samples, logs and books are kept in {folder}"]))
    return 0 if is_good else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
