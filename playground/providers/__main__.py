"""`python -m playground.providers --port P [--pace S]`: prints one JSON line when ready, serves on."""

import argparse
import asyncio
import gc
import json
import signal
import sys

from playground.providers.app import DEFAULT_PACE_S, open_stand_ins


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="python -m playground.providers", description="Stand-ins for the image services."
    )
    parser.add_argument("--port", type=int, required=True, help="0 picks a free one")
    parser.add_argument(
        "--pace",
        type=float,
        default=DEFAULT_PACE_S,
        help="seconds that a picture takes (default: %(default)s)",
    )
    return parser.parse_args()


async def serve(port: int, pace_s: float) -> None:
    """Serve until SIGINT or SIGTERM. Raises `OSError` when the port is taken."""
    over = asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, over.set)
    async with open_stand_ins(port, pace_s) as stand_ins:
        sys.stdout.write(json.dumps(stand_ins.announcement) + "\n")
        sys.stdout.flush()
        await over.wait()


def main() -> None:
    """Run the command line."""
    arguments = _arguments()
    # What is imported stays for good: the collector need not look at it again.
    gc.freeze()
    try:
        asyncio.run(serve(arguments.port, arguments.pace))
    except OSError as error:
        sys.exit(f"Cannot listen on 127.0.0.1:{arguments.port}: {error.strerror or error}")


if __name__ == "__main__":
    main()
