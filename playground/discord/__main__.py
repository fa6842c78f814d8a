"""`python -m playground.discord --port P [--tls-port P] [--data DIR]`: prints one JSON line when ready, serves on."""

import argparse
import asyncio
import contextlib
import gc
import json
import signal
import sys
import tempfile
from pathlib import Path

from playground.discord.app import running
from playground.discord.folder_lock import FolderInUseError, owned
from playground.discord.gateway_limits import GatewayLimits
from playground.discord.local import LocalDiscord


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m playground.discord", description="A local Discord.")
    parser.add_argument("--port", type=int, required=True, help="0 picks a free one")
    parser.add_argument("--tls-port", type=int, help="also serve Discord's own host names there, over TLS")
    parser.add_argument("--data", type=Path, help="folder that keeps everything; without it nothing is kept")
    parser.add_argument(
        "--max-concurrency",
        type=int,
        choices=(1, 16, 32, 64),
        help="space IDENTIFYs as Discord does, which gives most bots 1; default: do not",
    )
    return parser.parse_args()


async def serve(
    port: int, tls_port: int | None, folder: Path, *, is_kept: bool, max_concurrency: int | None = None
) -> None:
    """Serve until SIGINT or SIGTERM."""
    over = asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, over.set)
    local = LocalDiscord(folder, is_kept=is_kept, gateway=GatewayLimits(max_concurrency=max_concurrency))
    async with running(local, port, tls_port):
        sys.stdout.write(json.dumps(local.announcement()) + "\n")
        sys.stdout.flush()
        await over.wait()


def main() -> None:
    """Run the command line."""
    arguments = _arguments()
    # What is imported stays for good, and under load a full collection stopped the loop for up to a second.
    gc.freeze()
    gc.set_threshold(20_000, 20, 50)
    with contextlib.ExitStack() as stack:
        folder = arguments.data or Path(
            stack.enter_context(tempfile.TemporaryDirectory(prefix="local-discord-"))
        )
        try:
            stack.enter_context(owned(folder))
        except FolderInUseError as error:
            sys.exit(str(error))
        is_kept = arguments.data is not None
        serving = serve(
            arguments.port,
            arguments.tls_port,
            folder,
            is_kept=is_kept,
            max_concurrency=arguments.max_concurrency,
        )
        asyncio.run(serving)


if __name__ == "__main__":
    main()
