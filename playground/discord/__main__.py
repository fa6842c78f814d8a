"""`python -m playground.discord --port P [--data DIR]`: prints one JSON line when ready, serves until a signal."""

import argparse
import asyncio
import contextlib
import json
import signal
import sys
import tempfile
from pathlib import Path

from playground.discord.app import running
from playground.discord.local import LocalDiscord


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m playground.discord", description="A local Discord.")
    parser.add_argument("--port", type=int, required=True, help="0 picks a free one")
    parser.add_argument("--data", type=Path, help="folder that keeps everything; without it nothing is kept")
    return parser.parse_args()


async def serve(port: int, folder: Path, *, is_kept: bool) -> None:
    """Serve until SIGINT or SIGTERM."""
    over = asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, over.set)
    local = LocalDiscord(folder, is_kept=is_kept)
    async with running(local, port):
        sys.stdout.write(json.dumps(local.announcement()) + "\n")
        sys.stdout.flush()
        await over.wait()


def main() -> None:
    """Run the command line."""
    arguments = _arguments()
    with contextlib.ExitStack() as stack:
        folder = arguments.data or Path(
            stack.enter_context(tempfile.TemporaryDirectory(prefix="local-discord-"))
        )
        asyncio.run(serve(arguments.port, folder, is_kept=arguments.data is not None))


if __name__ == "__main__":
    main()
