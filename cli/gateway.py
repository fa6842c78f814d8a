"""`bot.py gateway`: hears Discord on some of the bot's shards and accepts requests; workers paint them."""

import argparse

from cli.roles import Shards, gateway, parse_shards
from cli.serving import OpenService, serve_role


def main(arguments: list[str], open_service: OpenService) -> int:
    """Run the verb and return 0 when it was asked to stop. Raises StartError for what the operator can mend."""
    parser = argparse.ArgumentParser(
        prog="bot.py gateway", description="Hear Discord until Ctrl-C; needs PostgreSQL."
    )
    parser.add_argument(
        "--shards",
        type=parse_shards,
        default=Shards(),
        metavar="A-B/N",
        help="the shards A to B of N in all (0-0/1). A second process with the same ones is a standby.",
    )
    return serve_role(gateway(parser.parse_args(arguments).shards), open_service)
