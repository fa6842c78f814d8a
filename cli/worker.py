"""`bot.py worker`: paints, fetches and delivers; hears nothing of Discord."""

import argparse

from cli.roles import WORKER
from cli.serving import OpenService, serve_role


def main(arguments: list[str], open_service: OpenService) -> int:
    """Run the verb and return 0 when it was asked to stop. Raises StartError for what the operator can mend."""
    parser = argparse.ArgumentParser(
        prog="bot.py worker", description="Paint and deliver until Ctrl-C; needs PostgreSQL."
    )
    parser.parse_args(arguments)
    return serve_role(WORKER, open_service)
