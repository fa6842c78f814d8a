"""`python -m tests.chaos [MODE ...]`: kill the service, heal it, and judge by the books of those outside."""

import argparse
import asyncio
import shlex
import shutil
import signal
import sys
import tempfile
import time
import traceback
from collections.abc import Awaitable, Sequence
from dataclasses import dataclass
from pathlib import Path

from tests.chaos.cases import CASES
from tests.chaos.modes import MODES, Part, Run
from tests.chaos.processes import Forks, open_forks
from tests.chaos.table import Row, table_of
from tests.chaos.verdict import Verdict


@dataclass(frozen=True, slots=True)
class Place:
    """Where the worlds are kept, and how many of them live at once."""

    folder: Path
    forks: Forks
    turn: asyncio.Semaphore
    keeps_all: bool


async def verdict_of(name: str, work: Awaitable[Verdict]) -> Verdict:
    """Return a world's verdict; where the harness itself fails, that is one, and the other worlds go on."""
    try:
        return await work
    except Exception as error:  # noqa: BLE001 - whatever it is, hours of other worlds must not be lost by it
        traceback.print_exc()
        return Verdict(violations=[f"{name}: the harness failed: {type(error).__name__}: {error}"])


async def _run_part(part: Part, name: str, place: Place) -> Row:
    async with place.turn:
        started_s, folder = time.monotonic(), place.folder / name
        row = Row(part.row, await verdict_of(name, part.work(place.forks, folder)))
        if row.verdict.violations:
            print("\n".join(row.verdict.violations), flush=True)
        elif not place.keeps_all:
            await asyncio.to_thread(shutil.rmtree, folder, ignore_errors=True)
        print(f"{name} ({time.monotonic() - started_s:.0f} s):", " ".join(row.cells), flush=True)
        return row


async def _run_mode(mode: str, run: Run, place: Place) -> list[Row]:
    """Run one mode's worlds side by side; return a row for each name that they have."""
    started_s = time.monotonic()
    parts = MODES[mode](run)
    done = await asyncio.gather(
        *(_run_part(part, f"{mode}-{number}", place) for number, part in enumerate(parts))
    )
    rows: dict[str, Row] = {}
    for row in done:
        rows.setdefault(row.mode, Row(row.mode, Verdict())).verdict.add(row.verdict)
    print(f"{mode}: {time.monotonic() - started_s:.0f} s\n", flush=True)
    return list(rows.values())


async def _run(modes: Sequence[str], run: Run, folder: Path, worlds: int, *, keeps_all: bool) -> list[Row]:
    run_of_all = asyncio.current_task()
    if run_of_all is not None:  # By default the servers of the worlds would outlive it.
        asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, run_of_all.cancel)
    async with open_forks(folder / "forks.log") as forks:
        place = Place(folder, forks, asyncio.Semaphore(worlds), keeps_all)
        return [row for mode in modes for row in await _run_mode(mode, run, place)]


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m tests.chaos", description=__doc__)
    parser.add_argument("modes", nargs="*", metavar="MODE", help=f"of {', '.join(MODES)}; all when left out")
    for name, default, what in (
        ("count", 25, "runs of each named point and of each migration"),
        ("kills", 500, "kills at random"),
        ("outages", 50, "of PostgreSQL"),
        ("rollovers", 50, "of a deploy"),
        ("seed", 1, "of everything that chance decides"),
        ("worlds", 2, "how many live side by side"),
    ):
        parser.add_argument(
            f"--{name}", type=int, default=default, metavar="N", help=f"{what} (default: %(default)s)"
        )
    parser.add_argument("--point", default="", help="only cases with this in their name")
    parser.add_argument(
        "--folder",
        type=Path,
        help="where every world is kept (default: a new one, which keeps those that went wrong)",
    )
    return parser


def main(arguments: Sequence[str]) -> int:
    """Return 0, or 1 where anything was lost, paid twice, posted twice or damaged; then the folder says more."""
    parser = _parser()
    asked = parser.parse_args(arguments)
    unknown = set(asked.modes) - set(MODES)
    if unknown:
        parser.error(f"no such mode: {', '.join(sorted(unknown))}")
    folder = (asked.folder or Path(tempfile.mkdtemp(prefix="limner-chaos-"))).absolute()
    folder.mkdir(parents=True, exist_ok=True)
    cases = [case for case in CASES if asked.point in case.name]
    started_s = time.monotonic()
    run = Run(cases, asked.count, asked.kills, asked.outages, asked.rollovers, asked.seed)
    modes = asked.modes or tuple(MODES)
    try:
        rows = asyncio.run(_run(modes, run, folder, max(1, asked.worlds), keeps_all=asked.folder is not None))
    except asyncio.CancelledError:
        print(f"Ended by SIGTERM; the worlds are kept in {folder}", flush=True)
        return 1
    took_s = time.monotonic() - started_s
    print(f"\npython -m tests.chaos {shlex.join(arguments)} (seed {asked.seed}, {took_s:.0f} s)\n")
    print(table_of(rows))
    violations = [violation for row in rows for violation in row.verdict.violations]
    if asked.folder is None and not violations:
        shutil.rmtree(folder)
    print(
        "\n".join(["", *violations, f"The worlds are kept in {folder}"] if violations else [""]), flush=True
    )
    return 1 if violations else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
